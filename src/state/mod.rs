//! What the page knows, and how an event changes it. Pure: no DOM, no clock; the page holds one [`Page`] and draws parts of it.

pub mod budget;
pub mod builder;
mod data_words;
mod describe;
mod diff;
mod edit;
mod engine;
pub mod format;
mod kept;
mod lab;
mod late;
pub mod look;
mod page;
pub mod race;
mod reading;
mod recipe;
mod reduce;
mod runs;
pub mod slider;
pub mod study;
mod tried;

pub use data_words::{against, reached_by, sample_words, score_words};
pub use describe::{Task, data_name, describe, family, layer_label, network};
pub use diff::{same_data, same_run};
pub use edit::Draft;
pub use engine::{EngineWords, engine_words};
pub use kept::Kept;
pub use lab::Lab;
pub use page::{CellSamples, Checkpoint, Compared, Note, Page, Phase, Prediction, View};
pub use reading::Reading;
pub use recipe::{Cooked, entry_words, recipe_words, step_words, surprise};
pub use reduce::Effect;
pub use runs::{PinnedRun, RunRecord};
pub use tried::{Tried, front};
