//! The same learning rate throughout.

use super::Schedule;
use crate::engine::catalog::Entry;

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "constant",
    label: "Constant",
    help: teach!(
        "The same learning rate from the first step to the last. Easy to reason about; the last steps keep jittering around the minimum."
    ),
    formula: teach!(r"\eta_t = \eta"),
    source: "",
    params: &[],
    build: |_| Box::new(Constant),
};

struct Constant;

impl Schedule for Constant {
    fn factor(&self, _: f64, _: f64) -> f64 {
        1.0
    }
}
