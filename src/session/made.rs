//! What the last recipe made: its files, and looks at it beside the trained model, a slice at a time.

use std::collections::VecDeque;

use super::{
    clock::Clock,
    contrast::Contrast,
    evaluate::Judge,
    latency::{Duel, Turns},
    roc::Roc,
    samples::{self, Both},
};
use crate::{
    engine::{data::Dataset, error::SpecError, inference::Runner, losses::Loss, packed::PackedModel},
    protocol::{Look, MadeLayer, MadeTimes, Memory, Seen},
};

/// Batch sizes that are timed.
const BATCHES: [usize; 2] = [1, 64];
/// Time per model and batch size, and per layer, ms.
const BUDGET_MS: f64 = 100.0;

/// What a recipe made.
pub(super) struct Made {
    /// Number of whoever asked for the recipe.
    pub ask: u32,
    /// The model in fp32 with which it began.
    pub baseline: PackedModel,
    /// What came of it.
    pub model: PackedModel,
    /// What goes into every file beside the model.
    pub meta: String,
    /// What its layers are called.
    pub labels: Vec<String>,
    /// How sure its early exits have to be.
    exit: f32,
    /// What is still to be looked at.
    wanted: VecDeque<Look>,
    /// Both models made ready to run, since the first look.
    ready: Option<Box<Ready>>,
}

struct Ready {
    runners: [Runner; 2],
    judges: [Judge; 2],
    contrast: Contrast,
    roc: Roc,
    stopwatch: Option<Stopwatch>,
}

/// Times under way.
struct Stopwatch {
    times: MadeTimes,
    duel: Duel,
    /// Which samples are taken one by one.
    turns: Turns,
    batch: usize,
    layer: usize,
}

impl Made {
    /// What the recipe `ask` made. Labels are those of the layers of `model`, one for one; `exit` is how sure its early exits have to be.
    pub fn new(ask: u32, (baseline, model): (PackedModel, PackedModel), meta: String, labels: Vec<String>, exit: f32) -> Self {
        Self { ask, baseline, model, meta, labels, exit, wanted: VecDeque::new(), ready: None }
    }

    /// Looks at that, too.
    pub fn look(&mut self, what: Look) {
        if !self.wanted.contains(&what) {
            self.wanted.push_back(what);
        }
    }

    /// Whether there is something to look at.
    pub fn is_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// A slice of the first look that is wanted, judged by `loss`, `chunk` samples at a time; what was seen, once it is through. Errors: as [`Runner::new`].
    pub fn advance(&mut self, data: &Dataset, (loss, chunk): (&dyn Loss, usize), clock: &dyn Clock) -> Result<Option<Seen>, SpecError> {
        let Some(look) = self.wanted.front().copied() else { return Ok(None) };
        let ready = match &mut self.ready {
            Some(ready) => ready,
            none => none.insert(Box::new(Ready {
                runners: [Runner::new(&self.baseline)?, Runner::new(&self.model)?],
                judges: [Judge::default(), Judge::default()],
                contrast: Contrast::default(),
                roc: Roc::default(),
                stopwatch: None,
            })),
        };
        ready.runners[1].set_exit(self.exit);
        let seen = match look {
            Look::Contrast => ready.contrast(data),
            Look::Roc => ready.roc(data),
            Look::Cell { actual, predicted, optimized } => ready.cell(data, (loss, chunk), (actual, predicted), usize::from(optimized)),
            Look::Times => ready.time(data, &self.labels, clock),
        };
        if seen.is_some() {
            self.wanted.pop_front();
        }
        Ok(seen)
    }
}

impl Both for Ready {
    fn say<'a>(&'a mut self, side: usize, x: &'a [f32], batch: usize) -> &'a [f32] {
        self.runners[side].run(x, batch)
    }

    fn judge(&self, side: usize) -> &Judge {
        &self.judges[side]
    }
}

impl Ready {
    fn contrast(&mut self, data: &Dataset) -> Option<Seen> {
        let mut contrast = std::mem::take(&mut self.contrast);
        let seen = contrast.advance(data, self);
        if seen.is_none() {
            self.contrast = contrast;
        }
        seen.map(Seen::Contrast)
    }

    fn roc(&mut self, data: &Dataset) -> Option<Seen> {
        let mut roc = std::mem::take(&mut self.roc);
        let seen = roc.advance(data, self);
        if seen.is_none() {
            self.roc = roc;
        }
        seen.map(Seen::Roc)
    }

    fn cell(&mut self, data: &Dataset, by: (&dyn Loss, usize), (actual, predicted): (usize, usize), side: usize) -> Option<Seen> {
        if !self.judges[side].advance(data, by.0, &mut self.runners[side], by.1) {
            return None;
        }
        let (total, samples) = samples::cell(data, self, actual, predicted, side == 1);
        Some(Seen::Cell { actual, predicted, total, samples })
    }

    fn time(&mut self, data: &Dataset, labels: &[String], clock: &dyn Clock) -> Option<Seen> {
        let watch = self.stopwatch.get_or_insert_with(|| Stopwatch {
            times: MadeTimes::default(),
            duel: Duel::new(BATCHES[0], BUDGET_MS),
            turns: Turns::default(),
            batch: 0,
            layer: 0,
        });
        let width = data.shape.len();
        if let Some(&batch) = BATCHES.get(watch.batch) {
            let x: Vec<f32> = data.test.inputs[..data.test.len.min(batch) * width].iter().copied().cycle().take(batch * width).collect();
            let runners = &mut self.runners;
            let (turns, leaves) = (&mut watch.turns, runners[1].leaves());
            let done = watch.duel.advance(clock, |side| {
                // Where samples may leave early, a time is one of many samples.
                let x = if batch == 1 { turns.next(side, data, leaves) } else { &x[..] };
                std::hint::black_box(runners[side].run(x, batch));
            });
            if done {
                let [baseline, made] = watch.duel.timings();
                watch.times.baseline.push(baseline);
                watch.times.made.push(made);
                watch.batch += 1;
                watch.duel = Duel::new(BATCHES.get(watch.batch).copied().unwrap_or(1), BUDGET_MS);
            }
            return None;
        }
        let (runner, x) = (&mut self.runners[1], &data.test.inputs[..width]);
        if watch.layer < runner.layers() {
            let layer = watch.layer;
            let mut time = None;
            if !runner.idle(layer) {
                if watch.times.layers.len() == layer && watch.duel.timings()[0].calls == 0 {
                    // What comes into a layer is what a run of one sample leaves there.
                    runner.run(x, 1);
                }
                // Its layers need not be those of the trained model: both sides are the same.
                if !watch.duel.advance(clock, |_| runner.run_layer(layer, x, 1)) {
                    return None;
                }
                time = Some(watch.duel.timings()[1]);
                watch.duel = Duel::new(1, BUDGET_MS);
            }
            let (weights, activations) = runner.memory(layer);
            let memory = Memory { weights: weights as u64, activations: activations as u64 };
            let label = labels.get(layer).cloned().unwrap_or_default();
            watch.times.layers.push(MadeLayer { label, kernel: runner.kernel(layer), time, memory });
            watch.layer += 1;
            return None;
        }
        self.stopwatch.take().map(|watch| Seen::Times(watch.times))
    }
}
