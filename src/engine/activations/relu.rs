//! Rectified linear unit.

use super::Activation;
use crate::{engine::catalog::Entry, kernels::wgsl::Wgsl};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "relu",
    label: "ReLU",
    help: teach!(
        "Passes positive values and cuts negative ones to zero. Cheap and hard to beat; a unit whose input stays negative learns no more (a dead unit)."
    ),
    formula: teach!(r"f(x) = \max(0, x)"),
    source: teach!("Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines"),
    params: &[],
    build: |_| Box::new(Relu),
};

struct Relu;

impl Activation for Relu {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = if *x > 0.0 { *x } else { 0.0 };
        }
    }

    fn backward(&self, x: &[f32], _: &[f32], dy: &[f32], dx: &mut [f32]) {
        // Taken by value: a load that depends on the condition would keep the compiler from using vectors.
        for ((dx, &dy), &x) in dx.iter_mut().zip(dy).zip(x) {
            *dx = if x > 0.0 { dy } else { 0.0 };
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("relu.wgsl")
    }
}
