//! The lines of the training curves.

use super::series::Series;
use crate::{
    protocol::{Baseline, MetricPoint},
    state::PinnedRun,
};

/// Colours of pinned runs, told apart by colour-blind people, too; dashes tell the next round of them apart, and any from the live lines.
pub const HUES: [&str; 4] = ["--pin-1", "--pin-2", "--pin-3", "--pin-4"];
const DASHES: [&[f64]; 3] = [&[6.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0]];

/// Lines of the losses: training, validation where there is any, test, and the test loss of pinned runs that have the same loss.
#[must_use]
pub fn losses(history: &[MetricPoint], pinned: &[PinnedRun]) -> Vec<Series> {
    let mut lines = vec![line("train", "--ink-3", 1.0, history, |p| Some(p.train_loss))];
    lines.extend(validation(history, |p| p.validation_loss));
    lines.push(line("test", "--baseline", 2.0, history, |p| p.test_loss));
    let same: Vec<_> = pinned.iter().filter(|run| run.same_loss).cloned().collect();
    lines.extend(pins(&same, |p| p.test_loss));
    lines
}

/// Lines of the scores: training, validation where there is any, test, the optimized model's, the score to beat where one is known, and
/// the optimized score of pinned runs.
#[must_use]
pub fn scores(history: &[MetricPoint], pinned: &[PinnedRun], to_beat: Option<&Baseline>, percent: bool) -> Vec<Series> {
    let scale = if percent { 100.0 } else { 1.0 };
    let mut lines = vec![line("train", "--ink-3", 1.0, history, |p| Some(p.train_score * scale))];
    lines.extend(validation(history, move |p| p.validation_score.map(|v| v * scale)));
    lines.push(line("test", "--baseline", 2.0, history, move |p| p.test_score.map(|v| v * scale)));
    lines.push(line("optimized", "--optimized", 2.0, history, move |p| p.optimized_score.map(|v| v * scale)));
    lines.extend(to_beat.map(|b| level(b, history, scale)));
    lines.extend(pins(pinned, move |p| p.optimized_score.or(p.test_score).map(|v| v * scale)));
    lines
}

/// Dashed, so that it is told from training and test without colour; `None` where nothing was measured.
fn validation(history: &[MetricPoint], y: impl Fn(&MetricPoint) -> Option<f32>) -> Option<Series> {
    let series = Series { dash: &[4.0, 2.0], ..line("validation", "--ink-2", 1.5, history, y) };
    (!series.points.is_empty()).then_some(series)
}

fn line(name: &str, color_var: &'static str, width: f64, history: &[MetricPoint], y: impl Fn(&MetricPoint) -> Option<f32>) -> Series {
    let points = history.iter().filter_map(|p| y(p).map(|y| (p.step as f64, f64::from(y)))).collect();
    Series { name: name.into(), about: String::new(), color_var, dash: &[], width, points }
}

/// A level line under the name of the method that reached it.
fn level(baseline: &Baseline, history: &[MetricPoint], scale: f32) -> Series {
    let y = f64::from(baseline.score) * f64::from(scale);
    let ends = history.first().into_iter().chain(history.last().filter(|_| history.len() > 1));
    let points = ends.map(|p| (p.step as f64, y)).collect();
    Series {
        name: format!("to beat: {}", baseline.model),
        about: String::new(),
        color_var: "--ink-2",
        dash: &[1.0, 3.0],
        width: 1.0,
        points,
    }
}

/// Where a key press goes from `step`: about a twentieth of the way back (or forward) over the points of the curve, and no
/// further than from `earliest` on. Moments are kept at points, at least that densely. `None` without a point to go to.
#[must_use]
pub fn hop(history: &[MetricPoint], earliest: u64, step: u64, back: bool) -> Option<u64> {
    let mut steps: Vec<u64> = std::iter::once(earliest).chain(history.iter().map(|p| p.step).filter(|s| *s > earliest)).collect();
    steps.dedup();
    let by = steps.len().div_ceil(20);
    let target = if back {
        let before = steps.iter().take_while(|s| **s < step).count();
        before.checked_sub(1)?.saturating_sub(by - 1)
    } else {
        let upto = steps.iter().take_while(|s| **s <= step).count();
        (upto < steps.len()).then(|| (upto + by - 1).min(steps.len() - 1))?
    };
    Some(steps[target])
}

fn pins(pinned: &[PinnedRun], y: impl Fn(&MetricPoint) -> Option<f32> + Copy) -> impl Iterator<Item = Series> {
    pinned.iter().map(move |run| {
        let (color_var, dash) = (HUES[run.hue % HUES.len()], DASHES[run.hue / HUES.len() % DASHES.len()]);
        Series { about: run.label.clone(), dash, ..line(&format!("run {}", run.id), color_var, 2.0, &run.history, y) }
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
            validation_loss: test.map(|t| t + 1.0),
            validation_score: None,
            test_loss: test,
            test_score: test,
            optimized_score: None,
            lr: 0.1,
        };
        let history = vec![at(0, Some(0.25)), at(10, None), at(20, Some(0.75))];
        let pinned = [PinnedRun { id: 1, label: "a".into(), hue: 5, same_loss: true, history: Arc::new(history.clone()) }];
        let lines = losses(&history, &pinned);
        assert_eq!(
            lines.iter().map(|l| (l.name.as_str(), l.points.len())).collect::<Vec<_>>()[..3],
            [("train", 3), ("validation", 2), ("test", 2)]
        );
        assert_eq!(lines[1].points[0], (0.0, 1.25));
        let lines = scores(&history, &pinned, None, true);
        assert_eq!(lines[1].points, [(0.0, 25.0), (20.0, 75.0)]);
        assert!(lines[2].points.is_empty());
        assert_eq!(lines[3].points, lines[1].points, "a pinned run without an optimized score shows its test score");
        assert_eq!((lines[3].name.as_str(), lines[3].about.as_str(), lines[3].color_var), ("run 1", "a", "--pin-2"));
        assert_eq!(lines[3].dash, DASHES[1], "the second round of colours has other dashes");
        let other = [PinnedRun { same_loss: false, ..pinned[0].clone() }];
        assert_eq!((losses(&history, &other).len(), scores(&history, &other, None, true).len()), (3, 4), "another loss has another scale");
        let linear = Baseline { model: "Logistic regression".into(), score: 0.5 };
        let lines = scores(&history, &[], Some(&linear), true);
        assert_eq!((lines[3].name.as_str(), &lines[3].points[..]), ("to beat: Logistic regression", &[(0.0, 50.0), (20.0, 50.0)][..]));
        assert!(scores(&[], &[], Some(&linear), true)[3].points.is_empty());
        assert_eq!(scores(&history[..1], &[], Some(&linear), true)[3].points.len(), 1);
    }

    #[test]
    fn keys_walk_over_the_whole_curve_and_stop_at_its_ends() {
        let history: Vec<MetricPoint> = (1..=100).map(|i| at(i * 10)).collect();
        assert_eq!(hop(&history, 0, 1000, true), Some(940), "six of a hundred and one points");
        assert_eq!(hop(&history, 0, 20, true), Some(0));
        assert_eq!(hop(&history, 0, 0, true), None);
        assert_eq!(hop(&history, 0, 0, false), Some(60));
        assert_eq!(hop(&history, 0, 995, false), Some(1000));
        assert_eq!(hop(&history, 0, 1000, false), None);
        assert_eq!(hop(&history, 500, 530, true), Some(500), "moments before a reload are gone");
        assert_eq!(hop(&history, 500, 500, true), None);
        assert_eq!((hop(&[], 0, 0, true), hop(&[], 0, 0, false)), (None, None));
        let (mut step, mut hops) = (1000, 0);
        while let Some(next) = hop(&history, 0, step, true) {
            assert!(next < step);
            (step, hops) = (next, hops + 1);
        }
        assert!((15..=25).contains(&hops), "{hops}");
    }

    fn at(step: u64) -> MetricPoint {
        MetricPoint {
            step,
            epoch: 0.0,
            train_loss: 1.0,
            train_score: 0.5,
            validation_loss: None,
            validation_score: None,
            test_loss: None,
            test_score: None,
            optimized_score: None,
            lr: 0.1,
        }
    }
}
