//! Experiments to begin with, and data sets, as the page names and shows them.

use crate::{
    engine::{
        catalog::{Listing, Pick},
        data,
    },
    experiment::{Experiment, presets},
    protocol::DataReport,
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
    presets::ALL.iter().map(|p| Preset { label: p.label, about: p.about, experiment: p.experiment() }).collect()
}

/// What a first visit sees.
#[must_use]
pub fn first() -> Experiment {
    presets::ALL.first().map(presets::Preset::experiment).unwrap_or_default()
}

/// Generators of points.
#[must_use]
pub fn generators() -> Listing {
    data::generators::CATALOG.listing()
}

/// What a data set is called.
#[must_use]
pub fn data_name(pick: &Pick) -> String {
    let file = data::FILES.iter().find(|e| e.key == pick.key).map(|e| e.label);
    file.or_else(|| generators().entries.iter().find(|e| e.key == pick.key).map(|e| e.label)).unwrap_or(&pick.key).to_string()
}

/// Images, tables or points, with classes or numbers: data of one kind suits the same models and losses.
#[must_use]
pub fn kind_of(key: &str) -> &'static str {
    match key {
        "mnist10k" | "fashion12k" | "digits" => "images",
        "iris" | "wine" | "breast-cancer" => "table",
        "diabetes" => "table of numbers",
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
pub fn name_of(experiment: &Experiment, data: Option<&DataReport>) -> String {
    let preset = all().into_iter().find(|p| p.experiment == *experiment).map(|p| p.label.to_string());
    preset.or_else(|| data.filter(|d| d.key == experiment.data.key).map(|d| d.name.clone())).unwrap_or_else(|| data_name(&experiment.data))
}
