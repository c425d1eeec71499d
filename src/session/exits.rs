//! Measures where test samples leave the optimized model of a comparison early, some samples at a time.

use super::preview::Pair;
use crate::{
    engine::{
        data::Dataset,
        early_exit::{self, Costs, Outcome, Tally},
    },
    protocol::{self, ExitPlace, ExitPoint},
};

/// Samples per slice.
const CHUNK: usize = 128;
/// Thresholds of the curve: closer where heads are sure.
const THRESHOLDS: [f32; 16] = [0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.999, 1.0];

/// Under way.
pub(super) struct Exits {
    tally: Tally,
    /// Samples done.
    done: usize,
}

impl Exits {
    pub fn new(pair: &Pair) -> Self {
        Self { tally: Tally::new(pair.optimized.exits().len()), done: 0 }
    }

    /// A slice; what came of it once all test samples are through.
    pub fn advance(&mut self, data: &Dataset, pair: &mut Pair) -> Option<protocol::Exits> {
        let width = data.shape.len();
        let (from, to) = (self.done, (self.done + CHUNK).min(data.test.len));
        let (exits, samples) = (pair.optimized.exits().len(), to - from);
        // Heads answer block by block; the tally wants all answers to one sample together.
        let outputs = data.task.outputs();
        let mut answers = vec![0.0; samples * (exits + 1) * outputs];
        pair.optimized.run_all(&data.test.inputs[from * width..to * width], samples, |sample, place, answer| {
            answers[(sample * (exits + 1) + place) * outputs..][..outputs].copy_from_slice(answer);
        });
        for (i, answer) in answers.chunks_exact(outputs.max(1)).enumerate() {
            self.tally.add(answer, data.test.classes[from + i / (exits + 1)] as usize);
        }
        self.done = to;
        (to == data.test.len).then(|| self.result(pair))
    }

    fn result(&self, pair: &Pair) -> protocol::Exits {
        let costs = early_exit::costs(&pair.compressed.model);
        let threshold = pair.experiment.compress.exit as f32;
        let here = self.tally.at(threshold, &costs);
        let layers = pair.optimized.exits().iter().copied().chain([pair.optimized.layers() - 1]);
        let figures = costs.at.iter().zip(here.left.iter().zip(&here.right));
        let places = layers.zip(figures).map(|(layer, (macs, (left, right)))| ExitPlace { layer, macs: *macs, left: *left, right: *right });
        let other = |threshold: &f32| point(*threshold, &self.tally.at(*threshold, &costs));
        protocol::Exits {
            samples: self.done,
            whole: costs.whole,
            places: places.map(|place| ending(place, &costs, threshold)).collect(),
            here: point(threshold, &here),
            curve: THRESHOLDS.iter().map(other).collect(),
        }
    }
}

/// Where nobody leaves, heads cost nothing on the way to the end.
fn ending(place: ExitPlace, costs: &Costs, threshold: f32) -> ExitPlace {
    let end = costs.at.last() == Some(&place.macs);
    if end && threshold >= 1.0 { ExitPlace { macs: costs.whole, ..place } } else { place }
}

fn point(threshold: f32, found: &Outcome) -> ExitPoint {
    let (end, all) = (found.left.last().copied().unwrap_or(0), found.left.iter().sum::<u32>().max(1));
    let early = 1.0 - f64::from(end) / f64::from(all);
    ExitPoint { threshold, early: early as f32, score: found.score() as f32, macs: found.macs }
}
