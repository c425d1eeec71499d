//! What a learner has come to: plain data for drawings and tables.

use serde::{Deserialize, Serialize};

use crate::engine::learners::{Description, Node};

/// A fitted learner and what was made small of it, at the moment of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnerReport {
    /// What is counted while it fits, in the plural: "trees".
    pub unit: String,
    /// How many are done.
    pub done: u64,
    /// How many it takes at most.
    pub of: u64,
    /// What the model as it was fitted is made of.
    pub baseline: Description,
    /// What the small one is made of.
    pub optimized: Description,
    /// Which settings of compression apply to it.
    pub applies: Applies,
    /// The tree that is looked at, where it has trees.
    pub tree: Option<TreeView>,
}

/// Which settings make a model smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applies {
    /// A depth to cut off at.
    pub depth: bool,
    /// Cost-complexity pruning.
    pub alpha: bool,
    /// Fewer trees.
    pub members: bool,
    /// 8 bits.
    pub bits: bool,
}

/// A tree of both models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeView {
    /// Its number, from 0.
    pub at: usize,
    /// As it was fitted, the root first.
    pub baseline: Vec<Node>,
    /// As it was made small; none where that model has no such tree.
    pub optimized: Option<Vec<Node>>,
}
