//! The model file: what the download button gives, and whose length is the model's size.
//!
//! The format is described in docs/decisions/0002-model-file.md. Whatever is read is checked: a damaged or hostile file gives an
//! [`ArtifactError`], never a panic, and never an allocation beyond the limits of a page.

pub(in crate::engine) mod checksum;
mod coded;
mod data;
mod deflate;
mod huffman;
mod read;
pub(in crate::engine) mod reader;
mod sparse;
mod write;

use super::{layers::Cell, packed::PackedModel};

/// Ways to write a model into a file; each is a real file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Every weight as a 32-bit float: the baseline.
    Dense,
    /// The same for the optimized model: what its weights stand for, as floats. Zeros cost as much as any number.
    Masked,
    /// Weights at their width in bits, zeros included.
    Packed,
    /// Only nonzero weights, with their positions.
    Sparse,
    /// Weights entropy-coded: all of them deflated, packed, sparse or byte by byte, or each layer by itself in Huffman codes or deflated, whichever comes out
    /// smallest.
    Deflate,
}

/// All forms, in the order in which the page shows them.
pub const FORMS: [Form; 5] = [Form::Dense, Form::Masked, Form::Packed, Form::Sparse, Form::Deflate];

/// Length of the file of one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormSize {
    /// The form.
    pub form: Form,
    /// Length of the file.
    pub bytes: u64,
    /// Of which weights and biases; the rest is header, scales and positions. Deflated, positions cannot be told apart and count too.
    pub payload: u64,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The model, ready for a runner.
    pub model: PackedModel,
    /// How it was stored.
    pub form: Form,
    /// The caller's text: class names, input scaling, experiment.
    pub meta: String,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// It begins differently.
    #[error("this is not a Whittle model file")]
    NotAModel,
    /// Written by a newer version.
    #[error("this file has version {found}; up to {known} can be read here")]
    Version {
        /// The file's.
        found: u8,
        /// Ours.
        known: u8,
    },
    /// It ends early.
    #[error("the file ends early: its {what} is missing or incomplete")]
    Truncated {
        /// What could not be read.
        what: &'static str,
    },
    /// Bytes changed on the way.
    #[error("the file is damaged: its checksum does not match")]
    Damaged,
    /// Something in it contradicts itself or is not allowed.
    #[error("the file is not valid: {what}")]
    Invalid {
        /// What.
        what: String,
    },
}

/// Writes `model` as `form`, with the caller's text `meta`.
#[must_use]
pub fn encode(model: &PackedModel, form: Form, meta: &str) -> Vec<u8> {
    write::write(model, form, meta).0
}

/// Reads a file. Every form gives back the same model, except that [`Form::Dense`] and [`Form::Masked`] hold floats.
pub fn decode(bytes: &[u8]) -> Result<Decoded, ArtifactError> {
    read::read(bytes)
}

/// Lengths of the files of all [`FORMS`]: dense of the baseline, the others of the optimized model, all with the same `meta`.
#[must_use]
pub fn sizes(baseline: &PackedModel, optimized: &PackedModel, meta: &str) -> Vec<FormSize> {
    FORMS.iter().map(|form| size(*form, baseline, optimized, meta)).collect()
}

/// One of [`sizes`].
#[must_use]
pub fn size(form: Form, baseline: &PackedModel, optimized: &PackedModel, meta: &str) -> FormSize {
    let (bytes, payload) = write::write(if form == Form::Dense { baseline } else { optimized }, form, meta);
    FormSize { form, bytes: bytes.len() as u64, payload }
}

/// The smallest form of the optimized model; of equals, the plainest.
#[must_use]
pub fn best(sizes: &[FormSize]) -> Form {
    sizes.iter().filter(|s| s.form != Form::Dense).min_by_key(|s| s.bytes).map_or(Form::Packed, |s| s.form)
}

const MAGIC: &[u8; 4] = b"WHTL";
const VERSION: u8 = 1;

/// How weights lie in the data section. Numbers are those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// All codes or floats in order.
    Packed = 0,
    /// Gaps and nonzero values.
    Sparse = 1,
    /// One code per byte, floats by planes of equal bytes: longer, and easier on deflate.
    Bytes = 2,
    /// Each layer entropy-coded by itself.
    Coded = 3,
}

/// Kinds of layers; the numbers are those of the file.
mod tag {
    pub const DENSE: u8 = 0;
    pub const CONV2D: u8 = 1;
    pub const MAX_POOL: u8 = 2;
    pub const AVERAGE_POOL: u8 = 3;
    pub const ACTIVATION: u8 = 4;
    pub const FLATTEN: u8 = 5;
    pub const IDENTITY: u8 = 6;
    pub const DEPTHWISE: u8 = 7;
    pub const GLOBAL_POOL: u8 = 8;
    pub const AFFINE: u8 = 9;
    pub const LAYER_NORM: u8 = 10;
    pub const ADD: u8 = 11;
    pub const RECURRENT: u8 = 12;
    pub const EXIT: u8 = 13;
    pub const EMBEDDING: u8 = 14;
    pub const POSITION: u8 = 15;
    pub const ATTENTION: u8 = 16;
}

/// Kinds of recurrent layers, at the place that is their number in the file.
const CELLS: [Cell; 3] = [Cell::Plain, Cell::Lstm, Cell::Gru];

/// Widths that are no number of bits of a code: floats of 16 and 8 bits.
mod width {
    use crate::kernels::small_floats::Kind;

    /// The byte of each.
    pub const FLOATS: [(u8, Kind); 4] = [(16, Kind::F16), (17, Kind::Bf16), (18, Kind::E4m3), (19, Kind::E5m2)];
    /// Shared weights.
    pub const CODEBOOK: u8 = 33;
}

/// Flags of a layer with weights.
mod flag {
    /// The kernel that skips zeros runs it.
    pub const SPARSE: u8 = 1;
    /// One scale per unit.
    pub const PER_UNIT: u8 = 2;
    /// 8-bit activations come in.
    pub const INTEGER: u8 = 4;
    /// The kernel that keeps up to two of every four weights runs it.
    pub const OF_FOUR: u8 = 8;
    /// One scale for so many inputs of a unit, and how many.
    pub const GROUPS: u8 = 16;
    /// A zero point beside each scale.
    pub const ZEROS: u8 = 32;
    /// With [`INTEGER`]: activations have fewer than 8 bits, and how many.
    pub const NARROW: u8 = 64;
    pub const ALL: u8 = 127;
}
