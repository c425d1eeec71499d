//! Changing the experiment, and asking the run for things.

use std::time::Duration;

use leptos::prelude::*;

use super::Desk;
use crate::{
    app::{controls::Stage, notices::Tone},
    engine::catalog::Pick,
    experiment::{ByHand, Effect as Change, Experiment, LayerList, Link, RECIPE},
    protocol::{F32s, Form, Inspect, LabWish, Look, TextWish, ToWorker, Topic},
    state::{self, Draft, Page, look::network::MaskEdit},
};

/// Live changes reach the worker at most this often while a control is dragged.
const UPDATE_EVERY: Duration = Duration::from_millis(80);

impl Desk {
    /// Changes the experiment; `stage` says whether more follows at once.
    pub fn edit(self, effect: Change, stage: Stage, change: impl Fn(&mut Experiment)) {
        let outcome = self.page.try_update(|p| p.edit(effect, change)).unwrap_or(Draft::Same);
        if outcome == Draft::Live {
            self.push_update();
        }
        // The address is that of the run: a draft reaches it when it is applied.
        match stage {
            Stage::Moving if outcome == Draft::Live => {
                let first = self.inner.try_update_value(|i| !std::mem::replace(&mut i.dragging, true)).unwrap_or(false);
                if first { self.address(true) } else { self.address_soon() }
            }
            Stage::Moving => {}
            Stage::Done => {
                let dragged = self.inner.try_update_value(|i| std::mem::take(&mut i.dragging)).unwrap_or(false);
                if outcome == Draft::Live || dragged {
                    self.address(!dragged);
                }
            }
        }
    }

    /// Changes the layers: at once where only settings changed that a run can take, as a draft otherwise.
    pub fn edit_model(self, stage: Stage, model: &[Pick]) {
        let live = self.page.with_untracked(|p| {
            let mut changed = Experiment::clone(&p.experiment);
            changed.model = model.to_vec();
            p.draft.is_none() && state::same_run(&p.experiment, &changed)
        });
        let effect = if live { Change::Live } else { Change::Restart };
        self.edit(effect, stage, |e| e.model = model.to_vec());
    }

    /// Changes the steps of the recipe, which runs go on with.
    pub fn edit_recipe(self, stage: Stage, steps: &[Pick]) {
        self.page.update(|p| drop(p.failures.remove(RECIPE.key)));
        self.edit(Change::Live, stage, |e| e.recipe = steps.to_vec());
    }

    /// Has the recipe carried out on the model as it is now.
    pub fn cook(self) {
        let ask = self.next_ask();
        self.page.update(|p| p.cooked = None);
        let recipe = self.page.with_untracked(|p| p.shown().recipe.clone());
        self.send(|run| ToWorker::Cook { run, ask, recipe, every: true });
    }

    /// Stops that.
    pub fn stop_recipe(self) {
        self.send(ToWorker::StopRecipe);
    }

    /// Asks for a file of what the last recipe made.
    pub fn export_recipe(self, form: Form) {
        self.send(|run| ToWorker::ExportRecipe { run, form });
    }

    /// A number by which an answer is told from others.
    pub fn next_ask(self) -> u32 {
        let ask = self.inner.try_update_value(|i| {
            i.ask += 1;
            i.ask
        });
        ask.unwrap_or(0)
    }

    /// Asks for the outputs for one input.
    pub fn predict(self, input: &[f32]) {
        let (ask, input) = (self.next_ask(), F32s::from(input));
        self.send(|run| ToWorker::Predict { run, ask, input });
    }

    /// Has the model write.
    pub fn compose(self, ask: u32, wish: TextWish) {
        self.send(|run| ToWorker::Write { run, ask, wish });
    }

    /// Asks for the samples of a confusion cell.
    pub fn cell(self, actual: usize, predicted: usize, optimized: bool) {
        self.send(|run| ToWorker::Cell { run, actual, predicted, optimized });
    }

    /// Has something found out about training on a copy of the model.
    pub fn lab(self, wish: LabWish) {
        self.send(|run| ToWorker::Lab { run, wish });
    }

    /// Asks how much each layer's width matters.
    pub fn sense(self) {
        self.send(ToWorker::Sense);
    }

    /// Gives single layers a setting of their own.
    pub fn set_layers(self, list: &LayerList, numbers: &[f64], stage: Stage) {
        self.page.update(|p| drop(p.failures.remove(list.key)));
        self.edit(Change::Live, stage, |e| (list.set)(&mut e.compress, numbers));
    }

    /// Asks what compression breaks.
    pub fn contrast(self) {
        self.send(ToWorker::Contrast);
    }

    /// Asks for ROC and precision-recall curves.
    pub fn roc(self) {
        self.send(ToWorker::Roc);
    }

    /// Asks what each column of a table is to both models, or stops that.
    pub fn importance(self, wanted: bool) {
        self.send(|run| ToWorker::Importance { run, wanted });
    }

    /// Asks where samples leave early.
    pub fn exits(self) {
        self.send(ToWorker::Exits);
    }

    /// Asks what a step makes of test samples, and which two of the columns that come in go with it.
    pub fn sight(self, step: Option<usize>, columns: Option<(usize, usize)>) {
        self.send(|run| ToWorker::Features { run, step, columns });
    }

    /// Looks at what the last recipe made.
    pub fn look(self, what: Look) {
        self.send(|run| ToWorker::Look { run, what });
    }

    /// Asks for the full latency measurement.
    pub fn measure(self) {
        self.page.update(|p| p.measuring = true);
        self.send(ToWorker::Measure);
    }

    /// Asks for a benchmark of the device.
    pub fn benchmark(self) {
        self.page.update(|p| p.benchmark = Some((0.0, String::new())));
        self.send(ToWorker::Benchmark);
    }

    /// Stops it.
    pub fn stop_benchmark(self) {
        self.send(ToWorker::StopBenchmark);
    }

    /// Asks for a file.
    pub fn export(self, form: Form) {
        self.send(|run| ToWorker::Export { run, form });
    }

    /// Prunes or revives a link by hand: a change of the experiment, so that link, reload and restart know of it.
    pub fn mask(self, edit: MaskEdit) {
        match self.page.with_untracked(|p| p.with_link(edit)) {
            Ok(hand) => self.by_hand(&hand),
            Err(error) => {
                self.notices.say(
                    Tone::Warn,
                    format!(
                        "This link stays as it is, for the address can hold no more: {error}. Use the sparsity slider for many at once."
                    ),
                );
            }
        }
    }

    /// Frees all links that were pruned or revived by hand.
    pub fn clear_by_hand(self) {
        self.by_hand(&ByHand::default());
    }

    fn by_hand(self, hand: &ByHand) {
        self.page.update(|p| p.failures.retain(|key, _| key != "cut" && key != "keep"));
        self.edit(Change::Live, Stage::Done, |e| e.hand = hand.clone());
    }

    /// Sets a single weight of the running network.
    pub fn set_weight(self, link: Link, value: f32) {
        self.send(|run| ToWorker::SetWeight { run, link, value });
        let value = state::format::number(f64::from(value));
        self.notices.say(Tone::Info, format!("Weight set to {value}; the run goes on from it. Addresses and restarts do not know of it."));
    }

    /// Says which weights the page looks at; none where nobody does.
    pub fn inspect(self, inspect: Option<Inspect>) {
        if inspect.is_none() {
            self.page.update(|p| p.weights = None);
        }
        self.post(&ToWorker::Inspect(inspect));
    }

    /// Draws this test sample through the network.
    pub fn watch(self, sample: usize) {
        self.send(|run| ToWorker::Watch { run, sample });
    }

    /// Opens an experiment that was tried: live where the run can take it.
    pub fn open_experiment(self, experiment: Experiment, what: &str) {
        if self.page.with_untracked(|p| state::same_run(&p.experiment, &experiment)) {
            self.page.update(Page::undo_draft);
            self.edit(Change::Live, Stage::Done, |e| *e = experiment.clone());
        } else {
            self.begin_announced(experiment, what);
        }
    }

    /// Pins a run's curves, or takes them away.
    pub fn pin(self, run: u32, pinned: bool) {
        self.page.update(|p| p.pin(run, pinned));
        self.save_runs();
    }

    /// Forgets a run.
    pub fn remove_run(self, run: u32) {
        self.page.update(|p| p.remove(run));
        self.save_runs();
    }

    /// What the note about `topic` offers, carried out.
    pub fn remedy(self, topic: Topic) {
        match topic {
            Topic::Diverged => {
                self.edit(Change::Live, Stage::Done, |e| e.train.lr = lower(e.train.lr));
                self.send(ToWorker::Resume);
                let lr = self.page.with_untracked(|p| p.experiment.train.lr);
                self.notices
                    .say(Tone::Info, format!("Going on from the last good weights with learning rate {}.", state::format::number(lr)));
            }
            Topic::DeadUnits => {
                let mut experiment = self.page.with_untracked(|p| Experiment::clone(p.shown()));
                experiment.train.lr = lower(experiment.train.lr);
                self.begin_announced(experiment, "Learning rate divided by ten");
            }
            Topic::EarlyStop => {
                self.edit(Change::Live, Stage::Done, |e| e.train.patience = 0);
                self.send(ToWorker::Resume);
                self.notices.say(Tone::Info, "Early stopping is off; training goes on.".into());
            }
            Topic::Best => self.play(),
        }
        self.page.update(|p| p.notes.retain(|n| n.health.topic != topic));
    }

    pub(super) fn push_update(self) {
        self.throttled(
            |i| &mut i.update,
            UPDATE_EVERY,
            |desk| {
                let experiment = desk.page.with_untracked(|p| p.experiment.clone());
                desk.send(|run| ToWorker::Update { run, experiment: Box::new(Experiment::clone(&experiment)) });
            },
        );
    }
}

/// A tenth of a learning rate, within its range.
fn lower(lr: f64) -> f64 {
    format!("{:.3e}", (lr / 10.0).max(1e-5)).parse().unwrap_or(lr)
}
