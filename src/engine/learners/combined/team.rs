//! Several learners one after the other.

use std::{collections::VecDeque, sync::Arc};

use super::copy;
use crate::engine::{
    error::SpecError,
    learners::{Fit, Learner, Model, Table},
};

/// Who is to learn, from which rows, and with which seed.
pub struct Job {
    pub learner: Arc<dyn Learner>,
    /// Rows of the table; `None` for all of them.
    pub rows: Option<Vec<usize>>,
    pub seed: u64,
}

/// Jobs under way.
pub struct Team {
    table: Arc<Table>,
    jobs: VecDeque<Job>,
    current: Option<Box<dyn Fit>>,
}

impl Team {
    /// Errors: a learner that cannot take the table's targets.
    pub fn new(table: &Arc<Table>, jobs: Vec<Job>) -> Result<Self, SpecError> {
        // Whoever refuses does so at once; each family is asked once.
        let mut asked: Vec<&Arc<dyn Learner>> = Vec::new();
        for job in &jobs {
            if !asked.iter().any(|other| Arc::ptr_eq(other, &job.learner)) {
                job.learner.fit(&Arc::new(table.only(&[0])), job.seed)?;
                asked.push(&job.learner);
            }
        }
        Ok(Self { table: table.clone(), jobs: jobs.into(), current: None })
    }

    /// Does a piece of work. A model that is finished is given away.
    pub fn advance(&mut self) -> Option<Box<dyn Model>> {
        let mut fit = match self.current.take() {
            Some(fit) => fit,
            None => {
                let job = self.jobs.pop_front()?;
                let table = job.rows.map_or_else(|| self.table.clone(), |rows| Arc::new(self.table.only(&rows)));
                // Refusals were heard in `new`.
                job.learner.fit(&table, job.seed).ok()?
            }
        };
        if fit.advance().finished {
            return Some(copy(fit.model()));
        }
        self.current = Some(fit);
        None
    }

    /// Whether there is nothing left to do.
    pub fn finished(&self) -> bool {
        self.current.is_none() && self.jobs.is_empty()
    }
}
