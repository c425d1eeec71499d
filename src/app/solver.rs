//! The search for a recipe in the browser: workers beside the run's own carry recipes out on a copy of its model.

use std::{cell::RefCell, sync::Arc, time::Duration};

use js_sys::Reflect;
use leptos::{prelude::*, task::spawn_local};

use super::{
    desk::Desk,
    notices::Tone,
    own_files, teachers,
    worker_client::{Client, Heard},
};
use crate::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Bytes, FromWorker, Late, PROTOCOL, Reason, Recipe, RunId, Stage, ToWorker, Wanted, unpack_late},
    state::budget::{Next, Search},
};

/// Every worker of the pool has this one run.
const RUN: RunId = RunId(1);
/// Most workers: each holds the data set.
const MOST: usize = 8;

/// A search as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seeking {
    /// What was tried, and what came of it.
    pub search: Search,
    /// The experiment on whose model recipes are carried out.
    pub experiment: Arc<Experiment>,
    /// Whether it goes on.
    pub running: bool,
    /// Whether training was paused for it.
    pub paused: bool,
    /// What went wrong with the workers, if anything did.
    pub trouble: Option<String>,
}

/// A worker, and what it is at.
struct Seat {
    client: Client,
    ready: bool,
    /// The recipe that it carries out, and what came of it.
    job: Option<(usize, Option<Stage>)>,
}

/// The workers of a search.
struct Pool {
    desk: Desk,
    checkpoint: Bytes,
    /// Step of the model.
    step: u64,
    seats: Vec<Option<Seat>>,
    /// Whether a winner is timed, with one worker left.
    timing: bool,
}

thread_local! {
    /// The search outlives the panel that shows it.
    static SHOWN: ArcRwSignal<Option<Arc<Seeking>>> = ArcRwSignal::new(None);
    static POOL: RefCell<(u32, Option<Pool>)> = const { RefCell::new((0, None)) };
}

/// The search under way, or the last one.
pub fn shown() -> ArcRwSignal<Option<Arc<Seeking>>> {
    SHOWN.with(Clone::clone)
}

fn change<T>(change: impl FnOnce(&mut Seeking) -> T) -> Option<T> {
    shown().try_update(|s| s.as_mut().map(|s| change(Arc::make_mut(s)))).flatten()
}

/// Begins a search on the model of the run as it is now; one under way ends. A run that trains is paused, and goes on after.
pub fn begin(desk: Desk) {
    if !desk.page.with_untracked(|p| p.playing) {
        return begin_paused(desk, false);
    }
    desk.pause();
    wait(desk, WAITS);
}

/// How often, and how long between two, a run that was paused is looked at until its state is there.
const WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(50);

fn wait(desk: Desk, left: u32) {
    let here = desk.page.with_untracked(|p| !p.playing && p.checkpoint.as_ref().is_some_and(|c| c.step == p.step));
    if here {
        begin_paused(desk, true);
    } else if left > 0 {
        set_timeout(move || wait(desk, left - 1), WAIT);
    } else {
        desk.notices.say(Tone::Warn, "The run did not stand still, so no recipe was looked for.".into());
    }
}

/// The run stands still.
fn begin_paused(desk: Desk, paused: bool) {
    let Some(checkpoint) = desk.page.with_untracked(|p| p.checkpoint.clone()) else { return };
    let goal = desk.page.with_untracked(|p| p.experiment.goal.clone());
    // One that takes the place of another owes what that owed.
    let paused = paused || shown().with_untracked(|s| s.as_ref().is_some_and(|s| s.running && s.paused));
    let experiment = Arc::new(Experiment { recipe: Vec::new(), ..checkpoint.experiment.without_goal() });
    shown().set(Some(Arc::new(Seeking { search: Search::new(goal), experiment, running: true, paused, trouble: None })));
    let cores = Reflect::get(&window().navigator(), &"hardwareConcurrency".into()).ok().and_then(|n| n.as_f64()).unwrap_or(1.0) as usize;
    let workers = cores.saturating_sub(1).clamp(1, MOST);
    let pool = Pool { desk, checkpoint: checkpoint.state.clone(), step: checkpoint.step, seats: Vec::new(), timing: false };
    let (generation, old) = POOL.with_borrow_mut(|(generation, kept)| {
        *generation += 1;
        (*generation, kept.replace(pool))
    });
    drop(old);
    for at in 0..workers {
        let client = Client::start(move |heard| {
            if POOL.with_borrow(|(now, pool)| *now == generation && pool.is_some()) {
                hear(at, heard);
            }
        });
        match client {
            Ok(client) => {
                with(|pool| pool.seats.push(Some(Seat { client, ready: false, job: None })));
            }
            Err(reason) => {
                with(|pool| pool.seats.push(None));
                lost(reason);
            }
        }
    }
}

/// Ends the search; what was found so far stays.
pub fn stop() {
    change(|s| s.search.stop());
    end();
}

fn with<T>(act: impl FnOnce(&mut Pool) -> T) -> Option<T> {
    POOL.with_borrow_mut(|(_, pool)| pool.as_mut().map(act))
}

/// The workers are let go, after the message that is being heard.
fn end() {
    let paused = change(|s| std::mem::take(&mut s.running) && s.paused).unwrap_or(false);
    let pool = POOL.with_borrow_mut(|(_, pool)| pool.take());
    if let Some(pool) = pool.as_ref().filter(|_| paused) {
        let (desk, step) = (pool.desk, pool.step);
        // Not where somebody has gone on, or away, meanwhile.
        if desk.page.with_untracked(|p| !p.playing && p.step == step && p.reason == Some(Reason::Paused)) {
            desk.play();
        }
    }
    set_timeout(move || drop(pool), Duration::ZERO);
}

fn post(at: usize, message: &ToWorker) {
    let failed = with(|pool| pool.seats[at].as_ref().and_then(|seat| seat.client.post(message).err())).flatten();
    if let Some(reason) = failed {
        gone(at, reason);
    }
}

fn hear(at: usize, heard: Heard) {
    match heard {
        Heard::Message(message) => take(at, *message),
        Heard::Late(bytes) => match unpack_late(&bytes) {
            Ok(late) => answered(at, late),
            Err(reason) => gone(at, reason),
        },
        Heard::Garbled(reason) | Heard::Blocked(reason) | Heard::Died(reason) => gone(at, reason),
    }
}

fn take(at: usize, message: FromWorker) {
    match message {
        FromWorker::Ready { protocol, .. } if protocol != PROTOCOL => gone(at, "The page was updated; reload it.".into()),
        FromWorker::Ready { .. } => {
            let Some(experiment) = change(|s| s.experiment.clone()) else { return };
            let Some(checkpoint) = with(|pool| pool.checkpoint.clone()) else { return };
            post(at, &ToWorker::Engine(Wanted::Cpu));
            post(
                at,
                &ToWorker::Start { run: RUN, experiment: Box::new(Experiment::clone(&experiment)), resume: Some(checkpoint), play: false },
            );
        }
        FromWorker::WantsTable { checksum, .. } => {
            let Some(desk) = with(|pool| pool.desk) else { return };
            let generation = POOL.with_borrow(|(now, _)| *now);
            spawn_local(async move {
                let teaches = change(|s| s.experiment.teachers().any(|t| t.checksum == checksum)).unwrap_or(false);
                let given = if teaches { teachers::find(&checksum).await } else { own_files::get(desk, &checksum).await };
                let read = change(|s| (s.experiment.data.clone(), s.experiment.csv.columns.clone()));
                let message = match (given, read) {
                    (Some(given), _) if teaches => ToWorker::Model(Bytes(given.bytes.to_vec())),
                    (Some(given), Some((pick, columns))) => {
                        ToWorker::Table { ask: 0, bytes: Some(Bytes(given.bytes.to_vec())), pick, columns }
                    }
                    _ => ToWorker::NoTable(RUN),
                };
                // Meanwhile the search may have ended, and another begun.
                if POOL.with_borrow(|(now, pool)| *now == generation && pool.is_some()) {
                    post(at, &message);
                }
            });
        }
        FromWorker::Started { .. } => {
            seat(at, |seat| seat.ready = true);
            go_on();
        }
        FromWorker::Failed { error, .. } => {
            let busy = with(|pool| pool.seats[at].as_ref().is_some_and(|s| s.job.is_some())).unwrap_or(false);
            if busy { done(at, Err(error.to_string())) } else { gone(at, error.to_string()) }
        }
        _ => {}
    }
}

/// News of the recipe that a worker carries out.
fn answered(at: usize, late: Late) {
    match late {
        Late::Recipe { news: Recipe::Stage(stage), .. } => seat(at, |seat| {
            if let Some((_, came)) = &mut seat.job {
                *came = Some(stage);
            }
        }),
        Late::Recipe { news: Recipe::Done, .. } => done(at, Ok(())),
        _ => {}
    }
}

fn seat(at: usize, act: impl FnOnce(&mut Seat)) {
    with(|pool| {
        if let Some(seat) = &mut pool.seats[at] {
            act(seat);
        }
    });
}

/// A worker has carried its recipe out, or says why it could not.
fn done(at: usize, ended: Result<(), String>) {
    let Some((job, timing, desk, step)) =
        with(|pool| (pool.seats[at].as_mut().and_then(|seat| seat.job.take()), pool.timing, pool.desk, pool.step))
    else {
        return;
    };
    let Some((id, stage)) = job else { return };
    let came = ended.and_then(|()| stage.ok_or_else(|| "it came to no end".into()));
    let tried = change(|s| {
        let told = came.as_ref().map_err(Clone::clone);
        if timing {
            s.search.timed(id, told)
        } else {
            s.search.tell(id, told)
        }
        Experiment { recipe: s.search.plan(id).recipe.clone(), ..Experiment::clone(&s.experiment) }
    });
    // Beside others both models take longer than they should: only what was timed alone has a place among everything tried.
    if let (Some(experiment), Ok(stage)) = (tried, &came) {
        desk.page.update(|p| p.recipe_tried(&Arc::new(experiment), stage, step, timing));
    }
    go_on();
}

/// A worker is no more; what it was at is tried by no other.
fn gone(at: usize, reason: String) {
    let seat = with(|pool| pool.seats[at].take()).flatten();
    let job = seat.as_ref().and_then(|seat| seat.job.as_ref().map(|(id, _)| *id));
    set_timeout(move || drop(seat), Duration::ZERO);
    if let Some(id) = job {
        let timing = with(|pool| pool.timing).unwrap_or(false);
        change(|s| if timing { s.search.timed(id, Err(reason.clone())) } else { s.search.tell(id, Err(reason.clone())) });
    }
    lost(reason);
    go_on();
}

/// Says that no worker is left, if that is so.
fn lost(reason: String) {
    if with(|pool| pool.seats.iter().all(Option::is_none)) == Some(true) {
        change(|s| {
            s.search.stop();
            s.trouble = Some(reason);
        });
        end();
    }
}

/// Gives every worker that has nothing to do its next recipe.
fn go_on() {
    loop {
        let idle = with(|pool| pool.seats.iter().position(|s| s.as_ref().is_some_and(|s| s.ready && s.job.is_none()))).flatten();
        let Some(at) = idle else { return };
        let Some(next) = change(|s| s.search.ask()) else { return };
        match next {
            Next::Try(id) => cook(at, id),
            Next::Wait => return,
            Next::Time(id) => {
                // Nothing else is to be at work: the other workers go, and training waits.
                let others = with(|pool| {
                    pool.timing = true;
                    pool.desk.pause();
                    pool.seats.iter_mut().enumerate().filter(|(i, _)| *i != at).filter_map(|(_, s)| s.take()).collect::<Vec<_>>()
                });
                set_timeout(move || drop(others), Duration::ZERO);
                cook(at, id);
                return;
            }
            Next::Over => return end(),
        }
    }
}

fn cook(at: usize, id: usize) {
    let recipe: Vec<Pick> = change(|s| s.search.plan(id).recipe.clone()).unwrap_or_default();
    seat(at, |seat| seat.job = Some((id, None)));
    post(at, &ToWorker::Cook { run: RUN, ask: id as u32, recipe, every: false });
}
