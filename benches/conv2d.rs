//! Convolution, forward and both gradients, batch 32: `cargo bench --bench conv2d`.
//!
//! An element is a multiplication or an addition.

mod harness;
#[path = "harness/pair.rs"]
mod pair;

use harness::{criterion, values};
use pair::pair;
use whittle::kernels::{
    Scratch,
    conv2d::{self, Conv2dShape, reference},
};

/// Edge, channels, filters, kernel, stride; padding keeps the edge at stride 1.
const CASES: &[(usize, usize, usize, usize, usize)] =
    &[(28, 1, 8, 3, 1), (14, 8, 16, 3, 1), (28, 1, 16, 5, 1), (14, 16, 32, 3, 1), (32, 3, 16, 3, 2)];
const BATCH: usize = 32;

fn main() {
    let mut criterion = criterion();
    for &(edge, channels, filters, kernel, stride) in CASES {
        let padding = kernel / 2;
        let out = (edge + 2 * padding - kernel) / stride + 1;
        let s = Conv2dShape { input: (edge, edge, channels), output: (out, out), filters, kernel, stride, padding };
        let (x, w, bias) = (values(BATCH * s.input_len(), 1), values(s.patch() * filters, 2), values(filters, 3));
        let (mut y, mut dx, mut dw) = (vec![0.0; BATCH * s.output_len()], vec![0.0; x.len()], vec![0.0; w.len()]);
        let (mut y2, mut dx2, mut dw2) = (y.clone(), dx.clone(), dw.clone());
        let dy = values(y.len(), 4);
        let operations = 2 * BATCH * s.positions() * s.patch() * filters;
        let mut scratch = Scratch::default();
        let id = |pass: &str| format!("conv2d {edge}x{edge}x{channels} to {filters}, kernel {kernel}x{kernel}, stride {stride}, {pass}");
        pair(
            &mut criterion,
            &id("forward"),
            operations,
            || conv2d::forward(&s, BATCH, &x, &w, &bias, &mut y, &mut scratch),
            || reference::forward(&s, BATCH, &x, &w, &bias, &mut y2),
        );
        pair(
            &mut criterion,
            &id("weights"),
            operations,
            || conv2d::backward_weight(&s, BATCH, &x, &dy, &mut dw, &mut scratch),
            || reference::backward_weight(&s, BATCH, &x, &dy, &mut dw2),
        );
        pair(
            &mut criterion,
            &id("inputs"),
            operations,
            || conv2d::backward_input(&s, BATCH, &w, &dy, &mut dx, &mut scratch),
            || reference::backward_input(&s, BATCH, &w, &dy, &mut dx2),
        );
    }
}
