//! Columns ranked by what they tell of the target, whatever the shape.

use super::{
    Fitted, KEPT, Rows, Target,
    select::best,
    stats::{bin, quantile_edges},
};
use crate::engine::{catalog::Entry, params::Values};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "mutual",
    label: "Mutual information",
    help: teach!(
        "Keeps the columns that tell most about what is to be predicted, in curves as well as in lines, counted over ten bins of training rows. Few rows in a bin make a column look more telling than it is, and it sees one column at a time."
    ),
    formula: teach!(r"I = \sum_{b, c} p(b, c) \ln \frac{p(b, c)}{p(b)\, p(c)}"),
    source: teach!("Battiti 1994, Using mutual information for selecting features in supervised neural net learning"),
    params: &[KEPT],
    build: fit,
};

/// Bins of a column, and of a number to predict.
const BINS: usize = 10;

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let wanted = match rows.target {
        Target::Classes(classes, _) => classes.iter().map(|c| *c as usize).collect(),
        Target::Values(values) => binned(&values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>()),
    };
    let scores: Vec<f64> = (0..rows.width()).map(|at| information(&binned(&rows.column(at)), &wanted)).collect();
    Ok(best(rows, values.usize(&KEPT), &scores))
}

fn binned(column: &[f64]) -> Vec<usize> {
    let edges = quantile_edges(column, BINS);
    column.iter().map(|v| bin(&edges, *v)).collect()
}

/// In nats.
fn information(a: &[usize], b: &[usize]) -> f64 {
    let (na, nb) = (a.iter().max().map_or(0, |m| m + 1), b.iter().max().map_or(0, |m| m + 1));
    let mut both = vec![0.0; na * nb];
    a.iter().zip(b).for_each(|(a, b)| both[a * nb + b] += 1.0);
    let n = a.len() as f64;
    let of_a: Vec<f64> = both.chunks_exact(nb).map(|row| row.iter().sum()).collect();
    let of_b: Vec<f64> = (0..nb).map(|c| both.iter().skip(c).step_by(nb).sum()).collect();
    let part =
        |(at, count): (usize, &f64)| if *count > 0.0 { count / n * libm::log(count * n / (of_a[at / nb] * of_b[at % nb])) } else { 0.0 };
    both.iter().enumerate().map(part).sum()
}
