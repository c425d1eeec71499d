//! A run that trains no network, as the session sees it. The session drives it through this trait alone, so that its first part links nothing of one:
//! whatever makes one is behind the [`Rest`](super::Rest).

use super::{Clock, run::Next};
use crate::protocol::{Answers, FromWorker, RunId, ToWorker};

/// A run of something else than a network.
pub(super) trait Course {
    /// Its number.
    fn id(&self) -> RunId;

    /// How its model answers; `None` where it has come to none yet.
    fn answers(&mut self) -> Option<Answers>;

    /// Acts on a message that is for a run, and gives back one that is for the session.
    fn act(&mut self, message: ToWorker, now: f64, out: &mut Vec<FromWorker>) -> Option<ToWorker>;

    /// Works until `deadline` (a piece of work may overrun by a few ms), and says when to come back.
    fn advance(&mut self, deadline: f64, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Next;
}
