//! Cross-layer equalization: neighbouring layers share the range of their weights out, channel by channel.
//!
//! A channel with small weights on a layer's common grid is stored coarsely. Through ReLU, pooling and flattening a channel may be scaled down
//! if the layer that reads it scales it up again (`f(s x) = s f(x)` for `s > 0`), so the largest weights of both can be made alike without
//! changing what the network answers.

use crate::engine::{activations, layers::Op, packed::matrix};

/// A layer as equalizing sees it.
pub struct Layer<'a> {
    /// What it computes.
    pub op: &'a Op,
    /// `[K, N]`; empty where it has none.
    pub weights: &'a mut [f32],
    /// `[N]`.
    pub bias: &'a mut [f32],
}

/// By what weights were multiplied: weight `[k, n]` by `rows[k] · columns[n]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// `[K]`.
    pub rows: Vec<f32>,
    /// `[N]`.
    pub columns: Vec<f32>,
}

/// Rounds over all pairs: of three layers the middle one belongs to two.
const ROUNDS: usize = 20;
/// Factors nearer to 1 than this are not worth another round.
const SETTLED: f32 = 0.01;
/// A factor's largest value, and its inverse the least.
const MOST: f32 = 1e4;

/// Equalizes `layers`. For each layer by what its weights were multiplied in all, `None` where there are no weights.
///
/// Errors: none; layers with other activations between them stay as they are.
pub fn equalize(layers: &mut [Layer<'_>]) -> Vec<Option<Factors>> {
    let mut factors: Vec<Option<Factors>> =
        layers.iter().map(|layer| matrix(layer.op).map(|(k, n)| Factors { rows: vec![1.0; k], columns: vec![1.0; n] })).collect();
    let pairs = pairs(layers);
    for _ in 0..ROUNDS {
        let mut far = 0.0_f32;
        for (first, second) in &pairs {
            far = far.max(pair(layers, (*first, *second), &mut factors));
        }
        if far < SETTLED {
            break;
        }
    }
    factors
}

/// Layers with weights between which nothing stands but what scales with its input.
fn pairs(layers: &[Layer<'_>]) -> Vec<(usize, usize)> {
    let (mut pairs, mut before) = (Vec::new(), None);
    let skips =
        layers.iter().enumerate().filter_map(|(i, layer)| if let Op::Add { back } = layer.op { i.checked_sub(*back) } else { None });
    let begins: Vec<usize> = skips.collect();
    for (i, layer) in layers.iter().enumerate() {
        // A skip connection that begins here hands on what the layer before has put out.
        if begins.contains(&i) {
            before = None;
        }
        // An exit's head reads the channels too, beside the layer that comes next.
        if layer.op.winds() || matches!(layer.op, Op::Exit { .. }) {
            before = None;
        } else if matrix(layer.op).is_some() {
            pairs.extend(before.map(|first| (first, i)));
            before = Some(i);
        } else if !scales(layer.op) {
            before = None;
        }
    }
    pairs
}

/// Whether an operation makes `s` times as much of `s` times its input.
fn scales(op: &Op) -> bool {
    match op {
        Op::Activation(pick) => activations::CATALOG.resolve(pick).is_ok_and(|(entry, values)| {
            let rule = (entry.build)(&values);
            let answer = |x: f32| {
                let mut y = [0.0];
                rule.forward(&[x], &mut y);
                y[0]
            };
            // Doubling is exact, so what scales does so to the bit.
            [-3.0, -0.75, 0.0, 0.75, 3.0].iter().all(|x| answer(2.0 * x) == 2.0 * answer(*x))
        }),
        Op::Affine { .. } | Op::LayerNorm { .. } | Op::Add { .. } | Op::Position { .. } => false,
        _ => true,
    }
}

/// Makes the largest weights of each channel between two layers alike: both become the root of their product. How far the factors are from 1.
fn pair(layers: &mut [Layer<'_>], (first, second): (usize, usize), factors: &mut [Option<Factors>]) -> f32 {
    let units = layers[first].bias.len();
    let (mut out, mut into) = (vec![0.0_f32; units], vec![0.0_f32; units]);
    let reads = Reads::new(&layers[second], units);
    for row in layers[first].weights.chunks_exact(units.max(1)) {
        out.iter_mut().zip(row).for_each(|(most, w)| *most = most.max(w.abs()));
    }
    for (at, w) in layers[second].weights.iter().enumerate() {
        let most = &mut into[reads.channel(at)];
        *most = most.max(w.abs());
    }
    let scales: Vec<f32> = out
        .iter()
        .zip(&into)
        // A channel that nobody writes or reads has no range to share.
        .map(|(out, into)| if *out > 0.0 && *into > 0.0 { (out / into).sqrt().clamp(1.0 / MOST, MOST) } else { 1.0 })
        .collect();
    for row in layers[first].weights.chunks_exact_mut(units.max(1)).chain([&mut *layers[first].bias]) {
        row.iter_mut().zip(&scales).for_each(|(w, s)| *w /= s);
    }
    layers[second].weights.iter_mut().enumerate().for_each(|(at, w)| *w *= scales[reads.channel(at)]);
    if let Some(own) = &mut factors[first] {
        own.columns.iter_mut().zip(&scales).for_each(|(f, s)| *f /= s);
    }
    if let Some(own) = &mut factors[second] {
        let of = if reads.own { &mut own.columns } else { &mut own.rows };
        of.iter_mut().enumerate().for_each(|(i, f)| *f *= scales[i % units.max(1)]);
    }
    scales.iter().fold(0.0_f32, |far, s| far.max((s - 1.0).abs()))
}

/// Which channel a weight reads. Channels are innermost everywhere: input `k` belongs to channel `k mod C`.
struct Reads {
    /// Columns of the matrix.
    units: usize,
    channels: usize,
    /// Whether each unit reads the channel of its own number alone.
    own: bool,
}

impl Reads {
    fn new(layer: &Layer<'_>, channels: usize) -> Self {
        Self { units: layer.bias.len().max(1), channels: channels.max(1), own: matches!(layer.op, Op::Depthwise(_)) }
    }

    fn channel(&self, at: usize) -> usize {
        if self.own { at % self.units } else { at / self.units % self.channels }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::engine::catalog::Pick;

    fn floats(value: &Value) -> Vec<f32> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    /// `tests/fixtures/rounding/make.py` made the figures.
    #[test]
    fn weights_are_those_of_the_paper() {
        let all: Value = serde_json::from_str(include_str!("../../../tests/fixtures/rounding/reference.json")).unwrap();
        let case = &all["equalize"];
        let sizes: Vec<usize> = floats(&case["sizes"]).iter().map(|s| *s as usize).collect();
        let relu = Op::Activation(Pick::new("relu"));
        let ops: Vec<Op> = sizes.windows(2).map(|s| Op::Dense { inputs: s[0], outputs: s[1] }).collect();
        let mut weights: Vec<Vec<f32>> = case["weights"].as_array().unwrap().iter().map(floats).collect();
        let mut biases: Vec<Vec<f32>> = case["biases"].as_array().unwrap().iter().map(floats).collect();
        let before = weights.clone();
        let mut layers = Vec::new();
        for ((op, weights), bias) in ops.iter().zip(&mut weights).zip(&mut biases) {
            layers.push(Layer { op, weights, bias });
            layers.push(Layer { op: &relu, weights: &mut [], bias: &mut [] });
        }
        let factors = equalize(&mut layers);
        for i in 0..3 {
            let (want, want_bias) = (floats(&case["equalized"][i]), floats(&case["equalized_biases"][i]));
            let near = |got: &[f32], want: &[f32]| got.iter().zip(want).all(|(a, b)| (a - b).abs() < 0.02 * b.abs());
            assert!(near(&weights[i], &want) && near(&biases[i], &want_bias), "layer {i}: {:?} instead of {want:?}", weights[i]);
            let Factors { rows, columns } = factors[2 * i].as_ref().unwrap();
            for (at, (w, was)) in weights[i].iter().zip(&before[i]).enumerate() {
                let units = sizes[i + 1];
                assert!((w - was * rows[at / units] * columns[at % units]).abs() < 1e-4 * w.abs(), "layer {i}");
            }
        }
    }

    #[test]
    fn nothing_passes_what_does_not_scale() {
        let scaling = |key: &str| scales(&Op::Activation(Pick::new(key)));
        assert!(["relu", "leaky-relu", "linear"].iter().all(|key| scaling(key)) && scales(&Op::Flatten));
        assert!(!["gelu", "sigmoid", "silu", "tanh"].iter().any(|key| scaling(key)));
    }
}
