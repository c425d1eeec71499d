//! The page's side of the worker: starts it, speaks to it, and notices when it is gone.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Function, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::location;
use crate::{
    experiment::link,
    protocol::{FromWorker, ToWorker, is_late, pack, unpack},
    transfer,
};

/// What comes from the worker, or happens to it.
pub enum Heard {
    /// It spoke.
    Message(Box<FromWorker>),
    /// It answered what a part of the page has asked that is loaded later: see [`unpack_late`](crate::protocol::unpack_late).
    Late(Vec<u8>),
    /// It spoke, but not this page's language.
    Garbled(String),
    /// Its script did not load or did not start.
    Blocked(String),
    /// It ran and trapped.
    Died(String),
}

/// A running worker; dropping it ends it.
pub struct Client {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

/// The worker's loader, beside the page.
const SCRIPT: &str = "worker_loader.js";

/// The worker that `boot.js` started while the page was loading, and the events that came meanwhile; the first asker gets it.
fn early() -> Option<(Worker, Array)> {
    let name = JsValue::from_str("whittleWorker");
    let global = js_sys::global();
    let kept = Reflect::get(&global, &name).ok().filter(JsValue::is_object)?;
    Reflect::delete_property(&global, &name).ok()?;
    let part = |name: &str| Reflect::get(&kept, &JsValue::from_str(name)).ok();
    Some((part("worker")?.dyn_into().ok()?, part("said")?.dyn_into().ok()?))
}

fn new_worker() -> Result<Worker, String> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    // The same address that `boot.js` takes: the engine of a link is asked for where it is not what would be loaded anyway.
    let plain = location::engine().as_deref() == Some(link::PLAIN);
    let script = if plain { format!("{SCRIPT}?engine={}", link::PLAIN) } else { SCRIPT.to_string() };
    Worker::new_with_options(&script, &options).map_err(|e| format!("{e:?}"))
}

impl Client {
    /// Starts a worker. Nothing may be posted before its [`FromWorker::Ready`] has been heard. Errors: the browser refuses
    /// workers.
    pub fn start(hear: impl Fn(Heard) + 'static) -> Result<Self, String> {
        let (worker, said) = match early() {
            Some(early) => early,
            None => (new_worker()?, Array::new()),
        };
        let hear = Rc::new(hear);
        let spoke = Rc::new(Cell::new(false));

        let on_message = {
            let (hear, spoke) = (hear.clone(), spoke.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                spoke.set(true);
                let bytes = transfer::received(event.data());
                hear(
                    match bytes.and_then(|bytes| if is_late(&bytes) { Ok(Heard::Late(bytes)) } else { unpack(&bytes).map(Heard::Message) })
                    {
                        Ok(heard) => heard,
                        Err(error) => Heard::Garbled(error),
                    },
                );
            })
        };
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            event.prevent_default();
            let reason = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|m| !m.is_empty());
            hear(match (spoke.get(), reason) {
                (true, reason) => Heard::Died(reason.unwrap_or_default()),
                (false, reason) => Heard::Blocked(reason.unwrap_or_else(|| format!("{SCRIPT} could not be loaded"))),
            });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        for event in said.iter() {
            let listener = if event.is_instance_of::<MessageEvent>() { on_message.as_ref() } else { on_error.as_ref() };
            let hear: Function = listener.unchecked_ref::<Function>().clone();
            // Heard in the next turn, when the caller has this client. The listener itself never throws.
            spawn_local(async move { drop(hear.call1(&JsValue::NULL, &event)) });
        }
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Says something. Errors: what cannot be put into a message.
    pub fn post(&self, message: &ToWorker) -> Result<(), String> {
        let (bytes, buffer) = transfer::handed(&pack(message)?);
        self.worker.post_message_with_transfer(&bytes, &buffer).map_err(|e| format!("{e:?}"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
