//! What compressing may look at besides the weights: a few training samples, and what training has noted.

use crate::engine::losses::{Loss, Target};

/// Training samples by which ranges of activations are measured, and by which criteria that look at data rank weights. Never test samples.
#[derive(Clone, Copy, Default)]
pub struct Calibration<'a> {
    /// `[B, I]`, as the network sees them.
    pub inputs: &'a [f32],
    /// What it should have said to them; `None` where nobody knows: criteria that need gradients are then refused.
    pub labels: Option<Labels<'a>>,
    /// What training holds at zero already, 1 for a living parameter and 0 for a held one: it goes first. Empty where nothing is held.
    pub held: &'a [f32],
    /// Σ −w·∂L/∂w over the steps of training, for each parameter; empty where nobody has noted it.
    pub movement: &'a [f32],
}

/// What a network should have said, and how its answers are judged.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    /// One for each sample.
    pub target: Target<'a>,
    /// What training makes small.
    pub loss: &'a dyn Loss,
}

impl<'a> Calibration<'a> {
    /// Samples without labels.
    #[must_use]
    pub fn of(inputs: &'a [f32]) -> Self {
        Self { inputs, ..Self::default() }
    }
}
