//! The browser's GPU for the session: the module `gpu-engine`, loaded when the session first wants it (`public/gpu.js`), and its promises.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
};

use js_sys::{Float32Array, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::MessagePort;

use crate::{
    engine::data::Dataset,
    gpu::slice::{Plan, Slice, targets},
    protocol::{Device, pack},
    session::{Accelerator, Status},
};

#[wasm_bindgen(raw_module = "./gpu.js")]
extern "C" {
    /// A promise of a [`GpuEngine`], or of the name of what is a program on the CPU.
    #[wasm_bindgen(catch)]
    fn open(software: bool) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    type GpuEngine;
    #[wasm_bindgen(method)]
    fn name(this: &GpuEngine) -> String;
    #[wasm_bindgen(method)]
    fn software(this: &GpuEngine) -> bool;
    #[wasm_bindgen(method)]
    fn figures(this: &GpuEngine) -> Vec<f64>;
    #[wasm_bindgen(method, catch)]
    fn samples(this: &GpuEngine, inputs: &[f32], targets: &[f32]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn begin(this: &GpuEngine, plan: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn load(this: &GpuEngine, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn submit(this: &GpuEngine, records: &[u32], order: &[u32], bits: &[u32]) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn state(this: &GpuEngine) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn bench(this: &GpuEngine, key: &str, count: usize) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = endBench)]
    fn end_bench(this: &GpuEngine) -> Result<(), JsValue>;
}

type Answer = Result<Vec<f32>, String>;

/// The browser's GPU.
pub(super) struct WebGpu {
    status: Rc<RefCell<Status>>,
    engine: Rc<RefCell<Option<GpuEngine>>>,
    /// What was asked for and not heard, the oldest first.
    asked: VecDeque<Rc<Cell<Option<Answer>>>>,
    /// Whose samples are there.
    data: Option<Arc<Dataset>>,
    /// Posting here brings the session to look again.
    wake: MessagePort,
}

impl WebGpu {
    /// Not opened yet.
    pub fn new(wake: MessagePort) -> Self {
        let (status, engine) = (Rc::new(RefCell::new(Status::Closed)), Rc::default());
        Self { status, engine, asked: VecDeque::new(), data: None, wake }
    }

    /// Asks for numbers that come later.
    fn ask(&mut self, ask: impl FnOnce(&GpuEngine) -> Result<Promise, JsValue>) {
        let asked = Rc::new(Cell::new(None));
        self.asked.push_back(asked.clone());
        let promise = self.engine.borrow().as_ref().map_or_else(|| Err("it is not open".into()), ask);
        let wake = self.wake.clone();
        spawn_local(async move {
            let answer = match promise {
                Ok(promise) => JsFuture::from(promise).await,
                Err(error) => Err(error),
            };
            asked.set(Some(answer.map(|numbers| numbers.unchecked_into::<Float32Array>().to_vec()).map_err(words)));
            look_again(&wake);
        });
    }
}

impl Accelerator for WebGpu {
    fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    fn open(&mut self, software: bool) {
        if matches!(*self.status.borrow(), Status::Opening | Status::Ready(_)) {
            return;
        }
        self.status.replace(Status::Opening);
        let (status, engine, wake) = (self.status.clone(), self.engine.clone(), self.wake.clone());
        spawn_local(async move {
            let opened = match open(software) {
                Ok(promise) => JsFuture::from(promise).await,
                Err(error) => Err(error),
            };
            status.replace(match opened {
                Err(error) => Status::Absent(words(error)),
                Ok(found) => match found.as_string() {
                    Some(name) => Status::Software(name),
                    None => {
                        let opened: GpuEngine = found.unchecked_into();
                        let device = device(&opened);
                        engine.replace(Some(opened));
                        Status::Ready(device)
                    }
                },
            });
            look_again(&wake);
        });
    }

    fn begin(&mut self, plan: &Plan, data: &Arc<Dataset>) -> Result<(), String> {
        self.forget();
        let engine = self.engine.borrow();
        let engine = engine.as_ref().ok_or("it is not open")?;
        if self.data.as_ref().is_none_or(|there| !Arc::ptr_eq(there, data)) {
            self.data = None;
            engine.samples(&data.train.inputs, &targets(&data.train)).map_err(words)?;
            self.data = Some(data.clone());
        }
        engine.begin(&pack(plan)?).map_err(words)
    }

    fn load(&mut self, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]) {
        let loaded = self.engine.borrow().as_ref().map_or(Ok(()), |engine| engine.load(params, memory, traits, ranges));
        if let Err(error) = loaded {
            self.asked.push_back(Rc::new(Cell::new(Some(Err(words(error))))));
        }
    }

    fn submit(&mut self, slice: &Slice) {
        self.ask(|engine| engine.submit(&slice.record_words(), &slice.order, &slice.bits));
    }

    fn fetch(&mut self) {
        self.ask(GpuEngine::state);
    }

    fn bench(&mut self, key: &str, count: usize) {
        self.ask(|engine| engine.bench(key, count));
    }

    fn answer(&mut self) -> Option<Answer> {
        let answer = self.asked.front()?.take()?;
        self.asked.pop_front();
        if answer.is_err() {
            // The next run may open it anew.
            self.forget();
            (self.data, _) = (None, self.engine.replace(None));
            self.status.replace(Status::Closed);
        }
        Some(answer)
    }

    fn forget(&mut self) {
        self.asked.clear();
        if let Some(engine) = self.engine.borrow().as_ref() {
            // What fails here is asked for again in training, and fails there.
            let _ = engine.end_bench();
        }
    }
}

fn device(engine: &GpuEngine) -> Device {
    let figures = engine.figures();
    let figure = |i: usize| figures.get(i).copied().unwrap_or(0.0);
    Device { name: engine.name(), software: engine.software(), round_trip_ms: figure(0), dispatch_ms: figure(1), gflops: figure(2) }
}

/// A worker that is being shut down cannot post, and need not look.
fn look_again(wake: &MessagePort) {
    let _ = wake.post_message(&JsValue::NULL);
}

/// What was thrown, for the page.
fn words(error: JsValue) -> String {
    error.as_string().unwrap_or_else(|| error.unchecked_into::<js_sys::Error>().message().into())
}
