//! Gaussian naive Bayes: a normal distribution per class and feature, as if features knew nothing of each other.

use std::sync::Arc;

use super::{
    Build, Count, Description, Fit, LISTING, Learner, Model, Progress, Shrink, Shrinks, Table, Target,
    codec::{Tag, floats, invalid, read_floats},
    link::softmax,
    matrix::Matrix,
    table::shares,
};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "naive-bayes",
    label: "Gaussian naive Bayes",
    help: teach!(
        "Describes each class by mean and variance of every feature, and asks which description fits best. It is tiny and learns in one pass, but counts features that say the same as often as they are there, and so is too sure of itself."
    ),
    formula: teach!(
        r"\hat y = \arg\max_k\ \log P(k) - \sum_j \left( \frac{(x_j - \mu_{kj})^2}{2 \sigma_{kj}^2} + \log \sigma_{kj} \right)"
    ),
    source: teach!("Domingos & Pazzani 1997, On the optimality of the simple Bayesian classifier under zero-one loss"),
    params: &[VAR_SMOOTHING],
    build: |values| Box::new(Settings { smoothing: values.get(&VAR_SMOOTHING) }),
};

const VAR_SMOOTHING: ParamSpec = ParamSpec {
    key: "var-smoothing",
    label: "Variance smoothing",
    range: (1e-9, 1.0),
    scale: Scale::Log,
    default: 1e-9,
    help: teach!(
        "Share of the largest variance of a feature that is added to all. Next to none takes the training samples at their word, even where a feature never varied; 1 makes all features nearly alike."
    ),
    ..ParamSpec::NEW
};

struct Settings {
    smoothing: f64,
}

/// Least variance, where no feature has any.
const LEAST: f64 = 1e-9;

impl Learner for Settings {
    fn fit(&self, table: &Arc<Table>, _seed: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        let Target::Classes { of, count } = &table.target else {
            let reason = "naive Bayes tells classes apart and predicts no numbers; linear models and trees do";
            return Err(SpecError::Incompatible { field: LISTING.field.into(), reason: reason.into() });
        };
        let all = moments(table, &mut (0..table.rows));
        let widest = all.iter().fold(0.0_f64, |most, (_, variance)| most.max(*variance));
        let added = (self.smoothing * widest).max(LEAST * f64::from(u8::from(widest == 0.0)));
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for class in 0..*count {
            for (mean, variance) in moments(table, &mut (0..table.rows).filter(|row| of[*row] as usize == class)) {
                means.push(mean as f32);
                // Rounded to single precision it must not become 0.
                variances.push(((variance + added) as f32).max(f32::MIN_POSITIVE));
            }
        }
        let priors = shares(of, *count).iter().map(|share| *share as f32).collect();
        let [means, variances] = [means, variances].map(|values| Matrix::new(*count, table.features, values));
        Ok(Box::new(Learnt { model: Bayes::new(priors, means, variances) }))
    }
}

/// Mean and variance of each feature over `rows`; zeros of none.
fn moments(table: &Table, rows: &mut dyn Iterator<Item = usize>) -> Vec<(f64, f64)> {
    let rows: Vec<usize> = rows.collect();
    let count = rows.len().max(1) as f64;
    let of = |feature: usize| {
        let value = |row: &usize| f64::from(table.inputs[row * table.features + feature]);
        let mean = rows.iter().map(value).sum::<f64>() / count;
        (mean, rows.iter().map(|row| (value(row) - mean) * (value(row) - mean)).sum::<f64>() / count)
    };
    (0..table.features).map(of).collect()
}

/// All that there is to learn.
struct Learnt {
    model: Bayes,
}

impl Fit for Learnt {
    fn advance(&mut self) -> Progress {
        Progress { done: 1, of: 1, unit: "passes", finished: true }
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}

/// Moments of the classes.
#[derive(Clone, Debug, PartialEq)]
struct Bayes {
    /// Share of each class.
    priors: Vec<f32>,
    /// `[classes, features]` each.
    means: Matrix,
    variances: Matrix,
    /// What is the same for all samples, of each class: the logarithm of its share, and of what its bell curves are as wide as.
    constants: Vec<f64>,
}

impl Bayes {
    fn new(priors: Vec<f32>, means: Matrix, variances: Matrix) -> Self {
        let constant = |(prior, variances): (&f32, &[f32])| {
            libm::log(f64::from(*prior)) - 0.5 * variances.iter().map(|v| libm::log(f64::from(*v))).sum::<f64>()
        };
        let constants = priors.iter().zip(variances.values().chunks_exact(variances.columns)).map(constant).collect();
        Self { priors, means, variances, constants }
    }
}

impl Model for Bayes {
    fn features(&self) -> usize {
        self.means.columns
    }

    fn outputs(&self) -> usize {
        self.priors.len()
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (features, classes) = (self.features(), self.outputs());
        let (means, variances) = (self.means.values(), self.variances.values());
        let mut logs = vec![0.0; classes];
        for (row, out) in inputs.chunks_exact(features).zip(out.chunks_exact_mut(classes)).take(rows) {
            for (class, log) in logs.iter_mut().enumerate() {
                let range = class * features..(class + 1) * features;
                let far: f64 = row
                    .iter()
                    .zip(means[range.clone()].iter().zip(&variances[range]))
                    .map(|(x, (m, v))| (f64::from(*x) - f64::from(*m)) * (f64::from(*x) - f64::from(*m)) / f64::from(*v))
                    .sum();
                *log = self.constants[class] - 0.5 * far;
            }
            softmax(&mut logs);
            out.iter_mut().zip(&logs).for_each(|(o, s)| *o = *s as f32);
        }
    }

    fn describe(&self) -> Description {
        Description { counts: vec![Count::new("means and variances", 2 * self.means.rows * self.means.columns)], ..Description::default() }
    }

    fn shrinks(&self) -> Shrinks {
        Shrinks::default()
    }

    fn shrunk(&self, _how: &Shrink) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn tag(&self) -> Tag {
        Tag::NaiveBayes
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.means.write(out);
        self.variances.write(out);
        floats(out, &self.priors);
    }
}

/// Reads what [`Bayes::write`] wrote.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Box<dyn Model>, ArtifactError> {
    let (means, variances) = (Matrix::read(reader, "means")?, Matrix::read(reader, "variances")?);
    if means.rows == 0 || means.columns == 0 || (means.rows, means.columns) != (variances.rows, variances.columns) {
        return Err(invalid("its means and variances do not fit together"));
    }
    if variances.values().iter().any(|v| *v <= 0.0) {
        return Err(invalid("a variance is not above 0"));
    }
    let priors = read_floats(reader, means.rows, "shares of classes")?;
    if priors.iter().any(|p| *p < 0.0) || priors.iter().sum::<f32>() <= 0.0 {
        return Err(invalid("its shares of classes are none"));
    }
    Ok(Box::new(Bayes::new(priors, means, variances)))
}
