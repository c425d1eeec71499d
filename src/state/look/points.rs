//! Points of the plane, and predictions against what is true.

use crate::protocol::{DataReport, Sample};

/// A sample of two-dimensional data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// First coordinate.
    pub x: f32,
    /// Second coordinate.
    pub y: f32,
    /// Class, or value.
    pub label: f32,
    /// Whether it is held out for testing.
    pub test: bool,
}

/// Shapes of marks, in the order of the classes: a class is told by its shape as well as by its colour.
const SHAPES: [&[(f64, f64)]; 6] = [
    &[],
    &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    &[(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
    &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    &[(0.0, 1.25), (1.15, -0.85), (-1.15, -0.85)],
    &[
        (-0.4, -1.2),
        (0.4, -1.2),
        (0.4, -0.4),
        (1.2, -0.4),
        (1.2, 0.4),
        (0.4, 0.4),
        (0.4, 1.2),
        (-0.4, 1.2),
        (-0.4, 0.4),
        (-1.2, 0.4),
        (-1.2, -0.4),
        (-0.4, -0.4),
    ],
];

/// Corners of the mark of `class`, around the origin, for a radius of 1, y downwards; none for a circle.
#[must_use]
pub fn mark(class: usize) -> &'static [(f64, f64)] {
    SHAPES[class % SHAPES.len()]
}

/// The points of two-dimensional data; empty for other data.
#[must_use]
pub fn points(data: &DataReport) -> Vec<Point> {
    let values = data.points.to_vec();
    values.as_chunks::<4>().0.iter().map(|p| Point { x: p[0], y: p[1], label: p[2], test: p[3] == 1.0 }).collect()
}

/// A regression's sample: what is true, and what both models say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// Index among the test samples.
    pub index: usize,
    /// What is true.
    pub actual: f64,
    /// By the fp32 model.
    pub baseline: f64,
    /// By the optimized model.
    pub optimized: f64,
}

/// Predictions against what is true; samples without finite numbers are left out.
#[must_use]
pub fn residuals(samples: &[Sample]) -> Vec<Residual> {
    let one = |s: &Sample| {
        let (baseline, optimized) = (*s.baseline.first()?, *s.optimized.first()?);
        let all = Residual { index: s.index, actual: f64::from(s.actual), baseline: f64::from(baseline), optimized: f64::from(optimized) };
        (all.actual.is_finite() && all.baseline.is_finite() && all.optimized.is_finite()).then_some(all)
    };
    samples.iter().filter_map(one).collect()
}

/// What both models make of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both are right.
    BothRight,
    /// Both say the same, and are wrong.
    BothWrong,
    /// Compression broke it: the baseline is right.
    Lost,
    /// Compression mended it: the optimized model is right.
    Won,
    /// Both are wrong, each in its own way.
    Apart,
}

impl Verdict {
    /// Of a sample of a classification.
    #[must_use]
    pub fn of(sample: &Sample) -> Self {
        let class = |outputs: &[f32]| super::digit::top(outputs).map(|t| t.0);
        let actual = Some(sample.actual.max(0.0) as usize);
        let (baseline, optimized) = (class(&sample.baseline), class(&sample.optimized));
        match (baseline == actual, optimized == actual) {
            (true, true) => Self::BothRight,
            (true, false) => Self::Lost,
            (false, true) => Self::Won,
            (false, false) if baseline == optimized => Self::BothWrong,
            (false, false) => Self::Apart,
        }
    }

    /// Whether the models disagree.
    #[must_use]
    pub fn disagree(self) -> bool {
        matches!(self, Self::Lost | Self::Won | Self::Apart)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::BothRight => "both right",
            Self::BothWrong => "both wrong",
            Self::Lost => "lost by compression",
            Self::Won => "won by compression",
            Self::Apart => "both wrong, differently",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::F32s;

    fn sample(actual: f32, baseline: &[f32], optimized: &[f32]) -> Sample {
        Sample { index: 0, input: F32s::default(), actual, baseline: baseline.to_vec(), optimized: optimized.to_vec() }
    }

    #[test]
    fn verdicts_say_who_is_right() {
        let (zero, one, two) = ([0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]);
        let cases = [
            (&zero, &zero, Verdict::BothRight),
            (&one, &one, Verdict::BothWrong),
            (&zero, &one, Verdict::Lost),
            (&one, &zero, Verdict::Won),
            (&one, &two, Verdict::Apart),
        ];
        for (baseline, optimized, want) in cases {
            let got = Verdict::of(&sample(0.0, baseline, optimized));
            assert_eq!(got, want);
            assert_eq!(got.disagree(), baseline != optimized);
        }
        assert_eq!(Verdict::of(&sample(0.0, &[f32::NAN], &[f32::NAN])), Verdict::BothWrong, "no number is no answer");
    }

    #[test]
    fn residuals_leave_out_what_is_no_number() {
        let samples = [sample(1.0, &[1.5], &[0.0]), sample(1.0, &[f32::NAN], &[0.0]), sample(2.0, &[2.5], &[2.0]), sample(1.0, &[], &[])];
        let residuals = residuals(&samples);
        assert_eq!(residuals.len(), 2);
        assert_eq!((residuals[0].actual, residuals[1].baseline, residuals[1].optimized), (1.0, 2.5, 2.0));
    }

    #[test]
    fn classes_have_marks_of_their_own_of_about_one_size() {
        let shapes: Vec<_> = (0..6).map(mark).collect();
        for (i, shape) in shapes.iter().enumerate() {
            assert!(shapes[..i].iter().all(|s| s != shape), "class {i}");
            // Twice the area, by the corners in turn; a circle's is 2π.
            let next = |j: usize| shape[(j + 1) % shape.len()];
            let area: f64 = shape.iter().enumerate().map(|(j, a)| a.0 * next(j).1 - next(j).0 * a.1).sum();
            assert!(i == 0 || (4.0..7.0).contains(&area.abs()), "class {i}: {area}");
        }
    }

    #[test]
    fn points_are_read_in_fours() {
        let mut data = DataReport {
            explained: vec![],
            key: String::new(),
            name: String::new(),
            classes: Vec::new(),
            target: String::new(),
            shape: vec![2],
            features: Vec::new(),
            train: 1,
            validation: 0,
            test: 1,
            points: F32s::from(&[0.1, 0.2, 1.0, 0.0, -0.3, 0.4, 0.0, 1.0, 9.0][..]),
            baselines: Vec::new(),
        };
        let all = points(&data);
        assert_eq!(all.len(), 2);
        assert!(!all[0].test && all[1].test && all[1].x == -0.3);
        data.points = F32s::default();
        assert!(points(&data).is_empty());
    }
}
