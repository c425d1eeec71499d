//! The comparison that moves with the sliders: compress a copy of the weights, judge both models, draw both boundaries, take a
//! first latency. In slices, so that training and messages go on.

use super::{
    clock::Clock,
    evaluate::Judge,
    latency::Duel,
    optimize::{self, Optimized},
    view,
};
use crate::{
    engine::{data::Dataset, error::SpecError, inference::Runner, losses::Loss, network::Network, pruning::Manual},
    experiment::Compress,
    protocol::{Boundary, LatencyReport},
};

/// Time for the first latency, ms per model.
const FIRST_LATENCY_MS: f64 = 10.0;

/// A comparison under way, of the weights as they were when it began.
pub(super) struct Preview {
    /// When it began, ms.
    pub began: f64,
    /// The pair that is compared.
    pub pair: Pair,
    stage: Stage,
}

/// The fp32 model and the optimized one, ready to run.
pub(super) struct Pair {
    /// Step of the weights of both.
    pub step: u64,
    pub baseline: Runner,
    pub optimized: Runner,
    pub compressed: Optimized,
    pub baseline_judge: Judge,
    pub optimized_judge: Judge,
    /// What both say over the plane, for plane data.
    pub boundary: Option<Boundary>,
    /// The first latency.
    pub latency: LatencyReport,
}

enum Stage {
    Baseline,
    Optimized,
    Plane,
    Latency(Duel),
    Done,
}

/// What a comparison needs besides the weights.
pub(super) struct Setting<'a> {
    pub network: &'a Network,
    pub data: &'a Dataset,
    pub loss: &'a dyn Loss,
    /// The experiment as a link, for the model file.
    pub link: &'a str,
    pub clock: &'a dyn Clock,
}

impl Preview {
    /// Compresses the weights. Errors: settings that the pruner refuses.
    pub fn new(setting: &Setting<'_>, step: u64, params: &[f32], compress: &Compress, by_hand: &Manual) -> Result<Self, SpecError> {
        let began = setting.clock.now();
        let compressed = optimize::optimize(setting.network, params, compress, by_hand, setting.data, setting.link)?;
        Ok(Self {
            began,
            pair: Pair {
                step,
                baseline: Runner::new(&compressed.baseline)?,
                optimized: Runner::new(&compressed.model)?,
                compressed,
                baseline_judge: Judge::default(),
                optimized_judge: Judge::default(),
                boundary: None,
                latency: LatencyReport::default(),
            },
            stage: Stage::Baseline,
        })
    }

    /// A slice of work, a few milliseconds. True when the comparison is done.
    pub fn advance(&mut self, setting: &Setting<'_>) -> bool {
        let pair = &mut self.pair;
        match &mut self.stage {
            Stage::Baseline => {
                if pair.baseline_judge.advance(setting.data, setting.loss, &mut pair.baseline) {
                    self.stage = Stage::Optimized;
                }
            }
            Stage::Optimized => {
                if pair.optimized_judge.advance(setting.data, setting.loss, &mut pair.optimized) {
                    self.stage = Stage::Plane;
                }
            }
            Stage::Plane => {
                if super::describe::is_plane(setting.data) {
                    let points = view::grid(view::CELLS, view::extent(setting.data));
                    let cells = view::CELLS * view::CELLS;
                    pair.boundary =
                        Some(view::boundary(setting.data, pair.baseline.run(&points, cells), pair.optimized.run(&points, cells)));
                }
                self.stage = Stage::Latency(Duel::new(1, FIRST_LATENCY_MS));
            }
            Stage::Latency(duel) => {
                let x = &setting.data.test.inputs[..setting.data.shape.len()];
                if duel.advance(setting.clock, |side| pair.call(side, x, 1)) {
                    let [baseline, optimized] = duel.timings();
                    pair.latency = LatencyReport { baseline: vec![baseline], optimized: vec![optimized], layers: Vec::new() };
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => {}
        }
        matches!(self.stage, Stage::Done)
    }
}

impl Pair {
    /// One call of the baseline (side 0) or the optimized model (side 1).
    pub fn call(&mut self, side: usize, x: &[f32], batch: usize) {
        let runner = if side == 0 { &mut self.baseline } else { &mut self.optimized };
        std::hint::black_box(runner.run(x, batch));
    }
}
