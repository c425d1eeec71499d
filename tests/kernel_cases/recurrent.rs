//! Recurrent layers: products and elementwise functions in float32, held to loops in float64.

use super::{Family, difference, hash, values};
use whittle::kernels::{
    Scratch,
    recurrent::{Cell, Recurrent, forward, reference},
};

pub const FAMILY: Family = Family { name: "recurrent", failures, hash: fixed, expected: 0x19a4_708d_8a0e_9341 };

const CELLS: [Cell; 3] = [Cell::Plain, Cell::Lstm, Cell::Gru];

/// Rounding adds up over steps: what is allowed for a state, which lies between −1 and 1.
const NEAR: f32 = 1e-5;

/// The states of `batch` samples.
fn run(layer: &Recurrent, batch: usize, params: &[f32], x: &[f32]) -> Vec<f32> {
    let (mut y, mut kept) = (vec![f32::NAN; batch * layer.output_len()], vec![f32::NAN; batch * layer.kept()]);
    forward(layer, batch, params, x, &mut y, &mut kept, &mut Scratch::default());
    y
}

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    for cell in CELLS {
        for (steps, features, units) in [(1, 1, 1), (1, 9, 7), (2, 8, 8), (5, 7, 9), (13, 3, 17), (28, 28, 16)] {
            let layer = Recurrent { cell, steps, features, units, sequence: true };
            let params = values(layer.rows() * layer.columns() + 2 * layer.columns(), 1);
            for batch in [0, 1, 3, 8] {
                let x = values(batch * steps * features, 2);
                let got = run(&layer, batch, &params, &x);
                let wanted: Vec<f32> =
                    x.chunks_exact(steps * features).flat_map(|x| reference::states(&layer, &params, x)).map(|v| v as f32).collect();
                let what = format!("{cell:?}, {batch} of {steps}x{features}, {units} units");
                found.extend(difference(&what, &got, &wanted, NEAR));
                let last = run(&Recurrent { sequence: false, ..layer }, batch, &params, &x);
                let ends: Vec<f32> = got.chunks_exact(steps * units).flat_map(|y| y[(steps - 1) * units..].to_vec()).collect();
                found.extend(difference(&format!("{what}, the last"), &last, &ends, 0.0));
            }
        }
    }
    found
}

fn fixed() -> u64 {
    let results: Vec<f32> = CELLS
        .into_iter()
        .flat_map(|cell| {
            let layer = Recurrent { cell, steps: 7, features: 11, units: 13, sequence: true };
            run(&layer, 5, &values(layer.rows() * layer.columns() + 2 * layer.columns(), 5), &values(5 * 77, 6))
        })
        .collect();
    hash(&results)
}
