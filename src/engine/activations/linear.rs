//! No activation.

use super::Activation;
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "linear",
    label: "Linear (identity)",
    help: teach!(
        "Passes every value unchanged. Layers with nothing but this between them collapse into one, which shows why networks need a bend."
    ),
    formula: teach!(r"f(x) = x"),
    source: "",
    params: &[],
    build: |_| Box::new(Linear),
};

struct Linear;

impl Activation for Linear {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y.copy_from_slice(x);
    }

    fn backward(&self, _: &[f32], _: &[f32], dy: &[f32], dx: &mut [f32]) {
        dx.copy_from_slice(dy);
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("linear.wgsl")
    }
}
