//! A link is read, whatever it is; what was read and is valid is written, and read again to the same experiment, as link and as JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use whittle::experiment::{json, link};
use whittle_fuzz::within;

fuzz_target!(|text: &str| {
    let (experiment, _, errors) = within((1 << 20) + 400 * text.len(), || link::decode(text));
    // What it gives has no wrong value left: each was an error, and its key has the default.
    assert!(errors.iter().all(|error| !error.to_string().is_empty()));
    let again = link::encode(&experiment);
    let (second, notices, faults) = link::decode(&again);
    assert_eq!(second, experiment, "{again}");
    assert!(faults.is_empty() && notices.is_empty(), "{again}: {faults:?} {notices:?}");
    assert_eq!(link::encode(&second), again);
    if experiment.validate().is_ok() {
        assert!(again.len() < 2000, "{} characters: {again}", again.len());
    }
    let written = json::write(&experiment);
    assert_eq!(json::read(&written).0, experiment, "{written}");
    // JSON is read as it comes, too.
    let (experiment, _, _) = within((1 << 20) + 4000 * text.len(), || json::read(text));
    let written = json::write(&experiment);
    assert_eq!(json::read(&written).0, experiment, "{written}");
});
