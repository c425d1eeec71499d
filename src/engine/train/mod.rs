//! Training: one step at a time, and the state that makes a run resumable to the bit.

mod ensemble;
mod extra;
mod fake_quantize;
mod range_test;
mod score;
mod teaching;
mod trainer;

pub use ensemble::mean_answers;
pub use extra::{Augment, Average, Averaged, Controls, Extra, Piece};
pub use fake_quantize::{Rounding, StepSizes};
pub use range_test::{RangeTest, RatePoint, Suggestion, Sweep, suggest};
pub use score::{Score, argmax};
pub use teaching::Teaching;
pub use trainer::{Bend, Note, Place, Rules, Settings, Snapshot, StepReport, Trainer, Turn, Watched, WatchedLayer};
