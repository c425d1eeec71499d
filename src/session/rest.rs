//! What a session can do without until the first point of its first curve: compressing and comparing, measuring, changes of settings, the GPU,
//! layers for images, generated points, and going on from a checkpoint.
//!
//! The session calls all of it through a [`Rest`], and what only that names is a module of its own in a browser, loaded after the first
//! (`bin/worker.rs`, `tools/split.sh`). Where nothing was cut out, it is there from the beginning.

use std::sync::Arc;

use super::{
    Session, Start,
    accelerator::Engines,
    build,
    clock::Clock,
    export, learner, measure,
    optimize::{self, Chosen},
    preview::Pair,
    run::{Next, Run, RunFault},
    samples,
    teachers::Lessons,
};
use crate::{
    engine::{
        data::{
            Dataset, FILES, Source, TABLES, TableSource, TextSource,
            baseline::{self, Baseline},
            text::is_text,
        },
        error::SpecError,
        inference::Runner,
        initializers, layers, losses, optimizers,
        pruning::criteria::movement,
        schedules,
        train::Trainer,
    },
    experiment::Experiment,
    protocol::{Bytes, FromWorker, Late, Reason, RunError, RunId, Sample, ToWorker, Trial, pack, pack_late},
};

/// Data that is there; otherwise something has to come first, a file that is to be fetched where it is named.
pub(super) type Sought<D> = Result<D, Option<String>>;

type Out<'a> = &'a mut Vec<FromWorker>;
/// Lessons; `None` while a teacher is waited for.
type Found = Result<Option<Box<Lessons>>, SpecError>;

/// The functions behind which the rest is.
pub struct Rest {
    /// What runs are made of.
    pub(super) means: Means,
    /// Acts on a message that [`needs_rest`].
    pub(super) act: fn(&mut Session, ToWorker),
    /// See [`Run::beside`].
    pub(super) beside: fn(&mut Run, &dyn Clock, &mut Engines, Out<'_>) -> Option<Next>,
    /// See [`Run::elsewhere`].
    pub(super) elsewhere: fn(&mut Run, f64, &mut Engines, Out<'_>) -> Option<Next>,
    /// See [`Run::listen`].
    pub(super) listen: fn(&mut Run, f64, &mut Engines, Out<'_>),
    /// See [`Run::choose`].
    pub(super) choose: fn(&mut Run, &mut Engines, Out<'_>),
    /// See [`Run::say_weights`].
    pub(super) say_weights: fn(&Run, Out<'_>),
    /// The model that quantization-aware training has come to.
    pub(super) rounded: fn(&Run) -> Result<Runner, SpecError>,
    /// See [`optimize::choose`].
    pub(super) choose_mask: fn(&Run, Option<&Chosen>) -> Result<Chosen, SpecError>,
    /// See [`Run::kept`].
    pub(super) kept: fn(&Run) -> Vec<f32>,
    /// Writes any message.
    pub(super) pack: fn(&FromWorker) -> Result<Vec<u8>, String>,
    /// See [`Run::say_checkpoint`].
    pub(super) say_checkpoint: fn(&Run, Out<'_>),
    /// See [`samples::shown`].
    pub(super) samples: fn(&Dataset, &mut Pair, usize) -> Vec<Sample>,
    /// See [`Session::read_table`].
    pub(super) read_table: fn(&mut Session, f64),
    /// Begins a run of a learner on this data.
    pub(super) begin_course: fn(&mut Session, Start, Arc<Dataset>, &[Baseline]),
    /// See [`Session::table_data`].
    pub(super) table_data: fn(&mut Session, RunId, &TableSource) -> Result<Sought<Dataset>, SpecError>,
    /// What to do about a learning rate at which a run has diverged.
    pub(super) advice: fn(f64) -> String,
    /// See [`Dataset::damaged`].
    pub(super) damage: fn(&Dataset, &Experiment) -> Result<Dataset, SpecError>,
    /// See [`Session::selected`].
    pub(super) selected: fn(&mut Session, &Source, &Trial, &Dataset) -> Result<Dataset, SpecError>,
    /// See [`features::made`](super::features::made).
    pub(super) features: fn(&Experiment, &Dataset) -> Result<Dataset, SpecError>,
    /// See [`Session::bundled_table`].
    pub(super) bundled_table: fn(&mut Session, &TableSource, &[u8]) -> Result<(), String>,
    /// Takes the file of a text. Errors: one that cannot be read, or cut into windows.
    pub(super) text: fn(&mut Session, TextSource, &[u8]) -> Result<(), String>,
    /// See [`Session::lessons`].
    pub(super) lessons: fn(&mut Session, &Start, &Dataset) -> Found,
}

impl Rest {
    /// All of it. Whoever names this has it linked.
    #[must_use]
    pub fn all() -> &'static Self {
        static ALL: Rest = Rest {
            means: Means { generate: Source::generate, trainer: build::trainer, baselines: baseline::baselines, settle: Run::settle },
            act: Session::act_later,
            beside: Run::beside,
            elsewhere: Run::elsewhere,
            listen: Run::listen,
            choose: |run, engines, out| {
                run.choose(engines, out);
            },
            say_weights: Run::say_weights,
            rounded: |run| Runner::new(&optimize::trained(&run.trainer, &run.experiment.compress, &run.data)?),
            choose_mask: |run, before| optimize::choose(&run.trainer, &run.experiment, &run.data, before),
            kept: Run::kept,
            pack: |message| if let FromWorker::Late(late) = message { pack_late(late) } else { pack(message) },
            say_checkpoint: Run::say_checkpoint,
            samples: |data, pair, watched| samples::shown(data, pair, watched),
            read_table: Session::read_table,
            begin_course: learner::begin,
            table_data: Session::table_data,
            advice: |lr| format!("Lower the learning rate, to {} for a start, or add warm-up.", build::calmer(lr)),
            damage: |data, experiment| data.damaged(&experiment.damage, experiment.seed, experiment.imputes()),
            selected: Session::selected,
            features: super::features::made,
            bundled_table: Session::bundled_table,
            text: |session, source, bytes| {
                let dataset = source.dataset(bytes).map_err(|e| e.to_string())?;
                session.data = Some((Source::Text(source), Arc::new(dataset)));
                Ok(())
            },
            lessons: Session::lessons,
        };
        &ALL
    }
}

/// What runs are made of.
pub(super) struct Means {
    /// The points of a generator; `None` for a file.
    pub generate: fn(&Source) -> Result<Option<Dataset>, SpecError>,
    /// A trainer at step 0.
    pub trainer: fn(&Experiment, &Dataset) -> Result<Trainer, SpecError>,
    /// What simple methods reach on data that are whole, or are not.
    pub baselines: fn(&Dataset, bool) -> Vec<Baseline>,
    /// See [`Run::settle`].
    pub settle: fn(&mut Run, Option<&[u8]>) -> Result<(), RunFault>,
}

impl Means {
    /// Those of a run that [`needs_nothing`].
    pub const FIRST: Self = Self {
        generate: |_| Ok(None),
        trainer: build::first_trainer,
        baselines: |data, _| baseline::recorded(data).into_iter().collect(),
        settle: |_, _| Ok(()),
    };
}

/// Whether a run can begin without the rest: of a network on a bundled file of numbers as it is, with layers that see rows of numbers, the rules that most runs take, nothing rounded,
/// and nothing noted of its steps. One that is pruned while it trains does until the pruner is to choose.
pub(super) fn needs_nothing(experiment: &Experiment) -> bool {
    experiment.is_network()
        && FILES.iter().any(|file| file.key == experiment.data.key)
        && !TABLES.iter().any(|table| table.key == experiment.data.key)
        && !is_text(&experiment.data.key)
        && experiment.model.iter().all(|pick| layers::sees_rows(&pick.key))
        && losses::FIRST.knows(&experiment.loss.key)
        && optimizers::FIRST.knows(&experiment.optimizer.key)
        && schedules::FIRST.knows(&experiment.schedule.key)
        && initializers::FIRST.knows(&experiment.init.key)
        && experiment.train.plain()
        && experiment.damage.none()
        && experiment.features.is_empty()
        && experiment.hand.is_empty()
        && experiment.compress.criterion.key != movement::KEY
        && experiment.compress.qat == 0
}

/// Whether it takes the rest to act on a message. A start is another matter: [`needs_nothing`].
pub(super) fn needs_rest(message: &ToWorker) -> bool {
    use ToWorker as M;
    matches!(
        message,
        M::Update { .. }
            | M::Scrub { .. }
            | M::SetWeight { .. }
            | M::Compare(_)
            | M::Measure(_)
            | M::Benchmark(_)
            | M::StopBenchmark(_)
            | M::Cook { .. }
            | M::StopRecipe(_)
            | M::ExportRecipe { .. }
            | M::Contrast(_)
            | M::Roc(_)
            | M::Exits(_)
            | M::Importance { .. }
            | M::Sense(_)
            | M::Predict { .. }
            | M::Cell { .. }
            | M::Export { .. }
            | M::Table { .. }
            | M::NoTable(_)
            | M::Lab { .. }
            | M::Model(_)
            | M::Keep(_)
            | M::Look { .. }
            | M::Trial { .. }
            | M::Answers(_)
            | M::Write { .. }
            | M::Features { .. }
    )
}

impl Session {
    /// What [`Session::handle`] does with a message that [`needs_rest`].
    fn act_later(&mut self, message: ToWorker) {
        let now = self.clock.now();
        match message {
            ToWorker::Update { run, experiment } => self.with_run(run, |run, out| {
                let by_hand = run.experiment.hand != experiment.hand;
                run.update(*experiment).map_err(RunError::Spec)?;
                run.owe_checkpoint();
                out.push(FromWorker::Updated { run: run.id });
                if by_hand {
                    // A click is not to be lost by a reload that follows at once.
                    run.say_checkpoint(out);
                }
                Ok(())
            }),
            ToWorker::Scrub { run, step } => self.with_run(run, |run, out| {
                run.scrub(step).map_err(RunError::File)?;
                run.pause(Reason::Paused, out);
                Ok(())
            }),
            ToWorker::SetWeight { run, link, value } => self.with_run(run, |run, out| {
                run.set_weight(link, value).map_err(RunError::Spec)?;
                if !run.playing {
                    run.say_checkpoint(out);
                }
                Ok(())
            }),
            ToWorker::Compare(id) => self.with_run(id, |run, _| {
                run.compare_again();
                Ok(())
            }),
            ToWorker::Measure(id) => self.with_run(id, |run, _| {
                run.measure = Some(measure::Measure::new());
                Ok(())
            }),
            ToWorker::Benchmark(id) => self.with_run(id, |run, _| {
                run.begin_benchmark();
                Ok(())
            }),
            ToWorker::StopBenchmark(id) => self.with_run(id, |run, out| {
                run.stop_benchmark(now, out);
                Ok(())
            }),
            ToWorker::Cook { run, ask, recipe, every } => {
                self.with_run(run, |run, _| {
                    run.cook(ask, recipe, every);
                    Ok(())
                });
                self.bring_teachers(run);
            }
            ToWorker::StopRecipe(id) => self.with_run(id, |run, out| {
                run.stop_recipe(now, out);
                Ok(())
            }),
            ToWorker::ExportRecipe { run, form } => self.with_run(run, |run, out| {
                let (name, bytes) = run.recipe_file(form)?;
                out.push(FromWorker::File { run: run.id, name, bytes: Bytes(bytes) });
                Ok(())
            }),
            ToWorker::Sense(id) => self.with_run(id, |run, _| {
                run.wants_sense = true;
                Ok(())
            }),
            ToWorker::Exits(id) => self.with_run(id, |run, _| run.begin_exits()),
            ToWorker::Importance { run, wanted } => self.with_run(run, |run, out| run.ask_importance(wanted, out)),
            ToWorker::Contrast(id) => self.with_run(id, |run, _| run.begin_contrast()),
            ToWorker::Roc(id) => self.with_run(id, |run, _| run.begin_roc()),
            ToWorker::Predict { run, ask, input } => self.with_run(run, |run, out| run.predict(ask, &input.to_vec(), out)),
            ToWorker::Cell { run, actual, predicted, optimized } => self.with_run(run, |run, out| {
                if let Some(pair) = &mut run.pair {
                    let (total, samples) = samples::cell(&run.data, pair, actual, predicted, optimized);
                    out.push(FromWorker::Samples { run: run.id, actual, predicted, total, samples });
                }
                Ok(())
            }),
            ToWorker::Export { run, form } => self.with_run(run, |run, out| {
                let (name, bytes) = export::file(run, form)?;
                out.push(FromWorker::File { run: run.id, name, bytes: Bytes(bytes) });
                Ok(())
            }),
            ToWorker::Table { ask, bytes, pick, columns } => self.take_table(ask, bytes, &pick, &columns),
            ToWorker::NoTable(run) => self.without_file(run),
            ToWorker::Model(bytes) => self.take_model(bytes),
            ToWorker::Keep(run) => self.keep_model(run),
            ToWorker::Look { run, what } => self.with_run(run, |run, _| run.look(what)),
            ToWorker::Lab { run, wish } => self.with_run(run, |run, out| {
                run.ask_lab(wish, now, out);
                Ok(())
            }),
            ToWorker::Trial { run, experiment, trial } => self.begin_trial(run, *experiment, trial),
            ToWorker::Answers(run) => match self.answer(run) {
                Ok(answers) => self.out.push(FromWorker::Late(Late::Answers { run, answers })),
                Err(error) => self.fail(Some(run), error),
            },
            ToWorker::Write { run, ask, wish } => self.with_run(run, |run, out| run.begin_text(ask, &wish, out)),
            ToWorker::Features { run, step, columns } => {
                self.with_run(run, |run, out| super::features::say(run.id, &run.experiment, &run.data, step, columns, out));
            }
            // All others are acted on without the rest.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::catalog::Pick,
        experiment::{FIELDS, PICKS},
    };

    #[test]
    fn what_most_runs_take_needs_nothing_and_all_else_waits() {
        let plain = Experiment::default();
        assert!(needs_nothing(&plain));
        assert!(!needs_nothing(&Experiment { features: vec![Pick::new("pca")], ..plain.clone() }));
        assert!(!needs_nothing(&Experiment { data: Pick::new("penguins"), ..plain.clone() }));
        let first = [
            ("loss", vec!["cross-entropy", "mse"]),
            ("opt", vec!["adam", "adamw", "sgd", "momentum"]),
            ("schedule", vec!["constant", "cosine"]),
            ("init", vec!["he", "he-normal", "xavier", "xavier-normal", "lecun", "lecun-normal", "normal", "zeros"]),
        ];
        for (key, first) in first {
            let field = PICKS.iter().find(|field| field.key == key).unwrap();
            for entry in field.listing.entries {
                let mut experiment = plain.clone();
                (field.set)(&mut experiment, Pick::new(entry.key));
                assert_eq!(needs_nothing(&experiment), first.contains(&entry.key), "{key}={}", entry.key);
            }
        }
        assert!(!needs_nothing(&Experiment { learner: Pick::new("linear"), ..plain.clone() }));
        for key in ["balance", "clip", "clipvalue", "gradnoise", "sam", "distill", "average", "mixup", "shift", "flip", "rotate"] {
            let field = FIELDS.iter().find(|field| field.spec.key == key).unwrap();
            let mut experiment = plain.clone();
            (field.set)(&mut experiment, 1.0);
            assert!(!needs_nothing(&experiment), "{key}");
        }
    }
}
