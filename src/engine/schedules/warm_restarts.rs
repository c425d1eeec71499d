//! Cosine annealing with warm restarts.

use super::Schedule;
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "warm-restarts",
    label: "Cosine with warm restarts",
    help: teach!(
        "Follows half a cosine down, jumps back to the full learning rate, and follows a longer one. Each restart shakes weights out of where they had settled; the loss jumps there, and the best weights stand at the end of a cycle."
    ),
    formula: teach!(r"\eta_t = \eta \left(f + \frac{1 - f}{2} \left(1 + \cos \frac{\pi\, t_i}{T_i}\right)\right),\quad T_{i+1} = k\, T_i"),
    source: teach!("Loshchilov & Hutter 2017, SGDR: stochastic gradient descent with warm restarts"),
    params: &[FIRST, GROWTH, FINAL],
    build: |v| Box::new(Restarts { first: v.get(&FIRST), growth: v.get(&GROWTH), last: v.get(&FINAL) }),
};

const FIRST: ParamSpec = ParamSpec {
    key: "first",
    label: "First cycle T₀",
    unit: "epochs",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!(
        "Epochs from the start to the first restart. Short cycles explore, long ones settle; a run does best to end where a cycle does: with the defaults after 3, 9 or 21 epochs."
    ),
    ..ParamSpec::NEW
};
const GROWTH: ParamSpec = ParamSpec {
    key: "growth",
    label: "Growth k",
    range: (1.0, 4.0),
    scale: Scale::Integer,
    default: 2.0,
    help: teach!(
        "How many times longer each cycle is than the one before. 1 makes all alike; larger ones leave fewer restarts for the end."
    ),
    ..ParamSpec::NEW
};
const FINAL: ParamSpec = ParamSpec {
    key: "final",
    label: "Final share f",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "Share of the learning rate that is left at the end of each cycle. 1 never changes it; 0 comes to rest before each restart."
    ),
    ..ParamSpec::NEW
};

struct Restarts {
    first: f64,
    growth: f64,
    last: f64,
}

impl Schedule for Restarts {
    fn factor(&self, epoch: f64, _: f64) -> f64 {
        let (mut at, mut length) = (epoch, self.first);
        if self.growth <= 1.0 {
            at = libm::fmod(at, length);
        }
        while at >= length {
            at -= length;
            length *= self.growth;
        }
        self.last + (1.0 - self.last) * 0.5 * (1.0 + libm::cos(core::f64::consts::PI * at / length))
    }
}
