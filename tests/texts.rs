//! Texts that teach: every one of the catalogues and of the gallery, and the MathML of every formula, stands in `public/texts.json`, which the page loads
//! when the first help is opened.
//!
//! After a text or a formula was added or changed: `UPDATE_TEXTS=1 cargo test --test texts`

use std::collections::BTreeMap;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use whittle::{
    engine::{
        catalog::Info,
        roc::{CURVE, THRESHOLD},
        writing::TEMPERATURE,
    },
    experiment::{FIELDS, LISTS, PICKS, WEIGHT, presets},
    state::{
        builder::{BLOCK_HELP, COST_HELP},
        look::formula::WANTED,
        race::STEPS,
        study::NUMBERS,
    },
    teach,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/public/texts.json");

fn entries() -> impl Iterator<Item = &'static Info> {
    PICKS.iter().map(|p| p.listing).chain(LISTS.iter().flat_map(|l| (l.listings)())).flat_map(|l| l.entries)
}

/// Help, formula and source of everything that has some.
fn all() -> Vec<[&'static str; 3]> {
    let specs = entries()
        .flat_map(|e| e.params)
        .chain(FIELDS.iter().map(|f| &f.spec))
        .chain([&WEIGHT, &STEPS, &TEMPERATURE, &WANTED, &CURVE, &THRESHOLD])
        .chain(&NUMBERS);
    let of_specs = specs.map(|s| [s.help, s.formula, s.source]);
    let of_presets = presets::ALL.iter().map(|p| [p.about, "", ""]);
    entries()
        .map(|e| [e.help, e.formula, e.source])
        .chain(of_specs)
        .chain(of_presets)
        .chain([BLOCK_HELP, COST_HELP].map(|help| [help, "", ""]))
        .collect()
}

#[test]
fn the_page_finds_every_text_and_formula() {
    let converter = LatexToMathML::new(MathCoreConfig::default()).expect("the default configuration is sound");
    let (mut wrong, mut table, mut formulas) = (Vec::new(), BTreeMap::new(), 0);
    let mut put = |of: &'static str, says: String| {
        let name = String::from_utf8(teach::name(of).to_vec()).expect("names are ASCII");
        let before = table.insert(name, says.clone());
        assert!(before.is_none_or(|before| before == says), "two texts have one name, change a word of “{of}”");
    };
    for [help, formula, source] in all() {
        for text in [help, source].into_iter().filter(|t| !t.is_empty()) {
            put(text, text.into());
        }
        if !formula.is_empty() {
            formulas += 1;
            match converter.convert_with_local_state(formula, MathDisplay::Block) {
                Ok(result) => put(formula, result.mathml),
                Err(error) => wrong.push(format!("{formula}: {error:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "formulas that cannot be set: {wrong:#?}");
    assert!(formulas > 10 && table.len() > 2 * formulas, "the catalogues have formulas and texts");
    let styled: Vec<_> = table.values().filter(|text| text.contains(" style=")).collect();
    assert!(styled.is_empty(), "no inline style, the policy forbids it: {styled:#?}");
    let text = format!("{}\n", serde_json::to_string_pretty(&table).expect("text is JSON"));
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        std::fs::write(FILE, &text).expect("public/ can be written");
    }
    let there = std::fs::read_to_string(FILE).unwrap_or_default();
    assert_eq!(there, text, "public/texts.json is out of date: UPDATE_TEXTS=1 cargo test --test texts");
}

/// Whoever writes a text without `teach!` has every visitor load it: the page's module would hold it, and the table would not be asked.
#[test]
fn names_tell_texts_apart() {
    let name = |text| String::from_utf8(teach::name(text).to_vec()).expect("names are ASCII");
    assert_eq!(name(""), "#E1JH", "FNV-1a's offset basis, folded, the lowest bits first");
    assert_ne!(name("a"), name("b"));
    assert!(all().iter().flatten().all(|text| !text.starts_with('#')), "a text that begins with # would be taken for a name");
}
