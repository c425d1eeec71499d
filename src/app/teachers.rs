//! Models that can teach: those of pinned runs, and files that are chosen. They are kept in this browser under their checksums, and go to the workers of this page alone.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::{
    desk::{Desk, Given},
    notices::Tone,
    own_files::Shelf,
};
use crate::{
    experiment::{Teacher, file_checksum, teachers},
    protocol::Bytes,
};

/// Where they are kept.
const MODELS: Shelf = Shelf { name: "whittle-models", most: 32 };
/// Larger files are no models of this page.
const MAX_BYTES: f64 = 64e6;

/// Whether the run under way, or what waits to be one, names this model as a teacher.
pub fn names(desk: Desk, checksum: &str) -> bool {
    let named = |list: &str| teachers(list).any(|t| t.checksum == checksum);
    desk.page.with_untracked(|p| named(&p.experiment.teacher) || named(&p.shown().teacher))
}

/// The model with this checksum, if this browser has kept it.
pub async fn find(checksum: &str) -> Option<Given> {
    MODELS.find(checksum).await
}

/// Brings the model that a run waits for, or says that it is not here.
pub async fn bring(desk: Desk, checksum: String) {
    match find(&checksum).await {
        Some(given) => desk.hand_model(Bytes(given.bytes.to_vec())),
        None => desk.without_table(),
    }
}

/// Has the model of the run under way kept whenever its state is, for as long as it is pinned.
pub fn watch(desk: Desk) {
    let pinned = Memo::new(move |_| desk.parts.runs.with(|runs| runs.iter().any(|r| r.current && r.pinned)));
    let kept = Memo::new(move |_| desk.page.with(|p| p.checkpoint.as_ref().map(|c| c.step)));
    Effect::new(move |_| {
        if pinned.get() {
            kept.track();
            desk.keep_model();
        }
    });
}

/// Keeps the model of the run under way in place of its last one, where that teaches nobody.
pub fn keep(desk: Desk, checksum: &str, bytes: Vec<u8>) {
    let before = desk.page.with_untracked(|p| p.runs.iter().find(|r| r.current).map(|r| (r.model.clone(), r.tag())));
    let Some((before, name)) = before else { return };
    let given = Given { name, checksum: checksum.into(), bytes: Arc::new(bytes) };
    let free = !before.is_empty() && before != given.checksum && !names(desk, &before);
    spawn_local(async move {
        if store(desk, given).await && free {
            // What cannot be forgotten goes when it is the oldest.
            let _ = MODELS.forget(&before).await;
        }
    });
}

/// Keeps a model; whether the browser does. Where it does not, that is said.
async fn store(desk: Desk, given: Given) -> bool {
    let Err(reason) = MODELS.keep(&given).await else { return true };
    leptos::logging::warn!("the model was not kept: {reason}");
    desk.notices.say(Tone::Warn, format!("This browser would not keep the model of {}, so it cannot teach.", given.name));
    false
}

/// Takes a model file that was chosen or dropped, and lets it teach.
pub fn take(desk: Desk, file: File) {
    if file.size() > MAX_BYTES {
        return desk
            .notices
            .say(Tone::Bad, format!("{} is larger than the {:.0} MB that a model can have here.", file.name(), MAX_BYTES / 1e6));
    }
    spawn_local(async move {
        let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
            return desk.notices.say(Tone::Bad, format!("{} could not be read.", file.name()));
        };
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        let (name, checksum) = (file.name(), file_checksum(&bytes));
        let stem = name.trim_end_matches(".whittle").to_string();
        if store(desk, Given { name, checksum: checksum.clone(), bytes: Arc::new(bytes) }).await {
            let entry = Teacher::entry(&checksum, &stem);
            desk.set_teacher(&checksum, &stem, true);
            desk.notices
                .say(Tone::Info, format!("{} teaches, where the loss or a step distills.", entry.split_once(':').map_or("", |e| e.1)));
        }
    });
}
