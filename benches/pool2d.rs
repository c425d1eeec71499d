//! Pooling, batch 32: `cargo bench --bench pool2d`.

mod harness;

use harness::{case, head, values};
use whittle::kernels::pool2d::{self, reference};

/// Edge, channels, window and step.
const CASES: &[(usize, usize, usize, usize)] = &[(28, 8, 2, 2), (14, 16, 2, 2), (28, 3, 3, 2)];
const BATCH: usize = 32;

fn main() {
    head("pool2d", "Gvalue/s");
    for &(edge, channels, size, stride) in CASES {
        let input = (edge, edge, channels);
        let (rows, columns) = pool2d::output(input, size, stride);
        let x = values(BATCH * edge * edge * channels, 1);
        let dy = values(BATCH * rows * columns * channels, 2);
        let (mut y, mut place, mut dx) = (vec![0.0; dy.len()], vec![0.0; dy.len()], vec![0.0; x.len()]);
        let (mut y2, mut place2, mut dx2) = (y.clone(), place.clone(), dx.clone());
        let name = |what: &str| format!("{edge}×{edge}×{channels}, {size}×{size}/{stride} {what}");
        case(
            &name("max"),
            x.len(),
            || pool2d::max_forward(input, size, stride, BATCH, &x, &mut y, &mut place),
            Some(&mut || reference::max_forward(input, size, stride, BATCH, &x, &mut y2, &mut place2)),
        );
        case(
            &name("max gradient"),
            x.len(),
            || pool2d::max_backward(input, size, stride, BATCH, &place, &dy, &mut dx),
            Some(&mut || reference::max_backward(input, size, stride, BATCH, &place, &dy, &mut dx2)),
        );
        case(
            &name("average"),
            x.len(),
            || pool2d::average_forward(input, size, stride, BATCH, &x, &mut y),
            Some(&mut || reference::average_forward(input, size, stride, BATCH, &x, &mut y2)),
        );
        case(
            &name("average gradient"),
            x.len(),
            || pool2d::average_backward(input, size, stride, BATCH, &dy, &mut dx),
            Some(&mut || reference::average_backward(input, size, stride, BATCH, &dy, &mut dx2)),
        );
    }
}
