//! A fitted learner and what was made small of it: judged, drawn over the plane and timed against each other, in slices.

use std::sync::Arc;

use crate::{
    engine::{
        catalog::Pick,
        data::{Dataset, Task},
        error::SpecError,
        learner_file,
        learners::{Model, Shrink},
        losses::{self, Loss},
    },
    experiment::{self, Experiment, link},
    protocol::{Boundary, Form, FormSize, FormTime, LatencyReport, OptimizedReport, Runs},
    session::{
        clock::Clock,
        describe,
        evaluate::{Judge, Judged},
        export,
        latency::Duel,
        samples::Both,
        view,
    },
};

/// Time for the first latency, ms per model.
const FIRST_LATENCY_MS: f64 = 10.0;
/// Multiply-adds, at worst, that a chunk of an evaluation comes to: one that looks at every training sample.
const CHUNK_WORK: usize = 4_000_000;
/// Most samples per chunk.
const CHUNK: usize = 128;
/// Least share of a class that counts, so that a wrong answer that was sure does not cost infinitely much (as scikit-learn's `log_loss` has it).
const LEAST: f32 = f32::EPSILON;

/// Samples per chunk of an evaluation; it follows from the data alone, so that the same run gives the same bits.
pub(super) fn chunk(data: &Dataset) -> usize {
    (CHUNK_WORK / (data.train.len * data.shape.len()).max(1)).clamp(1, CHUNK)
}

/// The loss by which learners are judged: cross-entropy of classes, squared error of values. Errors: none, while both are in the list.
pub(super) fn loss(task: &Task) -> Result<Box<dyn Loss>, SpecError> {
    let key = if matches!(task, Task::Classes(_)) { "cross-entropy" } else { "mse" };
    let (entry, values) = losses::CATALOG.resolve(&Pick::new(key))?;
    Ok((entry.build)(&values))
}

/// A model that answers as a network does: logarithms of shares, from which softmax makes the shares again, or a value.
pub(super) struct Voice<'a> {
    pub model: &'a dyn Model,
    pub classes: bool,
    /// Scratch memory.
    pub said: &'a mut Vec<f32>,
}

impl Judged for Voice<'_> {
    fn run<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        let outputs = self.model.outputs();
        self.said.resize(batch * outputs, 0.0);
        self.model.predict(x, batch, self.said);
        if self.classes {
            self.said.iter_mut().for_each(|p| *p = libm::logf(p.max(LEAST)));
        }
        self.said
    }
}

/// Both models, ready to run.
pub(super) struct Pair {
    /// Step of the fit.
    pub step: u64,
    /// The settings that made it.
    pub experiment: Arc<Experiment>,
    /// The model as it was fitted, and the small one.
    pub models: [Box<dyn Model>; 2],
    /// Their files.
    pub files: [Vec<u8>; 2],
    pub report: OptimizedReport,
    pub judges: [Judge; 2],
    /// What both say over the plane, for plane data.
    pub boundary: Option<Boundary>,
    pub latency: LatencyReport,
    classes: bool,
    said: Vec<f32>,
}

impl Both for Pair {
    fn say<'a>(&'a mut self, side: usize, x: &'a [f32], batch: usize) -> &'a [f32] {
        let outputs = self.models[side].outputs();
        Voice { model: self.models[side].as_ref(), classes: self.classes, said: &mut self.said }.run(x, batch);
        &self.said[..batch * outputs]
    }

    fn probabilities(&mut self, side: usize, x: &[f32], batch: usize, to: &mut Vec<f64>) {
        // The shares themselves: votes that are alike would not stay so through logarithms and softmax.
        let model = &self.models[side];
        self.said.resize(batch * model.outputs(), 0.0);
        model.predict(x, batch, &mut self.said);
        to.extend(self.said.iter().map(|p| f64::from(*p)));
    }

    fn judge(&self, side: usize) -> &Judge {
        &self.judges[side]
    }
}

impl Pair {
    /// The model of a fit that has made `members` trees or rounds, and what `experiment` makes small of it.
    fn new(model: &dyn Model, members: usize, step: u64, experiment: Arc<Experiment>, data: &Dataset) -> Self {
        let models = [model.shrunk(&Shrink::default()), model.shrunk(&shrink(&experiment.compress.shrink, members))];
        let meta = export::meta(data, &link::encode(&experiment.without_goal()));
        let [(baseline, whole), (optimized, part)] = [0, 1].map(|side| learner_file::encode(models[side].as_ref(), &meta));
        let size = |form, bytes: &Vec<u8>, payload| FormSize { form, bytes: bytes.len() as u64, payload: payload as u64 };
        let sizes = vec![size(Form::Dense, &baseline, whole), size(Form::Packed, &optimized, part)];
        let report = report(&models, sizes);
        let classes = matches!(data.task, Task::Classes(_));
        Self {
            step,
            experiment,
            models,
            files: [baseline, optimized],
            report,
            judges: [Judge::default(), Judge::default()],
            boundary: None,
            latency: LatencyReport::default(),
            classes,
            said: Vec::new(),
        }
    }

    /// One call of the baseline (side 0) or the optimized model (side 1): what it predicts, and no more.
    pub fn call(&mut self, side: usize, x: &[f32], batch: usize) {
        let model = &self.models[side];
        self.said.resize(batch * model.outputs(), 0.0);
        model.predict(x, batch, &mut self.said);
        std::hint::black_box(&self.said);
    }
}

/// What the settings of the experiment ask of a model with so many members.
fn shrink(how: &experiment::Shrink, members: usize) -> Shrink {
    Shrink {
        max_depth: if how.depth == 0 { usize::MAX } else { how.depth },
        ccp_alpha: how.alpha,
        members: if how.keep < 1.0 { libm::ceil(how.keep * members as f64).max(1.0) as usize } else { usize::MAX },
        eight_bits: how.bits != 0,
    }
}

fn report(models: &[Box<dyn Model>; 2], sizes: Vec<FormSize>) -> OptimizedReport {
    let [before, after] = [0, 1].map(|side| models[side].describe());
    let nodes = |side: usize, trees: usize| (0..trees).filter_map(|at| models[side].tree(at)).map(|tree| tree.len() as u64).sum::<u64>();
    let (units, left) = (nodes(0, before.trees), nodes(1, after.trees));
    let zeros = after.coefficients.iter().filter(|w| **w == 0.0).count();
    let removed = units.saturating_sub(left);
    let sparsity = if units > 0 { removed as f32 / units as f32 } else { zeros as f32 / after.coefficients.len().max(1) as f32 };
    OptimizedReport {
        sizes,
        best: Form::Packed,
        sparsity,
        units_removed: removed,
        units,
        layer_sparsity: Vec::new(),
        kernels: vec![if after.eight_bits { "8-bit" } else { "f32" }.into()],
        notes: after.notes,
        weight_error: Vec::new(),
        memory: Vec::new(),
        macs: Vec::new(),
    }
}

/// A comparison under way.
pub(super) struct Versus {
    /// When it began, ms.
    pub began: f64,
    pair: Pair,
    loss: Box<dyn Loss>,
    stage: Stage,
}

enum Stage {
    Baseline,
    Optimized,
    Plane,
    Latency(Duel),
}

impl Versus {
    /// Of the model of a fit, see [`Pair::new`]. Errors: as [`loss`].
    pub fn new(
        (model, members, step): (&dyn Model, usize, u64),
        experiment: Arc<Experiment>,
        data: &Dataset,
        last: Option<&Pair>,
        now: f64,
    ) -> Result<Self, SpecError> {
        let mut pair = Pair::new(model, members, step, experiment, data);
        if let Some(last) = last.filter(|last| last.step == step) {
            // The same model: what was found out about it stands.
            pair.judges[0] = last.judges[0].clone();
        }
        Ok(Self { began: now, pair, loss: loss(&data.task)?, stage: Stage::Baseline })
    }

    /// Whether it is of these settings.
    pub fn is_of(&self, experiment: &Arc<Experiment>) -> bool {
        Arc::ptr_eq(&self.pair.experiment, experiment)
    }

    /// A slice of work. True when it is done, and [`Versus::take`] gives the pair.
    pub fn advance(&mut self, data: &Dataset, clock: &dyn Clock) -> bool {
        let (chunk, pair) = (chunk(data), &mut self.pair);
        match &mut self.stage {
            Stage::Baseline => {
                if judge(pair, 0, data, self.loss.as_ref(), chunk) {
                    self.stage = Stage::Optimized;
                    if pair.experiment.compress.shrink == experiment::Shrink::default() {
                        // The same model twice.
                        pair.judges[1] = pair.judges[0].clone();
                        self.stage = Stage::Plane;
                    }
                }
            }
            Stage::Optimized => {
                if judge(pair, 1, data, self.loss.as_ref(), chunk) {
                    self.stage = Stage::Plane;
                }
            }
            Stage::Plane => {
                if describe::is_plane(data) {
                    let points = describe::seen_in_plane(data, view::grid(view::CELLS, view::extent(data)));
                    let cells = view::CELLS * view::CELLS;
                    let baseline = pair.say(0, &points, cells).to_vec();
                    let optimized = pair.say(1, &points, cells);
                    pair.boundary = Some(view::boundary(data, &baseline, optimized));
                }
                self.stage = Stage::Latency(Duel::new(1, FIRST_LATENCY_MS));
            }
            Stage::Latency(duel) => {
                let x = &data.test.inputs[..data.shape.len()];
                if duel.advance(clock, |side| pair.call(side, x, 1)) {
                    pair.latency = duel.report();
                    return true;
                }
            }
        }
        false
    }

    /// What it came to.
    pub fn take(self) -> Pair {
        self.pair
    }
}

fn judge(pair: &mut Pair, side: usize, data: &Dataset, loss: &dyn Loss, chunk: usize) -> bool {
    let mut voice = Voice { model: pair.models[side].as_ref(), classes: pair.classes, said: &mut pair.said };
    pair.judges[side].advance(data, loss, &mut voice, chunk)
}

/// The full measurement of both models: one sample, then 64 at once.
pub(super) struct Measure {
    report: LatencyReport,
    duel: Duel,
    inputs: Vec<f32>,
    at: usize,
}

/// Batch sizes measured.
const BATCHES: [usize; 2] = [1, 64];
/// Time per model and batch size, ms.
const BUDGET_MS: f64 = 200.0;

impl Measure {
    pub fn new() -> Self {
        Self { report: LatencyReport::default(), duel: Duel::new(BATCHES[0], BUDGET_MS), inputs: Vec::new(), at: 0 }
    }

    /// A slice. The report when all is measured.
    pub fn advance(&mut self, pair: &mut Pair, data: &Dataset, clock: &dyn Clock) -> Option<LatencyReport> {
        let Some(&batch) = BATCHES.get(self.at) else { return Some(self.close()) };
        if self.inputs.is_empty() {
            let width = data.shape.len();
            self.inputs = data.test.inputs[..data.test.len.min(batch) * width].iter().copied().cycle().take(batch * width).collect();
        }
        if self.duel.advance(clock, |side| pair.call(side, &self.inputs, batch)) {
            let [baseline, optimized] = self.duel.timings();
            self.report.baseline.push(baseline);
            self.report.optimized.push(optimized);
            self.at += 1;
            self.inputs.clear();
            self.duel = Duel::new(BATCHES.get(self.at).copied().unwrap_or(1), BUDGET_MS);
        }
        None
    }

    /// The report; the one form beside the baseline is the small model's.
    fn close(&mut self) -> LatencyReport {
        let mut report = std::mem::take(&mut self.report);
        if let (Some(baseline), Some(own)) = (report.baseline.first(), report.optimized.first()) {
            report.forms.push(FormTime { form: Form::Packed, runs: Runs::Timed { baseline: *baseline, own: *own } });
        }
        report
    }
}
