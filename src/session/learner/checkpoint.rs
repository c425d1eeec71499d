//! Where a learner's run stands, to go on after a reload: how far it was fitted, and the curves. The model itself is fitted anew, which gives the same bits.

use serde::{Deserialize, Serialize};

use crate::protocol::{MetricPoint, pack};

/// What tells these bytes from those of a network's run, whose first number is small.
const LAYOUT: u32 = 1_000_001;

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    layout: u32,
    /// Steps done.
    pub step: u64,
    /// The curves so far.
    pub history: Vec<MetricPoint>,
}

impl Checkpoint {
    pub fn new(step: u64, history: Vec<MetricPoint>) -> Self {
        Self { layout: LAYOUT, step, history }
    }

    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory fails for no value of these types.
        pack(self).unwrap_or_default()
    }

    /// Errors: bytes that are no checkpoint of a learner's run, or one of another layout.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let foreign = |e| format!("this is no checkpoint of Whittle ({e})");
        let (layout, _) = postcard::take_from_bytes::<u32>(bytes).map_err(foreign)?;
        if layout != LAYOUT {
            return Err("the checkpoint is of another kind of model".into());
        }
        postcard::from_bytes(bytes).map_err(foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_damage() {
        let checkpoint = Checkpoint::new(7, Vec::new());
        let bytes = checkpoint.encode();
        assert_eq!(Checkpoint::decode(&bytes), Ok(checkpoint));
        assert!((0..bytes.len()).all(|cut| Checkpoint::decode(&bytes[..cut]).is_err()));
        assert!(Checkpoint::decode(&[8, 0, 0]).is_err_and(|e| e.contains("another kind")), "that of a network");
    }
}
