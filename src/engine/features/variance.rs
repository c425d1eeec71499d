//! Columns that hardly vary go.

use super::{Fitted, Rows, select::keep, stats::moments};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Values},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "variance",
    label: "Variance threshold",
    help: teach!(
        "Leaves out columns that vary no more than a threshold among the training rows; what never varies tells nothing. Behind standard scaling all vary by 1 but the constant ones, so the threshold means something for unscaled and one-hot columns."
    ),
    formula: teach!(r"\operatorname{Var}(x) > t"),
    source: teach!("Pedregosa et al. 2011, Scikit-learn: machine learning in Python"),
    params: &[THRESHOLD],
    build: fit,
};

const THRESHOLD: ParamSpec = ParamSpec {
    key: "t",
    label: "At most",
    range: (0.0, 2.0),
    default: 0.0,
    help: teach!(
        "Largest variance that is left out. At 0 only constant columns go; a one-hot column of a category that one row in twenty has varies by 0.05."
    ),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let threshold = values.get(&THRESHOLD);
    Ok(keep(rows, (0..rows.width()).filter(|at| moments(&rows.column(*at)).1 > threshold).collect()))
}
