//! Files of the reader's own, between page and worker.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::Desk;
use crate::{
    engine::catalog::Pick,
    protocol::{Bytes, ToWorker},
};

/// A file that was given to the page.
#[derive(Clone)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its checksum; empty until the worker has said it.
    pub checksum: String,
    /// Its content.
    pub bytes: Arc<Vec<u8>>,
}

impl Desk {
    /// Has a file described, or the last one as these corrections say; the number of the question.
    pub fn describe_table(self, bytes: Option<&[u8]>, pick: &Pick, columns: &str) -> u32 {
        let ask = self.next_ask();
        let bytes = bytes.map(|bytes| Bytes(bytes.to_vec()));
        self.post(&ToWorker::Table { ask, bytes, pick: pick.clone(), columns: columns.into() });
        ask
    }

    /// Hands over the file that the run waits for, read as its experiment says.
    pub fn hand_table_of_run(self, given: &Given) {
        let experiment = self.page.with_untracked(|p| p.experiment.clone());
        self.describe_table(Some(&given.bytes), &experiment.data, &experiment.csv.columns);
    }

    /// Says that the file that the run waits for is not here.
    pub fn without_table(self) {
        self.post(&ToWorker::NoTable(self.page.with_untracked(|p| p.run)));
    }

    /// Looks for the file that the run waits for, as soon as what does that is loaded.
    pub(super) fn bring_table(self, checksum: String) {
        let later = self.later;
        later.load();
        Effect::new(move |done: Option<bool>| {
            let stand = later.stand();
            match stand {
                _ if done == Some(true) => true,
                None => false,
                Some(Ok(loaded)) => {
                    spawn_local((loaded.bring_table)(self, checksum.clone()));
                    true
                }
                Some(Err(())) => {
                    self.without_table();
                    true
                }
            }
        });
    }
}
