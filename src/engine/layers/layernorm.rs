//! Layer normalization.

use super::{Grads, Layer, Op, Pass, Plan, make, norm};
use crate::engine::{
    catalog::Entry,
    params::Values,
    shape::{Role, Shape, TensorSpec},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "layernorm",
    label: "Layer normalization",
    help: teach!(
        "Shifts and scales the units of a row, or the channels at each position of an image, to mean 0 and variance 1, then by two numbers that are learnt for each. It needs no mini-batch and does the same in use as in training; so it cannot be folded into another layer, and its time stays."
    ),
    formula: teach!(r"y_c = \gamma_c\, \frac{x_c - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_c,\quad \mu = \tfrac{1}{C} \sum_c x_c"),
    source: teach!("Ba, Kiros & Hinton 2016, Layer normalization"),
    params: &[],
    build: make!(LayerNorm::new),
};

struct LayerNorm {
    output: Shape,
    channels: usize,
}

impl LayerNorm {
    fn new(_: &Values, input: &Shape) -> Result<Self, String> {
        Ok(Self { output: input.clone(), channels: norm::channels(input) })
    }
}

impl Plan for LayerNorm {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let tensor = |name, role| TensorSpec { name, role, shape: vec![self.channels], fan_in: 1, fan_out: 1 };
        vec![tensor("weight", Role::Scale), tensor("bias", Role::Bias)]
    }
}

impl Layer for LayerNorm {
    fn forward(&self, _: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        let (scale, shift) = params.split_at(self.channels);
        norm::rows(x, scale, shift, y);
    }

    fn backward(&self, params: &[f32], mut grads: Grads<'_>) {
        let c = self.channels;
        let scale = &params[..c];
        let (dscale, dshift) = grads.dparams.split_at_mut(c);
        for (i, (x, dy)) in grads.x.chunks_exact(c).zip(grads.dy.chunks_exact(c)).enumerate() {
            let (mean, inverse) = norm::of_row(x);
            let (mut sum, mut product) = (0.0_f64, 0.0_f64);
            for k in 0..c {
                let (normal, by) = ((x[k] - mean) * inverse, dy[k] * scale[k]);
                dscale[k] += dy[k] * normal;
                dshift[k] += dy[k];
                sum += f64::from(by);
                product += f64::from(by) * f64::from(normal);
            }
            let Some(dx) = grads.dx.as_deref_mut() else { continue };
            let (sum, product) = ((sum / c as f64) as f32, (product / c as f64) as f32);
            for (((dx, x), dy), scale) in dx[i * c..(i + 1) * c].iter_mut().zip(x).zip(dy).zip(scale) {
                *dx = inverse * (dy * scale - sum - (x - mean) * inverse * product);
            }
        }
    }

    fn op(&self) -> Op {
        Op::LayerNorm { channels: self.channels }
    }
}
