//! Studies in the browser: trainings on parts of the samples, each in a worker beside the run's.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use leptos::prelude::*;

use super::{
    desk::Desk,
    pool::{News, Pool, RUN, cores},
};
use crate::{
    experiment::Experiment,
    protocol::{Late, Reason, ToWorker},
    state::study::{Kind, Study},
};

/// A study as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Studying {
    /// What is trained, and how it goes.
    pub study: Study,
    /// The experiment that all train by.
    pub experiment: Arc<Experiment>,
    /// Whether it goes on.
    pub running: bool,
}

/// The workers of a study, and the piece that each is at.
struct Crew {
    pool: Rc<Pool>,
    seats: Vec<Option<usize>>,
}

thread_local! {
    /// Studies outlive the panel that shows them: cross-validation, learning curve, bias and variance.
    static SHOWN: [ArcRwSignal<Option<Arc<Studying>>>; 3] = std::array::from_fn(|_| ArcRwSignal::new(None));
    /// One is under way at a time.
    static CREW: RefCell<Option<Crew>> = const { RefCell::new(None) };
    static UNDER_WAY: RefCell<usize> = const { RefCell::new(0) };
}

/// The place of a kind among all.
pub const fn place(kind: Kind) -> usize {
    match kind {
        Kind::Folds { .. } => 0,
        Kind::Sizes { .. } => 1,
        Kind::Bootstrap { .. } => 2,
    }
}

/// The last study of a place.
pub fn shown(place: usize) -> ArcRwSignal<Option<Arc<Studying>>> {
    SHOWN.with(|all| all[place].clone())
}

fn change<T>(change: impl FnOnce(&mut Studying) -> T) -> Option<T> {
    let place = UNDER_WAY.with_borrow(|at| *at);
    shown(place).try_update(|s| s.as_mut().map(|s| change(Arc::make_mut(s)))).flatten()
}

/// Begins a study; one under way ends, and the run stands still. As many train at a time as there are cores.
pub fn begin(desk: Desk, kind: Kind) {
    desk.pause();
    stop();
    let experiment = desk.page.with_untracked(|p| p.experiment.clone());
    let study = Study::new(kind, &experiment);
    let workers = study.pieces.len().min(cores().max(1));
    UNDER_WAY.set(place(kind));
    shown(place(kind)).set(Some(Arc::new(Studying { study, experiment, running: true })));
    let pool = Pool::open(desk, workers, hear);
    let seats = vec![None; pool.seats()];
    CREW.set(Some(Crew { pool, seats }));
}

/// Ends the study under way; what was found so far stays.
pub fn stop() {
    change(|s| {
        s.study.stop();
        s.running = false;
    });
    if let Some(crew) = CREW.take() {
        crew.pool.close();
    }
}

/// The workers, to be spoken to while nothing is borrowed.
fn pool() -> Option<Rc<Pool>> {
    CREW.with_borrow(|crew| crew.as_ref().map(|crew| crew.pool.clone()))
}

/// The piece that a worker is at.
fn piece(at: usize) -> Option<usize> {
    CREW.with_borrow(|crew| crew.as_ref().and_then(|crew| crew.seats[at]))
}

fn seat(at: usize, piece: Option<usize>) {
    CREW.with_borrow_mut(|crew| {
        if let Some(crew) = crew {
            crew.seats[at] = piece;
        }
    });
}

fn hear(at: usize, news: News) {
    match news {
        News::Ready => next(at),
        News::WantsTable(checksum) => {
            if let (Some(pool), Some(experiment)) = (pool(), change(|s| s.experiment.clone())) {
                pool.bring(at, checksum, &experiment);
            }
        }
        News::Started => {}
        News::Progress(epoch) => {
            if let Some(piece) = piece(at) {
                // How many steps a learner takes is known once it is done.
                change(|s| {
                    if s.experiment.is_network() {
                        s.study.progress(piece, epoch / s.experiment.train.epochs.max(1.0));
                    }
                });
            }
        }
        News::Finished(Reason::Diverged) => fail(at, "its loss left the range of numbers".into(), false),
        News::Finished(_) => {
            if let Some(pool) = pool() {
                pool.post(at, &ToWorker::Answers(RUN));
            }
        }
        News::Late(late) => {
            if let (Late::Answers { answers, .. }, Some(piece)) = (*late, piece(at)) {
                change(|s| s.study.tell(piece, answers));
                next(at);
            }
        }
        News::Failed(reason) => fail(at, reason, false),
        News::Gone(reason) => fail(at, reason, true),
    }
}

/// A worker begins with the next piece, or is let go where none is left.
fn next(at: usize) {
    let called = change(|s| s.study.call().map(|piece| (piece, s.study.trial(piece, &s.experiment)))).flatten();
    seat(at, called.as_ref().map(|(piece, _)| *piece));
    match (pool(), called) {
        (Some(pool), Some((_, (experiment, trial)))) => {
            pool.post(at, &ToWorker::Trial { run: RUN, experiment: Box::new(experiment), trial });
        }
        (Some(pool), None) => pool.let_go(at),
        (None, _) => {}
    }
    if change(|s| s.study.over()) == Some(true) {
        stop();
    }
}

/// What a worker was at cannot go on. Where the worker is gone too, and none is left, the study is over.
fn fail(at: usize, reason: String, gone: bool) {
    if let Some(piece) = piece(at) {
        change(|s| s.study.fail(piece, reason));
    }
    seat(at, None);
    if !gone {
        return next(at);
    }
    if pool().is_none_or(|pool| pool.is_empty()) {
        stop();
    }
}
