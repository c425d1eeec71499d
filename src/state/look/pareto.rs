//! Score against cost of everything tried, ready to draw.

use super::scale::{Axis, extent};
use crate::{
    experiment::Experiment,
    state::{Tried, front},
};

/// What a model costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Length of its file.
    Bytes,
    /// Median latency of one sample.
    Ms,
}

impl Cost {
    /// The cost of a model; NaN where it was not measured.
    #[must_use]
    pub fn of(self, tried: &Tried) -> f64 {
        match self {
            Self::Bytes => tried.bytes as f64,
            Self::Ms => tried.ms.unwrap_or(f64::NAN),
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
    /// Place of each model in the list; `None` where it is of other data or has no finite cost.
    pub places: Vec<Option<(f64, f64)>>,
    /// Models that nothing beats, by rising cost.
    pub front: Vec<usize>,
    /// The front as an SVG path of steps: a score holds until a costlier model beats it.
    pub path: String,
}

/// Room around the plot for its axes: left, top, right, bottom.
pub const MARGIN: (f64, f64, f64, f64) = (58.0, 10.0, 22.0, 26.0);

/// Models of `list` that nothing of the data of `here` beats, by rising cost.
#[must_use]
pub fn front_here(list: &[Tried], here: &Experiment, cost: Cost) -> Vec<usize> {
    front(list, |t| if t.compares(here) && cost.of(t) > 0.0 { cost.of(t) } else { f64::NAN })
}

/// Lays those models out that compare with `here`; `None` when there is nothing to draw.
#[must_use]
pub fn plot(list: &[Tried], here: &Experiment, cost: Cost, (width, height): (f64, f64)) -> Option<Plot> {
    let shown = |t: &&Tried| t.score.is_finite() && cost.of(t).is_finite() && cost.of(t) > 0.0 && t.compares(here);
    let costs = extent(list.iter().filter(shown).map(|t| cost.of(t)), 0.0)?;
    let scores = extent(list.iter().filter(shown).map(|t| f64::from(t.score)), 0.08)?;
    let (left, top, right, bottom) = MARGIN;
    let x = Axis::log((costs.0 / 1.25, costs.1 * 1.25), left, width - right);
    let y = Axis::linear(scores, height - bottom, top);
    let place = |t: &Tried| shown(&t).then(|| (x.at(cost.of(t)), y.at(f64::from(t.score))));
    let places: Vec<_> = list.iter().map(place).collect();
    let front = front_here(list, here, cost);
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
    use super::*;
    use crate::{engine::catalog::Pick, state::tried::tests::tried};

    const SIZE: (f64, f64) = (400.0, 300.0);

    fn timed(score: f32, bytes: u64, ms: f64) -> Tried {
        Tried { ms: Some(ms), ..tried(score, bytes, |_| {}) }
    }

    #[test]
    fn the_front_is_a_staircase_through_what_nothing_beats() {
        let here = Experiment::default();
        let list = [timed(0.9, 1000, 0.1), timed(0.95, 10_000, 0.2), timed(0.8, 5000, 0.3), timed(0.5, 100, f64::NAN)];
        let plot = plot(&list, &here, Cost::Bytes, SIZE).expect("points");
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
        let here = Experiment::default();
        let list = [timed(0.9, 1000, 0.1), tried(0.95, 10_000, |_| {}), timed(f32::NAN, 10, 0.1), timed(0.9, 1, 0.0)];
        let drawn = plot(&list, &here, Cost::Ms, SIZE).expect("one point");
        assert_eq!(drawn.places.iter().filter(|p| p.is_some()).count(), 1);
        assert_eq!(drawn.front, [0]);
        assert!(plot(&[], &here, Cost::Ms, SIZE).is_none());
        assert!(plot(&list[1..2], &here, Cost::Ms, SIZE).is_none());
    }

    #[test]
    fn models_of_other_data_are_neither_drawn_nor_beat_any() {
        let circle = |e: &mut Experiment| e.data = Pick::new("circle");
        let list = [tried(0.97, 1000, |_| {}), tried(1.0, 10, circle), tried(0.9, 100, |_| {})];
        let drawn = plot(&list, &Experiment::default(), Cost::Bytes, SIZE).expect("two points");
        assert_eq!((drawn.front, drawn.places[1]), (vec![2, 0], None));
        let drawn = plot(&list, &list[1].experiment, Cost::Bytes, SIZE).expect("one point");
        assert_eq!(drawn.front, [1]);
        assert_eq!(drawn.places.iter().flatten().count(), 1);
    }
}
