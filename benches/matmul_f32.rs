//! The matrix product at the shapes of training and inference: `cargo bench --bench matmul_f32`.
//!
//! An element is a multiplication or an addition.

mod harness;
#[path = "harness/pair.rs"]
mod pair;

use harness::{criterion, values};
use pair::pair;
use whittle::kernels::{
    Scratch,
    matmul_f32::{Mat, Start, matmul, reference},
};

/// `(M, N, K)`, and whether the left and right matrices lie transposed.
type Case = (&'static str, (usize, usize, usize), bool, bool);

const CASES: &[Case] = &[
    ("square", (512, 512, 512), false, false),
    ("dense 784-128 forward, batch 32", (32, 128, 784), false, false),
    ("dense 784-128 weights, batch 32", (784, 128, 32), true, false),
    ("dense 128-64 forward, batch 32", (32, 64, 128), false, false),
    ("dense 128-64 inputs, batch 32", (32, 128, 64), false, true),
    ("dense 784-128 forward, batch 256", (256, 128, 784), false, false),
    ("dense 784-10 forward, batch 32", (32, 10, 784), false, false),
    ("dense 784-10 weights, batch 32", (784, 10, 32), true, false),
    ("dense 784-128 forward, batch 1", (1, 128, 784), false, false),
    ("dense 8-8 forward, batch 10", (10, 8, 8), false, false),
];

fn main() {
    let mut criterion = criterion();
    for &(name, size, left, right) in CASES {
        let (m, n, k) = size;
        let (a, b) = (values(m * k, 1), values(k * n, 2));
        let a = if left { Mat::rows(&a, m).transposed() } else { Mat::rows(&a, k) };
        let b = if right { Mat::rows(&b, k).transposed() } else { Mat::rows(&b, n) };
        let (mut c, mut d, mut scratch) = (vec![0.0; m * n], vec![0.0; m * n], Scratch::default());
        pair(
            &mut criterion,
            &format!("matmul_f32 {m}x{n}x{k}, {name}"),
            2 * m * n * k,
            || matmul(size, a, b, &mut c, false, &mut scratch),
            || reference::run(size, a, b, &mut d, Start::Zero),
        );
    }
}
