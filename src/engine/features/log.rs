//! Long tails drawn in by logarithms.

use super::{Fitted, Rows, stats::moments};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "log",
    label: "Logarithm",
    help: teach!(
        "Draws in long tails on both sides of zero, so that a few large values no longer stretch the scale. What is small stays as it is; best on columns that are not scaled to be small before."
    ),
    formula: teach!(r"\operatorname{sign}(x)\, \ln(1 + |x|)"),
    source: teach!("Bartlett 1947, The use of transformations"),
    params: &[WHICH],
    build: fit,
};

const WHICH: ParamSpec = ParamSpec {
    key: "which",
    label: "Which columns",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "skew", label: "Skewed ones" }, Word { key: "all", label: "All" }]),
    help: teach!(
        "Skewed ones are those whose skewness among training rows is beyond 1 either way. All others keep their shape, unless all are asked for."
    ),
    formula: teach!(r"\left|\frac{\overline{(x - \mu)^3}}{\sigma^3}\right| > 1"),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let all = values.usize(&WHICH) == 1;
    let taken: Vec<bool> = (0..rows.width()).map(|at| all || skewness(&rows.column(at)).abs() > 1.0).collect();
    let names = rows.names.iter().zip(&taken).map(|(name, taken)| if *taken { format!("log {name}") } else { name.clone() }).collect();
    let of = |v: f64| libm::copysign(libm::log1p(v.abs()), v);
    Ok(Fitted::new(names, Box::new(move |row, out| out.extend(row.iter().zip(&taken).map(|(v, taken)| if *taken { of(*v) } else { *v })))))
}

/// Third moment over the third power of the standard deviation; 0 for equal values.
fn skewness(column: &[f64]) -> f64 {
    let (mean, variance) = moments(column);
    let third = column.iter().map(|v| (v - mean) * (v - mean) * (v - mean)).sum::<f64>() / column.len() as f64;
    if variance > 0.0 { third / (variance * variance.sqrt()) } else { 0.0 }
}
