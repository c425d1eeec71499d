//! How far a model does better on the samples that it learns from than on others, and whether that grows.

use crate::{
    protocol::MetricPoint,
    state::{Task, format},
};

/// Points with both figures before anything is said.
const FEW: usize = 3;
/// Most points whose mean is a figure: single ones jump.
const SMOOTH: usize = 5;
/// A gap of scores up to which there is none to speak of: mini-batches and small test sets jump by as much.
const SMALL: f64 = 0.02;
/// A gap of scores from which most of the meter is filled.
pub const LARGE: f64 = 0.1;
/// The gap of scores at which the meter is full.
pub const FULL: f64 = 0.3;
/// Share of a loss that has to be gone back before it is said to rise or to fall.
const RISE: f64 = 0.03;

/// What the last points say.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Score on the training samples less that on the others, 0 where that is higher, at most [`FULL`].
    pub meter: f64,
    /// The gap in a few words: "4.2 points".
    pub short: String,
    /// What it is, and where it goes.
    pub words: String,
}

/// A point where both sides are known.
#[derive(Clone, Copy)]
struct Known {
    when: f64,
    /// Loss and score on training samples.
    train: [f64; 2],
    /// The same on the others.
    other: [f64; 2],
}

/// The gap between training and validation samples, test samples where nothing is held out. `unit` is what points are counted in, "epoch" or "step". `None` for
/// fewer than three points that know both.
#[must_use]
pub fn gap(history: &[MetricPoint], task: Task, unit: &str) -> Option<Gap> {
    let held_out = history.iter().any(|p| p.validation_loss.is_some());
    let (name, other): (_, fn(&MetricPoint) -> _) =
        if held_out { ("validation", |p| p.validation_loss.zip(p.validation_score)) } else { ("test", |p| p.test_loss.zip(p.test_score)) };
    let known: Vec<Known> = history.iter().filter_map(|p| known(p, other(p)?, unit)).collect();
    if known.len() < FEW {
        return None;
    }
    let smooth = smoothed(&known);
    let (last, [_, train], [_, others]) = (smooth.last()?, smooth.last()?.train, smooth.last()?.other);
    let gap = train - others;
    let scores =
        format!("{} {} on training samples, {} on {name} samples", task.score_name(), task.score(train as f32), task.score(others as f32));
    // Where the loss of the others was lowest. Until then, whatever the gap, training helped.
    let best = smooth.iter().fold(smooth[0], |best, at| if at.other[0] < best.other[0] { *at } else { best });
    let after = known.iter().filter(|at| at.when > best.when).count();
    let rises = last.other[0] - best.other[0] > RISE * best.other[0].abs().max(1e-3);
    let falls = best.train[0] - last.train[0] > RISE * last.train[0].abs().min(best.train[0].abs());
    let loss = |value: f64| format::loss(value);
    let words = if rises && falls && after >= 2 {
        format!(
            "The gap grows since {unit} {}: {name} loss rises ({} → {}) while training loss falls ({} → {}). {scores}.",
            format::number((best.when * 10.0).round() / 10.0),
            loss(best.other[0]),
            loss(last.other[0]),
            loss(best.train[0]),
            loss(last.train[0])
        )
    } else if gap < -SMALL {
        format!(
            "No gap: {name} samples fare better than training samples, whose figures are means on the way, with all that makes training harder. {scores}."
        )
    } else if gap <= SMALL {
        format!("No gap to speak of: {scores}.")
    } else {
        let tendency = match tendency(&known) {
            t if t > 0.0 => "it has grown lately",
            t if t < 0.0 => "it has shrunk lately",
            _ => "it has stayed as it is lately",
        };
        format!("A gap of {}, and by the losses {tendency}: {scores}.", size(task, gap))
    };
    Some(Gap { meter: gap.clamp(0.0, FULL), short: if gap.abs() <= SMALL { "no gap".into() } else { size(task, gap) }, words })
}

/// A gap as people read it, without its sign where it is one.
fn size(task: Task, gap: f64) -> String {
    task.change(0.0, gap as f32).trim_start_matches('+').to_string()
}

fn known(p: &MetricPoint, (loss, score): (f32, f32), unit: &str) -> Option<Known> {
    let when = if unit == "epoch" { p.epoch } else { p.step as f64 };
    let (train, other) = ([p.train_loss, p.train_score].map(f64::from), [loss, score].map(f64::from));
    train.iter().chain(&other).all(|v| v.is_finite()).then_some(Known { when, train, other })
}

/// Each point as the mean of itself and some before it.
fn smoothed(known: &[Known]) -> Vec<Known> {
    let width = (known.len() / 8).clamp(1, SMOOTH);
    let at = |i: usize| {
        let some = &known[(i + 1).saturating_sub(width)..=i];
        let mean = |of: fn(&Known) -> f64| some.iter().map(of).sum::<f64>() / some.len() as f64;
        Known {
            when: known[i].when,
            train: [mean(|k| k.train[0]), mean(|k| k.train[1])],
            other: [mean(|k| k.other[0]), mean(|k| k.other[1])],
        }
    };
    (0..known.len()).map(at).collect()
}

/// Whether the gap of losses went up (above 0), down (below) or neither over the last third of the points: their straight line by least squares, where it
/// moves by more than a small share of the loss.
fn tendency(known: &[Known]) -> f64 {
    let some = &known[known.len() - (known.len() / 3).max(FEW).min(known.len())..];
    let middle = (some.len() - 1) as f64 / 2.0;
    let (mut up, mut spread) = (0.0, 0.0);
    for (i, k) in some.iter().enumerate() {
        let from = i as f64 - middle;
        (up, spread) = (up + from * (k.other[0] - k.train[0]), spread + from * from);
    }
    let moved = up / spread * 2.0 * middle;
    let level = some.iter().map(|k| k.other[0].abs()).sum::<f64>() / some.len() as f64;
    if moved.abs() > RISE * level.max(1e-3) { moved } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A point at the end of an epoch: losses and scores of training, then of test samples.
    fn at(epoch: u32, train: (f32, f32), test: (f32, f32)) -> MetricPoint {
        MetricPoint {
            step: u64::from(epoch) * 10,
            epoch: f64::from(epoch),
            train_loss: train.0,
            train_score: train.1,
            validation_loss: None,
            validation_score: None,
            test_loss: Some(test.0),
            test_score: Some(test.1),
            optimized_score: None,
            lr: 0.1,
        }
    }

    fn said(history: &[MetricPoint]) -> (f64, String, String) {
        let gap = gap(history, Task::Classification, "epoch").unwrap();
        (gap.meter, gap.short.replace('\u{a0}', " "), gap.words.replace('\u{a0}', " "))
    }

    #[test]
    fn few_points_say_nothing() {
        let unknown = MetricPoint { test_loss: None, ..at(1, (1.0, 0.5), (1.0, 0.5)) };
        let broken = at(2, (f32::NAN, 0.5), (1.0, 0.5));
        let two = [at(3, (1.0, 0.5), (1.0, 0.5)), at(4, (1.0, 0.5), (1.0, 0.5))];
        assert_eq!(gap(&[&[unknown, broken][..], &two].concat(), Task::Classification, "epoch"), None);
        assert_eq!(gap(&[], Task::Regression, "step"), None);
    }

    #[test]
    fn both_falling_together_is_no_gap() {
        let history: Vec<_> = (1..=20).map(|e| at(e, (1.0 / e as f32, 0.9), (1.05 / e as f32, 0.895))).collect();
        let (meter, short, words) = said(&history);
        assert!((meter - 0.005).abs() < 1e-6 && short == "no gap", "{meter} {short}");
        assert_eq!(words, "No gap to speak of: Accuracy 90.0 % on training samples, 89.5 % on test samples.");
    }

    #[test]
    fn a_rising_loss_is_told_with_where_it_began() {
        // The test loss is lowest at epoch 12.
        let test = |e: u32| 0.4 + 0.01 * (e as f32 - 12.0).abs();
        let history: Vec<_> = (1..=7).chain(8..=30).map(|e| at(e, (1.0 / e as f32, 0.99), (test(e), 0.87))).collect();
        let (meter, short, words) = said(&history);
        assert!((meter - 0.12).abs() < 1e-6 && short == "12.0 points", "{meter} {short}");
        assert!(words.starts_with("The gap grows since epoch 13: test loss rises ("), "three points are averaged: {words}");
        assert!(words.contains("while training loss falls (0.") && words.ends_with("87.0 % on test samples."), "{words}");
        // A test loss that rises while training gets worse, too, is no overfitting.
        let worse: Vec<_> = (1..=30).map(|e| at(e, (0.1 * e as f32, 0.5), (0.1 * e as f32, 0.5))).collect();
        assert!(said(&worse).2.starts_with("No gap"), "{}", said(&worse).2);
    }

    #[test]
    fn a_gap_without_a_rise_has_a_tendency() {
        let with = |other: fn(u32) -> f32| (1..=12).map(|e| at(e, (0.5 - 0.02 * e as f32, 0.95), (other(e), 0.9))).collect::<Vec<_>>();
        assert!(said(&with(|e| 0.8 - 0.02 * e as f32)).2.starts_with("A gap of 5.0 points, and by the losses it has stayed"));
        assert!(said(&with(|e| 0.8 - 0.001 * e as f32)).2.contains("it has grown lately"));
        assert!(said(&with(|e| 1.2 - 0.07 * e as f32)).2.contains("it has shrunk lately"));
    }

    #[test]
    fn validation_samples_come_first_and_better_ones_are_no_gap() {
        let history: Vec<_> = (1..=9)
            .map(|e| MetricPoint { validation_loss: Some(0.3), validation_score: Some(0.9), ..at(e, (0.4, 0.8), (5.0, 0.1)) })
            .collect();
        let (meter, short, words) = said(&history);
        assert_eq!((meter, short.as_str()), (0.0, "−10.0 points"));
        assert!(words.starts_with("No gap: validation samples fare better"), "{words}");
        let regression = gap(&history, Task::Regression, "step").unwrap();
        assert_eq!((regression.short.as_str(), regression.words.contains("R² 0.800 on training samples")), ("−0.100", true));
    }
}
