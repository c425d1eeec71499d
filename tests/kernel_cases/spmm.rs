//! Sparse weights, with both kinds of activations.

use super::{Family, activations, codes, difference, hash, sizes, values};
use whittle::kernels::{
    matmul_i8::Epilogue,
    spmm::{Sparse, matmul, matmul_i8, reference},
};

pub const FLOATS: Family = Family { name: "spmm", failures: float_failures, hash: fixed_floats, expected: 0xde51_4356_b8d4_5e66 };
pub const INTEGERS: Family =
    Family { name: "spmm, 8-bit activations", failures: integer_failures, hash: fixed_integers, expected: 0x4602_5821_1663_7d28 };

/// Codes of which about `share` are not zero.
fn weights(n: usize, share: f32, seed: u64) -> Vec<i8> {
    codes(n, 8, seed).into_iter().zip(values(n, seed)).map(|(c, v)| if (v + 1.0) / 2.0 < share { c } else { 0 }).collect()
}

fn cases() -> impl Iterator<Item = (f32, (usize, usize, usize))> {
    [0.0, 0.1, 0.5, 1.0].into_iter().flat_map(|share| sizes().map(move |size| (share, size)))
}

fn float_failures() -> Vec<String> {
    let (mut found, mut scratch) = (Vec::new(), Vec::new());
    for (share, (m, n, k)) in cases() {
        let (w, x, scale, bias) = (weights(n * k, share, 1), values(m * k, 2), values(n, 3), values(n, 4));
        let floats: Vec<f32> = w.iter().map(|c| f32::from(*c)).collect();
        let epilogue = Epilogue { scale: &scale, bias: &bias };
        let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
        reference::floats((m, n, k), &x, &w, epilogue, &mut wanted);
        matmul(m, &x, &Sparse::new(&w, (k, n)), epilogue, &mut got, &mut scratch);
        found.extend(difference(&format!("codes, {share} kept, {m}x{n}x{k}"), &got, &wanted, 0.0));
        matmul(m, &x, &Sparse::new(&floats, (k, n)), epilogue, &mut got, &mut scratch);
        found.extend(difference(&format!("floats, {share} kept, {m}x{n}x{k}"), &got, &wanted, 0.0));
    }
    found
}

fn integer_failures() -> Vec<String> {
    let (mut found, mut scratch) = (Vec::new(), Vec::new());
    for (share, (m, n, k)) in cases() {
        let stride = k + 3;
        let (w, a, scale, bias) = (weights(n * k, share, 1), activations(m * stride, 2), values(n, 3), values(n, 4));
        let epilogue = Epilogue { scale: &scale, bias: &bias };
        let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
        reference::integers((m, n, k), (&a, stride), &w, epilogue, &mut wanted);
        matmul_i8(m, (&a, stride), &Sparse::new(&w, (k, n)), epilogue, &mut got, &mut scratch);
        found.extend(difference(&format!("{share} kept, {m}x{n}x{k}"), &got, &wanted, 0.0));
    }
    found
}

fn fixed_floats() -> u64 {
    let (m, n, k) = (19, 21, 200);
    let (scale, bias, mut y) = (values(n, 6), values(n, 7), vec![0.0; m * n]);
    let sparse = Sparse::new(&weights(n * k, 0.3, 8), (k, n));
    matmul(m, &values(m * k, 5), &sparse, Epilogue { scale: &scale, bias: &bias }, &mut y, &mut Vec::new());
    hash(&y)
}

fn fixed_integers() -> u64 {
    let (m, n, k) = (19, 21, 200);
    let (scale, bias, mut y) = (values(n, 6), values(n, 7), vec![0.0; m * n]);
    let sparse = Sparse::new(&weights(n * k, 0.3, 8), (k, n));
    matmul_i8(m, (&activations(m * k, 5), k), &sparse, Epilogue { scale: &scale, bias: &bias }, &mut y, &mut Vec::new());
    hash(&y)
}
