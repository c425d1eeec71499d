//! Strokes on the draw pad as a picture like those a model was trained on: scaled into a box, placed by its centre of mass,
//! with soft edges. The MNIST pictures were made so: a 20 × 20 box, centred by mass in 28 × 28.

/// Points of one stroke, in any unit.
pub type Stroke = Vec<(f32, f32)>;

/// Half the width of a pen stroke, as a share of the box.
const PEN: f32 = 0.062;
/// Width of the soft edge, in pixels.
const EDGE: f32 = 0.9;

/// A picture of `rows × columns` pixels, 0 to 1 each, or `None` when nothing is drawn.
#[must_use]
pub fn picture(strokes: &[Stroke], rows: usize, columns: usize) -> Option<Vec<f32>> {
    let points = || strokes.iter().flatten().filter(|p| p.0.is_finite() && p.1.is_finite());
    points().next()?;
    let range =
        |of: fn(&(f32, f32)) -> f32| points().map(of).fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let ((left, right), (top, bottom)) = (range(|p| p.0), range(|p| p.1));

    // Small pictures fill their frame; larger ones leave MNIST's margin.
    let edge = rows.min(columns) as f32;
    let frame = if edge < 16.0 { edge } else { edge * 20.0 / 28.0 };
    let pen = (frame * PEN).max(0.55);
    let size = (right - left).max(bottom - top);
    let scale = if size > 0.0 { (frame - 2.0 * pen) / size } else { 1.0 };

    // Centred by its box at first; then moved so that its mass lies in the middle.
    let (middle_x, middle_y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let place = |shift: (f32, f32)| -> Vec<Stroke> {
        let at = |p: &(f32, f32)| {
            ((p.0 - middle_x) * scale + columns as f32 / 2.0 + shift.0, (p.1 - middle_y) * scale + rows as f32 / 2.0 + shift.1)
        };
        strokes.iter().map(|s| s.iter().filter(|p| p.0.is_finite() && p.1.is_finite()).map(at).collect()).collect()
    };
    let first = ink(&place((0.0, 0.0)), pen, rows, columns);
    let (x, y) = centre_of_mass(&first, columns)?;
    Some(ink(&place((columns as f32 / 2.0 - x, rows as f32 / 2.0 - y)), pen, rows, columns))
}

/// Where the mass of a picture lies, in pixels from the top left; `None` for an empty one.
#[must_use]
pub fn centre_of_mass(picture: &[f32], columns: usize) -> Option<(f32, f32)> {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, v) in picture.iter().enumerate() {
        mass += v;
        x += v * ((i % columns) as f32 + 0.5);
        y += v * ((i / columns) as f32 + 0.5);
    }
    (mass > 0.0).then(|| (x / mass, y / mass))
}

/// How much of each pixel the strokes cover: full within the pen, fading over its soft edge.
fn ink(strokes: &[Stroke], pen: f32, rows: usize, columns: usize) -> Vec<f32> {
    let mut picture = vec![0.0_f32; rows * columns];
    for stroke in strokes {
        let single = stroke.first().map(|p| [*p, *p]);
        let pieces = stroke.windows(2).map(|w| [w[0], w[1]]).chain(single.filter(|_| stroke.len() == 1));
        for [a, b] in pieces {
            let reach = pen + EDGE;
            let span = |p: f32, q: f32, n: usize| {
                let (lo, hi) = (p.min(q) - reach, p.max(q) + reach);
                lo.max(0.0) as usize..(hi.max(0.0).ceil() as usize).min(n)
            };
            for y in span(a.1, b.1, rows) {
                for x in span(a.0, b.0, columns) {
                    let far = distance((x as f32 + 0.5, y as f32 + 0.5), a, b);
                    let cover = ((pen + EDGE / 2.0 - far) / EDGE).clamp(0.0, 1.0);
                    let pixel = &mut picture[y * columns + x];
                    *pixel = pixel.max(cover);
                }
            }
        }
    }
    picture
}

/// Distance of a point from the piece of a line between `a` and `b`.
pub(super) fn distance(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let t = if length > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (p.0 - a.0 - t * dx, p.1 - a.1 - t * dy);
    (x * x + y * y).sqrt()
}

/// The class that outputs say, and how sure they are; `None` for outputs that are not numbers.
#[must_use]
pub fn top(outputs: &[f32]) -> Option<(usize, f32)> {
    outputs.iter().copied().enumerate().filter(|(_, v)| v.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seven, drawn small in a corner of a pad of 300 × 300.
    fn seven() -> Vec<Stroke> {
        vec![vec![(20.0, 20.0), (60.0, 20.0), (35.0, 80.0)]]
    }

    fn bounds(picture: &[f32], columns: usize) -> (usize, usize, usize, usize) {
        let inked: Vec<_> = picture.iter().enumerate().filter(|(_, v)| **v > 0.5).map(|(i, _)| (i % columns, i / columns)).collect();
        let x = inked.iter().map(|p| p.0);
        let y = inked.iter().map(|p| p.1);
        (x.clone().min().unwrap_or(0), x.max().unwrap_or(0), y.clone().min().unwrap_or(0), y.max().unwrap_or(0))
    }

    #[test]
    fn a_digit_fills_the_box_and_lies_by_its_mass() {
        let picture = picture(&seven(), 28, 28).expect("something is drawn");
        let (x, y) = centre_of_mass(&picture, 28).expect("it has mass");
        assert!((x - 14.0).abs() < 0.15 && (y - 14.0).abs() < 0.15, "{x} {y}");
        let (_, _, top, bottom) = bounds(&picture, 28);
        assert!((19..=20).contains(&(bottom - top + 1)), "{top} to {bottom}");
        assert!(picture.iter().all(|v| (0.0..=1.0).contains(v)));
        assert!(picture.iter().any(|v| *v > 0.1 && *v < 0.9), "edges are soft");
    }

    #[test]
    fn size_and_place_on_the_pad_do_not_matter() {
        let large: Vec<Stroke> = seven().iter().map(|s| s.iter().map(|p| (p.0 * 3.0 + 40.0, p.1 * 3.0 + 10.0)).collect()).collect();
        let (a, b) = (picture(&seven(), 28, 28), picture(&large, 28, 28));
        let gap = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(gap < 1e-3, "{gap}");
    }

    #[test]
    fn a_dot_is_a_dot_and_nothing_is_nothing() {
        let dot = picture(&[vec![(5.0, 5.0)]], 28, 28).expect("a dot");
        assert!(dot[13 * 28 + 13] > 0.9 && dot.iter().sum::<f32>() < 12.0);
        assert_eq!(picture(&[], 28, 28), None);
        assert_eq!(picture(&[vec![], vec![(f32::NAN, 1.0)]], 28, 28), None);
        assert_eq!(centre_of_mass(&[0.0; 4], 2), None);
    }

    #[test]
    fn small_pictures_are_filled() {
        let picture = picture(&seven(), 8, 8).expect("something is drawn");
        let (_, _, top, bottom) = bounds(&picture, 8);
        assert!(bottom - top >= 5, "{top} to {bottom}");
        assert_eq!(picture.len(), 64);
    }

    #[test]
    fn the_surest_class_is_on_top() {
        assert_eq!(top(&[0.1, 0.7, 0.2]), Some((1, 0.7)));
        assert_eq!(top(&[f32::NAN]), None);
    }
}
