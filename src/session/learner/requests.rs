//! What a learner's run does with messages.

use super::{LearnerRun, Measure, Until};
use crate::{
    engine::{data::Task, error::SpecError},
    experiment::{Experiment, LEARNER, json},
    protocol::{Bytes, Form, FromWorker, ImportanceNews, Reason, RunError, RunId, ToWorker},
    session::{features, importance::Importance, samples},
};

impl LearnerRun {
    /// Acts on a message that is for a run; gives back one that is for the session.
    pub(super) fn take(&mut self, message: ToWorker, now: f64, out: &mut Vec<FromWorker>) -> Option<ToWorker> {
        use ToWorker as M;
        let run = match &message {
            M::Pause(run)
            | M::Resume(run)
            | M::Epoch(run)
            | M::Step { run, .. }
            | M::Update { run, .. }
            | M::Scrub { run, .. }
            | M::Predict { run, .. }
            | M::Cell { run, .. }
            | M::Watch { run, .. }
            | M::Export { run, .. }
            | M::Features { run, .. }
            | M::SetWeight { run, .. }
            | M::Cook { run, .. }
            | M::Write { run, .. }
            | M::ExportRecipe { run, .. }
            | M::Measure(run)
            | M::Compare(run)
            | M::Contrast(run)
            | M::Roc(run)
            | M::Importance { run, .. }
            | M::Sense(run)
            | M::Benchmark(run)
            | M::StopBenchmark(run)
            | M::StopRecipe(run) => *run,
            M::Pace(pace) => {
                (self.pace, self.pace_from) = (*pace, (now, self.step()));
                return Some(message);
            }
            M::Inspect(inspect) => {
                self.look(*inspect);
                self.say_learner(out);
                return Some(message);
            }
            _ => return Some(message),
        };
        let done = if run == self.id { self.answer(message, now, out) } else { Err(RunError::NoRun(run.0)) };
        if let Err(error) = done {
            out.push(FromWorker::Failed { run: Some(run), error });
        }
        None
    }

    fn answer(&mut self, message: ToWorker, now: f64, out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        use ToWorker as M;
        match message {
            M::Pause(_) => self.pause(Reason::Paused, out),
            M::Resume(_) => self.go(Until::Planned, now, out),
            M::Step { steps, .. } => self.go(Until::Step(self.step() + steps), now, out),
            M::Epoch(_) => self.go(Until::Step(self.step() + 1), now, out),
            M::Update { experiment, .. } => self.update(*experiment, out)?,
            M::Scrub { step, .. } => {
                self.scrub(step).map_err(RunError::Spec)?;
                self.pause(Reason::Paused, out);
            }
            M::Predict { ask, input, .. } => self.predict(ask, &input.to_vec(), out)?,
            M::Cell { actual, predicted, optimized, .. } => {
                if let Some(pair) = &mut self.pair {
                    let (total, samples) = samples::cell(&self.data, pair, actual, predicted, optimized);
                    out.push(FromWorker::Samples { run: self.id, actual, predicted, total, samples });
                }
            }
            M::Watch { sample, .. } => {
                self.watched = sample.min(self.data.test.len.saturating_sub(1));
                self.say_view(out);
            }
            M::Measure(_) => self.measure = Some(Measure::new()),
            M::Compare(_) => self.stale = true,
            M::Contrast(_) => {
                if matches!(self.data.task, Task::Value { .. }) {
                    return Err(refusal("data", "only answers that are classes can change: this data set asks for a number"));
                }
                self.contrast.ask();
            }
            M::Roc(_) => {
                if matches!(self.data.task, Task::Value { .. }) {
                    return Err(refusal("data", "only a class can be told from the rest at a threshold: this data set asks for a number"));
                }
                self.roc.ask();
            }
            M::Importance { wanted: true, .. } => {
                self.importance = Some(Importance::new(&self.data, self.experiment.seed).map_err(RunError::Spec)?);
            }
            M::Importance { .. } => {
                if self.importance.take().is_some() {
                    self.say_importance(ImportanceNews::Stopped, out);
                }
            }
            M::Export { form, .. } => {
                let (name, bytes) = self.file(form)?;
                out.push(FromWorker::File { run: self.id, name, bytes: Bytes(bytes) });
            }
            M::Features { step, columns, .. } => features::say(self.id, &self.experiment, &self.data, step, columns, out)?,
            M::StopBenchmark(_) | M::StopRecipe(_) => {}
            M::Benchmark(_) => {
                return Err(refusal(LEARNER, "the device is benchmarked with the layers of a network: choose one as the model family"));
            }
            _ => return Err(refusal(LEARNER, "this is about weights and layers of a network, and a learner runs that has none")),
        }
        Ok(())
    }

    /// Plays, and says so; a fit that is over stays so.
    fn go(&mut self, until: Until, now: f64, out: &mut Vec<FromWorker>) {
        self.play(until, now);
        let reason = (!self.playing).then_some(Reason::Finished);
        out.push(FromWorker::State { run: self.id, playing: self.playing, reason });
    }

    /// Takes over what can change mid-run: how the model is made small. Errors: a value out of its range, another learner or other settings of it.
    fn update(&mut self, experiment: Experiment, out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        experiment.validate().map_err(RunError::Spec)?;
        if experiment.learner != self.experiment.learner {
            return Err(refusal(LEARNER, "another learner needs a new run"));
        }
        self.stale |= experiment.compress.shrink != self.experiment.compress.shrink;
        self.experiment = experiment.into();
        self.owed = !self.playing;
        out.push(FromWorker::Updated { run: RunId(self.id.0) });
        Ok(())
    }

    fn predict(&mut self, ask: u32, input: &[f32], out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        let seen = samples::seen(&self.data, input)?;
        if let Some(pair) = &mut self.pair {
            let (baseline, optimized) = samples::predict(&self.data.task, pair, &seen);
            out.push(FromWorker::Prediction { run: self.id, ask, baseline, optimized });
        }
        Ok(())
    }

    /// Name and content of the file of `form`: the very bytes whose length the card shows. Errors: nothing has been compared yet, or a form that
    /// only networks have.
    fn file(&self, form: Form) -> Result<(String, Vec<u8>), RunError> {
        let pair = self.pair.as_ref().ok_or_else(|| RunError::File("the model has not been compared yet; try again in a moment".into()))?;
        let name = &self.experiment.data.key;
        match form {
            Form::Dense => Ok((format!("{name}.whittle"), pair.files[0].clone())),
            Form::Packed => Ok((format!("{name}.whittle"), pair.files[1].clone())),
            Form::Json => {
                let model = &pair.models[1];
                let trees: Vec<_> = (0..model.describe().trees).map(|at| model.tree(at)).collect();
                let file = serde_json::json!({
                    "experiment": json::value(&pair.experiment), "step": pair.step, "model": model.describe(), "trees": trees,
                });
                Ok((format!("{name}.json"), file.to_string().into_bytes()))
            }
            _ => Err(RunError::File("this form is for the layers of a network; a learner is written as .whittle or JSON".into())),
        }
    }
}

fn refusal(field: &str, reason: &str) -> RunError {
    RunError::Spec(SpecError::Incompatible { field: field.into(), reason: reason.into() })
}
