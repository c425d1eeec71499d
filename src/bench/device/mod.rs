//! What "Benchmark this device" measures: one list, for the page and for the command line. A new row is one entry.
//!
//! Nothing here has a clock. An entry makes its [`Work`] ready; whoever measures calls it, and times it.

mod gpu;
mod layers;
mod peak;
mod steps;

use std::sync::Arc;

pub use gpu::{Job, ON_GPU, OnGpu, on_gpu};
use layers::{CONV, DENSE_BATCH, DENSE_ONE, Weighting, layer, product};
use steps::steps;

use crate::engine::{data::Dataset, error::SpecError, train::Trainer};

/// The arithmetic of an entry, and so the peak that it is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// 32-bit floats.
    Float,
    /// Whole numbers.
    Whole,
}

/// One measured thing.
pub struct Entry {
    /// Stable: exports hold it.
    pub key: &'static str,
    /// What is computed. Entries of one group lie together and do the same to the same shapes; the first is the others' measure.
    pub group: &'static str,
    /// In which form: "f32", "int4 × int8".
    pub form: &'static str,
    /// A sentence about it.
    pub about: &'static str,
    /// Floats or whole numbers.
    pub arithmetic: Arithmetic,
    /// It does nothing but arithmetic: what the core can do at most.
    pub peak: bool,
    /// Makes it ready.
    pub prepare: fn(&Subject<'_>) -> Result<Prepared, SpecError>,
}

/// The model at hand, for entries that are about it: a copy of its trainer, which goes its own way, and its data.
pub struct Subject<'a> {
    /// Makes the copy. Errors: an experiment that cannot be built.
    pub trainer: &'a dyn Fn() -> Result<Trainer, SpecError>,
    /// Its data.
    pub data: Arc<Dataset>,
}

/// An entry, ready to be measured.
pub struct Prepared {
    /// What to call.
    pub work: Box<dyn Work>,
    /// Multiplications and additions of one call that are really done: zeros that are skipped do not count.
    pub operations: u64,
    /// Bytes in memory of the weights that a call reads, with their scales and positions; 0 where there are none.
    pub bytes: u64,
    /// Samples that a call takes; 0 where there are none.
    pub samples: u64,
}

/// Something that can be called again and again.
pub trait Work {
    /// A piece of a call, a few milliseconds long at most on a slow device; true when it ends the call.
    fn advance(&mut self) -> bool;

    /// What a call computes.
    fn output(&mut self) -> &[f32];
}

/// Turns of a loop in registers per call.
const TURNS: u32 = 1000;

/// A loop in registers.
struct Loop<F> {
    run: F,
    output: [f32; 4],
}

impl<F: Fn(u32) -> [f32; 4]> Work for Loop<F> {
    fn advance(&mut self) -> bool {
        self.output = (self.run)(TURNS);
        true
    }

    fn output(&mut self) -> &[f32] {
        &self.output
    }
}

fn turning(run: impl Fn(u32) -> [f32; 4] + 'static, operations: u64) -> Prepared {
    let work = Box::new(Loop { run, output: [0.0; 4] });
    Prepared { work, operations: operations * u64::from(TURNS), bytes: 0, samples: 0 }
}

/// Every entry, in the order in which it is shown.
pub const LIST: &[Entry] = &[
    Entry {
        key: "peak-f32",
        group: "Peak of this core",
        form: "f32 multiply, add",
        about: "A loop in registers: nothing is loaded or stored.",
        arithmetic: Arithmetic::Float,
        peak: true,
        prepare: |_| Ok(turning(peak::multiply_add, peak::FLOAT_OPERATIONS)),
    },
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    Entry {
        key: "peak-f32-fused",
        group: "Peak of this core",
        form: "f32 fused multiply-add",
        about: "A loop in registers, with one rounding instead of two.",
        arithmetic: Arithmetic::Float,
        peak: true,
        prepare: |_| Ok(turning(peak::fused_multiply_add, peak::FLOAT_OPERATIONS)),
    },
    Entry {
        key: "peak-dot",
        group: "Peak of this core",
        form: "16-bit dot product",
        about: "A loop in registers: the instruction that the kernels for whole numbers are made of.",
        arithmetic: Arithmetic::Whole,
        peak: true,
        prepare: |_| Ok(turning(|turns| peak::dot(turns).map(|sum| sum as f32), peak::WHOLE_OPERATIONS)),
    },
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    Entry {
        key: "peak-dot-bytes",
        group: "Peak of this core",
        form: "8-bit dot product",
        about: "A loop in registers: the relaxed instruction on bytes, which some kernels for whole numbers are made of.",
        arithmetic: Arithmetic::Whole,
        peak: true,
        prepare: |_| Ok(turning(|turns| peak::dot_bytes(turns).map(|sum| sum as f32), peak::BYTE_OPERATIONS)),
    },
    Entry {
        key: "product-512",
        group: "Matrix product 512 × 512 × 512",
        form: "f32",
        about: "The product under every dense layer and convolution.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| Ok(product(512)),
    },
    Entry {
        key: "dense-1-f32",
        group: DENSE_ONE.name,
        form: "f32",
        about: "One sample reads every weight once: memory decides.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&DENSE_ONE, Weighting::Float),
    },
    Entry {
        key: "dense-1-int8",
        group: DENSE_ONE.name,
        form: "int8 × int8",
        about: "Weights and activations of 8 bits.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&DENSE_ONE, Weighting::Bits(8)),
    },
    Entry {
        key: "dense-1-int4",
        group: DENSE_ONE.name,
        form: "int4 × int8",
        about: "Weights of 4 bits, activations of 8.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&DENSE_ONE, Weighting::Bits(4)),
    },
    Entry {
        key: "dense-1-ternary",
        group: DENSE_ONE.name,
        form: "ternary × int8",
        about: "Weights −1, 0 and 1 in 2 bits, activations of 8.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&DENSE_ONE, Weighting::Bits(2)),
    },
    Entry {
        key: "dense-1-sparse",
        group: DENSE_ONE.name,
        form: "f32, 90 % zeros",
        about: "Only weights that are not zero are stored and multiplied; only those count as operations.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&DENSE_ONE, Weighting::Sparse),
    },
    Entry {
        key: "dense-1-of-four",
        group: DENSE_ONE.name,
        form: "f32, 2:4",
        about: "Two weights of every four are stored and multiplied; only those count as operations.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&DENSE_ONE, Weighting::OfFour),
    },
    Entry {
        key: "dense-256-f32",
        group: DENSE_BATCH.name,
        form: "f32",
        about: "Each weight serves many samples: arithmetic decides.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&DENSE_BATCH, Weighting::Float),
    },
    Entry {
        key: "dense-256-int8",
        group: DENSE_BATCH.name,
        form: "int8 × int8",
        about: "Weights and activations of 8 bits.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&DENSE_BATCH, Weighting::Bits(8)),
    },
    Entry {
        key: "dense-256-int4",
        group: DENSE_BATCH.name,
        form: "int4 × int8",
        about: "Weights of 4 bits, activations of 8.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&DENSE_BATCH, Weighting::Bits(4)),
    },
    Entry {
        key: "dense-256-ternary",
        group: DENSE_BATCH.name,
        form: "ternary × int8",
        about: "Weights −1, 0 and 1 in 2 bits, activations of 8.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&DENSE_BATCH, Weighting::Bits(2)),
    },
    Entry {
        key: "dense-256-sparse",
        group: DENSE_BATCH.name,
        form: "f32, 90 % zeros",
        about: "Only weights that are not zero are stored and multiplied; only those count as operations.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&DENSE_BATCH, Weighting::Sparse),
    },
    Entry {
        key: "dense-256-of-four",
        group: DENSE_BATCH.name,
        form: "f32, 2:4",
        about: "Two weights of every four are stored and multiplied; only those count as operations.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&DENSE_BATCH, Weighting::OfFour),
    },
    Entry {
        key: "conv-f32",
        group: CONV.name,
        form: "f32",
        about: "16 channels to 32, with a border of zeros.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: |_| layer(&CONV, Weighting::Float),
    },
    Entry {
        key: "conv-int8",
        group: CONV.name,
        form: "int8 × int8",
        about: "Weights and activations of 8 bits.",
        arithmetic: Arithmetic::Whole,
        peak: false,
        prepare: |_| layer(&CONV, Weighting::Bits(8)),
    },
    Entry {
        key: "steps",
        group: "Training step of this model",
        form: "f32",
        about: "On a copy of it: forward, backward and update. Only products of weights count as operations.",
        arithmetic: Arithmetic::Float,
        peak: false,
        prepare: steps,
    },
];

#[cfg(test)]
mod tests;
