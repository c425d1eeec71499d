//! Files of the reader's own: taken from a choice, a drop or the browser's store. They go to the worker of this page and nowhere else.
//!
//! The store is a database of its own: a new version of the other one would wait for every open tab of an older page.

use std::sync::Arc;

use idb::{Database, DatabaseEvent, Factory, KeyPath, ObjectStoreParams, TransactionMode};
use leptos::{ev, prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File};

use super::{
    desk::{Desk, Given},
    dialogs::{Dialog, Dialogs},
    notices::Tone,
    teachers,
};
use crate::{engine::data::table::MAX_BYTES, order, protocol::Bytes};

const FILES: &str = "files";

/// A database of files, each under its checksum.
pub struct Shelf {
    /// Name of the database.
    pub name: &'static str,
    /// Files that are kept; beyond them the oldest go.
    pub most: usize,
}

/// Tables of the reader's own.
const TABLES: Shelf = Shelf { name: "whittle-files", most: 4 };

#[derive(Serialize, Deserialize)]
struct Record {
    checksum: String,
    name: String,
    /// When, ms since 1970.
    at: f64,
    bytes: Bytes,
}

impl Shelf {
    async fn open(&self) -> Result<Database, idb::Error> {
        let mut request = Factory::new()?.open(self.name, Some(1))?;
        request.on_upgrade_needed(|event| {
            let Ok(database) = event.database() else { return };
            let mut params = ObjectStoreParams::new();
            params.key_path(Some(KeyPath::new_single("checksum")));
            // Fails only where the store exists already.
            let _ = database.create_object_store(FILES, params);
        });
        request.await
    }

    /// Keeps a file in this browser, and forgets the oldest beyond a few. Errors: in words.
    pub async fn keep(&self, given: &Given) -> Result<(), String> {
        let text = |e: idb::Error| e.to_string();
        let record = Record {
            checksum: given.checksum.clone(),
            name: given.name.clone(),
            at: js_sys::Date::now(),
            bytes: Bytes(given.bytes.to_vec()),
        };
        let value = serde_wasm_bindgen::to_value(&record).map_err(|e| e.to_string())?;
        let database = self.open().await.map_err(text)?;
        let transaction = database.transaction(&[FILES], TransactionMode::ReadWrite).map_err(text)?;
        let store = transaction.object_store(FILES).map_err(text)?;
        store.put(&value, None).map_err(text)?.await.map_err(text)?;
        let all = store.get_all(None, None).map_err(text)?.await.map_err(text)?;
        let told = |value: &JsValue| {
            let get = |name: &str| js_sys::Reflect::get(value, &name.into()).ok();
            Some((get("checksum")?, get("at")?.as_f64()?))
        };
        let all: Vec<(JsValue, f64)> = all.iter().filter_map(told).collect();
        let mut newest: Vec<usize> = (0..all.len()).collect();
        order::sort(&mut newest, &|a, b| all[b].1.total_cmp(&all[a].1));
        for old in newest.iter().skip(self.most) {
            store.delete(all[*old].0.clone()).map_err(text)?.await.map_err(text)?;
        }
        transaction.commit().map_err(text)?.await.map_err(text)?;
        Ok(())
    }

    /// The file with this checksum, if this browser has kept it.
    pub async fn find(&self, checksum: &str) -> Option<Given> {
        let database = self.open().await.ok()?;
        let transaction = database.transaction(&[FILES], TransactionMode::ReadOnly).ok()?;
        let value = transaction.object_store(FILES).ok()?.get(JsValue::from_str(checksum)).ok()?.await.ok()??;
        let record: Record = serde_wasm_bindgen::from_value(value).ok()?;
        Some(Given { name: record.name, checksum: record.checksum, bytes: Arc::new(record.bytes.0) })
    }

    /// Forgets a file. Errors: in words.
    pub async fn forget(&self, checksum: &str) -> Result<(), String> {
        let text = |e: idb::Error| e.to_string();
        let database = self.open().await.map_err(text)?;
        let transaction = database.transaction(&[FILES], TransactionMode::ReadWrite).map_err(text)?;
        let store = transaction.object_store(FILES).map_err(text)?;
        store.delete(JsValue::from_str(checksum)).map_err(text)?.await.map_err(text)?;
        transaction.commit().map_err(text)?.await.map_err(text)?;
        Ok(())
    }
}

/// Keeps a file that is used; says so where the browser does not.
pub fn remember(desk: Desk, given: Given) {
    spawn_local(async move {
        if let Err(reason) = TABLES.keep(&given).await {
            leptos::logging::warn!("the file was not kept: {reason}");
            let text = format!("This browser would not keep {}; after a reload it has to be chosen again.", given.name);
            desk.notices.say(Tone::Warn, text);
        }
    });
}

/// The file with this checksum: the one at hand, or one that this browser has kept.
pub async fn get(desk: Desk, checksum: &str) -> Option<Given> {
    match desk.given.get_untracked().filter(|given| given.checksum == checksum) {
        Some(given) => Some(given),
        None => TABLES.find(checksum).await,
    }
}

/// Brings the file that a run waits for, a table or a teacher's model, or says that it is not here and asks for it.
pub async fn bring(desk: Desk, checksum: String) {
    if teachers::names(desk, &checksum) {
        return teachers::bring(desk, checksum).await;
    }
    match get(desk, &checksum).await {
        Some(given) => {
            desk.given.set(Some(given.clone()));
            desk.hand_table_of_run(&given);
        }
        None => {
            desk.without_table();
            desk.dialogs.show(Dialog::OwnData);
        }
    }
}

/// Takes a file. What is too large is not even read.
pub fn take(desk: Desk, dialogs: Dialogs, file: File) {
    if file.name().ends_with(".whittle") {
        return teachers::take(desk, file);
    }
    if file.size() > MAX_BYTES as f64 {
        let text = format!("{} is larger than the {} MB that can be read here.", file.name(), MAX_BYTES >> 20);
        return desk.notices.say(Tone::Bad, text);
    }
    spawn_local(async move {
        match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => {
                let bytes = Arc::new(js_sys::Uint8Array::new(&buffer).to_vec());
                desk.given.set(Some(Given { name: file.name(), checksum: String::new(), bytes }));
                dialogs.show(Dialog::OwnData);
            }
            Err(_) => desk.notices.say(Tone::Bad, format!("{} could not be read.", file.name())),
        }
    });
}

/// A file may be dropped anywhere on the page.
pub fn listen(desk: Desk) {
    // A browser shows a dropped file in place of the page unless it is told not to.
    window_event_listener(ev::dragover, |event| {
        if brings_files(&event) {
            event.prevent_default();
        }
    });
    window_event_listener(ev::drop, move |event| {
        if !brings_files(&event) {
            return;
        }
        event.prevent_default();
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            take(desk, desk.dialogs, file);
        }
    });
}

/// Whether files are dragged, and not a part of the page.
fn brings_files(event: &DragEvent) -> bool {
    let types = event.data_transfer().map(|data| data.types());
    types.is_some_and(|types| types.includes(&JsValue::from_str("Files"), 0))
}

/// The file of a file input that has just changed.
#[must_use]
pub fn chosen(event: &ev::Event) -> Option<File> {
    let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    let file = input.files()?.get(0);
    // The same file can be chosen again.
    input.set_value("");
    file
}
