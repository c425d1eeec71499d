//! Pooling: windows that tile, overlap, leave gaps and miss the edge; channels around four.

use super::{Family, difference, hash, values};
use whittle::kernels::pool2d::{self, reference};

pub const FAMILY: Family = Family { name: "pool2d", failures, hash: fixed, expected: 0xab66_2e21_6e36_7a42 };

type Input = (usize, usize, usize);

/// What a version of the pooling makes of fixed values: outputs and places of the maximum, means, and both gradients.
fn results(reference: bool, input: Input, size: usize, stride: usize, batch: usize) -> [Vec<f32>; 5] {
    let (rows, columns) = pool2d::output(input, size, stride);
    let (inputs, outputs) = (batch * input.0 * input.1 * input.2, batch * rows * columns * input.2);
    // Few different values, so that equal ones meet in a window.
    let x: Vec<f32> = values(inputs, 1).iter().map(|v| (v * 4.0).round()).collect();
    let dy = values(outputs, 2);
    // Results begin as rubbish, to see that they are overwritten.
    let [mut y, mut argmax, mut mean] = [3, 4, 5].map(|seed| values(outputs, seed));
    let [mut by_max, mut by_mean] = [6, 7].map(|seed| values(inputs, seed));
    if reference {
        reference::max_forward(input, size, stride, batch, &x, &mut y, &mut argmax);
        reference::max_backward(input, size, stride, batch, &argmax, &dy, &mut by_max);
        reference::average_forward(input, size, stride, batch, &x, &mut mean);
        reference::average_backward(input, size, stride, batch, &dy, &mut by_mean);
    } else {
        pool2d::max_forward(input, size, stride, batch, &x, &mut y, &mut argmax);
        pool2d::max_backward(input, size, stride, batch, &argmax, &dy, &mut by_max);
        pool2d::average_forward(input, size, stride, batch, &x, &mut mean);
        pool2d::average_backward(input, size, stride, batch, &dy, &mut by_mean);
    }
    [y, argmax, mean, by_max, by_mean]
}

/// Where the pooling of inference differs from that of training, plain and of what a ReLU leaves.
fn without_places(input: Input, size: usize, stride: usize, batch: usize) -> Vec<String> {
    let (rows, columns) = pool2d::output(input, size, stride);
    let outputs = batch * rows * columns * input.2;
    let x = values(batch * input.0 * input.1 * input.2, 8);
    let of = |rectified: bool| {
        let x: Vec<f32> = if rectified { x.iter().map(|x| if *x > 0.0 { *x } else { 0.0 }).collect() } else { x.clone() };
        let (mut wanted, mut places, mut got) = (vec![0.0; outputs], vec![0.0; outputs], values(outputs, 9));
        reference::max_forward(input, size, stride, batch, &x, &mut wanted, &mut places);
        pool2d::max(input, size, stride, rectified, &x, &mut got);
        difference(
            &format!("maximum without places of {batch} by {input:?}, {size} every {stride}, rectified {rectified}"),
            &got,
            &wanted,
            0.0,
        )
    };
    [false, true].into_iter().filter_map(of).collect()
}

fn failures() -> Vec<String> {
    const NAMES: [&str; 5] = ["maximum", "place", "mean", "gradient of the maximum", "gradient of the mean"];
    let mut found = Vec::new();
    for input in [(1, 1, 1), (4, 4, 3), (5, 7, 4), (6, 5, 5), (7, 7, 8), (4, 9, 13), (3, 3, 0)] {
        for (size, stride) in [(1, 1), (2, 2), (2, 1), (3, 2), (2, 3), (4, 4), (3, 3)] {
            for batch in [0, 1, 3] {
                let pairs = results(false, input, size, stride, batch).into_iter().zip(results(true, input, size, stride, batch));
                found.extend(without_places(input, size, stride, batch));
                for (name, (got, wanted)) in NAMES.iter().zip(pairs) {
                    found.extend(difference(&format!("{name} of {batch} by {input:?}, {size} every {stride}"), &got, &wanted, 0.0));
                }
            }
        }
    }
    for (positions, channels, batch) in [(1, 1, 1), (12, 3, 2), (35, 4, 3), (49, 13, 2), (6, 0, 2), (5, 5, 0)] {
        let (x, dy) = (values(batch * positions * channels, 1), values(batch * channels, 2));
        let [mut mean, mut wanted] = [3, 4].map(|seed| values(dy.len(), seed));
        let [mut dx, mut dx_wanted] = [5, 6].map(|seed| values(x.len(), seed));
        pool2d::mean_forward(positions, channels, &x, &mut mean);
        reference::mean_forward(positions, channels, &x, &mut wanted);
        pool2d::mean_backward(positions, channels, &dy, &mut dx);
        reference::mean_backward(positions, channels, &dy, &mut dx_wanted);
        let what = format!("{batch} by {positions} positions of {channels}");
        found.extend(difference(&format!("global mean of {what}"), &mean, &wanted, 0.0));
        found.extend(difference(&format!("gradient of the global mean of {what}"), &dx, &dx_wanted, 0.0));
    }
    found
}

fn fixed() -> u64 {
    let all = [results(false, (9, 8, 6), 2, 2, 2), results(false, (9, 8, 5), 3, 2, 2)];
    hash(all.iter().flatten().flatten())
}
