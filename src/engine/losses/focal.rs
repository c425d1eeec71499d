//! Focal loss.

use super::{Loss, Target, cross_entropy::softmax};
use crate::{
    engine::{catalog::Entry, params::ParamSpec},
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "focal",
    label: "Focal loss",
    help: teach!(
        "Cross-entropy that turns down what is already right: a sample whose class has probability p counts (1 − p)^γ of itself, so hard ones decide. Made for data where easy samples drown the rare ones; where labels are wrong, it listens to those most."
    ),
    formula: teach!(r"L = -\frac{\alpha}{B}\sum_b (1 - p_{b,y_b})^{\gamma} \log p_{b,y_b},\quad p = \operatorname{softmax}(z)"),
    source: teach!("Lin et al. 2017, Focal loss for dense object detection"),
    params: &[GAMMA, ALPHA],
    build: |v| Box::new(Focal { gamma: v.f32(&GAMMA), alpha: v.f32(&ALPHA) }),
};

const GAMMA: ParamSpec = ParamSpec {
    key: "gamma",
    label: "Focus γ",
    range: (0.0, 5.0),
    default: 2.0,
    help: teach!("How strongly easy samples are turned down. 0 is cross-entropy; 5 all but ignores what is more than half right."),
    ..ParamSpec::NEW
};
const ALPHA: ParamSpec = ParamSpec {
    key: "alpha",
    label: "Scale α",
    range: (0.01, 1.0),
    default: 1.0,
    help: teach!(
        "Share of the whole that counts; the paper takes 0.25 for the rare one of two classes. Here it is the same for all classes, and so acts like a smaller learning rate: class weights tell classes apart."
    ),
    ..ParamSpec::NEW
};

/// Of targets that are shares of several classes: the sum over what each class costs by its share.
struct Focal {
    gamma: f32,
    alpha: f32,
}

impl Focal {
    /// `f(p) = −(1 − p)^γ log p` and `p f′(p)`.
    fn cost(&self, p: f32, log_p: f32) -> (f32, f32) {
        if self.gamma == 0.0 {
            return (-log_p, -1.0);
        }
        let q = 1.0 - p;
        if q <= 0.0 {
            return (0.0, 0.0);
        }
        let turned = libm::powf(q, self.gamma);
        (-turned * log_p, self.gamma * (turned / q) * p * log_p - turned)
    }

    /// What a class costs by its share `t`; one of no share costs nothing, however improbable it is.
    fn slope(&self, t: f32, p: f32, log_p: f32) -> (f32, f32) {
        if t == 0.0 {
            return (if log_p.is_nan() { log_p } else { 0.0 }, 0.0);
        }
        let (cost, slope) = self.cost(p, log_p);
        (t * cost, t * slope)
    }
}

impl Loss for Focal {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        let share = self.alpha / batch as f32;
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            let log_sum = softmax(z, g);
            let all: f32 = (0..outputs).map(|c| self.slope(target.at(b, c, outputs), g[c], z[c] - log_sum).1).sum();
            for (c, (g, z)) in g.iter_mut().zip(z).enumerate() {
                let (cost, slope) = self.slope(target.at(b, c, outputs), *g, z - log_sum);
                sum += self.alpha * cost;
                *g = (slope - *g * all) * share;
            }
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, _: usize) -> f32 {
        sum * (1.0 / batch as f32)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        Some(wgsl!("focal.wgsl").with("GAMMA", f64::from(self.gamma)).with("ALPHA", f64::from(self.alpha)))
    }
}
