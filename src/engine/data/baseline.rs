//! What simple methods reach on the same split: something to beat.
//!
//! For bundled files, scikit-learn's scores are on record (`public/data/index.json`, measured by `tools/data/`). Generated points
//! are new with every setting and seed, so their methods are fitted and judged on the spot.

use super::{Dataset, Samples, Task};

/// A method's score on the test samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// The method, as scikit-learn names it.
    pub model: &'static str,
    /// Accuracy, or R² for regression.
    pub score: f64,
}

const fn scored(model: &'static str, score: f64) -> Baseline {
    Baseline { model, score }
}

/// The linear method of each bundled file, as `public/data/index.json` has it.
pub const RECORDED: &[(&str, Baseline)] = &[
    ("mnist10k", scored("Logistic regression", 0.9035)),
    ("fashion12k", scored("Logistic regression", 0.8305)),
    ("digits", scored("Logistic regression", 0.9611)),
    ("iris", scored("Logistic regression", 0.9667)),
    ("wine", scored("Logistic regression", 0.8889)),
    ("breast-cancer", scored("Logistic regression", 0.9561)),
    ("diabetes", scored("Ridge regression", 0.4619)),
    ("penguins", scored("Logistic regression", 1.0)),
    ("titanic", scored("Logistic regression", 0.7595)),
    ("german-credit", scored("Logistic regression", 0.7)),
    ("auto-mpg", scored("Ridge regression", 0.8569)),
    ("flights", scored("Ridge regression", -0.0195)),
    ("japanese-vowels", scored("Logistic regression", 0.9784)),
    ("sunspots", scored("Ridge regression", 0.8604)),
    ("co2", scored("Ridge regression", 0.9944)),
    ("nile", scored("Ridge regression", 0.0903)),
    ("seattle", scored("Ridge regression", 0.8514)),
    ("airline", scored("Ridge regression", 0.9456)),
    ("sonnets", scored("Bigram model", 0.2687)),
];

/// Neighbours that are asked.
const NEIGHBOURS: usize = 5;

/// Most pairs of points between which distances are taken.
const MAX_PAIRS: usize = 10_000_000;

/// The recorded score of a file.
#[must_use]
pub fn recorded(data: &Dataset) -> Option<Baseline> {
    RECORDED.iter().find(|(key, _)| *key == data.key).map(|(_, recorded)| recorded.clone())
}

/// What is known of `data`, the linear method first: the recorded score of a file; of generated points, linear discriminant
/// analysis or linear regression, and the five nearest neighbours; of other tables, or those with gaps, with classes, what always saying the most frequent one reaches. Empty where
/// nothing is. Data that are not `whole` are no longer those that a score is on record for.
#[must_use]
pub fn baselines(data: &Dataset, whole: bool) -> Vec<Baseline> {
    if let Some(recorded) = recorded(data).filter(|_| whole) {
        return vec![recorded];
    }
    if data.train.len < NEIGHBOURS || data.test.len == 0 {
        return Vec::new();
    }
    if data.shape.0 != [2] || data.has_gaps() {
        return most_frequent(data).into_iter().collect();
    }
    let linear = match &data.task {
        Task::Classes(names) => discriminant(data, names.len()),
        Task::Value { .. } => least_squares(data),
    };
    let near = (data.train.len * data.test.len <= MAX_PAIRS).then(|| neighbours(data));
    linear.into_iter().chain(near).collect()
}

/// The class that most of the training samples have, said of every test sample. `None` for a regression, where the mean has an R² of about 0.
fn most_frequent(data: &Dataset) -> Option<Baseline> {
    let count = |samples: &Samples, class: usize| samples.classes.iter().filter(|c| **c as usize == class).count();
    let Task::Classes(names) = &data.task else { return None };
    let best = (0..names.len()).fold(0, |best, c| if count(&data.train, c) > count(&data.train, best) { c } else { best });
    Some(scored("Most frequent class", count(&data.test, best) as f64 / data.test.len as f64))
}

/// Linear discriminant analysis: `argmax_c xᵀ Σ⁻¹ μ_c − ½ μ_cᵀ Σ⁻¹ μ_c + ln π_c`, with the covariance Σ pooled over the classes.
/// `None` where all points of each class lie on one line.
fn discriminant(data: &Dataset, classes: usize) -> Option<Baseline> {
    let class = |i: usize| data.train.classes[i] as usize;
    let mut means = vec![[0.0; 2]; classes];
    let mut counts = vec![0.0; classes];
    for (i, p) in points(&data.train).enumerate() {
        counts[class(i)] += 1.0;
        (means[class(i)][0], means[class(i)][1]) = (means[class(i)][0] + p[0], means[class(i)][1] + p[1]);
    }
    for (mean, count) in means.iter_mut().zip(&counts) {
        *mean = mean.map(|sum| if *count > 0.0 { sum / count } else { 0.0 });
    }
    let inverse = inverse(spread(points(&data.train).enumerate().map(|(i, p)| [p[0] - means[class(i)][0], p[1] - means[class(i)][1]])))?;
    let total: f64 = counts.iter().sum();
    let rule = |c: usize| {
        let [a, b] = times(inverse, means[c]);
        (a, b, libm::log(counts[c] / total) - 0.5 * (a * means[c][0] + b * means[c][1]))
    };
    let rules: Vec<_> = (0..classes).map(rule).collect();
    let guess = |p: [f64; 2]| {
        let score = |c: usize| rules[c].0 * p[0] + rules[c].1 * p[1] + rules[c].2;
        (0..classes).fold(0, |best, c| if score(c) > score(best) { c } else { best })
    };
    Some(scored("Linear discriminant analysis", accuracy(data, guess)))
}

/// Linear regression by least squares. `None` where all points lie on one line.
fn least_squares(data: &Dataset) -> Option<Baseline> {
    let n = data.train.len as f64;
    let values = || data.train.values.iter().map(|v| f64::from(*v));
    let mean = points(&data.train).fold([0.0; 2], |m, p| [m[0] + p[0] / n, m[1] + p[1] / n]);
    let middle = values().sum::<f64>() / n;
    let centred = || points(&data.train).map(|p| [p[0] - mean[0], p[1] - mean[1]]);
    let inverse = inverse(spread(centred()))?;
    let along = centred().zip(values()).fold([0.0; 2], |s, (p, v)| [s[0] + p[0] * (v - middle) / n, s[1] + p[1] * (v - middle) / n]);
    let [a, b] = times(inverse, along);
    Some(scored("Linear regression", r2(data, |p| middle + a * (p[0] - mean[0]) + b * (p[1] - mean[1]))))
}

/// The class that most of the nearest training points have (the first of several), or the mean of their values.
fn neighbours(data: &Dataset) -> Baseline {
    let nearest = |p: [f64; 2]| {
        let mut near = [(f64::INFINITY, 0); NEIGHBOURS];
        for (i, q) in points(&data.train).enumerate() {
            let distance = (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]);
            if distance < near[NEIGHBOURS - 1].0 {
                let at = near.iter().take_while(|n| n.0 <= distance).count();
                near[at..].rotate_right(1);
                near[at] = (distance, i);
            }
        }
        near.map(|(_, i)| i)
    };
    let score = match &data.task {
        Task::Classes(names) => accuracy(data, |p| {
            let mut votes = vec![0; names.len()];
            nearest(p).iter().for_each(|i| votes[data.train.classes[*i] as usize] += 1);
            (0..votes.len()).fold(0, |best, c| if votes[c] > votes[best] { c } else { best })
        }),
        Task::Value { .. } => r2(data, |p| nearest(p).iter().map(|i| f64::from(data.train.values[*i])).sum::<f64>() / NEIGHBOURS as f64),
    };
    scored("k-nearest neighbours (k = 5)", score)
}

fn points(samples: &Samples) -> impl Iterator<Item = [f64; 2]> + '_ {
    samples.inputs.as_chunks::<2>().0.iter().map(|p| p.map(f64::from))
}

/// Mean of `p pᵀ`: `[xx, xy, yy]`.
fn spread(points: impl Iterator<Item = [f64; 2]>) -> [f64; 3] {
    let (sum, n) = points.fold(([0.0; 3], 0.0), |(s, n), [x, y]| ([s[0] + x * x, s[1] + x * y, s[2] + y * y], n + 1.0));
    sum.map(|s| s / n)
}

/// Inverse of a symmetric matrix `[xx, xy, yy]`; `None` where it has next to none.
fn inverse([xx, xy, yy]: [f64; 3]) -> Option<[f64; 3]> {
    let determinant = xx * yy - xy * xy;
    (determinant > 1e-12 * xx * yy && determinant > 0.0).then(|| [yy / determinant, -xy / determinant, xx / determinant])
}

fn times([xx, xy, yy]: [f64; 3], [x, y]: [f64; 2]) -> [f64; 2] {
    [xx * x + xy * y, xy * x + yy * y]
}

/// Share of test points whose class `guess` finds.
fn accuracy(data: &Dataset, guess: impl Fn([f64; 2]) -> usize) -> f64 {
    let hits = points(&data.test).zip(&data.test.classes).filter(|(p, class)| guess(*p) == **class as usize).count();
    hits as f64 / data.test.len as f64
}

/// R² of `guess` on the test points; 0 where all values are equal.
fn r2(data: &Dataset, guess: impl Fn([f64; 2]) -> f64) -> f64 {
    let values = || data.test.values.iter().map(|v| f64::from(*v));
    let mean = values().sum::<f64>() / data.test.len as f64;
    let total: f64 = values().map(|v| (v - mean) * (v - mean)).sum();
    let rest: f64 = points(&data.test).zip(values()).map(|(p, v)| (v - guess(p)) * (v - guess(p))).sum();
    if total > 0.0 { 1.0 - rest / total } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, data::generators};

    fn of(key: &str, noise: f64) -> Vec<Baseline> {
        baselines(&generators::dataset(&Pick::new(key).with("n", 1000.0).with("noise", noise), 0.5, 3).expect("a set"), true)
    }

    #[test]
    fn each_set_is_as_hard_as_it_looks() {
        // Least and most that the linear method and the neighbours may reach.
        for (key, linear, near) in [
            ("gaussians", (0.97, 1.0), (0.97, 1.0)),
            ("circle", (0.3, 0.75), (0.97, 1.0)),
            ("xor", (0.3, 0.7), (0.95, 1.0)),
            ("spiral", (0.4, 0.8), (0.95, 1.0)),
            ("moons", (0.7, 0.95), (0.97, 1.0)),
            ("rings", (0.2, 0.6), (0.95, 1.0)),
            ("plane", (0.95, 1.0), (0.9, 1.0)),
            ("hills", (-0.1, 0.2), (0.85, 1.0)),
        ] {
            let found = of(key, 0.05);
            assert_eq!(found.len(), 2, "{key}");
            for (found, (least, most)) in found.iter().zip([linear, near]) {
                assert!((least..=most).contains(&found.score), "{key}: {found:?}");
            }
        }
    }

    #[test]
    fn a_plane_without_noise_is_fitted_exactly() {
        assert!((of("plane", 0.0)[0].score - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_discriminant_is_that_of_paper_and_pencil() {
        // Two classes of equal size and spread, apart along x alone: the border is half way, x = 2.
        let inputs = vec![-1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, -1.0, 3.0, 0.0, 5.0, 0.0, 4.0, 1.0, 4.0, -1.0];
        let train = Samples { len: 8, inputs, classes: vec![0, 0, 0, 0, 1, 1, 1, 1], values: vec![] };
        let test = Samples { len: 4, inputs: vec![1.9, 9.0, 2.1, -9.0, 1.9, -3.0, 2.1, 3.0], classes: vec![0, 1, 0, 0], values: vec![] };
        let mut data = generators::dataset(&Pick::new("xor"), 0.5, 1).expect("a set");
        (data.train, data.test) = (train, test);
        assert_eq!(discriminant(&data, 2), Some(scored("Linear discriminant analysis", 0.75)));
        data.train.inputs = [0.0, 1.0].repeat(8);
        assert_eq!(discriminant(&data, 2), None, "points that are all one have no spread");
        assert_eq!(baselines(&data, true).len(), 1);
    }
}
