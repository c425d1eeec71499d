//! The full latency measurement: batch 1 and 64, then layer by layer, then form by form, baseline and optimized in alternation.

use super::{clock::Clock, forms::Forms, latency::Duel, preview::Pair};
use crate::{
    engine::data::Dataset,
    protocol::{LatencyReport, LayerTime},
};

/// Batch sizes measured.
const BATCHES: [usize; 2] = [1, 64];
/// Time per model and batch size, and per model and layer, ms.
const BUDGET_MS: f64 = 200.0;

/// A measurement under way.
pub(super) struct Measure {
    report: LatencyReport,
    duel: Duel,
    /// Inputs of the batch that is measured; empty before the first call.
    inputs: Vec<f32>,
    /// Index in [`BATCHES`]; past its end, layers are measured.
    batch: usize,
    layer: usize,
    /// Begun when all layers are measured.
    forms: Option<Forms>,
}

impl Measure {
    pub fn new() -> Self {
        let duel = Duel::new(BATCHES[0], BUDGET_MS);
        Self { report: LatencyReport::default(), duel, inputs: Vec::new(), batch: 0, layer: 0, forms: None }
    }

    /// Share of the work that is done, 0 to 1; never falls.
    pub fn share(&self, layers: usize) -> f64 {
        let forms = self.forms.as_ref().map_or(0, Forms::done);
        (self.batch + self.layer + forms) as f64 / (BATCHES.len() + layers + Forms::MOST) as f64
    }

    /// A slice of work. The report when all is measured.
    pub fn advance(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        let Some(&batch) = BATCHES.get(self.batch) else { return self.layers(pair, data, clock) };
        if self.inputs.is_empty() {
            self.inputs = samples(data, batch);
        }
        let inputs = &self.inputs;
        let call = |side| if batch == 1 { pair.call_next(side, data) } else { pair.call(side, inputs, batch) };
        if self.duel.advance(clock, call) {
            let [baseline, optimized] = self.duel.timings();
            self.report.baseline.push(baseline);
            self.report.optimized.push(optimized);
            self.batch += 1;
            self.inputs.clear();
            self.duel = Duel::new(BATCHES.get(self.batch).copied().unwrap_or(1), BUDGET_MS);
        }
        None
    }

    fn layers(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        if self.inputs.is_empty() {
            // A whole run first: a layer's input is what the layer before it left.
            self.inputs = samples(data, 1);
            pair.call(0, &self.inputs, 1);
            pair.optimized.run_all(&self.inputs, 1, |_, _, _| {});
        }
        // Layers without arithmetic take no time.
        while self.layer < pair.baseline.layers() && pair.baseline.idle(self.layer) && pair.optimized.idle(self.layer) {
            self.layer += 1;
        }
        if self.layer >= pair.baseline.layers() {
            return self.forms(pair, data, clock);
        }
        let (layer, x) = (self.layer, &self.inputs);
        let done = self.duel.advance(clock, |side| {
            let runner = if side == 0 { &mut pair.baseline } else { &mut pair.optimized };
            runner.run_layer(layer, x, 1);
        });
        if done {
            let [baseline, optimized] = self.duel.timings();
            self.report.layers.push(LayerTime { layer, baseline, optimized: Some(optimized) });
            self.layer += 1;
            self.duel = Duel::new(1, BUDGET_MS);
        }
        None
    }

    fn forms(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        let forms = self.forms.get_or_insert_with(|| Forms::new(&pair.compressed.baseline, &pair.compressed.model));
        let x = &data.test.inputs[..data.shape.len()];
        forms.advance(pair, x, clock).then(|| LatencyReport { forms: forms.take(), ..std::mem::take(&mut self.report) })
    }
}

/// The first test samples `[batch, I]`, over and over where there are fewer.
fn samples(data: &Dataset, batch: usize) -> Vec<f32> {
    let width = data.shape.len();
    data.test.inputs[..data.test.len.min(batch) * width].iter().copied().cycle().take(batch * width).collect()
}
