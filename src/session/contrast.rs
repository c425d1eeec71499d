//! Holds the answers of both models of a comparison against each other, some test samples at a time.

use std::sync::Arc;

use super::samples::{self, Both};
use crate::{
    engine::{
        contrast::{self, Bin, Change},
        data::Dataset,
    },
    experiment::Experiment,
    protocol::{self, Calibration, Reliability},
};

/// Samples whose answer changed that are shown, at most.
const SHOWN: usize = 24;
/// Samples per slice.
const CHUNK: usize = 128;

/// Under way.
#[derive(Default)]
pub(super) struct Contrast {
    /// Of which comparison.
    of: (u64, Arc<Experiment>),
    sums: contrast::Contrast,
    /// The first samples that are lost, and the first whose answer changed otherwise.
    changed: [Vec<usize>; 2],
}

impl Contrast {
    /// Of the comparison at `step` under `experiment`.
    pub fn new(step: u64, experiment: Arc<Experiment>) -> Self {
        Self { of: (step, experiment), sums: contrast::Contrast::default(), changed: [Vec::new(), Vec::new()] }
    }

    /// Whether it is about this comparison.
    pub fn is_of(&self, step: u64, experiment: &Arc<Experiment>) -> bool {
        self.of.0 == step && Arc::ptr_eq(&self.of.1, experiment)
    }

    /// A slice; what came of it once all test samples are through.
    pub fn advance(&mut self, data: &Dataset, pair: &mut dyn Both) -> Option<protocol::Contrast> {
        let (width, outputs) = (data.shape.len(), data.task.outputs());
        let (from, to) = (self.sums.samples, (self.sums.samples + CHUNK).min(data.test.len));
        let x = &data.test.inputs[from * width..to * width];
        let before = pair.say(0, x, to - from).to_vec();
        let after = pair.say(1, x, to - from);
        let rows = before.chunks_exact(outputs).zip(after.chunks_exact(outputs));
        for (i, ((before, after), actual)) in rows.zip(&data.test.classes[from..to]).enumerate() {
            let list = match self.sums.add([before, after], *actual as usize) {
                Change::Same => continue,
                Change::Lost => &mut self.changed[0],
                Change::Gained | Change::Other => &mut self.changed[1],
            };
            if list.len() < SHOWN {
                list.push(from + i);
            }
        }
        (to == data.test.len).then(|| self.result(data, pair))
    }

    fn result(&self, data: &Dataset, pair: &mut dyn Both) -> protocol::Contrast {
        let [baseline, optimized] = self.sums.bins.map(|bins| calibration(&bins));
        let changed = self.changed.iter().flatten().take(SHOWN);
        protocol::Contrast {
            samples: self.sums.samples,
            agreement: self.sums.agreement() as f32,
            divergence: self.sums.mean_divergence() as f32,
            changes: self.sums.changes.clone(),
            baseline,
            optimized,
            changed: changed.map(|i| samples::sample(data, pair, *i)).collect(),
        }
    }
}

fn calibration(bins: &[Bin]) -> Calibration {
    let bin = |bin: &Bin| {
        let samples = f64::from(bin.samples.max(1));
        Reliability { samples: bin.samples, confidence: (bin.confidence / samples) as f32, right: (f64::from(bin.right) / samples) as f32 }
    };
    Calibration { error: contrast::calibration_error(bins) as f32, bins: bins.iter().map(bin).collect() }
}
