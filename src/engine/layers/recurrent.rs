//! Recurrent layers: they go through a sample step by step and remember.

use super::{Grads, Layer, Op, Pass, Plan, dense::UNITS, make};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values, Word},
        shape::{Role, Shape, TensorSpec},
    },
    kernels::{
        Back,
        recurrent::{self, Cell, Recurrent},
    },
};

pub(super) const RNN: Entry<super::Build> = Entry {
    key: "rnn",
    label: "Recurrent (RNN)",
    help: teach!(
        "Reads a sample step by step, an image row by row, and makes of each row and of its own state before the next state. The same few weights serve all steps; what lies many steps back is soon forgotten, because gradients shrink at each."
    ),
    formula: teach!(r"h_t = \tanh(x_t W + h_{t-1} U + b)"),
    source: teach!("Elman 1990, Finding structure in time"),
    params: &[UNITS, GIVES],
    build: make!(Steps::plain),
};

pub(super) const LSTM: Entry<super::Build> = Entry {
    key: "lstm",
    label: "LSTM",
    help: teach!(
        "A recurrent layer with a memory beside its state, and gates that say what goes in, what is kept and what comes out, so that gradients reach far back. It takes four times the weights of a plain one."
    ),
    formula: teach!(r"c_t = f_t \odot c_{t-1} + i_t \odot g_t,\quad h_t = o_t \odot \tanh c_t"),
    source: teach!("Hochreiter & Schmidhuber 1997, Long short-term memory"),
    params: &[UNITS, GIVES],
    build: make!(Steps::lstm),
};

pub(super) const GRU: Entry<super::Build> = Entry {
    key: "gru",
    label: "GRU",
    help: teach!(
        "A recurrent layer whose gates mix the state before with a new one, without a memory of its own. It does about what an LSTM does with three quarters of its weights."
    ),
    formula: teach!(r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1},\quad n_t = \tanh(x_t W + r_t \odot (h_{t-1} U))"),
    source: teach!("Cho et al. 2014, Learning phrase representations using RNN encoder–decoder for statistical machine translation"),
    params: &[UNITS, GIVES],
    build: make!(Steps::gru),
};

const GIVES: ParamSpec = ParamSpec {
    key: "gives",
    label: "Gives",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "last", label: "The last state" }, Word { key: "all", label: "All states" }]),
    default: 0.0,
    help: teach!(
        "The state after the last step, for a dense layer to judge, or that after each. Another recurrent layer behind it needs all."
    ),
    ..ParamSpec::NEW
};

/// One layer in one direction.
struct Steps {
    sizes: Recurrent,
    output: Shape,
}

impl Steps {
    fn plain(values: &Values, input: &Shape) -> Result<Self, String> {
        Self::new(Cell::Plain, values, input)
    }

    fn lstm(values: &Values, input: &Shape) -> Result<Self, String> {
        Self::new(Cell::Lstm, values, input)
    }

    fn gru(values: &Values, input: &Shape) -> Result<Self, String> {
        Self::new(Cell::Gru, values, input)
    }

    fn new(cell: Cell, values: &Values, input: &Shape) -> Result<Self, String> {
        let (steps, features) = match input.0[..] {
            [steps, features] => (steps, features),
            // An image is read row by row.
            [height, width, channels] => (height, width * channels),
            _ => {
                return Err(format!(
                    "it needs steps, and a flat input of {input} values comes in: put it before any flatten or dense layer, on an image, whose rows it reads"
                ));
            }
        };
        let (units, sequence) = (values.usize(&UNITS), values.get(&GIVES) != 0.0);
        let output = Shape(if sequence { vec![steps, units] } else { vec![units] });
        Ok(Self { sizes: Recurrent { cell, steps, features, units, sequence }, output })
    }
}

impl Plan for Steps {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let Recurrent { features, units, .. } = self.sizes;
        let columns = self.sizes.columns();
        let weight = |name, rows: usize| TensorSpec { name, role: Role::Weight, shape: vec![rows, columns], fan_in: rows, fan_out: units };
        let bias = |name| TensorSpec { name, role: Role::Bias, shape: vec![columns], fan_in: units, fan_out: units };
        vec![weight("weight_ih_l0", features), weight("weight_hh_l0", units), bias("bias_ih_l0"), bias("bias_hh_l0")]
    }

    fn kept(&self) -> usize {
        self.sizes.kept()
    }

    fn macs(&self) -> u64 {
        self.sizes.macs()
    }

    fn bends(&self) -> bool {
        true
    }
}

impl Layer for Steps {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        recurrent::forward(&self.sizes, pass.batch, params, x, y, pass.kept, pass.scratch);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let back = Back { batch: grads.batch, params, x: grads.x, dy: grads.dy, kept: grads.kept };
        recurrent::backward(&self.sizes, &back, grads.dparams, grads.dx, grads.scratch);
    }

    fn op(&self) -> Op {
        Op::Recurrent(self.sizes)
    }
}
