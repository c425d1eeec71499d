//! One dense layer on every kind of weights: `cargo bench --bench low_bit`.
//!
//! *w4 a8* means 4-bit weights and 8-bit activations; weights of 2 bits are ternary. An element is a multiplication or an addition of the
//! layer with all its weights, so that rates of one layer compare as its times do: where zeros are skipped, only a part of them is done.
//! Activations lie ready as the kernel reads them. References compute on plain codes, so that one stands for all widths.

mod harness;

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use harness::{criterion, values};
use whittle::{
    engine::{quantization::max_code, rng::Rng},
    kernels::{
        Scratch,
        matmul_f32::{self, Mat, Packed, Start},
        matmul_i8::{self, Epilogue},
        matmul_low_bit,
        panels::Panels,
        semi_structured::{self, SemiStructured},
        spmm::{self, Sparse},
    },
};

/// Batch, inputs and units: one layer whose weights dominate, one whose activations do.
const LAYERS: &[(usize, usize, usize)] = &[(1, 2048, 2048), (256, 784, 128)];
const WIDTHS: &[u32] = &[8, 4, 2, 1];
const SPARSITY: f32 = 0.9;

fn main() {
    let mut criterion = criterion();
    for &(batch, inputs, units) in LAYERS {
        let mut layer = Layer::new(&mut criterion, batch, inputs, units);
        layer.floats();
        layer.low_bits();
        layer.sparse();
        layer.of_four();
        layer.removed();
        layer.group.finish();
    }
}

/// A layer's measurements, its sizes, and what all of its kernels read and write.
struct Layer<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    batch: usize,
    inputs: usize,
    units: usize,
    /// `[batch, inputs]`.
    x: Vec<f32>,
    /// The same as codes of 8 bits less their zero point.
    codes: Vec<i16>,
    scale: Vec<f32>,
    bias: Vec<f32>,
    y: Vec<f32>,
}

impl<'c> Layer<'c> {
    fn new(criterion: &'c mut Criterion, batch: usize, inputs: usize, units: usize) -> Self {
        let mut group = criterion.benchmark_group(format!("low_bit {inputs}x{units}, batch {batch}"));
        group.throughput(Throughput::Elements(2 * (batch * inputs * units) as u64));
        let x = values(batch * inputs, 1);
        let codes = x.iter().map(|x| (x * 127.0) as i16).collect();
        Self { group, batch, inputs, units, x, codes, scale: values(units, 2), bias: values(units, 3), y: vec![0.0; batch * units] }
    }

    /// One function of the group: `run` gets the step sizes and biases, and where outputs go.
    fn time(&mut self, name: &str, mut run: impl FnMut(&[f32], &[i16], Epilogue<'_>, &mut [f32])) {
        let Self { group, x, codes, scale, bias, y, .. } = self;
        let epilogue = Epilogue { scale, bias };
        group.bench_function(name, |b| b.iter(|| run(black_box(x), black_box(codes), epilogue, black_box(y))));
    }

    fn floats(&mut self) {
        let (batch, inputs, units) = (self.batch, self.inputs, self.units);
        let weights = values(inputs * units, 4);
        let (w, mut scratch) = (Mat::rows(&weights, units), Scratch::default());
        let packed = Packed::new(w, inputs, units);
        self.time("w32 a32", |x, _, e, y| matmul_f32::affine_packed(batch, Mat::rows(x, inputs), &packed, e.bias, y, &mut scratch));
        self.time("w32 a32 reference", |x, _, e, y| {
            matmul_f32::reference::run((batch, units, inputs), Mat::rows(x, inputs), w, y, Start::Row(e.bias));
        });
    }

    fn low_bits(&mut self) {
        let (batch, inputs, units) = (self.batch, self.inputs, self.units);
        let weights: Vec<_> =
            WIDTHS.iter().map(|bits| (*bits, Panels::new(&codes(inputs * units, *bits), (inputs, units), *bits))).collect();
        let plain = codes(inputs * units, 8);
        for (bits, w) in &weights {
            let pairs = pairs(&self.codes, inputs, w);
            self.time(&format!("w{bits} a8"), |_, _, e, y| matmul_i8::matmul(batch, black_box(&pairs), w, e, y));
        }
        self.time("w8 a8 reference", |_, a, e, y| matmul_i8::reference::run((batch, units, inputs), a, &plain, e, y));
        for (bits, w) in &weights {
            self.time(&format!("w{bits} a32"), |x, _, e, y| matmul_low_bit::matmul(batch, x, w, e, y));
        }
        self.time("w8 a32 reference", |x, _, e, y| matmul_low_bit::reference::run((batch, units, inputs), x, &plain, e, y));
    }

    fn sparse(&mut self) {
        let (batch, inputs, units) = (self.batch, self.inputs, self.units);
        let kept = values(inputs * units, 5);
        let plain: Vec<i8> =
            codes(inputs * units, 8).iter().zip(kept).map(|(code, v)| if (v + 1.0) / 2.0 < SPARSITY { 0 } else { *code }).collect();
        let floats: Vec<f32> = plain.iter().map(|code| f32::from(*code)).collect();
        let (floats, whole) = (Sparse::new(&floats, (inputs, units)), Sparse::new(&plain, (inputs, units)));
        let (mut scratch, mut whole_scratch) = (Vec::new(), Vec::new());
        let zeros = |widths: &str| format!("{widths}, {:.0} % zeros", SPARSITY * 100.0);
        self.time(&zeros("w32 a32"), |x, _, e, y| spmm::matmul(batch, x, &floats, e, y, &mut scratch));
        self.time(&zeros("w8 a32"), |x, _, e, y| spmm::matmul(batch, x, &whole, e, y, &mut scratch));
        self.time(&zeros("w8 a32 reference"), |x, _, e, y| spmm::reference::floats((batch, units, inputs), x, &plain, e, y));
        self.time(&zeros("w8 a8"), |_, a, e, y| spmm::matmul_i8(batch, (a, inputs), &whole, e, y, &mut whole_scratch));
        self.time(&zeros("w8 a8 reference"), |_, a, e, y| {
            spmm::reference::integers((batch, units, inputs), (a, inputs), &plain, e, y);
        });
    }

    fn of_four(&mut self) {
        let (batch, inputs, units) = (self.batch, self.inputs, self.units);
        for kept in [2, 1] {
            let mut weights = values(inputs * units, 6);
            // Which positions stay moves from unit to unit.
            weights.iter_mut().enumerate().filter(|(at, _)| (at / units + at % units) % 4 >= kept).for_each(|(_, weight)| *weight = 0.0);
            let Some(packed) = SemiStructured::new(&weights, (inputs, units)) else { continue };
            let mut scratch = Vec::new();
            self.time(&format!("w32 a32, {kept}:4"), |x, _, e, y| semi_structured::matmul(batch, x, &packed, e.bias, y, &mut scratch));
        }
    }

    /// What pruning of units leaves: a smaller dense layer.
    fn removed(&mut self) {
        let (batch, inputs) = (self.batch, self.inputs);
        for kept in [3, 2, 1] {
            let units = self.units * kept / 4;
            let weights = values(inputs * units, 4);
            let packed = Packed::new(Mat::rows(&weights, units), inputs, units);
            let mut scratch = Scratch::default();
            self.time(&format!("w32 a32, {kept} of 4 units"), |x, _, e, y| {
                matmul_f32::affine_packed(batch, Mat::rows(x, inputs), &packed, &e.bias[..units], &mut y[..batch * units], &mut scratch);
            });
        }
    }
}

/// `n` weights of `bits` bits, all codes possible.
fn codes(n: usize, bits: u32) -> Vec<i8> {
    let (mut rng, max) = (Rng::new(6, u64::from(bits)), max_code(bits));
    let code = |rng: &mut Rng| if bits == 1 { rng.below(2) as i32 * 2 - 1 } else { rng.below(2 * max as u32 + 1) as i32 - max };
    (0..n).map(|_| code(&mut rng) as i8).collect()
}

/// Rows of activations as the words that `w` is multiplied with: two codes each, the rest of a row 0.
fn pairs(codes: &[i16], inputs: usize, w: &Panels) -> Vec<i32> {
    let mut pairs = vec![0; codes.len() / inputs * w.pairs()];
    for (row, codes) in pairs.chunks_exact_mut(w.pairs()).zip(codes.chunks_exact(inputs)) {
        bytemuck::cast_slice_mut::<i32, i16>(row)[..inputs].copy_from_slice(codes);
    }
    pairs
}
