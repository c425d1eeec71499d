//! Pooling, batch 32: `cargo bench --bench pool2d`.
//!
//! An element is a value of the input.

mod harness;
#[path = "harness/pair.rs"]
mod pair;

use harness::{criterion, values};
use pair::pair;
use whittle::kernels::pool2d::{self, reference};

/// Edge, channels, window and step.
const CASES: &[(usize, usize, usize, usize)] = &[(28, 8, 2, 2), (14, 16, 2, 2), (28, 3, 3, 2)];
const BATCH: usize = 32;

fn main() {
    let mut criterion = criterion();
    for &(edge, channels, size, stride) in CASES {
        let input = (edge, edge, channels);
        let (rows, columns) = pool2d::output(input, size, stride);
        let x = values(BATCH * edge * edge * channels, 1);
        let dy = values(BATCH * rows * columns * channels, 2);
        let (mut y, mut place, mut dx) = (vec![0.0; dy.len()], vec![0.0; dy.len()], vec![0.0; x.len()]);
        let (mut y2, mut place2, mut dx2) = (y.clone(), place.clone(), dx.clone());
        // The gradient reads the places of the largest values, also where a filter leaves the forward pass out.
        pool2d::max_forward(input, size, stride, BATCH, &x, &mut y, &mut place);
        let id = |what: &str| format!("pool2d {edge}x{edge}x{channels}, window {size}x{size}, stride {stride}, {what}");
        pair(
            &mut criterion,
            &id("max"),
            x.len(),
            || pool2d::max_forward(input, size, stride, BATCH, &x, &mut y, &mut place),
            || reference::max_forward(input, size, stride, BATCH, &x, &mut y2, &mut place2),
        );
        pair(
            &mut criterion,
            &id("max gradient"),
            x.len(),
            || pool2d::max_backward(input, size, stride, BATCH, &place, &dy, &mut dx),
            || reference::max_backward(input, size, stride, BATCH, &place, &dy, &mut dx2),
        );
        pair(
            &mut criterion,
            &id("average"),
            x.len(),
            || pool2d::average_forward(input, size, stride, BATCH, &x, &mut y),
            || reference::average_forward(input, size, stride, BATCH, &x, &mut y2),
        );
        pair(
            &mut criterion,
            &id("average gradient"),
            x.len(),
            || pool2d::average_backward(input, size, stride, BATCH, &dy, &mut dx),
            || reference::average_backward(input, size, stride, BATCH, &dy, &mut dx2),
        );
    }
}
