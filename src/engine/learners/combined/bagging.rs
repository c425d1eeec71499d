//! Bagging: the same learner on samples drawn anew, averaged.

use std::sync::Arc;

use super::{
    average::Average,
    learners, seed,
    team::{Job, Team},
};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    learners::{Build, Fit, Learner, Model, Progress, Table, linear::constant},
    params::{ParamSpec, Scale, Word},
    rng::Rng,
};

pub const ENTRY: Entry<Build> = Entry {
    key: "bagging",
    label: "Bagging",
    help: teach!(
        "Lets one family learn many times, each time from samples drawn anew, and averages the answers. It steadies what a few other samples would change, as deep trees; what is steady by itself it only makes larger."
    ),
    formula: teach!(r"\hat y(x) = \frac{1}{B} \sum_{b=1}^{B} \hat y_{S_b}(x),\quad S_b \sim S"),
    source: teach!("Breiman 1996, Bagging predictors"),
    params: &[MEMBER, N_ESTIMATORS, MAX_SAMPLES],
    build: |values| {
        Box::new(Bagging {
            family: FAMILIES[values.usize(&MEMBER)].key,
            members: values.usize(&N_ESTIMATORS),
            share: values.get(&MAX_SAMPLES),
        })
    },
};

const FAMILIES: &[Word] = &[
    Word { key: "tree", label: "Decision tree" },
    Word { key: "linear", label: "Linear / logistic" },
    Word { key: "knn", label: "k-nearest neighbours" },
    Word { key: "svm", label: "Support vector machine" },
];

const MEMBER: ParamSpec = ParamSpec {
    key: "member",
    label: "Member",
    range: (0.0, 3.0),
    scale: Scale::Choice(FAMILIES),
    default: 0.0,
    help: teach!(
        "Who learns each time, with the settings that it has by itself. Trees gain most, because a few other samples change them most; linear models gain next to nothing."
    ),
    ..ParamSpec::NEW
};

const N_ESTIMATORS: ParamSpec = ParamSpec {
    key: "n-estimators",
    label: "Members",
    range: (1.0, 100.0),
    scale: Scale::Integer,
    default: 10.0,
    help: teach!(
        "How many models are averaged. Each more makes answers steadier by less and less, while size and time grow with their number."
    ),
    ..ParamSpec::NEW
};

const MAX_SAMPLES: ParamSpec = ParamSpec {
    key: "max-samples",
    label: "Samples per member",
    range: (0.05, 1.0),
    default: 1.0,
    help: teach!(
        "How many samples each member draws, as a share of all, with replacement. At 1 about two thirds of all come up; small shares make members differ more, and each weaker."
    ),
    ..ParamSpec::NEW
};

struct Bagging {
    family: &'static str,
    members: usize,
    share: f64,
}

/// Streams of the seed: one per member for its samples.
const SAMPLES: u64 = 19 << 32;

impl Learner for Bagging {
    fn fit(&self, table: &Arc<Table>, of: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        let learner: Arc<dyn Learner> = learners(&[self.family])?.remove(0).into();
        let count = ((table.rows as f64 * self.share) as usize).max(1);
        let jobs = (0..self.members).map(|at| {
            let mut rng = Rng::new(of, SAMPLES + at as u64);
            let rows = (0..count).map(|_| rng.below(table.rows as u32) as usize).collect();
            Job { learner: learner.clone(), rows: Some(rows), seed: seed(of, at) }
        });
        Ok(Box::new(Averaging::new(table, jobs.collect())?))
    }
}

/// Models that come one after the other, averaged.
pub struct Averaging {
    team: Team,
    model: Average,
    done: usize,
    of: usize,
}

impl Averaging {
    /// Errors: a learner that cannot take the table's targets.
    pub fn new(table: &Arc<Table>, jobs: Vec<Job>) -> Result<Self, SpecError> {
        let of = jobs.len();
        Ok(Self { team: Team::new(table, jobs)?, model: Average::of(Box::new(constant(table))), done: 0, of })
    }
}

impl Fit for Averaging {
    fn advance(&mut self) -> Progress {
        if let Some(member) = self.team.advance() {
            if self.done == 0 {
                self.model.members.clear();
            }
            self.model.members.push(member);
            self.done += 1;
        }
        Progress { done: self.done, of: self.of, unit: "members", finished: self.team.finished() }
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}
