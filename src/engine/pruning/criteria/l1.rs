//! Units with small weights matter least, without the square that lets one large weight speak for all.

use super::{Build, ByUnit, Criterion, Entry, Evidence, Pair, Suits};
use crate::engine::{error::SpecError, pruning::units::incoming};

pub(super) const ENTRY: Entry<Build> = Entry {
    key: "l1",
    label: "L1 norm (units)",
    help: teach!(
        "Ranks units by the sum of the sizes of the weights that reach them. Magnitude ranks them by the 2-norm, in which one large weight counts for many small ones; here each counts as what it is."
    ),
    formula: teach!(r"S_u = \lVert w_u \rVert_1"),
    source: teach!("Li et al. 2017, Pruning filters for efficient ConvNets"),
    params: &[],
    build: Build { suits: Suits::Units, looks: false, make: |_| Criterion::Units(Box::new(L1)) },
};

struct L1;

impl ByUnit for L1 {
    fn scores(&self, evidence: &Evidence<'_>, pair: &Pair) -> Result<Vec<f32>, SpecError> {
        Ok((0..pair.units).map(|unit| incoming(evidence, pair, unit).map(|at| evidence.params[at].abs()).sum()).collect())
    }
}
