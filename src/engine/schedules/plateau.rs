//! Reducing the learning rate on a plateau.

use super::{Heard, Schedule};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "plateau",
    label: "Reduce on plateau",
    help: teach!(
        "Cuts the learning rate when the validation loss has stopped falling: it needs no plan, and follows what happens. It is late by its patience, and noise can look like a plateau; where no validation share is set it holds out 10 % of the training samples, and one that is picked while a run without any goes on follows the training loss."
    ),
    formula: teach!(
        r"\eta \leftarrow \max(\gamma\, \eta,\ f \eta_0) \quad\text{after more than } p \text{ epochs without}\quad L < (1 - \theta)\, L_\text{best}"
    ),
    source: teach!("Bengio 2012, Practical recommendations for gradient-based training of deep architectures"),
    params: &[FACTOR, PATIENCE, THRESHOLD, COOLDOWN, FINAL],
    build: |v| {
        Box::new(Plateau {
            factor: v.get(&FACTOR),
            patience: v.get(&PATIENCE),
            threshold: v.get(&THRESHOLD),
            cooldown: v.get(&COOLDOWN),
            last: v.get(&FINAL),
        })
    },
};

const FACTOR: ParamSpec = ParamSpec {
    key: "factor",
    label: "Factor γ",
    range: (0.01, 0.99),
    default: 0.3,
    help: teach!("What the learning rate is multiplied by at each cut. 0.1 is drastic; near 1 many cuts are needed to matter."),
    ..ParamSpec::NEW
};
const PATIENCE: ParamSpec = ParamSpec {
    key: "patience",
    label: "Patience p",
    unit: "epochs",
    range: (0.0, 100.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!("Epochs without a lower loss that are borne before a cut. 0 cuts at the first; too much of it wastes epochs on jitter."),
    ..ParamSpec::NEW
};
const THRESHOLD: ParamSpec = ParamSpec {
    key: "threshold",
    label: "Threshold θ",
    range: (0.0, 0.5),
    default: 1e-4,
    help: teach!(
        "Share by which a loss has to be lower than the lowest to count as lower. Large values cut even while there is slow progress."
    ),
    ..ParamSpec::NEW
};
const COOLDOWN: ParamSpec = ParamSpec {
    key: "cooldown",
    label: "Cooldown",
    unit: "epochs",
    range: (0.0, 100.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!("Epochs after a cut in which nothing counts against the loss. Gives the smaller rate time to show what it can do."),
    ..ParamSpec::NEW
};
const FINAL: ParamSpec = ParamSpec {
    key: "final",
    label: "Least share f",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!("Share of the learning rate below which no cut goes. 1 never cuts; 0 sets no limit."),
    ..ParamSpec::NEW
};

struct Plateau {
    factor: f64,
    patience: f64,
    threshold: f64,
    cooldown: f64,
    last: f64,
}

impl Schedule for Plateau {
    fn factor(&self, _: f64, _: f64) -> f64 {
        1.0
    }

    fn hear(&self, loss: f32, epoch: f64, heard: &mut Heard) {
        // Losses of two tests are compared as they are shown; their difference in f64.
        if f64::from(loss) < f64::from(heard.best) * (1.0 - self.threshold) {
            (heard.best, heard.since) = (loss, epoch);
        }
        if epoch <= heard.until {
            heard.since = epoch;
        }
        if epoch - heard.since > self.patience {
            heard.factor = (heard.factor * self.factor).max(self.last.min(heard.factor));
            (heard.since, heard.until) = (epoch, epoch + self.cooldown);
        }
    }
}
