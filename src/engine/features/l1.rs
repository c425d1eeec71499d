//! Columns that a linear model keeps when weights cost something.

use super::{Fitted, Rows, at_most, path::Lasso, select::keep};
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

/// Smallest change of a weight, as a share of the largest, for which passes go on.
const SMALLEST: f64 = 1e-10;

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    at_most(rows, super::MAX_COVARIANCES)?;
    let lasso = Lasso::new(rows, values.get(&ALPHA));
    let kept = lasso.kept();
    if !kept.contains(&true) {
        return Err("no column is worth its weight: take a lower penalty".into());
    }
    let selected = keep(rows, (0..rows.width()).filter(|at| kept[*at]).collect());
    Ok(Fitted { lasso: Some(lasso), ..selected })
}

/// Weights by coordinate descent, from those that are there, in at most `passes` over them; from means of products of the columns `[n, n]` and with the target `[n]`.
pub(super) fn lasso(products: &[f64], along: &[f64], alpha: f64, weights: &mut [f64], passes: usize) {
    let n = along.len();
    // What the target has left along each column.
    let mut rest = along.to_vec();
    for (at, w) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
        rest.iter_mut().zip(&products[at * n..(at + 1) * n]).for_each(|(rest, p)| *rest -= p * w);
    }
    for _ in 0..passes {
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
}
