//! How much each layer's width matters.

use serde::{Deserialize, Serialize};

/// Where the measurement stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sensing {
    /// It goes on; the share that is done, 0 to 1.
    Working(f32),
    /// It is done.
    Done(Sensitivity),
}

/// The fp32 model with one layer at a time rounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Training samples on which all are judged.
    pub samples: usize,
    /// Loss of the fp32 model.
    pub loss: f32,
    /// Its accuracy or R².
    pub score: f32,
    /// Layers with weights, in order.
    pub layers: Vec<LayerSensitivity>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSensitivity {
    /// Index in the model's layers.
    pub layer: usize,
    /// Its weights.
    pub weights: u64,
    /// Its units, each with a scale where scales are per channel.
    pub units: u64,
    /// What rounding it alone does.
    pub widths: Vec<WidthEffect>,
}

/// A layer at a width, all others in fp32.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidthEffect {
    /// Bits of a weight.
    pub bits: u32,
    /// Loss of the model.
    pub loss: f32,
    /// Its accuracy or R².
    pub score: f32,
    /// Bytes of the layer's codes and scales, packed.
    pub bytes: u64,
}
