//! The learning-rate range test: a short run in which the learning rate grows from step to step, until the loss explodes (Smith 2017, Cyclical learning
//! rates for training neural networks).

use super::{Score, Trainer};
use crate::engine::{data::Samples, schedules::Schedule};

/// The test is over where the smoothed loss is so many times the best one.
const EXPLODED: f64 = 4.0;
/// What the smoothed loss keeps of itself at each step.
const SMOOTHING: f64 = 0.9;
/// Slopes are taken over so many steps to either side: this share of all.
const REACH: usize = 40;
/// The first steps, whose mean is of few mini-batches, give no slope: this share of all.
const UNSETTLED: usize = 10;

/// Learning rates that grow by the same factor at each step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// That of the first step; above 0.
    pub from: f64,
    /// That of the last; above `from`.
    pub to: f64,
    /// How many; at least 2.
    pub steps: usize,
}

impl Sweep {
    /// The learning rate of step `at`, from 0.
    #[must_use]
    pub fn rate(&self, at: usize) -> f64 {
        self.from * libm::pow(self.to / self.from, at as f64 / (self.steps.max(2) - 1) as f64)
    }
}

/// A step of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePoint {
    /// Its learning rate.
    pub rate: f64,
    /// Mean loss of its mini-batch, before the update.
    pub loss: f64,
    /// Mean of the losses so far, in which older ones fade.
    pub smoothed: f64,
}

/// Learning rates to begin with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Where the smoothed loss falls fastest over the logarithm of the rate.
    pub steepest: f64,
    /// A tenth of where it is lowest.
    pub tenth: f64,
}

/// A test under way.
pub struct RangeTest {
    sweep: Sweep,
    trainer: Trainer,
    points: Vec<RatePoint>,
    average: f64,
    best: f64,
    over: bool,
}

impl RangeTest {
    /// Goes on from where `trainer` is, which is used up. `constant` takes the place of its schedule; nothing warms up.
    #[must_use]
    pub fn new(mut trainer: Trainer, constant: Box<dyn Schedule>, sweep: Sweep) -> Self {
        trainer.settings.warmup = 0.0;
        trainer.set_schedule(constant, true);
        Self { sweep, trainer, points: Vec::with_capacity(sweep.steps), average: 0.0, best: f64::INFINITY, over: false }
    }

    /// The steps so far; one whose loss is no number is left out.
    #[must_use]
    pub fn points(&self) -> &[RatePoint] {
        &self.points
    }

    /// The share of all steps that is done, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.over { 1.0 } else { self.points.len() as f64 / self.sweep.steps.max(1) as f64 }
    }

    /// A piece of a step on `data`, as [`Trainer::advance`]. True when the test is over.
    pub fn advance(&mut self, data: &Samples) -> bool {
        if self.over {
            return true;
        }
        if !self.trainer.is_open() {
            self.trainer.settings.lr = self.sweep.rate(self.points.len());
        }
        let Some(report) = self.trainer.advance(data, &mut Score::default()) else { return false };
        self.over = !self.take(f64::from(report.loss)) || self.points.len() >= self.sweep.steps;
        self.over
    }

    /// Notes the loss of a step. False where it has exploded.
    fn take(&mut self, loss: f64) -> bool {
        if !loss.is_finite() {
            return false;
        }
        let at = self.points.len();
        self.average = SMOOTHING * self.average + (1.0 - SMOOTHING) * loss;
        // The average began at nothing, which the first losses would otherwise be drawn to.
        let smoothed = self.average / (1.0 - libm::pow(SMOOTHING, (at + 1) as f64));
        self.points.push(RatePoint { rate: self.sweep.rate(at), loss, smoothed });
        self.best = self.best.min(smoothed);
        // A loss may be negative, where nothing is so many times as large.
        self.best <= 0.0 || smoothed <= EXPLODED * self.best
    }

    /// Which rates to begin with; `None` where the loss has not fallen.
    #[must_use]
    pub fn suggestion(&self) -> Option<Suggestion> {
        suggest(&self.points, self.sweep.steps)
    }
}

/// Which rates to begin with, of a test of `steps` steps of which these were taken; `None` where the loss has not fallen.
#[must_use]
pub fn suggest(points: &[RatePoint], steps: usize) -> Option<Suggestion> {
    let (reach, first) = ((steps / REACH).max(1), (steps / UNSETTLED).max(1));
    let mut lowest = first;
    for at in first..points.len() {
        if points[at].smoothed < points.get(lowest)?.smoothed {
            lowest = at;
        }
    }
    let mut steepest: Option<(f64, usize)> = None;
    for at in first..=lowest.min(points.len().saturating_sub(1)) {
        let (before, behind) = (at.saturating_sub(reach), (at + reach).min(points.len() - 1));
        // Over equal distances on the logarithm of the rate.
        let slope = (points[behind].smoothed - points[before].smoothed) / (behind - before).max(1) as f64;
        if slope < 0.0 && steepest.is_none_or(|(least, _)| slope < least) {
            steepest = Some((slope, at));
        }
    }
    let (_, at) = steepest.filter(|_| lowest > first)?;
    Some(Suggestion { steepest: points[at].rate, tenth: points[lowest].rate / 10.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_grow_by_the_same_factor() {
        let sweep = Sweep { from: 1e-6, to: 10.0, steps: 8 };
        let rates: Vec<f64> = (0..8).map(|at| sweep.rate(at)).collect();
        assert!((rates[0] - 1e-6).abs() < 1e-18 && (rates[7] - 10.0).abs() < 1e-9, "{rates:?}");
        assert!(rates.windows(2).all(|two| (two[1] / two[0] - 10.0).abs() < 1e-9), "{rates:?}");
    }

    /// A loss that is flat, falls, and rises again, as a function of the logarithm of the rate.
    #[test]
    fn the_steepest_place_and_the_lowest_are_found() {
        let sweep = Sweep { from: 1e-6, to: 10.0, steps: 141 };
        let loss = |rate: f64| {
            let x = libm::log10(rate);
            // Falls fastest at 10⁻³, and rises from 10⁻¹ on.
            2.0 - libm::tanh(2.0 * (x + 3.0)) + if x > -1.0 { (x + 1.0) * (x + 1.0) } else { 0.0 }
        };
        let point = |at: usize| RatePoint { rate: sweep.rate(at), loss: loss(sweep.rate(at)), smoothed: loss(sweep.rate(at)) };
        let points: Vec<RatePoint> = (0..sweep.steps).map(point).collect();
        let found = suggest(&points, sweep.steps).expect("it falls");
        assert!((libm::log10(found.steepest) + 3.0).abs() < 0.051, "{found:?}");
        assert!((libm::log10(found.tenth) + 2.0).abs() < 0.11, "{found:?}");
    }

    #[test]
    fn a_loss_that_only_rises_suggests_nothing() {
        let points: Vec<RatePoint> = (0..50).map(|i| RatePoint { rate: 0.1, loss: f64::from(i), smoothed: f64::from(i) }).collect();
        assert_eq!(suggest(&points, 50), None);
        assert_eq!(suggest(&points[..1], 50), None);
        assert_eq!(suggest(&[], 50), None);
    }
}
