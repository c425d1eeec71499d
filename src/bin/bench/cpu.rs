//! Inference, compression and whole epochs on the CPU.

use js_sys::Float32Array;
use wasm_bindgen::prelude::wasm_bindgen;
use whittle::{
    bench::{Epoch, Infer, Model, Press},
    engine::error::SpecError,
};

fn thrown(error: SpecError) -> js_sys::Error {
    js_sys::Error::new(&error.to_string())
}

/// Samples that are taken over from JavaScript at a time: what is copied stays near until it is read.
const BLOCK: usize = 64;

/// See [`Infer`].
#[wasm_bindgen]
pub struct BenchInfer {
    infer: Infer,
    samples: Vec<f32>,
}

#[wasm_bindgen]
impl BenchInfer {
    /// See [`Infer::new`]. Throws what does not fit.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &str, params: &[f32], bits: u32, calibration: &[f32]) -> Result<Self, js_sys::Error> {
        let infer = Model::named(model).and_then(|model| Infer::new(model, params, bits, calibration)).map_err(thrown)?;
        Ok(Self { infer, samples: Vec::new() })
    }

    /// Logits for `x[B, I]`, copied in and out.
    pub fn run(&mut self, x: &Float32Array, batch: u32) -> Float32Array {
        let inputs = x.length() / batch.max(1);
        let block = batch.min(BLOCK as u32);
        self.samples.resize((block * inputs) as usize, 0.0);
        if block == batch {
            x.copy_to(&mut self.samples);
            return Float32Array::from(self.infer.run(&self.samples, batch as usize));
        }
        let outputs = self.infer.outputs() as u32;
        let logits = Float32Array::new_with_length(batch * outputs);
        for first in (0..batch).step_by(BLOCK) {
            let last = batch.min(first + block);
            let samples = &mut self.samples[..((last - first) * inputs) as usize];
            x.subarray(first * inputs, last * inputs).copy_to(samples);
            let found = self.infer.run(samples, (last - first) as usize);
            logits.subarray(first * outputs, last * outputs).copy_from(found);
        }
        logits
    }

    /// Runs a layer alone `times` times, on what the last [`run`](Self::run) left at its input.
    pub fn layer(&mut self, layer: usize, batch: u32, times: u32) {
        let block = batch.min(BLOCK as u32);
        for _ in 0..times * batch.div_ceil(block) {
            self.infer.run_layer(layer, &self.samples, block as usize);
        }
    }

    /// What runs each layer; empty where nothing is computed.
    pub fn kernels(&self) -> Vec<String> {
        self.infer.kernels()
    }
}

/// See [`whittle::bench::pack`]. Throws what does not fit.
#[wasm_bindgen]
pub fn pack(model: &str, params: &[f32], bits: u32, calibration: &[f32]) -> Result<Vec<u8>, js_sys::Error> {
    Model::named(model).and_then(|model| whittle::bench::pack(model, params, bits, calibration)).map_err(thrown)
}

/// See [`Epoch`].
#[wasm_bindgen]
pub struct BenchEpoch(Epoch);

#[wasm_bindgen]
impl BenchEpoch {
    /// See [`Epoch::new`]. Throws what does not fit.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &str, batch: usize, params: Vec<f32>, inputs: Vec<f32>, targets: &[f32]) -> Result<Self, js_sys::Error> {
        Model::named(model).and_then(|model| Epoch::new(model, batch, params, inputs, targets)).map(Self).map_err(thrown)
    }

    /// See [`Epoch::steps`].
    pub fn steps(&mut self, n: u32) -> f32 {
        self.0.steps(n)
    }
}

/// See [`Press`].
#[wasm_bindgen]
pub struct BenchPress(Press);

#[wasm_bindgen]
impl BenchPress {
    /// See [`Press::new`]. Throws what does not fit.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &str, kind: &str, params: Vec<f32>, inputs: Vec<f32>) -> Result<Self, js_sys::Error> {
        Model::named(model).and_then(|model| Press::new(model, kind, params, inputs)).map(Self).map_err(thrown)
    }

    /// See [`Press::run`].
    pub fn run(&mut self) -> Result<u32, js_sys::Error> {
        self.0.run().map(|same| same as u32).map_err(thrown)
    }
}
