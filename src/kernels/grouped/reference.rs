//! The definition of the product, for activations that are whole numbers and such that are not.

/// Codes `[N, K]`, and the step sizes and zero points of their groups, `[groups, N]`.
pub struct Plain<'a> {
    /// The codes.
    pub codes: &'a [i8],
    /// Inputs of a group.
    pub group: usize,
    /// Step sizes.
    pub scales: &'a [f32],
    /// Zero points.
    pub zeros: &'a [i8],
}

/// See [`super::matmul`].
pub fn floats((m, n, k): (usize, usize, usize), x: &[f32], w: &Plain<'_>, bias: &[f32], y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let mut out = bias[j];
            for (g, start) in (0..k).step_by(w.group).enumerate() {
                let (mut sum, mut total) = (0.0, 0.0);
                for p in start..k.min(start + w.group) {
                    sum += x[i * k + p] * f32::from(w.codes[j * k + p]);
                    total += x[i * k + p];
                }
                out += w.scales[g * n + j] * (sum - f32::from(w.zeros[g * n + j]) * total);
            }
            y[i * n + j] = out;
        }
    }
}

/// See [`super::matmul_codes`]; `a[M, K]` is plain here.
pub fn codes((m, n, k): (usize, usize, usize), a: &[i16], w: &Plain<'_>, bias: &[f32], y: &mut [f32]) {
    for i in 0..m {
        for j in 0..n {
            let mut out = bias[j];
            for (g, start) in (0..k).step_by(w.group).enumerate() {
                let zero = i32::from(w.zeros[g * n + j]);
                let span = start..k.min(start + w.group);
                let sum: i32 = span.map(|p| i32::from(a[i * k + p]) * (i32::from(w.codes[j * k + p]) - zero)).sum();
                out += w.scales[g * n + j] * sum as f32;
            }
            y[i * n + j] = out;
        }
    }
}
