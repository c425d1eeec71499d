//! What is measured on a GPU, where there is one: layers of the same shapes, as plain data. The module that drives the GPU makes them ready
//! ([`crate::bench::GpuEntry`]); whoever measures knows this list alone.

use super::{
    Arithmetic,
    layers::{CONV, Case, DENSE_BATCH, DENSE_ONE, Weighting},
};
use crate::engine::{
    layers::Op,
    packed::{PackedModel, matrix},
};

/// One thing measured on the GPU.
pub struct OnGpu {
    /// Stable: exports hold it.
    pub key: &'static str,
    /// What is computed; see [`super::Entry::group`].
    pub group: &'static str,
    /// In which form.
    pub form: &'static str,
    /// A sentence about it.
    pub about: &'static str,
    what: What,
}

/// What a GPU is given to do.
enum What {
    /// The product of two square matrices of so many rows.
    Product(usize),
    /// A layer.
    Layer(&'static Case, Weighting),
}

/// What a GPU needs to make an entry ready.
pub enum Job {
    /// The product of two square matrices of so many rows.
    Product(usize),
    /// A model of one layer, and its samples `[B, I]`.
    Layer {
        /// The model.
        model: PackedModel,
        /// How many samples.
        batch: usize,
        /// `[B, I]`.
        samples: Vec<f32>,
    },
}

impl OnGpu {
    /// Floats or whole numbers.
    #[must_use]
    pub fn arithmetic(&self) -> Arithmetic {
        if self.bits() == 32 { Arithmetic::Float } else { Arithmetic::Whole }
    }

    /// Multiplications and additions of one call.
    #[must_use]
    pub fn operations(&self) -> u64 {
        match &self.what {
            What::Product(n) => 2 * (n * n * n) as u64,
            What::Layer(case, _) => {
                let positions = if let Op::Conv2d(shape) = &case.op { shape.positions() } else { 1 };
                2 * (case.batch * positions) as u64 * self.weights()
            }
        }
    }

    /// Bytes of the weights that a call reads with their positions, without scales and biases.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        // Of four, two are there, and for each group a place of four bits.
        let positions = if matches!(self.what, What::Layer(_, Weighting::OfFour)) { self.weights() / 4 } else { 0 };
        self.weights() * u64::from(self.bits()) / 8 + positions
    }

    /// Samples that a call takes; 0 where there are none.
    #[must_use]
    pub fn samples(&self) -> u64 {
        if let What::Layer(case, _) = &self.what { case.batch as u64 } else { 0 }
    }

    /// What it is about, made ready for the GPU.
    #[must_use]
    pub fn job(&self) -> Job {
        match &self.what {
            What::Product(n) => Job::Product(*n),
            What::Layer(case, weighting) => {
                Job::Layer { model: super::layers::model(case, *weighting), batch: case.batch, samples: super::layers::samples(case) }
            }
        }
    }

    /// Weights that are multiplied.
    fn weights(&self) -> u64 {
        match &self.what {
            What::Product(n) => (n * n) as u64,
            What::Layer(case, weighting) => {
                let all = matrix(&case.op).map_or(0, |(inputs, units)| (inputs * units) as u64);
                if *weighting == Weighting::OfFour { all / 2 } else { all }
            }
        }
    }

    fn bits(&self) -> u32 {
        match &self.what {
            What::Layer(_, Weighting::Bits(bits)) => *bits,
            _ => 32,
        }
    }
}

const ONE: &str = "GPU: Dense 2048 → 2048, 1 sample";
const BATCH: &str = "GPU: Dense 784 → 128, 256 samples";
const IMAGES: &str = "GPU: Convolution 3 × 3, 28 × 28 × 16, 8 samples";
const READS: &str = "One sample reads every weight once: memory decides.";
const INT8: &str = "Weights and activations of 8 bits; with it, making whole numbers of the activations.";

/// Every entry, in the order in which it is shown.
pub const ON_GPU: &[OnGpu] = &[
    OnGpu {
        key: "gpu-product-512",
        group: "GPU: Matrix product 512 × 512 × 512",
        form: "f32",
        about: "The product under every dense layer and convolution.",
        what: What::Product(512),
    },
    OnGpu { key: "gpu-dense-1-f32", group: ONE, form: "f32", about: READS, what: What::Layer(&DENSE_ONE, Weighting::Float) },
    OnGpu { key: "gpu-dense-1-int8", group: ONE, form: "int8 × int8", about: INT8, what: What::Layer(&DENSE_ONE, Weighting::Bits(8)) },
    OnGpu {
        key: "gpu-dense-1-int4",
        group: ONE,
        form: "int4 × int8",
        about: "Weights of 4 bits, unpacked in registers.",
        what: What::Layer(&DENSE_ONE, Weighting::Bits(4)),
    },
    OnGpu {
        key: "gpu-dense-1-ternary",
        group: ONE,
        form: "ternary × int8",
        about: "Weights −1, 0 and 1 in 2 bits, unpacked in registers.",
        what: What::Layer(&DENSE_ONE, Weighting::Bits(2)),
    },
    OnGpu {
        key: "gpu-dense-1-of-four",
        group: ONE,
        form: "f32, 2:4",
        about: "Two weights of every four are stored and multiplied; only those count as operations.",
        what: What::Layer(&DENSE_ONE, Weighting::OfFour),
    },
    OnGpu {
        key: "gpu-dense-256-f32",
        group: BATCH,
        form: "f32",
        about: "Each weight serves many samples: arithmetic decides.",
        what: What::Layer(&DENSE_BATCH, Weighting::Float),
    },
    OnGpu {
        key: "gpu-dense-256-int8",
        group: BATCH,
        form: "int8 × int8",
        about: INT8,
        what: What::Layer(&DENSE_BATCH, Weighting::Bits(8)),
    },
    OnGpu {
        key: "gpu-dense-256-int4",
        group: BATCH,
        form: "int4 × int8",
        about: "Weights of 4 bits, unpacked on the way into workgroup memory.",
        what: What::Layer(&DENSE_BATCH, Weighting::Bits(4)),
    },
    OnGpu {
        key: "gpu-conv-f32",
        group: IMAGES,
        form: "f32",
        about: "16 channels to 32, with a border of zeros.",
        what: What::Layer(&CONV, Weighting::Float),
    },
    OnGpu { key: "gpu-conv-int8", group: IMAGES, form: "int8 × int8", about: INT8, what: What::Layer(&CONV, Weighting::Bits(8)) },
];

/// The entry of that key.
#[must_use]
pub fn on_gpu(key: &str) -> Option<&'static OnGpu> {
    ON_GPU.iter().find(|entry| entry.key == key)
}
