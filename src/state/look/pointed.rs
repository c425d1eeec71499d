//! What is pointed at in a drawing, in words: a place of the plane, a sample of a regression, a sample around a feature step.

use super::{arrow::Way, points::Residual, sight::Cloud};
use crate::{
    order,
    protocol::{DataReport, FeatureView},
    state::{Prediction, format},
};

/// How far from the pointer a mark may be, in pixels.
const REACH: f64 = 24.0;
/// Classes of a model that are named.
const CLASSES: usize = 2;

/// Which of these places, in pixels, is the nearest to the pointer; `None` where all are far from it.
#[must_use]
pub fn nearest(places: impl IntoIterator<Item = (usize, f64, f64)>, (x, y): (f64, f64)) -> Option<usize> {
    let far = |(_, px, py): &(usize, f64, f64)| (px - x) * (px - x) + (py - y) * (py - y);
    places.into_iter().filter(|p| far(p) <= REACH * REACH).min_by(|a, b| far(a).total_cmp(&far(b))).map(|p| p.0)
}

/// The one of `order` after `at`, or before it, as the way goes; the first to begin with, and the ends stay.
#[must_use]
pub fn step(order: &[usize], at: Option<usize>, way: Way) -> Option<usize> {
    let Some(place) = at.and_then(|at| order.iter().position(|other| *other == at)) else { return order.first().copied() };
    let next = if way.is_on() { place + 1 } else { place.saturating_sub(1) };
    order.get(next.min(order.len() - 1)).copied()
}

/// Where an arrow key leads on a square of the plane that reaches from −`extent` to `extent`, a twentieth of an edge at a time.
#[must_use]
pub fn walked([x, y]: [f32; 2], way: Way, extent: f32) -> [f32; 2] {
    let by = extent / 10.0;
    let (dx, dy) = match way {
        Way::Left => (-by, 0.0),
        Way::Right => (by, 0.0),
        Way::Up => (0.0, by),
        Way::Down => (0.0, -by),
    };
    [x + dx, y + dy].map(|v| v.clamp(-extent, extent))
}

/// A place of the plane and what both models say there: "x₁ 0.5, x₂ -1.2: baseline B at 93 %, A at 7 %; optimized B at 90 %, A at 10 %".
#[must_use]
pub fn of_plane(data: &DataReport, place: [f32; 2], said: Option<&Prediction>) -> String {
    // Of features made of points the inputs are not the places.
    let name = |at: usize| match &data.features[..] {
        names @ [_, _] => names[at].clone(),
        _ => ["x₁", "x₂"][at].into(),
    };
    let model = |outputs: &[f32]| match &data.classes[..] {
        [] => outputs.first().map_or_else(|| "–".into(), |v| number(f64::from(*v))),
        classes => {
            let mut places: Vec<usize> = (0..outputs.len().min(classes.len())).collect();
            order::sort(&mut places, &|a, b| outputs[b].total_cmp(&outputs[a]));
            let shown = places.iter().take(CLASSES).map(|at| format!("{} at {}", classes[*at], format::percent0(f64::from(outputs[*at]))));
            shown.collect::<Vec<_>>().join(", ")
        }
    };
    let models = said.map_or_else(String::new, |p| format!(": baseline {}; optimized {}", model(&p.baseline), model(&p.optimized)));
    format!("{} {}, {} {}{models}", name(0), number(f64::from(place[0])), name(1), number(f64::from(place[1])))
}

/// A sample of a regression, with residuals in brackets: what is true less what was said, as scikit-learn has them. Short, since its line must not grow under the pointer.
#[must_use]
pub fn of_residual(r: &Residual) -> String {
    let model = |said: f64| format!("{} ({})", number(said), number(r.actual - said));
    format!("Sample {}, true {}: baseline {}, optimized {}", r.index, number(r.actual), model(r.baseline), model(r.optimized))
}

/// Places of residuals in the order of what is true.
#[must_use]
pub fn by_truth(all: &[Residual]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..all.len()).collect();
    order::sort(&mut places, &|a, b| all[a].actual.total_cmp(&all[b].actual));
    places
}

/// The samples that a cloud has a dot for, from the left to the right.
#[must_use]
pub fn across(cloud: &Cloud) -> Vec<usize> {
    let mut places: Vec<usize> = (0..cloud.dots.len()).collect();
    order::sort(&mut places, &|a, b| cloud.dots[a].0.total_cmp(&cloud.dots[b].0));
    places.into_iter().filter_map(|at| cloud.of.get(at).copied()).collect()
}

/// A row of the table behind the samples of a step: its number, the two columns before it, those behind it, and its class or what is predicted of it.
#[must_use]
pub fn row(view: &FeatureView, classes: &[String], at: usize) -> Option<[String; 6]> {
    let (before, after, labels) = (view.before.to_vec(), view.after.to_vec(), view.labels.to_vec());
    let made = view.made.len();
    let label = *labels.get(at)?;
    let [x, y] = *before.as_chunks::<2>().0.get(at)?;
    let cell = |v: f32| if v.is_finite() { number(f64::from(v)) } else { "–".into() };
    let behind = |i: usize| if i < made { after.get(at * made + i).map_or_else(|| "–".into(), |v| cell(*v)) } else { "–".into() };
    let name = classes.get(label.max(0.0) as usize).cloned().unwrap_or_else(|| number(f64::from(label)));
    Some([at.to_string(), cell(x), cell(y), behind(0), behind(1), name])
}

/// A sample around a step: "Sample 3, versicolor: petal length 0.42, petal width 0.3; behind it PC 1 0.51, PC 2 −0.1".
#[must_use]
pub fn of_step(view: &FeatureView, classes: &[String], at: usize) -> Option<String> {
    let [sample, x, y, a, b, label] = row(view, classes, at)?;
    let name = |at: usize| view.names.get(at).map_or("", |n| n);
    let what = if classes.is_empty() { format!("predict {label}") } else { label };
    let before = format!("{} {x}, {} {y}", name(view.columns.0), name(view.columns.1));
    let behind: Vec<String> = view.made.iter().zip([a, b]).map(|(name, v)| format!("{name} {v}")).collect();
    Some(format!("Sample {sample}, {what}: {before}; behind it {}", behind.join(", ")))
}

/// Three digits behind the point are more than can be seen.
fn number(v: f64) -> String {
    format::number((v * 1e3).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{protocol::F32s, state::look::sight::cloud};

    #[test]
    fn what_is_far_from_the_pointer_is_not_pointed_at() {
        let places = [(7, 10.0, 10.0), (9, 20.0, 10.0)];
        assert_eq!(nearest(places, (16.0, 10.0)), Some(9));
        assert_eq!(nearest(places, (12.0, 12.0)), Some(7));
        assert_eq!(nearest(places, (60.0, 10.0)), None);
    }

    #[test]
    fn keys_walk_samples_and_the_plane() {
        let order = [4, 2, 8];
        let (on, back) = (Way::Right, Way::Up);
        assert_eq!((step(&order, None, on), step(&order, Some(5), back), step(&[], None, on)), (Some(4), Some(4), None));
        assert_eq!((step(&order, Some(4), on), step(&order, Some(4), back), step(&order, Some(8), on)), (Some(2), Some(4), Some(8)));
        assert_eq!(walked([0.0, 0.0], Way::Up, 2.0), [0.0, 0.2]);
        assert_eq!(walked([2.0, 0.0], Way::Right, 2.0), [2.0, 0.0], "the map ends there");
    }

    #[test]
    fn a_place_is_told_with_what_both_models_say() {
        let mut data = DataReport {
            explained: vec![],
            key: String::new(),
            name: String::new(),
            classes: ["a", "b", "c"].map(String::from).into(),
            target: String::new(),
            shape: vec![2],
            features: ["PC 1", "PC 2"].map(String::from).into(),
            train: 1,
            validation: 0,
            test: 1,
            points: F32s::default(),
            baselines: Vec::new(),
        };
        let said = Prediction { ask: 1, baseline: vec![0.1, 0.7, 0.2], optimized: vec![0.0, 1.0, 0.0] };
        let words = of_plane(&data, [0.5, -1.25], Some(&said)).replace('\u{a0}', " ");
        assert_eq!(words, "PC 1 0.5, PC 2 -1.25: baseline b at 70 %, c at 20 %; optimized b at 100 %, a at 0 %");
        (data.classes, data.features) = (Vec::new(), vec!["x₁".into(); 5]);
        assert_eq!(of_plane(&data, [0.0, 1.0], Some(&said)), "x₁ 0, x₂ 1: baseline 0.1; optimized 0");
        assert_eq!(of_plane(&data, [0.0, 1.0], None), "x₁ 0, x₂ 1");
    }

    #[test]
    fn residuals_are_what_is_true_less_what_was_said() {
        let all = [(0, 3.0, 2.5, 4.0), (5, 1.0, 1.0, 1.25)].map(|(index, actual, baseline, optimized)| Residual {
            index,
            actual,
            baseline,
            optimized,
        });
        assert_eq!(of_residual(&all[0]), "Sample 0, true 3: baseline 2.5 (0.5), optimized 4 (-1)");
        assert_eq!(by_truth(&all), [1, 0]);
    }

    #[test]
    fn a_sample_is_told_on_both_sides_of_a_step() {
        let view = FeatureView {
            steps: vec!["pca".into()],
            step: 0,
            names: ["length", "width"].map(String::from).into(),
            columns: (1, 0),
            made: vec!["PC 1".into()],
            before: F32s::from(&[0.5, 1.0, f32::NAN, 2.0, -1.0, 0.0][..]),
            after: F32s::from(&[3.0, 4.0, 5.0][..]),
            labels: F32s::from(&[1.0, 0.0, 1.0][..]),
            total: 3,
            loadings: F32s::default(),
            lasso: None,
        };
        let classes = ["short", "long"].map(String::from);
        assert_eq!(of_step(&view, &classes, 0).unwrap(), "Sample 0, long: width 0.5, length 1; behind it PC 1 3");
        assert_eq!(of_step(&view, &[], 1).unwrap(), "Sample 1, predict 0: width –, length 2; behind it PC 1 4");
        assert_eq!(row(&view, &classes, 2).unwrap(), ["2", "-1", "0", "5", "–", "long"].map(String::from));
        assert!(row(&view, &classes, 3).is_none());
        // What has a gap has no dot before the step, and is not walked to.
        let cloud = cloud(&view.before.to_vec(), 2, &view.labels.to_vec(), 100.0, false);
        assert_eq!((&cloud.of[..], across(&cloud)), (&[0, 2][..], vec![2, 0]));
    }
}
