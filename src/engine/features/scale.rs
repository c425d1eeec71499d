//! Columns brought to one size.

use super::{
    Fitted, Rows,
    stats::{moments, quantile},
};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values, Word},
    },
    order,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "scale",
    label: "Scale",
    help: teach!(
        "Brings all columns to one size by figures of the training rows. Worth it behind steps that multiply or count, since columns of large numbers drown the others; min-max is what χ² needs."
    ),
    formula: teach!(r"\frac{x - \mu}{\sigma},\quad \frac{x - \min}{\max - \min},\quad \frac{x - q_{50}}{q_{75} - q_{25}}"),
    source: teach!("LeCun et al. 1998, Efficient BackProp"),
    params: &[HOW],
    build: fit,
};

const HOW: ParamSpec = ParamSpec {
    key: "by",
    label: "By",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[
        Word { key: "standard", label: "Standard" },
        Word { key: "minmax", label: "Min-max" },
        Word { key: "robust", label: "Robust" },
    ]),
    help: teach!(
        "Mean and standard deviation, least and most, or median and the middle half. Outliers move the first two and leave the third alone."
    ),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let how = values.usize(&HOW);
    let scaling: Vec<(f64, f64)> = (0..rows.width()).map(|at| pair(&rows.column(at), how)).collect();
    Ok(Fitted::new(
        rows.names.to_vec(),
        Box::new(move |row, out| out.extend(row.iter().zip(&scaling).map(|(v, (shift, spread))| (v - shift) / spread))),
    ))
}

/// What is taken off, and what the rest is divided by: 1 where all values are equal.
fn pair(column: &[f64], how: usize) -> (f64, f64) {
    let sorted = order::ascending(column);
    let (shift, spread) = match how {
        0 => {
            let (mean, variance) = moments(column);
            (mean, variance.sqrt())
        }
        1 => (sorted[0], sorted[sorted.len() - 1] - sorted[0]),
        _ => (quantile(&sorted, 0.5), quantile(&sorted, 0.75) - quantile(&sorted, 0.25)),
    };
    (shift, if spread > 0.0 { spread } else { 1.0 })
}
