//! What is done to gradients, and by them.

use crate::engine::rng::Rng;

/// Added to a norm before something is divided by it, as PyTorch does when it clips.
const LITTLE: f64 = 1e-6;
/// How fast noise fades with steps.
const FADE: f64 = 0.55;

/// Length of a vector, over those that are not held.
fn norm(gradient: &[f32], keep: &[f32]) -> f64 {
    let square = |g: &f32| f64::from(*g) * f64::from(*g);
    let sum: f64 = match keep.is_empty() {
        true => gradient.iter().map(square).sum(),
        false => gradient.iter().zip(keep).filter(|(_, k)| **k != 0.0).map(|(g, _)| square(g)).sum(),
    };
    libm::sqrt(sum)
}

/// Scales `gradient` down to the length `most` (Pascanu, Mikolov & Bengio 2013), then cuts each of its numbers to `each`; 0 sets no limit.
pub fn clip(most: f64, each: f64, gradient: &mut [f32]) {
    if most > 0.0 {
        let share = most / (norm(gradient, &[]) + LITTLE);
        if share < 1.0 {
            gradient.iter_mut().for_each(|g| *g *= share as f32);
        }
    }
    if each > 0.0 {
        let each = each as f32;
        // NaN stays: it is to be seen.
        gradient.iter_mut().for_each(|g| *g = g.clamp(-each, each));
    }
}

/// Adds normal noise of variance `variance / (1 + step)^0.55` (Neelakantan et al. 2015).
pub fn add_noise(variance: f64, step: u64, rng: &mut Rng, gradient: &mut [f32]) {
    let deviation = libm::sqrt(variance / libm::pow(1.0 + step as f64, FADE)) as f32;
    gradient.iter_mut().for_each(|g| *g += deviation * rng.normal());
}

/// Where sharpness-aware minimization looks from: `radius` up the gradient (Foret et al. 2021), held parameters as they are.
pub fn climb(radius: f64, params: &[f32], gradient: &[f32], keep: &[f32], climbed: &mut [f32]) {
    let step = (radius / (norm(gradient, keep) + 1e-12)) as f32;
    for ((c, p), g) in climbed.iter_mut().zip(params).zip(gradient) {
        *c = p + step * g;
    }
    for ((c, p), k) in climbed.iter_mut().zip(params).zip(keep) {
        *c = if *k == 0.0 { *p } else { *c };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_the_published_spread_and_fades() {
        let spread = |step: u64| {
            let mut gradient = vec![0.0; 20_000];
            add_noise(0.3, step, &mut Rng::new(1, step), &mut gradient);
            gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>() / gradient.len() as f64
        };
        // Four standard errors of a variance.
        for (step, wanted) in [(0, 0.3), (99, 0.3 / 100f64.powf(0.55))] {
            assert!((spread(step) / wanted - 1.0).abs() < 4.0 * (2.0 / 20_000f64).sqrt(), "{step}: {}", spread(step));
        }
    }

    #[test]
    fn what_is_no_number_is_not_clipped_away() {
        let mut gradient = [f32::NAN, 3.0];
        clip(0.0, 1.0, &mut gradient);
        assert!(gradient[0].is_nan() && gradient[1] == 1.0);
    }

    #[test]
    fn held_parameters_stay_where_they_are() {
        let mut climbed = [0.0; 3];
        climb(0.5, &[1.0, 0.0, -1.0], &[3.0, 100.0, -4.0], &[1.0, 0.0, 1.0], &mut climbed);
        assert!((climbed[0] - 1.3).abs() < 1e-6 && climbed[1] == 0.0 && (climbed[2] + 1.4).abs() < 1e-6, "{climbed:?}");
    }
}
