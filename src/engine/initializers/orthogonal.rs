//! Orthogonal initialisation.

use super::{Initializer, xavier::GAIN};
use crate::engine::{catalog::Entry, rng::Rng, shape::TensorSpec};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "orthogonal",
    label: "Orthogonal",
    help: teach!(
        "Units whose weights stand at right angles to each other, so that a layer turns what comes in and stretches it nowhere: signals and gradients keep their size through many layers. Drawing them takes time that grows with the cube of the width."
    ),
    formula: teach!(r"W^\top W = g^2 I \quad\text{or}\quad W\, W^\top = g^2 I"),
    source: teach!("Saxe et al. 2014, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"),
    params: &[GAIN],
    build: |v| Box::new(Orthogonal { gain: v.get(&GAIN) }),
};

struct Orthogonal {
    gain: f64,
}

impl Initializer for Orthogonal {
    /// All dimensions but the last are one, as PyTorch's `orthogonal_` flattens them: `[inputs, units]`. The shorter side's rows or columns are orthonormal, the Q of normal
    /// numbers whose R has a positive diagonal, by Gram and Schmidt. Projected twice, none keeps more of another than rounding leaves (Giraud et al. 2005).
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]) {
        let units = tensor.shape.last().copied().unwrap_or(1).max(1);
        let inputs = weights.len() / units;
        let (count, length) = (inputs.min(units), inputs.max(units));
        let mut found: Vec<f64> = Vec::with_capacity(count * length);
        while found.len() < count * length {
            let mut drawn: Vec<f64> = (0..length).map(|_| f64::from(rng.normal())).collect();
            for _ in 0..2 {
                for other in found.chunks_exact(length) {
                    let along = dot(&drawn, other);
                    drawn.iter_mut().zip(other).for_each(|(d, o)| *d -= along * o);
                }
            }
            let size = dot(&drawn, &drawn).sqrt();
            // Zeros alone have no direction: then others are drawn.
            if size > 0.0 {
                found.extend(drawn.iter().map(|d| d / size));
            }
        }
        for (at, w) in weights.iter_mut().enumerate() {
            let (input, unit) = (at / units, at % units);
            let place = if inputs < units { input * length + unit } else { unit * length + input };
            *w = (self.gain * found[place]) as f32;
        }
    }
}

/// Σ aᵢ bᵢ; four sums side by side, so that none waits for another.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.0.iter().zip(b.0) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let rest = a.1.iter().zip(b.1).map(|(a, b)| a * b);
    sums.into_iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::shape::Role;

    /// Weights of this shape.
    fn drawn(shape: &[usize], gain: f64) -> Vec<f32> {
        let tensor = TensorSpec { name: "weight", role: Role::Weight, shape: shape.to_vec(), fan_in: 1, fan_out: 1 };
        let mut weights = vec![f32::NAN; shape.iter().product()];
        Orthogonal { gain }.fill(&tensor, &mut Rng::new(7, 0), &mut weights);
        weights
    }

    #[test]
    fn the_shorter_side_is_orthonormal_times_the_gain() {
        let shapes: [&[usize]; 9] = [&[5, 5], &[64, 10], &[10, 64], &[200, 200], &[3, 3, 8, 16], &[3, 3, 1, 40], &[1, 7], &[7, 1], &[1, 1]];
        for shape in shapes {
            for gain in [1.0, 0.1, 4.0] {
                let (w, units) = (drawn(shape, gain), shape[shape.len() - 1]);
                let inputs = w.len() / units;
                let at = |side: usize, place: usize| f64::from(w[if inputs < units { side * units + place } else { place * units + side }]);
                let (count, length) = (inputs.min(units), inputs.max(units));
                for a in 0..count {
                    for b in 0..=a {
                        let product: f64 = (0..length).map(|i| at(a, i) * at(b, i)).sum();
                        let wanted = gain * gain * f64::from(u8::from(a == b));
                        assert!((product - wanted).abs() <= 2e-6 * gain * gain, "{shape:?}, gain {gain}: {a}·{b} is {product}");
                    }
                }
            }
        }
    }

    /// The first of them is what was drawn, of length one: the sign is that of the normal numbers, and so R has a positive diagonal.
    #[test]
    fn signs_are_those_of_the_normal_numbers() {
        let (w, mut rng) = (drawn(&[6, 3], 1.0), Rng::new(7, 0));
        let drawn: Vec<Vec<f64>> = (0..3).map(|_| (0..6).map(|_| f64::from(rng.normal())).collect()).collect();
        for (unit, normal) in drawn.iter().enumerate() {
            let along: f64 = (0..6).map(|i| f64::from(w[i * 3 + unit]) * normal[i]).sum();
            assert!(along > 0.0, "unit {unit}: {along}");
        }
    }
}
