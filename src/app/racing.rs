//! The race of optimizers in the browser: each trains in a worker beside the run's, from the same first weights over the same mini-batches.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    desk::Desk,
    pool::{News, Pool, RUN, cores},
};
use crate::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{LabNews, LabWish, Lap, Late, ToWorker},
    state::race::{Leg, Race, Source, TEST_STEPS},
};

/// A race as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Racing {
    /// Who is in it, and how it goes.
    pub race: Race,
    /// The experiment that all train by, but for optimizer and learning rate.
    pub experiment: Arc<Experiment>,
    /// Whether it goes on, or only stands still.
    pub running: bool,
    /// Whether it stands still.
    pub paused: bool,
}

/// Between two drawings. Several workers speak several times a second each: drawn one by one, the curves would take frames from the page.
const DRAWN_EVERY: Duration = Duration::from_millis(200);

/// The workers of a race, and the racer that each is at.
struct Crew {
    pool: Rc<Pool>,
    seats: Vec<Option<usize>>,
    /// How the laps of racers go that has not been drawn yet.
    undrawn: BTreeMap<usize, Lap>,
}

thread_local! {
    /// The race outlives the panel that shows it.
    static SHOWN: ArcRwSignal<Option<Arc<Racing>>> = ArcRwSignal::new(None);
    static CREW: RefCell<Option<Crew>> = const { RefCell::new(None) };
}

/// The race under way, or the last one.
pub fn shown() -> ArcRwSignal<Option<Arc<Racing>>> {
    SHOWN.with(Clone::clone)
}

fn change<T>(change: impl FnOnce(&mut Racing) -> T) -> Option<T> {
    shown().try_update(|r| r.as_mut().map(|r| change(Arc::make_mut(r)))).flatten()
}

/// Begins a race; one under way ends, and the run stands still. As many train at a time as there are cores: the others wait for their turn.
pub fn begin(desk: Desk, optimizers: &[(Pick, Option<f64>)], source: Source, epochs: f64) {
    desk.pause();
    end();
    let experiment = desk.page.with_untracked(|p| p.experiment.clone());
    let race = Race::new(optimizers, source, experiment.train.lr, epochs);
    let workers = race.racers.len().min(cores().max(1));
    shown().set(Some(Arc::new(Racing { race, experiment, running: true, paused: false })));
    let pool = Pool::open(desk, workers, hear);
    let seats = vec![None; pool.seats()];
    CREW.set(Some(Crew { pool, seats, undrawn: BTreeMap::new() }));
}

/// Has all stand still, or go on.
pub fn pause(paused: bool) {
    change(|r| r.paused = paused);
    let Some(pool) = pool() else { return };
    (0..pool.seats()).filter(|at| pool.has(*at)).for_each(|at| say(&pool, at, LabWish::Pause(paused)));
}

/// Ends the race; what was found so far stays.
pub fn stop() {
    draw();
    change(|r| r.race.stop());
    end();
}

fn end() {
    change(|r| (r.running, r.paused) = (false, false));
    if let Some(crew) = CREW.take() {
        crew.pool.close();
    }
}

/// The workers, to be spoken to while nothing is borrowed.
fn pool() -> Option<Rc<Pool>> {
    CREW.with_borrow(|crew| crew.as_ref().map(|crew| crew.pool.clone()))
}

/// The racer that a worker is at.
fn racer(at: usize) -> Option<usize> {
    CREW.with_borrow(|crew| crew.as_ref().and_then(|crew| crew.seats[at]))
}

fn seat(at: usize, racer: Option<usize>) {
    CREW.with_borrow_mut(|crew| {
        if let Some(crew) = crew {
            crew.seats[at] = racer;
        }
    });
}

fn say(pool: &Rc<Pool>, at: usize, wish: LabWish) {
    pool.post(at, &ToWorker::Lab { run: RUN, wish });
}

fn hear(at: usize, news: News) {
    match news {
        News::Ready => next(at),
        News::WantsTable(checksum) => {
            if let (Some(pool), Some(experiment)) = (pool(), change(|r| r.experiment.clone())) {
                pool.bring(at, checksum, &experiment);
            }
        }
        News::Started => go(at),
        News::Late(late) => {
            if let Late::Lab { news, .. } = *late {
                answered(at, news);
            }
        }
        News::Progress(_) | News::Finished(_) => {}
        News::Failed(reason) => fail(at, reason, false),
        News::Gone(reason) => fail(at, reason, true),
    }
}

/// A worker begins with the next racer, or is let go where none is left.
fn next(at: usize) {
    let racer = change(|r| r.race.call().map(|id| (id, r.race.experiment(id, &r.experiment)))).flatten();
    seat(at, racer.as_ref().map(|(id, _)| *id));
    match (pool(), racer) {
        (Some(pool), Some((_, experiment))) => pool.start(at, &experiment, None),
        (Some(pool), None) => pool.let_go(at),
        (None, _) => {}
    }
    if change(|r| r.race.over()) == Some(true) {
        end();
    }
}

/// A worker has its run: it looks for a learning rate, or trains.
fn go(at: usize) {
    let Some((pool, racer)) = pool().zip(racer(at)) else { return };
    let Some((leg, epochs, paused)) = change(|r| (r.race.leg(racer), r.race.epochs, r.paused)) else { return };
    say(
        &pool,
        at,
        match leg {
            Leg::Test => LabWish::Rates { steps: TEST_STEPS, fresh: true },
            Leg::Lap(lr) => LabWish::Lap { epochs, lr },
        },
    );
    if paused {
        say(&pool, at, LabWish::Pause(true));
    }
}

fn answered(at: usize, news: LabNews) {
    let Some(racer) = racer(at) else { return };
    match news {
        LabNews::Rates(rates) if rates.done => {
            let found = rates.suggestion.map(|(steepest, _)| steepest);
            change(|r| r.race.tested(racer, found));
            if found.is_some() { go(at) } else { next(at) }
        }
        LabNews::Lap(lap) => {
            let done = lap.done;
            let first = CREW.with_borrow_mut(|crew| {
                crew.as_mut().is_some_and(|crew| {
                    let first = crew.undrawn.is_empty();
                    crew.undrawn.insert(racer, lap);
                    first
                })
            });
            if done {
                draw();
                next(at);
            } else if first {
                set_timeout(draw, DRAWN_EVERY);
            }
        }
        _ => {}
    }
}

/// Shows how laps go, all that has been heard of since the last time at once.
fn draw() {
    let laps = CREW.with_borrow_mut(|crew| crew.as_mut().map(|crew| std::mem::take(&mut crew.undrawn))).unwrap_or_default();
    if !laps.is_empty() {
        change(|r| laps.into_iter().for_each(|(racer, lap)| r.race.tell(racer, lap)));
    }
}

/// What a worker was at cannot go on. Where the worker is gone too, and none is left, the race is over.
fn fail(at: usize, reason: String, gone: bool) {
    draw();
    if let Some(racer) = racer(at) {
        change(|r| r.race.fail(racer, reason));
    }
    seat(at, None);
    if !gone {
        return next(at);
    }
    if pool().is_none_or(|pool| pool.is_empty()) {
        stop();
    }
}
