//! Weights of a layer, or what comes into it, against the grid of numbers that they become.

use serde::{Deserialize, Serialize};

/// Which weights to show; see [`ToWorker::Inspect`](super::ToWorker::Inspect).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspect {
    /// Layer in `ModelReport::layers`; where it has no weights, or none is named, the first that has.
    pub layer: Option<usize>,
    /// One output unit alone; all where none is named, or the layer has no such unit.
    pub unit: Option<usize>,
    /// What comes into the layer instead of its weights; of all units alike.
    pub inputs: bool,
}

/// The weights (not biases) of a layer, or of one of its units, as they are in the fp32 model, and what the optimized one makes of them. Or what comes into it
/// for the samples of the calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Layer in `ModelReport::layers`.
    pub layer: usize,
    /// Its place among the layers that have weights.
    pub place: usize,
    /// The unit, where only its weights are counted.
    pub unit: Option<usize>,
    /// Output units of the layer.
    pub units: usize,
    /// Whether these are what comes in: read "value" for "weight" below then.
    pub inputs: bool,
    /// Bars reach from here to there. Of weights, the largest magnitude among those that live, on both sides of zero.
    pub span: (f32, f32),
    /// Living weights in each of equally wide bars. Of weights their number is odd, so that zero lies in the middle of one.
    pub bars: Vec<u32>,
    /// Weights counted, pruned ones included.
    pub count: u64,
    /// Pruned, by hand or by the pruner, or removed with their unit. Of what comes in, values that are 0, as after a ReLU.
    pub pruned: u64,
    /// Living weights that are stored as zero.
    pub rounded: u64,
    /// Living weights more than half a step beyond their outermost level: they are stored as that level.
    pub clipped: u64,
    /// Root-mean-square difference between living weights and what they are stored as.
    pub rmse: f32,
    /// Signal-to-noise ratio of that, dB: ten times the logarithm of mean square weight over mean square difference; `None` where
    /// there is no difference.
    pub snr: Option<f32>,
    /// Outermost level of the drawn grid as a share of the largest magnitude that has it; `None` where there is no grid, or nothing to clip.
    pub reach: Option<f32>,
    /// What weights are meant to be stored as: "f32", "bf16", "fp8 e4m3", "int4".
    pub format: String,
    /// The grid; `None` where weights are floats of 32 or 16 bits, which are too many to be drawn, or nothing of the unit is left.
    pub grid: Option<Grid>,
}

/// The numbers that a weight can be stored as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Bits a weight was meant to have. At one bit they are signs.
    pub bits: u32,
    /// The unit whose grid it is: of a grid for each unit, that of the chosen unit or of the one with the median step. `None` where
    /// one grid serves the whole layer.
    pub unit: Option<usize>,
    /// Where a group of inputs of that unit has a grid of its own: its place among the unit's groups.
    pub group: Option<usize>,
    /// Levels are equally far apart; those of floats are not.
    pub even: bool,
    /// The levels, rising: `2^bits − 1` of them, with a zero point `2^bits`, of 8-bit floats all numbers that there are; two at one bit, three where one bit has to
    /// store pruned weights too.
    pub levels: Vec<f32>,
    /// Smallest and largest step of the layer's grids; of 8-bit floats that next to zero.
    pub steps: (f32, f32),
}
