//! Two-dimensional sets, made up: small enough to watch a network learn them. One file each.

mod circle;
mod gaussians;
mod hills;
mod moons;
mod plane;
mod rings;
mod spiral;
mod xor;

use super::{Dataset, Samples, Task, split::held_out};
use crate::engine::{
    catalog::{Pick, catalog},
    error::SpecError,
    params::{ParamSpec, Scale, Values},
    rng::Rng,
    shape::Shape,
};

/// Makes a generator from checked values.
pub type Build = fn(&Values) -> Box<dyn Generator>;

catalog! {
    /// Every generator, in the order of the page's menu.
    Build, kind: "data set", field: "data", [
        circle::ENTRY,
        xor::ENTRY,
        gaussians::ENTRY,
        spiral::ENTRY,
        moons::ENTRY,
        rings::ENTRY,
        plane::ENTRY,
        hills::ENTRY,
    ]
}

/// Settings of all generators.
const PARAMS: &[ParamSpec] = &[POINTS, NOISE, BALANCE];
/// Settings of generators without classes.
const REGRESSION_PARAMS: &[ParamSpec] = &[POINTS, NOISE];

const POINTS: ParamSpec = ParamSpec {
    key: "n",
    label: "Points",
    range: (20.0, 5000.0),
    scale: Scale::Integer,
    default: 500.0,
    help: teach!(
        "How many points are made, training and test together. Few points are learned by heart easily, which is called overfitting."
    ),
    ..ParamSpec::NEW
};
const NOISE: ParamSpec = ParamSpec {
    key: "noise",
    label: "Noise",
    range: (0.0, 0.5),
    default: 0.1,
    help: teach!(
        "How far points stray from their true place, as a share of the whole. With noise no model can be right everywhere, and one that tries overfits."
    ),
    ..ParamSpec::NEW
};
const BALANCE: ParamSpec = ParamSpec {
    key: "balance",
    label: "First class",
    range: (0.1, 0.9),
    default: 0.5,
    help: teach!(
        "Share of points that belong to the first class (the others share the rest). Accuracy flatters a model that always says the larger class."
    ),
    ..ParamSpec::NEW
};

/// Radius within which points lie.
const RADIUS: f32 = 5.0;

/// A rule that draws points of the plane.
pub trait Generator {
    /// Class names; none for a regression.
    fn classes(&self) -> &'static [&'static str];

    /// A point `(x, y)` and its class (as a number) or its value. `class` is the class it is to have (0 for a regression),
    /// `t` in 0 to 1 the place along the shape, `noise` the setting.
    fn point(&self, class: usize, t: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32);
}

/// Stream of the seed from which points are drawn.
const STREAM: u64 = 3 << 32;

/// Draws a set, shuffled and split class by class. Errors: settings out of range.
pub fn dataset(pick: &Pick, test_share: f64, seed: u64) -> Result<Dataset, SpecError> {
    let (entry, values) = CATALOG.resolve(pick)?;
    let generator = (entry.build)(&values);
    let classes = generator.classes();
    let n = values.usize(&POINTS);
    let noise = values.f32(&NOISE);
    let first = if classes.is_empty() { n } else { ((n as f64 * values.get(&BALANCE)).round() as usize).clamp(1, n - 1) };
    let mut rng = Rng::new(seed, STREAM);
    let mut points: Vec<_> = (0..n)
        .map(|i| {
            let (class, t) = place(i, n, first, classes.len());
            generator.point(class, t, noise, &mut rng)
        })
        .collect();
    rng.shuffle(&mut points);
    let labels: Vec<u32> = if classes.is_empty() { Vec::new() } else { points.iter().map(|(_, class)| *class as u32).collect() };
    let held = held_out(&labels, n, test_share);
    let part = |test: bool| samples(points.iter().zip(&held).filter(|(_, held)| **held == test).map(|(p, _)| *p), classes.is_empty());
    Ok(Dataset {
        pipeline: None,
        key: pick.key.clone(),
        name: entry.label.into(),
        shape: Shape(vec![2]),
        task: if classes.is_empty() {
            Task::Value { name: "value".into(), shift: 0.0, scale: 1.0 }
        } else {
            Task::Classes(classes.iter().map(ToString::to_string).collect())
        },
        features: vec!["x₁".into(), "x₂".into()],
        scaling: vec![(0.0, 1.0); 2],
        train: part(false),
        validation: Samples::default(),
        test: part(true),
    })
}

/// Class of point `i` of `n`, of which the first `first` are of class 0, and its place among its class, 0 to 1.
fn place(i: usize, n: usize, first: usize, classes: usize) -> (usize, f32) {
    if i < first {
        return (0, i as f32 / first as f32);
    }
    let others = classes - 1;
    let rest = n - first;
    let j = i - first;
    (1 + j % others, (j / others) as f32 / rest.div_ceil(others) as f32)
}

fn samples(points: impl Iterator<Item = ([f32; 2], f32)>, regression: bool) -> Samples {
    let mut all = Samples::default();
    for (xy, label) in points {
        all.len += 1;
        all.inputs.extend(xy);
        if regression {
            all.values.push(label);
        } else {
            all.classes.push(label as u32);
        }
    }
    all
}

/// A point of a disc, evenly.
fn disc(inner: f32, outer: f32, rng: &mut Rng) -> [f32; 2] {
    let r = rng.range(inner, outer);
    let angle = rng.range(0.0, core::f32::consts::TAU);
    [r * libm::sinf(angle), r * libm::cosf(angle)]
}

/// Moves a point by `noise · RADIUS / 2` in each direction at most.
fn jitter([x, y]: [f32; 2], noise: f32, rng: &mut Rng) -> [f32; 2] {
    let d = noise * RADIUS / 2.0;
    [x + rng.range(-d, d), y + rng.range(-d, d)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_whole_and_repeats_itself() {
        for entry in CATALOG.entries {
            let pick = Pick::new(entry.key).with("n", 301.0);
            let data = dataset(&pick, 0.4, 7).unwrap();
            assert_eq!((data.train.len, data.test.len), (181, 120), "{}", entry.key);
            assert_eq!(data.train.inputs, dataset(&pick, 0.4, 7).unwrap().train.inputs);
            assert_ne!(data.train.inputs, dataset(&pick, 0.4, 8).unwrap().train.inputs);
            assert!(data.train.inputs.iter().all(|v| v.is_finite() && v.abs() < 2.0 * RADIUS));
            let outputs = data.task.outputs() as u32;
            assert!(data.train.classes.iter().all(|c| *c < outputs));
            if !data.train.classes.is_empty() {
                assert!((0..outputs).all(|c| data.train.classes.contains(&c)), "{}: every class occurs", entry.key);
            }
        }
    }

    #[test]
    fn balance_is_kept() {
        let data = dataset(&Pick::new("circle").with("n", 1000.0).with("balance", 0.8), 0.5, 1).unwrap();
        let first = [&data.train, &data.test].iter().flat_map(|s| &s.classes).filter(|c| **c == 0).count();
        assert_eq!(first, 800);
    }
}
