//! What compressing may look at besides the weights: a few training samples.

use crate::engine::losses::{Loss, Target};

/// Training samples by which ranges of activations are measured, and by which criteria that look at data rank weights. Never test samples.
#[derive(Clone, Copy, Default)]
pub struct Calibration<'a> {
    /// `[B, I]`, as the network sees them.
    pub inputs: &'a [f32],
    /// What it should have said to them; `None` where nobody knows: criteria that need gradients are then refused.
    pub labels: Option<Labels<'a>>,
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
        Self { inputs, labels: None }
    }
}
