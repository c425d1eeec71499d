//! What goes wrong with data in life, done on purpose and by the seed: wrong labels, rare classes, gaps, outliers, and a test set that is not like the training set.

use serde::{Deserialize, Serialize};

use super::{Dataset, Samples, Task};
use crate::engine::{error::SpecError, rng::Rng};

/// Streams of the seed, one for each kind of damage, so that more of one leaves the others as they were.
const STREAM: u64 = 6 << 32;
/// Standard deviations that outliers lie about the mean with.
const FAR: f32 = 5.0;

/// How much of each; zeros (and an imbalance of 1) leave the data as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Damage {
    /// Share of training labels that are wrong; of numbers, the standard deviation of the noise on them, in theirs.
    pub labels: f64,
    /// How many times more samples the first class has than the last.
    pub imbalance: f64,
    /// Share of input values that are lost, in training and test samples.
    pub missing: f64,
    /// Share of training samples that lie far off.
    pub outliers: f64,
    /// How far test inputs are moved, in standard deviations of the training inputs.
    pub shift: f64,
}

impl Default for Damage {
    fn default() -> Self {
        Self { labels: 0.0, imbalance: 1.0, missing: 0.0, outliers: 0.0, shift: 0.0 }
    }
}

impl Damage {
    /// Whether it leaves data as they are.
    #[must_use]
    pub fn none(&self) -> bool {
        *self == Self::default()
    }
}

/// Mean and standard deviation of each input over the training samples that have it.
fn spread(data: &Dataset) -> Vec<(f32, f32)> {
    let width = data.shape.len();
    let mut sums = vec![(0.0_f64, 0.0_f64, 0_u32); width];
    for row in data.train.inputs.chunks_exact(width) {
        for (sum, x) in sums.iter_mut().zip(row).filter(|(_, x)| !x.is_nan()) {
            *sum = (sum.0 + f64::from(*x), sum.1 + f64::from(*x) * f64::from(*x), sum.2 + 1);
        }
    }
    let both = |(sum, squares, known): (f64, f64, u32)| {
        let count = f64::from(known.max(1));
        let mean = sum / count;
        (mean as f32, (squares / count - mean * mean).max(0.0).sqrt() as f32)
    };
    sums.into_iter().map(both).collect()
}

/// Numbers of so many samples of `len`, drawn without repetition.
fn some(share: f64, len: usize, rng: &mut Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..len).collect();
    rng.shuffle(&mut all);
    all.truncate((share * len as f64).round() as usize);
    all
}

impl Dataset {
    /// The same, damaged; equal seeds do equal damage. What it loses is NaN where a step fills `gaps`. Errors: classes thinned out where there are none.
    pub fn damaged(&self, damage: &Damage, seed: u64, gaps: bool) -> Result<Self, SpecError> {
        let mut data = self.clone();
        let rng = |kind: u64| Rng::new(seed, STREAM + kind);
        // As the training inputs were: what is drawn or moved is measured against good data.
        let spread = spread(&data);
        if damage.imbalance > 1.0 {
            data.thin(damage.imbalance)?;
        }
        if damage.labels > 0.0 {
            data.mislabel(damage.labels, &mut rng(0));
        }
        if damage.outliers > 0.0 {
            data.scatter(damage.outliers, &spread, &mut rng(1));
        }
        if damage.missing > 0.0 {
            data.lose(damage.missing, gaps, &mut rng(2));
        }
        if damage.shift > 0.0 {
            for row in data.test.inputs.chunks_exact_mut(data.shape.len()) {
                row.iter_mut().zip(&spread).for_each(|(x, (_, sd))| *x += damage.shift as f32 * sd);
            }
        }
        Ok(data)
    }

    /// Leaves the `k`-th of `C` classes the share `ρ^(−k / (C − 1))` of its training samples, the first of them, and one at least.
    fn thin(&mut self, ratio: f64) -> Result<(), SpecError> {
        let Task::Classes(names) = &self.task else {
            let reason = "it makes classes rare, and here a number is predicted".into();
            return Err(SpecError::Incompatible { field: "imbalance".into(), reason });
        };
        let mut left = vec![0_usize; names.len()];
        self.train.classes.iter().for_each(|c| left[*c as usize] += 1);
        for (k, count) in left.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
            let share = libm::pow(ratio, -(k as f64) / (names.len() - 1).max(1) as f64);
            *count = ((*count as f64 * share).round() as usize).max(1);
        }
        let train = &self.train;
        let mut stays = |i: &usize| {
            let left = &mut left[train.classes[*i] as usize];
            let stays = *left > 0;
            *left -= usize::from(stays);
            stays
        };
        let which: Vec<usize> = (0..train.len).filter(|i| stays(i)).collect();
        self.train = train.only(which.into_iter(), self.shape.len());
        Ok(())
    }

    /// Gives a share of the training samples another class, each of the others alike; adds normal noise to numbers.
    fn mislabel(&mut self, share: f64, rng: &mut Rng) {
        let classes = self.task.outputs() as u32;
        if matches!(self.task, Task::Value { .. }) {
            self.train.values.iter_mut().for_each(|value| *value += share as f32 * rng.normal());
        } else if classes > 1 {
            for i in some(share, self.train.len, rng) {
                let class = &mut self.train.classes[i];
                *class = (*class + 1 + rng.below(classes - 1)) % classes;
            }
        }
    }

    /// Moves a share of the training samples far off: their inputs where there are classes, else what is to be predicted of them.
    fn scatter(&mut self, share: f64, spread: &[(f32, f32)], rng: &mut Rng) {
        let width = spread.len();
        for i in some(share, self.train.len, rng) {
            match self.train.values.get_mut(i) {
                Some(value) => *value += if rng.uniform() < 0.5 { FAR } else { -FAR } * (1.0 + rng.uniform()),
                None => {
                    let row = &mut self.train.inputs[i * width..(i + 1) * width];
                    for (x, (mean, sd)) in row.iter_mut().zip(spread) {
                        let far = mean + FAR * sd * rng.normal();
                        *x = if x.is_nan() { f32::NAN } else { far };
                    }
                }
            }
        }
    }

    /// Loses a share of all input values, each as likely as any other, and puts the mean of what the training samples still have in their place, unless they `stay` lost.
    fn lose(&mut self, share: f64, stay: bool, rng: &mut Rng) {
        let width = self.shape.len();
        let mut lost = |samples: &Samples| -> Vec<bool> { samples.inputs.iter().map(|_| f64::from(rng.uniform()) < share).collect() };
        let gaps = [lost(&self.train), lost(&self.test)];
        let mut sums = vec![(0.0_f64, 0_u32); width];
        for (at, (x, gap)) in self.train.inputs.iter().zip(&gaps[0]).enumerate() {
            if !gap && !x.is_nan() {
                let sum = &mut sums[at % width];
                *sum = (sum.0 + f64::from(*x), sum.1 + 1);
            }
        }
        for (samples, gaps) in [&mut self.train, &mut self.test].into_iter().zip(&gaps) {
            for (at, (x, _)) in samples.inputs.iter_mut().zip(gaps).enumerate().filter(|(_, (_, gap))| **gap) {
                let (sum, count) = sums[at % width];
                *x = if stay { f32::NAN } else { (sum / f64::from(count.max(1))) as f32 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        catalog::Pick,
        data::{files, generators},
    };

    fn digits() -> Dataset {
        files::read(include_bytes!("../../../public/data/digits.bin")).unwrap()
    }

    fn counts(samples: &Samples) -> Vec<usize> {
        (0..10).map(|class| samples.classes.iter().filter(|c| **c == class).count()).collect()
    }

    #[test]
    fn no_damage_changes_nothing_and_a_seed_gives_its_own() {
        let data = digits();
        let same = data.damaged(&Damage::default(), 3, false).unwrap();
        assert!(same.train == data.train && same.test == data.test);
        let all = Damage { labels: 0.1, imbalance: 4.0, missing: 0.1, outliers: 0.1, shift: 0.5 };
        let [one, again, other] = [3, 3, 4].map(|seed| data.damaged(&all, seed, false).unwrap());
        assert!(one.train == again.train && one.test == again.test);
        assert!(one.train != other.train);
    }

    #[test]
    fn the_share_of_wrong_labels_is_exact_and_the_test_set_keeps_its_own() {
        let data = digits();
        let noisy = data.damaged(&Damage { labels: 0.3, ..Damage::default() }, 1, false).unwrap();
        let wrong = data.train.classes.iter().zip(&noisy.train.classes).filter(|(a, b)| a != b).count();
        assert_eq!(wrong, (0.3 * data.train.len as f64).round() as usize);
        assert!(noisy.train.classes.iter().all(|c| *c < 10));
        assert_eq!((noisy.test, noisy.train.inputs), (data.test, data.train.inputs));
    }

    #[test]
    fn rare_classes_follow_the_ratio() {
        let data = digits();
        let tail = data.damaged(&Damage { imbalance: 10.0, ..Damage::default() }, 1, false).unwrap();
        let (before, after) = (counts(&data.train), counts(&tail.train));
        assert_eq!(after[0], before[0]);
        assert_eq!(after[9], (before[9] as f64 / 10.0).round() as usize);
        assert!(after.windows(2).all(|w| w[0] > w[1]), "{after:?}");
        assert_eq!(tail.test, data.test);
        let values = generators::dataset(&Pick::new("plane"), 0.5, 1).unwrap();
        let error = values.damaged(&Damage { imbalance: 2.0, ..Damage::default() }, 1, false).unwrap_err();
        assert_eq!(error.field(), "imbalance");
    }

    #[test]
    fn gaps_are_filled_with_the_mean_of_what_training_samples_have() {
        let data = generators::dataset(&Pick::new("moons").with("n", 2000.0), 0.5, 1).unwrap();
        let lost = data.damaged(&Damage { missing: 0.25, ..Damage::default() }, 1, false).unwrap();
        for (good, bad) in [(&data.train, &lost.train), (&data.test, &lost.test)] {
            let gaps = good.inputs.iter().zip(&bad.inputs).filter(|(a, b)| a != b).count();
            assert!((gaps as f64 / good.inputs.len() as f64 - 0.25).abs() < 0.03, "{gaps}");
        }
        let fills = |column: usize, samples: &Samples, good: &Samples| -> Vec<u32> {
            let pairs = samples.inputs.iter().zip(&good.inputs).enumerate();
            let mut fills: Vec<u32> = pairs.filter(|(i, (a, b))| i % 2 == column && a != b).map(|(_, (a, _))| a.to_bits()).collect();
            fills.sort_unstable();
            fills.dedup();
            fills
        };
        for column in 0..2 {
            let fill = fills(column, &lost.train, &data.train);
            assert_eq!(fill.len(), 1);
            assert_eq!(fills(column, &lost.test, &data.test), fill, "the test set is filled with what training samples taught");
            let kept: Vec<f64> = (0..data.train.len)
                .map(|i| i * 2 + column)
                .filter(|i| lost.train.inputs[*i].to_bits() == data.train.inputs[*i].to_bits())
                .map(|i| f64::from(data.train.inputs[i]))
                .collect();
            assert!((f64::from(f32::from_bits(fill[0])) - kept.iter().sum::<f64>() / kept.len() as f64).abs() < 1e-6);
        }
    }

    #[test]
    fn outliers_are_so_many_and_far_off() {
        let data = digits();
        let off = data.damaged(&Damage { outliers: 0.1, ..Damage::default() }, 1, false).unwrap();
        let moved = data.train.inputs.chunks(64).zip(off.train.inputs.chunks(64)).filter(|(a, b)| a != b).count();
        assert_eq!(moved, (0.1 * data.train.len as f64).round() as usize);
        assert_eq!((&off.test, &off.train.classes), (&data.test, &data.train.classes));
        let values = generators::dataset(&Pick::new("plane"), 0.5, 1).unwrap();
        let off = values.damaged(&Damage { outliers: 0.2, ..Damage::default() }, 1, false).unwrap();
        assert_eq!(off.train.inputs, values.train.inputs);
        let far = values.train.values.iter().zip(&off.train.values).filter(|(a, b)| (*a - *b).abs() >= FAR - 1e-3).count();
        assert_eq!(far, (0.2 * values.train.len as f64).round() as usize);
    }

    #[test]
    fn the_test_set_moves_by_deviations_of_the_training_set() {
        let data = generators::dataset(&Pick::new("moons").with("n", 400.0), 0.5, 1).unwrap();
        let moved = data.damaged(&Damage { shift: 2.0, ..Damage::default() }, 1, false).unwrap();
        assert_eq!(moved.train, data.train);
        let sd = spread(&data).iter().map(|(_, sd)| *sd).collect::<Vec<_>>();
        for (i, (a, b)) in data.test.inputs.iter().zip(&moved.test.inputs).enumerate() {
            assert!((b - a - 2.0 * sd[i % 2]).abs() < 1e-5);
        }
    }
}
