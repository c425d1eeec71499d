//! Multi-head self-attention with PyTorch's equations (`nn.MultiheadAttention`). Weights are four matrices `[E, E]`, one below the other: queries, keys,
//! values, and what leads out; then a bias `[E]` for each.

pub mod reference;
mod run;

pub use run::{backward, forward};

/// Most pairs of positions, over all heads, of a sample.
pub const MAX_PAIRS: usize = 1 << 20;

/// Sizes of an attention layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Positions `T` of a sample.
    pub positions: usize,
    /// Values `E` at each, going in and coming out.
    pub channels: usize,
    /// Heads, which share the channels out: they divide them.
    pub heads: usize,
    /// Whether a position sees only itself and those before it.
    pub causal: bool,
}

impl Attention {
    /// Channels of a head.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.channels / self.heads
    }

    /// Values of a sample that go in, and come out.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.positions * self.channels
    }

    /// Whether there are none of those.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of the four matrices, one below the other; each has [`Attention::channels`] columns.
    #[must_use]
    pub const fn rows(&self) -> usize {
        4 * self.channels
    }

    /// Pairs of positions over all heads; the largest number where there are more.
    #[must_use]
    pub const fn pairs(&self) -> usize {
        self.positions.saturating_mul(self.positions).saturating_mul(self.heads)
    }

    /// Values per sample that forward keeps for backward: queries, keys, values, what the heads put out, and what each pair of positions counts.
    #[must_use]
    pub const fn kept(&self) -> usize {
        4 * self.len() + self.pairs()
    }

    /// Multiply-accumulates per sample of queries with keys, and of what comes of those with values. Pairs that a causal layer hides count too: they
    /// are computed.
    #[must_use]
    pub const fn pair_macs(&self) -> u64 {
        2 * (self.positions as u64) * (self.positions as u64) * self.channels as u64
    }

    /// Multiply-accumulates per sample.
    #[must_use]
    pub const fn macs(&self) -> u64 {
        4 * self.len() as u64 * self.channels as u64 + self.pair_macs()
    }

    /// `params` as the four matrices, and the four biases.
    #[must_use]
    pub fn split<'a>(&self, params: &'a [f32]) -> ([&'a [f32]; 4], [&'a [f32]; 4]) {
        let e = self.channels;
        let (weights, biases) = params.split_at(4 * e * e);
        (std::array::from_fn(|i| &weights[i * e * e..(i + 1) * e * e]), std::array::from_fn(|i| &biases[i * e..(i + 1) * e]))
    }
}
