//! Fewer weights, or fewer units.

use super::{AtHand, Candidate, Now, RATE, Step, Training, rewind};
use crate::engine::{
    catalog::{Entry, Pick},
    compress::Calibration,
    error::SpecError,
    params::{ParamSpec, Scale, Word},
    pruning::{Choice, Evidence, Mask, Pruned, criteria::movement},
    quantization::settings::OFF_ON,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "prune",
    label: "Prune",
    help: teach!(
        "Removes the least important weights, or whole neurons and filters, which leave a narrower network behind. Over some epochs it removes a few at a time and trains in between, along a cubic curve: fast while there is much to spare, slowly at the end; or in rounds, each of which removes the same share of what is left and then trains in peace."
    ),
    formula: teach!(r"s_t = s \left(1 - \left(1 - \frac{t}{T}\right)^3\right)"),
    source: teach!(
        "Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression; Frankle & Carbin 2019, The lottery ticket hypothesis"
    ),
    params: &[SHARE, WHAT, OVER, BY, RATE, ROUNDS, REWIND],
    build: |values| {
        Box::new(Prune {
            share: values.get(&SHARE),
            scope: Pick::new(WHATS[values.usize(&WHAT).min(WHATS.len() - 1)].key),
            criterion: Pick::new(BYS[values.usize(&BY).min(BYS.len() - 1)].key),
            over: values.get(&OVER),
            rate: values.get(&RATE),
            rounds: if values.get(&OVER) > 0.0 { values.usize(&ROUNDS).max(1) as u32 } else { 1 },
            rewind: values.usize(&REWIND) == 1,
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

/// The scope that takes whole units out for good.
const UNITS: &str = "units";

/// Keys of the scopes' catalogue.
const WHATS: &[Word] = &[
    Word { key: "global", label: "Weights, whole network" },
    Word { key: "layer", label: "Weights, layer by layer" },
    Word { key: UNITS, label: "Neurons and filters" },
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

const ROUNDS: ParamSpec = ParamSpec {
    key: "rounds",
    label: "Rounds",
    range: (1.0, 20.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!(
        "From 2 on (iterative pruning): each round removes the same share of what is left and trains for its part of the epochs, with a learning rate that falls anew. Many rounds lose least at high sparsity, if each has epochs enough to recover; 1 follows the cubic curve."
    ),
    formula: teach!(r"s_i = 1 - (1 - s)^{i / n}"),
    source: teach!("Frankle & Carbin 2019, The lottery ticket hypothesis: finding sparse, trainable neural networks"),
    ..ParamSpec::NEW
};

const REWIND: ParamSpec = ParamSpec {
    key: "rewind",
    label: "Rewind each round",
    range: (0.0, 1.0),
    scale: Scale::Choice(OFF_ON),
    default: 0.0,
    help: teach!(
        "On: after each round's pruning the weights that are left go back to their first values, and are trained anew. What comes out is a winning ticket, if it learns as well as the whole network did; it takes rounds of many epochs at a learning rate near the experiment's own."
    ),
    formula: teach!(r"w \leftarrow m_i \odot w_0"),
    source: teach!("Frankle & Carbin 2019, The lottery ticket hypothesis: finding sparse, trainable neural networks"),
    ..ParamSpec::NEW
};

struct Prune {
    share: f64,
    scope: Pick,
    criterion: Pick,
    over: f64,
    rate: f64,
    /// From 2 on what goes, goes in so many rounds.
    rounds: u32,
    rewind: bool,
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
        self.remove(candidate, self.share, at_hand)
    }

    /// What round `round` (from 0) does before it trains: in all rounds the same share of what is left goes.
    fn round(&self, candidate: &mut Candidate, round: u32, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        let units = self.scope.key == UNITS;
        // Units that are gone are not counted any more; weights are.
        let done = if units { 1.0 } else { f64::from(round + 1) } / f64::from(self.rounds);
        let share = if !units && round + 1 == self.rounds { self.share } else { 1.0 - libm::pow(1.0 - self.share, done) };
        self.remove(candidate, share, at_hand)?;
        if self.rewind { rewind::to_first(candidate) } else { Ok(()) }
    }

    /// Removes what goes at `sparsity`.
    fn remove(&self, candidate: &mut Candidate, sparsity: f64, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        let now = Now { network: &candidate.network, params: &candidate.params, keep: &candidate.keep };
        let Pruned { mask, removed } = self.choose(&now, sparsity, at_hand)?;
        if removed.iter().any(|units| !units.is_empty()) {
            return candidate.narrow(&removed);
        }
        candidate.hold(within(&mask, &candidate.keep));
        Ok(())
    }
}

/// What lives in `mask` of what lived `before`: what was removed stays removed.
pub(super) fn within(mask: &Mask, before: &[f32]) -> Vec<f32> {
    let mut keep: Vec<f32> = mask.flags().iter().map(|alive| f32::from(u8::from(*alive))).collect();
    keep.iter_mut().zip(before).for_each(|(keep, before)| *keep *= before);
    keep
}

impl Step for Prune {
    fn begin(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        candidate.ranges.clear();
        match self.rounds {
            1 if self.over == 0.0 => self.finish(candidate, at_hand),
            1 => Ok(()),
            _ => self.round(candidate, 0, at_hand),
        }
    }

    fn rounds(&self) -> u32 {
        self.rounds
    }

    fn between(&self, candidate: &mut Candidate, round: u32, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        candidate.ranges.clear();
        self.round(candidate, round, at_hand)
    }

    fn training(&self) -> Option<Training> {
        (self.over > 0.0).then_some(Training { epochs: self.over / f64::from(self.rounds), rate: self.rate, teacher: None })
    }

    fn notes_movement(&self) -> bool {
        self.criterion.key == movement::KEY
    }

    fn hold(&self, now: &Now<'_>, done: f64, at_hand: &AtHand<'_>) -> Result<Option<Vec<f32>>, SpecError> {
        if self.over == 0.0 || done == 0.0 || self.rounds > 1 {
            return Ok(None);
        }
        let left = 1.0 - done;
        let Pruned { mask, .. } = self.choose(now, self.share * (1.0 - left * left * left), at_hand)?;
        Ok(Some(within(&mask, now.keep)))
    }

    fn end(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        if self.over > 0.0 && self.rounds == 1 { self.finish(candidate, at_hand) } else { Ok(()) }
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
