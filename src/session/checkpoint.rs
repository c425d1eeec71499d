//! A run as bytes, to go on after a reload or a crash.

use serde::{Deserialize, Serialize};

use super::optimize::Chosen;
use crate::{
    engine::{quantization::ValueRange, train::Snapshot},
    protocol::{MetricPoint, pack},
};

/// Raised whenever the layout changes; older checkpoints are then refused with a word instead of misread.
const LAYOUT: u32 = 8;

/// What has computed a run's weights: each engine gives numbers of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Took {
    /// This engine took steps.
    pub cpu: bool,
    /// The GPU of this name did.
    pub gpu: Option<String>,
}

impl Took {
    /// In a few words: the engine's build, the GPU's name, or both.
    pub fn words(&self) -> String {
        match (&self.gpu, self.cpu) {
            (None, _) => super::ENGINE.to_string(),
            (Some(gpu), false) => format!("WebGPU ({gpu})"),
            (Some(gpu), true) => format!("{} and WebGPU ({gpu})", super::ENGINE),
        }
    }
}

/// Early stopping: the best weights so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Best {
    /// Validation loss.
    pub loss: f32,
    /// When.
    pub epoch: f64,
    pub params: Vec<f32>,
    /// Ranges of activations that belong to them; empty where they were trained as floats.
    pub ranges: Vec<ValueRange>,
}

/// Everything a run needs to go on, beyond its experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    layout: u32,
    /// Weights, optimizer memory, place in the data.
    pub moment: Snapshot,
    /// The curves so far.
    pub history: Vec<MetricPoint>,
    /// What the pruner had chosen to be held at zero while training.
    pub chosen: Option<Chosen>,
    /// How many single weights were set by hand.
    pub weights_set: u32,
    /// What has computed the weights.
    pub took: Took,
    /// What early stopping would go back to.
    pub best: Option<Best>,
}

impl Checkpoint {
    pub fn new(
        moment: Snapshot,
        history: Vec<MetricPoint>,
        (chosen, weights_set): (Option<Chosen>, u32),
        took: Took,
        best: Option<Best>,
    ) -> Self {
        Self { layout: LAYOUT, moment, history, chosen, weights_set, took, best }
    }

    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory fails for no value of these types.
        pack(self).unwrap_or_default()
    }

    /// Errors: bytes that are no checkpoint, or one of another layout.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let foreign = |e| format!("this is no checkpoint of Whittle ({e})");
        // What another layout holds beyond its number cannot be read here.
        let (layout, _) = postcard::take_from_bytes::<u32>(bytes).map_err(foreign)?;
        if layout != LAYOUT {
            return Err(format!("the checkpoint has layout {layout}, this version reads {LAYOUT}"));
        }
        postcard::from_bytes(bytes).map_err(foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::pruning::Mask, experiment::Compress, session::optimize::Masking};

    #[test]
    fn round_trip_and_damage() {
        let moment = Snapshot::bare(7, vec![1.0, -2.5]);
        let best = Best { loss: 0.5, epoch: 2.0, params: vec![1.0, 2.0], ranges: vec![ValueRange::NOTHING] };
        let chosen = Chosen { mask: Mask::all(2), by: Masking::of(&Compress::default()) };
        let checkpoint = Checkpoint::new(moment, vec![], (Some(chosen), 3), Took { cpu: true, gpu: Some("a GPU".into()) }, Some(best));
        let bytes = checkpoint.encode();
        assert_eq!(Checkpoint::decode(&bytes), Ok(checkpoint));
        for cut in 0..bytes.len() {
            assert!(Checkpoint::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(Checkpoint::decode(&[255; 64]).is_err());
        assert!(Checkpoint::decode(&[1, 2, 3]).unwrap_err().contains("layout 1"), "that of an older page");
    }
}
