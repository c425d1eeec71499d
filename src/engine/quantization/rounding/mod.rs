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

    /// What rounding to `codes` adds to the answer of each unit, squared and averaged over rows.
    #[must_use]
    pub fn errors(&self, codes: &[i8]) -> Vec<f64> {
        let inputs = self.inputs.max(1);
        let count = (self.rows.len() / inputs).max(1) as f64;
        let mut off = vec![0.0; inputs];
        let units = self.weights.chunks_exact(inputs).zip(codes.chunks_exact(inputs)).enumerate();
        let error = |(n, (weights, codes)): (usize, (&[f32], &[i8]))| {
            for (k, ((off, w), code)) in off.iter_mut().zip(weights).zip(codes).enumerate() {
                *off = f64::from(self.grid.at(n, k).value(*code)) - f64::from(*w);
            }
            let answers = self.rows.chunks_exact(inputs).map(|row| off.iter().zip(row).map(|(off, x)| off * f64::from(*x)).sum::<f64>());
            answers.map(|answer| answer * answer).sum::<f64>() / count
        };
        units.map(error).collect()
    }

    /// The sum of [`Problem::errors`].
    #[must_use]
    pub fn error(&self, codes: &[i8]) -> f64 {
        self.errors(codes).iter().sum()
    }

    /// Puts what was `found` in the place of `codes`, but for units whose answers it would not bring nearer.
    fn take(&self, found: &[i8], codes: &mut [i8]) {
        let better = self.errors(found).into_iter().zip(self.errors(codes)).map(|(found, before)| found < before).collect::<Vec<_>>();
        let inputs = self.inputs.max(1);
        for ((codes, found), _) in codes.chunks_exact_mut(inputs).zip(found.chunks_exact(inputs)).zip(better).filter(|(_, better)| *better)
        {
            codes.copy_from_slice(found);
        }
    }
}

#[cfg(test)]
mod tests;
