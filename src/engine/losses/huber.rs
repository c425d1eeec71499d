//! Huber's loss.

use super::residual::{Cost, Residuals};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "huber",
    label: "Huber loss",
    help: teach!(
        "Half the squared error up to δ, and a straight line beyond: outliers pull with a bounded force, and small errors still come to rest. Where hardly any error is larger than δ it is half the mean squared error."
    ),
    formula: teach!(r"\ell(r) = \tfrac{1}{2}\, c\, (2 \lvert r \rvert - c),\quad c = \min(\lvert r \rvert, \delta)"),
    source: teach!("Huber 1964, Robust estimation of a location parameter"),
    params: &[DELTA],
    build: |v| Box::new(Residuals(Huber { delta: v.f32(&DELTA) })),
};

const DELTA: ParamSpec = ParamSpec {
    key: "delta",
    label: "Threshold δ",
    range: (0.01, 10.0),
    scale: Scale::Log,
    default: 1.0,
    help: teach!(
        "Error at which the parabola turns into a line; targets are standardised, so 1 is their standard deviation. Small values treat almost every error as an outlier, and the gradient shrinks with δ; large ones are the squared error."
    ),
    ..ParamSpec::NEW
};

struct Huber {
    delta: f32,
}

impl Cost for Huber {
    fn at(&self, r: f32) -> (f32, f32) {
        let (size, delta) = (r.abs(), self.delta);
        if size > delta { (delta * (size - 0.5 * delta), delta.copysign(r)) } else { (0.5 * r * r, r) }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("huber.wgsl").with("DELTA", f64::from(self.delta))
    }
}
