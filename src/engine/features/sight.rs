//! A look at what a step does: test rows before and behind it, and what its components have to do with the columns.

use super::{
    LassoPath, Pipeline, Rows,
    stats::{mean, moments},
};

/// Most test rows that are looked at.
pub const SEEN: usize = 500;

/// Most columns that can be looked at.
pub const NAMED: usize = 512;

/// Test rows around a step, the first [`SEEN`] of them.
pub struct Sight<'a> {
    /// Names of the columns that come in.
    pub names: &'a [String],
    /// Which two of these to look at first: the first two, or, where they are pixels or either does not vary, those of the first [`NAMED`] that lie farthest from their means, on average
    /// over training rows.
    pub columns: (usize, usize),
    /// Names of the columns that go out.
    pub made: &'a [String],
    /// Rows that come in, `[rows, names]`; NaN where something is missing.
    pub before: Vec<f64>,
    /// Rows that go out, `[rows, made]`.
    pub after: Vec<f64>,
    /// Correlation of each column that comes in with the first two components among training rows, `[names]`, the second 0 where there is one component; empty for a step that
    /// does not turn columns into directions.
    pub loadings: &'a [[f64; 2]],
    /// Weights of each column that comes in over the price of a weight, fitted to training rows; `None` for a step that fits no lasso.
    pub lasso: Option<&'a LassoPath>,
}

impl Pipeline {
    /// Rows around step `step`, from 0; `None` behind the last.
    #[must_use]
    pub fn sight(&self, step: usize) -> Option<Sight<'_>> {
        let looked = self.steps.get(step)?;
        let mut names = &self.names;
        let mut before: Vec<f64> = self.seen.iter().map(|v| f64::from(*v)).collect();
        let through = |rows: &[f64], width: usize, at: usize| {
            let mut out = Vec::new();
            rows.chunks_exact(width).for_each(|row| (self.steps[at].map)(row, &mut out));
            out
        };
        for at in 0..step {
            before = through(&before, names.len(), at);
            names = &self.steps[at].names;
        }
        let after = through(&before, names.len(), step);
        let lasso = looked.lasso.as_ref().map(|lasso| lasso.path());
        Some(Sight { names, columns: looked.columns, made: &looked.names, before, after, loadings: &looked.loadings, lasso })
    }

    /// The step to look at first: the last that turns columns into directions, else the last of all.
    #[must_use]
    pub fn telling(&self) -> usize {
        self.steps.iter().rposition(|step| !step.loadings.is_empty()).unwrap_or(self.steps.len().saturating_sub(1))
    }
}

/// Correlation of each column of `rows` with the first two of what was made of them, `made` columns wide; 0 where either does not vary.
pub(super) fn loadings(rows: &Rows<'_>, after: &[f64], made: usize) -> Vec<[f64; 2]> {
    let centred = |column: Vec<f64>| {
        let (mean, variance) = moments(&column);
        let off: Vec<f64> = column.iter().map(|v| v - mean).collect();
        (off, variance)
    };
    let components: Vec<_> = (0..made.min(2)).map(|at| centred(after.iter().skip(at).step_by(made).copied().collect())).collect();
    let with = |at: usize| {
        let (column, variance) = centred(rows.column(at));
        let mut both = [0.0; 2];
        for (correlation, (component, theirs)) in both.iter_mut().zip(&components) {
            let spread = (variance * theirs).sqrt();
            if spread > 0.0 {
                *correlation = column.iter().zip(component).map(|(a, b)| a * b).sum::<f64>() / rows.len() as f64 / spread;
            }
        }
        both
    };
    (0..rows.width()).map(with).collect()
}

/// See [`Sight::columns`]; the earlier column first, and the same one twice where there is but one.
pub(super) fn telling_columns(rows: &Rows<'_>, pixels: bool) -> (usize, usize) {
    // Not by variance, of which scaling leaves all the same: then it would be chance, and a pixel that is lit once as good as any.
    let spread = |at: usize| {
        let mut there = rows.column(at);
        there.retain(|v| v.is_finite());
        if there.is_empty() || moments(&there).1 == 0.0 {
            return 0.0;
        }
        let middle = mean(&there);
        there.iter().map(|v| (v - middle).abs()).sum::<f64>() / there.len() as f64
    };
    let many = rows.width().min(NAMED);
    let second = 1.min(many - 1);
    if !pixels && spread(0) > 0.0 && spread(second) > 0.0 {
        return (0, second);
    }
    let spreads: Vec<f64> = (0..many).map(spread).collect();
    // Of equals the first.
    let most = |but: Option<usize>| (0..many).filter(|at| Some(*at) != but).reduce(|a, b| if spreads[b] > spreads[a] { b } else { a });
    let one = most(None).unwrap_or(0);
    let other = most(Some(one)).unwrap_or(one);
    (one.min(other), one.max(other))
}
