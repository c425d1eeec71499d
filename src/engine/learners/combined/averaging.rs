//! Voting: different families, averaged.

use std::sync::Arc;

use super::{MEMBERS, bagging::Averaging, chosen, learners, seed, team::Job};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    learners::{Build, Fit, Learner, Table},
};

pub const ENTRY: Entry<Build> = Entry {
    key: "averaging",
    label: "Voting (averaging)",
    help: teach!(
        "Averages what different families answer. It is better than each of them where they go wrong on different samples, and no better than the best where one is far ahead."
    ),
    formula: teach!(r"\hat y(x) = \frac{1}{M} \sum_{m=1}^{M} \hat y_m(x)"),
    source: teach!("Kittler et al. 1998, On combining classifiers"),
    params: MEMBERS,
    build: |values| Box::new(Voting { members: chosen(values) }),
};

struct Voting {
    members: Vec<&'static str>,
}

impl Learner for Voting {
    fn fit(&self, table: &Arc<Table>, of: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        let members = learners(&self.members)?.into_iter().enumerate();
        let jobs = members.map(|(at, learner)| Job { learner: learner.into(), rows: None, seed: seed(of, at) });
        Ok(Box::new(Averaging::new(table, jobs.collect())?))
    }
}
