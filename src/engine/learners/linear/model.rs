//! The model: weights and intercepts.

use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::{
        Count, Description, Model, Shrink, Shrinks,
        codec::{Tag, floats, invalid, read_floats},
        link::Link,
        matrix::Matrix,
    },
};

/// Weighted sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// `[features, sums]`.
    weights: Matrix,
    /// One per sum.
    intercepts: Vec<f32>,
    link: Link,
}

impl Linear {
    /// With weights `[features, sums]` and one intercept per sum.
    pub fn new(weights: Vec<f32>, intercepts: Vec<f32>, link: Link) -> Self {
        let sums = intercepts.len();
        Self { weights: Matrix::new(weights.len() / sums.max(1), sums, weights), intercepts, link }
    }
}

impl Model for Linear {
    fn features(&self) -> usize {
        self.weights.rows
    }

    fn outputs(&self) -> usize {
        self.link.outputs(self.intercepts.len())
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (features, outputs) = (self.features(), self.outputs());
        let mut sums = vec![0.0; self.intercepts.len()];
        let mut wide = vec![0.0; self.intercepts.len()];
        for (row, out) in inputs.chunks_exact(features.max(1)).zip(out.chunks_exact_mut(outputs.max(1))).take(rows) {
            self.weights.apply(row, &self.intercepts, &mut sums);
            wide.iter_mut().zip(&sums).for_each(|(w, s)| *w = f64::from(*s));
            self.link.apply(&mut wide, out);
        }
    }

    fn describe(&self) -> Description {
        let counts = vec![
            Count::new("weights", self.weights.rows * self.weights.columns),
            Count::new("weights that are not 0", self.weights.nonzero()),
        ];
        let (coefficients, intercepts) = (self.weights.values().into_owned(), self.intercepts.clone());
        Description { eight_bits: self.weights.is_coded(), counts, coefficients, intercepts, ..Description::default() }
    }

    fn shrinks(&self) -> Shrinks {
        Shrinks { bits: true, ..Shrinks::default() }
    }

    fn shrunk(&self, how: &Shrink) -> Box<dyn Model> {
        let weights = if how.eight_bits { self.weights.eight_bits() } else { self.weights.clone() };
        Box::new(Self { weights, intercepts: self.intercepts.clone(), link: self.link })
    }

    fn tag(&self) -> Tag {
        Tag::Linear
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.link as u8);
        self.weights.write(out);
        floats(out, &self.intercepts);
    }
}

/// Reads what [`Linear::write`] wrote.
pub fn read(reader: &mut Reader<'_>) -> Result<Box<dyn Model>, ArtifactError> {
    let link = Link::read(reader)?;
    let weights = Matrix::read(reader, "weights")?;
    if !link.takes(weights.columns) {
        return Err(invalid("there are more or fewer sums than the model has"));
    }
    let intercepts = read_floats(reader, weights.columns, "intercepts")?;
    Ok(Box::new(Linear { weights, intercepts, link }))
}
