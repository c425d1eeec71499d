//! Self-attention: every position of a sample looks at all others.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values, Word},
        shape::{Role, Shape, TensorSpec},
    },
    kernels::{
        Back,
        attention::{self, Attention, MAX_PAIRS},
    },
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "attention",
    label: "Self-attention",
    help: teach!(
        "Each position of a sequence, or of an image, asks all positions what they hold and takes a mean of their answers, weighted by how well question and answer fit. It reaches any distance in one step, but compares every pair, so its cost grows with the square of the length; it knows no order by itself, so put positions before it."
    ),
    formula: teach!(r"\operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right) V,\quad Q = x W_Q,\ K = x W_K,\ V = x W_V"),
    source: teach!("Vaswani et al. 2017, Attention is all you need"),
    params: &[HEADS, MASK],
    build: make!(SelfAttention::new),
};

const HEADS: ParamSpec = ParamSpec {
    key: "heads",
    label: "Heads",
    range: (1.0, 16.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!(
        "Heads share the channels out and look for something each. They must divide the number of channels; more cost no weights, but each sees less."
    ),
    ..ParamSpec::NEW
};

const MASK: ParamSpec = ParamSpec {
    key: "mask",
    label: "Looks",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "none", label: "Everywhere" }, Word { key: "causal", label: "Back only" }]),
    default: 0.0,
    help: teach!(
        "Everywhere, or only at the position itself and those before it (a causal mask). Models that write text look back only, since what follows is what they are to say."
    ),
    ..ParamSpec::NEW
};

struct SelfAttention {
    sizes: Attention,
    output: Shape,
}

impl SelfAttention {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        if input.0.len() < 2 {
            return Err(format!(
                "it needs positions, and a flat input of {input} values comes in: put it behind an embedding, or on steps or an image, before any flatten or dense layer"
            ));
        }
        let ((positions, channels), heads) = (input.positions(), values.usize(&HEADS));
        if channels % heads != 0 {
            return Err(format!("{heads} heads cannot share {channels} channels out: choose a number that divides them"));
        }
        let sizes = Attention { positions, channels, heads, causal: values.get(&MASK) != 0.0 };
        if sizes.pairs() > MAX_PAIRS {
            return Err(format!("{positions} positions make more than the {MAX_PAIRS} pairs allowed here: make the input smaller first"));
        }
        Ok(Self { sizes, output: input.clone() })
    }
}

impl Plan for SelfAttention {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let e = self.sizes.channels;
        let tensor = |name, role, shape| TensorSpec { name, role, shape, fan_in: e, fan_out: e };
        let weights =
            ["q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj_weight"].map(|name| tensor(name, Role::Weight, vec![e, e]));
        let biases = ["q_proj_bias", "k_proj_bias", "v_proj_bias", "out_proj_bias"].map(|name| tensor(name, Role::Bias, vec![e]));
        weights.into_iter().chain(biases).collect()
    }

    fn kept(&self) -> usize {
        self.sizes.kept()
    }

    fn macs(&self) -> u64 {
        self.sizes.macs()
    }

    /// Shares are no linear function of what comes in.
    fn bends(&self) -> bool {
        true
    }
}

impl Layer for SelfAttention {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        attention::forward(&self.sizes, pass.batch, params, x, y, pass.kept, pass.scratch);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let back = Back { batch: grads.batch, params, x: grads.x, dy: grads.dy, kept: grads.kept };
        attention::backward(&self.sizes, &back, grads.dparams, grads.dx, grads.scratch);
    }

    fn op(&self) -> Op {
        Op::Attention(self.sizes)
    }
}
