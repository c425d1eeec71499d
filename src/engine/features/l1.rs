//! Columns that a linear model keeps when weights cost something.

use super::{Fitted, Rows, Target, at_most, linalg::scatter, select::keep, stats::mean};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "l1",
    label: "L1 selection",
    help: teach!(
        "Fits linear models whose weights cost their size (the lasso), one for each class, and keeps the columns that still have a weight. Of columns that say the same it keeps one; scale before it, since small numbers need large weights."
    ),
    formula: teach!(r"\min_w \frac{1}{2n} \lVert y - Xw \rVert_2^2 + \alpha \lVert w \rVert_1"),
    source: teach!("Tibshirani 1996, Regression shrinkage and selection via the lasso"),
    params: &[ALPHA],
    build: fit,
};

const ALPHA: ParamSpec = ParamSpec {
    key: "alpha",
    label: "Penalty α",
    range: (0.0001, 1.0),
    scale: Scale::Log,
    default: 0.02,
    help: teach!("What a weight costs. A high penalty leaves few columns, or none."),
    ..ParamSpec::NEW
};

/// Most passes over the weights.
const PASSES: usize = 20_000;
/// Smallest change of a weight, as a share of the largest, for which they go on.
const SMALLEST: f64 = 1e-10;

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    at_most(rows, super::MAX_COVARIANCES)?;
    let (n, width) = (rows.len(), rows.width());
    let means: Vec<f64> = (0..width).map(|at| mean(&rows.column(at))).collect();
    let products: Vec<f64> = scatter(rows.values, &means).iter().map(|v| v / n as f64).collect();
    let mut kept = vec![false; width];
    for target in targets(rows.target) {
        let middle = mean(&target);
        let mut along = vec![0.0; width];
        for (row, y) in rows.values.chunks_exact(width).zip(&target) {
            along.iter_mut().zip(row.iter().zip(&means)).for_each(|(sum, (v, m))| *sum += (v - m) * (y - middle) / n as f64);
        }
        let weights = lasso(&products, &along, values.get(&ALPHA));
        kept.iter_mut().zip(&weights).for_each(|(kept, w)| *kept |= *w != 0.0);
    }
    if !kept.contains(&true) {
        return Err("no column is worth its weight: take a lower penalty".into());
    }
    Ok(keep(rows, (0..width).filter(|at| kept[*at]).collect()))
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

/// Weights by coordinate descent, from means of products of the columns and with the target.
fn lasso(products: &[f64], along: &[f64], alpha: f64) -> Vec<f64> {
    let n = along.len();
    let mut weights = vec![0.0; n];
    // What the target has left along each column.
    let mut rest = along.to_vec();
    for _ in 0..PASSES {
        let (mut largest, mut moved) = (0.0_f64, 0.0_f64);
        for at in 0..n {
            let own = products[at * n + at];
            if own <= 0.0 {
                continue;
            }
            let pull = rest[at] + own * weights[at];
            let new = libm::copysign((pull.abs() - alpha).max(0.0) / own, pull);
            let by = new - weights[at];
            if by != 0.0 {
                weights[at] = new;
                rest.iter_mut().zip(&products[at * n..(at + 1) * n]).for_each(|(rest, p)| *rest -= p * by);
            }
            (largest, moved) = (largest.max(new.abs()), moved.max(by.abs()));
        }
        if moved <= SMALLEST * largest {
            break;
        }
    }
    weights
}
