//! Smooth L1 loss.

use super::residual::{Cost, Residuals};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "smooth-l1",
    label: "Smooth L1",
    help: teach!(
        "The mean absolute error with its corner rounded: a parabola below β, then a line of slope 1. It is Huber's loss divided by its threshold, so that the pull of large errors does not depend on β."
    ),
    formula: teach!(r"\ell(r) = \frac{c\, (2 \lvert r \rvert - c)}{2\beta},\quad c = \min(\lvert r \rvert, \beta)"),
    source: teach!("Girshick 2015, Fast R-CNN"),
    params: &[BETA],
    build: |v| Box::new(Residuals(SmoothL1 { beta: v.f32(&BETA) })),
};

const BETA: ParamSpec = ParamSpec {
    key: "beta",
    label: "Threshold β",
    range: (0.01, 10.0),
    scale: Scale::Log,
    default: 1.0,
    help: teach!(
        "Error at which the parabola turns into a line; targets are standardised, so 1 is their standard deviation. Near zero this is the mean absolute error; large values make small errors count for little."
    ),
    ..ParamSpec::NEW
};

struct SmoothL1 {
    beta: f32,
}

impl Cost for SmoothL1 {
    fn at(&self, r: f32) -> (f32, f32) {
        let (size, beta) = (r.abs(), self.beta);
        if size >= beta { (size - 0.5 * beta, 1.0_f32.copysign(r)) } else { (0.5 * r * r / beta, r / beta) }
    }

    fn wgsl(&self) -> Wgsl {
        wgsl!("smooth_l1.wgsl").with("BETA", f64::from(self.beta))
    }
}
