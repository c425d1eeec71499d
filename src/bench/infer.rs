//! Inference by the packed model's runner.

use super::Model;
use crate::engine::{
    compress::{self, Calibration, Settings},
    error::SpecError,
    inference::Runner,
    quantization::Format,
};

/// A packed model, ready to run.
pub struct Infer {
    runner: Runner,
}

impl Infer {
    /// `params` in the network's order. `bits`: 32, or 8 for 8-bit weights (a scale per unit) and 8-bit activations whose ranges are
    /// taken from `calibration[B, I]`. Errors: parameters that do not fit, a width that does not exist.
    pub fn new(model: Model, params: &[f32], bits: u32, calibration: &[f32]) -> Result<Self, SpecError> {
        let network = model.network()?;
        if params.len() != network.params() {
            let reason = format!("{} parameters, and the model has {}", params.len(), network.params());
            return Err(SpecError::Incompatible { field: "model".into(), reason });
        }
        let settings = Settings { format: Format::of_bits(bits), activation_bits: if bits == 8 { 8 } else { 32 }, ..Settings::default() };
        let packed = compress::compress(&network, params, None, &settings, &Calibration::of(calibration))?;
        Ok(Self { runner: Runner::new(&packed.model)? })
    }

    /// Logits `[B, O]` for `x[B, I]`.
    pub fn run(&mut self, x: &[f32], batch: usize) -> &[f32] {
        self.runner.run(x, batch)
    }

    /// Values of one output sample.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.runner.outputs()
    }

    /// What runs each layer.
    #[must_use]
    pub fn kernels(&self) -> Vec<String> {
        (0..self.runner.layers()).map(|i| self.runner.kernel(i)).collect()
    }
}
