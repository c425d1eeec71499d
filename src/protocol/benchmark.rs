//! What a benchmark of the device has to say.

use serde::{Deserialize, Serialize};

use super::Device;

/// News of a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Benchmark {
    /// It goes on; training waits.
    Working {
        /// Share of the work that is done, 0 to 1; never falls.
        share: f64,
        /// What is measured now.
        what: String,
    },
    /// It was stopped before its end; training goes on if it did before.
    Stopped,
    /// It is done. The model's own latency, layer by layer, came with the `Measured` before it.
    Done {
        /// All rows, those of the GPU last.
        rows: Vec<BenchRow>,
        /// The GPU that the rows marked so ran on; errors: in words, why there are none.
        gpu: Result<Device, String>,
    },
}

/// One measured thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchRow {
    /// Stable name.
    pub key: String,
    /// What was computed. Rows of one group follow each other; the first is the others' measure.
    pub group: String,
    /// In which form: "f32", "int4 × int8".
    pub form: String,
    /// A sentence about it.
    pub about: String,
    /// Whole numbers, and not 32-bit floats: the peak that it is held against.
    pub whole: bool,
    /// It does nothing but arithmetic in registers.
    pub peak: bool,
    /// It ran on the GPU.
    pub gpu: bool,
    /// Multiplications and additions of one call.
    pub operations: u64,
    /// Bytes in memory of the weights that a call reads; 0 where there are none.
    pub bytes: u64,
    /// Samples that a call takes; 0 where there are none.
    pub samples: u64,
    /// Time of a call, ms: the median over rounds of each round's median.
    pub median: f64,
    /// The fastest round.
    pub least: f64,
    /// The slowest round.
    pub most: f64,
    /// Calls timed.
    pub calls: u64,
}
