//! 8-bit activations times packed weights: exact.

use super::{Family, activations, codes, difference, hash, sizes, values};
use whittle::kernels::{
    matmul_i8::{Epilogue, convolve, matmul, reference},
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
    for (rows, units, words) in [(1, 1, 1), (3, 8, 2), (4, 9, 5), (5, 16, 18), (17, 21, 7)] {
        found.extend(overlapping(rows, units, words));
    }
    found
}

/// Rows that overlap in an image, against the same rows written out.
fn overlapping(rows: usize, units: usize, words: usize) -> Option<String> {
    let (step, offsets): (usize, Vec<usize>) = (2, (0..words).map(|w| w + w / 3 * 4).collect());
    let image = activations(4 * ((rows - 1) * step + offsets[words - 1] + 1), 7);
    let (k, q) = (4 * words, codes(units * 4 * words, 8, 8));
    let (scale, bias) = (values(units, 9), values(units, 10));
    let epilogue = Epilogue { scale: &scale, bias: &bias };
    let patch = |row: usize| offsets.iter().flat_map(move |o| (row * step + o) * 4..(row * step + o) * 4 + 4);
    let a: Vec<i16> = (0..rows).flat_map(patch).map(|at| image[at]).collect();
    let (mut got, mut wanted) = (vec![f32::NAN; rows * units], vec![f32::NAN; rows * units]);
    reference::run((rows, units, k), &a, &q, epilogue, &mut wanted);
    let pair = |two: &[i16]| i32::from(two[0] as u16) | i32::from(two[1]) << 16;
    let image: Vec<[i32; 2]> = image.chunks_exact(4).map(|four| [pair(&four[..2]), pair(&four[2..])]).collect();
    convolve(&image, |row| row * step, &offsets, &Panels::new(&q, (k, units), 8), epilogue, &mut got);
    difference(&format!("{rows} overlapping rows of {words} words, {units} units"), &got, &wanted, 0.0)
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
