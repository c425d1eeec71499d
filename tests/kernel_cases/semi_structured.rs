//! One or two weights of every four.

use super::{Family, difference, hash, rounding, sizes, values};
use whittle::kernels::semi_structured::{GROUP, SemiStructured, matmul, reference};

pub const FAMILY: Family = Family { name: "semi_structured", failures, hash: fixed, expected: 0x7768_5474_bd54_3237 };

/// `N × K` weights of which a unit keeps up to `kept` in every group of four, at positions that differ.
fn weights((n, k): (usize, usize), kept: usize, seed: u64) -> Vec<f32> {
    let mut weights = values(n * k, seed);
    let scores = values(n * k, seed + 1);
    for (weights, scores) in weights.chunks_mut(k.max(1)).zip(scores.chunks(k.max(1))) {
        for (weights, scores) in weights.chunks_mut(GROUP).zip(scores.chunks(GROUP)) {
            for (at, weight) in weights.iter_mut().enumerate() {
                let better = scores.iter().filter(|score| **score > scores[at]).count();
                // Some groups keep fewer.
                if better >= kept || scores[at] < -0.9 {
                    *weight = 0.0;
                }
            }
        }
    }
    weights
}

/// `[N, K]` packed, which reads `[K, N]`.
fn packed(weights: &[f32], (n, k): (usize, usize)) -> Option<SemiStructured> {
    let turned: Vec<f32> = (0..k).flat_map(|p| (0..n).map(move |j| weights[j * k + p])).collect();
    SemiStructured::new(&turned, (k, n))
}

fn failures() -> Vec<String> {
    let (mut found, mut scratch) = (Vec::new(), Vec::new());
    // Rows below, at and above a tile, units below, at and above a panel.
    let more = [(4, 15, 40), (5, 17, 41), (6, 31, 42), (11, 33, 43)];
    for kept in [1, 2] {
        for (m, n, k) in sizes().chain(more) {
            let (w, x, bias) = (weights((n, k), kept, 1), values(m * k, 3), values(n, 4));
            let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            reference::run((m, n, k), &x, &w, &bias, &mut wanted);
            let what = format!("{kept} kept, {m}x{n}x{k}");
            match packed(&w, (n, k)) {
                Some(packed) => matmul(m, &x, &packed, &bias, &mut got, &mut scratch),
                None => found.push(format!("{what}: not packed")),
            }
            found.extend(difference(&what, &got, &wanted, rounding(k, 1.0)));
        }
    }
    let (crowded, apart) = ([1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
    if packed(&crowded, (1, 4)).is_some() || packed(&apart, (1, 6)).is_none() {
        found.push("three of four are too many, two and two are not".into());
    }
    found
}

fn fixed() -> u64 {
    let (m, n, k) = (19, 21, 200);
    let mut y = vec![0.0; m * n];
    if let Some(packed) = packed(&weights((n, k), 2, 8), (n, k)) {
        matmul(m, &values(m * k, 5), &packed, &values(n, 7), &mut y, &mut Vec::new());
    }
    hash(&y)
}
