//! The times of a comparison once more, when nothing else is at work. The first ones are taken in a hurry, between two looks of training, and of code that the browser may not
//! have compiled in full yet: those of a model of some hundred weights may be off several times over.

use super::{clock::Clock, latency::Duel};
use crate::protocol::LatencyReport;

/// How long nothing else is at work before, ms: until then the browser compiles and draws.
const REST_MS: f64 = 250.0;
/// Time per model, ms.
const BUDGET_MS: f64 = 40.0;

/// Waits for its moment, then times both models.
pub(super) struct Rematch {
    due: f64,
    duel: Duel,
}

impl Rematch {
    /// After a comparison that ended at `now`, ms.
    pub fn new(now: f64) -> Self {
        Self { due: now + REST_MS, duel: Duel::new(1, BUDGET_MS) }
    }

    /// Whether its moment has come.
    pub fn is_due(&self, now: f64) -> bool {
        now >= self.due
    }

    /// A block of calls of one model, `call(side)` being one with one sample. Both models' times, in the end.
    pub fn advance(&mut self, clock: &dyn Clock, call: impl FnMut(usize)) -> Option<LatencyReport> {
        self.duel.advance(clock, call).then(|| self.duel.report())
    }
}
