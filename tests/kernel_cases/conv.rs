//! Convolution: kernels, strides and paddings that reach, miss and overhang the edges; channels and filters around the tile.

use super::{Family, difference, hash, rounding, values};
use whittle::kernels::{
    Scratch,
    conv2d::{self, Conv2dShape, reference},
};

pub const FAMILY: Family = Family { name: "conv2d", failures, hash: fixed, expected: 0xe468_e272_786e_efc7 };

fn shape(input: (usize, usize, usize), filters: usize, kernel: usize, stride: usize, padding: usize, after: usize) -> Option<Conv2dShape> {
    let edge = |n: usize| (n + padding + after).checked_sub(kernel).map(|rest| rest / stride + 1);
    Some(Conv2dShape { input, output: (edge(input.0)?, edge(input.1)?), filters, kernel, stride, padding })
}

fn shapes() -> Vec<Conv2dShape> {
    let mut all = Vec::new();
    for (input, filters) in [
        ((1, 1, 1), 1),
        ((3, 3, 1), 4),
        ((4, 5, 1), 8),
        ((5, 4, 2), 3),
        ((6, 6, 3), 9),
        ((7, 9, 4), 12),
        ((8, 8, 8), 16),
        ((2, 11, 5), 17),
        ((6, 6, 0), 2),
        ((6, 6, 2), 0),
    ] {
        for kernel in [1, 2, 3, 5] {
            for (stride, padding, after) in
                [(1, 0, 0), (1, 1, 1), (1, 2, 2), (2, 0, 0), (2, 1, 1), (2, 0, 1), (3, 1, 0), (1, 3, 3), (4, 0, 0)]
            {
                all.extend(shape(input, filters, kernel, stride, padding, after));
            }
        }
    }
    all
}

fn failures() -> Vec<String> {
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    for s in shapes() {
        for batch in [0, 1, 3] {
            let (x, w) = (values(batch * s.input_len(), 1), values(s.patch() * s.filters, 2));
            let (bias, dy) = (values(s.filters, 3), values(batch * s.output_len(), 4));
            // Outputs begin as rubbish, to see that they are overwritten or added to as promised.
            let (y, dx, dw) = (values(dy.len(), 5), values(x.len(), 6), values(w.len(), 7));
            let (mut got, mut wanted) = (y.clone(), y);
            conv2d::forward(&s, batch, &x, &w, &bias, &mut got, &mut scratch);
            reference::forward(&s, batch, &x, &w, &bias, &mut wanted);
            found.extend(difference(&format!("forward of {batch} by {s:?}"), &got, &wanted, rounding(s.patch(), 1.0)));
            let (mut got, mut wanted) = (dw.clone(), dw);
            conv2d::backward_weight(&s, batch, &x, &dy, &mut got, &mut scratch);
            reference::backward_weight(&s, batch, &x, &dy, &mut wanted);
            found.extend(difference(
                &format!("gradient by weights of {batch} by {s:?}"),
                &got,
                &wanted,
                rounding(batch * s.positions(), 1.0),
            ));
            let (mut got, mut wanted) = (dx.clone(), dx);
            conv2d::backward_input(&s, batch, &w, &dy, &mut got, &mut scratch);
            reference::backward_input(&s, batch, &w, &dy, &mut wanted);
            found.extend(difference(
                &format!("gradient by input of {batch} by {s:?}"),
                &got,
                &wanted,
                rounding(s.kernel * s.kernel * s.filters, 1.0),
            ));
        }
    }
    found
}

fn fixed() -> u64 {
    let mut scratch = Scratch::default();
    let mut all = Vec::new();
    for s in [shape((12, 11, 3), 10, 3, 1, 1, 1), shape((12, 11, 3), 10, 5, 2, 2, 2)].into_iter().flatten() {
        let (x, w, bias, dy) =
            (values(2 * s.input_len(), 1), values(s.patch() * s.filters, 2), values(s.filters, 3), values(2 * s.output_len(), 4));
        let (mut y, mut dw, mut dx) = (vec![0.0; dy.len()], vec![0.0; w.len()], vec![0.0; x.len()]);
        conv2d::forward(&s, 2, &x, &w, &bias, &mut y, &mut scratch);
        conv2d::backward_weight(&s, 2, &x, &dy, &mut dw, &mut scratch);
        conv2d::backward_input(&s, 2, &w, &dy, &mut dx, &mut scratch);
        all.extend([y, dw, dx].concat());
    }
    hash(&all)
}
