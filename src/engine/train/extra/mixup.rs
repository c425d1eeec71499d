//! Mixtures of two samples.

use std::ops::Range;

use crate::engine::{data::Samples, rng::Rng};

/// How the samples of a mini-batch are mixed (Zhang et al. 2018): each with another one of it, all by the same shares.
#[derive(Default)]
pub struct Mixup {
    /// Share of a sample itself; the rest is its partner's.
    own: f32,
    /// The partner of each, by place in the mini-batch.
    partners: Vec<u32>,
}

impl Mixup {
    /// Draws the share from Beta(α, α), and partners, for a mini-batch of `batch`.
    pub fn draw(&mut self, alpha: f64, batch: usize, rng: &mut Rng) {
        self.own = beta(alpha, rng);
        self.partners.clear();
        self.partners.extend(0..batch as u32);
        rng.shuffle(&mut self.partners);
    }

    /// Place of the partner of the sample at place `at`.
    pub fn partner(&self, at: usize) -> usize {
        self.partners[at] as usize
    }

    /// Mixes `other` into `x`.
    pub fn blend(&self, x: &mut [f32], other: &[f32]) {
        let rest = 1.0 - self.own;
        x.iter_mut().zip(other).for_each(|(x, o)| *x = self.own * *x + rest * o);
    }

    /// Mixes what the samples `order[range]` should give. Of classes, `values` become shares `[b, O]`, and `classes` those of the larger share: true then.
    pub fn targets(
        &self,
        data: &Samples,
        order: &[u32],
        range: Range<usize>,
        (classes, values): (&mut [u32], &mut Vec<f32>),
        outputs: usize,
    ) -> bool {
        let rest = 1.0 - self.own;
        let other = |at: usize| order[self.partner(at)] as usize;
        if classes.is_empty() {
            for (at, y) in range.zip(values) {
                *y = self.own * *y + rest * data.values[other(at)];
            }
            return false;
        }
        values.clear();
        values.resize(classes.len() * outputs, 0.0);
        for ((at, class), shares) in range.zip(classes).zip(values.chunks_exact_mut(outputs)) {
            let partner = data.classes[other(at)];
            shares[*class as usize] += self.own;
            shares[partner as usize] += rest;
            if self.own < 0.5 {
                *class = partner;
            }
        }
        true
    }
}

/// A share from the Beta distribution with both parameters `alpha`: of two Gamma numbers. Their logarithms are compared, since for small `alpha` both are next to
/// nothing.
fn beta(alpha: f64, rng: &mut Rng) -> f32 {
    let (a, b) = (log_gamma(alpha, rng), log_gamma(alpha, rng));
    (1.0 / (1.0 + libm::exp(b - a))) as f32
}

/// Logarithm of a Gamma number of shape `alpha` and scale 1 (Marsaglia & Tsang 2000).
fn log_gamma(alpha: f64, rng: &mut Rng) -> f64 {
    // Of shape above 1, and from there to below by the power of a uniform number.
    let alpha = alpha.max(1e-3);
    let (d, boost) = if alpha < 1.0 { (alpha + 1.0 - 1.0 / 3.0, libm::log(above_zero(rng)) / alpha) } else { (alpha - 1.0 / 3.0, 0.0) };
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = f64::from(rng.normal());
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if libm::log(above_zero(rng)) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return libm::log(d * v) + boost;
        }
    }
}

/// Uniform in (0, 1].
fn above_zero(rng: &mut Rng) -> f64 {
    1.0 - f64::from(rng.uniform())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, losses};

    #[test]
    fn shares_have_the_mean_and_variance_of_beta() {
        for alpha in [0.05, 0.2, 1.0, 4.0] {
            let mut rng = Rng::new(2, 0);
            let n = 20_000;
            let shares: Vec<f64> = (0..n).map(|_| f64::from(beta(alpha, &mut rng))).collect();
            let mean = shares.iter().sum::<f64>() / f64::from(n);
            let variance = shares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / f64::from(n);
            let wanted = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!((mean - 0.5).abs() < 4.0 * (wanted / f64::from(n)).sqrt(), "{alpha}: mean {mean}");
            assert!((variance / wanted - 1.0).abs() < 0.05, "{alpha}: {variance}, wanted {wanted}");
        }
        let mut rng = Rng::new(3, 0);
        assert!((0..2000).all(|_| (0.0..=1.0).contains(&beta(1e-300, &mut rng))));
    }

    #[test]
    fn targets_are_mixed_as_inputs_are() {
        let data = Samples { len: 4, inputs: vec![0.0; 4], classes: vec![0, 1, 2, 1], values: vec![] };
        let order = [3, 0, 2, 1];
        let mut mixup = Mixup::default();
        mixup.draw(1.0, 4, &mut Rng::new(5, 0));
        (mixup.own, mixup.partners) = (0.25, vec![1, 2, 2, 0]);
        let (mut classes, mut values) = (vec![1, 0, 2], vec![]);
        assert!(mixup.targets(&data, &order, 0..3, (&mut classes, &mut values), 3));
        assert_eq!(values, [0.75, 0.25, 0.0, 0.25, 0.0, 0.75, 0.0, 0.0, 1.0]);
        assert_eq!(classes, [0, 2, 2], "those of the larger share count for the score");
    }

    /// `tests/fixtures/extras/make.py` made the figures.
    #[test]
    fn mixtures_are_those_of_their_paper_by_pytorch() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../../../tests/fixtures/extras/reference.json")).unwrap();
        let numbers = |list: &serde_json::Value| -> Vec<f32> { serde_json::from_value(list.clone()).unwrap() };
        let whole = |list: &serde_json::Value| -> Vec<u32> { serde_json::from_value(list.clone()).unwrap_or_default() };
        let near = |got: &[f32], wanted: &[f32]| got.len() == wanted.len() && got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        let mut seen = [0; 2];
        for case in all["mixup"].as_array().unwrap() {
            let [width, outputs] = ["width", "outputs"].map(|key| case[key].as_u64().unwrap() as usize);
            let mixup = Mixup { own: case["own"].as_f64().unwrap() as f32, partners: whole(&case["partners"]) };
            let (x, scores) = (numbers(&case["x"]), numbers(&case["scores"]));
            let (of_classes, of_values) = (whole(&case["classes"]), if outputs == 1 { numbers(&case["values"]) } else { Vec::new() });
            let batch = mixup.partners.len();
            let mut mixed = x.clone();
            for (at, row) in mixed.chunks_exact_mut(width).enumerate() {
                mixup.blend(row, &x[mixup.partner(at) * width..][..width]);
            }
            assert!(near(&mixed, &numbers(&case["mixed"])), "{case}: {mixed:?}");
            let data = Samples { len: batch, inputs: x, classes: of_classes.clone(), values: of_values.clone() };
            let order: Vec<u32> = (0..batch as u32).collect();
            let (mut classes, mut values) = (of_classes, of_values);
            let shares = mixup.targets(&data, &order, 0..batch, (&mut classes, &mut values), outputs);
            assert_eq!(shares, outputs > 1, "shares are those of classes");
            let key = if shares { "cross-entropy" } else { "mse" };
            let loss = losses::CATALOG.resolve(&Pick::new(key)).map(|(entry, settings)| (entry.build)(&settings)).unwrap();
            let mut gradient = vec![f32::NAN; scores.len()];
            let got = loss.eval(&scores, losses::Target::Values(&values), outputs, &mut gradient);
            assert!(near(&[got], &[case["loss"].as_f64().unwrap() as f32]), "{case}: a loss of {got}");
            assert!(near(&gradient, &numbers(&case["gradient"])), "{case}: {gradient:?}");
            seen[usize::from(shares)] += 1;
        }
        assert!(seen.iter().all(|n| *n > 0), "{seen:?}");
    }
}
