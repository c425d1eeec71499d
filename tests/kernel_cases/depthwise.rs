//! Depthwise convolution: kernels inside, at and beyond the image's edge; channels around four.

use super::{Family, difference, hash, values};
use whittle::kernels::{
    conv2d::Conv2dShape,
    depthwise::{self, reference},
};

pub const FAMILY: Family = Family { name: "depthwise", failures, hash: fixed, expected: 0x8be1_32ca_d886_694a };

fn shape((height, width, channels): (usize, usize, usize), kernel: usize, stride: usize, same: bool) -> Conv2dShape {
    let edge = |n: usize| if same { n.div_ceil(stride) } else { (n - kernel) / stride + 1 };
    let padding = if same { (kernel - 1) / 2 } else { 0 };
    Conv2dShape { input: (height, width, channels), output: (edge(height), edge(width)), filters: channels, kernel, stride, padding }
}

/// Output and gradients by weights (added to what is there) and input.
fn results(plain: bool, s: &Conv2dShape, batch: usize) -> [Vec<f32>; 3] {
    let weights = s.kernel * s.kernel * s.filters;
    let (x, w, bias) = (values(batch * s.input_len(), 1), values(weights, 2), values(s.filters, 3));
    let dy = values(batch * s.output_len(), 4);
    // Results begin as rubbish, to see what is overwritten and what is added to.
    let (mut y, mut dw, mut dx) = (values(dy.len(), 5), values(weights, 6), values(x.len(), 7));
    if plain {
        reference::forward(s, batch, &x, &w, &bias, &mut y);
        reference::backward_weight(s, batch, &x, &dy, &mut dw);
        reference::backward_input(s, batch, &w, &dy, &mut dx);
    } else {
        depthwise::forward(s, batch, &x, &w, &bias, &mut y);
        depthwise::backward_weight(s, batch, &x, &dy, &mut dw);
        depthwise::backward_input(s, batch, &w, &dy, &mut dx);
    }
    [y, dw, dx]
}

fn failures() -> Vec<String> {
    const NAMES: [&str; 3] = ["output", "gradient by weights", "gradient by input"];
    let mut found = Vec::new();
    for input in [(1, 1, 1), (4, 4, 3), (5, 7, 4), (6, 5, 5), (7, 7, 8), (4, 9, 13), (3, 3, 0)] {
        for (kernel, stride, same) in
            [(1, 1, true), (3, 1, true), (3, 2, true), (4, 3, true), (7, 1, true), (1, 2, false), (3, 1, false), (3, 2, false)]
        {
            if !same && (kernel > input.0 || kernel > input.1) {
                continue;
            }
            let s = shape(input, kernel, stride, same);
            for batch in [0, 1, 3] {
                for (name, (got, wanted)) in NAMES.iter().zip(results(false, &s, batch).into_iter().zip(results(true, &s, batch))) {
                    found.extend(difference(&format!("{name} of {batch} by {s:?}"), &got, &wanted, 0.0));
                }
            }
        }
    }
    found
}

fn fixed() -> u64 {
    let all = [results(false, &shape((9, 8, 6), 3, 1, true), 2), results(false, &shape((9, 8, 5), 4, 2, true), 2)];
    hash(all.iter().flatten().flatten())
}
