//! What becomes of a lasso's weights as their price falls: its path.

use std::sync::OnceLock;

use super::{Rows, Target, l1::lasso, linalg::scatter, stats::mean};

/// Penalties of a path, besides the chosen one.
const STEPS: usize = 30;
/// The lowest penalty of a path as a share of the highest, unless the chosen one is lower still.
const LOWEST: f64 = 1e-3;
/// Most passes over the weights at one penalty.
const PASSES: usize = 20_000;
/// About how many products of numbers a path may take, a second's work: with many columns its weak end stops short of the last digits.
const WORK: usize = 1_000_000_000;

/// Weights of columns at falling penalties.
#[derive(Clone, Debug, PartialEq)]
pub struct LassoPath {
    /// Penalties α, the highest first, the chosen one among them. At the highest the first weight is about to leave 0.
    pub alphas: Vec<f64>,
    /// `[columns, alphas]`. Of two classes those of the second against the first; of more the largest magnitude among the classes, each of which has a model of its own.
    pub weights: Vec<f64>,
    /// The penalty that the step has.
    pub chosen: f64,
    /// Whether weights are magnitudes.
    pub magnitudes: bool,
}

/// The lasso of a step: what it needs of its training rows, whatever a weight costs.
pub(super) struct Lasso {
    /// Means of products of the columns, which have none, `[columns, columns]`.
    products: Vec<f64>,
    /// The same of columns and what is fitted, `[columns]`: the numbers, or each class against all others.
    along: Vec<Vec<f64>>,
    alpha: f64,
    /// Found when it is first looked at: most runs never are.
    path: OnceLock<LassoPath>,
}

impl Lasso {
    pub(super) fn new(rows: &Rows<'_>, alpha: f64) -> Self {
        let (n, width) = (rows.len(), rows.width());
        let means: Vec<f64> = (0..width).map(|at| mean(&rows.column(at))).collect();
        let products = scatter(rows.values, &means).iter().map(|v| v / n as f64).collect();
        let along = |target: Vec<f64>| {
            let middle = mean(&target);
            let mut along = vec![0.0; width];
            for (row, y) in rows.values.chunks_exact(width).zip(&target) {
                along.iter_mut().zip(row.iter().zip(&means)).for_each(|(sum, (v, m))| *sum += (v - m) * (y - middle) / n as f64);
            }
            along
        };
        Self { products, along: targets(rows.target).into_iter().map(along).collect(), alpha, path: OnceLock::new() }
    }

    /// Which columns have a weight in any of the models, at the step's penalty.
    pub(super) fn kept(&self) -> Vec<bool> {
        let mut kept = vec![false; self.along.first().map_or(0, Vec::len)];
        for along in &self.along {
            let mut weights = vec![0.0; along.len()];
            lasso(&self.products, along, self.alpha, &mut weights, PASSES);
            kept.iter_mut().zip(&weights).for_each(|(kept, w)| *kept |= *w != 0.0);
        }
        kept
    }

    /// Its path, each penalty begun where the one before has ended (Friedman, Hastie & Tibshirani 2010).
    pub(super) fn path(&self) -> &LassoPath {
        self.path.get_or_init(|| self.follow())
    }

    fn follow(&self) -> LassoPath {
        // Two classes are each other's mirror.
        let lines = if self.along.len() == 2 { &self.along[1..] } else { &self.along[..] };
        let magnitudes = lines.len() > 1;
        let width = lines.first().map_or(0, Vec::len);
        let highest = lines.iter().flatten().fold(self.alpha, |most, v| most.max(v.abs()));
        let lowest = (LOWEST * highest).min(self.alpha);
        let ratio = lowest / highest;
        let mut alphas: Vec<f64> = (0..STEPS).map(|i| highest * libm::pow(ratio, i as f64 / (STEPS - 1) as f64)).collect();
        let place = alphas.partition_point(|alpha| *alpha > self.alpha * (1.0 + 1e-9));
        match alphas.get_mut(place) {
            Some(alpha) if *alpha > self.alpha * (1.0 - 1e-9) => *alpha = self.alpha,
            _ => alphas.insert(place, self.alpha),
        }
        let passes = (WORK / (width * width * alphas.len() * lines.len()).max(1)).clamp(20, PASSES);
        let mut weights = vec![0.0_f64; width * alphas.len()];
        for along in lines {
            let mut now = vec![0.0; width];
            for (at, alpha) in alphas.iter().enumerate() {
                lasso(&self.products, along, *alpha, &mut now, passes);
                for (all, w) in weights.chunks_exact_mut(alphas.len()).zip(&now) {
                    all[at] = if magnitudes { all[at].max(w.abs()) } else { *w };
                }
            }
        }
        LassoPath { alphas, weights, chosen: self.alpha, magnitudes }
    }
}

/// What is fitted: the numbers, or 1 for the rows of each class and 0 for all others.
pub(super) fn targets(target: Target<'_>) -> Vec<Vec<f64>> {
    match target {
        Target::Values(values) => vec![values.iter().map(|v| f64::from(*v)).collect()],
        Target::Classes(classes, count) => {
            (0..count).map(|class| classes.iter().map(|c| f64::from(u8::from(*c as usize == class))).collect()).collect()
        }
    }
}
