//! The lines of the training curves.

use super::series::Series;
use crate::{protocol::MetricPoint, state::PinnedRun};

const DASHES: [&[f64]; 3] = [&[6.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0]];

/// Lines of the losses: training, test, and the test loss of pinned runs.
#[must_use]
pub fn losses(history: &[MetricPoint], pinned: &[PinnedRun]) -> Vec<Series> {
    let mut lines =
        vec![line("train", "--ink-3", 1.0, history, |p| Some(p.train_loss)), line("test", "--baseline", 2.0, history, |p| p.test_loss)];
    lines.extend(pins(pinned, |p| p.test_loss));
    lines
}

/// Lines of the scores: training, test, the optimized model's, and the optimized score of pinned runs.
#[must_use]
pub fn scores(history: &[MetricPoint], pinned: &[PinnedRun], percent: bool) -> Vec<Series> {
    let scale = if percent { 100.0 } else { 1.0 };
    let mut lines = vec![
        line("train", "--ink-3", 1.0, history, |p| Some(p.train_score * scale)),
        line("test", "--baseline", 2.0, history, move |p| p.test_score.map(|v| v * scale)),
        line("optimized", "--optimized", 2.0, history, move |p| p.optimized_score.map(|v| v * scale)),
    ];
    lines.extend(pins(pinned, move |p| p.optimized_score.or(p.test_score).map(|v| v * scale)));
    lines
}

fn line(name: &str, color_var: &'static str, width: f64, history: &[MetricPoint], y: impl Fn(&MetricPoint) -> Option<f32>) -> Series {
    let points = history.iter().filter_map(|p| y(p).map(|y| (p.step as f64, f64::from(y)))).collect();
    Series { name: name.into(), color_var, dash: &[], width, points }
}

fn pins(pinned: &[PinnedRun], y: impl Fn(&MetricPoint) -> Option<f32> + Copy) -> impl Iterator<Item = Series> {
    pinned.iter().enumerate().map(move |(i, run)| {
        let dash = DASHES[i % DASHES.len()];
        Series { dash, ..line(&format!("pinned: {}", run.label), "--line-strong", 1.5, &run.history, y) }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn only_what_was_measured_is_drawn() {
        let at = |step, test: Option<f32>| MetricPoint {
            step,
            epoch: 0.0,
            train_loss: 1.0,
            train_score: 0.5,
            test_loss: test,
            test_score: test,
            optimized_score: None,
            lr: 0.1,
        };
        let history = vec![at(0, Some(0.25)), at(10, None), at(20, Some(0.75))];
        let pinned = [PinnedRun { id: 1, label: "a".into(), history: Arc::new(history.clone()) }];
        let lines = losses(&history, &pinned);
        assert_eq!(lines.iter().map(|l| l.points.len()).collect::<Vec<_>>(), [3, 2, 2]);
        let lines = scores(&history, &pinned, true);
        assert_eq!(lines[1].points, [(0.0, 25.0), (20.0, 75.0)]);
        assert!(lines[2].points.is_empty());
        assert_eq!(lines[3].points, lines[1].points, "a pinned run without an optimized score shows its test score");
    }
}
