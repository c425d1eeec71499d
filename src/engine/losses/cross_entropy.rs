//! Softmax cross-entropy.

use super::{Loss, Target};
use crate::engine::catalog::Entry;

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "cross-entropy",
    label: "Softmax cross-entropy",
    help: "The surprise, in nats, at the right class when outputs are read as probabilities. Confident mistakes cost most; a guess among C classes costs ln C.",
    formula: r"L = -\frac{1}{B}\sum_b \log \frac{e^{z_{b,y_b}}}{\sum_c e^{z_{b,c}}}",
    source: "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
    params: &[],
    build: |_| Box::new(CrossEntropy),
};

struct CrossEntropy;

impl Loss for CrossEntropy {
    fn eval(&self, output: &[f32], target: Target<'_>, outputs: usize, grad: &mut [f32]) -> f32 {
        let batch = output.len() / outputs;
        let scale = 1.0 / batch as f32;
        let mut total = 0.0;
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for (g, z) in g.iter_mut().zip(z) {
                *g = libm::expf(z - max);
                sum += *g;
            }
            let log_sum = libm::logf(sum) + max;
            for (c, (g, z)) in g.iter_mut().zip(z).enumerate() {
                let wanted = match target {
                    Target::Classes(classes) => f32::from(classes[b] as usize == c),
                    Target::Values(values) => values[b * outputs + c],
                };
                if wanted != 0.0 {
                    total += wanted * (log_sum - z);
                }
                *g = (*g / sum - wanted) * scale;
            }
        }
        total * scale
    }
}
