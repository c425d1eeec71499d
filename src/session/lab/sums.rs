//! Single outputs of a layer taken apart into the products that they are sums of.

use crate::{
    engine::{
        layers::{Conv2dShape, Op},
        network::Node,
        train::Watched,
    },
    protocol::{Move, Sum, Term},
};

/// Units of a layer whose sums are told.
const UNITS: usize = 16;
/// Terms of a sum that are told one by one.
const TERMS: usize = 4;

/// The sums behind the first units of layer `i`, `node`; of a convolution behind the largest value of each of the first channels. Empty for layers that are no
/// weighted sums. `moved` tells what the update did to a parameter of the tensor that begins at the first number.
pub(super) fn sums(node: &Node, i: usize, seen: &Watched, moved: &dyn Fn(&[usize], usize, usize) -> Move) -> Vec<Sum> {
    let watched = &seen.layers[i];
    let [(weight, weights), (_, biases)] = &node.tensors[..] else { return Vec::new() };
    let tell = |place: Vec<usize>, at: usize, unit: usize, products: Vec<(usize, usize)>| {
        let product = |(x, w): &(usize, usize)| watched.input[*x] * seen.used[weights.start + w];
        let mut order: Vec<usize> = (0..products.len()).collect();
        order.sort_by(|a, b| product(&products[*b]).abs().total_cmp(&product(&products[*a]).abs()));
        let (told, others) = order.split_at(TERMS.min(order.len()));
        let term = |at: &usize| {
            let (x, w) = products[*at];
            Term {
                weight: seen.used[weights.start + w],
                input: watched.input[x],
                gradient: seen.loss_gradient[weights.start + w],
                moved: moved(&weight.shape, weights.start, w),
            }
        };
        Sum {
            place,
            terms: told.iter().map(term).collect(),
            others: others.len(),
            rest: others.iter().map(|at| f64::from(product(&products[*at]))).sum::<f64>() as f32,
            bias: seen.used[biases.start + unit],
            output: watched.output[at],
            slope: watched.gradient.get(at).copied(),
        }
    };
    match node.layer.op() {
        Op::Dense { inputs, outputs } => {
            let products = |unit: usize| (0..inputs).map(|x| (x, x * outputs + unit)).collect();
            (0..outputs.min(UNITS)).map(|unit| tell(vec![unit], unit, unit, products(unit))).collect()
        }
        Op::Conv2d(shape) => {
            let channel = |f: usize| {
                let value = |place: usize| watched.output[place * shape.filters + f].abs();
                let place = (0..shape.positions()).max_by(|a, b| value(*a).total_cmp(&value(*b)))?;
                let (row, column) = (place / shape.output.1, place % shape.output.1);
                Some(tell(vec![row, column, f], place * shape.filters + f, f, window(&shape, (row, column), f)))
            };
            (0..shape.filters.min(UNITS)).filter_map(channel).collect()
        }
        _ => Vec::new(),
    }
}

/// Inputs and weights that meet in filter `f` at a place of the output, zeros around the image left out.
fn window(s: &Conv2dShape, (row, column): (usize, usize), f: usize) -> Vec<(usize, usize)> {
    let (height, width, channels) = s.input;
    let mut met = Vec::with_capacity(s.patch());
    for (ky, kx) in (0..s.kernel).flat_map(|ky| (0..s.kernel).map(move |kx| (ky, kx))) {
        let (Some(y), Some(x)) = ((row * s.stride + ky).checked_sub(s.padding), (column * s.stride + kx).checked_sub(s.padding)) else {
            continue;
        };
        if y < height && x < width {
            met.extend((0..channels).map(|c| ((y * width + x) * channels + c, ((ky * s.kernel + kx) * channels + c) * s.filters + f)));
        }
    }
    met
}
