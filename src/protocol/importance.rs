//! What each column of a table is to both models.

use serde::{Deserialize, Serialize};

use crate::engine::importance::Influence;

/// Where the shuffling of columns stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ImportanceNews {
    /// Under way; the share that is done, 0 to 1.
    Working(f32),
    /// It was stopped.
    Stopped,
    /// All columns are through.
    Done(Importance),
}

/// Permutation importance of every column of the inputs, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// Test samples that were asked.
    pub rows: usize,
    /// How often each column was shuffled.
    pub repeats: usize,
    /// Score of the fp32 and of the optimized model on them: accuracy from 0 to 1, or R².
    pub score: [f32; 2],
    /// What each of the two loses by each column.
    pub columns: Vec<[Influence; 2]>,
}
