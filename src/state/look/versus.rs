//! Two runs side by side: what came out, and every setting that differs.

use crate::{
    experiment::{Change, diff},
    state::{RunRecord, format},
};

/// Two runs, A and B.
#[derive(Clone, Debug, PartialEq)]
pub struct Versus {
    /// What came out.
    pub results: Vec<Line>,
    /// Settings that differ; empty for the same experiment.
    pub settings: Vec<Change>,
}

/// One measured quantity of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub what: &'static str,
    /// Of A.
    pub a: String,
    /// Of B.
    pub b: String,
    /// From A to B; empty where either was not measured, or they do not compare.
    pub change: String,
}

/// Holds run `b` against run `a`; `None` where either is gone.
#[must_use]
pub fn versus(runs: &[RunRecord], a: u32, b: u32) -> Option<Versus> {
    let find = |id| runs.iter().find(|r: &&RunRecord| r.id == id);
    let (a, b) = (find(a)?, find(b)?);
    let score = |what, get: fn(&RunRecord) -> Option<f32>| {
        let text = |r: &RunRecord| get(r).map_or_else(dash, |s| r.task.named(s));
        let change = match (get(a), get(b)) {
            (Some(from), Some(to)) if crate::state::same_data(&a.experiment, &b.experiment) => a.task.change(from, to),
            _ => String::new(),
        };
        Line { what, a: text(a), b: text(b), change }
    };
    let plain = |what, a: Option<String>, b: Option<String>, change: Option<String>| Line {
        what,
        a: a.unwrap_or_else(dash),
        b: b.unwrap_or_else(dash),
        change: change.unwrap_or_default(),
    };
    let both = |x: Option<f64>, y: Option<f64>, f: fn(f64, f64) -> String| x.zip(y).map(|(x, y)| f(x, y));
    let bytes = |r: &RunRecord| r.bytes.map(|b| b as f64);
    let results = vec![
        score("Baseline score", |r| r.score),
        score("Optimized score", |r| r.optimized_score),
        plain("Size", a.bytes.map(format::bytes), b.bytes.map(format::bytes), both(bytes(a), bytes(b), format::relative)),
        plain("Time", a.ms.map(format::duration), b.ms.map(format::duration), both(a.ms, b.ms, format::speed)),
        plain("Epochs", Some(format!("{:.1}", a.epochs)), Some(format!("{:.1}", b.epochs)), None),
        plain("Engine", engine(a), engine(b), None),
    ];
    Some(Versus { results, settings: diff(&a.experiment, &b.experiment) })
}

/// What computed the run's weights, where that is known.
fn engine(run: &RunRecord) -> Option<String> {
    (!run.engine.is_empty()).then(|| run.engine.clone())
}

fn dash() -> String {
    "–".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::catalog::Pick,
        state::{Task, look::runs::tests::run},
    };

    #[test]
    fn two_runs_are_told_apart_in_full() {
        let mut a = run(1, false, |_| {});
        let mut b = run(2, true, |e| {
            (e.compress.bits, e.train.lr, e.seed) = (4, 0.5, 7);
            e.optimizer = Pick::new("adam").with("beta1", 0.5);
            e.loss = Pick::new("mse");
        });
        (a.score, a.bytes, a.ms) = (Some(0.95), Some(1000), Some(0.2));
        (b.score, b.bytes, b.epochs, b.engine) = (Some(0.97), Some(250), 3.0, "WebGPU (a GPU)".into());
        let found = versus(&[a.clone(), b], 1, 2).expect("both are there");
        assert_eq!(found.settings.len(), 5, "{:?}", found.settings);
        let plain: Vec<_> =
            found.results.iter().map(|l| format!("{} {} {} {}", l.what, l.a, l.b, l.change).replace('\u{a0}', " ")).collect();
        assert_eq!(plain[0], "Baseline score 95.0 % 97.0 % +2.0 points");
        assert_eq!(plain[1], "Optimized score – – ");
        assert_eq!(plain[2], "Size 1.00 kB 250 B −75 %");
        assert_eq!(plain[3], "Time 200 µs – ");
        assert_eq!(plain[4], "Epochs 0.0 3.0 ");
        assert_eq!(plain[5], "Engine – WebGPU (a GPU) ");
        assert!(versus(&[a.clone()], 1, 2).is_none());
        let other = RunRecord { task: Task::Regression, ..run(3, false, |e| e.data = Pick::new("diabetes")) };
        let found = versus(&[a, RunRecord { score: Some(0.41), ..other }], 1, 3).expect("both are there");
        assert_eq!((found.results[0].b.as_str(), found.results[0].change.as_str()), ("R² 0.410", ""), "scores of two tasks do not compare");
    }
}
