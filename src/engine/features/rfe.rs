//! Columns that a linear model can do without go one by one.

use super::{
    Fitted, KEPT, Rows, at_most,
    linalg::{factorized, scatter, solve},
    path::targets,
    select::keep,
    stats::mean,
};
use crate::engine::{catalog::Entry, params::Values};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "rfe",
    label: "Recursive elimination",
    help: teach!(
        "Fits a linear model (ridge regression, one for each class), leaves out the column with the smallest weights, and begins again until few are left. Sees what columns tell together, at the price of many fits; scale before it."
    ),
    formula: teach!(r"\operatorname{arg\,min}_j \sum_c w_{c,j}^2,\quad w_c = (X^\top X + I)^{-1} X^\top y_c"),
    source: teach!("Guyon et al. 2002, Gene selection for cancer classification using support vector machines"),
    params: &[KEPT],
    build: fit,
};

/// Most columns: the time grows with their fourth power.
const MAX_COLUMNS: usize = 256;

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    at_most(rows, MAX_COLUMNS)?;
    let width = rows.width();
    let means: Vec<f64> = (0..width).map(|at| mean(&rows.column(at))).collect();
    let products = scatter(rows.values, &means);
    let along = |target: Vec<f64>| {
        let middle = mean(&target);
        let mut sums = vec![0.0; width];
        for (row, y) in rows.values.chunks_exact(width).zip(&target) {
            sums.iter_mut().zip(row.iter().zip(&means)).for_each(|(sum, (v, m))| *sum += (v - m) * (y - middle));
        }
        sums
    };
    let along: Vec<Vec<f64>> = targets(rows.target).into_iter().map(along).collect();
    let mut left: Vec<usize> = (0..width).collect();
    while left.len() > values.usize(&KEPT) {
        let n = left.len();
        let entry = |at: usize| {
            let (i, j) = (at / n, at % n);
            products[left[i] * width + left[j]] + if i == j { 1.0 } else { 0.0 }
        };
        let factor = factorized((0..n * n).map(entry).collect(), n);
        let mut squares = vec![0.0; n];
        for along in &along {
            let mut weights: Vec<f64> = left.iter().map(|at| along[*at]).collect();
            solve(&factor, &mut weights);
            squares.iter_mut().zip(&weights).for_each(|(sum, w)| *sum += w * w);
        }
        let least = (0..n).fold(0, |least, at| if squares[at] < squares[least] { at } else { least });
        left.remove(least);
    }
    Ok(keep(rows, left))
}
