//! 32-bit activations times narrow floats: the order of additions is the reference's.

use super::{Family, difference, hash, rounding, sizes, values};
use whittle::kernels::{
    matmul_i8::Epilogue,
    small_floats::{KINDS, Kind, SmallFloats, matmul, reference},
};

pub const FAMILY: Family = Family { name: "small_floats", failures, hash: fixed, expected: 0xeec8_af74_9558_34f3 };

/// `n` codes of numbers up to about 2, and a subnormal one now and then.
fn codes(n: usize, kind: Kind, seed: u64) -> Vec<u16> {
    values(n, seed)
        .into_iter()
        .enumerate()
        .map(|(i, v)| kind.encode(if i % 7 == 3 { kind.decode(1) * v.signum() } else { 2.0 * v }))
        .collect()
}

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    for kind in KINDS {
        for (m, n, k) in sizes() {
            let (q, x, scale, bias) = (codes(n * k, kind, 1), values(m * k, 2), values(n, 3), values(n, 4));
            let epilogue = Epilogue { scale: &scale, bias: &bias };
            let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            matmul(m, &x, &SmallFloats::new(&q, (k, n), kind), epilogue, &mut got);
            reference::run((m, n, k), &x, (&q, kind), epilogue, &mut wanted);
            found.extend(difference(&format!("{kind:?}, {m}x{n}x{k}"), &got, &wanted, rounding(k, 2.0)));
        }
    }
    found
}

fn fixed() -> u64 {
    let (m, n, k) = (9, 21, 200);
    let (x, scale, bias) = (values(m * k, 5), values(n, 6), values(n, 7));
    let results: Vec<f32> = KINDS
        .into_iter()
        .flat_map(|kind| {
            let mut y = vec![0.0; m * n];
            let epilogue = Epilogue { scale: &scale, bias: &bias };
            matmul(m, &x, &SmallFloats::new(&codes(n * k, kind, 8), (k, n), kind), epilogue, &mut y);
            y
        })
        .collect();
    hash(&results)
}
