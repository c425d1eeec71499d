//! The nearest level.

use super::{Problem, Rounder};
use crate::engine::catalog::Entry;

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "nearest",
    label: "To nearest",
    help: teach!(
        "Every weight goes to the level that is nearest to it, which needs no data and takes no time. Each weight is then as exact as can be, but the layer's sums are not: at 4 bits and fewer other roundings answer better."
    ),
    formula: teach!(r"q = \operatorname{round}(w / s)"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    params: &[],
    build: |_| Box::new(Nearest),
};

struct Nearest;

impl Rounder for Nearest {
    fn looks(&self) -> bool {
        false
    }

    fn choose(&self, _: &Problem<'_>, _: &mut [i8]) {}
}
