//! A text that the model of a run writes.

use serde::{Deserialize, Serialize};

/// What is to be written, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextWish {
    /// What it begins with.
    pub prompt: String,
    /// Characters to write.
    pub length: usize,
    /// What scores are divided by; 0 always takes the likeliest character.
    pub temperature: f32,
    /// Seed of what is drawn.
    pub seed: u64,
    /// By the optimized model of the latest comparison, not by the fp32 model as it is now.
    pub optimized: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TextNews {
    /// What the model wrote, without the beginning.
    Text(String),
    /// Nothing was written, and why: a character that it has never seen, a number out of its range.
    Refused(String),
}
