//! A table becomes a data set: rows are split class by class, and what is learnt of columns is learnt from the training rows.

use super::{Fault, INFO, NOTHING, Table, features::Features, features::Scaler};
use crate::engine::{
    data::{Dataset, Picks, Samples, Task, source::TableSource, split::held_out},
    error::{SpecError, grouped},
    rng::Rng,
    shape::Shape,
};

/// Stream of the seed from which test rows are drawn.
const STREAM: u64 = 5 << 32;
/// Most numbers that rows become.
const MAX_VALUES: usize = 20_000_000;

impl Table {
    /// The data set that `source` asks for; rows in which nothing is to be predicted are left out. Missing numbers are filled, or are NaN where `source` keeps gaps. Errors: settings out of their range; fewer than two classes; no row
    /// left to learn from or to test on; more inputs, or numbers in all, than are allowed.
    pub fn dataset(&self, source: &TableSource) -> Result<Dataset, SpecError> {
        self.dataset_of(source, None)
    }

    /// The same of samples that `picks` picks of it, where there are some: what is learnt of columns is learnt from those of them that are for training. Errors: as [`Table::dataset`].
    pub fn dataset_of(&self, source: &TableSource, picks: Option<&Picks>) -> Result<Dataset, SpecError> {
        let settings = source.pick.values(INFO.params)?;
        let target = &self.columns[self.target];
        let known = |row: &usize| if self.classes { target.codes[*row] != NOTHING } else { !target.numbers[*row].is_nan() };
        let rows: Vec<usize> = (0..self.rows).filter(known).collect();
        let (mut train, mut test) = self.split(&rows, source)?;
        if let Some(picks) = picks {
            (train, test) = picks.of(&train, &test);
        }
        let others = self.columns.iter().enumerate().filter(|(at, _)| *at != self.target).map(|(_, column)| column);
        let features = Features::fit(others, &train, &settings, source.gaps)?;
        let width = features.names.len();
        if width == 0 {
            return Err(Fault::new("columns", "no column is left to predict from: say what one of them holds").into());
        }
        if rows.len() * width > MAX_VALUES {
            let reason = format!(
                "{} rows of {width} inputs are {} numbers, more than the {} allowed here: keep fewer categories or columns",
                grouped(rows.len() as u64),
                grouped((rows.len() * width) as u64),
                grouped(MAX_VALUES as u64)
            );
            return Err(Fault::new("data.most", reason).into());
        }
        let scaler = Scaler::standard(&train.iter().map(|row| self.value(*row)).collect::<Vec<_>>());
        let samples = |rows: &[usize]| {
            let mut samples = Samples { len: rows.len(), inputs: Vec::with_capacity(rows.len() * width), ..Samples::default() };
            for row in rows {
                features.row(*row, &mut samples.inputs);
                if self.classes {
                    samples.classes.push(target.codes[*row]);
                } else {
                    samples.values.push(scaler.of(target.numbers[*row]));
                }
            }
            samples
        };
        let data = Dataset {
            pipeline: None,
            key: source.pick.key.clone(),
            name: source.name().into(),
            shape: Shape(vec![width]),
            task: if self.classes {
                Task::Classes(target.categories.clone())
            } else {
                let (shift, scale) = scaler.pair();
                Task::Value { name: target.name.clone(), shift, scale }
            },
            scaling: features.scaling(),
            train: samples(&train),
            validation: Samples::default(),
            test: samples(&test),
            features: features.names,
        };
        // Unscaled, or far from all training rows.
        let odd = |v: &f32| if source.gaps { v.is_infinite() } else { !v.is_finite() };
        if [&data.train, &data.test].iter().any(|s| s.inputs.iter().chain(&s.values).any(odd)) {
            return Err(Fault::new("data.scaling", "a number is too large for 32-bit floats when scaled like this").into());
        }
        Ok(data)
    }

    /// What is predicted of a row, as a number.
    fn value(&self, row: usize) -> f64 {
        let target = &self.columns[self.target];
        if self.classes { 0.0 } else { target.numbers[row] }
    }

    /// Rows to learn from and to test on, each in the order of the file.
    fn split(&self, rows: &[usize], source: &TableSource) -> Result<(Vec<usize>, Vec<usize>), Fault> {
        let target = &self.columns[self.target];
        if self.classes && target.categories.len() < 2 {
            return Err(Fault::new("data.predict", "one class alone: there is nothing to tell apart").in_column(&target.name));
        }
        let mut held = vec![false; rows.len()];
        if let Some(first) = source.first {
            rows.iter().zip(&mut held).for_each(|(row, held)| *held = *row >= first);
        } else {
            let mut drawn: Vec<usize> = (0..rows.len()).collect();
            Rng::new(source.seed, STREAM).shuffle(&mut drawn);
            let classes: Vec<u32> = if self.classes { drawn.iter().map(|i| target.codes[rows[*i]]).collect() } else { Vec::new() };
            drawn.iter().zip(held_out(&classes, rows.len(), source.test_share)).for_each(|(i, h)| held[*i] = h);
        }
        let part = |wanted: bool| rows.iter().zip(&held).filter(|(_, h)| **h == wanted).map(|(row, _)| *row).collect::<Vec<_>>();
        let (train, test) = (part(false), part(true));
        if train.len() < 2 || test.is_empty() {
            let reason = "too few rows to learn from some and test on others; each class needs two";
            return Err(Fault::new("data.predict", reason).in_column(&target.name));
        }
        Ok((train, test))
    }
}
