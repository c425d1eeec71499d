//! The model: weights and intercepts.

use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::{
        Count, Description, Model, Shrink, Shrinks,
        codec::{Tag, floats, invalid, read_floats},
        matrix::Matrix,
    },
};

/// What becomes of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The value itself.
    Values = 0,
    /// Two classes from one sum: the logistic function.
    Binary = 1,
    /// Softmax over one sum per class.
    Softmax = 2,
}

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

/// Turns sums into shares that add up to 1; the largest sum is taken off first, so that none overflows.
pub fn softmax(sums: &mut [f64]) {
    let most = sums.iter().fold(f64::NEG_INFINITY, |most, s| most.max(*s));
    sums.iter_mut().for_each(|s| *s = libm::exp(*s - most));
    let all: f64 = sums.iter().sum();
    sums.iter_mut().for_each(|s| *s /= all);
}

/// 1 / (1 + e⁻ˢ), which overflows on neither side.
pub fn sigmoid(sum: f64) -> f64 {
    if sum >= 0.0 {
        1.0 / (1.0 + libm::exp(-sum))
    } else {
        let e = libm::exp(sum);
        e / (1.0 + e)
    }
}

impl Model for Linear {
    fn features(&self) -> usize {
        self.weights.rows
    }

    fn outputs(&self) -> usize {
        if self.link == Link::Binary { 2 } else { self.intercepts.len() }
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (features, outputs) = (self.features(), self.outputs());
        let mut sums = vec![0.0; self.intercepts.len()];
        let mut wide = vec![0.0; self.intercepts.len()];
        for (row, out) in inputs.chunks_exact(features.max(1)).zip(out.chunks_exact_mut(outputs.max(1))).take(rows) {
            self.weights.apply(row, &self.intercepts, &mut sums);
            match self.link {
                Link::Values => out.copy_from_slice(&sums),
                Link::Binary => {
                    let second = sigmoid(f64::from(sums[0]));
                    out.copy_from_slice(&[(1.0 - second) as f32, second as f32]);
                }
                Link::Softmax => {
                    wide.iter_mut().zip(&sums).for_each(|(w, s)| *w = f64::from(*s));
                    softmax(&mut wide);
                    out.iter_mut().zip(&wide).for_each(|(o, w)| *o = *w as f32);
                }
            }
        }
    }

    fn describe(&self) -> Description {
        let counts = vec![
            Count::new("weights", self.weights.rows * self.weights.columns),
            Count::new("weights that are not 0", self.weights.nonzero()),
        ];
        let (coefficients, intercepts) = (self.weights.values(), self.intercepts.clone());
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
    let link = match reader.byte("kind of linear model")? {
        0 => Link::Values,
        1 => Link::Binary,
        2 => Link::Softmax,
        _ => return Err(invalid("there is no such linear model")),
    };
    let weights = Matrix::read(reader, "weights")?;
    if weights.columns == 0 || link != Link::Softmax && weights.columns != 1 {
        return Err(invalid("there are more or fewer sums than the model has"));
    }
    let intercepts = read_floats(reader, weights.columns, "intercepts")?;
    Ok(Box::new(Linear { weights, intercepts, link }))
}
