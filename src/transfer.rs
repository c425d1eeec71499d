//! Messages as they change threads in the browser: bytes in a buffer that is handed over, not copied.

use js_sys::{Array, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};

use crate::protocol;

/// What to post, and the list of what is handed over with it. Errors: as [`protocol::pack`].
pub fn outgoing<M: Serialize>(message: &M) -> Result<(Uint8Array, Array), String> {
    let bytes = Uint8Array::from(&protocol::pack(message)?[..]);
    let buffer = Array::of1(&bytes.buffer());
    Ok((bytes, buffer))
}

/// The message that was posted. Errors: no bytes, or as [`protocol::unpack`].
pub fn incoming<M: DeserializeOwned>(data: JsValue) -> Result<M, String> {
    let bytes: Uint8Array = data.dyn_into().map_err(|_| "no bytes".to_string())?;
    protocol::unpack(&bytes.to_vec())
}
