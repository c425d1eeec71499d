//! What outlives a reload: the state of the run, results of runs, and small preferences. All of it stays in this browser.
//!
//! Each tab writes under a key of its own, so that two tabs never mix. A duplicated tab begins with its original's key; whichever
//! of the two finds that the other has written under it takes a fresh key. Where the browser denies storage the page works
//! without, and says so.

use idb::{Database, DatabaseEvent, Factory, KeyPath, ObjectStoreParams, TransactionMode};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::{experiment::Experiment, order, protocol::Bytes, state::Checkpoint};

const NAME: &str = "whittle";
const RUNS: &str = "runs";
/// Named when only pinned runs were kept.
const RECORDS: &str = "pinned";
/// Tabs whose last state is kept.
const TABS: usize = 8;

/// The last state of a tab's run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    /// Key of the tab.
    pub tab: String,
    /// Which load of the page wrote it.
    owner: String,
    /// When, ms since 1970.
    at: f64,
    /// Step.
    pub step: u64,
    /// Whether it was playing; older pages did not write it.
    #[serde(default = "yes")]
    pub playing: bool,
    /// The experiment, as JSON.
    experiment: String,
    /// For the worker.
    pub state: Bytes,
    /// Everything tried, as text.
    #[serde(default)]
    pub tried: String,
}

fn yes() -> bool {
    true
}

impl Saved {
    /// The experiment that it belongs to; `None` where an older page wrote what this one cannot read.
    #[must_use]
    pub fn experiment(&self) -> Option<Experiment> {
        serde_json::from_str(&self.experiment).ok()
    }
}

#[derive(Serialize, Deserialize)]
struct Records {
    tab: String,
    runs: String,
}

/// The browser's store, opened.
pub struct Storage {
    database: Database,
    tab: String,
    owner: String,
}

impl Storage {
    /// Opens the store. Errors: in words, why the browser denies it.
    pub async fn open() -> Result<Self, String> {
        let text = |e: idb::Error| e.to_string();
        let mut request = Factory::new().map_err(text)?.open(NAME, Some(1)).map_err(text)?;
        request.on_upgrade_needed(|event| {
            let Ok(database) = event.database() else { return };
            for store in [RUNS, RECORDS] {
                let mut params = ObjectStoreParams::new();
                params.key_path(Some(KeyPath::new_single("tab")));
                // Fails only where the store exists already.
                let _ = database.create_object_store(store, params);
            }
        });
        let database = request.await.map_err(text)?;
        let owner = fresh_key();
        let tab = session_get("tab").unwrap_or_else(|| remember_tab(fresh_key()));
        Ok(Self { database, tab, owner })
    }

    /// The last state of this tab, if it has one.
    pub async fn load(&self) -> Option<Saved> {
        let value = self.get(RUNS, &self.tab).await.ok()??;
        serde_wasm_bindgen::from_value(value).ok()
    }

    /// Runs of this tab, as text; empty where there are none.
    pub async fn load_runs(&self) -> String {
        let Ok(Some(value)) = self.get(RECORDS, &self.tab).await else { return String::new() };
        let saved: Option<Records> = serde_wasm_bindgen::from_value(value).ok();
        saved.map(|s| s.runs).unwrap_or_default()
    }

    /// Keeps a state and what was tried. `loaded_at` is when this page was loaded: a foreign record newer than that means that another tab shares
    /// this key, and this one takes a fresh one: true then. Errors: in words (no space left, storage cleared under us).
    pub async fn save(&mut self, checkpoint: &Checkpoint, playing: bool, tried: String, loaded_at: f64) -> Result<bool, String> {
        let shared = self.load().await.is_some_and(|there| there.owner != self.owner && there.at > loaded_at);
        if shared {
            self.tab = remember_tab(fresh_key());
        }
        let saved = Saved {
            tab: self.tab.clone(),
            owner: self.owner.clone(),
            at: js_sys::Date::now(),
            step: checkpoint.step,
            playing,
            experiment: serde_json::to_string(&*checkpoint.experiment).map_err(|e| e.to_string())?,
            state: checkpoint.state.clone(),
            tried,
        };
        self.put(RUNS, &saved).await?;
        Ok(shared)
    }

    /// Keeps the runs, as text. Errors: as [`Storage::save`].
    pub async fn save_runs(&self, runs: String) -> Result<(), String> {
        self.put(RECORDS, &Records { tab: self.tab.clone(), runs }).await
    }

    async fn get(&self, store: &str, key: &str) -> Result<Option<JsValue>, String> {
        let text = |e: idb::Error| e.to_string();
        let transaction = self.database.transaction(&[store], TransactionMode::ReadOnly).map_err(text)?;
        transaction.object_store(store).map_err(text)?.get(JsValue::from_str(key)).map_err(text)?.await.map_err(text)
    }

    async fn put<T: Serialize>(&self, store: &str, value: &T) -> Result<(), String> {
        let text = |e: idb::Error| e.to_string();
        let value = serde_wasm_bindgen::to_value(value).map_err(|e| e.to_string())?;
        let transaction = self.database.transaction(&[store], TransactionMode::ReadWrite).map_err(text)?;
        transaction.object_store(store).map_err(text)?.put(&value, None).map_err(text)?.await.map_err(text)?;
        transaction.commit().map_err(text)?.await.map_err(text)?;
        Ok(())
    }

    async fn delete(&self, store: &str, key: &str) -> Result<(), String> {
        let text = |e: idb::Error| e.to_string();
        let transaction = self.database.transaction(&[store], TransactionMode::ReadWrite).map_err(text)?;
        transaction.object_store(store).map_err(text)?.delete(JsValue::from_str(key)).map_err(text)?.await.map_err(text)?;
        transaction.commit().map_err(text)?.await.map_err(text)?;
        Ok(())
    }

    /// Old tabs' states go, the oldest first, and with them the results of their runs.
    pub async fn forget_old(&self) -> Result<(), String> {
        if self.count(RUNS).await? <= TABS && self.count(RECORDS).await? <= TABS {
            return Ok(());
        }
        let saved: Vec<Saved> = self.all(RUNS).await?;
        let mut newest: Vec<usize> = (0..saved.len()).collect();
        order::sort(&mut newest, &|a, b| saved[b].at.total_cmp(&saved[a].at));
        for old in newest.iter().skip(TABS) {
            self.delete(RUNS, &saved[*old].tab).await?;
        }
        let stays = |tab: &str| tab == self.tab || newest.iter().take(TABS).any(|i| saved[*i].tab == tab);
        for old in self.all::<Records>(RECORDS).await?.iter().filter(|p| !stays(&p.tab)) {
            self.delete(RECORDS, &old.tab).await?;
        }
        Ok(())
    }

    async fn count(&self, store: &str) -> Result<usize, String> {
        let text = |e: idb::Error| e.to_string();
        let transaction = self.database.transaction(&[store], TransactionMode::ReadOnly).map_err(text)?;
        Ok(transaction.object_store(store).map_err(text)?.count(None).map_err(text)?.await.map_err(text)? as usize)
    }

    /// What of a store can be read.
    async fn all<T: for<'a> Deserialize<'a>>(&self, store: &str) -> Result<Vec<T>, String> {
        let text = |e: idb::Error| e.to_string();
        let transaction = self.database.transaction(&[store], TransactionMode::ReadOnly).map_err(text)?;
        let all = transaction.object_store(store).map_err(text)?.get_all(None, None).map_err(text)?.await.map_err(text)?;
        Ok(all.into_iter().filter_map(|v| serde_wasm_bindgen::from_value(v).ok()).collect())
    }
}

fn fresh_key() -> String {
    format!("{:.0}-{:08x}", js_sys::Date::now(), (js_sys::Math::random() * f64::from(u32::MAX)) as u32)
}

fn remember_tab(key: String) -> String {
    if let Ok(Some(store)) = leptos::prelude::window().session_storage() {
        // Without it the tab has a new key after a reload, and starts afresh.
        let _ = store.set_item("whittle:tab", &key);
    }
    key
}

/// Whether this tab has kept something, so that there may be a run to go on with.
#[must_use]
pub fn used() -> bool {
    session_get("tab").is_some()
}

fn session_get(name: &str) -> Option<String> {
    leptos::prelude::window().session_storage().ok()??.get_item(&format!("whittle:{name}")).ok()?
}

/// A small preference of this browser; `None` where it was never set or storage is denied.
#[must_use]
pub fn preference(name: &str) -> Option<String> {
    leptos::prelude::window().local_storage().ok()??.get_item(&format!("whittle:{name}")).ok()?
}

/// Keeps a small preference, where the browser lets us.
pub fn prefer(name: &str, value: &str) {
    if let Ok(Some(store)) = leptos::prelude::window().local_storage() {
        let _ = store.set_item(&format!("whittle:{name}"), value);
    }
}
