//! Units near the middle of their layer can be replaced by the others.

use super::{Build, ByUnit, Criterion, Entry, Evidence, Pair, Suits};
use crate::engine::{error::SpecError, pruning::units::incoming};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "fpgm",
    label: "Geometric median (units)",
    help: teach!(
        "Ranks units by the sum of the distances of their incoming weights from those of all others in the layer: one near the middle says what the rest can say. Removes what is redundant and not what is small; in a layer whose units differ little, that is nearly chance."
    ),
    formula: teach!(r"S_u = \sum_v \lVert w_u - w_v \rVert_2"),
    source: teach!("He et al. 2019, Filter pruning via geometric median for deep convolutional neural networks acceleration"),
    params: &[],
    build: Build { suits: Suits::Units, looks: false, make: |_| Criterion::Units(Box::new(Fpgm)) },
};

struct Fpgm;

impl ByUnit for Fpgm {
    fn scores(&self, evidence: &Evidence<'_>, pair: &Pair) -> Result<Vec<f32>, SpecError> {
        let units: Vec<Vec<f32>> =
            (0..pair.units).map(|unit| incoming(evidence, pair, unit).map(|at| evidence.params[at]).collect()).collect();
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        Ok(units.iter().map(|a| units.iter().map(|b| distance(a, b)).sum()).collect())
    }
}
