//! The comparison that moves with the sliders: compress a copy of the weights, judge both models, draw both boundaries, take a
//! first latency. In slices, so that training and messages go on.

use std::sync::Arc;

use super::{
    build,
    clock::Clock,
    describe,
    evaluate::{self, Judge},
    latency::{Duel, Turns},
    optimize::{self, Learnt, Optimized},
    samples::Both,
    view,
};
use crate::{
    engine::{data::Dataset, error::SpecError, inference::Runner, losses::Loss, network::Network, pruning::Manual, train::Trainer},
    experiment::{Experiment, link},
    protocol::{Boundary, LatencyReport},
};

/// Time for the first latency, ms per model.
const FIRST_LATENCY_MS: f64 = 10.0;

/// A comparison under way, of weights and settings as they were when it began.
pub(super) struct Preview {
    /// When it began, ms.
    pub began: f64,
    /// It answers a change, and does not just follow the training: it is finished whatever changes next, so that a slider that
    /// keeps moving sees answers.
    pub asked: bool,
    step: u64,
    params: Vec<f32>,
    learnt: Learnt,
    experiment: Arc<Experiment>,
    by_hand: Manual,
    loss: Box<dyn Loss>,
    pair: Option<Pair>,
    stage: Stage,
}

/// The fp32 model and the optimized one, ready to run.
pub(super) struct Pair {
    /// Step of the weights of both.
    pub step: u64,
    /// The settings that made it.
    pub experiment: Arc<Experiment>,
    pub baseline: Runner,
    pub optimized: Runner,
    pub compressed: Optimized,
    pub baseline_judge: Judge,
    pub optimized_judge: Judge,
    /// What both say over the plane, for plane data.
    pub boundary: Option<Boundary>,
    /// The first latency.
    pub latency: LatencyReport,
    turns: Turns,
}

enum Stage {
    Weigh,
    Baseline,
    Optimized,
    Plane,
    Latency(Duel),
}

/// What a comparison needs besides weights and settings.
pub(super) struct Setting<'a> {
    pub network: &'a Network,
    pub data: &'a Dataset,
    pub clock: &'a dyn Clock,
}

impl Preview {
    /// The weights that are compared.
    #[cfg(test)]
    pub fn params(&self) -> &[f32] {
        &self.params
    }

    /// A comparison of what `trainer` has come to. Errors: a loss that does not exist, or a formula that cannot be read.
    pub fn new(
        trainer: &Trainer,
        (experiment, data): (Arc<Experiment>, &Dataset),
        by_hand: &Manual,
        asked: bool,
        now: f64,
    ) -> Result<Self, SpecError> {
        Ok(Self {
            began: now,
            asked,
            step: trainer.step_count(),
            params: trainer.weights().to_vec(),
            learnt: Learnt::of(trainer),
            loss: build::loss(&experiment, data)?,
            experiment,
            by_hand: by_hand.clone(),
            pair: None,
            stage: Stage::Weigh,
        })
    }

    /// A slice of work, a few milliseconds. The pair when the comparison is done; what `last` found out about the same weights is not
    /// found out again. Errors: settings that the pruner refuses.
    pub fn advance(&mut self, setting: &Setting<'_>, last: Option<&Pair>) -> Result<Option<Pair>, SpecError> {
        let Some(pair) = &mut self.pair else {
            self.pair = Some(self.compress(setting, last)?);
            return Ok(None);
        };
        let (loss, chunk) = (self.loss.as_ref(), evaluate::chunk(setting.network));
        match &mut self.stage {
            Stage::Weigh => {
                if pair.compressed.weigh() {
                    self.stage = Stage::Baseline;
                }
            }
            Stage::Baseline => {
                if pair.baseline_judge.advance(setting.data, loss, &mut pair.baseline, chunk) {
                    self.stage = Stage::Optimized;
                }
            }
            Stage::Optimized => {
                if pair.optimized_judge.advance(setting.data, loss, &mut pair.optimized, chunk) {
                    self.stage = Stage::Plane;
                }
            }
            Stage::Plane => {
                if describe::is_plane(setting.data) {
                    let points = view::grid(view::CELLS, view::extent(setting.data));
                    let points = describe::seen_in_plane(setting.data, points);
                    let cells = view::CELLS * view::CELLS;
                    pair.boundary =
                        Some(view::boundary(setting.data, pair.baseline.run(&points, cells), pair.optimized.run(&points, cells)));
                }
                self.stage = Stage::Latency(Duel::new(1, FIRST_LATENCY_MS));
            }
            Stage::Latency(duel) => {
                if duel.advance(setting.clock, |side| pair.call_next(side, setting.data)) {
                    pair.latency = duel.report();
                    return Ok(self.pair.take());
                }
            }
        }
        Ok(None)
    }

    fn compress(&self, setting: &Setting<'_>, last: Option<&Pair>) -> Result<Pair, SpecError> {
        let Experiment { compress, loss, .. } = &*self.experiment;
        let link = link::encode(&self.experiment.without_goal());
        let mut compressed = optimize::optimize(
            setting.network,
            &self.params,
            compress,
            &self.by_hand,
            &self.learnt,
            (setting.data, self.loss.as_ref()),
            &link,
        )?;
        let (baseline, mut optimized) = (Runner::new(&compressed.baseline)?, Runner::new(&compressed.model)?);
        optimized.set_exit(compress.exit as f32);
        compressed.report.memory = describe::memory(&baseline, &optimized);
        let known = last.filter(|l| l.compressed.baseline == compressed.baseline && l.experiment.loss == *loss);
        Ok(Pair {
            step: self.step,
            experiment: self.experiment.clone(),
            baseline,
            optimized,
            compressed,
            baseline_judge: known.map_or_else(Judge::default, |l| l.baseline_judge.clone()),
            optimized_judge: Judge::default(),
            boundary: None,
            latency: LatencyReport::default(),
            turns: Turns::default(),
        })
    }
}

impl Both for Pair {
    fn say<'a>(&'a mut self, side: usize, x: &'a [f32], batch: usize) -> &'a [f32] {
        let runner = if side == 0 { &mut self.baseline } else { &mut self.optimized };
        runner.run(x, batch)
    }

    fn judge(&self, side: usize) -> &Judge {
        if side == 0 { &self.baseline_judge } else { &self.optimized_judge }
    }
}

impl Pair {
    /// One call with one of `data`'s test samples, as [`Turns`] choose it.
    pub fn call_next(&mut self, side: usize, data: &Dataset) {
        let x = self.turns.next(side, data, self.optimized.leaves());
        self.call(side, x, 1);
    }

    /// One call of the baseline (side 0) or the optimized model (side 1).
    pub fn call(&mut self, side: usize, x: &[f32], batch: usize) {
        let runner = if side == 0 { &mut self.baseline } else { &mut self.optimized };
        std::hint::black_box(runner.run(x, batch));
    }
}
