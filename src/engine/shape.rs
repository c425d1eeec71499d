//! The shape of one sample, and of one parameter tensor.

use serde::{Deserialize, Serialize};

/// Shape of one sample, outermost dimension first: `[features]`, or `[height, width, channels]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape(pub Vec<usize>);

impl Shape {
    /// Number of values.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a shape without values does not occur")]
    pub fn len(&self) -> usize {
        self.0.iter().product()
    }

    /// Number of values, for shapes that may be too large to hold: the largest number instead of an overflow.
    #[must_use]
    pub fn count(&self) -> u64 {
        product(&self.0)
    }

    /// `(height, width, channels)` of an image; `None` for a flat sample.
    #[must_use]
    pub fn image(&self) -> Option<(usize, usize, usize)> {
        match self.0[..] {
            [h, w, c] => Some((h, w, c)),
            _ => None,
        }
    }

    /// Positions, and channels at each: those of an image, steps and their features, and one position of a row.
    #[must_use]
    pub fn positions(&self) -> (usize, usize) {
        match self.0[..] {
            [ref places @ .., channels] if !places.is_empty() => (places.iter().product(), channels),
            _ => (1, self.len()),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dims: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&dims.join("×"))
    }
}

/// What a parameter tensor is for: regularization, pruning and quantization act on weights alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Multiplied with inputs.
    Weight,
    /// Added to outputs.
    Bias,
    /// Multiplied with normalized values. Begins at 1.
    Scale,
    /// A running mean, which training notes and no optimizer moves.
    Mean,
    /// A running variance, likewise. Begins at 1.
    Variance,
}

impl Role {
    /// Whether it is no parameter but a statistic of what training has seen: what backward leaves at its place is its change, not a gradient.
    #[must_use]
    pub const fn is_statistic(self) -> bool {
        matches!(self, Self::Mean | Self::Variance)
    }
}

/// A parameter tensor of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// As PyTorch names it: "weight", "bias", "running_mean", ….
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    /// Dense weight `[in, out]`, convolution `[ky, kx, in, out]`, bias `[out]`; the last dimension is contiguous.
    pub shape: Vec<usize>,
    /// Inputs that reach one output, for initialisation.
    pub fan_in: usize,
    /// Outputs that one input reaches, for initialisation.
    pub fan_out: usize,
}

impl TensorSpec {
    /// Number of values.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a tensor without values does not occur")]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Number of values, for tensors that may be too large to hold: the largest number instead of an overflow.
    #[must_use]
    pub fn count(&self) -> u64 {
        product(&self.shape)
    }
}

fn product(dims: &[usize]) -> u64 {
    dims.iter().fold(1, |n, d| n.saturating_mul(*d as u64))
}
