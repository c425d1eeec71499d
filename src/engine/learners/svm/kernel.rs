//! How alike two samples are.

use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::codec::{floats, invalid, read_floats},
};

/// Kinds of kernels; the numbers are those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Rbf = 0,
    Linear = 1,
    Poly = 2,
}

/// A kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kernel {
    pub shape: Shape,
    pub gamma: f32,
    pub degree: u8,
    pub coef0: f32,
}

/// Largest value of a polynomial: far beyond, single precision ends.
const LARGEST: f64 = 1e30;

/// Sums that run side by side, so that the compiler can make vectors of them.
const LANES: usize = 8;

/// Σ f(aᵢ, bᵢ) in a fixed order.
fn sum(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f64 {
    let mut lanes = [0.0_f32; LANES];
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.0.iter().zip(b.0) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f(*a, *b);
        }
    }
    let rest: f64 = a.1.iter().zip(b.1).map(|(a, b)| f64::from(f(*a, *b))).sum();
    lanes.iter().fold(rest, |sum, lane| sum + f64::from(*lane))
}

/// Squared distance.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, |a, b| (a - b) * (a - b))
}

/// Sum of magnitudes of differences.
pub fn magnitudes(a: &[f32], b: &[f32]) -> f64 {
    sum(a, b, |a, b| (a - b).abs())
}

impl Kernel {
    pub fn at(&self, a: &[f32], b: &[f32]) -> f64 {
        match self.shape {
            Shape::Rbf => libm::exp(-f64::from(self.gamma) * distance(a, b)),
            Shape::Linear => sum(a, b, |a, b| a * b),
            Shape::Poly => {
                let base = f64::from(self.gamma) * sum(a, b, |a, b| a * b) + f64::from(self.coef0);
                (1..self.degree).fold(base, |power, _| power * base).clamp(-LARGEST, LARGEST)
            }
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend([self.shape as u8, self.degree]);
        floats(out, &[self.gamma, self.coef0]);
    }

    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ArtifactError> {
        let shape = match reader.byte("kernel")? {
            0 => Shape::Rbf,
            1 => Shape::Linear,
            2 => Shape::Poly,
            _ => return Err(invalid("there is no such kernel")),
        };
        let degree = reader.byte("degree")?;
        let numbers = read_floats(reader, 2, "kernel")?;
        Ok(Self { shape, degree, gamma: numbers[0], coef0: numbers[1] })
    }
}
