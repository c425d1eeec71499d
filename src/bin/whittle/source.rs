//! Where an experiment comes from: a JSON file, a link, or a preset.

use std::path::Path;

use whittle::experiment::{Experiment, json, link, presets};

use crate::native::From;

/// Reads the experiment that the arguments name. What was ignored is said on standard error. Errors: the first value that
/// cannot be used, a file that cannot be read, a preset that does not exist.
pub fn read(from: &From) -> Result<Experiment, String> {
    let text = &from.experiment;
    let (mut experiment, notices, errors) = if let Some(key) = text.strip_prefix("preset:") {
        let known = || presets::ALL.iter().map(|p| p.key).collect::<Vec<_>>().join(", ");
        link::decode(presets::find(key).ok_or_else(|| format!("there is no preset \"{key}\"; known are {}", known()))?.link)
    } else if Path::new(text).is_file() {
        json::read(&std::fs::read_to_string(text).map_err(|e| format!("{text}: {e}"))?)
    } else if text.contains('=') || text.contains('#') {
        link::decode(text)
    } else {
        return Err(format!("{text}: this is no file, no link (data=…&model=…) and no preset:KEY"));
    };
    for notice in notices {
        eprintln!("whittle: {notice}");
    }
    if let Some(error) = errors.first() {
        return Err(error.to_string());
    }
    if let Some(epochs) = from.epochs {
        experiment.train.epochs = epochs;
        experiment.validate().map_err(|e| e.to_string())?;
    }
    Ok(experiment)
}
