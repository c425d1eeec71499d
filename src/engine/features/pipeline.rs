//! Steps in order, fitted one behind the other, and the data set that they make.

use std::sync::Arc;

use super::{
    CATALOG, Fitted, IMPUTE, Rows, SEEN, Target,
    sight::{loadings, telling_columns},
};
use crate::engine::{
    catalog::Pick,
    data::{Dataset, Samples, Task, table::MAX_INPUTS},
    error::SpecError,
    shape::Shape,
};

/// Most numbers that all rows become.
const MAX_VALUES: usize = 20_000_000;

/// Steps that have learnt.
pub struct Pipeline {
    pub(super) steps: Vec<Fitted>,
    /// Names of the columns before the first.
    pub(super) names: Vec<String>,
    /// The first test rows as they were before the first, to look at.
    pub(super) seen: Vec<f32>,
    /// The rows before, where they are points of the plane: training, validation, test.
    points: Option<[Vec<f32>; 3]>,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pipeline of {} steps", self.steps.len())
    }
}

impl Pipeline {
    /// What becomes of rows of `width` columns.
    #[must_use]
    pub fn run(&self, inputs: &[f32], width: usize) -> Vec<f32> {
        let (mut row, mut next, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for input in inputs.chunks_exact(width.max(1)) {
            row.clear();
            row.extend(input.iter().map(|v| f64::from(*v)));
            for step in &self.steps {
                next.clear();
                (step.map)(&row, &mut next);
                std::mem::swap(&mut row, &mut next);
            }
            all.extend(row.iter().map(|v| *v as f32));
        }
        all
    }

    /// Share of the variance that each component of the last projection has, of all that there were, the largest first; empty where there is none.
    #[must_use]
    pub fn explained(&self) -> &[f64] {
        self.steps.iter().rev().find(|step| !step.explained.is_empty()).map_or(&[], |step| &step.explained)
    }

    /// The points of the plane that the rows were made of, of training, validation and test samples.
    #[must_use]
    pub fn points(&self) -> Option<&[Vec<f32>; 3]> {
        self.points.as_ref()
    }
}

/// `data` with the columns that `picks` make of its own; the steps learn from its training samples alone. Inputs are NaN where something is missing, until [`IMPUTE`] fills them.
/// An image is a row of its pixels to them, line by line. Errors, at `features`: sequences; a setting out of its range; a step that cannot learn from these rows, or meets what is missing; too many columns, or a number
/// too large for 32-bit floats.
pub fn apply(picks: &[Pick], data: &Dataset) -> Result<Dataset, SpecError> {
    let refuse = |reason: String| SpecError::Incompatible { field: CATALOG.field.into(), reason };
    let width = match data.shape.0[..] {
        [_] | [_, _, _] => data.shape.len(),
        _ => {
            return Err(refuse(format!(
                "steps make columns of columns, and a sample here is {}: use a table, points or images",
                data.shape
            )));
        }
    };
    let mut names = match data.shape.image() {
        Some(image) => pixels(image),
        None if data.features.len() == width => data.features.clone(),
        None => unnamed(width),
    };
    let first = names.clone();
    let mut values: Vec<f64> = data.train.inputs.iter().map(|v| f64::from(*v)).collect();
    let target = match &data.task {
        Task::Classes(names) => Target::Classes(&data.train.classes, names.len()),
        Task::Value { .. } => Target::Values(&data.train.values),
    };
    let rows = data.train.len + data.validation.len + data.test.len;
    let holed = data.has_gaps();
    let mut gaps = holed;
    let mut steps: Vec<Fitted> = Vec::new();
    for (i, pick) in picks.iter().enumerate() {
        let at = |reason: String| refuse(format!("step {} ({}): {reason}", i + 1, pick.key));
        let (entry, settings) = CATALOG.resolve(pick)?;
        gaps &= pick.key != IMPUTE;
        if gaps {
            return Err(at(format!("some cells are missing, which it cannot take: put {IMPUTE} before it")));
        }
        let from = Rows { names: &names, values: &values, target };
        let mut step = (entry.build)(&settings, &from).map_err(at)?;
        let made = step.names.len();
        if made == 0 {
            return Err(at("no column is left".into()));
        }
        if made > MAX_INPUTS || made * rows > MAX_VALUES {
            return Err(at(format!("{made} columns are more than the {} allowed for so many rows", MAX_INPUTS.min(MAX_VALUES / rows))));
        }
        let mut next = Vec::with_capacity(made * data.train.len);
        values.chunks_exact(names.len()).for_each(|row| (step.map)(row, &mut next));
        // A step that keeps pixels keeps their names.
        let pixels = data.shape.image().is_some() && first.contains(&names[0]);
        step.columns = telling_columns(&from, pixels);
        if step.directions {
            step.loadings = loadings(&from, &next, made);
        }
        (names, values) = (step.names.clone(), next);
        steps.push(step);
    }
    let mut pipeline = Pipeline { steps, names: first, seen: data.test.inputs.iter().take(SEEN * width).copied().collect(), points: None };
    let part = |samples: &Samples| Samples { inputs: pipeline.run(&samples.inputs, width), ..samples.clone() };
    let parts = [part(&data.train), part(&data.validation), part(&data.test)];
    if parts.iter().any(|part| part.inputs.iter().any(|v| !v.is_finite())) {
        return Err(refuse("a number becomes too large for 32-bit floats".into()));
    }
    if width == 2 && !holed {
        pipeline.points = Some([&data.train, &data.validation, &data.test].map(|part| part.inputs.clone()));
    }
    let [train, validation, test] = parts;
    Ok(Dataset {
        key: data.key.clone(),
        name: data.name.clone(),
        shape: Shape(vec![names.len()]),
        task: data.task.clone(),
        features: names,
        scaling: Vec::new(),
        train,
        validation,
        test,
        pipeline: Some(Arc::new(pipeline)),
    })
}

/// Names of columns that have none.
fn unnamed(width: usize) -> Vec<String> {
    if width == 2 { vec!["x".into(), "y".into()] } else { (1..=width).map(|i| format!("input {i}")).collect() }
}

/// Names of the pixels of an image, as scikit-learn's digits have them; of several channels the channel comes last.
fn pixels((height, width, channels): (usize, usize, usize)) -> Vec<String> {
    let name = |at: usize| {
        let (row, column) = (at / channels / width, at / channels % width);
        if channels == 1 { format!("pixel_{row}_{column}") } else { format!("pixel_{row}_{column}_{}", at % channels) }
    };
    (0..height * width * channels).map(name).collect()
}
