//! The chart library, loaded when the first chart is drawn.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, HtmlLinkElement, HtmlScriptElement};

#[wasm_bindgen]
extern "C" {
    /// A chart of the library uPlot.
    #[wasm_bindgen(js_name = uPlot)]
    pub type UPlot;

    #[wasm_bindgen(constructor, js_class = "uPlot", catch)]
    pub fn new(options: &JsValue, data: &JsValue, target: &HtmlElement) -> Result<UPlot, JsValue>;

    #[wasm_bindgen(method, js_name = setData)]
    pub fn set_data(this: &UPlot, data: &JsValue);

    #[wasm_bindgen(method, js_name = setSize)]
    pub fn set_size(this: &UPlot, size: &JsValue);

    #[wasm_bindgen(method, js_name = setCursor)]
    pub fn set_cursor(this: &UPlot, place: &JsValue);

    #[wasm_bindgen(method, js_name = valToPos)]
    pub fn place_of(this: &UPlot, value: f64, scale: &str) -> f64;

    #[wasm_bindgen(method)]
    pub fn destroy(this: &UPlot);

    #[wasm_bindgen(method, getter)]
    pub fn cursor(this: &UPlot) -> JsValue;
}

thread_local! {
    static LOADING: RefCell<Option<Promise>> = const { RefCell::new(None) };
}

/// Waits until the library is there; false if it cannot be loaded.
pub async fn load() -> bool {
    if Reflect::has(&window(), &"uPlot".into()).unwrap_or(false) {
        return true;
    }
    let promise = LOADING.with(|l| l.borrow_mut().get_or_insert_with(|| Promise::new(&mut |yes, no| begin(&yes, &no))).clone());
    let loaded = JsFuture::from(promise).await.is_ok();
    if !loaded {
        // The next chart tries again.
        LOADING.with(|l| l.borrow_mut().take());
    }
    loaded
}

fn begin(yes: &Function, no: &Function) {
    let (Some(script), Some(head)) = (element::<HtmlScriptElement>("script"), document().head()) else {
        let _ = no.call0(&JsValue::NULL);
        return;
    };
    if let Some(link) = element::<HtmlLinkElement>("link") {
        link.set_rel("stylesheet");
        link.set_href("vendor/uPlot.min.css");
        let _ = head.append_child(&link);
    }
    let _ = script.add_event_listener_with_callback("load", yes);
    let _ = script.add_event_listener_with_callback("error", no);
    script.set_src("vendor/uPlot.iife.min.js");
    if head.append_child(&script).is_err() {
        let _ = no.call0(&JsValue::NULL);
    }
}

fn element<T: JsCast>(name: &str) -> Option<T> {
    document().create_element(name).ok()?.dyn_into().ok()
}

/// An object literal.
pub fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (key, value) in fields {
        // Setting a field of a fresh object cannot fail.
        let _ = Reflect::set(&object, &key.into(), &value);
    }
    object.into()
}

/// A list.
pub fn list(values: impl IntoIterator<Item = JsValue>) -> JsValue {
    values.into_iter().collect::<Array>().into()
}

/// A callback of the library that maps a list of numbers to a list of words.
pub fn formatter(format: impl Fn(f64) -> String + 'static) -> Closure<dyn FnMut(JsValue, Array) -> Array> {
    Closure::new(move |_, values: Array| values.iter().map(|v| JsValue::from(v.as_f64().map(&format).unwrap_or_default())).collect())
}
