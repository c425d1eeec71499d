//! What a browser can do and wgpu does not ask it for.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Function, Object, Proxy, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const SUBGROUPS: &str = "subgroups";

/// What `request` gives, which asks an adapter for a device; and whether that device was asked for with subgroups: where its adapter has them. wgpu knows no such
/// feature of a browser, so the method that it calls is another one meanwhile, which adds the word and goes on.
pub fn with_subgroups<T>(request: impl FnOnce() -> T) -> (T, bool) {
    let Some((prototype, method)) = method() else { return (request(), false) };
    let asked = Rc::new(Cell::new(false));
    let note = asked.clone();
    let call = move |method: Function, adapter: JsValue, arguments: Array| {
        note.set(add(&adapter, &arguments.get(0)).unwrap_or(false));
        method.apply(&adapter, &arguments)
    };
    let call = Closure::<dyn Fn(Function, JsValue, Array) -> Result<JsValue, JsValue>>::new(call);
    let handler = Object::new();
    let set = |value: &JsValue| Reflect::set(&prototype, &REQUEST.into(), value).unwrap_or(false);
    if !Reflect::set(&handler, &"apply".into(), call.as_ref()).unwrap_or(false) || !set(&Proxy::new(&method, &handler)) {
        return (request(), false);
    }
    let given = request();
    set(&method);
    (given, asked.get())
}

const REQUEST: &str = "requestDevice";

/// What all adapters have in common, and its method that gives a device; `None` where there is no WebGPU.
fn method() -> Option<(JsValue, Function)> {
    let adapter = Reflect::get(&js_sys::global(), &"GPUAdapter".into()).ok()?;
    let prototype = Reflect::get(&adapter, &"prototype".into()).ok()?;
    let method = Reflect::get(&prototype, &REQUEST.into()).ok()?.dyn_into().ok()?;
    Some((prototype, method))
}

/// Adds subgroups to the features that `description` asks for, where `adapter` has them; says whether it did.
fn add(adapter: &JsValue, description: &JsValue) -> Result<bool, JsValue> {
    let there = Reflect::get(adapter, &"features".into())?;
    let has: Function = Reflect::get(&there, &"has".into())?.dyn_into()?;
    if !has.call1(&there, &SUBGROUPS.into())?.is_truthy() {
        return Ok(false);
    }
    let key = JsValue::from("requiredFeatures");
    let wanted = Array::from(&Reflect::get(description, &key)?);
    wanted.push(&SUBGROUPS.into());
    Reflect::set(description, &key, &wanted)
}
