//! What a moving slider waits for: a small copy of a trained model, judged beside it.

use super::Model;
use crate::engine::{
    catalog::Pick,
    compress::{self, CALIBRATION_SAMPLES, Calibration, Settings},
    error::SpecError,
    inference::Runner,
    network::Network,
    packed::PackedModel,
    quantization::Format,
    train::argmax,
};

/// Samples that a preview is judged on.
pub const JUDGED: usize = 2000;

/// A model that is made small again and again.
pub struct Press {
    network: Network,
    params: Vec<f32>,
    inputs: Vec<f32>,
    baseline: PackedModel,
    settings: Settings,
    /// Whether both models then run on [`JUDGED`] samples.
    judges: bool,
}

impl Press {
    /// `kind`: "ptq" (8-bit weights and activations), "prune" (80 % of all weights at once), both judged on [`JUDGED`] samples; or "gptq" (4-bit weights, rounded on
    /// samples), which is not. `params` in the network's order, `inputs[B, I]` of at least that many samples. Errors: another kind, numbers that do not fit.
    pub fn new(model: Model, kind: &str, params: Vec<f32>, inputs: Vec<f32>) -> Result<Self, SpecError> {
        let network = model.network()?;
        let width = network.input().len();
        if params.len() != network.params() || inputs.len() < JUDGED * width {
            let reason = format!("{} parameters and {} values, which do not fit", params.len(), inputs.len());
            return Err(SpecError::Incompatible { field: "model".into(), reason });
        }
        let settings = match kind {
            "ptq" => Settings { format: Format::of_bits(8), activation_bits: 8, ..Settings::default() },
            "prune" => Settings { sparsity: 0.8, pruner: Pick::new("global"), ..Settings::default() },
            "gptq" => Settings { format: Format::of_bits(4), rounder: Pick::new("gptq"), ..Settings::default() },
            _ => {
                let (field, known) = ("kind".into(), "ptq, prune, gptq".into());
                return Err(SpecError::UnknownName { field, kind: "kind".into(), value: kind.into(), known });
            }
        };
        Ok(Self { baseline: PackedModel::dense(&network, &params), network, params, inputs, settings, judges: kind != "gptq" })
    }

    /// Makes the small model, and gives of how many samples both say the same; of no samples where it is not judged. Errors: none for a kind that could be made.
    pub fn run(&mut self) -> Result<usize, SpecError> {
        let width = self.network.input().len();
        let calibration = Calibration::of(&self.inputs[..CALIBRATION_SAMPLES * width]);
        let small = compress::compress(&self.network, &self.params, None, &self.settings, &calibration)?.model;
        let mut runners = [Runner::new(&self.baseline)?, Runner::new(&small)?];
        if !self.judges {
            return Ok(0);
        }
        let x = &self.inputs[..JUDGED * width];
        let [before, after] = runners.each_mut().map(|runner| {
            let outputs = runner.outputs();
            runner.run(x, JUDGED).chunks_exact(outputs).map(argmax).collect::<Vec<_>>()
        });
        Ok(before.iter().zip(&after).filter(|(a, b)| a == b).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn previews_say_mostly_the_same_and_more_do_of_fewer_bits_lost() {
        let mut rng = Rng::new(1, 0);
        let n = Model::Small.network().unwrap().params();
        let params: Vec<f32> = (0..n).map(|_| rng.normal() * 0.1).collect();
        let inputs: Vec<f32> = (0..JUDGED * 784).map(|_| rng.uniform()).collect();
        let run = |kind: &str| Press::new(Model::Small, kind, params.clone(), inputs.clone()).and_then(|mut press| press.run());
        let (ptq, prune) = (run("ptq").unwrap(), run("prune").unwrap());
        assert!(ptq > JUDGED * 9 / 10 && prune < ptq, "{ptq} {prune}");
        assert_eq!(run("gptq"), Ok(0));
        assert_eq!(run("bake").unwrap_err().field(), "kind");
        assert!(Press::new(Model::Tiny, "ptq", params.clone(), inputs.clone()).is_err());
    }
}
