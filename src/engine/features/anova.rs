//! Columns ranked by how far the classes lie apart in them.

use super::{Fitted, KEPT, Rows, Target, select::best, stats::mean};
use crate::engine::{catalog::Entry, params::Values};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "anova",
    label: "ANOVA F",
    help: teach!(
        "Keeps the columns in which classes lie far apart for their spread, or that a straight line connects best with the number to predict. Looks at one column at a time: two that only tell something together go."
    ),
    formula: teach!(
        r"F = \frac{\sum_c n_c (\bar x_c - \bar x)^2 / (C - 1)}{\sum_c \sum_{i \in c} (x_i - \bar x_c)^2 / (n - C)},\quad F = \frac{r^2}{1 - r^2}(n - 2)"
    ),
    source: teach!("Fisher 1925, Statistical methods for research workers"),
    params: &[KEPT],
    build: fit,
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let score = |at: usize| {
        let column = rows.column(at);
        match rows.target {
            Target::Classes(classes, count) => between(&column, classes, count),
            Target::Values(values) => linear(&column, values),
        }
    };
    let scores: Vec<f64> = (0..rows.width()).map(score).collect();
    Ok(best(rows, values.usize(&KEPT), &scores))
}

/// F of a one-way analysis of variance.
fn between(column: &[f64], classes: &[u32], count: usize) -> f64 {
    let (mut sums, mut sizes) = (vec![0.0; count], vec![0.0; count]);
    for (value, class) in column.iter().zip(classes) {
        sums[*class as usize] += value;
        sizes[*class as usize] += 1.0;
    }
    let middle = mean(column);
    let there = sizes.iter().filter(|n| **n > 0.0).count() as f64;
    let apart: f64 = sums.iter().zip(&sizes).filter(|(_, n)| **n > 0.0).map(|(sum, n)| n * (sum / n - middle) * (sum / n - middle)).sum();
    let off = |(value, class): (&f64, &u32)| value - sums[*class as usize] / sizes[*class as usize];
    let within: f64 = column.iter().zip(classes).map(off).map(|d| d * d).sum();
    (apart / (there - 1.0)) / (within / (column.len() as f64 - there))
}

/// F of a straight line through the values.
fn linear(column: &[f64], values: &[f32]) -> f64 {
    let values: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
    let (a, b) = (mean(column), mean(&values));
    let sum = |f: &dyn Fn(f64, f64) -> f64| column.iter().zip(&values).map(|(x, y)| f(x - a, y - b)).sum::<f64>();
    let together = sum(&|x, y| x * y);
    let r2 = together * together / (sum(&|x, _| x * x) * sum(&|_, y| y * y));
    r2 / (1.0 - r2) * (column.len() as f64 - 2.0)
}
