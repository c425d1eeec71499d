//! Batch normalization.

use super::{Grads, Layer, Op, Pass, Plan, make, norm};
use crate::engine::{
    catalog::{Entry, Pick},
    params::{ParamSpec, Scale, Values},
    shape::{Role, Shape, TensorSpec},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "batchnorm",
    label: "Batch normalization",
    help: teach!(
        "Shifts and scales each channel to mean 0 and variance 1 over the mini-batch, then by two numbers that are learnt, so that deep networks train with larger steps. In use it applies the statistics that training has noted, and is folded into the layer before it, where it costs nothing; with few samples a batch it is noisy."
    ),
    formula: teach!(r"y = \gamma\, \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta"),
    source: teach!("Ioffe & Szegedy 2015, Batch normalization: accelerating deep network training by reducing internal covariate shift"),
    params: &[MOMENTUM],
    build: make!(BatchNorm::new),
};

const MOMENTUM: ParamSpec = ParamSpec {
    key: "momentum",
    label: "Momentum α",
    range: (0.001, 1.0),
    scale: Scale::Log,
    default: 0.1,
    help: teach!(
        "Share of the newest mini-batch in the running statistics that are used outside training. 1 keeps the last mini-batch's alone; small values need many steps until they are true."
    ),
    formula: teach!(r"\hat\mu \leftarrow (1 - \alpha)\,\hat\mu + \alpha\,\mu_B"),
    ..ParamSpec::NEW
};

struct BatchNorm {
    output: Shape,
    channels: usize,
    momentum: f32,
}

impl BatchNorm {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let channels = norm::channels(input);
        Ok(Self { output: input.clone(), channels, momentum: values.f32(&MOMENTUM) })
    }
}

impl Plan for BatchNorm {
    fn output(&self) -> &Shape {
        &self.output
    }

    /// Factor, summand, and the running statistics, which are state beside them.
    fn tensors(&self) -> Vec<TensorSpec> {
        let tensor = |name, role| TensorSpec { name, role, shape: vec![self.channels], fan_in: 1, fan_out: 1 };
        vec![
            tensor("weight", Role::Scale),
            tensor("bias", Role::Bias),
            tensor("running_mean", Role::Mean),
            tensor("running_var", Role::Variance),
        ]
    }

    /// Of the whole mini-batch, in the place of its first sample: mean and variance of each channel, and whether they are its own.
    fn kept(&self) -> usize {
        2 * self.channels + 1
    }

    fn live(&self) -> bool {
        true
    }

    fn whole_batch(&self) -> bool {
        true
    }
}

impl Layer for BatchNorm {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        let c = self.channels;
        let (scale, rest) = params.split_at(c);
        let (shift, running) = rest.split_at(c);
        // The variance of a single value says nothing: it is normalized as outside training.
        let own = pass.train && x.len() > c;
        let (now, flag) = pass.kept[..2 * c + 1].split_at_mut(2 * c);
        flag[0] = f32::from(u8::from(own));
        if own {
            let (mean, variance) = now.split_at_mut(c);
            norm::moments(x, mean, variance);
        } else {
            now.copy_from_slice(running);
        }
        norm::apply(x, (scale, shift), now, y);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let c = self.channels;
        let (scale, rest) = params.split_at(c);
        let (now, own) = (&grads.kept[..2 * c], grads.kept[2 * c] != 0.0);
        let (dparams, change) = grads.dparams.split_at_mut(2 * c);
        norm::backward(&norm::Back { x: grads.x, dy: grads.dy, scale, moments: now, own }, dparams, grads.dx);
        if own {
            // The running variance is that of the population, of which the mini-batch is a sample.
            let rows = (grads.x.len() / c) as f32;
            let unbiased = rows / (rows - 1.0);
            let running = &rest[c..];
            for (i, ((change, now), running)) in change.iter_mut().zip(now).zip(running).enumerate() {
                let now = if i < c { *now } else { now * unbiased };
                *change += self.momentum * (now - running);
            }
        }
    }

    fn momentum(&self) -> Option<f32> {
        Some(self.momentum)
    }

    fn retune(&mut self, _: &Pick, values: &Values) -> bool {
        self.momentum = values.f32(&MOMENTUM);
        true
    }

    fn op(&self) -> Op {
        Op::Affine { channels: self.channels }
    }
}
