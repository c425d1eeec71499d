//! The address bar: the experiment as a link, back and forward.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::Desk;
use crate::{
    app::{location, notices::Tone},
    engine::error::SpecError,
    experiment::Effect as Change,
    state,
};

/// The address follows a drag at most this often; browsers limit how often it may change.
const ADDRESS_EVERY: Duration = Duration::from_millis(400);

impl Desk {
    pub(super) fn address(self, push: bool) {
        let experiment = self.page.with_untracked(|p| p.experiment.clone());
        location::write(&experiment, push);
    }

    /// What of a link was ignored or could not be used.
    pub(super) fn say_unread(self, ignored: &[String], errors: &[SpecError]) {
        for text in ignored {
            self.notices.say(Tone::Info, text.clone());
        }
        for error in errors {
            self.notices.say(Tone::Warn, format!("The link asks for something that cannot be: {error}. The default is in its place."));
        }
    }

    pub(super) fn address_soon(self) {
        self.throttled(|i| &mut i.address, ADDRESS_EVERY, |desk| desk.address(false));
    }

    /// Back and forward, and links typed over the present one.
    pub(super) fn watch_history(self) {
        let follow = move |_| {
            let Some(wanted) = location::read() else { return };
            self.say_unread(&wanted.notices, &wanted.errors);
            self.say_engine();
            let errors = wanted.errors;
            if self.page.with_untracked(|p| *p.experiment == wanted.experiment) {
                self.page.update(|p| p.blame(&errors));
                return;
            }
            if self.page.with_untracked(|p| state::same_run(&p.experiment, &wanted.experiment)) {
                self.page.update(|p| {
                    p.undo_draft();
                    p.edit(Change::Live, |e| *e = wanted.experiment.clone());
                });
                self.push_update();
            } else {
                self.begin(Arc::new(wanted.experiment), None, true);
                self.notices.say(Tone::Info, "The address asks for another experiment: a new run has started.".into());
            }
            self.page.update(|p| p.blame(&errors));
        };
        window_event_listener(leptos::ev::popstate, follow);
    }
}
