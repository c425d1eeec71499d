//! Columns of counts ranked by how unevenly they fall on the classes.

use super::{Fitted, KEPT, Rows, Target, select::best};
use crate::engine::{catalog::Entry, params::Values};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "chi2",
    label: "χ²",
    help: teach!(
        "Keeps the columns whose sums fall on the classes least as chance would have it. Made for counts and one-hot columns: it takes no negative numbers, so put min-max scaling before it."
    ),
    formula: teach!(r"\chi^2 = \sum_c \frac{(O_c - E_c)^2}{E_c},\quad E_c = \frac{n_c}{n} \sum_i x_i"),
    source: teach!("Pearson 1900, On the criterion that a given system of deviations"),
    params: &[KEPT],
    build: fit,
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let Target::Classes(classes, count) = rows.target else {
        return Err("it tells classes apart, and this data asks for a number: use anova or mutual".into());
    };
    if rows.values.iter().any(|v| *v < 0.0) {
        return Err("it takes no negative numbers: put scale:minmax before it".into());
    }
    let score = |at: usize| {
        let column = rows.column(at);
        let (mut observed, mut sizes) = (vec![0.0; count], vec![0.0; count]);
        for (value, class) in column.iter().zip(classes) {
            observed[*class as usize] += value;
            sizes[*class as usize] += 1.0;
        }
        let total: f64 = observed.iter().sum();
        let part = |(seen, size): (&f64, &f64)| {
            let expected = size / column.len() as f64 * total;
            if expected > 0.0 { (seen - expected) * (seen - expected) / expected } else { 0.0 }
        };
        observed.iter().zip(&sizes).map(part).sum()
    };
    let scores: Vec<f64> = (0..rows.width()).map(score).collect();
    Ok(best(rows, values.usize(&KEPT), &scores))
}
