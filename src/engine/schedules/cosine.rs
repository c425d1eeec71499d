//! Cosine annealing of the learning rate.

use super::Schedule;
use crate::engine::{catalog::Entry, params::ParamSpec};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "cosine",
    label: "Cosine annealing",
    help: teach!(
        "Follows half a cosine from the full learning rate to its final share: slow to leave, fast in the middle, gentle at the end. Needs to know the planned epochs, and makes the last of them count."
    ),
    formula: teach!(r"\eta_t = \eta \left(f + \frac{1 - f}{2} \left(1 + \cos \frac{\pi t}{T}\right)\right)"),
    source: teach!("Loshchilov & Hutter 2017, SGDR: stochastic gradient descent with warm restarts"),
    params: &[FINAL],
    build: |v| Box::new(Cosine { last: v.get(&FINAL) }),
};

const FINAL: ParamSpec = ParamSpec {
    key: "final",
    label: "Final share f",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "Share of the learning rate that is left at the end of the planned epochs, and beyond. 1 never changes it; 0 comes to rest."
    ),
    ..ParamSpec::NEW
};

struct Cosine {
    last: f64,
}

impl Schedule for Cosine {
    fn factor(&self, epoch: f64, epochs: f64) -> f64 {
        let done = if epochs > 0.0 { (epoch / epochs).clamp(0.0, 1.0) } else { 1.0 };
        self.last + (1.0 - self.last) * 0.5 * (1.0 + libm::cos(core::f64::consts::PI * done))
    }
}
