//! Lines of a chart as data.

use crate::order;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name, in legend and table.
    pub name: String,
    /// What else there is to say of it, under the pointer; may be empty.
    pub about: String,
    /// Custom property of the style sheet that holds its colour: "--optimized".
    pub color_var: &'static str,
    /// Lengths of dashes and gaps in pixels; empty for a solid line.
    pub dash: &'static [f64],
    /// Width in pixels.
    pub width: f64,
    /// Points by rising x.
    pub points: Vec<(f64, f64)>,
}

/// Lines on common x values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aligned {
    /// All x values, rising.
    pub x: Vec<f64>,
    /// Per line and x: the y value, or NaN where the line has no point there.
    pub y: Vec<Vec<f64>>,
}

impl Aligned {
    /// Puts lines on common x values. Points that are not finite are left out.
    #[must_use]
    pub fn of(series: &[Series]) -> Self {
        let x: Vec<f64> = series.iter().flat_map(|s| s.points.iter().map(|p| p.0)).filter(|x| x.is_finite()).collect();
        let mut x = order::ascending(&x);
        x.dedup();
        let y = series.iter().map(|s| on(&x, &s.points)).collect();
        Self { x, y }
    }

    /// The last value of a line at or before `index`, and its place.
    #[must_use]
    pub fn value(&self, line: usize, index: usize) -> Option<f64> {
        let ys = self.y.get(line)?;
        ys[..ys.len().min(index + 1)].iter().rev().find(|y| y.is_finite()).copied()
    }

    /// Places for the rows of a table: about `most`, evenly spread up to the last one, and at most as many where the line with
    /// the fewest points has one, so that no measurement is lost between the rows.
    #[must_use]
    pub fn rows(&self, most: usize) -> Vec<usize> {
        let filled = |ys: &&Vec<f64>| ys.iter().filter(|y| y.is_finite()).count();
        let sparse = self.y.iter().filter(|ys| filled(ys) > 0).min_by_key(filled);
        let rare: Vec<usize> = (0..self.x.len()).filter(|i| sparse.is_some_and(|ys| ys[*i].is_finite())).collect();
        let mut rows = spread(&(0..self.x.len()).collect::<Vec<_>>(), most);
        rows.extend(spread(&rare, most));
        order::sort(&mut rows, &|a, b| a.cmp(&b));
        rows.dedup();
        rows
    }
}

/// At most `most` of `places`, evenly spread, the last one always among them.
fn spread(places: &[usize], most: usize) -> Vec<usize> {
    let every = places.len().div_ceil(most.max(1)).max(1);
    places.iter().rev().step_by(every).copied().collect()
}

fn on(x: &[f64], points: &[(f64, f64)]) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    let mut at = 0;
    for (px, py) in points {
        // Points rise, so the search goes on from the last one; points out of order are left out.
        while at < x.len() && x[at] < *px {
            at += 1;
        }
        if x.get(at) == Some(px) && py.is_finite() {
            out[at] = *py;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Series {
        Series { name: String::new(), about: String::new(), color_var: "--ink", dash: &[], width: 1.0, points: points.to_vec() }
    }

    #[test]
    fn lines_share_their_x_values() {
        let aligned = Aligned::of(&[line(&[(0.0, 1.0), (2.0, 3.0), (4.0, f64::NAN)]), line(&[(1.0, 5.0), (2.0, 6.0)]), line(&[])]);
        assert_eq!(aligned.x, [0.0, 1.0, 2.0, 4.0]);
        assert_eq!(aligned.y[0][0], 1.0);
        assert!(aligned.y[0][1].is_nan() && aligned.y[0][3].is_nan());
        assert_eq!(
            (aligned.value(0, 3), aligned.value(0, 1), aligned.value(1, 0), aligned.value(2, 3)),
            (Some(3.0), Some(1.0), None, None)
        );
        assert_eq!(aligned.value(7, 0), None);
        assert_eq!(aligned.rows(1), [2, 3], "the last place, and the last of the sparsest line");
        assert_eq!(aligned.rows(2), [0, 1, 2, 3]);
        assert_eq!(aligned.rows(100), [0, 1, 2, 3]);
        assert!(Aligned::default().rows(5).is_empty());
    }
}
