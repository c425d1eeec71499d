//! Clipping by hand: how far the levels of one layer reach, and where a dragged edge puts them.

use super::weights::Plot;
use crate::{engine::compress::CLIP, protocol::Histogram};

/// How near to an edge a pointer takes hold of it, CSS pixels.
const NEAR: f64 = 9.0;

/// Whether a pointer at `x` is on one of the outermost levels, which can be dragged.
#[must_use]
pub fn on_edge(plot: &Plot, x: f64) -> bool {
    plot.ends.is_some_and(|(low, high)| (x - low).abs().min((x - high).abs()) <= NEAR)
}

/// The share of the largest magnitude up to which levels reach when an edge is dragged to `x`, to the hundredth; `None` where nothing can be clipped.
#[must_use]
pub fn share_at(plot: &Plot, histogram: &Histogram, x: f64) -> Option<f64> {
    let grid = histogram.grid.as_ref()?;
    let outermost = grid.levels.iter().fold(0.0_f32, |far, level| far.max(level.abs()));
    let largest = f64::from(outermost) / f64::from(histogram.reach?);
    let share = plot.x.value(x).abs() / largest;
    Some((share.clamp(*CLIP.start(), *CLIP.end()) * 100.0).round() / 100.0)
}

/// `shares` with another one for the layer at place `at`, 0 for the rule; zeros at the end are left out.
#[must_use]
pub fn with_share(shares: &[f64], at: usize, share: f64) -> Vec<f64> {
    let mut all = shares.to_vec();
    all.resize(all.len().max(at + 1), 0.0);
    all[at] = share;
    while all.last() == Some(&0.0) {
        all.pop();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        protocol::Grid,
        state::look::weights::{plot, tests::histogram},
    };

    #[test]
    fn an_edge_is_dragged_to_a_share() {
        // Levels reach to half of the largest weight.
        let histogram = Histogram { reach: Some(0.5), ..histogram() };
        let plot = plot(&histogram, (400.0, 200.0)).unwrap();
        let (low, high) = plot.ends.unwrap();
        assert!(on_edge(&plot, low) && on_edge(&plot, high + 5.0) && !on_edge(&plot, (low + high) / 2.0));
        assert_eq!(share_at(&plot, &histogram, high), Some(0.5));
        assert_eq!(share_at(&plot, &histogram, low), Some(0.5), "both edges mean the same");
        assert_eq!(share_at(&plot, &histogram, plot.x.at(0.75)), Some(0.75));
        assert_eq!(share_at(&plot, &histogram, plot.x.at(0.0)), Some(0.05), "not to nothing");
        assert_eq!(share_at(&plot, &histogram, 1e4), Some(1.0), "nor beyond the largest");
        let floats = Grid { even: false, ..histogram.grid.clone().unwrap() };
        let none = Histogram { grid: Some(floats), reach: None, ..histogram };
        assert_eq!(share_at(&plot, &none, high), None);
    }

    #[test]
    fn lists_are_as_short_as_they_can_be() {
        assert_eq!(with_share(&[], 2, 0.5), [0.0, 0.0, 0.5]);
        assert_eq!(with_share(&[0.3, 0.0, 0.5], 2, 0.0), [0.3]);
        assert_eq!(with_share(&[0.3], 0, 0.0), [0.0; 0]);
        assert_eq!(with_share(&[0.3, 0.2], 0, 1.0), [1.0, 0.2]);
    }
}
