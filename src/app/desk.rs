//! The desk: the page's state, the worker, and everything that can be done with them. Components read its parts and call it.

use std::{sync::Arc, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};

use super::{
    controls::Stage,
    files, location,
    notices::{Notices, Tone},
    parts::Parts,
    presets,
    storage::{Saved, Storage},
    worker_client::{Client, Heard},
};
use crate::{
    engine::{catalog::Pick, error::SpecError},
    experiment::{Effect as Change, Experiment},
    protocol::{Bytes, F32s, Form, FromWorker, Reason, RunId, ToWorker, Topic},
    state::{self, Draft, Effect, Page, Phase},
};

/// Live changes reach the worker at most this often while a control is dragged.
const UPDATE_EVERY: Duration = Duration::from_millis(80);
/// The address follows a drag at most this often; browsers limit how often it may change.
const ADDRESS_EVERY: Duration = Duration::from_millis(400);
/// Seconds without a word from a training worker after which it counts as gone.
const SILENCE: u32 = 12;
/// Restarts without progress between them after which the page gives up.
const RESTARTS: u32 = 3;

/// Epochs a second on two-dimensional points, so that they can be watched.
const POINTS_PACE: f64 = 10.0;

/// Something that keeps the page from working at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The worker's script does not load or start.
    Blocked(String),
    /// It traps again and again.
    Crashing(String),
    /// Page and worker are of different builds.
    Outdated,
}

/// Everything a component needs; copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The state.
    pub page: RwSignal<Page>,
    /// Its parts.
    pub parts: Parts,
    /// What the page says to the user.
    pub notices: Notices,
    /// What keeps it from working.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Epochs a second at most; `None` for as fast as it goes.
    pub pace: RwSignal<Option<f64>>,
    inner: StoredValue<Inner, LocalStorage>,
}

struct Inner {
    client: Option<Client>,
    /// Tells messages of a worker that was replaced from those of the present one.
    generation: u32,
    storage: Option<Storage>,
    storage_settled: bool,
    /// A start that waits for worker and storage.
    start: Option<Start>,
    loaded_at: f64,
    saving: bool,
    update: Throttle,
    address: Throttle,
    /// Control whose drag has already made an entry of the history.
    dragging: bool,
    silence: u32,
    restarts: u32,
    ask: u32,
    /// Whether the pace was set for points (or for larger data); `None` before the first run.
    paced_for: Option<bool>,
    /// What ran before a start, to go back to if it is refused.
    before: Option<Start>,
}

#[derive(Clone)]
struct Start {
    experiment: Arc<Experiment>,
    resume: Option<Bytes>,
    play: bool,
}

/// A call that is made at once, then at most once per interval.
#[derive(Default)]
struct Throttle {
    timer: Option<TimeoutHandle>,
    again: bool,
}

impl Desk {
    /// Sets everything going: the worker loads while the store is opened, then the run begins.
    pub fn open(notices: Notices) -> Self {
        let wanted = location::read();
        let asked = wanted.is_some();
        let (experiment, ignored, errors) =
            wanted.map_or_else(|| (presets::first(), Vec::new(), Vec::new()), |w| (w.experiment, w.notices, w.errors));
        let mut first = Page::new(experiment);
        first.blame(&errors);
        let page = RwSignal::new(first);
        let inner = Inner {
            client: None,
            generation: 0,
            storage: None,
            storage_settled: false,
            start: Some(Start { experiment: page.with_untracked(|p| p.experiment.clone()), resume: None, play: true }),
            loaded_at: js_sys::Date::now(),
            saving: false,
            update: Throttle::default(),
            address: Throttle::default(),
            dragging: false,
            silence: 0,
            restarts: 0,
            ask: 0,
            paced_for: None,
            before: None,
        };
        let desk = Self {
            page,
            parts: Parts::of(page),
            notices,
            trouble: RwSignal::new(None),
            pace: RwSignal::new(None),
            inner: StoredValue::new_local(inner),
        };
        desk.say_unread(&ignored, &errors);
        if !asked {
            // The first entry of the history has to lead back here, too.
            desk.address(false);
        }
        desk.start_worker();
        spawn_local(desk.open_storage(asked));
        desk.watch_silence();
        desk.watch_history();
        desk
    }

    // Runs

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
        let old = self.page.with_untracked(|p| p.experiment.clone());
        let resume = self
            .page
            .with_untracked(|p| p.checkpoint.as_ref().filter(|c| state::same_run(&c.experiment, &p.experiment)).map(|c| c.state.clone()));
        self.begin(Arc::new(experiment), None, true);
        self.address(true);
        let back = Arc::new(move || {
            self.begin(old.clone(), resume.clone(), true);
            self.address(true);
        });
        self.notices.offer(Tone::Info, format!("{what}: a new run has started."), "Back to the last run", back);
    }

    /// The same experiment from the same first weights.
    pub fn restart(self) {
        let experiment = self.page.with_untracked(|p| p.shown().clone());
        self.begin(experiment, None, true);
        self.address(true);
        self.notices.say(Tone::Info, "Started again from the same first weights.".into());
    }

    /// The same experiment from other first weights.
    pub fn reseed(self) {
        let mut experiment = self.page.with_untracked(|p| Experiment::clone(p.shown()));
        experiment.seed += 1;
        let said = format!("Started from other first weights, seed {}.", experiment.seed);
        self.begin(Arc::new(experiment), None, true);
        self.address(true);
        self.notices.say(Tone::Info, said);
    }

    /// Begins again what could not begin: a file may be there by now, a wrong value may have been put right.
    pub fn try_again(self) {
        let experiment = self.page.with_untracked(|p| p.shown().clone());
        self.begin(experiment, None, true);
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
        let finished = self.page.with_untracked(|p| p.reason == Some(Reason::Finished) && p.epoch >= p.experiment.train.epochs);
        if finished {
            let (now, planned) = self.page.with_untracked(|p| (p.epoch, p.experiment.train.epochs));
            let more = (now.ceil() + 20.0).min(1000.0);
            if more > planned {
                self.edit(Change::Live, Stage::Done, move |e| e.train.epochs = more);
                self.notices.say(Tone::Info, format!("{:.0} epochs more.", more - planned));
            }
        }
        self.send(ToWorker::Resume);
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
    fn send_pace(self, data: &str) {
        let points = presets::kind_of(data).starts_with("points");
        let known = self.inner.try_update_value(|i| i.paced_for.replace(points)) == Some(Some(points));
        let pace = if known { self.pace.get_untracked() } else { points.then_some(POINTS_PACE) };
        self.set_pace(pace);
    }

    /// One step.
    pub fn step(self) {
        self.send(|run| ToWorker::Step { run, steps: 1 });
    }

    /// To the end of the epoch.
    pub fn epoch(self) {
        self.send(ToWorker::Epoch);
    }

    // Changes

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

    /// Asks for the outputs for one input.
    pub fn predict(self, input: &[f32]) {
        let ask = self.inner.try_update_value(|i| {
            i.ask += 1;
            i.ask
        });
        let input = F32s::from(input);
        self.send(|run| ToWorker::Predict { run, ask: ask.unwrap_or(0), input });
    }

    /// Asks for the samples of a confusion cell.
    pub fn cell(self, actual: usize, predicted: usize, optimized: bool) {
        self.send(|run| ToWorker::Cell { run, actual, predicted, optimized });
    }

    /// Asks for the full latency measurement.
    pub fn measure(self) {
        self.page.update(|p| p.measuring = true);
        self.send(ToWorker::Measure);
    }

    /// Asks for a file.
    pub fn export(self, form: Form) {
        self.send(|run| ToWorker::Export { run, form });
    }

    /// Goes to the snapshot nearest to a step.
    pub fn scrub(self, step: u64) {
        self.send(|run| ToWorker::Scrub { run, step });
    }

    /// Prunes or revives by hand.
    pub fn mask(self, layer: usize, from: usize, to: usize, keep: bool) {
        self.send(|run| ToWorker::Mask { run, layer, from, to, keep });
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
        self.save_pinned();
    }

    /// Forgets a run.
    pub fn remove_run(self, run: u32) {
        self.page.update(|p| p.remove(run));
        self.save_pinned();
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
        }
        self.page.update(|p| p.notes.retain(|n| n.health.topic != topic));
    }

    // The worker

    /// Ends the worker, starts another, and goes on from the last checkpoint.
    pub fn revive(self) {
        self.trouble.set(None);
        let (experiment, resume, play) = self.page.with_untracked(|p| {
            let checkpoint = p.checkpoint.as_ref().filter(|c| state::same_run(&c.experiment, &p.experiment));
            (
                p.experiment.clone(),
                checkpoint.map(|c| c.state.clone()),
                p.playing || matches!(p.phase, Phase::Engine | Phase::Starting | Phase::Loading(_)),
            )
        });
        let runs = self.page.with_untracked(|p| p.checkpoint.clone());
        self.page.update(|p| {
            p.engine = None;
            p.begin(experiment.clone());
            p.checkpoint = runs;
        });
        self.inner.update_value(|i| i.start = Some(Start { experiment, resume, play }));
        self.start_worker();
    }

    fn start_worker(self) {
        let generation = self.inner.try_update_value(|i| {
            i.client = None;
            i.generation += 1;
            i.silence = 0;
            i.generation
        });
        let Some(generation) = generation else { return };
        let client = Client::start(move |heard| {
            if self.inner.try_with_value(|i| i.generation == generation) == Some(true) {
                self.hear(heard);
            }
        });
        match client {
            Ok(client) => self.inner.update_value(|i| i.client = Some(client)),
            Err(reason) => self.trouble.set(Some(Trouble::Blocked(reason))),
        }
    }

    fn hear(self, heard: Heard) {
        self.inner.update_value(|i| i.silence = 0);
        match heard {
            Heard::Message(message) => self.take(*message),
            Heard::Garbled(reason) => {
                leptos::logging::error!("unreadable message: {reason}");
                self.trouble.set(Some(Trouble::Outdated));
            }
            Heard::Blocked(reason) => self.trouble.set(Some(Trouble::Blocked(reason))),
            Heard::Died(reason) => self.died(reason),
        }
    }

    fn take(self, message: FromWorker) {
        if matches!(message, FromWorker::Progress { .. }) {
            self.inner.update_value(|i| i.restarts = 0);
        }
        let effects = self.page.try_update(|p| p.reduce(message)).unwrap_or_default();
        for effect in effects {
            match effect {
                Effect::EngineReady => self.start_if_ready(),
                Effect::Mismatch { .. } => self.trouble.set(Some(Trouble::Outdated)),
                Effect::Keep(checkpoint) => self.keep(checkpoint),
                Effect::Download { name, bytes } => files::download(&name, &bytes),
                Effect::Announce(text) => self.notices.say(Tone::Info, text),
                Effect::Complain(text) => self.notices.say(Tone::Bad, text),
                Effect::FirstPoint => mark_first_point(),
                Effect::StartRefused => self.refused(),
                Effect::ResumeRefused(reason) => {
                    let experiment = self.page.with_untracked(|p| p.experiment.clone());
                    self.begin(experiment, None, true);
                    self.notices
                        .say(Tone::Warn, format!("The kept state could not be used ({reason}); the run starts from the beginning."));
                }
            }
        }
    }

    /// A start that was refused: what ran before runs on, and the refused values stay in the controls with their error.
    fn refused(self) {
        let Some(before) = self.inner.try_update_value(|i| i.before.take()).flatten() else { return };
        let (wanted, failures, layer) = self.page.with_untracked(|p| (p.experiment.clone(), p.failures.clone(), p.layer_failure.clone()));
        let missing = failures.get("data").cloned();
        self.begin(before.experiment, before.resume, before.play);
        self.page.update(|p| {
            p.draft = Some(wanted);
            p.failures = failures;
            p.layer_failure = layer;
        });
        self.inner.update_value(|i| i.before = None);
        match missing {
            Some(reason) => {
                let again = Arc::new(move || self.try_again());
                self.notices.offer(Tone::Bad, format!("{reason}. The last run goes on."), "Try again", again);
            }
            None => self.notices.say(Tone::Bad, "That cannot run; the last run goes on. The control in question says why.".into()),
        }
    }

    fn died(self, reason: String) {
        leptos::logging::error!("the worker stopped: {reason}");
        let restarts = self.inner.try_update_value(|i| {
            i.restarts += 1;
            i.restarts
        });
        if restarts.unwrap_or(0) > RESTARTS {
            self.inner.update_value(|i| i.client = None);
            self.trouble.set(Some(Trouble::Crashing(reason)));
            return;
        }
        let step =
            self.page.with_untracked(|p| p.checkpoint.as_ref().filter(|c| state::same_run(&c.experiment, &p.experiment)).map(|c| c.step));
        self.revive();
        let from = step.map_or("from the beginning".into(), |s| format!("from step {}", state::format::count(s)));
        self.notices.say(Tone::Warn, format!("The engine stopped unexpectedly. It was restarted and goes on {from}."));
    }

    fn start_if_ready(self) {
        let ready = self.page.with_untracked(|p| p.engine.is_some());
        let start = self.inner.try_update_value(|i| if ready && i.storage_settled { i.start.take() } else { None }).flatten();
        let Some(start) = start else { return };
        let run = self.page.try_update(|p| {
            if p.phase == Phase::Engine {
                // Nothing was begun yet under this number.
                let (failures, layer) = (std::mem::take(&mut p.failures), p.layer_failure.take());
                let checkpoint = p.checkpoint.take();
                p.begin(start.experiment.clone());
                (p.failures, p.layer_failure) = (failures, layer);
                p.checkpoint = checkpoint;
            }
            p.run
        });
        let Some(run) = run else { return };
        let experiment = Box::new(Experiment::clone(&start.experiment));
        self.send_pace(&experiment.data.key);
        self.post(&ToWorker::Start { run, experiment, resume: start.resume, play: start.play });
    }

    fn send(self, message: impl FnOnce(RunId) -> ToWorker) {
        let (run, running) = self.page.with_untracked(|p| (p.run, p.phase == Phase::Running));
        if running {
            self.post(&message(run));
        }
    }

    fn post(self, message: &ToWorker) {
        let result = self.inner.try_with_value(|i| i.client.as_ref().map(|c| c.post(message)));
        if let Some(Some(Err(error))) = result {
            self.notices.say(Tone::Bad, format!("The engine could not be reached: {error}"));
        }
    }

    fn push_update(self) {
        self.throttled(
            |i| &mut i.update,
            UPDATE_EVERY,
            |desk| {
                let experiment = desk.page.with_untracked(|p| p.experiment.clone());
                desk.send(|run| ToWorker::Update { run, experiment: Box::new(Experiment::clone(&experiment)) });
            },
        );
    }

    /// Calls `act` now, and once more at the end of the interval if it was asked for again meanwhile.
    fn throttled(self, which: fn(&mut Inner) -> &mut Throttle, every: Duration, act: fn(Self)) {
        let now = self.inner.try_update_value(|i| {
            let throttle = which(i);
            throttle.again = throttle.timer.is_some();
            throttle.timer.is_none()
        });
        if now != Some(true) {
            return;
        }
        act(self);
        let later = move || {
            let again = self.inner.try_update_value(|i| {
                let throttle = which(i);
                throttle.timer = None;
                std::mem::take(&mut throttle.again)
            });
            if again == Some(true) {
                self.throttled(which, every, act);
            }
        };
        if let Ok(timer) = set_timeout_with_handle(later, every) {
            self.inner.update_value(|i| which(i).timer = Some(timer));
        }
    }

    /// A training worker that says nothing for long is gone, whatever became of it. Seconds are counted by ticks that stop
    /// while the page is hidden or the machine sleeps.
    fn watch_silence(self) {
        let tick = move || {
            let training = self.page.try_with_untracked(|p| p.playing && p.phase == Phase::Running).unwrap_or(false);
            let silent = self.inner.try_update_value(|i| {
                i.silence = if training && !document().hidden() { i.silence + 1 } else { 0 };
                i.silence >= SILENCE
            });
            if silent == Some(true) {
                self.died(format!("no word for {SILENCE} s"));
            }
        };
        set_interval(tick, Duration::from_secs(1));
    }

    // The address

    fn address(self, push: bool) {
        let experiment = self.page.with_untracked(|p| p.experiment.clone());
        location::write(&experiment, push);
    }

    /// What of a link was ignored or could not be used.
    fn say_unread(self, ignored: &[String], errors: &[SpecError]) {
        for text in ignored {
            self.notices.say(Tone::Info, text.clone());
        }
        for error in errors {
            self.notices.say(Tone::Warn, format!("The link asks for something that cannot be: {error}. The default is in its place."));
        }
    }

    fn address_soon(self) {
        self.throttled(|i| &mut i.address, ADDRESS_EVERY, |desk| desk.address(false));
    }

    /// Back and forward, and links typed over the present one.
    fn watch_history(self) {
        let follow = move |_| {
            let Some(wanted) = location::read() else { return };
            self.say_unread(&wanted.notices, &wanted.errors);
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

    // Storage

    async fn open_storage(self, asked: bool) {
        match Storage::open().await {
            Ok(storage) => {
                let (saved, pinned) = (storage.load().await, storage.load_pinned().await);
                self.page.update(|p| p.adopt(pinned));
                self.inner.update_value(|i| i.storage = Some(storage));
                if let Some(saved) = saved {
                    self.resume(saved, asked);
                }
            }
            Err(reason) => {
                leptos::logging::warn!("no storage: {reason}");
                self.notices.say(
                    Tone::Warn,
                    "This browser keeps nothing for this page, so a reload starts the run over. Everything else works.".into(),
                );
            }
        }
        self.inner.update_value(|i| i.storage_settled = true);
        self.start_if_ready();
    }

    /// Goes on with what this tab had, if the address asks for the same experiment (or for none).
    fn resume(self, saved: Saved, asked: bool) {
        let Some(experiment) = saved.experiment().map(Arc::new) else { return };
        let same = self.page.with_untracked(|p| *p.experiment == *experiment);
        if saved.step == 0 || (asked && !same) {
            return;
        }
        self.page.update(|p| p.experiment = experiment.clone());
        self.address(false);
        self.inner.update_value(|i| i.start = Some(Start { experiment, resume: Some(saved.state), play: true }));
        let over = Arc::new(move || self.restart());
        let text = format!("Resumed at step {}.", state::format::count(saved.step));
        self.notices.offer(Tone::Info, text, "Start over", over);
    }

    fn keep(self, checkpoint: Arc<state::Checkpoint>) {
        let taken = self.inner.try_update_value(|i| {
            let free = !std::mem::replace(&mut i.saving, true);
            free.then(|| i.storage.take().map(|s| (s, i.loaded_at)))
        });
        // While one is being written, the next comes soon enough.
        let Some(Some(taken)) = taken else { return };
        let Some((mut storage, loaded_at)) = taken else {
            self.inner.update_value(|i| i.saving = false);
            return;
        };
        spawn_local(async move {
            let result = storage.save(&checkpoint, loaded_at).await;
            let lost = result.is_err();
            if let Err(reason) = result {
                leptos::logging::warn!("the state was not kept: {reason}");
                self.notices
                    .say(Tone::Warn, "The browser would not keep the state of the run (no space?); a reload will start it over.".into());
            }
            self.inner.update_value(|i| {
                i.saving = false;
                i.storage = (!lost).then_some(storage);
            });
        });
    }

    fn save_pinned(self) {
        let runs = self.page.with_untracked(|p| p.runs.clone());
        let storage = self.inner.try_update_value(|i| if i.saving { None } else { i.storage.take() }).flatten();
        let Some(storage) = storage else { return };
        self.inner.update_value(|i| i.saving = true);
        spawn_local(async move {
            if let Err(reason) = storage.save_pinned(&runs).await {
                leptos::logging::warn!("pinned runs were not kept: {reason}");
            }
            self.inner.update_value(|i| {
                i.saving = false;
                i.storage = Some(storage);
            });
        });
    }
}

/// A tenth of a learning rate, within its range.
fn lower(lr: f64) -> f64 {
    format!("{:.3e}", (lr / 10.0).max(1e-5)).parse().unwrap_or(lr)
}

/// Marks when the first point of the curves is on the screen.
fn mark_first_point() {
    request_animation_frame(|| {
        if let Some(performance) = window().performance() {
            // Only a measuring tool would miss it.
            let _ = performance.mark("whittle:first-point");
        }
    });
}
