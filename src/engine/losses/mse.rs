//! Mean squared error.

use super::{Loss, Target};
use crate::engine::catalog::Entry;

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "mse",
    label: "Mean squared error",
    help: "The mean squared distance between output and target. Doubling an error quadruples its cost, so outliers pull hard.",
    formula: r"L = \frac{1}{B\,O}\sum_{b,o} (p_{b,o} - y_{b,o})^2",
    source: "",
    params: &[],
    build: |_| Box::new(Mse),
};

struct Mse;

impl Loss for Mse {
    fn eval(&self, output: &[f32], target: Target<'_>, outputs: usize, grad: &mut [f32]) -> f32 {
        let scale = 1.0 / output.len() as f32;
        let mut total = 0.0;
        for (i, (p, g)) in output.iter().zip(grad).enumerate() {
            let wanted = match target {
                Target::Classes(classes) => f32::from(classes[i / outputs] as usize == i % outputs),
                Target::Values(values) => values[i],
            };
            let residual = p - wanted;
            total += residual * residual;
            *g = 2.0 * residual * scale;
        }
        total * scale
    }
}
