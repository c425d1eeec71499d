//! Which samples are held out: of each class as many as its share says.

use super::{Dataset, Samples, bundled};
use crate::{engine::rng::Rng, order};

/// Stream of the seed from which validation samples are drawn.
const STREAM: u64 = 4 << 32;

/// Which of `len` samples are held out, in the order in which they come: a share of each class, to within one sample, and of a class
/// of at least two some on both sides. Without classes (a regression) a share of all.
pub(super) fn held_out(classes: &[u32], len: usize, share: f64) -> Vec<bool> {
    let mut left = quotas(classes, len, share);
    let mut take = |class: usize| {
        let takes = left[class] > 0;
        left[class] -= usize::from(takes);
        takes
    };
    (0..len).map(|i| take(classes.get(i).map_or(0, |c| *c as usize))).collect()
}

/// How many of each class are held out: whole parts of the shares first, then one more where most is missing.
fn quotas(classes: &[u32], len: usize, share: f64) -> Vec<usize> {
    let mut sizes = vec![0_usize; classes.iter().max().map_or(1, |c| *c as usize + 1)];
    match classes {
        [] => sizes[0] = len,
        _ => classes.iter().for_each(|c| sizes[*c as usize] += 1),
    }
    let wanted: Vec<f64> = sizes.iter().map(|n| *n as f64 * share).collect();
    let mut quotas: Vec<usize> = wanted.iter().map(|w| *w as usize).collect();
    let missing = ((len as f64 * share).round() as usize).saturating_sub(quotas.iter().sum());
    let mut by_rest: Vec<usize> = (0..sizes.len()).collect();
    order::sort(&mut by_rest, &|a, b| wanted[b].fract().total_cmp(&wanted[a].fract()));
    by_rest.iter().take(missing).for_each(|class| quotas[*class] += 1);
    for (quota, size) in quotas.iter_mut().zip(&sizes) {
        *quota = if *size < 2 { 0 } else { (*quota).clamp(1, size - 1) };
    }
    quotas
}

impl Dataset {
    /// The same with a share of the training samples held out for validation, drawn by `seed` and class by class; of windows in time ([`in_time`](super::in_time)) the last ones.
    /// How inputs are scaled stays as it was: by all training samples.
    ///
    /// No window has to be left out between the two parts: windows are a step apart, so that the last value that is learnt from comes right before the first one that is to be
    /// predicted of the validation windows. What these windows see of earlier values is what whoever forecasts has, too.
    #[must_use]
    pub fn with_validation(&self, share: f64, seed: u64) -> Self {
        let train = &self.train;
        if bundled::in_time(&self.key) {
            // To the sample as many as are drawn of values elsewhere.
            let split = train.len - held_out(&[], train.len, share).into_iter().filter(|h| *h).count();
            let part = |which: std::ops::Range<usize>| train.only(which, self.shape.len());
            return Self { validation: part(split..train.len), train: part(0..split), ..self.clone() };
        }
        let mut order: Vec<usize> = (0..train.len).collect();
        Rng::new(seed, STREAM).shuffle(&mut order);
        let classes: Vec<u32> = order.iter().filter_map(|i| train.classes.get(*i).copied()).collect();
        let mut held = vec![false; train.len];
        order.iter().zip(held_out(&classes, train.len, share)).for_each(|(i, h)| held[*i] = h);
        let part = |wanted: bool| train.only((0..train.len).filter(|i| held[*i] == wanted), self.shape.len());
        Self { validation: part(true), train: part(false), ..self.clone() }
    }
}

impl Samples {
    /// The first `count` of them, whose inputs have `width` values.
    #[must_use]
    pub fn first(&self, count: usize, width: usize) -> Self {
        self.only(0..count.min(self.len), width)
    }

    /// The samples numbered `which`, whose inputs have `width` values.
    pub(in crate::engine) fn only(&self, which: impl Iterator<Item = usize>, width: usize) -> Self {
        let mut part = Self::default();
        for i in which {
            part.len += 1;
            part.inputs.extend_from_slice(&self.inputs[i * width..(i + 1) * width]);
            part.classes.extend(self.classes.get(i));
            part.values.extend(self.values.get(i));
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        catalog::Pick,
        data::{Task, files, generators},
    };

    fn counts(samples: &Samples, classes: usize) -> Vec<usize> {
        (0..classes).map(|c| samples.classes.iter().filter(|k| **k as usize == c).count()).collect()
    }

    #[test]
    fn every_class_keeps_its_share_to_within_a_sample() {
        let mut rng = Rng::new(2, 0);
        for (len, classes, share) in [(100, 2, 0.5), (301, 3, 0.4), (97, 10, 0.13), (20, 2, 0.9), (1000, 7, 0.1), (11, 5, 0.5)] {
            let labels: Vec<u32> = (0..len).map(|_| rng.below(classes).min(rng.below(classes))).collect();
            let held = held_out(&labels, len, share);
            for class in 0..classes {
                let of = |wanted: bool| labels.iter().zip(&held).filter(|(c, h)| **c == class && (wanted || **h)).count();
                let (all, out) = (of(true), of(false));
                assert!((out as f64 - all as f64 * share).abs() < 1.0, "{out} of {all} at {share}");
                assert!(all < 2 || (out > 0 && out < all), "{out} of {all} at {share}: some on both sides");
            }
        }
        assert_eq!(held_out(&[], 10, 0.25).iter().filter(|h| **h).count(), 3);
        assert_eq!(held_out(&[], 1, 0.5), [false], "a single sample is not divided");
        assert_eq!(held_out(&[0, 1], 2, 0.5), [false, false]);
    }

    #[test]
    fn validation_is_a_part_of_the_training_samples() {
        let data = files::read(include_bytes!("../../../public/data/digits.bin")).unwrap();
        let split = data.with_validation(0.2, 5);
        assert_eq!((split.train.len + split.validation.len, split.test.len), (data.train.len, data.test.len));
        assert_eq!(split.test.inputs, data.test.inputs, "the test set is left alone");
        for (all, out) in counts(&data.train, 10).into_iter().zip(counts(&split.validation, 10)) {
            assert!((out as f64 - all as f64 * 0.2).abs() < 1.0, "{out} of {all}");
        }
        // Put together again, they are what they were.
        let rows = |s: &Samples| -> Vec<(Vec<u32>, u32)> {
            s.inputs.chunks(64).zip(&s.classes).map(|(x, c)| (x.iter().map(|v| v.to_bits()).collect(), *c)).collect()
        };
        let (mut before, mut after) = (rows(&data.train), [rows(&split.train), rows(&split.validation)].concat());
        before.sort();
        after.sort();
        assert!(before == after);
        assert_eq!(split.validation.inputs, data.with_validation(0.2, 5).validation.inputs);
        assert_ne!(split.validation.inputs, data.with_validation(0.2, 6).validation.inputs);
    }

    #[test]
    fn validation_of_a_series_lies_behind_what_is_learnt_from() {
        for key in crate::engine::data::SERIES {
            let path = format!("{}/public/data/{key}.bin", env!("CARGO_MANIFEST_DIR"));
            let data = files::read(&std::fs::read(path).unwrap()).unwrap();
            let (split, w) = (data.with_validation(0.2, 1), data.shape.len());
            assert_eq!(
                (split.train.len + split.validation.len, split.validation.len),
                (data.train.len, (0.2 * data.train.len as f64).round() as usize)
            );
            assert_eq!([&split.train.inputs[..], &split.validation.inputs].concat(), data.train.inputs, "{key}: the order of time stays");
            assert_eq!([&split.train.values[..], &split.validation.values].concat(), data.train.values);
            assert_eq!(split.validation, data.with_validation(0.2, 2).validation, "nothing is drawn");
            // The series, value by value: the last one learnt from comes before the first one to be predicted.
            let Task::Value { shift, scale, .. } = &data.task else { panic!("{key}: a regression") };
            let own = |v: f32, (shift, scale): (f32, f32)| v / scale + shift;
            let first = &split.validation.inputs[..w];
            let (last_seen, last_learnt) =
                (own(first[w - 1], data.scaling[0]), own(split.train.values[split.train.len - 1], (*shift, *scale)));
            assert!((last_seen - last_learnt).abs() < 1e-3 * last_learnt.abs().max(1.0), "{key}: {last_seen} {last_learnt}");
        }
    }

    #[test]
    fn generators_hold_out_each_class_alike() {
        for entry in generators::CATALOG.entries {
            let pick = Pick::new(entry.key).with("n", 203.0);
            let pick = if entry.params.iter().any(|p| p.key == "balance") { pick.with("balance", 0.2) } else { pick };
            let data = generators::dataset(&pick, 0.3, 4).unwrap();
            let classes = data.task.outputs();
            for (train, test) in counts(&data.train, classes).into_iter().zip(counts(&data.test, classes)) {
                let all = train + test;
                assert!(all == 0 || (test as f64 - all as f64 * 0.3).abs() < 1.0, "{}: {test} of {all}", entry.key);
            }
        }
    }
}
