//! How a message from the worker changes the page.

use std::sync::Arc;

use super::{CellSamples, Checkpoint, Compared, Note, Page, Phase, Prediction, View, engine, runs::thinned, tried};
use crate::{
    engine::error::SpecError,
    experiment::Experiment,
    protocol::{FromWorker, LatencyReport, MetricPoint, PROTOCOL, RunError, RunId, Topic},
};

/// What the page has to do after a message, besides drawing.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The worker is there: it may be told what to run.
    EngineReady,
    /// Page and worker are of different builds; only a fresh load of the page helps.
    Mismatch {
        /// What the worker speaks.
        theirs: u32,
    },
    /// A state worth keeping.
    Keep(Arc<Checkpoint>),
    /// A file for the user.
    Download {
        /// Suggested name.
        name: String,
        /// Content.
        bytes: Vec<u8>,
    },
    /// Something to say aloud.
    Announce(String),
    /// Something to know.
    Warn(String),
    /// Something went wrong that belongs to no control.
    Complain(String),
    /// The start was refused; nothing runs.
    StartRefused,
    /// The checkpoint given to the start was refused.
    ResumeRefused(String),
    /// The first point of the curves has come.
    FirstPoint,
    /// The run cannot begin without this file of the reader's own.
    WantsTable {
        /// Checksum of the file.
        checksum: String,
        /// Its name.
        name: String,
    },
    /// A part of the engine did not load; what runs goes on without it.
    Incomplete(String),
}

/// Most points of the live curves; beyond it every second one goes.
const POINTS: usize = 4000;

impl Page {
    /// Takes a message; what it asks of the page. Messages of other runs change nothing.
    pub fn reduce(&mut self, message: FromWorker) -> Vec<Effect> {
        if run_of(&message).is_some_and(|run| run != self.run) {
            return Vec::new();
        }
        match message {
            FromWorker::Ready { protocol, engine } => return self.ready(protocol, engine),
            FromWorker::Engine { step, report, .. } => {
                let said = engine::fall_back(self.engine_report.as_deref(), &report, step);
                self.engine_report = Some(Arc::new(report));
                return said.map(Effect::Warn).into_iter().collect();
            }
            FromWorker::Loading { data, .. } => self.phase = Phase::Loading(data),
            FromWorker::Started { model, data, step, .. } => {
                self.phase = Phase::Running;
                self.step = step;
                self.resumed = (step > 0).then_some(step);
                self.model = Some(Arc::new(model));
                self.data = Some(Arc::new(data));
                self.open_record();
            }
            FromWorker::Progress { step, epoch, rate, points, .. } => return self.progress(step, epoch, rate, points),
            FromWorker::State { playing, reason, .. } => (self.playing, self.reason) = (playing, reason),
            // The run took every live value over; errors of a waiting draft stay.
            FromWorker::Updated { .. } if self.draft.is_none() => self.failures.clear(),
            FromWorker::Updated { .. } => {}
            FromWorker::Compared { step, experiment, baseline, optimized, report, latency, .. } => {
                let compared = Compared { step, experiment: self.shared(experiment), baseline, optimized, report, latency };
                if self.compared.as_ref().is_some_and(|c| c.report.kernels != compared.report.kernels) {
                    // Training moved a layer over the threshold of a sparse kernel, say: the times are those of other kernels.
                    self.latency = None;
                }
                let task = self.task();
                tried::record(Arc::make_mut(&mut self.tried), &self.experiment, &compared, task);
                self.compared = Some(Arc::new(compared));
                self.update_record();
            }
            FromWorker::Measured { experiment, latency, .. } => {
                self.measuring = false;
                self.timed(&experiment, &latency);
                self.latency = same_models(&experiment, &self.experiment).then(|| Arc::new(latency));
            }
            FromWorker::View { step, network, boundary, samples, .. } => {
                let boundary = boundary.map(Arc::new);
                self.view = Some(Arc::new(View { step, network: Arc::new(network), boundary, samples: Arc::new(samples) }));
            }
            FromWorker::Prediction { ask, baseline, optimized, .. } => {
                if self.prediction.as_ref().is_none_or(|p| p.ask < ask) {
                    self.prediction = Some(Arc::new(Prediction { ask, baseline, optimized }));
                }
            }
            FromWorker::Samples { actual, predicted, total, samples, .. } => {
                self.cell = Some(Arc::new(CellSamples { actual, predicted, total, samples }));
            }
            FromWorker::Checkpoint { step, experiment, state, .. } => {
                let checkpoint = Arc::new(Checkpoint { step, state, experiment: self.shared(experiment) });
                self.checkpoint = Some(checkpoint.clone());
                return vec![Effect::Keep(checkpoint)];
            }
            FromWorker::Health { health, .. } => {
                let said = Effect::Announce(format!("{} {}", health.message, health.advice));
                // One note per topic: the newest.
                self.notes.retain(|n| n.health.topic != health.topic);
                self.next_note += 1;
                let quiet = health.topic == Topic::DeadUnits;
                self.notes.push(Note { id: self.next_note, health });
                return if quiet { Vec::new() } else { vec![said] };
            }
            FromWorker::File { name, bytes, .. } => return vec![Effect::Download { name, bytes: bytes.0 }],
            FromWorker::Finished { summary, .. } => {
                self.update_record();
                let said = if self.experiment.is_network() {
                    format!("Training finished after {:.0} epochs.", summary.epochs)
                } else {
                    format!("Fitted in {} steps.", summary.steps)
                };
                self.summary = Some(Arc::new(summary));
                return vec![Effect::Announce(said)];
            }
            FromWorker::WantsTable { checksum, name, .. } => return vec![Effect::WantsTable { checksum, name }],
            FromWorker::Failed { error, .. } => return self.failed(error),
            // See `hear`, which is loaded with what asks for it.
            FromWorker::Late(_) => {}
        }
        Vec::new()
    }

    /// The page's own copy of an experiment that came back, where the two are the same.
    fn shared(&self, experiment: Arc<Experiment>) -> Arc<Experiment> {
        if experiment == self.experiment { self.experiment.clone() } else { experiment }
    }

    /// Puts errors at the controls that they are about.
    pub fn blame(&mut self, errors: &[SpecError]) {
        for error in errors {
            match error {
                SpecError::Layer { layer, reason, .. } => self.layer_failure = Some((layer.saturating_sub(1), reason.clone())),
                _ => drop(self.failures.insert(error.field().to_string(), without_field(error))),
            }
        }
    }

    fn ready(&mut self, protocol: u32, engine: String) -> Vec<Effect> {
        if protocol != PROTOCOL {
            return vec![Effect::Mismatch { theirs: protocol }];
        }
        self.engine = Some(engine.into());
        vec![Effect::EngineReady]
    }

    fn progress(&mut self, step: u64, epoch: f64, rate: f64, points: Vec<MetricPoint>) -> Vec<Effect> {
        (self.step, self.epoch, self.rate) = (step, epoch, rate);
        if points.is_empty() {
            return Vec::new();
        }
        let first = self.history.is_empty();
        let history = Arc::make_mut(&mut self.history);
        // After a scrub the run goes on from an earlier step: what lay beyond it is gone.
        let from = points[0].step;
        history.retain(|p| p.step < from);
        history.extend(points);
        if history.len() > POINTS {
            *history = thinned(history, POINTS / 2);
        }
        if first { vec![Effect::FirstPoint] } else { Vec::new() }
    }

    /// Takes better times of the models of the last comparison: `experiment` says which those are.
    pub(super) fn timed(&mut self, experiment: &Experiment, latency: &LatencyReport) {
        let task = self.task();
        let Some(compared) = self.compared.as_mut().filter(|c| *c.experiment == *experiment) else { return };
        Arc::make_mut(compared).latency = latency.clone();
        tried::record(Arc::make_mut(&mut self.tried), &self.experiment, compared, task);
        self.update_record();
    }

    fn failed(&mut self, error: RunError) -> Vec<Effect> {
        let starting = matches!(self.phase, Phase::Starting | Phase::Loading(_));
        let text = error.to_string();
        (self.measuring, self.benchmark) = (false, None);
        match error {
            RunError::Spec(error) => self.blame(&[error]),
            RunError::File(reason) if starting => return vec![Effect::ResumeRefused(reason)],
            // The run was replaced while a request was on its way: nothing is lost.
            RunError::NoRun(_) => return Vec::new(),
            RunError::Data { .. } | RunError::File(_) | RunError::Message(_) if !starting => return vec![Effect::Complain(text)],
            RunError::Incomplete if !starting => return vec![Effect::Incomplete(text)],
            RunError::Data { .. } | RunError::Incomplete => drop(self.failures.insert("data".into(), text.clone())),
            RunError::File(_) | RunError::Message(_) => {}
        }
        if starting {
            self.phase = Phase::Failed(text);
            return vec![Effect::StartRefused];
        }
        Vec::new()
    }
}

/// Whether two experiments of one run give models that run the same kernels on the same shapes.
pub(super) fn same_models(a: &Experiment, b: &Experiment) -> bool {
    a.learner == b.learner && a.model == b.model && a.compress == b.compress && a.hand == b.hand
}

/// The error's text without the key that its place on the page already says.
fn without_field(error: &SpecError) -> String {
    let text = error.to_string();
    text.strip_prefix(&format!("{}: ", error.field())).map_or(text.clone(), str::to_string)
}

fn run_of(message: &FromWorker) -> Option<RunId> {
    match message {
        FromWorker::Ready { .. } => None,
        FromWorker::Failed { run, .. } => *run,
        FromWorker::Late(late) => late.run(),
        FromWorker::Loading { run, .. }
        | FromWorker::Engine { run, .. }
        | FromWorker::Started { run, .. }
        | FromWorker::Progress { run, .. }
        | FromWorker::State { run, .. }
        | FromWorker::Updated { run }
        | FromWorker::Compared { run, .. }
        | FromWorker::Measured { run, .. }
        | FromWorker::View { run, .. }
        | FromWorker::Prediction { run, .. }
        | FromWorker::Samples { run, .. }
        | FromWorker::Checkpoint { run, .. }
        | FromWorker::Health { run, .. }
        | FromWorker::File { run, .. }
        | FromWorker::WantsTable { run, .. }
        | FromWorker::Finished { run, .. } => Some(*run),
    }
}

#[cfg(test)]
#[path = "reduce_tests.rs"]
mod tests;
