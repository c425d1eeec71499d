//! Training on the GPU: slices of steps are submitted ahead, their reports are taken as they come, and the numbers are brought back when
//! somebody needs them. Until then those at hand belong to an earlier step, from which the run goes on if the GPU is lost.

use std::{collections::VecDeque, sync::Arc};

use super::{Next, Run, Until};
use crate::{
    engine::train::{Place, Trainer, Turn},
    gpu::slice::{Draws, Plan, REPORT, Slice, ranges, traits},
    protocol::{FromWorker, Reason},
    session::accelerator::{Accelerator, Engines, Status},
};

/// How long a slice should take, ms: a pause waits for two of them at most.
const SLICE_MS: f64 = 15.0;
/// Slices under way: one computes while what the other reported is read.
const FLYING: usize = 2;
/// A run with a pace goes at most so many seconds ahead of it.
const AHEAD_S: f64 = 0.05;
/// The first slices wait for their kernels to be compiled, and say nothing about time.
const WARM: u32 = 3;
/// The GPU's time is believed after so many ms of training on it.
const MEASURED_MS: f64 = 700.0;

/// A run's training on the GPU.
pub(super) struct Accelerated {
    plan: Plan,
    draws: Draws,
    /// The revision of the trainer that the GPU's numbers come from.
    revision: Option<u64>,
    /// Slices whose reports have not come yet, the oldest first.
    flying: VecDeque<Flight>,
    /// The state was asked for, and nothing was submitted since.
    fetching: bool,
    /// Where the numbers at hand belong.
    safe: Place,
    /// Steps and samples that reports have come of.
    heard: (u64, u64),
    /// The last step submitted ends something that needs the state.
    closing: Option<Closing>,
    rate: Rate,
}

/// A step after which the state is needed.
#[derive(Clone, Copy)]
struct Closing {
    /// Samples before it.
    from: u64,
    /// It ends an epoch.
    epoch_done: bool,
}

/// A slice under way.
struct Flight {
    /// When it was submitted, ms.
    at: f64,
    steps: Vec<Sent>,
}

/// A step under way.
struct Sent {
    turn: Turn,
    /// Steps and samples taken when it is done.
    place: (u64, u64),
    /// What its samples should give, where those are values.
    values: Vec<f32>,
}

/// How fast the GPU trains.
struct Rate {
    /// Last estimate of a step, ms.
    step_ms: f64,
    /// When the last report came, ms.
    last: f64,
    /// Sum of time and steps.
    spent: (f64, u64),
    /// Slices that have come back.
    slices: u32,
}

impl Rate {
    fn note(&mut self, flight: &Flight, now: f64, counts: bool) {
        let took = (now - flight.at.max(self.last)).max(0.0);
        let steps = flight.steps.len().max(1) as f64;
        self.last = now;
        self.slices += 1;
        if self.slices <= WARM {
            return;
        }
        // The clock is coarse.
        self.step_ms = 0.5 * self.step_ms + 0.5 * took / steps;
        if counts {
            self.spent = (self.spent.0 + took, self.spent.1 + flight.steps.len() as u64);
        }
    }

    /// Steps that a slice should have.
    fn steps(&self) -> usize {
        (SLICE_MS / self.step_ms.max(1e-3)) as usize
    }
}

impl Accelerated {
    fn at_hand(&self, now: &Place) -> bool {
        self.flying.is_empty() && !self.fetching && self.safe.step == now.step
    }
}

impl Run {
    /// Whether the trainer holds the numbers of the last step taken.
    pub fn at_hand(&self) -> bool {
        self.gpu.as_ref().is_none_or(|gpu| gpu.at_hand(&self.trainer.place()))
    }

    /// Whether the numbers are at hand; where they are not, they are brought, and training waits for them.
    pub fn bring(&mut self, engines: &mut Engines) -> bool {
        let Some(gpu) = &mut self.gpu else { return true };
        if gpu.at_hand(&self.trainer.place()) {
            return true;
        }
        if let Some(accelerator) = engines.accelerator.as_mut().filter(|_| !gpu.fetching) {
            gpu.fetching = true;
            accelerator.fetch();
        }
        false
    }

    /// Steps and samples that the run has come to: on the GPU, those whose reports have come.
    pub fn reached(&self) -> (u64, u64) {
        let place = self.trainer.place();
        self.gpu.as_ref().filter(|gpu| !gpu.at_hand(&place)).map_or((place.step, place.seen), |gpu| gpu.heard)
    }

    /// Others have taken the place of the numbers that the GPU was given or was working on.
    pub(super) fn land(&mut self) {
        if let Some(gpu) = &mut self.gpu {
            gpu.flying.clear();
            (gpu.fetching, gpu.closing, gpu.safe) = (false, None, self.trainer.place());
        }
    }

    /// Leaves the GPU. The numbers have to be at hand.
    pub fn leave(&mut self, engines: &mut Engines) {
        self.backend_chosen = None;
        if self.gpu.take().is_some()
            && let Some(accelerator) = &mut engines.accelerator
        {
            accelerator.forget();
        }
    }

    /// Takes what has come from the GPU.
    pub fn listen(&mut self, now: f64, engines: &mut Engines, out: &mut Vec<FromWorker>) {
        while self.gpu.is_some()
            && let Some(answer) = engines.accelerator.as_mut().and_then(|a| a.answer())
        {
            let flight = self.gpu.as_mut().and_then(|gpu| gpu.flying.pop_front());
            match (answer, flight) {
                (Err(reason), _) => self.lost(reason, engines),
                (Ok(reports), Some(flight)) => self.take_reports(&flight, &reports, now, engines, out),
                (Ok(state), None) => self.take_state(&state, engines, out),
            }
        }
    }

    /// What the steps of a slice reported.
    fn take_reports(&mut self, flight: &Flight, reports: &[f32], now: f64, engines: &mut Engines, out: &mut Vec<FromWorker>) {
        let counts = self.pace.is_none() && self.preview.is_none();
        if let Some(gpu) = &mut self.gpu {
            gpu.rate.note(flight, now, counts);
            let (ms, steps) = gpu.rate.spent;
            if ms >= MEASURED_MS {
                self.facts.gpu_ms = Some(ms / steps.max(1) as f64);
                gpu.rate.spent = (0.0, 0);
            }
        }
        for (step, report) in flight.steps.iter().zip(reports.as_chunks::<REPORT>().0) {
            let [loss, right, absolute, _] = *report;
            self.window.note(loss, &step.turn);
            self.window.score.add_judged(step.turn.samples, [right, absolute], step.values.iter().copied());
            if let Some(gpu) = &mut self.gpu {
                gpu.heard = step.place;
            }
            if !loss.is_finite() {
                if let Some(accelerator) = &mut engines.accelerator {
                    accelerator.forget();
                }
                return self.diverged(out);
            }
            if !step.turn.epoch_done && self.point_due() {
                self.point_at(step.place, None);
            }
        }
    }

    /// The numbers have come, and with them what waited for them.
    fn take_state(&mut self, state: &[f32], engines: &mut Engines, out: &mut Vec<FromWorker>) {
        if let Err(reason) = self.trainer.adopt(state) {
            return self.lost(reason, engines);
        }
        let Some(gpu) = &mut self.gpu else { return };
        (gpu.fetching, gpu.safe) = (false, self.trainer.place());
        let closing = gpu.closing.take();
        if !self.sound() {
            return self.diverged(out);
        }
        if let Some(closing) = closing {
            self.close_step(closing.from, closing.epoch_done, out);
        }
    }

    /// The GPU is gone: the run goes on on the CPU from the numbers at hand.
    fn lost(&mut self, reason: String, engines: &mut Engines) {
        if let Some(gpu) = &self.gpu {
            self.trainer.rewind(&gpu.safe);
        }
        self.leave(engines);
        let step = self.trainer.step_count();
        self.history.retain(|p| p.step <= step);
        self.told = self.told.min(self.history.len());
        self.window = Default::default();
        self.compared.take_if(|compared| *compared > step);
        self.view_step = None;
        self.rate_from.1 = self.samples_seen();
        self.facts.lost = Some(reason);
    }

    /// Gives the GPU a slice, where there is room for one.
    pub(super) fn feed(&mut self, now: f64, engines: &mut Engines) -> Next {
        let Some(accelerator) = &mut engines.accelerator else { return Next::Await };
        if let Err(reason) = self.prepare(now, accelerator.as_mut()) {
            self.facts.refused = Some(reason);
            self.leave(engines);
            return Next::Now;
        }
        let Some(gpu) = &mut self.gpu else { return Next::Now };
        if gpu.fetching || gpu.closing.is_some() || gpu.flying.len() >= FLYING {
            return Next::Await;
        }
        let (slice, flight) = self.slice(now);
        accelerator.submit(&slice);
        let Some(gpu) = &mut self.gpu else { return Next::Now };
        gpu.flying.push_back(flight);
        if gpu.closing.is_some() {
            self.bring(engines);
        }
        Next::Now
    }

    /// Sees to it that the GPU runs what the settings of now ask for, on the numbers of now. Errors: it cannot; why.
    fn prepare(&mut self, now: f64, accelerator: &mut dyn Accelerator) -> Result<(), String> {
        if !self.at_hand() {
            // Nothing changes while the numbers are away.
            return Ok(());
        }
        let (plan, draws) = self.plan();
        if self.gpu.as_ref().is_none_or(|gpu| gpu.plan != plan) {
            accelerator.begin(&plan, &self.data)?;
            if let Status::Ready(device) = accelerator.status() {
                self.took.gpu = Some(device.name);
            }
            let (safe, rate) = (self.trainer.place(), Rate { step_ms: 1.0, last: now, spent: (0.0, 0), slices: 0 });
            let heard = (safe.step, safe.seen);
            let flying = VecDeque::new();
            self.gpu = Some(Accelerated { plan, draws, revision: None, flying, fetching: false, safe, heard, closing: None, rate });
        }
        let Some(gpu) = &mut self.gpu else { return Ok(()) };
        if gpu.revision != Some(self.trainer.revision()) {
            gpu.revision = Some(self.trainer.revision());
            let Trainer { network, params, .. } = &self.trainer;
            let layers = gpu.plan.rounding.map_or(0, |_| network.nodes().len());
            let ranges = ranges(layers, self.trainer.ranges());
            accelerator.load(params, &self.trainer.memory().concat(), &traits(network, self.trainer.held()), &ranges);
        }
        Ok(())
    }

    /// What the GPU has to run.
    fn plan(&self) -> (Plan, Draws) {
        let (network, settings) = (&self.trainer.network, &self.trainer.settings);
        let batch = settings.batch.clamp(1, self.data.train.len.max(1));
        let draws = Draws::of(network, batch);
        let plan = Plan {
            layers: network.nodes().iter().map(|n| n.pick.clone()).collect(),
            input: network.input().0.clone(),
            loss: self.experiment.loss.clone(),
            optimizer: self.experiment.optimizer.clone(),
            batch,
            classes: self.data.train.values.is_empty(),
            max_norm: settings.max_norm > 0.0,
            rounding: self.trainer.rounding(self.data.train.len),
            steps: draws.steps(batch),
        };
        (plan, draws)
    }

    /// The next steps, up to where something needs the state, and for as long as a slice should take.
    fn slice(&mut self, now: f64) -> (Slice, Flight) {
        let (mut slice, mut flight) = (Slice::default(), Flight { at: now, steps: Vec::new() });
        let train = Arc::clone(&self.data);
        let train = &train.train;
        let s = &self.trainer.settings;
        let penalty = [s.l1, s.l2, s.max_norm].map(|v| v as f32);
        let ahead = self.pace.map_or(usize::MAX, |pace| (pace * AHEAD_S * train.len as f64 / s.batch.max(1) as f64).ceil() as usize);
        let Some(gpu) = &mut self.gpu else { return (slice, flight) };
        let place = self.trainer.place();
        if gpu.at_hand(&place) {
            gpu.heard = (place.step, place.seen);
        }
        let most = gpu.plan.steps.min(gpu.rate.steps()).min(ahead).max(1);
        while slice.len() < most {
            let (mut values, from) = (Vec::new(), self.trainer.place().seen);
            let turn = self.trainer.turn(train.len, |order, rule, rng| {
                if let Some(gpu) = &self.gpu {
                    slice.push(&gpu.draws, order, rule, penalty, rng);
                }
                values.extend(order.iter().filter_map(|i| train.values.get(*i as usize)));
            });
            let place = self.trainer.place();
            flight.steps.push(Sent { turn, place: (place.step, place.seen), values });
            let judged = self.mask_due(from) || (turn.epoch_done && self.judges());
            let rounding = self.trainer.rounding(train.len);
            let other = self.gpu.as_ref().is_some_and(|gpu| gpu.plan.rounding != rounding);
            if judged || other || self.reaches(turn.epoch_done) {
                if let Some(gpu) = &mut self.gpu {
                    gpu.closing = Some(Closing { from, epoch_done: turn.epoch_done });
                }
                break;
            }
        }
        (slice, flight)
    }

    /// Whether the steps submitted are as far as training was asked to go.
    pub(super) fn reaches(&self, epoch_done: bool) -> bool {
        match self.until {
            Until::Step(step) => self.trainer.step_count() >= step,
            Until::Epoch => epoch_done,
            Until::Planned => false,
        }
    }

    pub(super) fn stop_if_reached(&mut self, epoch_done: bool, out: &mut Vec<FromWorker>) {
        if self.reaches(epoch_done) && self.ending.is_none() && self.playing {
            self.pause(Reason::StepDone, out);
        }
    }
}
