//! The page: Leptos components. It computes no gradients, parses no data and measures nothing; that is the worker's.

pub mod charts;
pub mod controls;
mod data_index;
mod desk;
mod dialogs;
mod engine_badge;
mod files;
mod header;
mod icons;
mod later;
mod live;
mod location;
mod notices;
mod own_files;
mod pages;
pub mod panels;
mod parts;
mod pool;
mod presets;
mod racing;
mod root;
mod shortcuts;
mod solver;
mod storage;
mod studying;
mod teachers;
mod theme;
mod thumbs;
mod worker_client;

use leptos::prelude::*;

/// Mounts the page into the document's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    mount_to_body(root::App);
}
