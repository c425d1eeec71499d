//! The directions in which rows vary most.

use super::{
    COMPONENTS, Fitted, Rows, at_most,
    linalg::{axes, project, scatter},
    stats::{mean, moments},
};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "pca",
    label: "PCA",
    help: teach!(
        "Turns the columns into the directions in which training rows vary most, the largest first, which no longer vary together. Many columns that say almost the same become few; that a direction varies much does not mean that it tells the classes apart."
    ),
    formula: teach!(r"z = V_k^\top (x - \mu),\quad \Sigma = V \Lambda V^\top"),
    source: teach!("Hotelling 1933, Analysis of a complex of statistical variables into principal components"),
    params: &[COMPONENTS, WHITEN],
    build: fit,
};

const WHITEN: ParamSpec = ParamSpec {
    key: "whiten",
    label: "Whiten",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }]),
    help: teach!(
        "On: every component is scaled to vary by 1, as a network likes its inputs. Small directions are blown up with it, and they are mostly noise."
    ),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    at_most(rows, super::MAX_COVARIANCES)?;
    let width = rows.width();
    // The mean of equal values is off by a rounding, which must not pass for a direction.
    if (0..width).all(|at| moments(&rows.column(at)).1 == 0.0) {
        return Err("the rows do not vary".into());
    }
    let means: Vec<f64> = (0..width).map(|at| mean(&rows.column(at))).collect();
    let freedom = (rows.len().max(2) - 1) as f64;
    let covariance: Vec<f64> = scatter(rows.values, &means).iter().map(|v| v / freedom).collect();
    let found = axes(&covariance, width)?;
    let (variances, mut directions): (Vec<f64>, Vec<Vec<f64>>) = found.into_iter().map(|(value, axis)| (value.max(0.0), axis)).unzip();
    let total: f64 = variances.iter().sum();
    if total <= 0.0 {
        return Err("the rows do not vary".into());
    }
    directions.truncate(values.usize(&COMPONENTS).min(rows.len()));
    if values.usize(&WHITEN) == 1 {
        for (axis, variance) in directions.iter_mut().zip(&variances) {
            let spread = if *variance > 1e-12 * total { variance.sqrt() } else { 1.0 };
            axis.iter_mut().for_each(|v| *v /= spread);
        }
    }
    let names = (1..=directions.len()).map(|i| format!("PC {i}")).collect();
    let explained = variances.iter().map(|v| v / total).collect();
    Ok(Fitted::projection(names, explained, true, Box::new(move |row, out| project(row, &means, &directions, out))))
}
