//! The optimizer lab: a learning-rate range test, a race of optimizers, the loss around the weights, and how layers are.

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use whittle::{
    engine::{catalog::Pick, optimizers},
    experiment::{Experiment, link},
    protocol::{LabNews, LabWish, ToWorker},
    state::{
        Task,
        look::{health::findings, snapshots as ensemble, spread},
        race::{Fate, Leg, MOST, Race, Source, TEST_STEPS, name, tidy},
    },
};

use crate::{
    driver::{Desk, RUN},
    native::Files,
    report,
};

/// What the lab has found in the end.
fn ask(desk: &mut Desk, wish: LabWish) -> Result<LabNews, String> {
    desk.lab = None;
    desk.say(ToWorker::Lab { run: RUN, wish })?;
    desk.until_idle()?;
    desk.lab.take().ok_or_else(|| "nothing was found".into())
}

/// A desk whose run stands still: at its end where it is to be `trained`, else at its first weights.
fn desk(experiment: &Experiment, files: &Files, trained: bool) -> Result<Desk, String> {
    let mut desk = Desk::quiet(experiment.clone(), files, trained)?;
    desk.until_idle()?;
    Ok(desk)
}

/// A learning-rate range test from the first weights, or behind training. Errors: whatever the session refuses.
pub fn rates(experiment: &Experiment, files: &Files, steps: usize, trained: bool, as_json: bool) -> Result<(), String> {
    let mut desk = desk(experiment, files, trained)?;
    let LabNews::Rates(rates) = ask(&mut desk, LabWish::Rates { steps, fresh: !trained })? else { return Err("no test was made".into()) };
    if as_json {
        let points: Vec<Value> =
            rates.points.iter().map(|(lr, loss, smoothed)| json!({ "lr": lr, "loss": loss, "smoothed": smoothed })).collect();
        let suggestion = rates.suggestion.map(|(steepest, tenth)| json!({ "steepest": tidy(steepest), "tenth_of_lowest": tidy(tenth) }));
        return report::print(&format!("{}\n", json!({ "points": points, "suggestion": suggestion })));
    }
    let mut out = String::new();
    // Writing to a string does not fail.
    for (lr, loss, smoothed) in rates.points.iter().step_by(rates.points.len().div_ceil(40).max(1)) {
        let _ = writeln!(out, "{lr:>12.3e} {loss:>12.5} {smoothed:>12.5}");
    }
    let _ = match rates.suggestion {
        Some((steepest, tenth)) => {
            writeln!(out, "the loss falls fastest at {}; a tenth of where it is lowest is {}", tidy(steepest), tidy(tenth))
        }
        None => writeln!(out, "the loss fell at no learning rate"),
    };
    report::print(&out)
}

/// The loss over a plane through the trained weights. Errors: as [`rates`].
pub fn surface(experiment: &Experiment, files: &Files, size: usize, path: bool, as_json: bool) -> Result<(), String> {
    let mut desk = desk(experiment, files, true)?;
    let LabNews::Surface(found) = ask(&mut desk, LabWish::Surface { size, path })? else { return Err("no surface was computed".into()) };
    if as_json {
        let rows: Vec<&[f32]> = found.losses.chunks(found.alphas.len().max(1)).collect();
        let path: Vec<Value> = found.path.iter().map(|(step, a, b)| json!({ "step": step, "alpha": a, "beta": b })).collect();
        let value = json!({
            "alphas": found.alphas, "betas": found.betas, "losses": rows, "path": path, "shares": [found.shares.0, found.shares.1],
            "samples": found.samples, "step": found.step,
        });
        return report::print(&format!("{value}\n"));
    }
    let mut out = format!("{:>9}", "β \\ α");
    // Writing to a string does not fail.
    for a in &found.alphas {
        let _ = write!(out, " {a:>9.3}");
    }
    for (beta, row) in found.betas.iter().zip(found.losses.chunks(found.alphas.len().max(1))).rev() {
        let _ = write!(out, "\n{beta:>9.3}");
        for loss in row {
            let _ = write!(out, " {loss:>9.4}");
        }
    }
    let _ = writeln!(out, "\nloss on {} training samples around the weights of step {}", found.samples, found.step);
    report::print(&out)
}

/// A snapshot ensemble of the last cycles of the experiment's schedule. Errors: as [`rates`].
pub fn snapshots(experiment: &Experiment, files: &Files, members: usize, as_json: bool) -> Result<(), String> {
    let mut desk = desk(experiment, files, false)?;
    let LabNews::Snapshots(found) = ask(&mut desk, LabWish::Snapshots { members })? else { return Err("no snapshot was taken".into()) };
    if as_json {
        let alone: Vec<Value> = found.members.iter().map(|m| json!({ "epoch": m.epoch, "loss": m.loss, "score": m.score })).collect();
        let together: Vec<Value> =
            found.together.iter().map(|t| json!({ "members": t.members, "loss": t.loss, "score": t.score, "bytes": t.bytes })).collect();
        let ms = found.latency.map(|[one, all]| json!({ "one": one.p50, "all": all.p50 }));
        let value = json!({ "samples": found.samples, "members": alone, "together": together, "ms": ms });
        return report::print(&format!("{value}\n"));
    }
    let task = desk.task();
    let mut out = String::new();
    for row in ensemble::rows(&found, task) {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:<24} {:>9}  loss {:<9} {:>9}  earliest alone {}", row.name, row.score, row.loss, row.bytes, row.alone);
    }
    let _ = writeln!(out, "{}", ensemble::words(&found, task));
    report::print(&out)
}

/// How the layers of the trained model are. Errors: as [`rates`].
pub fn checkup(experiment: &Experiment, files: &Files, as_json: bool) -> Result<(), String> {
    let mut desk = desk(experiment, files, true)?;
    let LabNews::Checkup(found) = ask(&mut desk, LabWish::Checkup)? else { return Err("no layer was looked at".into()) };
    let ails = findings(&found, experiment);
    let spreads = spread::rows(&found);
    let of = |layer: usize| ails.iter().find(|f| f.layer == layer);
    if as_json {
        let layer = |l: &whittle::protocol::LayerHealth| {
            let remedies = of(l.layer).map_or_else(Vec::new, |f| f.remedies.iter().map(remedy).collect());
            json!({
                "layer": l.layer, "key": l.key, "units": l.units, "dead": l.dead, "saturated": l.saturated, "gradient": l.gradient,
                "weights": l.weights, "finding": of(l.layer).map(|f| &f.what), "remedies": remedies,
            })
        };
        let layers: Vec<Value> = found.layers.iter().map(layer).collect();
        let spreads: Vec<Value> = found
            .spreads
            .iter()
            .zip(&spreads)
            .map(|(s, row)| json!({ "init": s.init, "spreads": s.layers, "signals": row.fate.words() }))
            .collect();
        let value = json!({ "step": found.step, "samples": found.samples, "layers": layers, "first_weights": spreads });
        return report::print(&format!("{value}\n"));
    }
    let mut out = String::new();
    let number = |v: Option<f32>| v.map_or_else(|| "–".to_string(), |v| format!("{v:.1e}"));
    for l in &found.layers {
        let dead = if l.units > 0 { format!("{} of {} dead", l.dead, l.units) } else { String::new() };
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:>2} {:<12} {:<14} gradient {:<9} weights {}", l.layer, l.key, dead, number(l.gradient), number(l.weights));
        if let Some(finding) = of(l.layer) {
            let _ = writeln!(out, "   {}", finding.what);
            for (words, changed) in &finding.remedies {
                let _ = writeln!(out, "   {words}: {}", link::encode(changed));
            }
        }
    }
    if ails.is_empty() {
        let _ = writeln!(out, "all is well on {} training samples at step {}", found.samples, found.step);
    }
    let _ = writeln!(out, "\nspread of the outputs at the first weights, in layers with weights:");
    for row in &spreads {
        let mark = if row.chosen { '*' } else { ' ' };
        let all: Vec<String> = row.spreads.iter().map(|s| spread::short(*s)).collect();
        let _ = writeln!(out, "{mark} {:<22} {:<9} {}", row.name, row.fate.words(), all.join(" "));
    }
    let _ = writeln!(out, "{}", spread::words(&spreads));
    report::print(&out)
}

fn remedy((words, changed): &(String, Experiment)) -> Value {
    json!({ "words": words, "link": link::encode(changed) })
}

/// Who races: keys, each with a learning rate of its own where one follows a colon. Errors: an optimizer that does not exist, a number that is none, more than
/// a race has room for.
pub fn racers(text: &str) -> Result<Vec<(Pick, Option<f64>)>, String> {
    let racer = |part: &str| {
        let (key, lr) = part.split_once(':').map_or((part, None), |(key, lr)| (key, Some(lr)));
        optimizers::LISTING.find(key).map_err(|e| e.to_string())?;
        let lr = lr.map(|lr| lr.parse().map_err(|_| format!("{lr:?} is no learning rate (--optimizers adam,sgd:0.1)"))).transpose()?;
        Ok((Pick::new(key), lr))
    };
    let all: Vec<_> = text.split(',').map(|part| racer(part.trim())).collect::<Result<_, String>>()?;
    if all.len() > MOST { Err(format!("{} optimizers are too many: a race has {MOST} at most", all.len())) } else { Ok(all) }
}

/// A race, so many at a time. Errors: as [`rates`].
pub fn race(
    experiment: &Experiment,
    files: &Files,
    (racers, source, epochs): (&[(Pick, Option<f64>)], Source, f64),
    jobs: usize,
    as_json: bool,
) -> Result<(), String> {
    let race = Mutex::new(Race::new(racers, source, experiment.train.lr, epochs));
    let locked = || race.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        loop {
            // One at a time asks, so that the lock is free while it races.
            let Some(at) = locked().call() else { return };
            if let Err(reason) = run(experiment, files, at, &locked) {
                locked().fail(at, reason);
            }
        }
    };
    std::thread::scope(|scope| (0..jobs.max(1)).for_each(|_| drop(scope.spawn(work))));
    let race = locked();
    let task = desk(experiment, files, false)?.task();
    report::print(&if as_json { format!("{}\n", value(&race, experiment)) } else { text(&race, task) })
}

/// The way of one racer.
fn run<'a>(experiment: &Experiment, files: &Files, at: usize, race: &impl Fn() -> std::sync::MutexGuard<'a, Race>) -> Result<(), String> {
    let own = race().experiment(at, experiment);
    let mut desk = desk(&own, files, false)?;
    loop {
        let (leg, epochs) = {
            let mut race = race();
            (race.leg(at), race.epochs)
        };
        match leg {
            Leg::Test => {
                let LabNews::Rates(rates) = ask(&mut desk, LabWish::Rates { steps: TEST_STEPS, fresh: true })? else {
                    return Err("no test was made".into());
                };
                let found = rates.suggestion.map(|(steepest, _)| steepest);
                race().tested(at, found);
                if found.is_none() {
                    return Ok(());
                }
            }
            Leg::Lap(lr) => {
                let LabNews::Lap(lap) = ask(&mut desk, LabWish::Lap { epochs, lr })? else { return Err("no lap was run".into()) };
                race().tell(at, lap);
                return Ok(());
            }
        }
    }
}

fn text(race: &Race, task: Task) -> String {
    let mut out = String::new();
    for row in race.rows(task) {
        let mark = if row.winner { '*' } else { ' ' };
        // Writing to a string does not fail.
        let _ = writeln!(out, "{mark} {:<12} {:>9} {:>9} {:>9} {:>9}  {}", row.name, row.lr, row.loss, row.score, row.seconds, row.state);
    }
    let _ = writeln!(out, "{}", race.words(task));
    out
}

fn value(race: &Race, experiment: &Experiment) -> Value {
    let racer = |(at, r): (usize, &whittle::state::race::Racer)| {
        let points: Vec<Value> = r
            .lap
            .points
            .iter()
            .map(|p| json!({ "samples": p.seen, "seconds": p.seconds, "train_loss": p.train_loss, "loss": p.loss, "score": p.score }))
            .collect();
        let failed = if let Fate::Failed(reason) = &r.fate { Some(reason) } else { None };
        json!({
            "optimizer": r.optimizer.key, "name": name(&r.optimizer), "lr": r.lr, "points": points, "failed": failed,
            "judged_on": { "samples": r.lap.samples, "validation": r.lap.validation }, "link": link::encode(&race.experiment(at, experiment)),
        })
    };
    let order: Vec<&str> = race.order().iter().map(|at| race.racers[*at].optimizer.key.as_str()).collect();
    json!({ "racers": race.racers.iter().enumerate().map(racer).collect::<Vec<_>>(), "order": order })
}
