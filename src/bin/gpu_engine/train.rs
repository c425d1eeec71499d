//! Training for the page's worker. The two modules have a memory each: what crosses is copied, a slice of many steps at a time.

use std::{collections::HashMap, future::Future, rc::Rc};

use js_sys::{Error, Float32Array, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use whittle::{
    bench::{GpuEntry, device::on_gpu},
    gpu::{
        calibrate::{self, Figures},
        device::{Gpu, GpuError},
        slice::{Plan, Slice},
        trainer::{GpuSamples, GpuTrainer},
    },
};

/// The device's GPU, opened and measured, what it trains, and what it is timed with.
#[wasm_bindgen]
pub struct GpuEngine {
    gpu: Rc<Gpu>,
    name: String,
    figures: Figures,
    clock: web_sys::Performance,
    samples: Option<GpuSamples>,
    trainer: Option<GpuTrainer>,
    entries: HashMap<String, GpuEntry>,
}

#[wasm_bindgen]
impl GpuEngine {
    /// Opens and measures it; `name` is what the browser says of it. Where sums are taken within subgroups its name says so, since they are others in the last
    /// places. Rejects where there is none, or it does not work.
    pub async fn open(name: String) -> Result<GpuEngine, JsValue> {
        console_error_panic_hook::set_once();
        let gpu = Gpu::open().await.map_err(thrown)?;
        let name = if gpu.abilities().subgroups { name + ", subgroups" } else { name };
        let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).and_then(|p| p.dyn_into::<web_sys::Performance>());
        let performance = performance.map_err(|_| thrown("this browser has no clock"))?;
        let figures = calibrate::figures(&gpu, || performance.now()).await.map_err(thrown)?;
        Ok(Self { gpu, name, figures, clock: performance, samples: None, trainer: None, entries: HashMap::new() })
    }

    /// What it calls itself.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// Whether it is a program on the CPU.
    pub fn software(&self) -> bool {
        self.gpu.software()
    }

    /// Its round trip and a dispatch, ms, and what it reaches in a product, 10⁹ operations a second.
    pub fn figures(&self) -> Vec<f64> {
        vec![self.figures.round_trip_ms, self.figures.dispatch_ms, self.figures.gflops]
    }

    /// Uploads the samples to train on from now on: see [`GpuSamples::new`]. Throws what is too large.
    pub fn samples(&mut self, inputs: &[f32], targets: &[f32]) -> Result<(), JsValue> {
        // The old ones make room first.
        (self.trainer, self.samples) = (None, None);
        self.samples = Some(GpuSamples::new(&self.gpu, inputs, targets).map_err(thrown)?);
        Ok(())
    }

    /// Makes ready to train as `plan` says, a [`Plan`] as bytes. Throws why it cannot.
    pub fn begin(&mut self, plan: &[u8]) -> Result<(), JsValue> {
        self.trainer = None;
        let plan: Plan = postcard::from_bytes(plan).map_err(thrown)?;
        let samples = self.samples.as_ref().ok_or_else(|| thrown("there are no samples to train on"))?;
        self.trainer = Some(GpuTrainer::of(&self.gpu, &plan, samples).map_err(thrown)?);
        Ok(())
    }

    /// See [`GpuTrainer::load`].
    pub fn load(&self, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]) {
        if let Some(trainer) = &self.trainer {
            trainer.load(params, memory, traits, ranges);
        }
    }

    /// Submits a slice, its records in words; a promise of what its steps report. See [`GpuTrainer::submit`].
    pub fn submit(&self, records: &[u32], order: Vec<u32>, bits: Vec<u32>) -> Promise {
        promise(self.trainer.as_ref().map(|trainer| trainer.submit(&Slice::from_words(records, order, bits))))
    }

    /// Computes entry `key` of the device's benchmark `count` times in one submission; a promise of how many ms that took, in an array.
    pub fn bench(&mut self, key: &str, count: usize) -> Promise {
        let clock = self.clock.clone();
        let asked = self.entry(key).map(|entry| (clock.now(), entry.repeat(count)));
        future_to_promise(async move {
            let (began, readback) = asked?;
            readback.await.map_err(thrown)?;
            Ok(Float32Array::from(&[(clock.now() - began) as f32][..]).into())
        })
    }

    /// What was made ready for [`GpuEngine::bench`] is no longer needed.
    #[wasm_bindgen(js_name = endBench)]
    pub fn end_bench(&mut self) {
        self.entries.clear();
    }

    /// A promise of parameters and optimizer's memory. See [`GpuTrainer::state`].
    pub fn state(&self) -> Promise {
        promise(self.trainer.as_ref().map(GpuTrainer::state))
    }
}

impl GpuEngine {
    /// The entry of the benchmark, made ready when it is first asked for.
    fn entry(&mut self, key: &str) -> Result<&GpuEntry, JsValue> {
        if !self.entries.contains_key(key) {
            let entry = on_gpu(key).ok_or_else(|| thrown(format!("the benchmark has no {key}")))?;
            self.entries.insert(key.into(), GpuEntry::new(&self.gpu, entry).map_err(thrown)?);
        }
        self.entries.get(key).ok_or_else(|| thrown("it was not made"))
    }
}

fn thrown(error: impl std::fmt::Display) -> JsValue {
    Error::new(&error.to_string()).into()
}

/// A promise of the numbers that are read back.
fn promise(readback: Option<impl Future<Output = Result<Vec<f32>, GpuError>> + 'static>) -> Promise {
    future_to_promise(async move {
        let Some(readback) = readback else { return Err(thrown("nothing is in training")) };
        readback.await.map(|numbers| Float32Array::from(&numbers[..]).into()).map_err(thrown)
    })
}
