//! The bench workloads on the GPU. Results are promises: the GPU answers later.

use std::{future::Future, rc::Rc};

use js_sys::{Error, Float32Array, Promise};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use whittle::{
    bench::{GpuTrain, Model, unpack},
    gpu::{device::Gpu, device::GpuError, inference::GpuRunner, product::GpuProduct},
};

fn thrown(error: impl std::fmt::Display) -> JsValue {
    Error::new(&error.to_string()).into()
}

/// A promise of the numbers of `readback`.
fn promise(readback: impl Future<Output = Result<Vec<f32>, GpuError>> + 'static, map: fn(Vec<f32>) -> JsValue) -> Promise {
    future_to_promise(async move { readback.await.map(map).map_err(thrown) })
}

fn array(numbers: Vec<f32>) -> JsValue {
    Float32Array::from(&numbers[..]).into()
}

/// The device's GPU.
#[wasm_bindgen]
pub struct BenchGpu(Rc<Gpu>);

#[wasm_bindgen]
impl BenchGpu {
    /// Opens it. Rejects where there is none.
    pub async fn open() -> Result<BenchGpu, JsValue> {
        Gpu::open().await.map(Self).map_err(thrown)
    }

    /// What it calls itself.
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    /// See [`GpuTrain::new`]. Throws what does not fit.
    pub fn train(&self, model: &str, batch: usize, params: &[f32], inputs: Vec<f32>, targets: &[f32]) -> Result<BenchGpuTrain, JsValue> {
        let model = Model::named(model).map_err(thrown)?;
        GpuTrain::new(&self.0, model, batch, params, inputs, targets).map(BenchGpuTrain).map_err(thrown)
    }

    /// See [`GpuRunner::new`]. Throws what does not fit.
    pub fn infer(&self, model: &str, params: &[f32], batch: usize) -> Result<BenchGpuInfer, JsValue> {
        let network = Model::named(model).and_then(Model::network).map_err(thrown)?;
        GpuRunner::new(&self.0, &network, params, batch).map(BenchGpuInfer).map_err(thrown)
    }

    /// See [`unpack`]. Throws what does not fit.
    pub fn packed(&self, file: &[u8], batch: usize) -> Result<BenchGpuInfer, JsValue> {
        unpack(&self.0, file, batch).map(BenchGpuInfer).map_err(thrown)
    }

    /// See [`GpuProduct::new`]. Throws what does not fit.
    pub fn product(&self, n: usize, a: &[f32], b: &[f32]) -> Result<BenchGpuProduct, JsValue> {
        GpuProduct::new(&self.0, n, a, b).map(BenchGpuProduct).map_err(thrown)
    }
}

/// See [`GpuTrain`].
#[wasm_bindgen]
pub struct BenchGpuTrain(GpuTrain);

#[wasm_bindgen]
impl BenchGpuTrain {
    /// `n` steps in one submission; a promise of the loss of the last.
    pub fn steps(&mut self, n: usize) -> Promise {
        promise(self.0.steps(n), |reports| GpuTrain::last_loss(&reports).into())
    }
}

/// See [`GpuRunner`].
#[wasm_bindgen]
pub struct BenchGpuInfer(GpuRunner);

#[wasm_bindgen]
impl BenchGpuInfer {
    /// A promise of the logits of `x[B, I]`.
    pub fn run(&self, x: &[f32]) -> Promise {
        promise(self.0.run(x), array)
    }
}

/// See [`GpuProduct`].
#[wasm_bindgen]
pub struct BenchGpuProduct(GpuProduct);

#[wasm_bindgen]
impl BenchGpuProduct {
    /// `count` products; a promise of the last.
    pub fn run(&self, count: usize) -> Promise {
        promise(self.0.run(count), array)
    }
}
