//! The worker's glue: messages, time, files and its own rest for the [`Session`]. Runs in a dedicated web worker only.

mod gpu;

use std::{cell::RefCell, pin::Pin, rc::Rc};

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort, Response};

use js_sys::Uint8Array;

use crate::{
    engine::data,
    protocol::{FromWorker, RunError, unpack},
    session::{self, Accelerator, Next, Session},
    transfer,
};

/// One slice of work, ms: messages wait no longer than this and the piece of work that overruns it.
const SLICE_MS: f64 = 12.0;

/// What the worker can do beyond the first view. Whoever makes one has all of it linked.
pub struct Rest {
    session: &'static session::Rest,
    gpu: fn(MessagePort) -> Box<dyn Accelerator>,
}

impl Rest {
    /// All of it.
    #[must_use]
    pub fn all() -> Self {
        Self { session: session::Rest::all(), gpu: |wake| Box::new(gpu::WebGpu::new(wake)) }
    }
}

/// The rest on its way; `None` if it could not be loaded.
pub type Loading = Pin<Box<dyn Future<Output = Option<Rest>>>>;

/// Starts the session, whose rest `load` brings, and speaks first. Does nothing outside a dedicated worker.
pub fn start(load: fn() -> Loading) {
    console_error_panic_hook::set_once();
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let Some(performance) = scope.performance() else { return };
    let Ok(channel) = MessageChannel::new() else { return };
    let session = RefCell::new(Session::bare(Box::new(move || performance.now())));
    let worker = Rc::new(Worker { session, wake: channel.port2(), scheduled: RefCell::new(Scheduled::No), scope, load });

    let on_message = {
        let worker = worker.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| worker.hear(event.data()))
    };
    worker.scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();

    let on_wake = {
        let worker = worker.clone();
        Closure::<dyn FnMut()>::new(move || worker.pump())
    };
    channel.port1().set_onmessage(Some(on_wake.as_ref().unchecked_ref()));
    on_wake.forget();

    worker.pump();
}

struct Worker {
    session: RefCell<Session>,
    /// Posting here wakes the pump after waiting messages: quicker than a timer, which browsers clamp to 4 ms.
    wake: MessagePort,
    scheduled: RefCell<Scheduled>,
    scope: DedicatedWorkerGlobalScope,
    load: fn() -> Loading,
}

/// Whether the pump will run by itself.
#[derive(Clone, Copy, PartialEq)]
enum Scheduled {
    No,
    Now,
    /// By this timer.
    Later(i32),
}

impl Worker {
    fn hear(self: &Rc<Self>, data: JsValue) {
        match transfer::received(data).and_then(|bytes| unpack(&bytes)) {
            Ok(message) => self.session.borrow_mut().handle(message),
            Err(error) => self.say(&FromWorker::Failed { run: None, error: RunError::Message(error) }),
        }
        // Answers leave at once; the work they ask for begins with the next slice.
        self.flush();
        self.schedule(Next::Now);
    }

    /// A slice of work.
    fn pump(self: &Rc<Self>) {
        *self.scheduled.borrow_mut() = Scheduled::No;
        let next = self.session.borrow_mut().advance(SLICE_MS);
        self.flush();
        self.schedule(next);
    }

    fn flush(self: &Rc<Self>) {
        let (messages, wanted, need) = {
            let mut session = self.session.borrow_mut();
            (session.take(), session.claim(), session.need())
        };
        messages.iter().for_each(|m| self.say(m));
        if need {
            self.complete();
        }
        if let Some(key) = wanted {
            let worker = self.clone();
            spawn_local(async move {
                let file = fetch(&worker.scope, &key).await;
                worker.session.borrow_mut().supply(&key, file.as_deref().map_err(Clone::clone));
                worker.flush();
                worker.schedule(Next::Now);
            });
        }
    }

    fn schedule(self: &Rc<Self>, next: Next) {
        let mut scheduled = self.scheduled.borrow_mut();
        match (*scheduled, next) {
            (Scheduled::Now, _) | (_, Next::Idle | Next::Await) => {}
            (_, Next::Now) => {
                if let Scheduled::Later(timer) = *scheduled {
                    self.scope.clear_timeout_with_handle(timer);
                }
                *scheduled = Scheduled::Now;
                // A port that cannot post belongs to a worker that is being shut down.
                let _ = self.wake.post_message(&JsValue::NULL);
            }
            (Scheduled::Later(_), Next::In(_)) => {}
            (Scheduled::No, Next::In(ms)) => {
                let worker = self.clone();
                let wake = Closure::once_into_js(move || worker.pump());
                if let Ok(timer) = self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(wake.unchecked_ref(), ms.ceil() as i32)
                {
                    *scheduled = Scheduled::Later(timer);
                }
            }
        }
    }

    /// Loads the rest of the session.
    fn complete(self: &Rc<Self>) {
        let worker = self.clone();
        spawn_local(async move {
            let rest = (worker.load)().await;
            {
                let mut session = worker.session.borrow_mut();
                if let Some(rest) = &rest {
                    session.accelerate((rest.gpu)(worker.wake.clone()));
                }
                session.complete(rest.map(|rest| rest.session));
            }
            worker.flush();
            worker.schedule(Next::Now);
        });
    }

    fn say(&self, message: &FromWorker) {
        match self.session.borrow().pack(message).map(|bytes| transfer::handed(&bytes)) {
            // A page that is gone hears nothing more.
            Ok((bytes, buffer)) => drop(self.scope.post_message_with_transfer(&bytes, &buffer)),
            Err(error) => web_sys::console::error_1(&format!("a message could not be written: {error}").into()),
        }
    }
}

/// The file of a bundled data set, from this page's own origin. Errors: in words, for the page's notice.
async fn fetch(scope: &DedicatedWorkerGlobalScope, key: &str) -> Result<Vec<u8>, String> {
    let unreachable = |_| "it could not be fetched: is the connection to this page's server gone?".to_string();
    let response = JsFuture::from(scope.fetch_with_str(&format!("data/{}", data::file_name(key)))).await.map_err(unreachable)?;
    let response: Response = response.dyn_into().map_err(unreachable)?;
    if !response.ok() {
        return Err(format!("the server answered {} {}", response.status(), response.status_text()));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(unreachable)?).await.map_err(unreachable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
