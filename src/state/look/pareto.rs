//! Score against cost of everything tried, ready to draw.

use super::scale::{Axis, extent};
use crate::state::{Tried, front};

/// What a model costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Length of its file.
    Bytes,
    /// Median latency of one sample.
    Ms,
}

impl Cost {
    /// The cost of a model.
    #[must_use]
    pub fn of(self, tried: &Tried) -> f64 {
        match self {
            Self::Bytes => tried.bytes as f64,
            Self::Ms => tried.ms,
        }
    }
}

/// A drawing of `width × height`, with margins for its axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Cost, logarithmic.
    pub x: Axis,
    /// Score.
    pub y: Axis,
    /// Place of each model in the list; `None` where it has no finite cost.
    pub places: Vec<Option<(f64, f64)>>,
    /// Models that nothing beats, by rising cost.
    pub front: Vec<usize>,
    /// The front as an SVG path of steps: a score holds until a costlier model beats it.
    pub path: String,
}

/// Room around the plot for its axes: left, top, right, bottom.
pub const MARGIN: (f64, f64, f64, f64) = (58.0, 10.0, 22.0, 26.0);

/// Lays the models out; `None` when there is nothing to draw.
#[must_use]
pub fn plot(list: &[Tried], cost: Cost, width: f64, height: f64) -> Option<Plot> {
    let shown = |t: &&Tried| t.score.is_finite() && cost.of(t).is_finite() && cost.of(t) > 0.0;
    let costs = extent(list.iter().filter(shown).map(|t| cost.of(t)), 0.0)?;
    let scores = extent(list.iter().filter(shown).map(|t| f64::from(t.score)), 0.08)?;
    let (left, top, right, bottom) = MARGIN;
    let x = Axis::log((costs.0 / 1.25, costs.1 * 1.25), left, width - right);
    let y = Axis::linear(scores, height - bottom, top);
    let place = |t: &Tried| shown(&t).then(|| (x.at(cost.of(t)), y.at(f64::from(t.score))));
    let places: Vec<_> = list.iter().map(place).collect();
    let front: Vec<usize> = front(list, |t| if cost.of(t) > 0.0 { cost.of(t) } else { f64::NAN });
    let path = steps(&front.iter().filter_map(|i| places[*i]).collect::<Vec<_>>(), width - right, height - bottom);
    Some(Plot { x, y, places, front, path })
}

/// From the floor up to the first point, level to the next cost, up to its score, …, level to the right edge.
fn steps(points: &[(f64, f64)], right: f64, floor: f64) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = if i == 0 { write!(path, "M{x:.1} {floor:.1}V{y:.1}") } else { write!(path, "H{x:.1}V{y:.1}") };
    }
    if !points.is_empty() {
        let _ = write!(path, "H{right:.1}");
    }
    path
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::experiment::Experiment;

    fn tried(score: f32, bytes: u64, ms: f64) -> Tried {
        let experiment = Arc::new(Experiment::default());
        Tried { label: String::new(), score, bytes, ms, experiment, step: 0, current: false, baseline: false }
    }

    #[test]
    fn the_front_is_a_staircase_through_what_nothing_beats() {
        let list = [tried(0.9, 1000, 0.1), tried(0.95, 10_000, 0.2), tried(0.8, 5000, 0.3), tried(0.5, 100, f64::NAN)];
        let plot = plot(&list, Cost::Bytes, 400.0, 300.0).expect("points");
        assert_eq!(plot.front, [3, 0, 1]);
        assert_eq!(plot.path.matches('H').count(), 3);
        assert_eq!(plot.path.matches('V').count(), 3);
        let (a, b) = (plot.places[0].expect("placed"), plot.places[1].expect("placed"));
        assert!(a.0 < b.0 && a.1 > b.1, "costlier to the right, better higher up");
        for place in plot.places.iter().flatten() {
            assert!(place.0 > MARGIN.0 && place.0 < 400.0 - MARGIN.2 && place.1 > MARGIN.1 && place.1 < 300.0 - MARGIN.3);
        }
    }

    #[test]
    fn models_that_were_not_timed_are_left_out() {
        let list = [tried(0.9, 1000, 0.1), tried(0.95, 10_000, f64::NAN), tried(f32::NAN, 10, 0.1), tried(0.9, 1, 0.0)];
        let drawn = plot(&list, Cost::Ms, 400.0, 300.0).expect("one point");
        assert_eq!(drawn.places.iter().filter(|p| p.is_some()).count(), 1);
        assert_eq!(drawn.front, [0]);
        assert!(plot(&[], Cost::Bytes, 400.0, 300.0).is_none());
        assert!(plot(&list[1..2], Cost::Ms, 400.0, 300.0).is_none());
    }
}
