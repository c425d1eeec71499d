//! Fewer weights, or fewer units.

use super::{AtHand, Candidate, Now, RATE, Step, Training};
use crate::engine::{
    catalog::{Entry, Pick},
    compress::Calibration,
    error::SpecError,
    params::{ParamSpec, Scale, Word},
    pruning::{Choice, Evidence, Mask, Pruned, criteria::movement},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "prune",
    label: "Prune",
    help: teach!(
        "Removes the least important weights, or whole neurons and filters, which leave a narrower network behind. Over some epochs it removes a few at a time and trains in between, along a cubic curve: fast while there is much to spare, slowly at the end."
    ),
    formula: teach!(r"s_t = s \left(1 - \left(1 - \frac{t}{T}\right)^3\right)"),
    source: teach!("Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression"),
    params: &[SHARE, WHAT, OVER, BY, RATE],
    build: |values| {
        Box::new(Prune {
            share: values.get(&SHARE),
            scope: Pick::new(WHATS[values.usize(&WHAT).min(WHATS.len() - 1)].key),
            criterion: Pick::new(BYS[values.usize(&BY).min(BYS.len() - 1)].key),
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

/// Keys of the scopes' catalogue.
const WHATS: &[Word] = &[
    Word { key: "global", label: "Weights, whole network" },
    Word { key: "layer", label: "Weights, layer by layer" },
    Word { key: "units", label: "Neurons and filters" },
    Word { key: "n-m", label: "N of every 4 weights" },
    Word { key: "block", label: "Blocks of 4 weights" },
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

/// Keys of the criteria's catalogue.
const BYS: &[Word] = &[
    Word { key: "magnitude", label: "Magnitude" },
    Word { key: "wanda", label: "Wanda" },
    Word { key: "snip", label: "SNIP" },
    Word { key: "taylor", label: "Taylor" },
    Word { key: "movement", label: "Movement" },
    Word { key: "random", label: "Random" },
    Word { key: "l1", label: "L1 norm (units)" },
    Word { key: "in-out", label: "Incoming × outgoing (units)" },
    Word { key: "fpgm", label: "Geometric median (units)" },
    Word { key: "apoz", label: "Share of zeros (units)" },
];

const BY: ParamSpec = ParamSpec {
    key: "by",
    label: "Ranked by",
    range: (0.0, BYS.len() as f64 - 1.0),
    scale: Scale::Choice(BYS),
    default: 0.0,
    help: teach!(
        "What is least important goes first. Wanda looks at inputs, SNIP and Taylor at gradients on some training samples; movement at where training took the weights, so it prunes gradually."
    ),
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
    scope: Pick,
    criterion: Pick,
    over: f64,
    rate: f64,
}

impl Prune {
    /// What goes at `sparsity`.
    fn choose(&self, now: &Now<'_>, sparsity: f64, at_hand: &AtHand<'_>) -> Result<Pruned, SpecError> {
        let calibration = Calibration { held: now.keep, ..at_hand.calibration };
        let choice = Choice { scope: &self.scope, criterion: &self.criterion };
        choice.prune(&Evidence::new(now.network, now.params, &calibration), sparsity)
    }

    /// Removes all that is to go.
    fn finish(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        let now = Now { network: &candidate.network, params: &candidate.params, keep: &candidate.keep };
        let Pruned { mask, removed } = self.choose(&now, self.share, at_hand)?;
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
    fn begin(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        candidate.ranges.clear();
        if self.over == 0.0 { self.finish(candidate, at_hand) } else { Ok(()) }
    }

    fn training(&self) -> Option<Training> {
        (self.over > 0.0).then_some(Training { epochs: self.over, rate: self.rate, teacher: None })
    }

    fn notes_movement(&self) -> bool {
        self.criterion.key == movement::KEY
    }

    fn hold(&self, now: &Now<'_>, done: f64, at_hand: &AtHand<'_>) -> Result<Option<Vec<f32>>, SpecError> {
        if self.over == 0.0 || done == 0.0 {
            return Ok(None);
        }
        let left = 1.0 - done;
        let Pruned { mask, .. } = self.choose(now, self.share * (1.0 - left * left * left), at_hand)?;
        Ok(Some(within(&mask, now.keep)))
    }

    fn end(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        if self.over > 0.0 { self.finish(candidate, at_hand) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::pruning;

    #[test]
    fn words_are_the_catalogues() {
        let keys = |words: &[Word]| words.iter().map(|w| w.key).collect::<Vec<_>>();
        let sorted = |mut keys: Vec<&'static str>| {
            keys.sort_unstable();
            keys
        };
        assert_eq!(sorted(keys(WHATS)), sorted(pruning::LISTING.entries.iter().map(|e| e.key).collect()));
        assert_eq!(sorted(keys(BYS)), sorted(pruning::criteria::LISTING.entries.iter().map(|e| e.key).collect()));
    }
}
