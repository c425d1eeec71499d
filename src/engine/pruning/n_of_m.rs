//! The same number of weights stays in every group of neighbours.

use super::{Evidence, Mask, Pruned, Pruner, Scores, count, criteria::Criterion, smallest};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "n-m",
    label: "N of every M weights",
    help: teach!(
        "Keeps the N of every M weights that a unit has side by side which rank highest, so that no position is far from the next. 50 % of groups of four is the 2:4 pattern of graphics processors: half of the memory, and a little less time for single samples, where scattered zeros have to be four in five. At least one of each group stays."
    ),
    formula: teach!(r"m_i = \left[\, S_i \text{ is among the } N = M - \operatorname{round}(sM) \text{ largest of its group} \,\right]"),
    source: teach!("Mishra et al. 2021, Accelerating sparse deep neural networks"),
    params: &[GROUP],
    build: |values| Box::new(NOfM { group: values.usize(&GROUP) }),
};

const GROUP: ParamSpec = ParamSpec {
    key: "group",
    label: "Group M",
    range: (2.0, 16.0),
    scale: Scale::Integer,
    default: 4.0,
    help: teach!(
        "Weights of a group. Larger groups leave more choice of what stays and lose less accuracy, but only groups of four have a kernel that skips what is gone."
    ),
    ..ParamSpec::NEW
};

struct NOfM {
    group: usize,
}

impl Pruner for NOfM {
    /// A group at a unit's end may be shorter; it keeps as many as it has, up to N.
    fn prune(&self, evidence: &Evidence<'_>, criterion: &Criterion, sparsity: f64) -> Result<Pruned, SpecError> {
        let scores = Scores::of(evidence, criterion)?;
        let kept = self.group - count(self.group, sparsity).min(self.group - 1);
        let mut mask = Mask::all(evidence.params.len());
        for (layer, (inputs, units)) in evidence.matrices() {
            let first = evidence.span(layer).start;
            for unit in 0..units {
                for start in (0..inputs).step_by(self.group) {
                    let group = (start..inputs.min(start + self.group)).map(|k| first + k * units + unit);
                    let gone = group.len().saturating_sub(kept);
                    for at in smallest(group.map(|at| (at, scores.one(at))), gone) {
                        mask.set(at, false);
                    }
                }
            }
        }
        Ok(Pruned::weights(evidence.network, mask))
    }
}
