//! The update of all parameters, and what the host has to prepare for a step.

use super::{
    Place, Program,
    Slot::{Read, Write},
    backward::cpu_only,
    grid, reduce,
};
use crate::{
    engine::{error::SpecError, network::Network, optimizers::Optimizer},
    kernels::wgsl::Wgsl,
};

/// Where the gradient of the parameters `start..end` lies in [`Place::Partials`]: the sum of `parts` parts from `from` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First parameter.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// First word.
    pub from: u32,
    /// Parts, each as long as the span.
    pub parts: u32,
}

impl Program {
    pub(super) fn update(&mut self, network: &Network, optimizer: &dyn Optimizer) -> Result<(), SpecError> {
        let n = network.params();
        self.spans.sort_by_key(|span| span.start);
        self.reserve(Place::Memory, n * optimizer.slots());
        self.reserve(Place::Traits, n);
        self.reserve(Place::Spans, 4 * self.spans.len());
        if n == 0 {
            return Ok(());
        }
        let wgsl = Wgsl::new(include_str!("../wgsl/update.wgsl"))
            .with("LENGTH", n as f64)
            .with("SPANS", self.spans.len() as f64)
            .join(&optimizer.wgsl().ok_or_else(|| cpu_only("opt"))?)
            .join(&grid::flat_wgsl());
        let slots = vec![Read(Place::Partials), Read(Place::Spans), Read(Place::Traits), Write(Place::Params), Write(Place::Memory)];
        self.push("update", wgsl, slots, grid::flat(n)?);
        Ok(())
    }

    /// One kernel a weight tensor, after the update.
    pub(super) fn max_norm(&mut self, network: &Network) -> Result<(), SpecError> {
        for (_, tensor, span) in network.weights() {
            let units = tensor.shape.last().map_or(1, |n| *n);
            let wgsl = Wgsl::new(include_str!("../wgsl/max_norm.wgsl"))
                .with("START", span.start as f64)
                .with("ROWS", (span.len() / units) as f64)
                .with("UNITS", units as f64)
                .join(&reduce::added_up());
            self.push("max-norm", wgsl, vec![Write(Place::Params)], [grid::within(units)?, 1, 1]);
        }
        Ok(())
    }
}
