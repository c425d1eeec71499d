//! Softmax cross-entropy.

use super::{Loss, Target};
use crate::{
    engine::{catalog::Entry, params::ParamSpec},
    kernels::{elementwise::math::exp, wgsl::Wgsl},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "cross-entropy",
    label: "Softmax cross-entropy",
    help: teach!(
        "The surprise, in nats, at the right class when outputs are read as probabilities. Confident mistakes cost most; a guess among C classes costs ln C."
    ),
    formula: teach!(
        r"L = -\frac{1}{B}\sum_{b,c} t_{b,c} \log \frac{e^{z_{b,c}}}{\sum_k e^{z_{b,k}}},\quad t_{b,c} = (1 - \varepsilon)\,[c = y_b] + \frac{\varepsilon}{C}"
    ),
    source: teach!("Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"),
    params: &[SMOOTHING],
    build: |v| Box::new(CrossEntropy::new(v.get(&SMOOTHING))),
};

const SMOOTHING: ParamSpec = ParamSpec {
    key: "smoothing",
    label: "Label smoothing ε",
    range: (0.0, 0.5),
    default: 0.0,
    help: teach!(
        "Share of the target that is spread evenly over all classes. Keeps the network from growing ever surer of what it already gets right; too much of it blurs the classes."
    ),
    source: teach!("Szegedy et al. 2016, Rethinking the inception architecture for computer vision"),
    ..ParamSpec::NEW
};

pub(super) struct CrossEntropy {
    smoothing: f64,
}

impl CrossEntropy {
    /// Of targets of which the share `smoothing` is spread over all classes.
    pub fn new(smoothing: f64) -> Self {
        Self { smoothing }
    }
}

impl Loss for CrossEntropy {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        let share = 1.0 / batch as f32;
        let (sharp, spread) = ((1.0 - self.smoothing) as f32, (self.smoothing / outputs as f64) as f32);
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            let log_sum = softmax(z, g);
            // Σ_c t_c (log Σ − z_c), taken apart into what is wanted and what smoothing spreads; gradient p − t.
            match target {
                Target::Classes(classes) => {
                    let class = classes[b] as usize;
                    sum += sharp * (log_sum - z[class]);
                    g[class] -= sharp;
                }
                Target::Values(values) => {
                    for ((g, z), t) in g.iter_mut().zip(z).zip(&values[b * outputs..]) {
                        // A class of no weight may have probability 0 without making the sum NaN.
                        sum += if *t == 0.0 { 0.0 } else { sharp * t * (log_sum - z) };
                        *g -= sharp * t;
                    }
                }
            }
            if spread > 0.0 {
                sum += spread * z.iter().map(|z| log_sum - z).sum::<f32>();
                g.iter_mut().for_each(|g| *g -= spread);
            }
            g.iter_mut().for_each(|g| *g *= share);
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, _: usize) -> f32 {
        sum * (1.0 / batch as f32)
    }

    fn wgsl(&self, outputs: usize) -> Option<Wgsl> {
        Some(wgsl!("cross_entropy.wgsl").with("SHARP", 1.0 - self.smoothing).with("SPREAD", self.smoothing / outputs as f64))
    }
}

/// Softmax of `z` into `p`; gives `log Σ e^z`.
pub(super) fn softmax(z: &[f32], p: &mut [f32]) -> f32 {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for (p, z) in p.iter_mut().zip(z) {
        *p = exp(z - max);
    }
    let sum: f32 = p.iter().sum();
    let scale = 1.0 / sum;
    // Products of far smaller probabilities would be subnormal numbers, which are slow all the way back.
    p.iter_mut().for_each(|p| *p = if *p * scale < 1e-25 { 0.0 } else { *p * scale });
    libm::logf(sum) + max
}
