//! What a model is made of, as plain data.

use serde::{Deserialize, Serialize};

/// What a model says of itself. A list that makes no sense for its family is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Whether its numbers are stored and used in 8 bits.
    pub eight_bits: bool,
    /// How much there is of what it is made of.
    pub counts: Vec<Count>,
    /// Weights, `[features, rows of the equation]`: one row for values and for two classes, one per class otherwise.
    pub coefficients: Vec<f32>,
    /// One per row of the equation.
    pub intercepts: Vec<f32>,
    /// By how much splits on each feature lowered impurity in training, as shares that add up to 1. A model that was read from bytes does not know it.
    pub importances: Vec<f32>,
    /// How many trees [`Model::tree`](super::Model::tree) can show.
    pub trees: usize,
    /// What members it has: descriptions with the label of each.
    pub members: Vec<(String, Description)>,
    /// What a reader has to know about it.
    pub notes: Vec<String>,
}

/// How much there is of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What, in the plural: "support vectors".
    pub what: String,
    /// How many.
    pub count: u64,
}

impl Count {
    /// `count` of `what`.
    #[must_use]
    pub fn new(what: &str, count: usize) -> Self {
        Self { what: what.into(), count: count as u64 }
    }
}

/// A node of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Where it asks and goes on; `None` for a leaf.
    pub split: Option<Split>,
    /// Share of the training samples that came here, 0 to 1; `None` where the model was read from bytes.
    pub share: Option<f32>,
    /// What is answered here, or would be if the tree ended here: shares of the classes, a value, or what a boosted tree adds. Empty inside a tree that was read from bytes.
    pub value: Vec<f32>,
}

/// The question of a node: left where the feature is at most the threshold, or is no number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Which feature.
    pub feature: u32,
    /// Up to which value it goes left.
    pub threshold: f32,
    /// Place of the left node among the tree's nodes.
    pub left: u32,
    /// Place of the right node.
    pub right: u32,
}
