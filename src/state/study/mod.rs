//! Experiments that are trained again and again on parts of their samples: a cross-validation, a learning curve, a decomposition of the error. What is trained next, how all of it went,
//! and what it says. It knows neither workers nor clock, and whoever drives it may have several on their way at once.

mod bias;
mod folds;
mod sizes;

pub use bias::{Decomposition, decompose};
pub use sizes::Size;

use super::{Task, format};
use crate::{
    engine::{
        data::{Selection, in_time},
        params::{ParamSpec, Scale},
    },
    experiment::Experiment,
    protocol::{Answers, Trial},
};

/// Fewest and most folds, repeats of a learning curve, and bootstrap samples.
pub const FOLDS: (usize, usize) = (2, 50);
/// See [`FOLDS`].
pub const REPEATS: (usize, usize) = (1, 10);
/// See [`FOLDS`].
pub const SAMPLES: (usize, usize) = (2, 200);
/// The same as a page sets them.
pub const NUMBERS: [ParamSpec; 3] = [
    whole(
        "folds",
        "Folds",
        FOLDS,
        5.0,
        teach!(
            "How many parts the samples are dealt into. More leave more to learn from and take longer; as many as samples is leave-one-out."
        ),
    ),
    whole(
        "repeats",
        "Repeats",
        REPEATS,
        3.0,
        teach!(
            "How often each size is trained, with other samples and other first weights. Once shows a curve, several show how far chance moves it."
        ),
    ),
    whole(
        "samples",
        "Bootstrap samples",
        SAMPLES,
        20.0,
        teach!("How many models vote. Few make variance look small; beyond a few dozen the parts hardly move."),
    ),
];
/// Sizes of a learning curve: tenths of the training samples.
const SIZES: usize = 10;

/// A whole number from one to the other end.
const fn whole(key: &'static str, label: &'static str, ends: (usize, usize), first: f64, help: &'static str) -> ParamSpec {
    ParamSpec { key, label, range: (ends.0 as f64, ends.1 as f64), scale: Scale::Integer, default: first, help, ..ParamSpec::NEW }
}

/// What is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A cross-validation. Of windows in time each fold is tested by a model of earlier windows alone ([`Selection::Forward`]).
    Folds {
        /// Folds.
        of: usize,
        /// Samples come to folds in their order; windows in time always do.
        in_order: bool,
    },
    /// A learning curve over the number of training samples.
    Sizes {
        /// How often each size is trained, with other samples and first weights.
        repeats: usize,
    },
    /// Bias and variance.
    Bootstrap {
        /// Bootstrap samples of the training samples.
        samples: usize,
    },
}

/// What became of a piece.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It has not begun.
    Waiting,
    /// It trains; the share that is done, 0 to 1.
    Running(f64),
    /// It is trained, and answers like this.
    Done(Box<Answers>),
    /// It could not be: why.
    Failed(String),
}

/// One training of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// On which samples.
    pub selection: Selection,
    /// Seed of weights and mini-batches.
    pub seed: u64,
    /// What became of it.
    pub fate: Fate,
}

/// A study.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// What it finds out.
    pub kind: Kind,
    /// Its trainings.
    pub pieces: Vec<Piece>,
    /// Seed of the experiment.
    seed: u64,
}

/// Mean and standard deviation (that of what the values are drawn from: divided by one less than there are).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Mean; 0 of no value.
    pub mean: f64,
    /// Standard deviation; 0 of one value.
    pub sd: f64,
}

impl Spread {
    /// Of these.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        Self { mean, sd: if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 } }
    }

    /// "95.3 % ± 1.2 %" of accuracies, "0.410 ± 0.020" of R².
    #[must_use]
    pub fn score(self, task: Task) -> String {
        format!("{} ± {}", task.score(self.mean as f32), task.score(self.sd as f32))
    }

    /// The same of losses.
    #[must_use]
    pub fn loss(self) -> String {
        format!("{} ± {}", format::loss(self.mean), format::loss(self.sd))
    }
}

/// A row of the table of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is of.
    pub name: String,
    /// Samples that it learnt from, and that it was judged on.
    pub train: String,
    /// See `train`.
    pub test: String,
    /// Score on those that it learnt from.
    pub train_score: String,
    /// Score and loss on the others.
    pub score: String,
    /// See `score`.
    pub loss: String,
    /// What becomes of it.
    pub state: String,
}

impl Study {
    /// Of `experiment`, whose seed says which samples come where. Numbers out of their range are brought into it.
    #[must_use]
    pub fn new(kind: Kind, experiment: &Experiment) -> Self {
        let seed = experiment.seed;
        let piece = |selection, seed| Piece { selection, seed, fate: Fate::Waiting };
        let (kind, pieces) = match kind {
            Kind::Folds { of, in_order } => {
                let of = of.clamp(FOLDS.0, FOLDS.1);
                let shuffle = (!in_order).then_some(seed);
                let fold = |at| {
                    if in_time(&experiment.data.key) { Selection::Forward { at, of } } else { Selection::Fold { at, of, shuffle } }
                };
                (Kind::Folds { of, in_order }, (0..of).map(|at| piece(fold(at), seed)).collect())
            }
            Kind::Sizes { repeats } => {
                let repeats = repeats.clamp(REPEATS.0, REPEATS.1);
                let seeds = (0..repeats).map(|i| seed.wrapping_add(i as u64));
                let sizes = |seed| (1..=SIZES).map(move |tenth| piece(Selection::Share { share: tenth as f64 / SIZES as f64, seed }, seed));
                (Kind::Sizes { repeats }, seeds.flat_map(sizes).collect())
            }
            Kind::Bootstrap { samples } => {
                let samples = samples.clamp(SAMPLES.0, SAMPLES.1);
                // Only samples differ: first weights and the order of mini-batches are those of the experiment.
                let draw = |i| piece(Selection::Bootstrap { seed: seed.wrapping_add(i as u64) }, seed);
                (Kind::Bootstrap { samples }, (0..samples).map(draw).collect())
            }
        };
        Self { kind, pieces, seed }
    }

    /// The next to begin; `None` where all have.
    pub fn call(&mut self) -> Option<usize> {
        let at = self.pieces.iter().position(|p| p.fate == Fate::Waiting)?;
        self.pieces[at].fate = Fate::Running(0.0);
        Some(at)
    }

    /// What is trained in a piece, and on which samples.
    #[must_use]
    pub fn trial(&self, at: usize, base: &Experiment) -> (Experiment, Trial) {
        let piece = &self.pieces[at];
        let experiment = Experiment { seed: piece.seed, recipe: Vec::new(), ..base.clone() };
        (experiment, Trial { selection: piece.selection, seed: self.seed })
    }

    /// A piece goes on.
    pub fn progress(&mut self, at: usize, share: f64) {
        if let Fate::Running(done) = &mut self.pieces[at].fate {
            *done = share.clamp(0.0, 1.0);
        }
    }

    /// A piece is trained.
    pub fn tell(&mut self, at: usize, answers: Answers) {
        let finite = answers.test.loss.is_finite() && answers.test.score.is_finite();
        self.pieces[at].fate =
            if finite { Fate::Done(Box::new(answers)) } else { Fate::Failed("its loss left the range of numbers".into()) };
    }

    /// A piece cannot go on.
    pub fn fail(&mut self, at: usize, reason: String) {
        self.pieces[at].fate = Fate::Failed(reason);
    }

    /// Those on their way end, and no other begins.
    pub fn stop(&mut self) {
        for piece in &mut self.pieces {
            if matches!(piece.fate, Fate::Waiting | Fate::Running(_)) {
                piece.fate = Fate::Failed("stopped".into());
            }
        }
    }

    /// Whether all are trained, or never will be.
    #[must_use]
    pub fn over(&self) -> bool {
        self.pieces.iter().all(|p| matches!(p.fate, Fate::Done(_) | Fate::Failed(_)))
    }

    /// The share of the whole study that is done, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let share = |p: &Piece| match p.fate {
            Fate::Waiting => 0.0,
            Fate::Running(share) => share,
            Fate::Done(_) | Fate::Failed(_) => 1.0,
        };
        self.pieces.iter().map(share).sum::<f64>() / self.pieces.len().max(1) as f64
    }

    /// Answers of those that are trained.
    pub fn answers(&self) -> impl Iterator<Item = (&Piece, &Answers)> {
        self.pieces.iter().filter_map(|p| if let Fate::Done(answers) = &p.fate { Some((p, &**answers)) } else { None })
    }

    /// Why one failed, where none is trained: the first reason.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        let reason = |p: &Piece| matches!(p.fate, Fate::Done(_)).then_some(());
        if self.pieces.iter().any(|p| reason(p).is_some()) {
            return None;
        }
        self.pieces.iter().find_map(|p| if let Fate::Failed(reason) = &p.fate { Some(&reason[..]) } else { None })
    }

    /// The table.
    #[must_use]
    pub fn rows(&self, task: Task) -> Vec<Row> {
        match self.kind {
            Kind::Sizes { .. } => self.sizes().iter().map(|size| size.row(task)).collect(),
            _ => self.pieces.iter().enumerate().map(|(at, piece)| piece.row(at, task)).collect(),
        }
    }

    /// What it says, in words; empty while nothing is trained.
    #[must_use]
    pub fn words(&self, task: Task) -> String {
        if let Some(reason) = self.failure().filter(|_| self.over()) {
            return format!("Nothing was trained: {reason}.");
        }
        let failed = self.pieces.iter().filter(|p| matches!(p.fate, Fate::Failed(_))).count();
        let words = match self.kind {
            Kind::Folds { .. } => self.folds_words(task),
            Kind::Sizes { .. } => self.sizes_words(task),
            Kind::Bootstrap { .. } => self.bias_words(task),
        };
        if failed == 0 || words.is_empty() { words } else { format!("{words} {failed} of {} are missing.", self.pieces.len()) }
    }
}

impl Piece {
    fn row(&self, at: usize, task: Task) -> Row {
        let what = if matches!(self.selection, Selection::Fold { .. } | Selection::Forward { .. }) { "Fold" } else { "Sample" };
        let none = || "–".to_string();
        let answers = if let Fate::Done(answers) = &self.fate { Some(&**answers) } else { None };
        let or_none = |say: &dyn Fn(&Answers) -> String| answers.map_or_else(none, say);
        Row {
            name: format!("{what} {}", at + 1),
            train: or_none(&|a| format::count(a.train.samples as u64)),
            test: or_none(&|a| format::count(a.test.samples as u64)),
            train_score: or_none(&|a| task.score(a.train.score)),
            score: or_none(&|a| task.score(a.test.score)),
            loss: or_none(&|a| format::loss(f64::from(a.test.loss))),
            state: match &self.fate {
                Fate::Waiting => "waits".into(),
                Fate::Running(share) => format::percent0(*share),
                Fate::Done(_) => "done".into(),
                Fate::Failed(reason) => reason.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Evaluation;

    pub(super) fn answers(train: f32, test: f32) -> Answers {
        let judged = |score| Evaluation { loss: 1.0 - score, score, mae: None, confusion: vec![1], samples: 40 };
        Answers { train: judged(train), test: judged(test), given: vec![0.0, 1.0], actual: vec![0.0, 0.0] }
    }

    #[test]
    fn a_study_goes_to_its_end_and_says_what_is_missing() {
        let experiment = Experiment { seed: 9, ..Experiment::default() };
        let mut study = Study::new(Kind::Folds { of: 3, in_order: false }, &experiment);
        assert_eq!((study.call(), study.call()), (Some(0), Some(1)));
        let (trained, trial) = study.trial(1, &experiment);
        assert_eq!((trained.seed, trial.seed, trial.selection), (9, 9, Selection::Fold { at: 1, of: 3, shuffle: Some(9) }));
        study.progress(0, 0.5);
        assert!((study.share() - 0.5 / 3.0).abs() < 1e-12 && study.words(Task::Classification).is_empty());
        study.tell(0, answers(1.0, 0.9));
        study.tell(1, answers(0.9, 0.8));
        study.progress(1, 0.1);
        assert_eq!((study.call(), study.over()), (Some(2), false));
        study.fail(2, "why not".into());
        assert!(study.over() && study.share() == 1.0 && study.failure().is_none());
        let words = study.words(Task::Classification);
        assert!(words.contains("85.0\u{a0}% ± 7.1\u{a0}%") && words.contains("1 of 3 are missing"), "{words}");
        let rows = study.rows(Task::Classification);
        assert_eq!((rows.len(), &rows[0].name[..], &rows[2].state[..], &rows[2].score[..]), (3, "Fold 1", "why not", "–"));
    }

    #[test]
    fn folds_of_a_series_go_forward_in_time() {
        for (key, in_order) in [("seattle", false), ("seattle", true), ("sonnets", false)] {
            let experiment = Experiment { data: crate::engine::catalog::Pick::new(key), ..Experiment::default() };
            let mut study = Study::new(Kind::Folds { of: 2, in_order }, &experiment);
            assert_eq!(study.pieces[1].selection, Selection::Forward { at: 1, of: 2 });
            assert!(study.in_time());
            for at in 0..2 {
                study.call();
                study.tell(at, answers(0.9, 0.8));
            }
            let words = study.words(Task::Regression);
            assert!(words.contains("80 windows") && words.contains("later in time") && !words.contains("whole data set"), "{words}");
            assert_eq!(study.rows(Task::Regression)[1].name, "Fold 2");
        }
        assert!(!Study::new(Kind::Folds { of: 2, in_order: true }, &Experiment::default()).in_time());
    }

    #[test]
    fn one_that_was_stopped_or_diverged_says_so() {
        let mut study = Study::new(Kind::Bootstrap { samples: 1 }, &Experiment::default());
        assert_eq!(study.pieces.len(), SAMPLES.0);
        study.call();
        study.tell(0, answers(0.9, f32::NAN));
        study.stop();
        assert!(study.over() && study.call().is_none());
        assert_eq!(study.words(Task::Classification), "Nothing was trained: its loss left the range of numbers.");
        assert_eq!(study.rows(Task::Classification)[1].state, "stopped");
    }

    #[test]
    fn a_spread_is_that_of_a_sample() {
        assert_eq!(Spread::of(&[1.0, 3.0]), Spread { mean: 2.0, sd: 2.0_f64.sqrt() });
        assert_eq!((Spread::of(&[4.0]).sd, Spread::of(&[]).mean), (0.0, 0.0));
    }
}
