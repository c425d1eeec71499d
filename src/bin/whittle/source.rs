//! Where an experiment comes from: a JSON file, a link, or a preset; and the table that it may be about.

use std::path::Path;

use whittle::{
    engine::{catalog::Pick, data::table},
    experiment::{Csv, Experiment, MAX_TEACHERS, file_checksum, json, link, presets},
};

use crate::native::{Files, From};

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
    if let Some((name, bytes)) = table(&from.files)? {
        about(&mut experiment, &name, &table::checksum(&bytes))?;
    }
    let given = teachers(&from.files)?;
    if given.len() > MAX_TEACHERS {
        return Err(format!("--teacher: {} models teach at most", MAX_TEACHERS));
    }
    if !given.is_empty() {
        experiment.teacher.clear();
        for (name, bytes) in given {
            experiment.set_teacher(&file_checksum(&bytes), &name, true);
        }
    }
    if let Some(epochs) = from.epochs {
        experiment.train.epochs = epochs;
        experiment.validate().map_err(|e| e.to_string())?;
    }
    Ok(experiment)
}

/// Name and content of the table that the arguments name. Errors: a file that cannot be read.
pub fn table(files: &Files) -> Result<Option<(String, Vec<u8>)>, String> {
    let Some(path) = &files.csv else { return Ok(None) };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    std::fs::read(path).map(|bytes| Some((name, bytes))).map_err(|e| format!("{}: {e}", path.display()))
}

/// Names and contents of the models that the arguments name as teachers. Errors: a file that cannot be read.
pub fn teachers(files: &Files) -> Result<Vec<(String, Vec<u8>)>, String> {
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        std::fs::read(path).map(|bytes| (name, bytes)).map_err(|e| format!("{}: {e}", path.display()))
    };
    files.teacher.iter().map(read).collect()
}

/// Makes the experiment one about this table. Errors: it is about another one.
fn about(experiment: &mut Experiment, name: &str, checksum: &str) -> Result<(), String> {
    let Csv { file, columns } = &experiment.csv;
    if experiment.data.key != table::KEY {
        experiment.data = Pick::new(table::KEY);
    } else if !file.is_empty() && experiment.csv.checksum() != checksum {
        let (wanted, theirs) = (experiment.csv.name(), experiment.csv.checksum());
        return Err(format!(
            "--csv {name}: the experiment is about {wanted}, whose SHA-256 begins with {theirs}; this one's begins with {checksum}"
        ));
    }
    experiment.csv = Csv { columns: columns.clone(), ..Csv::of(checksum, name) };
    Ok(())
}

fn preset(key: &str) -> Result<&'static str, String> {
    let known = || presets::ALL.iter().map(|p| p.key).collect::<Vec<_>>().join(", ");
    presets::find(key).map(|p| p.link).ok_or_else(|| format!("there is no preset {key:?}; known are {}", known()))
}
