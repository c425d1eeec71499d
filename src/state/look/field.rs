//! Values over a square of the plane, as a smooth picture.

use super::colour::{Palette, Rgb};

/// Values over a square, `cells × cells`, rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    values: Vec<f32>,
    cells: usize,
}

impl Field {
    /// `None` when the number of values is not `cells²`, or there are none.
    #[must_use]
    pub fn new(values: Vec<f32>, cells: usize) -> Option<Self> {
        (cells > 0 && values.len() == cells * cells).then_some(Self { values, cells })
    }

    /// The value at `(x, y)`, both 0 to 1 from the top left, between the centres of the four cells around it.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (column, row) = (Between::new(x, self.cells), Between::new(y, self.cells));
        let line = |r: usize| column.mix(self.values[r * self.cells + column.low], self.values[r * self.cells + column.high]);
        row.mix(line(row.low), line(row.high))
    }

    /// The class at `(x, y)` where values are class numbers: the one that the four cells around it weigh most.
    #[must_use]
    pub fn class_at(&self, x: f32, y: f32) -> f32 {
        let (column, row) = (Between::new(x, self.cells), Between::new(y, self.cells));
        let mut corners = [(0.0_f32, 0.0_f32); 4];
        let weights = [(row.low, 1.0 - row.share), (row.high, row.share)];
        for (i, corner) in corners.iter_mut().enumerate() {
            let (r, row_weight) = weights[i / 2];
            let (c, column_weight) = if i % 2 == 0 { (column.low, 1.0 - column.share) } else { (column.high, column.share) };
            *corner = (self.values[r * self.cells + c], row_weight * column_weight);
        }
        let weight = |class: f32| corners.iter().filter(|(c, _)| *c == class).map(|(_, w)| w).sum::<f32>();
        corners.iter().map(|(c, _)| *c).max_by(|a, b| weight(*a).total_cmp(&weight(*b))).unwrap_or(0.0)
    }

    /// Largest distance from zero; 1 for a field of zeros.
    #[must_use]
    pub fn reach(&self) -> f32 {
        let far = self.values.iter().filter(|v| v.is_finite()).fold(0.0_f32, |far, v| far.max(v.abs()));
        if far > 0.0 { far } else { 1.0 }
    }

    /// Smallest and largest finite value.
    #[must_use]
    pub fn range(&self) -> (f32, f32) {
        let finite = self.values.iter().filter(|v| v.is_finite());
        finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)))
    }

    /// A picture of `edge × edge` pixels; `pixel` colours a value.
    pub fn paint(&self, edge: usize, classes: bool, pixel: impl Fn(f32) -> [u8; 4]) -> Vec<u8> {
        let at = |i: usize| (i as f32 + 0.5) / edge as f32;
        let mut out = Vec::with_capacity(edge * edge * 4);
        for y in 0..edge {
            for x in 0..edge {
                let value = if classes { self.class_at(at(x), at(y)) } else { self.at(at(x), at(y)) };
                out.extend_from_slice(&pixel(value));
            }
        }
        out
    }

    /// The line along which the field is `level`, as pieces `[x0, y0, x1, y1]` in shares of the square (marching squares).
    #[must_use]
    pub fn contour(&self, level: f32) -> Vec<[f32; 4]> {
        let n = self.cells;
        let mut pieces = Vec::new();
        let centre = |i: usize| (i as f32 + 0.5) / n as f32;
        for r in 0..n.saturating_sub(1) {
            for c in 0..n - 1 {
                let at = |dr: usize, dc: usize| self.values[(r + dr) * n + c + dc] - level;
                // Corners in turn around the cell, each edge between one and the next.
                let corners = [(0, 0), (0, 1), (1, 1), (1, 0)];
                let mut cuts = [(0.0, 0.0); 4];
                let mut found = 0;
                for i in 0..4 {
                    let ((r0, c0), (r1, c1)) = (corners[i], corners[(i + 1) % 4]);
                    let (a, b) = (at(r0, c0), at(r1, c1));
                    if (a > 0.0) != (b > 0.0) {
                        let t = a / (a - b);
                        let (x0, y0, x1, y1) = (centre(c + c0), centre(r + r0), centre(c + c1), centre(r + r1));
                        cuts[found] = (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t);
                        found += 1;
                    }
                }
                for pair in cuts[..found].chunks_exact(2) {
                    pieces.push([pair[0].0, pair[0].1, pair[1].0, pair[1].1]);
                }
            }
        }
        pieces
    }
}

/// A place between the centres of two cells.
struct Between {
    low: usize,
    high: usize,
    share: f32,
}

impl Between {
    fn new(place: f32, cells: usize) -> Self {
        let at = (place * cells as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
        let low = at as usize;
        Self { low, high: (low + 1).min(cells - 1), share: at - low as f32 }
    }

    fn mix(&self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share
    }
}

/// Steps between the two ends of a ramp of colours.
const STEPS: usize = 255;

/// How a task's outputs over the plane are coloured.
#[derive(Clone, Debug)]
pub enum Paint {
    /// Values from the first to the second, as a ramp of pixels.
    Ramp(Vec<[u8; 4]>, (f32, f32)),
    /// Class numbers, each its own pixel.
    Classes(Vec<[u8; 4]>),
}

impl Paint {
    /// For a boundary of `classes` classes: two are a ramp from one to the other, none is a ramp over the values of `range`.
    /// Colours are washed with the ground, so that points stand out.
    #[must_use]
    pub fn new(classes: usize, range: (f32, f32), palette: &Palette) -> Self {
        let pixel = |Rgb([r, g, b]): Rgb| [r, g, b, 255];
        if classes > 2 {
            return Self::Classes((0..classes).map(|i| pixel(palette.surface.mix(palette.class(i), 0.45))).collect());
        }
        let middle = STEPS as f32 / 2.0;
        let step = |i: usize| {
            let v = (i as f32 - middle) / middle;
            // Lifted near the middle, so that which side a value is on can be seen.
            let far = if v < 0.0 { palette.neg } else { palette.pos };
            pixel(palette.surface.mix(far, 0.62 * libm::powf(v.abs(), 0.7)))
        };
        Self::Ramp((0..=STEPS).map(step).collect(), if classes == 2 { (-1.0, 1.0) } else { range })
    }

    /// The pixel of a value.
    #[must_use]
    pub fn pixel(&self, value: f32) -> [u8; 4] {
        match self {
            Self::Classes(pixels) => pixels.get(value.max(0.0) as usize).copied().unwrap_or([0, 0, 0, 0]),
            Self::Ramp(pixels, (lo, hi)) => {
                let share = if hi > lo { ((value - lo) / (hi - lo)).clamp(0.0, 1.0) } else { 0.5 };
                pixels[((share * STEPS as f32 + 0.5) as usize).min(STEPS)]
            }
        }
    }

    /// Whether values are class numbers, which have nothing between them.
    #[must_use]
    pub fn classes(&self) -> bool {
        matches!(self, Self::Classes(_))
    }
}

/// Share of cells in which two fields say the same: the same side of zero (two classes), the same class, or (values) within a
/// twentieth of the range.
#[must_use]
pub fn agreement(a: &[f32], b: &[f32], classes: usize) -> f32 {
    if a.is_empty() || a.len() != b.len() {
        return 0.0;
    }
    let lo = a.iter().copied().fold(f32::INFINITY, f32::min);
    let hi = a.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let same = |(x, y): &(&f32, &f32)| match classes {
        0 => (**x - **y).abs() <= (hi - lo) / 20.0,
        2 => (**x > 0.0) == (**y > 0.0),
        _ => x == y,
    };
    a.iter().zip(b).filter(same).count() as f32 / a.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope() -> Field {
        // Grows from −1.5 to 1.5 from left to right.
        Field::new((0..16).map(|i| (i % 4) as f32 - 1.5).collect(), 4).expect("16 values")
    }

    #[test]
    fn values_between_cells_are_mixed() {
        let field = slope();
        assert!((field.at(0.5, 0.5) - 0.0).abs() < 1e-6);
        assert!((field.at(0.375, 0.2) + 0.5).abs() < 1e-6, "the centre of a cell has its value");
        assert_eq!((field.at(-1.0, 0.0), field.at(2.0, 9.0)), (-1.5, 1.5), "beyond the edge lies the edge");
        assert_eq!(field.reach(), 1.5);
        assert!(Field::new(vec![0.0; 3], 2).is_none() && Field::new(Vec::new(), 0).is_none());
    }

    #[test]
    fn classes_are_never_mixed() {
        let field = Field::new(vec![0.0, 2.0, 0.0, 2.0], 2).expect("4 values");
        for i in 0..20 {
            let class = field.class_at(i as f32 / 20.0, 0.5);
            assert!(class == 0.0 || class == 2.0, "{class}");
        }
        assert_eq!((field.class_at(0.3, 0.5), field.class_at(0.7, 0.5)), (0.0, 2.0));
    }

    #[test]
    fn the_contour_runs_where_the_sign_changes() {
        let pieces = slope().contour(0.0);
        assert_eq!(pieces.len(), 3, "one piece a row of cells");
        assert!(pieces.iter().flat_map(|p| [p[0], p[2]]).all(|x| (x - 0.5).abs() < 1e-6), "{pieces:?}");
        assert!(slope().contour(9.0).is_empty());
        let saddle = Field::new(vec![1.0, -1.0, -1.0, 1.0], 2).expect("4 values");
        assert_eq!(saddle.contour(0.0).len(), 2);
    }

    #[test]
    fn pictures_have_a_pixel_for_every_place() {
        let palette = Palette { surface: Rgb([255; 3]), neg: Rgb([255, 0, 0]), pos: Rgb([0, 0, 255]), ..Palette::default() };
        let paint = Paint::new(2, (0.0, 0.0), &palette);
        let picture = slope().paint(8, paint.classes(), |v| paint.pixel(v));
        assert_eq!(picture.len(), 8 * 8 * 4);
        assert!(picture[0] > picture[2] && picture[7 * 4] < picture[7 * 4 + 2], "red on the left, blue on the right");
        let paint = Paint::new(3, (0.0, 0.0), &palette);
        assert!(paint.classes());
        assert_eq!(paint.pixel(7.0), [0, 0, 0, 0], "a class that is not there is not painted");
        let flat = Paint::new(0, (2.0, 2.0), &palette);
        assert!(flat.pixel(2.0)[1] > 240, "values that are all alike are in the middle");
        let values = Paint::new(0, (10.0, 20.0), &palette);
        assert!(values.pixel(10.0)[0] > values.pixel(10.0)[2] && values.pixel(99.0) == values.pixel(20.0));
        let _ = values.pixel(f32::NAN);
    }

    #[test]
    fn agreement_counts_cells_that_say_the_same() {
        assert_eq!(agreement(&[1.0, -1.0], &[0.2, 0.3], 2), 0.5);
        assert_eq!(agreement(&[1.0, 2.0], &[1.0, 2.0], 3), 1.0);
        assert_eq!(agreement(&[0.0, 10.0], &[0.4, 9.0], 0), 0.5);
        assert_eq!(agreement(&[], &[], 2), 0.0);
    }
}
