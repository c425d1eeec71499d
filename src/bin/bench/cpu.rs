//! The bench workloads on the CPU.

use js_sys::Float32Array;
use wasm_bindgen::prelude::wasm_bindgen;
use whittle::{
    bench::{Infer, Model, Press, Train},
    engine::error::SpecError,
    kernels::{
        Scratch,
        matmul_f32::{Mat, matmul},
    },
};

/// Which build this is.
#[wasm_bindgen]
pub fn engine() -> String {
    whittle::kernels::lanes::ENGINE.into()
}

fn thrown(error: SpecError) -> js_sys::Error {
    js_sys::Error::new(&error.to_string())
}

/// See [`Train`].
#[wasm_bindgen]
pub struct BenchTrain(Train);

#[wasm_bindgen]
impl BenchTrain {
    /// See [`Train::new`]. Throws what does not fit.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &str, batch: usize, params: Vec<f32>, inputs: Vec<f32>, targets: &[f32]) -> Result<Self, js_sys::Error> {
        let run = Model::named(model).and_then(|model| Train::new(model, batch, params, inputs, targets));
        run.map(Self).map_err(thrown)
    }

    /// `n` steps; the loss of the last.
    pub fn steps(&mut self, n: u32) -> f32 {
        self.0.steps(n)
    }
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

    /// What runs each layer.
    pub fn kernels(&self) -> Vec<String> {
        self.infer.kernels()
    }
}

/// See [`whittle::bench::pack`]. Throws what does not fit.
#[wasm_bindgen]
pub fn pack(model: &str, params: &[f32], bits: u32, calibration: &[f32]) -> Result<Vec<u8>, js_sys::Error> {
    Model::named(model).and_then(|model| whittle::bench::pack(model, params, bits, calibration)).map_err(thrown)
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

/// A square matrix product with both factors at hand.
#[wasm_bindgen]
pub struct BenchProduct {
    n: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
    scratch: Scratch,
}

#[wasm_bindgen]
impl BenchProduct {
    /// Factors `a` and `b`, both `[n, n]`.
    #[wasm_bindgen(constructor)]
    pub fn new(n: usize, a: Vec<f32>, b: Vec<f32>) -> Self {
        Self { n, a, b, c: vec![0.0; n * n], scratch: Scratch::default() }
    }

    /// `count` products; gives the last.
    pub fn run(&mut self, count: u32) -> Vec<f32> {
        let n = self.n;
        for _ in 0..count {
            matmul((n, n, n), Mat::rows(&self.a, n), Mat::rows(&self.b, n), &mut self.c, false, &mut self.scratch);
        }
        self.c.clone()
    }
}
