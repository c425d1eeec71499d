//! 8-bit activations times packed weights: exact.

use super::{Family, activations, codes, difference, hash, sizes, values};
use whittle::kernels::{
    matmul_i8::{Epilogue, matmul, reference},
    panels::Panels,
};

pub const FAMILY: Family = Family { name: "matmul_i8", failures, hash: fixed, expected: 0xb0a7_0f66_866c_c410 };

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    for bits in 1..=8 {
        for (m, n, k) in sizes() {
            let (q, a, scale, bias) = (codes(n * k, bits, 1), activations(m * k, (m + n + k) as u64), values(n, 3), values(n, 4));
            let epilogue = Epilogue { scale: &scale, bias: &bias };
            let mut wanted = vec![f32::NAN; m * n];
            reference::run((m, n, k), &a, &q, epilogue, &mut wanted);
            let got = product((m, n, k), &a, &q, bits, epilogue);
            found.extend(difference(&format!("{bits} bits, {m}x{n}x{k}"), &got, &wanted, 0.0));
        }
    }
    found
}

fn product((m, n, k): (usize, usize, usize), a: &[i16], q: &[i8], bits: u32, epilogue: Epilogue<'_>) -> Vec<f32> {
    let panels = Panels::new(q, (k, n), bits);
    let mut pairs = vec![0; m * panels.pairs()];
    for (i, a) in a.iter().enumerate() {
        let (row, column) = (i / k, i % k);
        pairs[row * panels.pairs() + column / 2] |= i32::from(*a as u16) << (column % 2 * 16);
    }
    let mut y = vec![f32::NAN; m * n];
    matmul(m, &pairs, &panels, epilogue, &mut y);
    y
}

fn fixed() -> u64 {
    let (m, n, k) = (9, 21, 200);
    let (a, scale, bias) = (activations(m * k, 5), values(n, 6), values(n, 7));
    let results: Vec<f32> =
        (1..=8).flat_map(|bits| product((m, n, k), &a, &codes(n * k, bits, 8), bits, Epilogue { scale: &scale, bias: &bias })).collect();
    hash(&results)
}
