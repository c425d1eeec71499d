//! Beginning runs, and playing them.

use std::sync::Arc;

use leptos::prelude::*;

use super::{Desk, Start};
use crate::{
    app::{controls::Stage, engine_badge, notices::Tone, presets},
    engine::data,
    experiment::{Effect as Change, Experiment},
    protocol::{Bytes, Reason, ToWorker, Wanted},
    state::{self, Page, Phase},
};

/// Epochs a second on two-dimensional points, so that they can be watched.
const POINTS_PACE: f64 = 10.0;

impl Desk {
    /// Begins a new run, announced by the caller.
    pub fn begin(self, experiment: Arc<Experiment>, resume: Option<Bytes>, play: bool) {
        let before = self.page.with_untracked(|p| {
            let resume = p.checkpoint.as_ref().map(|c| c.state.clone());
            matches!(p.phase, Phase::Running).then(|| Start { experiment: p.experiment.clone(), resume, play: p.playing })
        });
        self.page.update(|p| {
            p.begin(experiment.clone());
        });
        self.inner.update_value(|i| {
            i.before = before.or(i.before.take());
            i.start = Some(Start { experiment, resume, play });
            i.silence = 0;
        });
        self.start_if_ready();
    }

    /// Begins the run that a changed experiment needs, and offers the way back.
    pub fn begin_announced(self, experiment: Experiment, what: &str) {
        self.begin_offering(Arc::new(experiment), format!("{what}: a new run has started."));
    }

    /// Begins a run, says so with `text`, and offers the way back to where the last one was kept.
    fn begin_offering(self, experiment: Arc<Experiment>, text: String) {
        let (old, resume, playing) = self.page.with_untracked(|p| {
            let kept = p.checkpoint.as_ref().filter(|c| state::same_run(&c.experiment, &p.experiment));
            (p.experiment.clone(), kept.map(|c| c.state.clone()), p.playing)
        });
        self.begin(experiment, None, true);
        self.address(true);
        let back = Arc::new(move || {
            self.begin(old.clone(), resume.clone(), playing || resume.is_none());
            self.address(true);
        });
        self.notices.offer(Tone::Info, text, "Back to the last run", back);
    }

    /// Goes on with other painted points, in a new run.
    pub fn paint(self, points: String) {
        let mut experiment = self.page.with_untracked(|p| Experiment::clone(p.shown()));
        experiment.points = points;
        self.begin(Arc::new(experiment), None, true);
        self.address(false);
    }

    /// The same experiment from the same first weights.
    pub fn restart(self) {
        let experiment = self.page.with_untracked(|p| p.shown().clone());
        let text = format!("Started again from the same first weights{}.", self.dropped());
        self.begin_offering(experiment, text);
    }

    /// The same experiment from other first weights; points that are generated are others, too.
    pub fn reseed(self) {
        let mut experiment = self.page.with_untracked(|p| Experiment::clone(p.shown()));
        experiment.seed += 1;
        let source = data::source(&experiment.data, experiment.train.test_share, experiment.seed);
        let points = if matches!(source, Ok(data::Source::Generated { .. })) { " and other points" } else { "" };
        let text = format!("Started from other first weights{points}, seed {}{}.", experiment.seed, self.dropped());
        self.begin_offering(Arc::new(experiment), text);
    }

    /// What a new run leaves behind: weights set by hand.
    fn dropped(self) -> String {
        match self.page.with_untracked(|p| p.view.as_ref().map_or(0, |v| v.network.weights_set)) {
            0 => String::new(),
            1 => ", without the weight set by hand".into(),
            n => format!(", without the {n} weights set by hand"),
        }
    }

    /// Begins again what could not begin: a file may be there by now, a wrong value may have been put right.
    pub fn try_again(self) {
        let (experiment, checkpoint) = self.page.with_untracked(|p| (p.shown().clone(), p.checkpoint.clone()));
        let resume = checkpoint.filter(|c| state::same_run(&c.experiment, &experiment)).map(|c| c.state.clone());
        self.begin(experiment, resume, true);
    }

    /// Begins the waiting draft.
    pub fn apply_draft(self) {
        if let Some(draft) = self.page.with_untracked(|p| p.draft.clone()) {
            self.begin_announced(Experiment::clone(&draft), "Changes applied");
        }
    }

    /// Forgets the waiting draft.
    pub fn undo_draft(self) {
        self.page.update(Page::undo_draft);
    }

    /// Training goes on; a run at its end gets as many epochs more as it had.
    pub fn play(self) {
        let finished = self
            .page
            .with_untracked(|p| p.reason == Some(Reason::Finished) && p.experiment.is_network() && p.epoch >= p.experiment.train.epochs);
        if finished {
            let (now, planned) = self.page.with_untracked(|p| (p.epoch, p.experiment.train.epochs));
            let more = (now.ceil() + 20.0).min(1000.0);
            if more > planned {
                self.edit(Change::Live, Stage::Done, move |e| e.train.epochs = more);
                self.notices.say(Tone::Info, format!("{:.0} epochs more.", more - planned));
            }
        }
        self.send(ToWorker::Resume);
        // A reload finds it playing, even before the next state of it is kept.
        let kept = self.page.with_untracked(|p| p.checkpoint.clone().filter(|c| state::same_run(&c.experiment, &p.experiment)));
        if let Some(checkpoint) = kept {
            self.keep(checkpoint, true);
        }
    }

    /// Training stands still.
    pub fn pause(self) {
        self.send(ToWorker::Pause);
    }

    /// Plays or pauses.
    pub fn toggle(self) {
        if self.page.with_untracked(|p| p.playing) { self.pause() } else { self.play() }
    }

    /// Sets how fast training goes at most.
    pub fn set_pace(self, epochs_per_second: Option<f64>) {
        self.pace.set(epochs_per_second);
        self.post(&ToWorker::Pace(epochs_per_second));
    }

    /// A new run gets the pace that suits its data, until the user chooses one: points are over in a blink otherwise.
    pub(super) fn send_pace(self, data: &str) {
        let points = presets::kind_of(data).starts_with("points");
        let known = self.inner.try_update_value(|i| i.paced_for.replace(points)) == Some(Some(points));
        let pace = if known { self.pace.get_untracked() } else { points.then_some(POINTS_PACE) };
        self.set_pace(pace);
    }

    /// Says what training is to run on, and keeps that on this device.
    pub fn set_engine(self, wanted: Wanted) {
        self.engine.set(wanted);
        engine_badge::keep(wanted);
        self.post(&ToWorker::Engine(wanted));
    }

    /// One step.
    pub fn step(self) {
        self.send(|run| ToWorker::Step { run, steps: 1 });
    }

    /// To the end of the epoch.
    pub fn epoch(self) {
        self.send(ToWorker::Epoch);
    }
}
