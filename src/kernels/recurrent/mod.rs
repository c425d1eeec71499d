//! Recurrent layers: a plain one, LSTM and GRU, with PyTorch's equations and order of gates. Weights are `[features, gates · units]` for what comes in and
//! `[units, gates · units]` for the state before, gate by gate; biases one for each, of which the GRU's second is inside the reset.

pub mod reference;
mod run;

pub use run::{backward, forward};

/// What a unit remembers, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `h = tanh(x W + h' U + b)`.
    Plain,
    /// Long short-term memory: gates input, forget, cell, output.
    Lstm,
    /// Gated recurrent unit: gates reset, update, new.
    Gru,
}

/// A recurrent layer's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrent {
    /// What a unit is.
    pub cell: Cell,
    /// Steps of a sample.
    pub steps: usize,
    /// Values that come in at each step.
    pub features: usize,
    /// Units.
    pub units: usize,
    /// Whether the state after every step is given, not that after the last alone.
    pub sequence: bool,
}

impl Recurrent {
    /// Values that a step makes of each unit before its state.
    #[must_use]
    pub const fn gates(&self) -> usize {
        match self.cell {
            Cell::Plain => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }

    /// Columns of the weights.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.gates() * self.units
    }

    /// Rows of both weight matrices, one below the other.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.features + self.units
    }

    /// Values of a sample that go out.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        if self.sequence { self.steps * self.units } else { self.units }
    }

    /// Values per sample that forward keeps for backward: all gates, states, and of each step what else the cell computed.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.steps * (self.columns() + 2 * self.units) + self.columns()
    }

    /// Multiply-accumulates per sample.
    #[must_use]
    pub const fn macs(&self) -> u64 {
        self.steps as u64 * self.rows() as u64 * self.columns() as u64
    }

    /// `params` as both weight matrices and both biases.
    #[must_use]
    pub fn split<'a>(&self, params: &'a [f32]) -> [&'a [f32]; 4] {
        let (input, rest) = params.split_at(self.features * self.columns());
        let (state, rest) = rest.split_at(self.units * self.columns());
        let (input_bias, state_bias) = rest.split_at(self.columns());
        [input, state, input_bias, state_bias]
    }
}
