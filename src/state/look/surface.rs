//! A loss surface as a picture: shades, contours, and the path that training took.

use super::field::Field;
use crate::protocol::Surface;

/// Contours of a picture.
const CONTOURS: usize = 9;

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Logarithms of losses above the lowest, rows from the top.
    pub field: Field,
    /// Smallest and largest of them.
    pub range: (f32, f32),
    /// Levels of the contours, and the losses that they stand for.
    pub levels: Vec<(f32, f32)>,
    /// The path in shares of both edges, from the top left.
    pub path: Vec<(f64, f64)>,
}

/// The picture of a surface; `None` where it has no finite loss, or is no square.
#[must_use]
pub fn picture(surface: &Surface) -> Option<Picture> {
    let (rows, cols) = (surface.betas.len(), surface.alphas.len());
    let finite = || surface.losses.iter().copied().filter(|l| l.is_finite());
    let lowest = finite().fold(f32::INFINITY, f32::min);
    let highest = finite().fold(f32::NEG_INFINITY, f32::max);
    if !lowest.is_finite() || rows != cols {
        return None;
    }
    // Heights are told apart near the lowest and far above it alike.
    let floor = ((highest - lowest) * 1e-3).max(1e-6);
    let height = |loss: f32| libm::logf((if loss.is_finite() { loss } else { highest } - lowest) + floor);
    let values = surface.losses.chunks(cols.max(1)).rev().flatten().map(|l| height(*l)).collect();
    let range = (height(lowest), height(highest));
    let level = |i: usize| {
        let level = range.0 + (range.1 - range.0) * (i + 1) as f32 / (CONTOURS + 1) as f32;
        (level, libm::expf(level) - floor + lowest)
    };
    let share = |edge: &[f64], v: f64| {
        let (low, high) = (edge[0], edge[edge.len() - 1]);
        // Losses stand in the middle of their cells.
        ((v - low) / (high - low) * (edge.len() - 1) as f64 + 0.5) / edge.len() as f64
    };
    let path = surface.path.iter().map(|(_, a, b)| (share(&surface.alphas, *a), 1.0 - share(&surface.betas, *b))).collect();
    Some(Picture { field: Field::new(values, cols)?, range, levels: (0..CONTOURS).map(level).collect(), path })
}

/// What lies at shares `(x, y)` of the picture, from the top left: both places and the loss of the nearest point.
#[must_use]
pub fn reading(surface: &Surface, x: f64, y: f64) -> Option<(f64, f64, f32)> {
    let place = |share: f64, n: usize| ((share * n as f64) as usize).min(n.saturating_sub(1));
    let (col, row) = (place(x, surface.alphas.len()), place(1.0 - y, surface.betas.len()));
    let loss = surface.losses.get(row * surface.alphas.len() + col)?;
    Some((*surface.alphas.get(col)?, *surface.betas.get(row)?, *loss))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bowl() -> Surface {
        let edge: Vec<f64> = (0..5).map(|i| f64::from(i) - 2.0).collect();
        let losses = edge.iter().flat_map(|b| edge.iter().map(move |a| (a * a + 2.0 * b * b) as f32)).collect();
        Surface { alphas: edge.clone(), betas: edge, losses, path: vec![(0, -2.0, 2.0), (9, 0.0, 0.0)], samples: 7, ..Surface::default() }
    }

    #[test]
    fn up_is_up_and_the_lowest_is_the_middle() {
        let mut surface = bowl();
        surface.losses[4 * 5] = 100.0;
        let picture = picture(&surface).unwrap();
        let near = |(x, y): (f64, f64), to: f64| (x - to).abs() < 1e-9 && (y - to).abs() < 1e-9;
        assert!(near(picture.path[0], 0.1) && near(picture.path[1], 0.5), "the far end of beta is on top: {:?}", picture.path);
        assert_eq!(picture.field.at(0.0, 0.0), picture.range.1, "there stands the highest loss");
        assert_eq!(picture.field.at(0.5, 0.5), picture.range.0);
        assert_eq!(reading(&surface, 0.05, 0.05), Some((-2.0, 2.0, 100.0)));
        assert_eq!(reading(&surface, 1.0, 1.0), Some((2.0, -2.0, 12.0)));
    }

    #[test]
    fn contours_stand_for_losses_in_between() {
        let picture = picture(&bowl()).unwrap();
        assert_eq!(picture.levels.len(), CONTOURS);
        assert!(picture.levels.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        assert!(picture.levels.iter().all(|(level, loss)| *loss > 0.0 && *loss < 12.0 && !picture.field.contour(*level).is_empty()));
    }

    #[test]
    fn what_is_no_number_is_as_high_as_the_highest() {
        let mut surface = bowl();
        surface.losses[0] = f32::NAN;
        let drawn = picture(&surface).unwrap();
        assert_eq!(drawn.field.range(), drawn.range);
        surface.losses.fill(f32::INFINITY);
        assert_eq!(picture(&surface), None);
        assert_eq!(picture(&Surface::default()), None);
    }
}
