//! Kullback–Leibler divergence from smoothed targets.

use super::{Loss, Target, cross_entropy::CrossEntropy};
use crate::{
    engine::{catalog::Entry, params::ParamSpec},
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "kl-divergence",
    label: "KL divergence",
    help: teach!(
        "How many nats are lost by reading outputs as probabilities in place of the smoothed targets: cross-entropy less the targets' own entropy. It trains exactly as cross-entropy with the same smoothing, and unlike that reaches 0 where outputs say what was asked."
    ),
    formula: teach!(
        r"L = \frac{1}{B}\sum_{b,c} t_{b,c} \log \frac{t_{b,c}}{p_{b,c}},\quad t_{b,c} = (1 - \varepsilon)\,[c = y_b] + \frac{\varepsilon}{C}"
    ),
    source: teach!("Kullback & Leibler 1951, On information and sufficiency"),
    params: &[SMOOTHING],
    build: |v| Box::new(Divergence { smoothing: v.get(&SMOOTHING), entropy: CrossEntropy::new(v.get(&SMOOTHING)) }),
};

const SMOOTHING: ParamSpec = ParamSpec {
    key: "smoothing",
    label: "Label smoothing ε",
    range: (0.0, 0.5),
    default: 0.1,
    help: teach!(
        "Share of the target that is spread evenly over all classes. Without any the targets have no entropy and this is cross-entropy; with much of it the classes blur."
    ),
    source: teach!("Szegedy et al. 2016, Rethinking the inception architecture for computer vision"),
    ..ParamSpec::NEW
};

struct Divergence {
    smoothing: f64,
    entropy: CrossEntropy,
}

impl Loss for Divergence {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, sum: f32, grad: &mut [f32]) -> f32 {
        let mut sum = self.entropy.add(output, target, outputs, batch, sum, grad);
        let (sharp, spread) = ((1.0 - self.smoothing) as f32, (self.smoothing / outputs as f64) as f32);
        for b in 0..output.len() / outputs {
            for c in 0..outputs {
                let t = sharp * target.at(b, c, outputs) + spread;
                sum += if t > 0.0 { t * libm::logf(t) } else { 0.0 };
            }
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, _: usize) -> f32 {
        sum * (1.0 / batch as f32)
    }

    fn wgsl(&self, outputs: usize) -> Option<Wgsl> {
        Some(wgsl!("kl_divergence.wgsl").with("SHARP", 1.0 - self.smoothing).with("SPREAD", self.smoothing / outputs as f64))
    }
}
