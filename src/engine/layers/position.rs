//! Positions: waves that tell each position of a sample from the others.

use super::{Grads, Layer, Op, Pass, Plan, make};
use crate::engine::{catalog::Entry, params::Values, shape::Shape};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "position",
    label: "Positions (sinusoidal)",
    help: teach!(
        "Adds waves of many lengths to the channels, so that each position of a sequence gets a pattern of its own and near ones get similar ones. Attention sees no order without it; it has no weights and costs next to nothing."
    ),
    formula: teach!(r"x_{t,2i} + \sin\left(t / 10000^{2i/E}\right),\quad x_{t,2i+1} + \cos\left(t / 10000^{2i/E}\right)"),
    source: teach!("Vaswani et al. 2017, Attention is all you need"),
    params: &[],
    build: make!(Position::new),
};

struct Position {
    output: Shape,
    channels: usize,
}

impl Position {
    fn new(_: &Values, input: &Shape) -> Result<Self, String> {
        if input.0.len() < 2 {
            return Err(format!(
                "it needs positions, and a flat input of {input} values comes in: put it behind an embedding, or on steps or an image"
            ));
        }
        Ok(Self { output: input.clone(), channels: input.positions().1 })
    }
}

/// What is added at `position` to `channel` of `channels`.
pub(in crate::engine) fn wave(position: usize, channel: usize, channels: usize) -> f32 {
    let angle = position as f64 / libm::pow(10_000.0, (channel / 2 * 2) as f64 / channels as f64);
    (if channel.is_multiple_of(2) { libm::sin(angle) } else { libm::cos(angle) }) as f32
}

/// What is added to a sample of so many positions and channels, `[positions, channels]`.
#[must_use]
pub fn waves(positions: usize, channels: usize) -> Vec<f32> {
    (0..positions * channels).map(|at| wave(at / channels, at % channels, channels)).collect()
}

/// `y = x +` waves for samples of `len` values with `channels` at each position.
pub(in crate::engine) fn add(len: usize, channels: usize, x: &[f32], y: &mut [f32]) {
    for at in 0..len {
        let wave = wave(at / channels, at % channels, channels);
        for (y, x) in y.iter_mut().skip(at).step_by(len).zip(x.iter().skip(at).step_by(len)) {
            *y = x + wave;
        }
    }
}

impl Plan for Position {
    fn output(&self) -> &Shape {
        &self.output
    }
}

impl Layer for Position {
    fn forward(&self, _: &mut Pass<'_>, _: &[f32], x: &[f32], y: &mut [f32]) {
        add(self.output.len(), self.channels, x, y);
    }

    fn backward(&self, _: &[f32], grads: Grads<'_>) {
        if let Some(dx) = grads.dx {
            dx.copy_from_slice(grads.dy);
        }
    }

    fn op(&self) -> Op {
        Op::Position { positions: self.output.len() / self.channels, channels: self.channels }
    }
}
