//! Probabilities of a support vector machine: a sigmoid for each pair of classes (Platt 1999), and what all pairs together say of each class (Wu, Lin & Weng 2004).

use crate::engine::learners::link::sigmoid;

/// Folds in which the sums come about that a sigmoid is fitted to.
pub const FOLDS: usize = 5;
/// Steps of Newton's method; a handful is usual.
const STEPS: usize = 100;
/// Slopes at which the optimum is found.
const FLAT: f64 = 1e-7;
/// Added to the curvature, so that it can be divided by.
const RIDGE: f64 = 1e-12;
/// Shortest part of a step that is tried.
const SHORTEST: f64 = 1e-10;
/// A pair is never surer than this of one of its classes.
const SURE: f64 = 1e-7;
/// Rounds of coupling, and the change at which they end.
const ROUNDS: usize = 1000;
const SETTLED: f64 = 1e-10;

/// A sigmoid of a sum: `1 / (1 + exp(slope · sum + offset))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigmoid {
    pub slope: f32,
    pub offset: f32,
}

impl Sigmoid {
    /// Of a pair without samples of one class, whose sum is −1 or 1.
    pub const CERTAIN: Self = Self { slope: -50.0, offset: 0.0 };

    /// The probability of the first class of a pair.
    pub fn at(self, sum: f64) -> f64 {
        sigmoid(-(f64::from(self.slope) * sum + f64::from(self.offset))).clamp(SURE, 1.0 - SURE)
    }

    /// The one under which samples of the first class of a pair, and of the second, are likeliest, given their sums. What is wanted of a sample lies within 0 and 1, the further the
    /// fewer samples its class has (Platt's prior), and the way there is Newton's with backtracking, in terms that neither overflow nor cancel (Lin, Lin & Weng 2007).
    pub fn fitted(samples: &[(f64, bool)]) -> Self {
        let firsts = samples.iter().filter(|(_, first)| *first).count() as f64;
        let seconds = samples.len() as f64 - firsts;
        let (high, low) = ((firsts + 1.0) / (firsts + 2.0), 1.0 / (seconds + 2.0));
        let wanted = |first: bool| if first { high } else { low };
        let cost = |slope: f64, offset: f64| {
            let each = |(sum, first): &(f64, bool)| {
                let z = slope * sum + offset;
                // t·z + ln(1 + e⁻ᶻ)
                let t = wanted(*first);
                if z >= 0.0 { t * z + libm::log1p(libm::exp(-z)) } else { (t - 1.0) * z + libm::log1p(libm::exp(z)) }
            };
            samples.iter().map(each).sum::<f64>()
        };
        let (mut slope, mut offset) = (0.0, libm::log((seconds + 1.0) / (firsts + 1.0)));
        let mut now = cost(slope, offset);
        for _ in 0..STEPS {
            let (mut by_slope, mut by_offset) = (0.0, 0.0);
            let (mut aa, mut ab, mut bb) = (RIDGE, 0.0, RIDGE);
            for (sum, first) in samples {
                let p = sigmoid(-(slope * sum + offset));
                let (miss, curve) = (wanted(*first) - p, p * (1.0 - p));
                by_slope += sum * miss;
                by_offset += miss;
                aa += sum * sum * curve;
                ab += sum * curve;
                bb += curve;
            }
            if by_slope.abs() < FLAT && by_offset.abs() < FLAT {
                break;
            }
            let determinant = aa * bb - ab * ab;
            let step = (-(bb * by_slope - ab * by_offset) / determinant, -(aa * by_offset - ab * by_slope) / determinant);
            let fall = by_slope * step.0 + by_offset * step.1;
            let mut part = 1.0;
            let moved = loop {
                let (a, b) = (slope + part * step.0, offset + part * step.1);
                let then = cost(a, b);
                if then < now + 1e-4 * part * fall {
                    (slope, offset, now) = (a, b, then);
                    break true;
                }
                part /= 2.0;
                if part < SHORTEST {
                    break false;
                }
            };
            if !moved {
                break;
            }
        }
        Self { slope: slope as f32, offset: offset as f32 }
    }
}

/// Probabilities of classes that contradict those of the pairs least: `of(a, b)` is that of `a` where it is `a` or `b`. They minimize Σ (r_ba p_a − r_ab p_b)² and add up to 1; found
/// class by class in turn, which Wu, Lin & Weng show to converge. `q` is scratch memory.
pub fn couple(of: impl Fn(usize, usize) -> f64, q: &mut Vec<f64>, out: &mut [f64]) {
    let classes = out.len();
    q.clear();
    q.resize(classes * (classes + 1), 0.0);
    let (q, pulls) = q.split_at_mut(classes * classes);
    for a in 0..classes {
        for b in (0..classes).filter(|b| *b != a) {
            let against = of(b, a);
            q[a * classes + a] += against * against;
            q[a * classes + b] = -against * of(a, b);
        }
    }
    out.fill(1.0 / classes as f64);
    for _ in 0..ROUNDS {
        // (Qp)ₜ and pᵀQp, which are equal for all classes at the optimum.
        for (pull, row) in pulls.iter_mut().zip(q.chunks_exact(classes)) {
            *pull = row.iter().zip(out.iter()).map(|(q, p)| q * p).sum();
        }
        let mut level: f64 = pulls.iter().zip(out.iter()).map(|(pull, p)| pull * p).sum();
        if pulls.iter().all(|pull| (pull - level).abs() < SETTLED) {
            return;
        }
        for t in 0..classes {
            let own = q[t * classes + t];
            let step = (level - pulls[t]) / own;
            let scale = 1.0 + step;
            out[t] += step;
            level = (level + step * (step * own + 2.0 * pulls[t])) / (scale * scale);
            for (j, pull) in pulls.iter_mut().enumerate() {
                *pull = (*pull + step * q[t * classes + j]) / scale;
            }
            out.iter_mut().for_each(|p| *p /= scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    /// A grid that is made finer and finer around what is least.
    fn searched(samples: &[(f64, bool)]) -> (f64, f64) {
        let firsts = samples.iter().filter(|(_, first)| *first).count() as f64;
        let (high, low) = ((firsts + 1.0) / (firsts + 2.0), 1.0 / (samples.len() as f64 - firsts + 2.0));
        let cost = |a: f64, b: f64| {
            let each = |(f, first): &(f64, bool)| {
                let (t, p) = (if *first { high } else { low }, 1.0 / (1.0 + (a * f + b).exp()));
                -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
            };
            samples.iter().map(each).sum::<f64>()
        };
        let (mut best, mut width) = ((0.0, 0.0), 8.0);
        for _ in 0..60 {
            let around = best;
            for i in -5..=5 {
                for j in -5..=5 {
                    let at = (around.0 + width * f64::from(i) / 5.0, around.1 + width * f64::from(j) / 5.0);
                    if cost(at.0, at.1) < cost(best.0, best.1) {
                        best = at;
                    }
                }
            }
            width *= 0.75;
        }
        best
    }

    #[test]
    fn the_sigmoid_is_the_likeliest() {
        let mut rng = Rng::new(3, 0);
        for (count, shift) in [(40, 0.3), (200, -1.0), (7, 2.0)] {
            let samples: Vec<(f64, bool)> = (0..count)
                .map(|i| {
                    let first = i % 3 == 0;
                    (f64::from(rng.normal()) + if first { 1.0 } else { -1.0 } + shift, first)
                })
                .collect();
            let (found, wanted) = (Sigmoid::fitted(&samples), searched(&samples));
            assert!(
                (f64::from(found.slope) - wanted.0).abs() < 1e-4 && (f64::from(found.offset) - wanted.1).abs() < 1e-4,
                "{found:?} is not {wanted:?}"
            );
        }
    }

    #[test]
    fn extremes_stay_finite_and_certain() {
        for samples in [vec![(1e6, true), (-1e6, false)], vec![(3.0, true); 5], vec![(0.0, true), (0.0, false)], Vec::new()] {
            let found = Sigmoid::fitted(&samples);
            assert!(found.slope.is_finite() && found.offset.is_finite(), "{found:?}");
            assert!([-1e9, 0.0, 1e9].iter().all(|sum| (SURE..=1.0 - SURE).contains(&found.at(*sum))));
        }
        assert!(Sigmoid::CERTAIN.at(1.0) > 0.999 && Sigmoid::CERTAIN.at(-1.0) < 0.001);
    }

    #[test]
    fn pairs_that_agree_give_the_probabilities_they_came_from() {
        for wanted in [vec![0.5, 0.3, 0.2], vec![0.97, 0.01, 0.01, 0.01], vec![0.25, 0.75]] {
            let mut got = vec![0.0; wanted.len()];
            couple(|a, b| wanted[a] / (wanted[a] + wanted[b]), &mut Vec::new(), &mut got);
            assert!(got.iter().zip(&wanted).all(|(g, w)| (g - w).abs() < 1e-8), "{got:?} is not {wanted:?}");
        }
    }

    #[test]
    fn pairs_that_contradict_each_other_are_contradicted_least() {
        // Each beats the next: no shares give that.
        let r = |a: usize, b: usize| if (a + 1) % 3 == b { 0.8 } else { 0.2 };
        let mut got = vec![0.0; 3];
        couple(r, &mut Vec::new(), &mut got);
        assert!(got.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-8), "{got:?}");
        let r = |a: usize, b: usize| [[0.0, 0.9, 0.4], [0.1, 0.0, 0.7], [0.6, 0.3, 0.0]][a][b];
        couple(r, &mut Vec::new(), &mut got);
        let cost = |p: &[f64]| {
            (0..3).flat_map(|a| (0..3).map(move |b| (a, b))).map(|(a, b)| (r(b, a) * p[a] - r(a, b) * p[b]).powi(2)).sum::<f64>()
        };
        assert!((got.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for (i, j) in [(0, 1), (1, 2), (2, 0)] {
            let mut other = got.clone();
            (other[i], other[j]) = (other[i] + 1e-3, other[j] - 1e-3);
            assert!(cost(&other) > cost(&got), "{got:?}");
        }
    }
}
