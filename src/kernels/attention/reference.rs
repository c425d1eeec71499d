//! The slow, obvious loops: one sample, one head, one pair of positions at a time.

use super::Attention;

/// What comes out, `[T, E]`, for one sample `x[T, E]`.
pub fn attend(layer: &Attention, params: &[f32], x: &[f32]) -> Vec<f64> {
    let (t, e, d) = (layer.positions, layer.channels, layer.width());
    let (weights, biases) = layer.split(params);
    let x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
    let project = |which: usize, x: &[f64]| -> Vec<f64> {
        let of = |i: usize, n: usize| (0..e).map(|k| x[i * e + k] * f64::from(weights[which][k * e + n])).sum::<f64>();
        (0..t * e).map(|at| of(at / e, at % e) + f64::from(biases[which][at % e])).collect()
    };
    let (queries, keys, values) = (project(0, &x), project(1, &x), project(2, &x));
    let mut seen = vec![0.0; t * e];
    for head in 0..layer.heads {
        let channels = head * d..(head + 1) * d;
        for i in 0..t {
            let others = if layer.causal { i + 1 } else { t };
            let score = |j: usize| channels.clone().map(|c| queries[i * e + c] * keys[j * e + c]).sum::<f64>() / libm::sqrt(d as f64);
            let scores: Vec<f64> = (0..others).map(score).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let counts: Vec<f64> = scores.iter().map(|s| libm::exp(s - most)).collect();
            let total: f64 = counts.iter().sum();
            for c in channels.clone() {
                seen[i * e + c] = (0..others).map(|j| counts[j] / total * values[j * e + c]).sum();
            }
        }
    }
    project(3, &seen)
}
