//! A mask that moves while the candidate trains.

use super::{AtHand, Candidate, EPOCHS, Now, RATE, Step, Training, prune::within};
use crate::engine::{
    catalog::{Entry, Pick},
    compress::Calibration,
    error::SpecError,
    params::ParamSpec,
    pruning::{Choice, Evidence, Mask, regrow::regrow},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "regrow",
    label: "Regrow (RigL)",
    help: teach!(
        "Prunes weights at once and then, while it trains, lets the mask move: the smallest of the living go, and as many come back where the loss of some training samples has its largest gradients. Ever fewer move, and after three quarters of the epochs none; what was pruned before may come back, too."
    ),
    formula: teach!(
        r"\alpha_t = \frac{\alpha}{2}\left(1 + \cos \frac{\pi t}{T_{\text{end}}}\right),\quad T_{\text{end}} = \tfrac{3}{4}\, T"
    ),
    source: teach!("Evci et al. 2020, Rigging the lottery: making all tickets winners"),
    params: &[SHARE, EPOCHS, TURNOVER, RATE],
    build: |values| {
        let (share, turnover) = (values.get(&SHARE), values.get(&TURNOVER));
        Box::new(Regrow { share, turnover, training: Training { epochs: values.get(&EPOCHS), rate: values.get(&RATE), teacher: None } })
    },
};

const SHARE: ParamSpec = ParamSpec {
    key: "share",
    label: "Sparsity",
    range: (0.0, 0.99),
    default: 0.8,
    help: teach!(
        "Share of all weights that is gone at any time, the smallest of the whole network at first. Each layer keeps the number of living weights that it has then; only their places change."
    ),
    ..ParamSpec::NEW
};

const TURNOVER: ParamSpec = ParamSpec {
    key: "turnover",
    label: "Turnover α",
    range: (0.0, 1.0),
    default: 0.3,
    help: teach!(
        "Share of the living weights of each layer that change places at the first look; it falls along half a cosine. Much finds other places quickly, and tears out what has been learned."
    ),
    ..ParamSpec::NEW
};

/// Share of the training after which the mask stands still.
const SETTLED: f64 = 0.75;

struct Regrow {
    share: f64,
    turnover: f64,
    training: Training,
}

impl Step for Regrow {
    fn begin(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        candidate.ranges.clear();
        let calibration = Calibration { held: &candidate.keep, ..at_hand.calibration };
        let (scope, criterion) = (Pick::new("global"), Pick::new("magnitude"));
        let choice = Choice { scope: &scope, criterion: &criterion };
        let pruned = choice.prune(&Evidence::new(&candidate.network, &candidate.params, &calibration), self.share)?;
        candidate.hold(within(&pruned.mask, &candidate.keep));
        Ok(())
    }

    fn training(&self) -> Option<Training> {
        Some(self.training)
    }

    fn hold(&self, now: &Now<'_>, done: f64, at_hand: &AtHand<'_>) -> Result<Option<Vec<f32>>, SpecError> {
        // Where nothing is held there is nothing to move.
        if done == 0.0 || done > SETTLED || now.keep.is_empty() {
            return Ok(None);
        }
        let mut mask = Mask::all(now.keep.len());
        now.keep.iter().enumerate().filter(|(_, keep)| **keep == 0.0).for_each(|(at, _)| mask.set(at, false));
        let turnover = self.turnover / 2.0 * (1.0 + libm::cos(std::f64::consts::PI * done / SETTLED));
        let calibration = Calibration { held: now.keep, ..at_hand.calibration };
        let moved = regrow(&Evidence::new(now.network, now.params, &calibration), &mask, turnover)?;
        Ok(Some(moved.flags().iter().map(|alive| f32::from(u8::from(*alive))).collect()))
    }
}
