//! Inference by the packed model's runner.

use super::Model;
use crate::engine::{
    artifact::{self, Form},
    compress::{self, Calibration, Settings},
    error::SpecError,
    inference::Runner,
    packed::PackedModel,
    quantization::Format,
};

/// A packed model, ready to run.
pub struct Infer {
    runner: Runner,
}

impl Infer {
    /// `params` in the network's order. `bits`: 32, or 1 to 8 for weights of so many bits (a scale per unit) and 8-bit activations whose ranges are
    /// taken from `calibration[B, I]`. Errors: parameters that do not fit, a width that does not exist.
    pub fn new(model: Model, params: &[f32], bits: u32, calibration: &[f32]) -> Result<Self, SpecError> {
        Ok(Self { runner: Runner::new(&packed(model, params, bits, calibration)?)? })
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

    /// Runs layer `layer` alone for the samples `x[B, I]`, to time it: see [`Runner::run_layer`].
    pub fn run_layer(&mut self, layer: usize, x: &[f32], batch: usize) {
        self.runner.run_layer(layer, x, batch);
    }

    /// What runs each layer.
    #[must_use]
    pub fn kernels(&self) -> Vec<String> {
        (0..self.runner.layers()).map(|i| self.runner.kernel(i)).collect()
    }
}

/// The packed model that [`Infer::new`] runs, as a model file: how it is handed to the GPU's module, which has a memory of its own.
pub fn pack(model: Model, params: &[f32], bits: u32, calibration: &[f32]) -> Result<Vec<u8>, SpecError> {
    Ok(artifact::encode(&packed(model, params, bits, calibration)?, Form::Packed, ""))
}

fn packed(model: Model, params: &[f32], bits: u32, calibration: &[f32]) -> Result<PackedModel, SpecError> {
    let network = model.network()?;
    if params.len() != network.params() {
        let reason = format!("{} parameters, and the model has {}", params.len(), network.params());
        return Err(SpecError::Incompatible { field: "model".into(), reason });
    }
    let settings = Settings { format: Format::of_bits(bits), activation_bits: if bits <= 8 { 8 } else { 32 }, ..Settings::default() };
    Ok(compress::compress(&network, params, None, &settings, &Calibration::of(calibration))?.model)
}
