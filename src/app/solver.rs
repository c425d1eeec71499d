//! The search for a recipe in the browser: workers beside the run's own carry recipes out on a copy of its model.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    desk::Desk,
    notices::Tone,
    pool::{News, Pool, RUN, cores},
};
use crate::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Bytes, Late, Reason, Recipe, Stage, ToWorker},
    state::budget::{Next, Search},
};

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

/// What a worker is at.
#[derive(Default)]
struct Seat {
    ready: bool,
    /// The recipe that it carries out, and what came of it.
    job: Option<(usize, Option<Stage>)>,
}

/// The workers of a search.
struct Crew {
    pool: Rc<Pool>,
    desk: Desk,
    checkpoint: Bytes,
    /// Step of the model.
    step: u64,
    seats: Vec<Seat>,
    /// Whether a winner is timed, with one worker left.
    timing: bool,
}

thread_local! {
    /// The search outlives the panel that shows it.
    static SHOWN: ArcRwSignal<Option<Arc<Seeking>>> = ArcRwSignal::new(None);
    static CREW: RefCell<Option<Crew>> = const { RefCell::new(None) };
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
    end_crew();
    let pool = Pool::open(desk, cores().saturating_sub(1), hear);
    let seats = (0..pool.seats()).map(|_| Seat::default()).collect();
    let crew = Crew { pool, desk, checkpoint: checkpoint.state.clone(), step: checkpoint.step, seats, timing: false };
    CREW.set(Some(crew));
}

/// Ends the search; what was found so far stays.
pub fn stop() {
    change(|s| s.search.stop());
    end();
}

fn with<T>(act: impl FnOnce(&mut Crew) -> T) -> Option<T> {
    CREW.with_borrow_mut(|crew| crew.as_mut().map(act))
}

/// The workers, to be spoken to while nothing is borrowed.
fn pool() -> Option<Rc<Pool>> {
    with(|crew| crew.pool.clone())
}

fn end() {
    let paused = change(|s| std::mem::take(&mut s.running) && s.paused).unwrap_or(false);
    if let Some((desk, step)) = with(|crew| (crew.desk, crew.step)).filter(|_| paused) {
        // Not where somebody has gone on, or away, meanwhile.
        if desk.page.with_untracked(|p| !p.playing && p.step == step && p.reason == Some(Reason::Paused)) {
            desk.play();
        }
    }
    end_crew();
}

fn end_crew() {
    if let Some(crew) = CREW.take() {
        crew.pool.close();
    }
}

fn hear(at: usize, news: News) {
    match news {
        News::Ready => {
            let experiment = change(|s| s.experiment.clone());
            let checkpoint = with(|crew| crew.checkpoint.clone());
            if let (Some(pool), Some(experiment), Some(checkpoint)) = (pool(), experiment, checkpoint) {
                pool.start(at, &experiment, Some(checkpoint));
            }
        }
        News::Started => {
            seat(at, |seat| seat.ready = true);
            go_on();
        }
        News::WantsTable(checksum) => {
            if let (Some(pool), Some(experiment)) = (pool(), change(|s| s.experiment.clone())) {
                pool.bring(at, checksum, &experiment);
            }
        }
        News::Failed(reason) => {
            let busy = with(|crew| crew.seats[at].job.is_some()).unwrap_or(false);
            if busy {
                done(at, Err(reason));
            } else {
                if let Some(pool) = pool() {
                    pool.let_go(at);
                }
                gone(at, reason);
            }
        }
        News::Progress(_) | News::Finished(_) => {}
        News::Late(late) => answered(at, *late),
        News::Gone(reason) => gone(at, reason),
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
    with(|crew| act(&mut crew.seats[at]));
}

/// A worker has carried its recipe out, or says why it could not.
fn done(at: usize, ended: Result<(), String>) {
    let Some((job, timing, desk, step)) = with(|crew| (crew.seats[at].job.take(), crew.timing, crew.desk, crew.step)) else {
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
    let job = with(|crew| std::mem::take(&mut crew.seats[at]).job).flatten();
    if let Some((id, _)) = job {
        let timing = with(|crew| crew.timing).unwrap_or(false);
        change(|s| if timing { s.search.timed(id, Err(reason.clone())) } else { s.search.tell(id, Err(reason.clone())) });
    }
    if with(|crew| crew.pool.is_empty()) == Some(true) {
        // No worker is left.
        change(|s| {
            s.search.stop();
            s.trouble = Some(reason);
        });
        return end();
    }
    go_on();
}

/// Gives every worker that has nothing to do its next recipe.
fn go_on() {
    loop {
        let idle = with(|crew| crew.seats.iter().position(|seat| seat.ready && seat.job.is_none())).flatten();
        let Some(at) = idle else { return };
        let Some(next) = change(|s| s.search.ask()) else { return };
        match next {
            Next::Try(id) => cook(at, id),
            Next::Wait => return,
            Next::Time(id) => {
                // Nothing else is to be at work: the other workers go, and training waits.
                with(|crew| {
                    crew.timing = true;
                    crew.desk.pause();
                    for other in (0..crew.seats.len()).filter(|other| *other != at) {
                        crew.seats[other] = Seat::default();
                        crew.pool.let_go(other);
                    }
                });
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
    if let Some(pool) = pool() {
        pool.post(at, &ToWorker::Cook { run: RUN, ask: id as u32, recipe, every: false });
    }
}
