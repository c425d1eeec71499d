//! What two classifiers say of the same samples: where their answers differ, how far apart their probabilities are, and how well each knows what it knows.

use super::train::argmax;

/// Bins of a reliability diagram, as Guo et al. 2017 (On calibration of modern neural networks) have them.
pub const BINS: usize = 15;

/// One bin of a reliability diagram: samples of about the same confidence. Sums, not means.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// How many.
    pub samples: u32,
    /// Of these how many are right.
    pub right: u32,
    /// Their confidences (probability of the class that is said) added up.
    pub confidence: f64,
}

/// How an answer changed from the first model to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The same class.
    Same,
    /// Right before, wrong now.
    Lost,
    /// Wrong before, right now.
    Gained,
    /// Wrong before and now, in another way.
    Other,
}

/// Sums over the samples so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contrast {
    /// Samples.
    pub samples: usize,
    /// How often the answer of each class changed: lost, gained, other.
    pub changes: Vec<[u32; 3]>,
    /// Kullback-Leibler divergence of the second model's probabilities from the first's, added up, nats.
    pub divergence: f64,
    /// Reliability of both.
    pub bins: [[Bin; BINS]; 2],
}

impl Contrast {
    /// Counts a sample of class `actual`, of which the models give `logits` (before softmax, as many as there are classes).
    pub fn add(&mut self, logits: [&[f32]; 2], actual: usize) -> Change {
        self.samples += 1;
        self.changes.resize(self.changes.len().max(logits[0].len()), [0; 3]);
        let logs = logits.map(log_softmax);
        let said = logits.map(argmax);
        for (side, bins) in self.bins.iter_mut().enumerate() {
            let confidence = libm::exp(logs[side][said[side]]);
            // (0, 1/15], (1/15, 2/15], …
            let at = (libm::ceil(confidence * BINS as f64) as usize).clamp(1, BINS) - 1;
            bins[at].samples += 1;
            bins[at].right += u32::from(said[side] == actual);
            bins[at].confidence += confidence;
        }
        self.divergence += logs[0].iter().zip(&logs[1]).map(|(p, q)| libm::exp(*p) * (p - q)).sum::<f64>();
        let change = match (said[0] == said[1], said[0] == actual, said[1] == actual) {
            (true, ..) => Change::Same,
            (_, true, _) => Change::Lost,
            (_, _, true) => Change::Gained,
            _ => Change::Other,
        };
        if change != Change::Same
            && let Some(counts) = self.changes.get_mut(actual)
        {
            counts[change as usize - 1] += 1;
        }
        change
    }

    /// Share of samples of which both say the same class, 0 to 1; 1 for none.
    #[must_use]
    pub fn agreement(&self) -> f64 {
        let changed: u32 = self.changes.iter().flatten().sum();
        1.0 - f64::from(changed) / self.samples.max(1) as f64
    }

    /// Mean divergence, nats; 0 for no samples.
    #[must_use]
    pub fn mean_divergence(&self) -> f64 {
        self.divergence / self.samples.max(1) as f64
    }
}

/// Expected calibration error: the gap between confidence and share of right answers, averaged over all samples, 0 to 1.
#[must_use]
pub fn calibration_error(bins: &[Bin]) -> f64 {
    let samples: u32 = bins.iter().map(|b| b.samples).sum();
    bins.iter().map(|b| (f64::from(b.right) - b.confidence).abs()).sum::<f64>() / f64::from(samples.max(1))
}

/// Logarithms of the softmax of `logits`.
pub(super) fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let rest: Vec<f64> = logits.iter().map(|z| f64::from(*z) - f64::from(most)).collect();
    let log = libm::log(rest.iter().map(|z| libm::exp(*z)).sum());
    rest.into_iter().map(|z| z - log).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits of these probabilities.
    fn logits(p: &[f64]) -> Vec<f32> {
        p.iter().map(|p| (libm::log(*p) + 3.0) as f32).collect()
    }

    /// `tests/fixtures/contrast/make.py` made the figures.
    #[test]
    fn divergence_and_calibration_are_those_of_pytorch() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/contrast/reference.json")).unwrap();
        for case in all["cases"].as_array().unwrap() {
            let floats = |key: &str| case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect::<Vec<f32>>();
            let classes = case["classes"].as_u64().unwrap() as usize;
            let (before, after) = (floats("before"), floats("after"));
            let mut contrast = Contrast::default();
            for ((a, b), label) in before.chunks(classes).zip(after.chunks(classes)).zip(floats("labels")) {
                contrast.add([a, b], label as usize);
            }
            let near = |got: f64, want: &serde_json::Value, what: &str| {
                let want = want.as_f64().unwrap();
                assert!((got - want).abs() <= 1e-9 * want.max(1.0), "{what} of {classes} classes: {got} instead of {want}");
            };
            near(contrast.mean_divergence(), &case["divergence"], "divergence");
            near(contrast.agreement(), &case["agreement"], "agreement");
            (0..2).for_each(|side| near(calibration_error(&contrast.bins[side]), &case["errors"][side], "calibration error"));
        }
    }

    #[test]
    fn changes_are_counted_by_class_both_ways() {
        let mut contrast = Contrast::default();
        let (a, b, c) = (logits(&[0.7, 0.2, 0.1]), logits(&[0.2, 0.7, 0.1]), logits(&[0.1, 0.2, 0.7]));
        assert_eq!(contrast.add([&a, &b], 0), Change::Lost);
        assert_eq!(contrast.add([&a, &b], 1), Change::Gained);
        assert_eq!(contrast.add([&a, &b], 2), Change::Other);
        assert_eq!(contrast.add([&c, &c], 2), Change::Same);
        assert_eq!(contrast.changes, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
        assert_eq!(contrast.agreement(), 0.25);
        // 0.7 ln(0.7/0.2) + 0.2 ln(0.2/0.7), three times in four samples.
        let each = 0.5 * libm::log(3.5);
        assert!((contrast.mean_divergence() - 0.75 * each).abs() < 1e-6, "{}", contrast.mean_divergence());
    }

    #[test]
    fn calibration_is_counted_by_hand() {
        let mut contrast = Contrast::default();
        let (sure, unsure) = (logits(&[0.97, 0.03]), logits(&[0.55, 0.45]));
        // Sure and right three times of four; unsure, right once of two.
        for actual in [0, 0, 0, 1] {
            contrast.add([&sure, &unsure], actual);
        }
        for actual in [0, 1] {
            contrast.add([&unsure, &unsure], actual);
        }
        let [first, second] = &contrast.bins;
        assert_eq!((first[14].samples, first[14].right, first[8].samples, first[8].right), (4, 3, 2, 1));
        let want = (4.0 * (0.97 - 0.75) + 2.0 * (0.55 - 0.5)) / 6.0;
        assert!((calibration_error(first) - want).abs() < 1e-6);
        assert!((calibration_error(second) - (4.0 / 6.0 - 0.55_f64).abs()).abs() < 1e-6, "one bin of six, four of them right");
        assert_eq!(calibration_error(&[]), 0.0);
    }

    #[test]
    fn a_model_does_not_differ_from_itself_and_nothing_overflows() {
        let mut contrast = Contrast::default();
        for z in [vec![1e30, -1e30, 0.0], vec![0.0, 0.0, 0.0], vec![-500.0, 800.0, 799.0]] {
            assert_eq!(contrast.add([&z, &z], 1), Change::Same);
        }
        assert_eq!((contrast.agreement(), contrast.mean_divergence()), (1.0, 0.0));
        assert!(contrast.bins.iter().flatten().all(|b| b.confidence.is_finite()));
        let empty = Contrast::default();
        assert_eq!((empty.agreement(), empty.mean_divergence()), (1.0, 0.0));
    }
}
