//! Early exits.

use super::{Answers, Grads, Layer, Op, Pass, Plan, make};
use crate::{
    engine::{
        catalog::{Entry, Pick},
        params::{ParamSpec, Values},
        shape::{Role, Shape, TensorSpec},
    },
    kernels::{
        elementwise,
        matmul_f32::{Mat, affine, matmul},
        pool2d,
    },
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: super::EXIT,
    label: "Early exit",
    help: teach!(
        "A small head that answers here already: the mean of each channel, and a dense layer to the classes. A sample of which the head is sure enough leaves, and the layers behind cost it nothing. The head learns along, and pulls what comes before it towards answers; where few samples are easy it only adds to the cost."
    ),
    formula: teach!(r"L = L_\text{end} + \sum_i w_i\, L_i,\quad \text{leave at } i \text{ if } \max_c \operatorname{softmax}(z_i)_c \ge T"),
    source: teach!("Teerapittayanon, McDanel & Kung 2016, BranchyNet: fast inference via early exiting from deep neural networks"),
    params: &[WEIGHT],
    build: make!(Exit::new),
};

const WEIGHT: ParamSpec = ParamSpec {
    key: "weight",
    label: "Share in the loss w",
    range: (0.0, 2.0),
    default: 0.3,
    help: teach!(
        "What the loss of this head counts beside that of the end, which counts 1. More makes for surer heads, at some cost to the answer in the end; at 0 the head does not learn."
    ),
    ..ParamSpec::NEW
};

struct Exit {
    output: Shape,
    /// Places over which each channel's mean is taken.
    positions: usize,
    channels: usize,
    /// Outputs of the network; 0 until they are known.
    classes: usize,
    weight: f32,
}

impl Exit {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let (positions, channels) = input.positions();
        Ok(Self { output: input.clone(), positions, channels, classes: 0, weight: values.f32(&WEIGHT) })
    }

    /// Values per sample of the means, which are kept where they are not simply what comes in.
    fn means(&self) -> usize {
        if self.positions > 1 { self.channels } else { 0 }
    }
}

impl Plan for Exit {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let (i, o) = (self.channels, self.classes);
        vec![
            TensorSpec { name: "weight", role: Role::Weight, shape: vec![i, o], fan_in: i, fan_out: o },
            TensorSpec { name: "bias", role: Role::Bias, shape: vec![o], fan_in: i, fan_out: o },
        ]
    }

    /// Of the whole mini-batch, one behind the other: means `[B, channels]`, answers `[B, classes]`, and the gradient by those, which is zero until
    /// the loss has judged them.
    fn kept(&self) -> usize {
        self.means() + 2 * self.classes
    }

    fn macs(&self) -> u64 {
        self.channels as u64 * self.classes as u64
    }

    fn live(&self) -> bool {
        true
    }

    /// It hands its input on: an activation behind it would be a second one.
    fn bends(&self) -> bool {
        true
    }

    fn answer(&mut self, outputs: usize) {
        self.classes = outputs;
    }
}

impl Layer for Exit {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        let (b, i, o) = (pass.batch, self.channels, self.classes);
        y.copy_from_slice(x);
        let (means, kept) = pass.kept.split_at_mut(b * self.means());
        let (answers, grad) = kept.split_at_mut(b * o);
        if self.positions > 1 {
            pool2d::mean_forward(self.positions, i, x, means);
        }
        let (weight, bias) = params.split_at(i * o);
        let seen = if self.positions > 1 { &*means } else { x };
        affine((b, o, i), Mat::rows(seen, i), Mat::rows(weight, o), bias, answers, pass.scratch);
        grad.fill(0.0);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let (b, i, o) = (grads.batch, self.channels, self.classes);
        let (means, kept) = grads.kept.split_at(b * self.means());
        let (seen, by_answers) = (if self.positions > 1 { means } else { grads.x }, &kept[b * o..2 * b * o]);
        let (weight, (dweight, dbias)) = (&params[..i * o], grads.dparams.split_at_mut(i * o));
        matmul((i, o, b), Mat::rows(seen, i).transposed(), Mat::rows(by_answers, o), dweight, true, grads.scratch);
        elementwise::sum_rows(by_answers, dbias);
        let Some(dx) = grads.dx else { return };
        if self.positions == 1 {
            dx.copy_from_slice(grads.dy);
            return matmul((b, i, o), Mat::rows(by_answers, o), Mat::rows(weight, o).transposed(), dx, true, grads.scratch);
        }
        let share = 1.0 / self.positions as f32;
        let samples = dx.chunks_exact_mut(self.positions * i).zip(grads.dy.chunks_exact(self.positions * i));
        for ((dx, dy), by_answers) in samples.zip(by_answers.chunks_exact(o.max(1))) {
            // The gradient by each mean lies in the first position's place until all others have it.
            let (first, rest) = dx.split_at_mut(i);
            for (mean, weights) in first.iter_mut().zip(weight.chunks_exact(o.max(1))) {
                *mean = share * weights.iter().zip(by_answers).map(|(w, g)| w * g).sum::<f32>();
            }
            for (dx, dy) in rest.chunks_exact_mut(i).zip(dy.chunks_exact(i).skip(1)) {
                dx.iter_mut().zip(dy.iter().zip(&*first)).for_each(|(dx, (dy, mean))| *dx = dy + mean);
            }
            first.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy);
        }
    }

    fn answers<'a>(&self, batch: usize, kept: &'a mut [f32]) -> Option<Answers<'a>> {
        let values = batch * self.classes;
        let (output, grad) = kept[batch * self.means()..][..2 * values].split_at_mut(values);
        Some(Answers { weight: self.weight, output, grad })
    }

    fn retune(&mut self, _: &Pick, values: &Values) -> bool {
        self.weight = values.f32(&WEIGHT);
        true
    }

    fn op(&self) -> Op {
        Op::Exit { positions: self.positions, channels: self.channels, classes: self.classes }
    }
}
