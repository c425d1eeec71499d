//! The lists of an experiment: picks in order, of one catalogue each.

use super::{Effect, Experiment, layer_listings};
use crate::engine::{
    catalog::{Info, Listing, Pick},
    error::SpecError,
    features, recipe,
};

/// A list of picks of an experiment.
pub struct PickList {
    /// Link key.
    pub key: &'static str,
    /// What one of its entries is called.
    pub entry: &'static str,
    /// What the page calls all of them.
    pub label: &'static str,
    /// What the page says where there are none.
    pub none: &'static str,
    /// Section of the recipe.
    pub section: &'static str,
    /// Most entries, so that any experiment fits into a link.
    pub most: usize,
    /// What another list does mid-run.
    pub effect: Effect,
    /// What entries can be picked from.
    pub listings: fn() -> Vec<Listing>,
    /// Reads it.
    pub get: fn(&Experiment) -> &Vec<Pick>,
    /// Writes one whose entries are known.
    pub set: fn(&mut Experiment, Vec<Pick>),
}

/// Most layers of a model.
pub const MAX_LAYERS: usize = 24;
/// Most steps of a recipe.
pub const MAX_STEPS: usize = 12;
/// Most steps that make features.
pub const MAX_FEATURES: usize = 8;

/// The hidden layers.
pub static MODEL: PickList = PickList {
    key: "model",
    entry: "layer",
    label: "Layers",
    none: "no hidden layer",
    section: "model",
    most: MAX_LAYERS,
    effect: Effect::Restart,
    listings: || layer_listings().to_vec(),
    get: |e| &e.model,
    set: |e, picks| e.model = picks,
};

/// The steps of the recipe.
pub static RECIPE: PickList = PickList {
    key: recipe::CATALOG.field,
    entry: recipe::CATALOG.kind,
    label: "Recipe",
    none: "no recipe",
    section: "compress",
    most: MAX_STEPS,
    effect: Effect::Live,
    listings: || vec![recipe::LISTING],
    get: |e| &e.recipe,
    set: |e, picks| e.recipe = picks,
};

/// The steps that make features.
pub static FEATURES: PickList = PickList {
    key: features::LISTING.field,
    entry: features::LISTING.kind,
    label: "Features",
    none: "as the columns are",
    section: "data",
    most: MAX_FEATURES,
    effect: Effect::Restart,
    listings: || vec![features::LISTING],
    get: |e| &e.features,
    set: |e, picks| e.features = picks,
};

/// All of them.
pub static LISTS: [&PickList; 3] = [&MODEL, &RECIPE, &FEATURES];

impl PickList {
    /// The entry named `key`.
    #[must_use]
    pub fn info(&self, key: &str) -> Option<Info> {
        (self.listings)().into_iter().flat_map(|l| l.entries).find(|e| e.key == key).copied()
    }

    /// Whether `picks` can be used. Errors: too many; a name that is unknown; a value out of its range.
    pub fn check(&self, picks: &[Pick]) -> Result<(), SpecError> {
        if picks.len() > self.most {
            return Err(self.too_many(picks.len()));
        }
        for (i, pick) in picks.iter().enumerate() {
            let info = self.info(&pick.key).ok_or_else(|| self.unknown(&pick.key))?;
            pick.values(info.params).map_err(|error| self.at(i + 1, &pick.key, error.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn too_many(&self, count: usize) -> SpecError {
        if self.key == MODEL.key {
            return SpecError::TooLarge { what: "layers".into(), value: count as u64, limit: self.most as u64 };
        }
        let reason = format!("{count} {}s, more than the {} that are allowed", self.entry, self.most);
        SpecError::Incompatible { field: self.key.into(), reason }
    }

    pub(super) fn unknown(&self, key: &str) -> SpecError {
        let known: Vec<_> = (self.listings)().into_iter().flat_map(|l| l.entries).map(|e| e.key).collect();
        let value = super::table::clip(key.into());
        SpecError::UnknownName { field: self.key.into(), kind: self.entry.into(), value, known: known.join(", ") }
    }

    /// `reason` is about entry `at`, counted from 1.
    pub(super) fn at(&self, at: usize, name: &str, reason: String) -> SpecError {
        if self.key == MODEL.key {
            return SpecError::Layer { layer: at, name: name.into(), reason };
        }
        SpecError::Incompatible { field: self.key.into(), reason: format!("{} {at} ({name}): {reason}", self.entry) }
    }
}
