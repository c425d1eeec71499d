//! Teachers: models of earlier runs, asked for by their checksums, and what they say to all training samples.

use serde_json::Value;

use super::{Next, Session, Start, export, run::Run};
use crate::{
    engine::{
        artifact::{self, Form},
        catalog::Pick,
        data::{Dataset, Source},
        error::SpecError,
        inference::Runner,
        packed::{PackedLayer, PackedModel},
        recipe,
        train::{Teaching, mean_answers},
    },
    experiment::{Compress, Experiment, TEACHER_KEY, Teacher, file_checksum, link},
    protocol::{Bytes, FromWorker, Late, RunError, RunId},
};

/// Models that are kept at hand; the oldest goes.
const KEPT: usize = 8;
/// Multiply-accumulates of a slice: a few milliseconds.
const SLICE_MACS: u64 = 8_000_000;
/// Most samples of a slice.
const CHUNK: u64 = 256;

/// What teachers say to training samples, some samples at a time.
pub(super) struct Lessons {
    teachers: Vec<Runner>,
    temperature: f32,
    chunk: usize,
    done: usize,
    answers: Vec<f32>,
}

impl Lessons {
    /// Of these models at this temperature. Errors: as [`Runner::new`].
    pub fn new(models: &[PackedModel], temperature: f32) -> Result<Self, SpecError> {
        let teachers = models.iter().map(Runner::new).collect::<Result<_, _>>()?;
        let macs: u64 = models.iter().flat_map(|model| &model.layers).map(PackedLayer::macs).sum();
        let chunk = (SLICE_MACS / macs.max(1)).clamp(1, CHUNK) as usize;
        Ok(Self { teachers, temperature, chunk, done: 0, answers: Vec::new() })
    }

    /// A slice; whether all samples are through.
    pub fn advance(&mut self, data: &Dataset) -> bool {
        let (width, to) = (data.shape.len(), (self.done + self.chunk).min(data.train.len));
        let x = &data.train.inputs[self.done * width..to * width];
        let said: Vec<&[f32]> = self.teachers.iter_mut().map(|teacher| teacher.run(x, to - self.done)).collect();
        mean_answers(&data.task, &said, self.temperature, &mut self.answers);
        self.done = to;
        to == data.train.len
    }

    /// What they said, `[samples, O]`.
    pub fn answers(self) -> Vec<f32> {
        self.answers
    }
}

/// The model in a teacher's file. Errors: a file that is none, or a model of other inputs or outputs than this data has.
fn read(teacher: Teacher<'_>, bytes: &[u8], data: &Dataset) -> Result<PackedModel, SpecError> {
    let refused = |reason: String| SpecError::Incompatible { field: TEACHER_KEY.into(), reason: format!("{}: {reason}", teacher.name) };
    let decoded = artifact::decode(bytes).map_err(|e| refused(e.to_string()))?;
    let outputs = Runner::new(&decoded.model)?.outputs();
    if decoded.model.input != data.shape || outputs != data.task.outputs() {
        return Err(refused(format!(
            "a teacher sees the same data, and this one takes {} values and gives {outputs}, where {} has {} and {}",
            decoded.model.input,
            data.name,
            data.shape,
            data.task.outputs()
        )));
    }
    let (theirs, ours): (Value, Value) =
        (serde_json::from_str(&decoded.meta).unwrap_or_default(), serde_json::from_str(&export::meta(data, "")).unwrap_or_default());
    for (key, what) in
        [("classes", "other classes"), ("target", "another target, or one scaled otherwise"), ("scaling", "inputs scaled otherwise")]
    {
        if theirs.get(key) != ours.get(key) {
            return Err(refused(format!("a teacher sees the same data, and this one was trained on {what} than {} has", data.name)));
        }
    }
    Ok(decoded.model)
}

/// Whether a step of the recipe listens to a teacher. A step that does not exist is told of when it begins.
pub(super) fn listens(picks: &[Pick]) -> bool {
    picks.iter().any(|pick| {
        let step = recipe::CATALOG.resolve(pick).map(|(entry, values)| (entry.build)(&values));
        step.is_ok_and(|step| step.training().is_some_and(|training| training.teacher.is_some()))
    })
}

/// Whether a run can listen to teachers as its experiment says. Errors: none is named; samples that change after the teachers have seen them.
pub(super) fn check(experiment: &Experiment) -> Result<(), SpecError> {
    let t = &experiment.train;
    if t.distill == 0.0 {
        return Ok(());
    }
    if experiment.teacher.is_empty() {
        let reason = "distillation needs a teacher: choose the model of an earlier run, or set distill to 0";
        return Err(SpecError::Incompatible { field: TEACHER_KEY.into(), reason: reason.into() });
    }
    if t.mixup > 0.0 || t.shift > 0 || t.flip > 0 || t.rotate > 0.0 {
        let reason = "teachers answer to the training samples as they are: switch mixup and moved images off, or set distill to 0";
        return Err(SpecError::Incompatible { field: "distill".into(), reason: reason.into() });
    }
    Ok(())
}

impl Session {
    /// The models of an experiment's teachers; `None` where one is not here: the page is asked for the first of those. Errors: as [`read`].
    fn teachers(&mut self, run: RunId, experiment: &Experiment, data: &Dataset) -> Result<Option<Vec<PackedModel>>, SpecError> {
        let mut found = Vec::new();
        for teacher in experiment.teachers() {
            let Some((_, bytes)) = self.models.iter().find(|(checksum, _)| checksum == teacher.checksum) else {
                let (checksum, name) = (teacher.checksum.to_string(), teacher.name.to_string());
                self.out.push(FromWorker::WantsTable { run, checksum, name });
                return Ok(None);
            };
            found.push(read(teacher, &bytes.0, data)?);
        }
        Ok(Some(found))
    }

    /// What a run that listens to teachers has to hear before it begins; `None` while one of them is waited for. Errors: as [`read`].
    pub(super) fn lessons(&mut self, start: &Start, data: &Dataset) -> Result<Option<Box<Lessons>>, SpecError> {
        check(&start.experiment)?;
        let models = self.teachers(start.run, &start.experiment, data)?;
        let temperature = start.experiment.train.temperature as f32;
        models.map(|models| Lessons::new(&models, temperature).map(Box::new)).transpose()
    }

    /// Finds the teachers of a recipe that waits for them.
    pub(super) fn bring_teachers(&mut self, id: RunId) {
        let Some(run) = self.run.as_ref().filter(|run| run.id == id && run.awaits_teachers()) else { return };
        let (experiment, data) = (run.experiment.clone(), run.data.clone());
        match self.teachers(id, &experiment, &data) {
            Ok(None) => {}
            Ok(Some(teachers)) => self.with_run(id, |run, _| {
                run.teachers = Some(teachers);
                Ok(())
            }),
            Err(error) => self.without_teachers(id, error),
        }
    }

    /// The recipe that waits for its teachers does so in vain.
    fn without_teachers(&mut self, id: RunId, error: SpecError) {
        let now = self.clock.now();
        self.with_run(id, |run, out| {
            run.stop_recipe(now, out);
            Err(RunError::Spec(error))
        });
    }

    /// Takes a model file; what waits for it goes on.
    pub(super) fn take_model(&mut self, bytes: Bytes) {
        let checksum = file_checksum(&bytes.0);
        self.models.retain(|(known, _)| *known != checksum);
        if self.models.len() >= KEPT {
            self.models.remove(0);
        }
        self.models.push((checksum, bytes));
        if let Some(waiting) = self.waiting.take_if(|w| w.file.is_none()) {
            self.start(waiting.start);
        }
        if let Some(id) = self.run.as_ref().map(|run| run.id) {
            self.bring_teachers(id);
        }
    }

    /// Whoever waits for a file does so in vain.
    pub(super) fn without_file(&mut self, id: RunId) {
        if !self.without_model(id) {
            self.without_table(id);
        }
    }

    /// Whoever waits for a teacher does so in vain; `false` where nobody does.
    fn without_model(&mut self, id: RunId) -> bool {
        let missing = |session: &Self, experiment: &Experiment| {
            let lost = experiment.teachers().find(|t| session.models.iter().all(|(checksum, _)| checksum != t.checksum))?;
            let reason = format!("{} is not on this device: its file has a SHA-256 that begins with {}", lost.name, lost.checksum);
            Some(SpecError::Incompatible { field: TEACHER_KEY.into(), reason })
        };
        if let Some(run) = self.run.as_ref().filter(|run| run.id == id && run.awaits_teachers()) {
            let experiment = run.experiment.clone();
            if let Some(error) = missing(self, &experiment) {
                self.without_teachers(id, error);
                return true;
            }
        }
        let Some(waiting) = self.waiting.as_ref().filter(|w| w.start.run == id && w.file.is_none()) else { return false };
        let source = waiting.start.experiment.source().ok();
        let table = matches!(source, Some(Source::Table(_))) && self.data.as_ref().map(|(kept, _)| kept) != source.as_ref();
        let Some(error) = missing(self, &waiting.start.experiment).filter(|_| !table) else { return false };
        self.waiting = None;
        self.fail(Some(id), RunError::Spec(error));
        true
    }

    /// Says the model as it is now as a file, by which it can teach later.
    pub(super) fn keep_model(&mut self, id: RunId) {
        self.with_run(id, |run, out| {
            let model = PackedModel::dense(&run.trainer.network, run.trainer.weights());
            // How it might be made small is no part of what it is.
            let plain = Experiment { recipe: Vec::new(), compress: Compress::default(), ..run.experiment.without_goal() };
            let bytes = artifact::encode(&model, Form::Dense, &export::meta(&run.data, &link::encode(&plain)));
            let checksum = file_checksum(&bytes);
            out.push(FromWorker::Late(Late::Model { run: id, step: run.trainer.step_count(), checksum, bytes: Bytes(bytes) }));
            Ok(())
        });
    }
}

impl Run {
    /// Hears some more of what the teachers say; `None` where nothing is left to hear, or nothing is trained that would need it.
    pub(super) fn hear_lessons(&mut self, now: f64) -> Option<Next> {
        if !self.playing {
            return None;
        }
        let lessons = self.lessons.as_mut()?;
        if lessons.advance(&self.data) {
            let t = &self.experiment.train;
            let lessons = self.lessons.take()?;
            self.trainer.teach(Some(Teaching::new(lessons.answers(), t.temperature as f32, t.distill as f32)));
            self.wait_no_more(now);
        }
        Some(Next::Now)
    }
}
