//! Directions by chance.

use super::{COMPONENTS, Fitted, Rows, linalg::project};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values},
    rng::Rng,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "random",
    label: "Random projection",
    help: teach!(
        "Projects rows onto directions that are drawn by chance, which keeps distances about as they are and learns nothing at all. Needs more components than PCA for the same; a measure of what learning directions is worth."
    ),
    formula: teach!(r"z = R x,\quad R_{i,j} \sim \mathcal{N}\left(0, \tfrac{1}{k}\right)"),
    source: teach!("Johnson & Lindenstrauss 1984, Extensions of Lipschitz mappings into a Hilbert space"),
    params: &[COMPONENTS, DRAW],
    build: fit,
};

const DRAW: ParamSpec = ParamSpec {
    key: "draw",
    label: "Draw",
    range: (0.0, 1000.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!("Seed of the directions. Another one shows how much of a result is chance."),
    ..ParamSpec::NEW
};

/// Stream of the seed from which directions are drawn.
const STREAM: u64 = 11 << 32;

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let (k, width) = (values.usize(&COMPONENTS), rows.width());
    let mut rng = Rng::new(values.get(&DRAW) as u64, STREAM);
    let spread = 1.0 / (k as f64).sqrt();
    let directions: Vec<Vec<f64>> = (0..k).map(|_| (0..width).map(|_| f64::from(rng.normal()) * spread).collect()).collect();
    let origin = vec![0.0; width];
    let names = (1..=k).map(|i| format!("projection {i}")).collect();
    Ok(Fitted::new(names, Box::new(move |row, out| project(row, &origin, &directions, out))))
}
