//! What comes into each layer for some samples, as rows of its product.

use crate::{
    engine::{
        error::SpecError,
        inference::Runner,
        layers::{Conv2dShape, Op},
        packed::{PackedLayer, PackedModel, seen_by_head},
    },
    kernels::{
        Scratch,
        recurrent::{self, Recurrent},
    },
};

/// Patches of a convolution, or steps of a recurrent layer, that are looked at, at most: of all positions, as many as lie evenly apart.
const PATCHES: usize = 4096;

/// For each layer the rows that come in for the samples `calibration[B, I]`: a sample of a dense layer, the patch at a position of a convolution
/// (`[ky, kx, in]`), what comes into a recurrent layer at a step and its state before; empty for layers without weights, embeddings, attention, and those of
/// which `wanted` says no.
///
/// Errors: an activation that no catalogue entry has.
pub fn rows(model: &PackedModel, calibration: &[f32], wanted: impl Fn(usize) -> bool) -> Result<Vec<Vec<f32>>, SpecError> {
    let input = model.input.len().max(1);
    let samples = calibration.len() / input;
    let mut rows = vec![Vec::new(); model.layers.len()];
    let mut runner = Runner::new(model)?;
    let mut done = 0;
    for block in calibration.chunks(runner.block() * input) {
        let batch = block.len() / input;
        runner.run(&block[..batch * input], batch);
        for (i, layer) in model.layers.iter().enumerate().filter(|(i, layer)| layer.weights.is_some() && wanted(*i)) {
            let values = runner.input_of(i, block, batch);
            match &layer.op {
                Op::Conv2d(shape) | Op::Depthwise(shape) => patches(shape, values, (done, samples), &mut rows[i]),
                Op::Recurrent(sizes) => steps(sizes, layer, values, (done, samples), &mut rows[i]),
                // An embedding multiplies nothing; each matrix of attention meets other rows.
                op if op.winds() => {}
                op => rows[i].extend_from_slice(&seen_by_head(op, values)),
            }
        }
        done += batch;
    }
    Ok(rows)
}

/// Appends patches of `images`, the first of which is the `first`-th of `samples`.
fn patches(shape: &Conv2dShape, images: &[f32], (first, samples): (usize, usize), to: &mut Vec<f32>) {
    for (i, image) in images.chunks_exact(shape.input_len().max(1)).enumerate() {
        taken(first + i, samples, shape.positions()).for_each(|position| patch(shape, image, position, to));
    }
}

/// Appends what a recurrent layer's weights meet at steps of `x`, whose first sample is the `first`-th of `samples`: what comes in, and behind it the state
/// before, as one product sees them. A gate that scales the state's part, the GRU's reset, is taken as open.
fn steps(sizes: &Recurrent, layer: &PackedLayer, x: &[f32], (first, samples): (usize, usize), to: &mut Vec<f32>) {
    let Some(weights) = &layer.weights else { return };
    let all = Recurrent { sequence: true, ..*sizes };
    let (input, output) = ((all.steps * all.features).max(1), all.output_len().max(1));
    let batch = x.len() / input;
    let (mut states, mut kept) = (vec![0.0; batch * output], vec![0.0; batch * all.kept()]);
    recurrent::forward(&all, batch, &[&weights.to_f32()[..], &layer.bias].concat(), x, &mut states, &mut kept, &mut Scratch::default());
    for (i, (x, states)) in x.chunks_exact(input).zip(states.chunks_exact(output)).enumerate() {
        for step in taken(first + i, samples, all.steps) {
            to.extend_from_slice(&x[step * all.features..][..all.features]);
            match step.checked_sub(1) {
                Some(before) => to.extend_from_slice(&states[before * all.units..][..all.units]),
                None => to.extend(std::iter::repeat_n(0.0, all.units)),
            }
        }
    }
}

/// Which positions of the `sample`-th of `samples` are looked at.
fn taken(sample: usize, samples: usize, positions: usize) -> impl Iterator<Item = usize> {
    let apart = apart(samples * positions, positions);
    let before = sample * positions;
    (before.next_multiple_of(apart) - before..positions).step_by(apart)
}

/// Every how manieth of `all` positions is taken, so that they go round all `positions` of an image.
fn apart(all: usize, positions: usize) -> usize {
    let least = all.div_ceil(PATCHES).max(1);
    (least..).find(|apart| *apart == 1 || coprime(*apart, positions)).unwrap_or(least)
}

fn coprime(mut a: usize, mut b: usize) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// Appends what a convolution sees at `position`.
fn patch(shape: &Conv2dShape, image: &[f32], position: usize, to: &mut Vec<f32>) {
    let (height, width, channels) = shape.input;
    let (y, x) = (position / shape.output.1.max(1) * shape.stride, position % shape.output.1.max(1) * shape.stride);
    for ky in 0..shape.kernel {
        for kx in 0..shape.kernel {
            // Outside the image there are zeros.
            let inside =
                (y + ky).checked_sub(shape.padding).zip((x + kx).checked_sub(shape.padding)).filter(|(y, x)| *y < height && *x < width);
            match inside {
                Some((y, x)) => to.extend_from_slice(&image[(y * width + x) * channels..][..channels]),
                None => to.extend(std::iter::repeat_n(0.0, channels)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, network::Network, packed::Weights, rng::Rng, shape::Shape};

    /// Rows times weights, plus bias, are what the layer answers.
    #[test]
    fn rows_are_what_a_layer_multiplies() {
        let pick = |key: &str| Pick::new(key);
        let picks = [
            pick("conv2d").with("filters", 3.0).with("kernel", 3.0).with("stride", 2.0),
            pick("relu"),
            pick("depthwise").with("kernel", 3.0),
            pick("flatten"),
            pick("dense").with("units", 4.0),
        ];
        let network = Network::new(&picks, &Shape(vec![7, 6, 2])).unwrap();
        let mut rng = Rng::new(3, 0);
        let params: Vec<f32> = (0..network.params()).map(|_| rng.normal()).collect();
        let model = PackedModel::dense(&network, &params);
        let samples: Vec<f32> = (0..5 * 84).map(|_| rng.normal()).collect();
        let found = rows(&model, &samples, |_| true).unwrap();
        for (i, layer) in model.layers.iter().enumerate() {
            let Some(Weights { inputs, units, .. }) = layer.weights else {
                assert!(found[i].is_empty());
                continue;
            };
            let part = PackedModel { input: model.input.clone(), layers: model.layers[..=i].to_vec() };
            let mut runner = Runner::new(&part).unwrap();
            let want = runner.run(&samples, 5);
            let weights = layer.weights.as_ref().unwrap().to_f32();
            let depthwise = matches!(layer.op, Op::Depthwise(_));
            let wide = if depthwise { inputs * units } else { inputs };
            assert_eq!(found[i].len() / wide, want.len() / units, "layer {i}");
            for (row, want) in found[i].chunks(wide).zip(want.chunks(units)) {
                for (n, want) in want.iter().enumerate() {
                    let x = |k: usize| if depthwise { row[k * units + n] } else { row[k] };
                    let sum = (0..inputs).map(|k| x(k) * weights[k * units + n]).sum::<f32>() + layer.bias[n];
                    assert!((sum - want).abs() < 1e-4, "layer {i}: {sum} instead of {want}");
                }
            }
        }
    }

    /// The same of a recurrent layer: the hyperbolic tangent of it is the state after that step.
    #[test]
    fn a_step_meets_what_comes_in_and_the_state_before() {
        let rnn = Pick::new("rnn").with("units", 5.0).with("gives", 1.0);
        let network = Network::new(&[rnn], &Shape(vec![4, 3])).unwrap();
        let mut rng = Rng::new(5, 0);
        let params: Vec<f32> = (0..network.params()).map(|_| 0.5 * rng.normal()).collect();
        let model = PackedModel::dense(&network, &params);
        let samples: Vec<f32> = (0..6 * 12).map(|_| rng.normal()).collect();
        let found = rows(&model, &samples, |_| true).unwrap();
        let states = Runner::new(&model).unwrap().run(&samples, 6).to_vec();
        let (weights, bias) = (model.layers[0].weights.as_ref().unwrap().to_f32(), &model.layers[0].bias);
        assert_eq!(found[0].len() / 8, states.len() / 5);
        for (row, states) in found[0].chunks(8).zip(states.chunks(5)) {
            for (n, state) in states.iter().enumerate() {
                let sum = (0..8).map(|k| row[k] * weights[k * 5 + n]).sum::<f32>() + bias[n] + bias[5 + n];
                assert!((libm::tanhf(sum) - state).abs() < 1e-5, "{sum}, {state}");
            }
        }
    }

    #[test]
    fn few_of_many_positions_go_round_the_image() {
        assert_eq!(apart(1000, 100), 1);
        for (all, positions) in [(128 * 784, 784), (128 * 676, 676), (1024 * 1024, 1024)] {
            let apart = apart(all, positions);
            assert!(all / apart <= PATCHES && all / apart > PATCHES / 2, "{all}: every {apart}th");
            let columns: std::collections::BTreeSet<usize> = (0..all).step_by(apart).map(|at| at % positions).collect();
            assert_eq!(columns.len(), positions.min(all.div_ceil(apart)));
        }
    }
}
