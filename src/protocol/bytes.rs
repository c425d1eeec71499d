//! Big arrays as byte buffers: they become typed arrays at the border instead of lists of numbers.

use serde::{Deserialize, Serialize};

/// Raw bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// 32-bit floats, little-endian.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct F32s(#[serde(with = "serde_bytes")] Vec<u8>);

impl From<&[f32]> for F32s {
    fn from(values: &[f32]) -> Self {
        Self(values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }
}

impl F32s {
    /// The values.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f32> {
        self.0.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }

    /// How many values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len() / 4
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
