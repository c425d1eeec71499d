//! Experiments in a few words.

use super::format::number;
use crate::{
    engine::{activations, catalog::Pick, layers},
    experiment::{BIT_WIDTHS, Experiment},
    protocol::DataReport,
};

/// What a data set asks for; decides between accuracy and R².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    if compress.sparsity > 0.0 {
        parts.push(format!("{} pruned", super::format::percent0(compress.sparsity)));
    }
    match BIT_WIDTHS.get(compress.bits) {
        Some(32) | None => {}
        Some(bits) => parts.push(format!("{bits}-bit")),
    }
    if compress.activation_bits == 1 {
        parts.push("int8 activations".into());
    }
    if parts.is_empty() { "fp32".into() } else { parts.join(" · ") }
}

/// A whole experiment in a few words: "MNIST 10k · 64-32 · Adam 0.003 · 4-bit".
#[must_use]
pub(super) fn recipe(experiment: &Experiment, data: Option<&DataReport>) -> String {
    let name = data.map_or(experiment.data.key.as_str(), |d| d.name.as_str());
    let widths: Vec<_> = experiment.model.iter().filter_map(super::builder::size).map(number).collect();
    let optimizer =
        crate::engine::optimizers::CATALOG.find(&experiment.optimizer.key).map_or(experiment.optimizer.key.as_str(), |e| e.label);
    let mut parts = vec![name.to_string(), widths.join("-"), format!("{optimizer} {}", number(experiment.train.lr)), describe(experiment)];
    parts.retain(|p| !p.is_empty());
    parts.join(" · ")
}

/// A layer with its main numbers: "Dense 64", "Conv 8 · 3×3".
#[must_use]
pub fn layer_label(pick: &Pick) -> String {
    let info = layers::CATALOG.find(&pick.key).map(|e| e.info()).or_else(|_| activations::CATALOG.find(&pick.key).map(|e| e.info()));
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
        assert_eq!(layer_label(&Pick::new("dense").with("units", 64.0)), "Dense 64");
        assert_eq!(layer_label(&Pick::new("relu")), "ReLU");
        assert_eq!(layer_label(&Pick::new("nothing")), "nothing", "an unknown key is shown as it is");
    }
}
