//! Loops over slices that several layers share.

pub mod math;

/// Adds `row[N]` to every row of `y[M, N]`.
pub fn add_rows(y: &mut [f32], row: &[f32]) {
    if row.is_empty() {
        return;
    }
    for y in y.chunks_exact_mut(row.len()) {
        for (y, r) in y.iter_mut().zip(row) {
            *y += r;
        }
    }
}

/// Adds every row of `x[M, N]` to `sum[N]`, in order: the gradient of a bias.
pub fn sum_rows(x: &[f32], sum: &mut [f32]) {
    if sum.is_empty() {
        return;
    }
    for x in x.chunks_exact(sum.len()) {
        for (s, x) in sum.iter_mut().zip(x) {
            *s += x;
        }
    }
}
