//! Permutation importance: what a model loses of its score when one column of its inputs says nothing any more (Breiman 2001, Random forests), as scikit-learn's
//! `permutation_importance` computes it.
//!
//! The values of the column are dealt out anew over the rows, so that each keeps its spread and loses its tie to all else. A column that the model does not use costs exactly
//! nothing; of columns that say the same, each may cost little, since the others stand in for it.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    data::{Dataset, Samples, Task, text::is_text},
    error::SpecError,
    losses::Target,
    rng::Rng,
    train::Score,
};

/// How often each column is dealt out.
pub const REPEATS: usize = 10;
/// Most rows that are asked, spread evenly over the test samples, and fewest where there are many columns.
const ROWS: Range<usize> = 100..1000;
/// Answers in all, about; beyond, fewer rows are asked.
const ANSWERS: usize = 1_000_000;
/// Stream of the seed from which orders are drawn.
const STREAM: u64 = 43 << 32;

/// Why there are no columns to shuffle in data of this shape with so many names of features; `None` for a table, and points.
#[must_use]
pub fn refusal(key: &str, shape: &[usize], features: usize) -> Option<&'static str> {
    match shape {
        _ if is_text(key) => Some("it shuffles columns of a table, and a text has none: characters stand anywhere in a window"),
        [_, _, _] => Some("it shuffles columns of a table, and an image has none: a pixel says little without those around it"),
        [_, _] => Some("it shuffles columns of a table, and a sequence has none: a step says little without those around it"),
        [width] if features == *width => None,
        _ => Some("it shuffles columns of a table, and these inputs have no names"),
    }
}

/// Rows that are asked, and the orders in which the values of a column are dealt out over them: the same for every column and every model.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    samples: Samples,
    task: Task,
    width: usize,
    /// `[repeats, rows]`: the row whose value comes to each.
    orders: Vec<Vec<u32>>,
}

impl Sheet {
    /// Test rows of `data` and [`REPEATS`] orders by the seed. Columns are those of the inputs as a model sees them: of categories made of one column each has its own, and behind
    /// feature steps they are what the steps made. Error, at `data`: images, sequences and texts have no columns.
    pub fn of(data: &Dataset, seed: u64) -> Result<Self, SpecError> {
        let no_rows = (data.test.len == 0).then_some("there are no test samples to shuffle");
        if let Some(reason) = refusal(&data.key, &data.shape.0, data.features.len()).or(no_rows) {
            return Err(SpecError::Incompatible { field: "data".into(), reason: reason.into() });
        }
        let width = data.shape.len();
        let rows = (ANSWERS / (REPEATS * width)).clamp(ROWS.start, ROWS.end).min(data.test.len);
        let samples = data.test.only((0..rows).map(|i| i * data.test.len / rows), width);
        let mut rng = Rng::new(seed, STREAM);
        let mut order: Vec<u32> = (0..rows as u32).collect();
        let orders = (0..REPEATS).map(|_| {
            rng.shuffle(&mut order);
            order.clone()
        });
        Ok(Self { samples, task: data.task.clone(), width, orders: orders.collect() })
    }

    /// How many rows are asked.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.samples.len
    }
}

/// What a model loses by one column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Influence {
    /// Mean loss of score over all orders: accuracy from 0 to 1, or R². Below 0 where shuffling happened to help.
    pub mean: f32,
    /// Its standard deviation over the orders (of a population, as scikit-learn has it).
    pub deviation: f32,
}

/// A model under survey: first its rows as they are, then every column in every order.
#[derive(Clone, Debug)]
pub struct Survey {
    sheet: Arc<Sheet>,
    /// What is asked: 0 is all as it is.
    round: usize,
    /// Rows of the round that are judged, and those under way.
    asked: Range<usize>,
    score: Score,
    /// Score of every round that is through.
    scores: Vec<f32>,
}

impl Survey {
    /// Before the first question.
    #[must_use]
    pub fn new(sheet: Arc<Sheet>) -> Self {
        Self { sheet, round: 0, asked: 0..0, score: Score::default(), scores: Vec::new() }
    }

    fn rounds(&self) -> usize {
        1 + self.sheet.width * self.sheet.orders.len()
    }

    /// The share that is through, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f32 {
        (self.round as f32 + self.asked.start as f32 / self.sheet.rows() as f32) / self.rounds() as f32
    }

    /// Puts the next rows, at most `chunk`, into `x[rows, columns]`, and says how many they are; the answer goes to [`Survey::hear`]. `None` when all is asked.
    pub fn ask(&mut self, chunk: usize, x: &mut Vec<f32>) -> Option<usize> {
        if self.round >= self.rounds() {
            return None;
        }
        let (sheet, from) = (self.sheet.as_ref(), self.asked.start);
        let to = (from + chunk.max(1)).min(sheet.rows());
        x.clear();
        x.extend_from_slice(&sheet.samples.inputs[from * sheet.width..to * sheet.width]);
        if let Some(round) = self.round.checked_sub(1) {
            let (column, order) = (round / sheet.orders.len(), &sheet.orders[round % sheet.orders.len()]);
            for (row, source) in x.chunks_exact_mut(sheet.width).zip(&order[from..to]) {
                row[column] = sheet.samples.inputs[*source as usize * sheet.width + column];
            }
        }
        self.asked = from..to;
        Some(to - from)
    }

    /// Takes what the model gives for the rows that were asked last, `[rows, outputs]`: anything of which the largest names the class, or values.
    pub fn hear(&mut self, said: &[f32]) {
        let (sheet, Range { start, end }) = (self.sheet.as_ref(), self.asked.clone());
        let target = match sheet.task {
            Task::Classes(_) => Target::Classes(&sheet.samples.classes[start..end]),
            Task::Value { .. } => Target::Values(&sheet.samples.values[start..end]),
        };
        self.score.add(said, target, sheet.task.outputs());
        self.asked = end..end;
        if end == sheet.rows() {
            self.scores.push(self.score.value(&sheet.task));
            (self.round, self.asked, self.score) = (self.round + 1, 0..0, Score::default());
        }
    }

    /// The score of the rows as they are; 0 before that round is through.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.scores.first().copied().unwrap_or(0.0)
    }

    /// What each column is to the model, those that are through.
    #[must_use]
    pub fn influences(&self) -> Vec<Influence> {
        let (whole, shuffled) = self.scores.split_first().map_or((0.0, &[][..]), |(first, rest)| (f64::from(*first), rest));
        let of = |scores: &[f32]| {
            let count = scores.len() as f64;
            let losses = scores.iter().map(|score| whole - f64::from(*score));
            let mean = losses.clone().sum::<f64>() / count;
            let variance = losses.map(|loss| (loss - mean) * (loss - mean)).sum::<f64>() / count;
            Influence { mean: mean as f32, deviation: variance.sqrt() as f32 }
        };
        shuffled.chunks_exact(self.sheet.orders.len()).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::shape::Shape;

    /// Asks `model`, a function of a row, to the end.
    fn survey(sheet: &Arc<Sheet>, chunk: usize, model: &dyn Fn(&[f32]) -> Vec<f32>) -> Survey {
        let (mut survey, mut x, mut last) = (Survey::new(sheet.clone()), Vec::new(), 0.0);
        while let Some(rows) = survey.ask(chunk, &mut x) {
            assert_eq!(x.len(), rows * sheet.width);
            let said: Vec<f32> = x.chunks_exact(sheet.width).flat_map(model).collect();
            survey.hear(&said);
            assert!(survey.share() > last && survey.share() <= 1.0);
            last = survey.share();
        }
        assert_eq!(last, 1.0);
        survey
    }

    /// `tests/fixtures/importance/make.py` made models, orders and figures.
    #[test]
    fn figures_are_those_of_scikit_learn_for_the_same_orders() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/importance/reference.json")).unwrap();
        for case in all["cases"].as_array().unwrap() {
            let floats = |key: &str| case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect::<Vec<f32>>();
            let (width, targets, weights) = (case["columns"].as_u64().unwrap() as usize, floats("targets"), floats("weights"));
            let classes = case["classes"].as_u64().unwrap() as usize;
            let outputs = weights.len() / width;
            let samples = Samples {
                len: targets.len(),
                inputs: floats("inputs"),
                classes: if classes > 0 { targets.iter().map(|t| *t as u32).collect() } else { Vec::new() },
                values: if classes > 0 { Vec::new() } else { targets },
            };
            let task = match classes {
                0 => Task::Value { name: "y".into(), shift: 0.0, scale: 1.0 },
                count => Task::Classes((0..count).map(|c| c.to_string()).collect()),
            };
            let orders: Vec<Vec<u32>> = serde_json::from_value(case["orders"].clone()).unwrap();
            let sheet = Arc::new(Sheet { samples, task, width, orders });
            // Weights are `[columns, outputs]`.
            let model = |row: &[f32]| {
                (0..outputs).map(|o| row.iter().zip(weights.iter().skip(o).step_by(outputs)).map(|(x, w)| x * w).sum()).collect()
            };
            for chunk in [1, 7, 1000] {
                let survey = survey(&sheet, chunk, &model);
                let (means, deviations) = (floats("means"), floats("deviations"));
                assert!((survey.score() - case["score"].as_f64().unwrap() as f32).abs() < 2e-6);
                for (column, found) in survey.influences().iter().enumerate() {
                    let near = |a: f32, b: f32| (a - b).abs() <= 4e-6 * b.abs().max(1.0);
                    assert!(
                        near(found.mean, means[column]) && near(found.deviation, deviations[column]),
                        "column {column}: {found:?} instead of {} ± {}",
                        means[column],
                        deviations[column]
                    );
                }
                // The last column has weight 0.
                assert_eq!(survey.influences().last(), Some(&Influence { mean: 0.0, deviation: 0.0 }));
            }
        }
    }

    fn table(rows: usize, width: usize) -> Dataset {
        let mut rng = Rng::new(1, 0);
        let samples = Samples {
            len: rows,
            inputs: (0..rows * width).map(|_| rng.normal()).collect(),
            classes: (0..rows).map(|i| (i % 2) as u32).collect(),
            values: Vec::new(),
        };
        Dataset {
            key: "iris".into(),
            name: "Table".into(),
            shape: Shape(vec![width]),
            task: Task::Classes(vec!["a".into(), "b".into()]),
            features: (0..width).map(|i| i.to_string()).collect(),
            scaling: vec![(0.0, 1.0); width],
            train: Samples::default(),
            validation: Samples::default(),
            test: samples,
            pipeline: None,
        }
    }

    #[test]
    fn orders_follow_from_the_seed_and_are_permutations() {
        let data = table(57, 3);
        let sheet = Sheet::of(&data, 4).unwrap();
        assert_eq!((sheet.rows(), sheet.orders.len()), (57, REPEATS));
        for order in &sheet.orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().copied().eq(0..57) && !order.is_sorted());
        }
        assert_eq!(sheet, Sheet::of(&data, 4).unwrap());
        assert_ne!(sheet.orders, Sheet::of(&data, 5).unwrap().orders);
    }

    #[test]
    fn a_thousand_rows_are_asked_and_fewer_of_wide_tables() {
        assert_eq!(Sheet::of(&table(3000, 2), 1).unwrap().rows(), 1000);
        assert_eq!(Sheet::of(&table(3000, 200), 1).unwrap().rows(), 500);
        assert_eq!(Sheet::of(&table(300, 2000), 1).unwrap().rows(), 100);
    }

    #[test]
    fn what_has_no_columns_is_refused_in_words() {
        let reasons = [
            refusal("mnist10k", &[28, 28, 1], 0),
            refusal("sunspots", &[12, 1], 1),
            refusal("sonnets", &[32], 0),
            refusal("mine", &[4], 0),
        ];
        assert!(reasons.iter().all(|reason| reason.is_some_and(|reason| reason.contains("columns of a table"))));
        let data = Dataset { shape: Shape(vec![2, 2, 1]), ..table(10, 4) };
        assert_eq!(Sheet::of(&data, 1).unwrap_err().field(), "data");
        assert!(Sheet::of(&table(0, 4), 1).is_err() && Sheet::of(&table(1, 4), 1).is_ok());
    }
}
