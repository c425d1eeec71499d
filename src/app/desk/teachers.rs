//! Models that teach, between page and worker.

use leptos::prelude::*;

use super::Desk;
use crate::{
    app::controls::Stage,
    experiment::{Effect, TEACHER_KEY},
    protocol::{Bytes, ToWorker},
};

impl Desk {
    /// Asks for the model as it is now, to be kept.
    pub fn keep_model(self) {
        self.send(ToWorker::Keep);
    }

    /// Hands over a model that the run waits for.
    pub fn hand_model(self, bytes: Bytes) {
        self.post(&ToWorker::Model(bytes));
    }

    /// Lets a model teach, or not any more. A run that listens to it begins anew; a recipe's steps take what is there when they begin.
    pub fn set_teacher(self, checksum: &str, name: &str, wanted: bool) {
        let listens = self.page.with_untracked(|p| p.shown().train.distill > 0.0);
        self.page.update(|p| drop(p.failures.remove(TEACHER_KEY)));
        let effect = if listens { Effect::Restart } else { Effect::Live };
        self.edit(effect, Stage::Done, |e| e.set_teacher(checksum, name, wanted));
    }
}
