//! 32-bit activations times shared weights: the order of additions is the reference's.

use super::{Family, difference, hash, rounding, sizes, values};
use whittle::engine::rng::Rng;
use whittle::kernels::{
    codebook::{Codebook, matmul, reference},
    matmul_i8::Epilogue,
};

pub const FAMILY: Family = Family { name: "codebook", failures, hash: fixed, expected: 0x478f_47b2_514d_19c1 };

/// `n` codes of `bits` bits, all of them possible, and what they stand for.
fn codes(n: usize, bits: u32, seed: u64) -> (Vec<u8>, Vec<f32>) {
    let mut rng = Rng::new(seed, 1);
    ((0..n).map(|_| rng.below(1 << bits) as u8).collect(), values(1 << bits, seed + 100))
}

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    for bits in 1..=8 {
        for (m, n, k) in sizes() {
            let ((q, table), x, scale, bias) = (codes(n * k, bits, 1), values(m * k, 2), values(n, 3), values(n, 4));
            let epilogue = Epilogue { scale: &scale, bias: &bias };
            let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            matmul(m, &x, &Codebook::new(&q, (k, n), bits, &table), epilogue, &mut got);
            reference::run((m, n, k), &x, (&q, &table), epilogue, &mut wanted);
            found.extend(difference(&format!("{bits} bits, {m}x{n}x{k}"), &got, &wanted, rounding(k, 1.0)));
        }
    }
    found
}

fn fixed() -> u64 {
    let (m, n, k) = (9, 21, 200);
    let (x, scale, bias) = (values(m * k, 5), values(n, 6), values(n, 7));
    let results: Vec<f32> = (1..=8)
        .flat_map(|bits| {
            let (mut y, (q, table)) = (vec![0.0; m * n], codes(n * k, bits, 8));
            let epilogue = Epilogue { scale: &scale, bias: &bias };
            matmul(m, &x, &Codebook::new(&q, (k, n), bits, &table), epilogue, &mut y);
            y
        })
        .collect();
    hash(&results)
}
