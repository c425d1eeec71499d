//! Training and the matrix product on the CPU.

use wasm_bindgen::prelude::wasm_bindgen;
use whittle::{
    bench::{Model, Train},
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

/// See [`Train`].
#[wasm_bindgen]
pub struct BenchTrain(Train);

#[wasm_bindgen]
impl BenchTrain {
    /// See [`Train::new`]. Throws what does not fit.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &str, batch: usize, params: Vec<f32>, inputs: Vec<f32>, targets: &[f32]) -> Result<Self, js_sys::Error> {
        let run = Model::named(model).and_then(|model| Train::new(model, batch, params, inputs, targets));
        run.map(Self).map_err(|e| js_sys::Error::new(&e.to_string()))
    }

    /// `n` steps; the loss of the last.
    pub fn steps(&mut self, n: u32) -> f32 {
        self.0.steps(n)
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
