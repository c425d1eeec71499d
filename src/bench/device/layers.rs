//! Single layers, run as a model of one layer by the engine's own runner; and the matrix product below them.

use super::{Prepared, Work};
use crate::{
    engine::{
        error::SpecError,
        inference::Runner,
        layers::{Conv2dShape, Op},
        packed::{ActivationScale, PackedLayer, PackedModel, Skips, Values, Weights, matrix},
        quantization::{bits, max_code},
        rng::Rng,
        shape::Shape,
    },
    kernels::{
        Scratch,
        matmul_f32::{Mat, matmul},
    },
};

/// A layer and how many samples it is given.
pub struct Case {
    pub name: &'static str,
    pub op: Op,
    pub batch: usize,
}

/// Weights fill a second-level cache, or more.
pub const DENSE_ONE: Case = Case { name: "Dense 2048 → 2048, 1 sample", op: Op::Dense { inputs: 2048, outputs: 2048 }, batch: 1 };
/// The first layer of a small network on images of 28 × 28.
pub const DENSE_BATCH: Case = Case { name: "Dense 784 → 128, 256 samples", op: Op::Dense { inputs: 784, outputs: 128 }, batch: 256 };
/// A convolution in the middle of a network.
pub const CONV: Case = Case {
    name: "Convolution 3 × 3, 28 × 28 × 16, 8 samples",
    op: Op::Conv2d(Conv2dShape { input: (28, 28, 16), output: (28, 28), filters: 32, kernel: 3, stride: 1, padding: 1 }),
    batch: 8,
};

/// What the weights are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weighting {
    /// 32-bit floats.
    Float,
    /// Codes of so many bits, with 8-bit activations.
    Bits(u32),
    /// 32-bit floats of which nine in ten are zero and skipped.
    Sparse,
    /// 32-bit floats of which two of every four are zero and skipped.
    OfFour,
}

impl Weighting {
    fn skips(self) -> Skips {
        match self {
            Self::Sparse => Skips::Zeros,
            Self::OfFour => Skips::OfFour,
            _ => Skips::Nothing,
        }
    }
}

/// The case's layer as a model. Weights are random but always the same.
pub fn model(case: &Case, weighting: Weighting) -> PackedModel {
    let (inputs, units) = matrix(&case.op).unwrap_or_default();
    let count = inputs * units;
    let values = match weighting {
        Weighting::Float => Values::F32(repeated(&drawn(1.0), count)),
        Weighting::Sparse => Values::F32(repeated(&drawn(0.1), count)),
        Weighting::OfFour => {
            let kept = |(at, value): (usize, f32)| if (at / units % 4 + at % units) % 2 == 0 { value } else { 0.0 };
            Values::F32(repeated(&drawn(1.0), count).into_iter().enumerate().map(kept).collect())
        }
        Weighting::Bits(width) => {
            let most = max_code(width);
            let codes: Vec<i8> = drawn(1.0).iter().map(|v| ((v * (2 * most + 1) as f32) as i32).clamp(-most, most) as i8).collect();
            let (scales, codes) = (vec![0.5 / most as f32; units], bits::pack(&repeated(&codes, count), width));
            Values::Int { bits: width, group: 0, scales, zeros: Vec::new(), codes }
        }
    };
    let activation = matches!(weighting, Weighting::Bits(_)).then(|| ActivationScale::from_range(0.0, 1.0));
    let weights = Weights { inputs, units, values, skips: weighting.skips() };
    let layer = PackedLayer { op: case.op.clone(), weights: Some(weights), bias: vec![0.1; units], activation };
    PackedModel { input: Shape(vec![input(case)]), layers: vec![layer] }
}

/// How many weights are drawn; a prime, so that rows differ although the same ones come again and again. Drawing each would keep
/// messages waiting.
const DRAWN: usize = 65_521;

/// Random weights from −0.5 to 0.5, of which about `share` are not zero.
fn drawn(share: f32) -> Vec<f32> {
    let mut rng = Rng::new(1, 0);
    let weight = |u: f32| if u < share { u / share - 0.5 } else { 0.0 };
    (0..DRAWN).map(|_| weight(rng.uniform())).collect()
}

fn repeated<T: Copy>(drawn: &[T], count: usize) -> Vec<T> {
    drawn.iter().copied().cycle().take(count).collect()
}

/// The case's samples `[B, I]`, from 0 to 1 as behind a ReLU.
pub fn samples(case: &Case) -> Vec<f32> {
    let mut rng = Rng::new(2, 0);
    (0..case.batch * input(case)).map(|_| rng.uniform()).collect()
}

fn input(case: &Case) -> usize {
    match &case.op {
        Op::Conv2d(shape) | Op::Depthwise(shape) => shape.input_len(),
        op => matrix(op).map_or(0, |(inputs, _)| inputs),
    }
}

/// The case's layer, ready to be called.
pub fn layer(case: &Case, weighting: Weighting) -> Result<Prepared, SpecError> {
    let model = model(case, weighting);
    let runner = Runner::new(&model)?;
    let operations = 2 * case.batch as u64 * model.layers.iter().map(PackedLayer::macs).sum::<u64>();
    let (bytes, _) = runner.memory(0);
    let work = Box::new(Layer { runner, x: samples(case), batch: case.batch });
    Ok(Prepared { work, operations, bytes: bytes as u64, samples: case.batch as u64 })
}

struct Layer {
    runner: Runner,
    x: Vec<f32>,
    batch: usize,
}

impl Work for Layer {
    fn advance(&mut self) -> bool {
        self.runner.run_layer(0, &self.x, self.batch);
        true
    }

    fn output(&mut self) -> &[f32] {
        self.runner.run(&self.x, self.batch)
    }
}

/// A square matrix product of `n`.
pub fn product(n: usize) -> Prepared {
    let mut rng = Rng::new(3, 0);
    let mut draw = || (0..n * n).map(|_| rng.range(-0.5, 0.5)).collect::<Vec<_>>();
    let work = Box::new(Product { n, a: draw(), b: draw(), c: vec![0.0; n * n], scratch: Scratch::default() });
    Prepared { work, operations: 2 * (n * n * n) as u64, bytes: (n * n * size_of::<f32>()) as u64, samples: 0 }
}

struct Product {
    n: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
    scratch: Scratch,
}

impl Work for Product {
    fn advance(&mut self) -> bool {
        let n = self.n;
        matmul((n, n, n), Mat::rows(&self.a, n), Mat::rows(&self.b, n), &mut self.c, false, &mut self.scratch);
        true
    }

    fn output(&mut self) -> &[f32] {
        &self.c
    }
}
