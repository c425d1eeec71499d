//! Rounding: to which of the two levels around it a weight goes. One file per rule.
//!
//! Step sizes are known before; a rule chooses codes. The nearest level has the least error in each weight, but a layer's answers are sums,
//! in which errors add up or cancel, and what came into the layer for some training samples tells which do.

mod adaround;
mod gptq;
mod grid;
mod hessian;
mod nearest;

use super::super::{catalog::catalog, params::Values};
pub use gptq::RUN;
pub use grid::{Grid, Level};

/// Makes a rule from checked values.
pub type Build = fn(&Values) -> Box<dyn Rounder>;

catalog! {
    /// Every rule, in the order of the page's menu.
    Build, kind: "rounding", field: "round", [nearest::ENTRY, gptq::ENTRY, adaround::ENTRY]
}

/// A matrix to round.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    /// Finite weights `[N, K]`, the input contiguous. Those that are zero are pruned, and stay zero.
    pub weights: &'a [f32],
    /// `K`.
    pub inputs: usize,
    /// The levels.
    pub grid: Grid<'a>,
    /// What came into the layer, `[R, K]`, finite: a row per sample, or per patch of a convolution.
    pub rows: &'a [f32],
}

/// A rule: which level each weight goes to.
pub trait Rounder {
    /// Whether it looks at what comes into layers.
    fn looks(&self) -> bool {
        true
    }

    /// Chooses codes `[N, K]`, which come in as those of the nearest levels.
    fn choose(&self, problem: &Problem<'_>, codes: &mut [i8]);
}

impl Problem<'_> {
    /// `N`.
    #[must_use]
    pub fn units(&self) -> usize {
        self.weights.len() / self.inputs.max(1)
    }

    /// What rounding to `codes` adds to the outputs, squared, summed over units and averaged over rows.
    #[must_use]
    pub fn error(&self, codes: &[i8]) -> f64 {
        let mut sum = 0.0;
        for (n, (weights, codes)) in self.weights.chunks_exact(self.inputs.max(1)).zip(codes.chunks_exact(self.inputs.max(1))).enumerate() {
            let off: Vec<f64> = weights
                .iter()
                .zip(codes)
                .enumerate()
                .map(|(k, (w, code))| f64::from(self.grid.at(n, k).value(*code)) - f64::from(*w))
                .collect();
            for row in self.rows.chunks_exact(self.inputs.max(1)) {
                sum += off.iter().zip(row).map(|(off, x)| off * f64::from(*x)).sum::<f64>().powi(2);
            }
        }
        sum / (self.rows.len() / self.inputs.max(1)).max(1) as f64
    }
}

#[cfg(test)]
mod tests;
