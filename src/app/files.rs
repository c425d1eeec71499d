//! Files for the user.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Hands `bytes` to the browser's downloads.
pub fn download(name: &str, bytes: &[u8]) {
    // Nothing here fails in a browser that runs this page; if it did, no file would appear, which the user sees.
    let _ = try_download(name, bytes);
}

/// Puts `text` into the clipboard; whether the browser allowed it.
pub async fn copy(text: &str) -> bool {
    wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

fn try_download(name: &str, bytes: &[u8]) -> Result<(), wasm_bindgen::JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/octet-stream");
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser has taken the blob over by the next turn.
    set_timeout(move || drop(Url::revoke_object_url(&url)), std::time::Duration::from_secs(10));
    Ok(())
}
