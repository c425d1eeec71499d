//! Experiments that are trained on parts of their samples, several side by side: cross-validation, learning curve, bias and variance.

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use whittle::{
    experiment::Experiment,
    protocol::Answers,
    state::{
        Task,
        study::{Decomposition, Fate, Kind, Size, Spread, Study},
    },
};

use crate::{driver::Desk, native::Files, report};

/// Carries a study out with `jobs` trainings at a time, and prints what it says. Errors: whatever the session refuses; a study of which nothing could be trained.
pub fn run(experiment: &Experiment, files: &Files, kind: Kind, jobs: usize, as_json: bool) -> Result<(), String> {
    let study = Mutex::new(Study::new(kind, experiment));
    let locked = || study.lock().unwrap_or_else(PoisonError::into_inner);
    let task = Mutex::new(None);
    let work = || {
        loop {
            // One at a time asks, so that the lock is free while it trains.
            let Some((at, (own, trial))) = ({
                let mut study = locked();
                study.call().map(|at| (at, study.trial(at, experiment)))
            }) else {
                return;
            };
            let came = Desk::trial(own, files, trial).and_then(|mut desk| {
                *task.lock().unwrap_or_else(PoisonError::into_inner) = Some(desk.task());
                desk.answers()
            });
            match came {
                Ok(answers) => locked().tell(at, answers),
                Err(reason) => locked().fail(at, reason),
            }
        }
    };
    std::thread::scope(|scope| (0..jobs.max(1)).for_each(|_| drop(scope.spawn(work))));
    let study = locked();
    if let Some(reason) = study.failure() {
        return Err(reason.into());
    }
    let task = task.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_default();
    report::print(&if as_json { format!("{}\n", value(&study, task)) } else { text(&study, task) })
}

fn text(study: &Study, task: Task) -> String {
    let mut out = String::new();
    let score = task.score_name();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{:<14} {:>8} {:>20} {:>8} {:>20} {:>18}", "", "train", format!("{score} (train)"), "test", score, "loss");
    for row in study.rows(task) {
        let _ = writeln!(
            out,
            "{:<14} {:>8} {:>20} {:>8} {:>20} {:>18}  {}",
            row.name, row.train, row.train_score, row.test, row.score, row.loss, row.state
        );
    }
    let _ = writeln!(out, "{}", study.words(task));
    out
}

fn spread(of: Spread) -> Value {
    json!({ "mean": of.mean, "sd": of.sd })
}

fn value(study: &Study, task: Task) -> Value {
    let figures = |a: &Answers| {
        json!({
            "train_samples": a.train.samples, "train_score": a.train.score, "train_loss": a.train.loss,
            "test_samples": a.test.samples, "test_score": a.test.score, "test_loss": a.test.loss, "mae": a.test.mae,
        })
    };
    let pieces = study.pieces.iter().map(|piece| match &piece.fate {
        Fate::Done(answers) => figures(answers),
        Fate::Failed(reason) => json!({ "failed": reason }),
        Fate::Waiting | Fate::Running(_) => Value::Null,
    });
    let mut value = json!({ "score": task.score_name(), "pieces": pieces.collect::<Vec<_>>(), "words": study.words(task) });
    match study.kind {
        Kind::Folds { .. } => {
            value["test_score"] = spread(study.spread(&|e| e.score));
            value["test_loss"] = spread(study.spread(&|e| e.loss));
            value["in_time"] = study.in_time().into();
        }
        Kind::Sizes { .. } => {
            let size = |s: &Size| {
                json!({
                    "samples": s.samples, "train_score": spread(s.train), "test_score": spread(s.test), "test_loss": spread(s.loss),
                    "repeats": s.done,
                })
            };
            value["sizes"] = study.sizes().iter().map(size).collect();
        }
        Kind::Bootstrap { .. } => {
            let parts = |d: Decomposition| {
                json!({
                    "models": d.models, "samples": d.samples, "error": d.error, "bias": d.bias, "variance": d.variance,
                    "unbiased_variance": d.unbiased, "biased_variance": d.biased,
                })
            };
            value["decomposition"] = study.decomposition(task).map_or(Value::Null, parts);
        }
    }
    value
}
