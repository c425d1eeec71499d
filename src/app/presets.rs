//! Experiments to begin with, and data sets, as the page names and shows them.

use crate::{
    engine::{catalog::Info, data},
    experiment::{Experiment, presets},
};

/// An experiment of the gallery.
pub struct Preset {
    /// Its name.
    pub label: &'static str,
    /// What to find out with it.
    pub about: &'static str,
    /// The experiment.
    pub experiment: Experiment,
}

/// The gallery.
#[must_use]
pub fn all() -> Vec<Preset> {
    presets::ALL.iter().map(|p| Preset { label: p.label, about: p.about, experiment: p.experiment().normal() }).collect()
}

/// What a first visit sees.
#[must_use]
pub fn first() -> Experiment {
    presets::ALL.first().map_or_else(Experiment::default, |p| p.experiment().normal())
}

/// What the catalogue says of a data set.
#[must_use]
pub fn data_info(key: &str) -> Option<Info> {
    data::LISTING.find(key).ok().copied()
}

/// What a data set is called.
#[must_use]
pub fn data_name(key: &str) -> String {
    data_info(key).map_or(key, |e| e.label).to_string()
}

/// What the data of an experiment is called: a file of the reader's own by its name.
#[must_use]
pub fn data_of(experiment: &Experiment) -> String {
    let own = experiment.csv.name();
    if own.is_empty() { data_name(&experiment.data.key) } else { own.into() }
}

/// Whether points are made up by a generator.
#[must_use]
pub fn generated(key: &str) -> bool {
    data::generators::LISTING.entries.iter().any(|e| e.key == key)
}

/// Whether a data set is a file that the page brings along.
#[must_use]
pub fn bundled(key: &str) -> bool {
    data::FILES.iter().any(|f| f.key == key)
}

/// Images, tables or points, with classes or numbers: data of one kind suits the same models and losses.
#[must_use]
pub fn kind_of(key: &str) -> &'static str {
    match key {
        "mnist10k" | "fashion12k" | "digits" => "images",
        "iris" | "wine" | "breast-cancer" | "penguins" | "titanic" | "german-credit" | "japanese-vowels" | data::table::KEY => "table",
        "diabetes" | "auto-mpg" | "flights" | "sunspots" | "co2" | "nile" | "seattle" | "airline" => "table of numbers",
        "sonnets" => "text",
        "plane" | "hills" => "points with values",
        _ => "points",
    }
}

/// The gallery's experiment for data of the same kind, the same data first.
#[must_use]
pub fn for_data(key: &str) -> Option<Experiment> {
    let mut all = all();
    let at = all
        .iter()
        .position(|p| p.experiment.data.key == key)
        .or_else(|| all.iter().position(|p| kind_of(&p.experiment.data.key) == kind_of(key)))?;
    Some(all.swap_remove(at).experiment)
}

/// What the page calls an experiment: the preset it is, or its data.
#[must_use]
pub fn name_of(experiment: &Experiment) -> String {
    let preset = all().into_iter().find(|p| p.experiment == *experiment).map(|p| p.label.to_string());
    preset.unwrap_or_else(|| data_of(experiment))
}
