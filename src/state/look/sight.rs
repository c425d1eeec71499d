//! Test samples before and behind a step that makes features: places of dots and arrows, the table, and words.

use super::scale::{Axis, extent};
use crate::{engine::features, order, protocol::FeatureView, state::format};

/// Room around the dots, in pixels.
const MARGIN: f64 = 10.0;
/// Most arrows that are drawn; the table has all.
const ARROWS: usize = 8;
/// About how wide a letter is and how high a line, in pixels.
const LETTER: (f64, f64) = (6.2, 13.0);
/// Most letters of a name beside an arrow.
const LETTERS: usize = 18;

/// Samples as dots on a square.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Place from the upper left corner in pixels, and class or value.
    pub dots: Vec<(f64, f64, f32)>,
    /// Which sample each dot is, from 0.
    pub of: Vec<usize>,
    /// Where zero lies across, and from the top; `None` beside the square.
    pub zero: (Option<f64>, Option<f64>),
}

/// Dots of `values[_, per]` on a square of `edge` pixels; where there is one column, what is to be predicted lies upwards. Zero is in the middle where they are `centred`. Samples with a
/// gap have no dot.
#[must_use]
pub fn cloud(values: &[f32], per: usize, labels: &[f32], edge: f64, centred: bool) -> Cloud {
    let one = |(row, label): (&[f32], &f32)| {
        let up = row.get(1).unwrap_or(label);
        (f64::from(row[0]), f64::from(*up), *label)
    };
    let drawn = values.chunks_exact(per.max(1)).zip(labels).map(one).enumerate().filter(|(_, (x, y, _))| x.is_finite() && y.is_finite());
    let (of, all): (Vec<usize>, Vec<(f64, f64, f32)>) = drawn.unzip();
    let range = |of: fn(&(f64, f64, f32)) -> f64, centred: bool| {
        let (low, high) = extent(all.iter().map(of), 0.04).unwrap_or((-1.0, 1.0));
        let far = low.abs().max(high.abs());
        if centred { (-far, far) } else { (low, high) }
    };
    let x = Axis::linear(range(|dot| dot.0, centred), MARGIN, edge - MARGIN);
    let y = Axis::linear(range(|dot| dot.1, centred && per > 1), edge - MARGIN, MARGIN);
    let within = |axis: &Axis| (axis.range().0 <= 0.0 && axis.range().1 >= 0.0).then(|| axis.at(0.0));
    Cloud { dots: all.iter().map(|(a, b, label)| (x.at(*a), y.at(*b), *label)).collect(), of, zero: (within(&x), within(&y)) }
}

/// A column as an arrow from the middle.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Its name, cut short.
    pub name: String,
    /// Where it ends, in pixels.
    pub tip: (f64, f64),
    /// Where the name begins, and its middle from the top; `None` where another name is there already.
    pub label: Option<(f64, f64)>,
}

/// How far from the middle an arrow ends whose column correlates by 1, in pixels.
#[must_use]
pub fn reach(edge: f64) -> f64 {
    edge / 2.0 - MARGIN
}

/// The longest arrows of a view on a square of `edge` pixels, the longest first; none for a step without directions.
#[must_use]
pub fn arrows(view: &FeatureView, edge: f64) -> Vec<Arrow> {
    let loadings = view.loadings.to_vec();
    let pairs: Vec<[f64; 2]> = loadings.as_chunks::<2>().0.iter().map(|pair| pair.map(f64::from)).collect();
    let length = |at: usize| pairs[at][0] * pairs[at][0] + pairs[at][1] * pairs[at][1];
    let mut longest: Vec<usize> = (0..pairs.len().min(view.names.len())).collect();
    order::sort(&mut longest, &|a, b| length(b).total_cmp(&length(a)));
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let place = |at: usize| {
        let (name, [a, b]) = (&view.names[at], pairs[at]);
        let name: String =
            if name.chars().count() > LETTERS { name.chars().take(LETTERS - 1).chain(['…']).collect() } else { name.clone() };
        let tip = (edge / 2.0 + a * reach(edge), edge / 2.0 - b * reach(edge));
        let wide = name.chars().count() as f64 * LETTER.0;
        let left = if a < 0.0 { tip.0 - wide - 3.0 } else { tip.0 + 3.0 };
        let left = left.clamp(2.0, (edge - wide - 2.0).max(2.0));
        let middle = (tip.1 + if b < 0.0 { 6.0 } else { -6.0 }).clamp(LETTER.1 / 2.0, (edge - LETTER.1 / 2.0).max(LETTER.1 / 2.0));
        let free = taken.iter().all(|(l, m, w)| left + wide < *l || l + w < left || (middle - m).abs() >= LETTER.1);
        if free {
            taken.push((left, middle, wide));
        }
        Arrow { name, tip, label: free.then_some((left, middle)) }
    };
    longest.into_iter().take(ARROWS).map(place).collect()
}

/// Each column with its loadings, in two digits behind the point.
#[must_use]
pub fn rows(view: &FeatureView) -> Vec<(String, [String; 2])> {
    let loadings = view.loadings.to_vec();
    let digits = |v: f32| format::number((f64::from(v) * 100.0).round() / 100.0);
    view.names.iter().zip(loadings.as_chunks::<2>().0).map(|(name, pair)| (name.clone(), pair.map(digits))).collect()
}

/// Name of a step of the view, by its place.
#[must_use]
pub fn step_name(key: &str) -> &str {
    features::LISTING.find(key).map_or(key, |entry| entry.label)
}

/// What both drawings show: "PCA, 30 test samples".
#[must_use]
pub fn words(view: &FeatureView) -> String {
    let step = view.steps.get(view.step).map_or("", |key| step_name(key));
    let seen = view.labels.len();
    let all = format::count(view.total as u64);
    if seen < view.total { format!("{step}, the first {seen} of {all} test samples") } else { format!("{step}, {all} test samples") }
}

/// What lies across and upwards before the step, and behind it; upwards `target` where there is one column.
#[must_use]
pub fn axes(view: &FeatureView, target: &str) -> [[String; 2]; 2] {
    let name = |at: usize| view.names.get(at).cloned().unwrap_or_default();
    let made = |at: usize| view.made.get(at).cloned().unwrap_or_else(|| target.into());
    [[name(view.columns.0), name(view.columns.1)], [made(0), made(1)]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::F32s;

    fn view(names: &[&str], loadings: &[f32]) -> FeatureView {
        FeatureView {
            steps: vec!["scale".into(), "pca".into()],
            step: 1,
            names: names.iter().map(|n| (*n).into()).collect(),
            columns: (0, 1),
            made: vec!["PC 1".into(), "PC 2".into()],
            before: F32s::default(),
            after: F32s::default(),
            labels: F32s::from(&[0.0, 1.0][..]),
            total: 2,
            loadings: F32s::from(loadings),
            lasso: None,
        }
    }

    #[test]
    fn dots_lie_within_the_square_and_gaps_have_none() {
        let values = [1.0, 2.0, f32::NAN, 0.0, 3.0, -4.0];
        let found = cloud(&values, 2, &[0.0, 1.0, 2.0], 100.0, false);
        assert_eq!(found.dots.iter().map(|d| d.2).collect::<Vec<_>>(), [0.0, 2.0]);
        assert!(found.dots.iter().all(|(x, y, _)| (10.0..=90.0).contains(x) && (10.0..=90.0).contains(y)));
        assert!(found.dots[0].0 < found.dots[1].0 && found.dots[0].1 < found.dots[1].1, "upwards is less from the top");
        assert!(found.zero.0.is_none() && found.zero.1.is_some());
        assert_eq!(cloud(&values, 2, &[0.0; 3], 100.0, true).zero, (Some(50.0), Some(50.0)));
        // One column: what is to be predicted lies upwards.
        let one = cloud(&[1.0, 2.0], 1, &[1.0, 0.0], 100.0, false);
        assert!(one.dots[0].1 < one.dots[1].1);
        assert!(cloud(&[], 2, &[], 100.0, true).dots.is_empty());
    }

    #[test]
    fn arrows_go_where_columns_correlate_and_names_keep_apart() {
        let long = "a column with a very long name";
        let none = view(&["a"], &[]);
        let view = view(&["short", long, "twin", "against"], &[0.1, 0.0, 0.9, 0.1, 0.9, 0.11, -1.0, 0.0]);
        let found = arrows(&view, 200.0);
        assert_eq!(found.iter().map(|a| &a.name[..]).collect::<Vec<_>>(), ["against", "twin", "a column with a v…", "short"]);
        assert_eq!(found[0].tip, (10.0, 100.0));
        assert!(found[1].label.is_some() && found[2].label.is_none(), "{found:?}");
        for arrow in &found {
            let Some((left, _)) = arrow.label else { continue };
            assert!(left >= 0.0 && left + arrow.name.chars().count() as f64 * LETTER.0 <= 200.0, "{arrow:?}");
        }
        assert_eq!(rows(&view)[2], ("twin".into(), ["0.9".into(), "0.11".into()]));
        assert_eq!(words(&view), "PCA, 2 test samples");
        assert!(arrows(&none, 200.0).is_empty());
        assert_eq!(arrows(&view, 0.0).len(), 4, "before there is room");
    }

    #[test]
    fn where_one_column_is_made_the_target_lies_upwards() {
        let mut view = view(&["a", "b"], &[]);
        assert_eq!(axes(&view, "class"), [["a", "b"].map(String::from), ["PC 1", "PC 2"].map(String::from)]);
        view.made.pop();
        assert_eq!(axes(&view, "class")[1][1], "class");
        view.total = 900;
        assert_eq!(words(&view), "PCA, the first 2 of 900 test samples");
    }
}
