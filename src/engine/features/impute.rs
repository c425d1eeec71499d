//! What stands in for what is missing (scikit-learn's `SimpleImputer`).

use super::{Fitted, Rows};
use crate::engine::{
    catalog::Entry,
    data::table::stand_in,
    params::{ParamSpec, Scale, Values, Word},
};

/// Catalogue key: where it is among the steps, what is missing comes to them as NaN.
pub const KEY: &str = "impute";

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: KEY,
    label: "Impute",
    help: teach!(
        "Fills missing numbers with a figure of the training rows, as a step of its own: gaps of a table and those made on purpose are left to it, and steps before it cannot take them. All rows get the same figure, so the column looks less spread than it is."
    ),
    formula: teach!(r"x_i \leftarrow \operatorname{median}\{x_j : j \in \text{train},\, x_j \text{ known}\}"),
    source: teach!("Little & Rubin 2002, Statistical analysis with missing data"),
    params: &[BY, VALUE, MARK],
    build: fit,
};

const BY: ParamSpec = ParamSpec {
    key: "by",
    label: "By",
    range: (0.0, 3.0),
    scale: Scale::Choice(&[
        Word { key: "mean", label: "Mean" },
        Word { key: "median", label: "Median" },
        Word { key: "frequent", label: "Most frequent" },
        Word { key: "constant", label: "Constant" },
    ]),
    help: teach!(
        "The figure that stands in. Outliers do not move the median; the most frequent number suits columns of few values, of equals it is the smallest."
    ),
    ..ParamSpec::NEW
};
const VALUE: ParamSpec = ParamSpec {
    key: "value",
    label: "Constant",
    range: (-1000.0, 1000.0),
    help: teach!(
        "The number that stands in where a constant is chosen, in the units of the column as it comes in: 0 is the mean behind standard scaling. One far from all others tells trees what was missing, and misleads what multiplies."
    ),
    ..ParamSpec::NEW
};
const MARK: ParamSpec = ParamSpec {
    key: "mark",
    label: "Mark gaps",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }]),
    help: teach!(
        "On: each column in which a training row has a gap gets a second one behind all others, 1 where it was filled and 0 elsewhere. That something is missing often means something; it costs the first layer a weight per unit."
    ),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let (by, constant) = (values.usize(&BY), values.get(&VALUE));
    let known = |at: usize| -> Vec<f64> { rows.column(at).into_iter().filter(|v| !v.is_nan()).collect() };
    let fill = |at: usize| if by == 3 { constant } else { stand_in(&known(at), by) };
    let fills: Vec<f64> = (0..rows.width()).map(fill).collect();
    let holed = |at: &usize| rows.column(*at).iter().any(|v| v.is_nan());
    let marked: Vec<usize> = (0..rows.width()).filter(|at| values.usize(&MARK) == 1 && holed(at)).collect();
    let marks = marked.iter().map(|at| format!("{} missing", rows.names[*at]));
    let names = rows.names.iter().cloned().chain(marks).collect();
    Ok(Fitted::new(
        names,
        Box::new(move |row, out| {
            out.extend(row.iter().zip(&fills).map(|(v, fill)| if v.is_nan() { *fill } else { *v }));
            out.extend(marked.iter().map(|at| f64::from(u8::from(row[*at].is_nan()))));
        }),
    ))
}
