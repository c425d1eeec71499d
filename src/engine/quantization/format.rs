//! What a weight is stored as, and what share a step size.

use serde::{Deserialize, Serialize};

use crate::kernels::small_floats::Kind;

/// What a weight is stored as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A 32-bit float.
    #[default]
    F32,
    /// A float of 16 or 8 bits.
    Float(Kind),
    /// A whole number of 1 to 8 bits, times a step size.
    Int(u32),
    /// One of the values that the weights of a layer share, by its number of 1 to 8 bits.
    Codebook(u32),
}

impl Format {
    /// That of `bits` bits, 32 or one of [`super::WIDTHS`].
    #[must_use]
    pub const fn of_bits(bits: u32) -> Self {
        if bits == 32 { Self::F32 } else { Self::Int(bits) }
    }

    /// Bits of a weight.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::F32 => 32,
            Self::Float(kind) => kind.bits(),
            Self::Int(bits) | Self::Codebook(bits) => bits,
        }
    }

    /// "f32", "bf16", "fp8 e4m3", "int4", "codebook 4".
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::F32 => "f32".into(),
            Self::Float(kind) => float_name(kind).into(),
            Self::Int(bits) => format!("int{bits}"),
            Self::Codebook(bits) => format!("codebook {bits}"),
        }
    }
}

/// "f16", "bf16", "fp8 e4m3", "fp8 e5m2".
#[must_use]
pub const fn float_name(kind: Kind) -> &'static str {
    match kind {
        Kind::F16 => "f16",
        Kind::Bf16 => "bf16",
        Kind::E4m3 => "fp8 e4m3",
        Kind::E5m2 => "fp8 e5m2",
    }
}

/// Which weights share a step size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Granularity {
    /// All of a layer.
    Tensor,
    /// Those of an output unit.
    Channel,
    /// So many inputs of a unit that follow each other: 32, 64 or 128. Where a layer has no more than that, those of a unit.
    Group(usize),
}

impl Granularity {
    /// Per channel, or per tensor.
    #[must_use]
    pub const fn channel(per_channel: bool) -> Self {
        if per_channel { Self::Channel } else { Self::Tensor }
    }

    /// Inputs of a group in a layer of so many; 0 where there are none smaller than a unit.
    #[must_use]
    pub const fn group(self, inputs: usize) -> usize {
        match self {
            Self::Group(group) if group < inputs => group,
            _ => 0,
        }
    }
}
