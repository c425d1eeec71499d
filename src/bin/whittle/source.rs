//! Where an experiment comes from: a JSON file, a link, or a preset.

use std::path::Path;

use whittle::experiment::{Experiment, json, link, presets};

use crate::native::From;

/// Reads the experiment that the arguments name. What was ignored is said on standard error. Errors: values that cannot be used,
/// a file that cannot be read, a preset that does not exist; always in one line.
pub fn read(from: &From) -> Result<Experiment, String> {
    let text = &from.experiment;
    let file = Path::new(text).is_file();
    let (mut experiment, notices, errors) = if let Some(key) = text.strip_prefix("preset:") {
        link::decode(preset(key)?)
    } else if file {
        json::read(&std::fs::read_to_string(text).map_err(|e| format!("{text}: {e}"))?)
    } else if text.contains('=') || text.contains('#') {
        link::decode(text)
    } else {
        return Err(format!("{text:?} is no file, no link (data=…&model=…) and no preset:KEY"));
    };
    if !errors.is_empty() {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let place = if file { format!("{text}: ") } else { String::new() };
        return Err(format!("{place}{}", errors.join("; ")));
    }
    for notice in notices {
        eprintln!("whittle: {notice}");
    }
    if let Some(epochs) = from.epochs {
        experiment.train.epochs = epochs;
        experiment.validate().map_err(|e| e.to_string())?;
    }
    Ok(experiment)
}

fn preset(key: &str) -> Result<&'static str, String> {
    let known = || presets::ALL.iter().map(|p| p.key).collect::<Vec<_>>().join(", ");
    presets::find(key).map(|p| p.link).ok_or_else(|| format!("there is no preset {key:?}; known are {}", known()))
}
