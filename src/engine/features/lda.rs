//! The directions in which classes lie farthest apart.

use super::{
    COMPONENTS, Fitted, Rows, Target, at_most,
    linalg::{axes, project, scatter},
    stats::{mean, moments},
};
use crate::engine::{catalog::Entry, params::Values};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "lda",
    label: "LDA",
    help: teach!(
        "Turns the columns into the directions in which the classes lie farthest apart for their spread: one fewer than there are classes at most. Where classes are clouds of one shape nothing linear does better, and a network has little left to do."
    ),
    formula: teach!(r"\max_w \frac{w^\top S_B\, w}{w^\top S_W\, w}"),
    source: teach!("Rao 1948, The utilization of multiple measurements in problems of biological classification"),
    params: &[COMPONENTS],
    build: fit,
};

/// Smallest spread of a direction, as a share of its column's, that counts as one.
const SMALLEST: f64 = 1e-4;

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    at_most(rows, super::MAX_COVARIANCES)?;
    let Target::Classes(classes, count) = rows.target else {
        return Err("it tells classes apart, and this data asks for a number: use pca".into());
    };
    let (len, width) = (rows.len(), rows.width());
    let sizes: Vec<f64> = (0..count).map(|class| classes.iter().filter(|c| **c as usize == class).count() as f64).collect();
    let there = sizes.iter().filter(|n| **n > 0.0).count();
    if there < 2 || len <= there {
        return Err("it needs two classes, and more rows than classes".into());
    }
    let middle: Vec<f64> = (0..width).map(|at| mean(&rows.column(at))).collect();
    let mut centres = vec![0.0; count * width];
    for (row, class) in rows.values.chunks_exact(width).zip(classes) {
        let at = *class as usize;
        centres[at * width..][..width].iter_mut().zip(row).for_each(|(sum, v)| *sum += v / sizes[at]);
    }
    // Rows from the centre of their class, in units of their spread there.
    let mut within: Vec<f64> = rows.values.to_vec();
    for (row, class) in within.chunks_exact_mut(width).zip(classes) {
        row.iter_mut().zip(&centres[*class as usize * width..]).for_each(|(v, centre)| *v -= centre);
    }
    let spread = |at: usize| {
        let column: Vec<f64> = within.iter().skip(at).step_by(width).copied().collect();
        let deviation = moments(&column).1.sqrt();
        // The centre of equal values is off by a rounding, which must not pass for a spread.
        if deviation > len as f64 * f64::EPSILON * middle[at].abs() { deviation } else { 1.0 }
    };
    let spreads: Vec<f64> = (0..width).map(spread).collect();
    within.chunks_exact_mut(width).for_each(|row| row.iter_mut().zip(&spreads).for_each(|(v, s)| *v /= s));
    let covariance: Vec<f64> = scatter(&within, &vec![0.0; width]).iter().map(|v| v / len as f64).collect();
    // Directions in which classes spread by 1, in the units of the columns.
    let round: Vec<Vec<f64>> = axes(&covariance, width)?
        .into_iter()
        .filter(|(value, _)| *value > SMALLEST * SMALLEST)
        .map(|(value, axis)| axis.iter().zip(&spreads).map(|(v, s)| v / value.sqrt() / s).collect())
        .collect();
    if round.is_empty() {
        return Err("within each class no column varies, so there is nothing to measure by how far apart classes lie".into());
    }
    // Centres along these, each as heavy as its class.
    let mut apart = Vec::new();
    for (centre, size) in centres.chunks_exact(width).zip(&sizes).filter(|(_, size)| **size > 0.0) {
        let from = apart.len();
        project(centre, &middle, &round, &mut apart);
        apart[from..].iter_mut().for_each(|v| *v *= (size / (there as f64 - 1.0)).sqrt());
    }
    let found = axes(&scatter(&apart, &vec![0.0; round.len()]), round.len())?;
    let largest = found.first().map_or(0.0, |(value, _)| *value);
    if largest <= 0.0 {
        return Err("the classes all have the same centre".into());
    }
    let told: Vec<&(f64, Vec<f64>)> = found.iter().take(there - 1).filter(|(value, _)| *value > SMALLEST * SMALLEST * largest).collect();
    let total: f64 = told.iter().map(|(value, _)| value).sum();
    let explained = told.iter().map(|(value, _)| value / total).collect();
    let direction = |(_, mix): &&(f64, Vec<f64>)| -> Vec<f64> {
        (0..width).map(|at| mix.iter().zip(&round).map(|(m, axis)| m * axis[at]).sum()).collect()
    };
    let mut directions: Vec<Vec<f64>> = told.iter().map(direction).collect();
    directions.truncate(values.usize(&COMPONENTS));
    let names = (1..=directions.len()).map(|i| format!("LD {i}")).collect();
    Ok(Fitted::projection(names, explained, true, Box::new(move |row, out| project(row, &middle, &directions, out))))
}
