//! Which engine trains the run, and what it says of that.

use super::Run;
use crate::{
    engine::{losses, optimizers},
    protocol::{Backend, EngineReport, FromWorker, Why},
    session::{
        accelerator::{Engines, Status},
        choice::{self, Choice, Work},
    },
};

/// A step's time on the CPU is believed after so many ms of training,
const MEASURED_MS: f64 = 30.0;
/// and as many steps.
const MEASURED_STEPS: u32 = 3;
/// The choice is looked at anew this often, ms: steps may take microseconds.
const LOOK_MS: f64 = 20.0;
/// Most steps of a slice that an estimate counts on.
const SLICE: usize = 64;

/// Measures a step on the CPU.
#[derive(Default)]
pub(super) struct Stopwatch {
    /// When the piece of a step under way began, ms.
    pub began: Option<f64>,
    /// Steps since the last result.
    pub steps: u32,
    /// Time since then.
    ms: f64,
    result: Option<f64>,
}

impl Stopwatch {
    /// The piece of a step that was under way, if any, is done. The clock is coarse, but over many pieces that evens out.
    pub fn lap(&mut self, now: f64) {
        let Some(began) = self.began.take() else { return };
        self.ms += now - began;
        if self.ms >= MEASURED_MS && self.steps >= MEASURED_STEPS {
            self.result = Some(self.ms / f64::from(self.steps));
            (self.ms, self.steps) = (0.0, 0);
        }
    }
}

impl Run {
    /// What trains the next steps; `None` while the GPU that is wanted is being opened.
    pub(super) fn backend(&mut self, now: f64, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Backend> {
        if engines.accelerator.is_none() || self.trainer.is_open() {
            // Not in the middle of a step.
            return Some(Backend::Cpu);
        }
        match self.backend_chosen {
            Some((until, backend)) if now < until => Some(backend),
            _ => {
                let backend = self.choose(engines, out);
                self.backend_chosen = backend.map(|backend| (now + LOOK_MS, backend));
                backend
            }
        }
    }

    /// Chooses anew what trains, and says so when it has become something else.
    pub fn choose(&mut self, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Backend> {
        let Some(accelerator) = &mut engines.accelerator else { return Some(Backend::Cpu) };
        self.backend_chosen = None;
        self.facts.cpu_ms = self.stopwatch.result.or(self.facts.cpu_ms);
        let work = self.step_work();
        let mut facts = self.facts.clone();
        facts.refused = self.cpu_only().or(facts.refused);
        let mut choice = choice::choose(engines.wanted, &accelerator.status(), &facts, &work);
        if let Choice::Open { software } = choice {
            accelerator.open(software);
            choice = choice::choose(engines.wanted, &accelerator.status(), &facts, &work);
        }
        let device = if let Status::Ready(device) = accelerator.status() { Some(device) } else { None };
        let (backend, why) = match choice {
            Choice::Train(backend, why) => (Some(backend), why),
            Choice::Open { .. } | Choice::Wait => (None, Why::Opening),
        };
        // A run does not go back and forth between two that are as fast.
        self.facts.left |= matches!((backend, &why), (Some(Backend::Cpu), Why::Measured { .. }));
        let (wanted, took) = (engines.wanted, self.took.words());
        self.say_engine(EngineReport { wanted, backend: backend.unwrap_or(Backend::Gpu), why, device, took }, out);
        backend
    }

    /// Why the GPU cannot train this run, where that is known beforehand.
    fn cpu_only(&self) -> Option<String> {
        let (trainer, experiment) = (&self.trainer, &self.experiment);
        if let Some(layer) = choice::cpu_only(&trainer.network) {
            return Some(format!("layer {} ({}) has no shader", layer + 1, trainer.network.nodes()[layer].pick.key));
        }
        let reasons = [
            (!trainer.noted().is_empty(), "pruning by movement follows the gradients of every step, which stay on the GPU"),
            (experiment.compress.learns_steps(), "step sizes are learned (LSQ) on the CPU alone"),
            (trainer.has_extra(), "clipping, noise, averages, mixup, moved images and sharpness-aware steps are computed on the CPU alone"),
            (experiment.train.distill != 0.0, "what teachers say is heard on the CPU alone"),
            (experiment.train.balance != 0, "class weights are computed on the CPU alone"),
            (losses::LISTING.is_cpu_only(&experiment.loss.key), "this loss has no shader"),
            (optimizers::LISTING.is_cpu_only(&experiment.optimizer.key), "this optimizer has no shader"),
        ];
        reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason.into())
    }

    /// What a step has to do.
    fn step_work(&self) -> Work {
        let (settings, network) = (&self.trainer.settings, &self.trainer.network);
        let batch = settings.batch.clamp(1, self.data.train.len.max(1));
        let dispatches = choice::dispatches(network, settings.max_norm > 0.0, self.trainer.rounding(self.data.train.len));
        Work { macs: network.macs(), batch, dispatches, slice: self.data.train.len.div_ceil(batch).min(SLICE) }
    }

    /// Says what trains and why, where that is news: figures that are only measured anew are none.
    fn say_engine(&mut self, report: EngineReport, out: &mut Vec<FromWorker>) {
        let news = self.engine_said.as_ref().is_none_or(|told| {
            let same = std::mem::discriminant(&told.why) == std::mem::discriminant(&report.why);
            !same
                || told.backend != report.backend
                || told.wanted != report.wanted
                || told.device != report.device
                || told.took != report.took
        });
        if news {
            self.engine_said = Some(report.clone());
            out.push(FromWorker::Engine { run: self.id, step: self.trainer.step_count(), report });
        }
    }
}
