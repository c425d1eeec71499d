//! Which inputs of a layer move together, and how errors in one are made up for by others.

use std::ops::Range;

/// The inverse of a lower triangular factor, rows one behind the other.
pub struct Inverse {
    /// Rows (inputs).
    pub size: usize,
    /// `[size, size]`, zeros above the diagonal.
    pub values: Vec<f64>,
}

/// Sum of squares of each input in `among` over `rows[R, inputs]`.
pub fn activity(rows: &[f32], inputs: usize, among: Range<usize>) -> Vec<f64> {
    let mut sums = vec![0.0; among.len()];
    for row in rows.chunks_exact(inputs.max(1)) {
        sums.iter_mut().zip(&row[among.clone()]).for_each(|(sum, x)| *sum += f64::from(*x).powi(2));
    }
    sums
}

/// `L⁻¹` of `H = L Lᵀ`, where `H = XᵀX + λ I` over the inputs `order` of `rows[R, inputs]`. `λ` is the share `damp` of the mean of the diagonal.
///
/// Row `a` of `L⁻¹` over its diagonal tells how the inputs before `a` make up for an error in `a`: the rows of the upper Cholesky factor of `H⁻¹`,
/// with inputs counted from the other end. The factor 2 of the Hessian changes none of them.
pub fn inverse(rows: &[f32], inputs: usize, order: &[usize], damp: f64) -> Inverse {
    let size = order.len();
    let mut values = gram(rows, inputs, order);
    let mean = (0..size).map(|a| values[a * size + a]).sum::<f64>() / size.max(1) as f64;
    let damp = if mean > 0.0 { damp * mean } else { 1.0 };
    (0..size).for_each(|a| values[a * size + a] += damp);
    factor(&mut values, size, damp);
    invert(&mut values, size);
    Inverse { size, values }
}

/// The lower triangle of `XᵀX`.
fn gram(rows: &[f32], inputs: usize, order: &[usize]) -> Vec<f64> {
    let size = order.len();
    let (mut sums, mut own) = (vec![0.0; size * size], vec![0.0; size]);
    for row in rows.chunks_exact(inputs.max(1)) {
        own.iter_mut().zip(order).for_each(|(x, k)| *x = f64::from(row[*k]));
        for (a, x) in own.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            sums[a * size..=a * size + a].iter_mut().zip(&own).for_each(|(sum, y)| *sum += x * y);
        }
    }
    sums
}

/// Cholesky: the lower triangle `H` becomes `L`. `least` stands in for pivots that rounding has made smaller than they can be.
fn factor(values: &mut [f64], size: usize, least: f64) {
    for a in 0..size {
        let (above, row) = values.split_at_mut(a * size);
        let row = &mut row[..=a];
        for b in 0..a {
            let other = &above[b * size..=b * size + b];
            row[b] = (row[b] - dot(&row[..b], &other[..b])) / other[b];
        }
        let pivot = row[a] - dot(&row[..a], &row[..a]);
        row[a] = pivot.max(least * 1e-6).sqrt();
    }
}

/// `L` becomes `L⁻¹`.
fn invert(values: &mut [f64], size: usize) {
    let mut own = vec![0.0; size];
    for a in 0..size {
        let (above, row) = values.split_at_mut(a * size);
        let row = &mut row[..=a];
        own[..a].fill(0.0);
        for b in 0..a {
            let times = row[b];
            own[..=b].iter_mut().zip(&above[b * size..=b * size + b]).for_each(|(sum, v)| *sum -= times * v);
        }
        let diagonal = 1.0 / row[a];
        row[..a].iter_mut().zip(&own).for_each(|(to, sum)| *to = sum * diagonal);
        row[a] = diagonal;
    }
}

/// Four sums side by side, which vector instructions take at once; one after the other they would have other bits.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((fours_a, rest_a), (fours_b, rest_b)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in fours_a.iter().zip(fours_b) {
        (0..4).for_each(|i| sums[i] += a[i] * b[i]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn the_inverse_undoes_the_damped_gram_matrix() {
        let mut rng = Rng::new(3, 0);
        for (count, inputs) in [(1, 1), (3, 7), (40, 7), (5, 23)] {
            let mut rows: Vec<f32> = (0..count * inputs).map(|_| rng.normal()).collect();
            // An input that is always zero.
            rows.iter_mut().step_by(inputs).for_each(|x| *x = 0.0);
            let order: Vec<usize> = (0..inputs).rev().collect();
            let Inverse { size, values } = inverse(&rows, inputs, &order, 0.01);
            let gram =
                |a: usize, b: usize| -> f64 { rows.chunks(inputs).map(|row| f64::from(row[order[a]]) * f64::from(row[order[b]])).sum() };
            let mean = (0..size).map(|a| gram(a, a)).sum::<f64>() / size as f64;
            let damp = if mean > 0.0 { 0.01 * mean } else { 1.0 };
            // M H Mᵀ is the identity.
            for i in 0..size {
                for j in 0..size {
                    let mut sum = 0.0;
                    for a in 0..size {
                        for b in 0..size {
                            let h = gram(a, b) + if a == b { damp } else { 0.0 };
                            sum += values[i * size + a] * h * values[j * size + b];
                        }
                    }
                    assert!((sum - f64::from(u8::from(i == j))).abs() < 1e-6, "{count}×{inputs} at {i}, {j}: {sum}");
                }
            }
        }
    }
}
