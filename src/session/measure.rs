//! The full latency measurement: batch 1 and 64, then layer by layer, then form by form, baseline and optimized in alternation.

use super::{clock::Clock, forms::Forms, latency::Duel, preview::Pair};
use crate::{
    engine::data::Dataset,
    protocol::{LatencyReport, LayerTime},
};

/// Batch sizes measured.
const BATCHES: [usize; 2] = [1, 64];
/// Time per model and batch size, ms.
const BUDGET_MS: f64 = 220.0;
/// Time per model and layer, ms.
const LAYER_MS: f64 = 30.0;

/// A measurement under way.
pub(super) struct Measure {
    report: LatencyReport,
    duel: Duel,
    /// Index in [`BATCHES`]; past its end, layers are measured.
    batch: usize,
    layer: usize,
    /// Begun when all layers are measured.
    forms: Option<Forms>,
}

impl Measure {
    pub fn new() -> Self {
        Self { report: LatencyReport::default(), duel: Duel::new(BATCHES[0], BUDGET_MS), batch: 0, layer: 0, forms: None }
    }

    /// A slice of work. The report when all is measured.
    pub fn advance(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        match BATCHES.get(self.batch) {
            Some(&wanted) => {
                let batch = wanted.min(data.test.len);
                let x = &data.test.inputs[..batch * data.shape.len()];
                if self.duel.advance(clock, |side| pair.call(side, x, batch)) {
                    let [baseline, optimized] = self.duel.timings();
                    self.report.baseline.push(baseline);
                    self.report.optimized.push(optimized);
                    self.batch += 1;
                    self.duel =
                        BATCHES.get(self.batch).map_or_else(|| Duel::new(1, LAYER_MS), |b| Duel::new((*b).min(data.test.len), BUDGET_MS));
                }
                None
            }
            None => self.layers(pair, data, clock),
        }
    }

    fn layers(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        if self.layer == 0 && self.report.layers.is_empty() {
            // A whole run first: a layer's input is what the layer before it left.
            let x = &data.test.inputs[..data.shape.len()];
            pair.call(0, x, 1);
            pair.call(1, x, 1);
        }
        if self.layer >= pair.baseline.layers() {
            return self.forms(pair, data, clock);
        }
        let layer = self.layer;
        let x = &data.test.inputs[..data.shape.len()];
        let done = self.duel.advance(clock, |side| {
            if side == 0 {
                pair.baseline.run_layer(layer, x, 1);
            } else {
                pair.optimized.run_layer(layer, x, 1);
            }
        });
        if done {
            let [baseline, optimized] = self.duel.timings();
            self.report.layers.push(LayerTime { layer, baseline: baseline.p50, optimized: Some(optimized.p50) });
            self.layer += 1;
            self.duel = Duel::new(1, LAYER_MS);
        }
        None
    }

    fn forms(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        let forms = self.forms.get_or_insert_with(|| Forms::new(&pair.compressed.baseline, &pair.compressed.model));
        let x = &data.test.inputs[..data.shape.len()];
        forms.advance(pair, x, clock).then(|| LatencyReport { forms: forms.take(), ..std::mem::take(&mut self.report) })
    }
}
