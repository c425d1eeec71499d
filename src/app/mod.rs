//! The page: Leptos components. It computes no gradients, parses no data and measures nothing; that is the worker's.

pub mod charts;
pub mod panels;
mod root;

use leptos::prelude::*;

/// Mounts the page into the document's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    mount_to_body(root::App);
}
