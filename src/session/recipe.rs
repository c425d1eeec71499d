//! Carries out a recipe on a copy of the trained model: a step, its training in slices, then the model that came of it is stored, judged and timed.

use std::sync::Arc;

use super::{
    build,
    clock::Clock,
    describe,
    evaluate::{self, Judge},
    latency::{Duel, Turns},
    made::Made,
    optimize::{self, Learnt},
    teachers::Lessons,
};
use crate::{
    engine::{
        artifact,
        catalog::Pick,
        compress::CALIBRATION_SAMPLES,
        data::{Dataset, Task},
        error::SpecError,
        inference::Runner,
        losses::Loss,
        packed::{PackedLayer, PackedModel},
        pruning::criteria::movement,
        recipe::{self, AtHand, Candidate, LOOKS, Now, Step, Training},
        train::{Bend, Score, Teaching, Trainer},
    },
    experiment::{Experiment, link},
    protocol::{FormSize, Recipe as News, Stage},
};

/// Time for the latency of a stage, ms per model.
const LATENCY_MS: f64 = 20.0;

/// A recipe under way.
pub(super) struct Recipe {
    /// Number of whoever asked for it.
    pub ask: u32,
    experiment: Arc<Experiment>,
    steps: Vec<Box<dyn Step>>,
    /// Whether every stage is judged, or the last alone.
    every: bool,
    /// Steps done.
    at: usize,
    /// Trainings of the step at work that are done.
    round: u32,
    candidate: Candidate,
    loss: Box<dyn Loss>,
    baseline: PackedModel,
    runner: Runner,
    /// Whose answers steps listen to; the trained model's where there are none.
    teachers: Vec<PackedModel>,
    /// What they say to all training samples, once a step needs it, and the temperature at which that holds.
    answers: Option<(f32, Vec<f32>)>,
    work: Work,
    /// When the step at work began, ms.
    began: f64,
    took: f64,
    /// When news were last said, ms.
    pub said: f64,
}

enum Work {
    /// The next step.
    Begin,
    /// What teachers say to training samples.
    Ask(Training, Box<Lessons>),
    Train(Box<Course>),
    Store,
    Weigh(Box<Served>),
    Judge(Box<Served>),
    Time(Box<Served>, Duel, Turns),
    Over,
}

/// A step's training.
struct Course {
    trainer: Trainer,
    /// Steps in all.
    steps: u64,
    /// How often the step has been asked what to hold.
    looks: u32,
}

/// A stage on its way.
struct Served {
    /// What goes into every file beside the model.
    meta: String,
    model: PackedModel,
    runner: Runner,
    judge: Judge,
    /// On the samples held out to choose by, where there are any.
    validation: Judge,
    sizes: Vec<artifact::FormSize>,
    sparsity: f32,
    notes: Vec<String>,
}

/// What a slice of work came to.
pub(super) enum Came {
    /// There is more to do.
    More,
    /// A stage is done.
    Stage(Stage),
    /// All is done.
    Made(Stage, Box<Made>),
}

impl Recipe {
    /// Carries out `picks` on what `trainer` has come to, listening to `teachers`, or to the trained model where there are none. Errors: a step that does not exist, or a value that it cannot have; none at all.
    pub fn new(
        (ask, every): (u32, bool),
        (picks, teachers): (&[Pick], Vec<PackedModel>),
        trainer: &Trainer,
        experiment: &Arc<Experiment>,
        data: &Dataset,
        now: f64,
    ) -> Result<Self, SpecError> {
        if picks.is_empty() {
            let reason = "a recipe has at least one step".into();
            return Err(SpecError::Incompatible { field: recipe::CATALOG.field.into(), reason });
        }
        let build = |pick: &Pick| recipe::CATALOG.resolve(pick).map(|(entry, values)| (entry.build)(&values));
        let steps = picks.iter().map(build).collect::<Result<_, _>>()?;
        // The same experiment has the same network and the same first parameters.
        let fresh = build::trainer(experiment, data)?;
        let baseline = PackedModel::dense(&trainer.network, trainer.weights());
        let mut candidate = Candidate::new(fresh.network, trainer.weights().to_vec(), fresh.params);
        if !trainer.held().is_empty() {
            candidate.hold(trainer.held().to_vec());
        }
        Ok(Self {
            ask,
            experiment: Arc::new(Experiment { recipe: picks.to_vec(), ..Experiment::clone(experiment) }),
            steps,
            every,
            at: 0,
            round: 0,
            candidate,
            loss: build::loss(experiment, data)?,
            runner: Runner::new(&baseline)?,
            baseline,
            teachers,
            answers: None,
            work: if every { Work::Store } else { Work::Begin },
            began: now,
            took: 0.0,
            said: f64::NEG_INFINITY,
        })
    }

    /// The experiment with this recipe.
    pub fn experiment(&self) -> &Arc<Experiment> {
        &self.experiment
    }

    /// The step at work, and the share of all that is done.
    pub fn news(&self) -> News {
        let acting = matches!(self.work, Work::Begin | Work::Ask(..) | Work::Train(_));
        let within = match &self.work {
            Work::Train(course) => {
                let within = course.trainer.step_count() as f64 / course.steps.max(1) as f64;
                0.9 * (f64::from(self.round) + within) / f64::from(self.step().rounds())
            }
            Work::Begin | Work::Ask(..) => 0.0,
            _ => 0.95,
        };
        // A stage that is being judged belongs to the step before.
        let (done, step) = if acting { (self.at, self.at + 1) } else { (self.at.saturating_sub(1), self.at) };
        News::Working { step: step.min(self.steps.len()), share: ((done as f64 + within) / self.steps.len() as f64).min(1.0) as f32 }
    }

    /// A slice of work, a few milliseconds long but for steps that act at once. Errors: a step that cannot be applied here, training that
    /// diverged.
    pub fn advance(&mut self, data: &Dataset, clock: &dyn Clock) -> Result<Came, SpecError> {
        self.work = match std::mem::replace(&mut self.work, Work::Over) {
            Work::Begin => self.begin(data, clock)?,
            Work::Ask(training, lessons) => self.ask(training, lessons, data)?,
            Work::Train(course) => self.train(course, data, clock)?,
            Work::Store => self.store(data)?,
            Work::Weigh(served) => self.weigh(served),
            Work::Judge(mut served) => {
                let chunk = evaluate::chunk(&self.candidate.network);
                let loss = self.loss.as_ref();
                if served.validation.advance_on(&data.validation, data, loss, &mut served.runner, chunk)
                    && served.judge.advance(data, loss, &mut served.runner, chunk)
                {
                    Work::Time(served, Duel::new(1, LATENCY_MS), Turns::default())
                } else {
                    Work::Judge(served)
                }
            }
            Work::Time(mut served, mut duel, mut turns) => {
                let leaves = served.runner.leaves();
                let mut runners = [&mut self.runner, &mut served.runner];
                let call = |side: usize| {
                    std::hint::black_box(runners[side].run(turns.next(side, data, leaves), 1));
                };
                if !duel.advance(clock, call) {
                    self.work = Work::Time(served, duel, turns);
                    return Ok(Came::More);
                }
                return Ok(self.stage(*served, &duel, &data.task, clock));
            }
            Work::Over => Work::Over,
        };
        Ok(Came::More)
    }

    fn step(&self) -> &dyn Step {
        self.steps[self.at].as_ref()
    }

    fn begin(&mut self, data: &Dataset, clock: &dyn Clock) -> Result<Work, SpecError> {
        self.began = clock.now();
        let learnt = Learnt::default();
        let at_hand = at_hand(data, self.loss.as_ref(), &learnt, &self.experiment);
        self.steps[self.at].begin(&mut self.candidate, &at_hand).map_err(here)?;
        Ok(match self.step().training() {
            Some(training) => match self.lessons(training)? {
                Some(lessons) => Work::Ask(training, Box::new(lessons)),
                None => self.course(training, data)?,
            },
            None => self.done(clock),
        })
    }

    /// What a step's teachers are still to be asked; `None` where it has none, or their answers are known. What several say on the mean depends on the temperature.
    fn lessons(&self, training: Training) -> Result<Option<Lessons>, SpecError> {
        let Some(teacher) = training.teacher else { return Ok(None) };
        if self.answers.as_ref().is_some_and(|(t, _)| self.teachers.len() < 2 || *t == teacher.temperature) {
            return Ok(None);
        }
        let models = if self.teachers.is_empty() { std::slice::from_ref(&self.baseline) } else { &self.teachers };
        Lessons::new(models, teacher.temperature).map(Some)
    }

    /// What the teachers say to some more training samples.
    fn ask(&mut self, training: Training, mut lessons: Box<Lessons>, data: &Dataset) -> Result<Work, SpecError> {
        if !lessons.advance(data) {
            return Ok(Work::Ask(training, lessons));
        }
        self.answers = training.teacher.map(|teacher| (teacher.temperature, lessons.answers()));
        self.course(training, data)
    }

    fn course(&mut self, training: Training, data: &Dataset) -> Result<Work, SpecError> {
        let tied = self.candidate.share();
        let picks: Vec<Pick> = self.candidate.network.nodes().iter().map(|n| n.pick.clone()).collect();
        let mut trainer = build::tuner(&self.experiment, data, &picks, self.candidate.params.clone(), (training.epochs, training.rate))?;
        trainer.hold(self.candidate.keep.clone());
        trainer.take_note(self.step().notes_movement().then_some(movement::note));
        trainer.bend(tied.map(|mut tied| -> Bend { Box::new(move |gradient, keep| tied.add_up(gradient, keep)) }));
        trainer.fake_widths(self.candidate.storage.widths.clone());
        let rounding = self.candidate.storage.rounding();
        if rounding.is_some() && trainer.network.whole_batch() {
            let reason = "a batch normalization stands behind no layer that can take it in, so what trains behind quantizing would not be what is stored: train before it, or use layernorm";
            return Err(SpecError::Incompatible { field: "recipe".into(), reason: reason.into() });
        }
        if rounding.is_some() && trainer.network.exits().next().is_some() {
            let reason = "what an early exit's head sees is not rounded in training: train before quantizing";
            return Err(SpecError::Incompatible { field: "recipe".into(), reason: reason.into() });
        }
        trainer.fake_quantize(rounding.map(|rounding| (rounding, 0.0)));
        if let (Some(teacher), Some((_, answers))) = (training.teacher, &self.answers) {
            trainer.teach(Some(Teaching::new(answers.clone(), teacher.temperature, teacher.alpha)));
        }
        let an_epoch = data.train.len.div_ceil(trainer.settings.batch.clamp(1, data.train.len.max(1)));
        let steps = ((training.epochs * an_epoch as f64).ceil() as u64).max(1);
        Ok(Work::Train(Box::new(Course { trainer, steps, looks: 0 })))
    }

    fn train(&mut self, mut course: Box<Course>, data: &Dataset, clock: &dyn Clock) -> Result<Work, SpecError> {
        let Course { trainer, steps, looks } = &mut *course;
        let taken = trainer.step_count();
        if !trainer.is_open() && *looks < LOOKS && taken * u64::from(LOOKS) >= u64::from(*looks) * *steps {
            *looks += 1;
            let learnt = Learnt::of(trainer);
            let at_hand = at_hand(data, self.loss.as_ref(), &learnt, &self.experiment);
            let now = Now { network: &trainer.network, params: &trainer.params, keep: trainer.held() };
            if let Some(keep) = self.steps[self.at].hold(&now, taken as f64 / *steps as f64, &at_hand).map_err(here)? {
                trainer.hold(keep);
            }
        }
        let report = trainer.advance(&data.train, &mut Score::default());
        if report.is_some_and(|r| !r.loss.is_finite()) {
            let reason = format!("training diverged in step {}: a smaller learning rate may help", self.at + 1);
            return Err(SpecError::Incompatible { field: recipe::CATALOG.field.into(), reason });
        }
        if trainer.step_count() < *steps {
            return Ok(Work::Train(course));
        }
        let candidate = &mut self.candidate;
        candidate.params.clone_from(&trainer.params);
        candidate.keep = trainer.held().to_vec();
        candidate.ranges = trainer.ranges().to_vec();
        let learnt = Learnt::of(trainer);
        let at_hand = at_hand(data, self.loss.as_ref(), &learnt, &self.experiment);
        let step = &self.steps[self.at];
        self.round += 1;
        if let (true, Some(training)) = (self.round < step.rounds(), step.training()) {
            step.between(candidate, self.round, &at_hand).map_err(here)?;
            return self.course(training, data);
        }
        step.end(candidate, &at_hand).map_err(here)?;
        Ok(self.done(clock))
    }

    /// A step is done.
    fn done(&mut self, clock: &dyn Clock) -> Work {
        self.took = clock.now() - self.began;
        (self.at, self.round) = (self.at + 1, 0);
        if self.every || self.at == self.steps.len() { Work::Store } else { Work::Begin }
    }

    fn store(&mut self, data: &Dataset) -> Result<Work, SpecError> {
        let samples = self.candidate.storage.samples;
        let small = self.candidate.pack(&optimize::calibration((data, samples), None, &Learnt::default()))?;
        let mut runner = Runner::new(&small.model)?;
        if self.at > 0 {
            runner.set_exit(self.experiment.compress.exit as f32);
        }
        let (sparsity, notes) = (small.sparsity, small.notes);
        let done = Experiment { recipe: self.experiment.recipe[..self.at].to_vec(), ..self.experiment.without_goal() };
        let meta = super::export::meta(data, &link::encode(&done));
        let (judge, validation, sizes) = (Judge::default(), Judge::default(), Vec::new());
        Ok(Work::Weigh(Box::new(Served { meta, model: small.model, runner, judge, validation, sizes, sparsity, notes })))
    }

    /// Writes the file of one more form.
    fn weigh(&self, mut served: Box<Served>) -> Work {
        let form = artifact::FORMS[served.sizes.len()];
        served.sizes.push(artifact::size(form, &self.baseline, &served.model, &served.meta));
        if served.sizes.len() == artifact::FORMS.len() { Work::Judge(served) } else { Work::Weigh(served) }
    }

    fn stage(&mut self, served: Served, duel: &Duel, task: &Task, clock: &dyn Clock) -> Came {
        let Served { meta, model, runner, judge, validation, sizes, sparsity, notes } = served;
        let [baseline, timing] = duel.timings();
        let stage = Stage {
            step: self.at,
            evaluation: judge.result(task),
            validation: Some(validation.result(task)).filter(|found| found.samples > 0),
            // Nothing is done to the trained model yet: its file is that of plain floats.
            best: if self.at == 0 { artifact::Form::Dense } else { artifact::best(&sizes) }.into(),
            sizes: sizes.into_iter().map(FormSize::from).collect(),
            params: self.candidate.network.params() as u64,
            sparsity,
            macs: model.layers.iter().map(PackedLayer::macs).sum(),
            baseline,
            timing,
            kernels: (0..runner.layers()).map(|i| runner.kernel(i)).filter(|k| !k.is_empty()).collect(),
            notes,
            took: if self.at == 0 { 0.0 } else { self.took },
        };
        self.began = clock.now();
        if self.at < self.steps.len() {
            self.work = Work::Begin;
            return Came::Stage(stage);
        }
        let labels = describe::model(&self.candidate.network).layers.into_iter().map(|layer| layer.label).collect();
        Came::Made(stage, Box::new(Made::new(self.ask, (self.baseline.clone(), model), meta, labels, self.experiment.compress.exit as f32)))
    }
}

/// What a step may look at.
fn at_hand<'a>(data: &'a Dataset, loss: &'a dyn Loss, learnt: &'a Learnt, experiment: &'a Experiment) -> AtHand<'a> {
    AtHand { calibration: optimize::calibration((data, CALIBRATION_SAMPLES), Some(loss), learnt), widths: &experiment.compress.widths }
}

/// The error of a step, at the recipe.
fn here(error: SpecError) -> SpecError {
    error.at(recipe::CATALOG.field)
}
