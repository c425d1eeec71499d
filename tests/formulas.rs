//! Formulas: every LaTeX formula of the catalogues has its MathML in `public/formulas.json`, which the page loads when the
//! first help is opened.
//!
//! After a formula was added or changed: `UPDATE_FORMULAS=1 cargo test --test formulas`

use std::collections::BTreeMap;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use whittle::{
    engine::{catalog::Listing, params::ParamSpec},
    experiment::{FIELDS, PICKS, layer_listings},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/public/formulas.json");

/// Every formula that a help text can show.
fn formulas() -> Vec<&'static str> {
    let listings: Vec<Listing> = PICKS.iter().map(|p| p.listing).chain(layer_listings()).collect();
    let entries = listings.into_iter().flat_map(|l| l.entries);
    let of_entries = entries.flat_map(|e| std::iter::once(e.formula).chain(e.params.iter().map(|p: &ParamSpec| p.formula)));
    of_entries.chain(FIELDS.iter().map(|f| f.spec.formula)).filter(|f| !f.is_empty()).collect()
}

#[test]
fn every_formula_has_its_mathml() {
    let converter = LatexToMathML::new(MathCoreConfig::default()).expect("the default configuration is sound");
    let mut wrong = Vec::new();
    let mut table = BTreeMap::new();
    for latex in formulas() {
        match converter.convert_with_local_state(latex, MathDisplay::Block) {
            Ok(result) => drop(table.insert(latex, result.mathml)),
            Err(error) => wrong.push(format!("{latex}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "formulas that cannot be set: {wrong:#?}");
    assert!(table.len() > 10, "the catalogues have formulas");
    let styled: Vec<_> = table.iter().filter(|(_, math)| !math.starts_with("<math") || math.contains(" style=")).collect();
    assert!(styled.is_empty(), "no inline style, the policy forbids it: {styled:#?}");
    let text = format!("{}\n", serde_json::to_string_pretty(&table).expect("text is JSON"));
    if std::env::var_os("UPDATE_FORMULAS").is_some() {
        std::fs::write(FILE, &text).expect("public/ can be written");
    }
    let there = std::fs::read_to_string(FILE).unwrap_or_default();
    assert_eq!(there, text, "public/formulas.json is out of date: UPDATE_FORMULAS=1 cargo test --test formulas");
}
