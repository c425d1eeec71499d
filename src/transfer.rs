//! Messages as they change threads in the browser: bytes in a buffer that is handed over, not copied.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// What to post of a message's bytes, and the list of what is handed over with it.
pub fn handed(bytes: &[u8]) -> (Uint8Array, Array) {
    let bytes = Uint8Array::from(bytes);
    let buffer = Array::of1(&bytes.buffer());
    (bytes, buffer)
}

/// The bytes that were posted. Errors: something else was.
pub fn received(data: JsValue) -> Result<Vec<u8>, String> {
    data.dyn_into().map(|bytes: Uint8Array| bytes.to_vec()).map_err(|_| "no bytes".to_string())
}
