//! 32-bit activations times packed weights: the order of additions is the reference's.

use super::{Family, codes, difference, hash, rounding, sizes, values};
use whittle::kernels::{
    matmul_i8::Epilogue,
    matmul_low_bit::{matmul, reference},
    panels::Panels,
};

pub const FAMILY: Family = Family { name: "matmul_low_bit", failures, hash: fixed, expected: 0xf2af_4648_0f7c_74b2 };

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    for bits in 1..=8 {
        for (m, n, k) in sizes() {
            let (q, x, scale, bias) = (codes(n * k, bits, 1), values(m * k, 2), values(n, 3), values(n, 4));
            let epilogue = Epilogue { scale: &scale, bias: &bias };
            let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            matmul(m, &x, &Panels::new(&q, (k, n), bits), epilogue, &mut got);
            reference::run((m, n, k), &x, &q, epilogue, &mut wanted);
            found.extend(difference(&format!("{bits} bits, {m}x{n}x{k}"), &got, &wanted, rounding(k, 128.0)));
        }
    }
    found
}

fn fixed() -> u64 {
    let (m, n, k) = (9, 21, 200);
    let (x, scale, bias) = (values(m * k, 5), values(n, 6), values(n, 7));
    let results: Vec<f32> = (1..=8)
        .flat_map(|bits| {
            let mut y = vec![0.0; m * n];
            matmul(m, &x, &Panels::new(&codes(n * k, bits, 8), (k, n), bits), Epilogue { scale: &scale, bias: &bias }, &mut y);
            y
        })
        .collect();
    hash(&results)
}
