//! Every catalogue with its parameters.

use std::fmt::Write as _;

use serde_json::{Value, json};
use whittle::{
    engine::{
        catalog::{Info, Listing},
        params::{ParamSpec, Scale},
    },
    experiment::{FIELDS, LISTS, PICKS, presets},
};

/// Prints catalogues, numbers and presets. Errors: standard output that is closed.
pub fn print(json: bool) -> Result<(), String> {
    let listings: Vec<(&str, Listing)> = LISTS
        .iter()
        .flat_map(|list| (list.listings)().into_iter().map(|l| (list.key, l)))
        .chain(PICKS.iter().map(|p| (p.key, p.listing)))
        .collect();
    crate::report::print(&if json { format!("{:#}\n", as_json(&listings)) } else { as_text(&listings) })
}

fn as_json(listings: &[(&str, Listing)]) -> Value {
    let entry = |e: &Info| {
        json!({ "key": e.key, "label": e.label, "help": e.help, "formula": e.formula, "source": e.source,
            "params": e.params.iter().map(param).collect::<Vec<_>>() })
    };
    json!({
        "catalogues": listings.iter().map(|(field, l)| json!({ "kind": l.kind, "field": field,
            "entries": l.entries.iter().map(entry).collect::<Vec<_>>() })).collect::<Vec<_>>(),
        "numbers": FIELDS.iter().map(|f| param(&f.spec)).collect::<Vec<_>>(),
        "presets": presets::ALL.iter().map(|p| json!({ "key": p.key, "label": p.label, "about": p.about, "link": p.link })).collect::<Vec<_>>(),
    })
}

fn param(spec: &ParamSpec) -> Value {
    let words = match spec.scale {
        Scale::Choice(words) => words.iter().map(|w| w.key).collect(),
        _ => Vec::new(),
    };
    json!({ "key": spec.key, "label": spec.label, "unit": spec.unit, "min": spec.range.0, "max": spec.range.1,
        "default": spec.format(spec.default), "words": words, "help": spec.help })
}

fn as_text(listings: &[(&str, Listing)]) -> String {
    let mut out = String::new();
    for (field, listing) in listings {
        let _ = writeln!(out, "\n{} ({field}=…)", listing.kind);
        for entry in listing.entries {
            let _ = writeln!(out, "  {:<18} {}", entry.key, entry.label);
            entry.params.iter().for_each(|spec| describe(&mut out, "      ", spec));
        }
    }
    let _ = writeln!(out, "\nnumbers");
    FIELDS.iter().for_each(|f| describe(&mut out, "  ", &f.spec));
    let _ = writeln!(out, "\npresets (preset:KEY)");
    for preset in presets::ALL {
        let _ = writeln!(out, "  {:<18} {}", preset.key, preset.label);
    }
    out
}

fn describe(out: &mut String, indent: &str, spec: &ParamSpec) {
    let range = match spec.scale {
        Scale::Choice(words) => words.iter().map(|w| w.key).collect::<Vec<_>>().join(" | "),
        _ => format!("{} … {}", spec.range.0, spec.range.1),
    };
    // Writing to a string does not fail.
    let _ = writeln!(out, "{indent}{:<14} {:<28} {range}, default {}", spec.key, spec.label, spec.format(spec.default));
}
