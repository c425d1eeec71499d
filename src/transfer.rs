//! Messages as they change threads in the browser: bytes in a buffer that is handed over, not copied.

use js_sys::{Array, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};

use crate::protocol;

/// What to post, and the list of what is handed over with it. Errors: as [`protocol::pack`].
pub fn outgoing<M: Serialize>(message: &M) -> Result<(Uint8Array, Array), String> {
    Ok(handed(&protocol::pack(message)?))
}

/// Bytes of a message, to post in the same way.
pub fn handed(bytes: &[u8]) -> (Uint8Array, Array) {
    let bytes = Uint8Array::from(bytes);
    let buffer = Array::of1(&bytes.buffer());
    (bytes, buffer)
}

/// The bytes that were posted. Errors: something else was.
pub fn received(data: JsValue) -> Result<Vec<u8>, String> {
    data.dyn_into().map(|bytes: Uint8Array| bytes.to_vec()).map_err(|_| "no bytes".to_string())
}

/// The message that was posted. Errors: no bytes, or as [`protocol::unpack`].
pub fn incoming<M: DeserializeOwned>(data: JsValue) -> Result<M, String> {
    protocol::unpack(&received(data)?)
}
