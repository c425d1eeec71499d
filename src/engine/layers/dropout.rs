//! Dropout.

use super::{Grads, Layer, Noise, Op, Pass, Plan, make};
use crate::engine::{
    catalog::{Entry, Pick},
    params::{ParamSpec, Values},
    shape::Shape,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "dropout",
    label: "Dropout",
    help: teach!(
        "Zeroes a random share of the values in each training step and scales the rest up to match, so that no unit can rely on one other. It is off when the model is used, and costs nothing there."
    ),
    formula: teach!(r"y_i = \frac{m_i}{1 - p}\, x_i,\quad m_i \sim \operatorname{Bernoulli}(1 - p)"),
    source: teach!("Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"),
    params: &[RATE],
    build: make!(Dropout::new),
};

const RATE: ParamSpec = ParamSpec {
    key: "rate",
    label: "Rate p",
    range: (0.0, 0.9),
    default: 0.25,
    help: teach!("Share of values zeroed in each step. 0 changes nothing; beyond a half, learning becomes slow."),
    ..ParamSpec::NEW
};

struct Dropout {
    output: Shape,
    /// A value is dropped when 32 random bits, as a whole number, are below this.
    threshold: u32,
    /// `1 / (1 − p)`: keeps the expected value.
    scale: f32,
}

impl Dropout {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let mut layer = Self { output: input.clone(), threshold: 0, scale: 1.0 };
        layer.set(values);
        Ok(layer)
    }

    fn set(&mut self, values: &Values) {
        let rate = values.get(&RATE);
        self.threshold = (rate * 4_294_967_296.0) as u32;
        self.scale = (1.0 / (1.0 - rate)) as f32;
    }
}

impl Plan for Dropout {
    fn output(&self) -> &Shape {
        &self.output
    }

    /// The factor of each value: 0 or `1 / (1 − p)`.
    fn kept(&self) -> usize {
        self.output.len()
    }

    fn live(&self) -> bool {
        true
    }
}

impl Layer for Dropout {
    fn forward(&self, pass: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        if !pass.train {
            pass.kept.fill(1.0);
            y.copy_from_slice(x);
            return;
        }
        for k in pass.kept.iter_mut() {
            *k = if pass.rng.next_u32() < self.threshold { 0.0 } else { self.scale };
        }
        for ((y, x), k) in y.iter_mut().zip(x).zip(pass.kept.iter()) {
            *y = x * k;
        }
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        let Some(dx) = grads.dx else { return };
        for ((dx, dy), k) in dx.iter_mut().zip(grads.dy).zip(grads.kept) {
            *dx = dy * k;
        }
    }

    fn noise(&self) -> Option<Noise> {
        Some(Noise { threshold: self.threshold, scale: self.scale })
    }

    fn retune(&mut self, _: &Pick, values: &Values) -> bool {
        self.set(values);
        true
    }

    fn op(&self) -> Op {
        Op::Identity
    }
}
