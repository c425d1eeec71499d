//! The steps of a recipe, as text: what is read is written and read again to the same steps, and steps that were read can be built.

#![no_main]

use libfuzzer_sys::fuzz_target;
use whittle::{engine::recipe, experiment::link};
use whittle_fuzz::within;

fuzz_target!(|text: &str| {
    // One key alone: what separates pairs is no part of a recipe.
    let text: String = text.chars().filter(|c| !matches!(c, '&' | '#' | '?')).collect();
    let (experiment, _, errors) = within((1 << 20) + 400 * text.len(), || link::decode(&format!("recipe={text}")));
    let (second, notices, faults) = link::decode(&link::encode(&experiment));
    assert_eq!(second.recipe, experiment.recipe, "{text}");
    assert!(notices.is_empty() && faults.is_empty(), "{text}: {notices:?} {faults:?}");
    if errors.is_empty() {
        for pick in &experiment.recipe {
            let (entry, values) = recipe::CATALOG.resolve(pick).unwrap_or_else(|error| panic!("{text}: {error}"));
            drop((entry.build)(&values));
        }
    }
});
