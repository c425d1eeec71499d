//! Self-attention: products and shares in float32, held to loops in float64.

use super::{Family, difference, hash, values};
use whittle::kernels::{
    Scratch,
    attention::{Attention, forward, reference},
};

pub const FAMILY: Family = Family { name: "attention", failures, hash: fixed, expected: 0x8a1d_13d2_6d13_f612 };

/// What is allowed for a value that comes out, of inputs and weights up to 1.
const NEAR: f32 = 1e-5;

fn params(layer: &Attention, seed: u64) -> Vec<f32> {
    values(4 * layer.channels * (layer.channels + 1), seed)
}

/// What comes out for `batch` samples.
fn run(layer: &Attention, batch: usize, params: &[f32], x: &[f32]) -> Vec<f32> {
    let (mut y, mut kept) = (vec![f32::NAN; batch * layer.len()], vec![f32::NAN; batch * layer.kept()]);
    forward(layer, batch, params, x, &mut y, &mut kept, &mut Scratch::default());
    y
}

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    for (positions, channels, heads) in [(1, 1, 1), (1, 6, 2), (2, 8, 8), (5, 9, 3), (13, 7, 1), (17, 16, 4), (32, 24, 2)] {
        for causal in [false, true] {
            let layer = Attention { positions, channels, heads, causal };
            let params = params(&layer, 1);
            for batch in [0, 1, 3, 8] {
                let x = values(batch * layer.len(), 2);
                let got = run(&layer, batch, &params, &x);
                let wanted: Vec<f32> =
                    x.chunks_exact(layer.len()).flat_map(|x| reference::attend(&layer, &params, x)).map(|v| v as f32).collect();
                found.extend(difference(&format!("{layer:?}, {batch} samples"), &got, &wanted, NEAR));
            }
            // What comes later changes nothing that came before, to the bit.
            let mut x = values(layer.len(), 3);
            let before = run(&layer, 1, &params, &x);
            let last = layer.len() - channels;
            x[last..].fill(9.0);
            if causal {
                found.extend(difference(
                    &format!("{layer:?}, another last position"),
                    &run(&layer, 1, &params, &x)[..last],
                    &before[..last],
                    0.0,
                ));
            }
        }
    }
    // Scores far from zero.
    let layer = Attention { positions: 4, channels: 4, heads: 1, causal: false };
    let large: Vec<f32> = values(layer.len(), 5).iter().map(|v| v * 100.0).collect();
    let got = run(&layer, 1, &params(&layer, 6), &large);
    let wanted: Vec<f32> = reference::attend(&layer, &params(&layer, 6), &large).iter().map(|v| *v as f32).collect();
    found.extend(difference("large values", &got, &wanted, 1e-4));
    found
}

fn fixed() -> u64 {
    let results = [(7, 10, 2, false), (11, 12, 3, true)].map(|(positions, channels, heads, causal)| {
        let layer = Attention { positions, channels, heads, causal };
        run(&layer, 5, &params(&layer, 5), &values(5 * layer.len(), 6))
    });
    hash(&results.concat())
}
