//! Rectified linear unit with a slope for negative values.

use super::Activation;
use crate::{
    engine::{catalog::Entry, params::ParamSpec},
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "leaky-relu",
    label: "Leaky ReLU",
    help: teach!(
        "A ReLU that lets a little of the negative side through. Units cannot die, since some gradient always passes; fewer exact zeros flow to the next layer."
    ),
    formula: teach!(r"f(x) = \max(0, x) + a \min(0, x)"),
    source: teach!("Maas et al. 2013, Rectifier nonlinearities improve neural network acoustic models"),
    params: &[SLOPE],
    build: |v| Box::new(LeakyRelu { slope: v.f32(&SLOPE) }),
};

const SLOPE: ParamSpec = ParamSpec {
    key: "slope",
    label: "Negative slope a",
    range: (0.0, 1.0),
    default: 0.01,
    help: teach!("Share of a negative value that passes. 0 is the plain ReLU, 1 no bend at all."),
    ..ParamSpec::NEW
};

struct LeakyRelu {
    slope: f32,
}

impl Activation for LeakyRelu {
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = if x > 0.0 { x } else { self.slope * x };
        }
    }

    fn backward(&self, x: &[f32], _: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((dx, &dy), &x) in dx.iter_mut().zip(dy).zip(x) {
            *dx = if x > 0.0 { dy } else { self.slope * dy };
        }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("leaky_relu.wgsl").with("LEAK", f64::from(self.slope))
    }
}
