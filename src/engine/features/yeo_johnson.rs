//! Columns bent until they look normal.

use super::{Fitted, Rows, stats::moments};
use crate::engine::{catalog::Entry, params::Values};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "yeo-johnson",
    label: "Yeo–Johnson",
    help: teach!(
        "Bends each column by a power of its own, found by maximum likelihood, until it looks as normal as it can, and standardizes it. Takes negative numbers, too; a column with two humps keeps them."
    ),
    formula: teach!(r"\frac{(x + 1)^\lambda - 1}{\lambda} \;(x \ge 0),\quad -\frac{(1 - x)^{2 - \lambda} - 1}{2 - \lambda} \;(x < 0)"),
    source: teach!("Yeo & Johnson 2000, A new family of power transformations to improve normality or symmetry"),
    params: &[],
    build: fit,
};

/// Powers among which the best is looked for.
const POWERS: (f64, f64) = (-5.0, 5.0);
/// Times that they are narrowed down, to some 10⁻⁸.
const NARROWED: usize = 45;

fn fit(_: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let learn = |at: usize| {
        let column = rows.column(at);
        let power = power(&column);
        let (mean, variance) = moments(&column.iter().map(|v| bend(*v, power)).collect::<Vec<_>>());
        (power, mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
    };
    let learnt: Vec<_> = (0..rows.width()).map(learn).collect();
    Ok(Fitted::new(
        rows.names.to_vec(),
        Box::new(move |row, out| out.extend(row.iter().zip(&learnt).map(|(v, (power, mean, spread))| (bend(*v, *power) - mean) / spread))),
    ))
}

fn bend(x: f64, power: f64) -> f64 {
    let (grown, power, sign) = if x >= 0.0 { (libm::log1p(x), power, 1.0) } else { (libm::log1p(-x), 2.0 - power, -1.0) };
    // ((1 + |x|)^p − 1) / p, whose limit at p = 0 is the logarithm.
    let bent = if power.abs() < 1e-12 { grown } else { libm::expm1(power * grown) / power };
    sign * bent
}

/// The power of greatest likelihood, by golden sections; 1 for a column of equal values.
fn power(column: &[f64]) -> f64 {
    if moments(column).1 == 0.0 {
        return 1.0;
    }
    let tilt: f64 = column.iter().map(|v| libm::copysign(libm::log1p(v.abs()), *v)).sum();
    let likelihood = |power: f64| {
        let bent: Vec<f64> = column.iter().map(|v| bend(*v, power)).collect();
        let variance = moments(&bent).1;
        if variance > 0.0 { -0.5 * column.len() as f64 * libm::log(variance) + (power - 1.0) * tilt } else { f64::NEG_INFINITY }
    };
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = POWERS;
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_a, mut at_b) = (likelihood(a), likelihood(b));
    for _ in 0..NARROWED {
        if at_a > at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - golden * (high - low);
            at_a = likelihood(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + golden * (high - low);
            at_b = likelihood(b);
        }
    }
    0.5 * (low + high)
}
