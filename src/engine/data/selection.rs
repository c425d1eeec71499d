//! Which samples a trial learns from and is judged on: a fold of a cross-validation, a part of the training samples, a bootstrap sample of them.

use serde::{Deserialize, Serialize};

use super::{Dataset, Samples, Task, bundled, files::standardise};
use crate::{
    engine::{error::SpecError, rng::Rng},
    order,
};

/// Streams of the seed: from which folds, the order of parts, and bootstrap samples are drawn.
const FOLDS: u64 = 51 << 32;
const PARTS: u64 = 52 << 32;
const DRAWS: u64 = 53 << 32;

/// Samples of a data set, by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Selection {
    /// One of `of` folds of all samples, training samples first: it is tested on, and the others are learnt from. Each class is spread evenly over folds
    /// (scikit-learn's `StratifiedKFold`; `KFold` for values). `shuffle` is the seed by which samples come to folds; `None`: in their order.
    Fold {
        /// Which, from 0.
        at: usize,
        /// How many, 2 or more.
        of: usize,
        /// See above.
        shuffle: Option<u64>,
    },
    /// One of `of` folds of all samples in the order of time, training samples first: samples are cut into `of + 1` parts of equal size, of which the first has what is left over; part
    /// `at + 1` is tested on, and all before it are learnt from (scikit-learn's `TimeSeriesSplit`). Of windows that overlap ([`in_time`](super::in_time)) no value that is to be predicted
    /// was learnt from, and none has to be left out between them.
    Forward {
        /// Which, from 0.
        at: usize,
        /// How many, 2 or more.
        of: usize,
    },
    /// A share of the training samples, above 0 to 1, of each class alike. Of one seed a smaller share is part of a larger one. The test samples are those of the data set.
    Share {
        /// How much of them.
        share: f64,
        /// Which of them.
        seed: u64,
    },
    /// As many training samples as there are, drawn with replacement. The test samples are those of the data set.
    Bootstrap {
        /// Which.
        seed: u64,
    },
}

/// A selection, sample by sample: numbers of samples of a data set, whose test samples follow its training samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picks {
    /// To learn from; one may come more than once.
    pub train: Vec<usize>,
    /// To judge by.
    pub test: Vec<usize>,
}

impl Selection {
    /// The samples of `data` that it selects; those held out for validation are no part of it. Errors: at `folds`, `share` or `data`, folds or a share out of range, or too few samples.
    pub fn picks(&self, data: &Dataset) -> Result<Picks, SpecError> {
        let refused = |field: &str, reason: String| Err(SpecError::Incompatible { field: field.into(), reason });
        let (train, all) = (data.train.len, data.train.len + data.test.len);
        let tests = || (train..all).collect();
        let picks = match *self {
            Self::Fold { at, of, shuffle } => {
                let classes: Vec<u32> = data.train.classes.iter().chain(&data.test.classes).copied().collect();
                if of < 2 || of > all || at >= of {
                    return refused("folds", format!("{all} samples make 2 to {all} folds, and not fold {} of {of}", at + 1));
                }
                let largest = sizes(&classes).into_iter().max();
                if let Some(largest) = largest.filter(|n| *n < of) {
                    return refused("folds", format!("no class has more than {largest} samples: make at most as many folds"));
                }
                let fold = folds(&classes, all, of, shuffle);
                let part = |tested: bool| (0..all).filter(|i| (fold[*i] == at) == tested).collect();
                Picks { train: part(false), test: part(true) }
            }
            Self::Forward { at, of } => {
                if of < 2 || of >= all || at >= of {
                    let most = all.saturating_sub(1);
                    return refused("folds", format!("{all} samples make 2 to {most} folds in time, and not fold {} of {of}", at + 1));
                }
                let size = all / (of + 1);
                let begin = all - (of - at) * size;
                Picks { train: (0..begin).collect(), test: (begin..begin + size).collect() }
            }
            Self::Share { share, seed } => {
                if !(share > 0.0 && share <= 1.0) {
                    return refused("share", format!("{share} is no share of the training samples: above 0 to 1"));
                }
                let mut order = nested(&data.train.classes, train, seed);
                order.truncate((libm::ceil(share * train as f64 - 1e-9) as usize).min(train));
                order::sort(&mut order, &|a, b| a.cmp(&b));
                Picks { train: order, test: tests() }
            }
            Self::Bootstrap { seed } => {
                let mut rng = Rng::new(seed, DRAWS);
                let mut drawn: Vec<usize> = (0..train).map(|_| rng.below(train as u32) as usize).collect();
                if bundled::in_time(&data.key) {
                    // What is held out of them for validation are the last ones.
                    order::sort(&mut drawn, &|a, b| a.cmp(&b));
                }
                Picks { train: drawn, test: tests() }
            }
        };
        if picks.train.len() < 2 || picks.test.is_empty() {
            return refused("data", "too few samples to learn from some and be judged on others".into());
        }
        Ok(picks)
    }
}

impl Picks {
    /// The same of `train` and `test`, whatever they number.
    pub(super) fn of(&self, train: &[usize], test: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let number = |at: &usize| train.get(*at).or_else(|| test.get(at - train.len())).copied();
        let numbers = |part: &[usize]| part.iter().filter_map(number).collect();
        (numbers(&self.train), numbers(&self.test))
    }

    /// Whether it is what the data set has anyway.
    fn changes_nothing(&self, data: &Dataset) -> bool {
        let (train, all) = (data.train.len, data.train.len + data.test.len);
        self.train.iter().copied().eq(0..train) && self.test.iter().copied().eq(train..all)
    }
}

/// How many samples each class has; empty without classes.
fn sizes(classes: &[u32]) -> Vec<usize> {
    let mut sizes = vec![0; classes.iter().max().map_or(0, |c| *c as usize + 1)];
    classes.iter().for_each(|c| sizes[*c as usize] += 1);
    sizes
}

/// The fold of each of `len` samples. Without classes folds are as equal as can be, and the first are larger; with them the samples, sorted by class in the order in which classes
/// appear, are dealt out one by one, which says how many of each class a fold has.
pub fn folds(classes: &[u32], len: usize, of: usize, shuffle: Option<u64>) -> Vec<usize> {
    let mut rng = shuffle.map(|seed| Rng::new(seed, FOLDS));
    let mut fold = vec![0; len];
    if classes.is_empty() {
        let mut order: Vec<usize> = (0..len).collect();
        if let Some(rng) = &mut rng {
            rng.shuffle(&mut order);
        }
        let larger = len % of;
        let mut samples = order.into_iter();
        for at in 0..of {
            samples.by_ref().take(len / of + usize::from(at < larger)).for_each(|i| fold[i] = at);
        }
        return fold;
    }
    let mut seen: Vec<u32> = Vec::new();
    for class in classes {
        if !seen.contains(class) {
            seen.push(*class);
        }
    }
    let mut dealt = 0;
    for class in seen {
        let members: Vec<usize> = (0..len).filter(|i| classes[*i] == class).collect();
        // How many go to each fold, and then which.
        let mut count = vec![0; of];
        members.iter().for_each(|_| {
            count[dealt % of] += 1;
            dealt += 1;
        });
        let mut to: Vec<usize> = count.iter().enumerate().flat_map(|(at, n)| std::iter::repeat_n(at, *n)).collect();
        if let Some(rng) = &mut rng {
            rng.shuffle(&mut to);
        }
        members.iter().zip(to).for_each(|(i, at)| fold[*i] = at);
    }
    fold
}

/// Samples in an order of which each beginning has its share of every class.
fn nested(classes: &[u32], len: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    Rng::new(seed, PARTS).shuffle(&mut order);
    let sizes = sizes(classes);
    let mut before = vec![0_usize; sizes.len()];
    let mut place = vec![0.0; len];
    for i in &order {
        let Some(class) = classes.get(*i).map(|c| *c as usize) else { return order };
        place[*i] = (before[class] as f64 + 0.5) / sizes[class] as f64;
        before[class] += 1;
    }
    // It is stable: where places are equal, those that were drawn earlier come first.
    order::sort(&mut order, &|a, b| place[a].total_cmp(&place[b]));
    order
}

impl Dataset {
    /// These samples alone. What was learnt of the training samples is learnt anew of those that are left: shift and scale of features that are standardised, and of a target that
    /// is a number. A table is selected before that ([`Table::dataset_of`](super::table::Table::dataset_of)).
    #[must_use]
    pub fn selected(&self, picks: &Picks) -> Self {
        if picks.changes_nothing(self) {
            return self.clone();
        }
        let width = self.shape.len();
        let n = picks.train.len();
        let picked = || picks.train.iter().chain(&picks.test).map(|at| place(self, *at));
        let mut inputs: Vec<f32> = picked().flat_map(|(part, i)| &part.inputs[i * width..(i + 1) * width]).copied().collect();
        let mut scaling = self.scaling.clone();
        if scaling.len() == width && scaling.iter().any(|s| *s != (0.0, 1.0)) {
            for row in inputs.chunks_exact_mut(width) {
                row.iter_mut().zip(&scaling).for_each(|(v, s)| *v = raw(*v, *s));
            }
            // Of a sequence a feature has one scale in all steps.
            let (steps, features) = if let [steps, features] = self.shape.0[..] { (steps, features) } else { (1, width) };
            scaling = standardise(&mut inputs, features, n * steps).repeat(steps);
        }
        let classes: Vec<u32> = picked().filter_map(|(part, i)| part.classes.get(i)).copied().collect();
        let mut values: Vec<f32> = picked().filter_map(|(part, i)| part.values.get(i)).copied().collect();
        let mut task = self.task.clone();
        if let Task::Value { shift, scale, .. } = &mut task {
            values.iter_mut().for_each(|v| *v = raw(*v, (*shift, *scale)));
            (*shift, *scale) = standardise(&mut values, 1, n)[0];
        }
        let part = |from: usize, to: usize| Samples {
            len: to - from,
            inputs: inputs[from * width..to * width].to_vec(),
            classes: classes.get(from..to).unwrap_or_default().to_vec(),
            values: values.get(from..to).unwrap_or_default().to_vec(),
        };
        let (train, test) = (part(0, n), part(n, n + picks.test.len()));
        Self { task, scaling, train, test, validation: Samples::default(), ..self.clone() }
    }
}

/// Where a sample is.
fn place(data: &Dataset, at: usize) -> (&Samples, usize) {
    if at < data.train.len { (&data.train, at) } else { (&data.test, at - data.train.len) }
}

/// A number as it was before it was shifted and scaled.
fn raw(value: f32, (shift, scale): (f32, f32)) -> f32 {
    (f64::from(value) / f64::from(scale) + f64::from(shift)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::data::files;

    fn iris() -> Dataset {
        files::read(include_bytes!("../../../public/data/iris.bin")).unwrap()
    }

    fn diabetes() -> Dataset {
        files::read(include_bytes!("../../../public/data/diabetes.bin")).unwrap()
    }

    #[test]
    fn folds_are_those_of_scikit_learn_where_nothing_is_shuffled() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../../tests/fixtures/trials/reference.json")).unwrap();
        let numbers = |v: &serde_json::Value| v.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect::<Vec<_>>();
        for case in all["folds"].as_array().unwrap() {
            let classes: Vec<u32> = numbers(&case["classes"]).into_iter().map(|c| c as u32).collect();
            let (len, of) = (case["len"].as_u64().unwrap() as usize, case["of"].as_u64().unwrap() as usize);
            assert_eq!(folds(&classes, len, of, None), numbers(&case["fold"]), "{len} samples, {of} folds");
            let drawn = folds(&classes, len, of, Some(3));
            assert_eq!(drawn, folds(&classes, len, of, Some(3)));
            assert_ne!(drawn, folds(&classes, len, of, Some(4)));
            // As many of each class in each fold as without shuffling.
            let count = |fold: &[usize], at: usize, class: u32| {
                (0..len).filter(|i| fold[*i] == at && classes.get(*i).is_none_or(|c| *c == class)).count()
            };
            let plain = folds(&classes, len, of, None);
            for (at, class) in (0..of).flat_map(|at| (0..4).map(move |class| (at, class))) {
                assert_eq!(count(&drawn, at, class), count(&plain, at, class));
            }
        }
    }

    #[test]
    fn folds_in_time_are_those_of_scikit_learn() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../../tests/fixtures/trials/reference.json")).unwrap();
        let whole = files::read(include_bytes!("../../../public/data/sunspots.bin")).unwrap();
        assert_eq!(all["forward"].as_array().map(Vec::len), Some(4));
        for case in all["forward"].as_array().unwrap() {
            let number = |of: &serde_json::Value| of.as_u64().unwrap() as usize;
            let (len, of) = (number(&case["len"]), number(&case["of"]));
            let data = Dataset { train: whole.train.first(len - len / 5, 12), test: whole.test.first(len / 5, 12), ..whole.clone() };
            for (at, ends) in case["ends"].as_array().unwrap().iter().enumerate() {
                let picks = Selection::Forward { at, of }.picks(&data).unwrap();
                let (begin, end) = (number(&ends[0]), number(&ends[1]));
                assert_eq!(picks, Picks { train: (0..begin).collect(), test: (begin..end).collect() }, "{len} samples, fold {at} of {of}");
            }
        }
        let refused = |of, at| Selection::Forward { at, of }.picks(&whole).unwrap_err().field().to_string();
        assert_eq!([refused(1, 0), refused(5, 5), refused(297, 0)], ["folds"; 3]);
    }

    #[test]
    fn no_value_that_a_fold_in_time_predicts_was_learnt_from() {
        let whole = files::read(include_bytes!("../../../public/data/sunspots.bin")).unwrap();
        let Task::Value { shift, scale, .. } = whole.task else { panic!() };
        for at in 0..5 {
            let picks = Selection::Forward { at, of: 5 }.picks(&whole).unwrap();
            // Sample `i` sees values `i` to `i + 11` of the series and is to predict value `i + 12`.
            let (learnt, first) = (picks.train.iter().max().unwrap() + 12, picks.test[0] + 12);
            assert!(learnt < first, "fold {at}: {learnt} is learnt from, {first} is to be predicted");
            let part = whole.selected(&picks);
            let Task::Value { shift: own, scale: by, .. } = part.task else { panic!() };
            let (samples, i) = place(&whole, picks.test[0]);
            let (was, is) = (raw(samples.values[i], (shift, scale)), raw(part.test.values[0], (own, by)));
            assert!((was - is).abs() < 1e-2, "{was} {is}");
        }
    }

    #[test]
    fn folds_test_each_sample_once_and_learn_from_none_that_they_test() {
        for data in [iris(), diabetes()] {
            let all = data.train.len + data.test.len;
            let mut tested = vec![0; all];
            for at in 0..5 {
                let picks = Selection::Fold { at, of: 5, shuffle: Some(1) }.picks(&data).unwrap();
                assert_eq!(picks.train.len() + picks.test.len(), all);
                assert!(picks.test.iter().all(|i| !picks.train.contains(i)));
                picks.test.iter().for_each(|i| tested[*i] += 1);
            }
            assert!(tested.iter().all(|n| *n == 1));
        }
        let refused = |of, at| Selection::Fold { at, of, shuffle: None }.picks(&iris()).unwrap_err().field().to_string();
        assert_eq!([refused(1, 0), refused(5, 5), refused(151, 0), refused(60, 0)], ["folds"; 4]);
    }

    #[test]
    fn shares_are_nested_and_keep_classes() {
        let data = iris();
        let picks = |share| Selection::Share { share, seed: 7 }.picks(&data).unwrap().train;
        let mut before: Vec<usize> = Vec::new();
        for tenth in 1..=10 {
            let now = picks(f64::from(tenth) / 10.0);
            assert_eq!(now.len(), (data.train.len * tenth as usize).div_ceil(10));
            assert!(before.iter().all(|i| now.contains(i)));
            let of = |class| now.iter().filter(|i| data.train.classes[**i] == class).count() as f64;
            assert!((0..3).all(|class| (of(class) - now.len() as f64 / 3.0).abs() < 1.5));
            before = now;
        }
        assert_eq!(data.selected(&Selection::Share { share: 1.0, seed: 7 }.picks(&data).unwrap()).train, data.train);
        assert_ne!(picks(0.5), Selection::Share { share: 0.5, seed: 8 }.picks(&data).unwrap().train);
        for share in [0.0, 1.5, f64::NAN] {
            assert_eq!(Selection::Share { share, seed: 0 }.picks(&data).unwrap_err().field(), "share");
        }
    }

    #[test]
    fn a_bootstrap_sample_leaves_out_about_a_third() {
        let data = diabetes();
        let picks = Selection::Bootstrap { seed: 1 }.picks(&data).unwrap();
        assert_eq!((picks.train.len(), picks.test.len()), (data.train.len, data.test.len));
        let out = (0..data.train.len).filter(|i| !picks.train.contains(i)).count() as f64 / data.train.len as f64;
        assert!((out - 0.368).abs() < 0.06, "{out}");
        assert_ne!(picks, Selection::Bootstrap { seed: 2 }.picks(&data).unwrap());
    }

    #[test]
    fn what_is_left_is_standardised_by_its_own_training_samples() {
        let whole = diabetes();
        let part = whole.selected(&Selection::Fold { at: 2, of: 5, shuffle: Some(1) }.picks(&whole).unwrap());
        let moments = |values: &[f32]| {
            let n = values.len() as f64;
            let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            (mean, values.iter().map(|v| (f64::from(*v) - mean) * (f64::from(*v) - mean)).sum::<f64>() / n)
        };
        for c in 0..10 {
            let column: Vec<f32> = part.train.inputs.iter().skip(c).step_by(10).copied().collect();
            let (mean, variance) = moments(&column);
            assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "column {c}: {mean}, {variance}");
        }
        let (mean, variance) = moments(&part.train.values);
        assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3);
        // In their own units samples are what they were.
        let (Task::Value { shift: a, scale: b, .. }, Task::Value { shift, scale, .. }) = (&whole.task, &part.task) else { panic!() };
        assert_ne!((a, b), (shift, scale));
        let picks = Selection::Fold { at: 2, of: 5, shuffle: Some(1) }.picks(&whole).unwrap();
        for (i, at) in picks.test.iter().enumerate() {
            let (samples, of) = place(&whole, *at);
            let (was, is) = (raw(samples.values[of], (*a, *b)), raw(part.test.values[i], (*shift, *scale)));
            assert!((was - is).abs() < 1e-3 * was.abs(), "{was} {is}");
        }
    }
}
