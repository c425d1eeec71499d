//! Mean absolute error.

use super::residual::{Cost, Residuals};
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "mae",
    label: "Mean absolute error (L1)",
    help: teach!(
        "The mean distance between output and target: an error twice as large costs twice as much, so outliers pull no harder than others and the median is learnt, not the mean. The gradient has the same size however small the error, and the last steps jitter unless the learning rate falls."
    ),
    formula: teach!(r"L = \frac{1}{B\,O}\sum_{b,o} \lvert p_{b,o} - y_{b,o} \rvert"),
    source: teach!("Laplace 1774, Mémoire sur la probabilité des causes par les évènements"),
    params: &[],
    build: |_| Box::new(Residuals(Absolute)),
};

struct Absolute;

impl Cost for Absolute {
    fn at(&self, r: f32) -> (f32, f32) {
        // At zero, where there is no slope, none: as in PyTorch.
        (r.abs(), if r == 0.0 { 0.0 } else { 1.0_f32.copysign(r) })
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("mae.wgsl")
    }
}
