//! Experiments in a few words.

use serde::{Deserialize, Serialize};

use super::format::number;
use crate::{
    engine::{
        activations,
        catalog::Pick,
        data, layers,
        params::{ParamSpec, Scale},
        quantization::{Format, Granularity, float_name, rounding},
    },
    experiment::{Experiment, LEARNER, PICKS, Shrink},
    protocol::DataReport,
};

/// What a data set asks for; decides between accuracy and R².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Pick one of a few classes.
    #[default]
    Classification,
    /// Predict a number.
    Regression,
}

impl Task {
    /// The task of a data set.
    #[must_use]
    pub fn of(data: &DataReport) -> Self {
        if data.classes.is_empty() { Self::Regression } else { Self::Classification }
    }

    /// Name of the score.
    #[must_use]
    pub fn score_name(self) -> &'static str {
        match self {
            Self::Classification => "Accuracy",
            Self::Regression => "R²",
        }
    }

    /// A score as people read it.
    #[must_use]
    pub fn score(self, value: f32) -> String {
        match self {
            Self::Classification => super::format::percent(f64::from(value)),
            Self::Regression => super::format::r2(f64::from(value)),
        }
    }

    /// A score that says which it is, where scores of several tasks stand together: "95.3 %", "R² 0.410".
    #[must_use]
    pub fn named(self, value: f32) -> String {
        match self {
            Self::Classification => self.score(value),
            Self::Regression => format!("R² {}", self.score(value)),
        }
    }

    /// A change of the score, signed.
    #[must_use]
    pub fn change(self, from: f32, to: f32) -> String {
        match self {
            Self::Classification => super::format::points(f64::from(from), f64::from(to)),
            Self::Regression => super::format::r2_change(f64::from(from), f64::from(to)),
        }
    }
}

/// The compression of an experiment in a few words: "80 % pruned · 4-bit".
#[must_use]
pub fn describe(experiment: &Experiment) -> String {
    let mut parts = Vec::new();
    let compress = &experiment.compress;
    if !experiment.is_network() {
        return shrunk(&compress.shrink);
    }
    if compress.sparsity > 0.0 {
        parts.push(format!("{} pruned", super::format::percent0(compress.sparsity)));
    }
    match compress.weight_format() {
        Format::F32 | Format::Codebook(_) => {}
        Format::Int(bits) => parts.push(format!("{bits}-bit")),
        Format::Float(kind) => parts.push(float_name(kind).into()),
    }
    if let (Format::Int(_), Ok(info)) = (compress.weight_format(), rounding::LISTING.find(&compress.rounder.key))
        && info.key != rounding::LISTING.entries[0].key
        && compress.qat == 0
    {
        parts.push(info.label.into());
    }
    if !compress.widths.is_empty() {
        let widths: Vec<String> = compress.widths.iter().map(u32::to_string).collect();
        parts.push(format!("layers of {} bits", widths.join(", ")));
    }
    if !compress.clips.is_empty() || !compress.input_clips.is_empty() {
        parts.push("clipped by hand".into());
    }
    if let (Format::Int(_), Granularity::Group(group)) = (compress.weight_format(), compress.granularity()) {
        parts.push(format!("groups of {group}"));
    }
    if compress.zero == 1 && matches!(compress.weight_format(), Format::Int(_)) {
        parts.push("affine".into());
    }
    if compress.activation_bits > 0 {
        parts.push(format!("int{} activations", compress.activation_width()));
    }
    if compress.qat > 0 {
        parts.push("quantization-aware".into());
    }
    if parts.is_empty() { "fp32".into() } else { parts.join(" · ") }
}

/// A network in a few words: "MLP 64-32", "CNN 8-16-32", "Linear" where nothing is hidden.
#[must_use]
pub fn network(model: &[Pick]) -> String {
    let widths: Vec<_> = model.iter().filter_map(super::builder::size).map(number).collect();
    let kind = if model.iter().any(|p| p.key == "conv2d") { "CNN" } else { "MLP" };
    if widths.is_empty() { "Linear".into() } else { format!("{kind} {}", widths.join("-")) }
}

/// How a learner is made small, in a few words: "4 levels · half of the trees · 8-bit".
fn shrunk(shrink: &Shrink) -> String {
    let mut parts = Vec::new();
    if shrink.depth > 0 {
        parts.push(format!("{} levels", shrink.depth));
    }
    if shrink.alpha > 0.0 {
        parts.push(format!("α {}", number(shrink.alpha)));
    }
    if shrink.keep < 1.0 {
        parts.push(format!("{} of the trees", super::format::percent0(shrink.keep)));
    }
    if shrink.bits > 0 {
        parts.push("8-bit".into());
    }
    if parts.is_empty() { "fp32".into() } else { parts.join(" · ") }
}

/// What learns, in a few words: a network as [`network`] says it, a learner with those of its settings that were changed: "Random forest, trees 50".
#[must_use]
pub fn family(experiment: &Experiment) -> String {
    if experiment.is_network() {
        return network(&experiment.model);
    }
    let pick = &experiment.learner;
    let info = PICKS.iter().find(|field| field.key == LEARNER).and_then(|field| field.listing.find(&pick.key).ok());
    let Some(info) = info else { return pick.key.clone() };
    let set = info.params.iter().filter(|spec| pick.get(spec) != spec.default);
    let set = set.map(|spec| format!(", {} {}", spec.label.to_lowercase(), said(spec, pick.get(spec))));
    format!("{}{}", info.label, set.collect::<String>())
}

/// A value in the words of the page.
fn said(spec: &ParamSpec, value: f64) -> String {
    match spec.scale {
        Scale::Choice(words) => words.get(value as usize).map_or_else(|| number(value), |word| word.label.to_lowercase()),
        _ => number(value),
    }
}

/// A data set with those of its settings that were changed: "MNIST", "Circle, noise 0.3".
#[must_use]
pub fn data_name(pick: &Pick) -> String {
    let Ok(info) = data::LISTING.find(&pick.key) else { return pick.key.clone() };
    if info.key == data::table::KEY {
        // How a file is read is written down in full, changed or not.
        return info.label.into();
    }
    let set = info.params.iter().filter(|spec| pick.get(spec) != spec.default);
    let set = set.map(|spec| format!(", {} {}", spec.label.to_lowercase(), number(pick.get(spec))));
    format!("{}{}", info.label, set.collect::<String>())
}

/// A whole experiment in a few words: "MNIST 10k · MLP 64-32 · Adam 0.003 · 4-bit".
#[must_use]
pub(super) fn recipe(experiment: &Experiment, data: Option<&DataReport>) -> String {
    let name = data.map_or(experiment.data.key.as_str(), |d| d.name.as_str());
    if !experiment.is_network() {
        return [name.to_string(), family(experiment), describe(experiment)].join(" · ");
    }
    let optimizer =
        crate::engine::optimizers::LISTING.find(&experiment.optimizer.key).map_or(experiment.optimizer.key.as_str(), |e| e.label);
    let training = format!("{optimizer} {}", number(experiment.train.lr));
    [name.to_string(), network(&experiment.model), training, describe(experiment)].join(" · ")
}

/// A layer with its main numbers: "Dense 64", "Conv 8 · 3×3".
#[must_use]
pub fn layer_label(pick: &Pick) -> String {
    let info = layers::LISTING.find(&pick.key).or_else(|_| activations::LISTING.find(&pick.key));
    match info {
        Ok(info) => {
            let first = info.params.first().map(|spec| format!(" {}", number(pick.get(spec)))).unwrap_or_default();
            format!("{}{first}", info.label)
        }
        Err(_) => pick.key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_in_a_few_words() {
        let mut experiment = Experiment::default();
        experiment.compress.bits = 0;
        assert_eq!(describe(&experiment), "fp32");
        experiment.compress.sparsity = 0.8;
        experiment.compress.bits = 4;
        assert_eq!(describe(&experiment), "80\u{a0}% pruned · 4-bit");
        assert_eq!(network(&experiment.model), "MLP 64-32");
        assert_eq!(
            network(&[Pick::new("conv2d").with("filters", 8.0), Pick::new("relu"), Pick::new("dense").with("units", 16.0)]),
            "CNN 8-16"
        );
        assert_eq!(network(&[]), "Linear");
        assert_eq!(data_name(&Pick::new("circle").with("noise", 0.3)), "Circle, noise 0.3");
        assert_eq!(data_name(&Pick::new("nothing")), "nothing");
        assert_eq!(Task::Regression.named(0.41), "R² 0.410");
        assert_eq!(layer_label(&Pick::new("dense").with("units", 64.0)), "Dense 64");
        assert_eq!(layer_label(&Pick::new("relu")), "ReLU");
        assert_eq!(layer_label(&Pick::new("nothing")), "nothing", "an unknown key is shown as it is");
    }

    #[test]
    fn learners_in_a_few_words() {
        let mut experiment = Experiment { learner: Pick::new("linear").with("alpha", 0.5), ..Experiment::default() };
        assert_eq!(family(&experiment), "Linear / logistic, penalty α 0.5");
        assert_eq!(describe(&experiment), "fp32");
        experiment.compress.shrink = Shrink { depth: 4, alpha: 0.01, keep: 0.5, bits: 1 };
        assert_eq!(describe(&experiment), "4 levels · α 0.01 · 50\u{a0}% of the trees · 8-bit");
        assert_eq!(recipe(&experiment, None).matches(" · ").count(), 5, "nothing of the network: {}", recipe(&experiment, None));
        assert_eq!(family(&Experiment::default()), "MLP 64-32");
    }
}
