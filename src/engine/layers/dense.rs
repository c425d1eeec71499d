//! Fully connected layer.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values},
        shape::{Role, Shape, TensorSpec},
    },
    kernels::{
        elementwise,
        matmul_f32::{Mat, affine, matmul},
    },
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "dense",
    label: "Dense",
    help: teach!(
        "Every output is a weighted sum of every input plus a bias; an image is read as one long row. Most parameters of small networks sit here, which makes it the first place to prune."
    ),
    formula: teach!(r"y = x W + b"),
    source: "",
    params: &[UNITS],
    build: make!(Dense::new),
};

pub(super) const UNITS: ParamSpec = ParamSpec {
    key: "units",
    label: "Units",
    unit: "neurons",
    range: (1.0, 4096.0),
    scale: Scale::Integer,
    default: 32.0,
    help: teach!("How many neurons the layer has. More can represent more, and cost bytes and time in proportion."),
    ..ParamSpec::NEW
};

struct Dense {
    inputs: usize,
    outputs: usize,
    output: Shape,
}

impl Dense {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let outputs = values.usize(&UNITS);
        Ok(Self { inputs: input.len(), outputs, output: Shape(vec![outputs]) })
    }
}

impl Plan for Dense {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let (i, o) = (self.inputs, self.outputs);
        vec![
            TensorSpec { name: "weight", role: Role::Weight, shape: vec![i, o], fan_in: i, fan_out: o },
            TensorSpec { name: "bias", role: Role::Bias, shape: vec![o], fan_in: i, fan_out: o },
        ]
    }

    fn macs(&self) -> u64 {
        self.inputs as u64 * self.outputs as u64
    }
}

impl Layer for Dense {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        let (b, i, o) = (pass.batch, self.inputs, self.outputs);
        let (weight, bias) = params.split_at(i * o);
        affine((b, o, i), Mat::rows(x, i), Mat::rows(weight, o), bias, y, pass.scratch);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let (b, i, o) = (grads.batch, self.inputs, self.outputs);
        let (dweight, dbias) = grads.dparams.split_at_mut(i * o);
        matmul((i, o, b), Mat::rows(grads.x, i).transposed(), Mat::rows(grads.dy, o), dweight, true, grads.scratch);
        elementwise::sum_rows(grads.dy, dbias);
        if let Some(dx) = grads.dx {
            matmul((b, i, o), Mat::rows(grads.dy, o), Mat::rows(&params[..i * o], o).transposed(), dx, false, grads.scratch);
        }
    }

    fn op(&self) -> Op {
        Op::Dense { inputs: self.inputs, outputs: self.outputs }
    }
}
