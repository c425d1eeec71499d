//! Embedding: a vector for each token.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values},
    shape::{Role, Shape, TensorSpec},
};

/// Key of the layer that reads tokens.
pub const KEY: &str = "embedding";

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: KEY,
    label: "Embedding",
    help: teach!(
        "Looks up a vector for each token, a character or a word, in a table that is learnt: tokens that are used alike end up near each other. It multiplies nothing; the table has a row for each token that the network can answer with."
    ),
    formula: teach!(r"y_t = W_{x_t}"),
    source: teach!("Bengio et al. 2003, A neural probabilistic language model"),
    params: &[SIZE],
    build: make!(Embedding::new),
};

const SIZE: ParamSpec = ParamSpec {
    key: "size",
    label: "Size",
    unit: "values",
    range: (1.0, 512.0),
    scale: Scale::Integer,
    default: 16.0,
    help: teach!(
        "How many values stand for a token. More can hold finer differences between tokens, and make all layers behind it larger."
    ),
    ..ParamSpec::NEW
};

/// What comes out is an image of a single column, so that convolutions of one pixel see each position by itself.
struct Embedding {
    steps: usize,
    size: usize,
    /// Rows of the table; 0 until they are known.
    tokens: usize,
    output: Shape,
}

impl Embedding {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let [steps] = input.0[..] else {
            return Err(format!("it reads a row of tokens, and {input} values come in"));
        };
        let size = values.usize(&SIZE);
        Ok(Self { steps, size, tokens: 0, output: Shape(vec![steps, 1, size]) })
    }
}

/// The token that `x` says: the nearest of so many.
pub(in crate::engine) fn token(x: f32, tokens: usize) -> usize {
    // What is no number or below zero becomes 0.
    ((x + 0.5) as usize).min(tokens.saturating_sub(1))
}

/// `y[_, size]` from tokens `x` and the table `[tokens, size]`.
pub(in crate::engine) fn look_up(table: &[f32], size: usize, x: &[f32], y: &mut [f32]) {
    let tokens = table.len() / size;
    for (y, x) in y.chunks_exact_mut(size).zip(x) {
        let row = token(*x, tokens) * size;
        match table.get(row..row + size) {
            Some(row) => y.copy_from_slice(row),
            None => y.fill(0.0),
        }
    }
}

impl Plan for Embedding {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        // One row of the table reaches an output at a time.
        vec![TensorSpec { name: "weight", role: Role::Weight, shape: vec![self.tokens, self.size], fan_in: 1, fan_out: self.size }]
    }

    fn answer(&mut self, outputs: usize) {
        self.tokens = outputs;
    }

    fn first(&self) -> bool {
        true
    }
}

impl Layer for Embedding {
    fn forward(&self, _: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        look_up(params, self.size, x, y);
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        for (dy, x) in grads.dy.chunks_exact(self.size).zip(grads.x) {
            let row = token(*x, self.tokens) * self.size;
            if let Some(row) = grads.dparams.get_mut(row..row + self.size) {
                row.iter_mut().zip(dy).for_each(|(d, dy)| *d += dy);
            }
        }
        // A token is no quantity.
        if let Some(dx) = grads.dx {
            dx.fill(0.0);
        }
    }

    fn op(&self) -> Op {
        Op::Embedding { steps: self.steps, tokens: self.tokens, size: self.size }
    }
}
