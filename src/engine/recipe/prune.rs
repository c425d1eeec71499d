//! Fewer weights, or fewer units.

use super::{AtHand, Candidate, Now, RATE, Step, Training};
use crate::engine::{
    catalog::{Entry, Pick},
    error::SpecError,
    network::Network,
    params::{ParamSpec, Scale, Word},
    pruning::{self, Mask, Pruned},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "prune",
    label: "Prune",
    help: teach!(
        "Removes the least important weights, or whole neurons and filters, which leave a narrower network behind. Over some epochs it removes a few at a time and trains in between, along a cubic curve: fast while there is much to spare, slowly at the end."
    ),
    formula: teach!(r"s_t = s \left(1 - \left(1 - \frac{t}{T}\right)^3\right)"),
    source: teach!("Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression"),
    params: &[SHARE, WHAT, OVER, RATE],
    build: |values| {
        Box::new(Prune {
            share: values.get(&SHARE),
            pruner: Pick::new(WHATS[values.usize(&WHAT).min(WHATS.len() - 1)].key),
            over: values.get(&OVER),
            rate: values.get(&RATE),
        })
    },
};

const SHARE: ParamSpec = ParamSpec {
    key: "share",
    label: "Sparsity",
    range: (0.0, 0.99),
    default: 0.7,
    help: teach!(
        "Share that is removed: of all weights, those among them that went before, or of the units that are left. Most networks give half of their weights away for nothing, and nine in ten with some fine-tuning."
    ),
    ..ParamSpec::NEW
};

/// Keys of the pruners' catalogue.
const WHATS: &[Word] = &[
    Word { key: "global-magnitude", label: "Weights, whole network" },
    Word { key: "layer-magnitude", label: "Weights, layer by layer" },
    Word { key: "units", label: "Neurons and filters" },
    Word { key: "n-m", label: "N of every 4 weights" },
];

const WHAT: ParamSpec = ParamSpec {
    key: "what",
    label: "What goes",
    range: (0.0, WHATS.len() as f64 - 1.0),
    scale: Scale::Choice(WHATS),
    default: 0.0,
    help: teach!("Single weights leave zeros behind, which save bytes. Whole neurons and filters save time as well, for certain."),
    ..ParamSpec::NEW
};

const OVER: ParamSpec = ParamSpec {
    key: "over",
    label: "Gradually, over",
    unit: "epochs",
    range: (0.0, 50.0),
    default: 0.0,
    help: teach!("Epochs of training during which the sparsity rises. 0 removes all at once (one-shot)."),
    ..ParamSpec::NEW
};

struct Prune {
    share: f64,
    pruner: Pick,
    over: f64,
    rate: f64,
}

impl Prune {
    /// What goes at `sparsity`, of a network with these parameters.
    fn choose(&self, network: &Network, params: &[f32], sparsity: f64) -> Result<Pruned, SpecError> {
        let (entry, values) = pruning::CATALOG.resolve(&self.pruner)?;
        Ok((entry.build)(&values).prune(network, params, sparsity))
    }

    /// Removes all that is to go.
    fn finish(&self, candidate: &mut Candidate) -> Result<(), SpecError> {
        let Pruned { mask, removed } = self.choose(&candidate.network, &candidate.params, self.share)?;
        if removed.iter().any(|units| !units.is_empty()) {
            return candidate.narrow(&removed);
        }
        candidate.hold(within(&mask, &candidate.keep));
        Ok(())
    }
}

/// What lives in `mask` of what lived `before`: what was removed stays removed.
fn within(mask: &Mask, before: &[f32]) -> Vec<f32> {
    let mut keep: Vec<f32> = mask.flags().iter().map(|alive| f32::from(u8::from(*alive))).collect();
    keep.iter_mut().zip(before).for_each(|(keep, before)| *keep *= before);
    keep
}

impl Step for Prune {
    fn begin(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        candidate.ranges.clear();
        if self.over == 0.0 { self.finish(candidate) } else { Ok(()) }
    }

    fn training(&self) -> Option<Training> {
        (self.over > 0.0).then_some(Training { epochs: self.over, rate: self.rate, teacher: None })
    }

    fn hold(&self, now: &Now<'_>, done: f64, _: &AtHand<'_>) -> Result<Option<Vec<f32>>, SpecError> {
        if self.over == 0.0 {
            return Ok(None);
        }
        let left = 1.0 - done;
        let Pruned { mask, .. } = self.choose(now.network, now.params, self.share * (1.0 - left * left * left))?;
        Ok(Some(within(&mask, now.keep)))
    }

    fn end(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        if self.over > 0.0 { self.finish(candidate) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_goes_has_a_pruner() {
        for word in WHATS {
            assert!(pruning::CATALOG.find(word.key).is_ok(), "{}", word.key);
        }
    }
}
