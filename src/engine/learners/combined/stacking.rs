//! Stacking: a linear model learns what to make of the answers of others, from answers to samples that they had not seen.

use std::sync::Arc;

use super::{
    MEMBERS, chosen, copy, learners, seed,
    stack::{Stack, answers, heard},
    team::{Job, Team},
};
use crate::engine::{
    catalog::{Entry, Pick},
    error::SpecError,
    learners::{Build, Fit, Learner, Model, Progress, Table, Target, build, linear, linear::constant},
};

pub const ENTRY: Entry<Build> = Entry {
    key: "stacking",
    label: "Stacking",
    help: teach!(
        "A linear model learns how far to trust each of several families, from what they answer to samples held out from them. It is seldom worse than the best member, but every member learns six times, and all are kept."
    ),
    formula: teach!(r"\hat y(x) = g\left( \hat y_1(x), \dots, \hat y_M(x) \right)"),
    source: teach!("Wolpert 1992, Stacked generalization"),
    params: MEMBERS,
    build: |values| Box::new(Stacking { members: chosen(values) }),
};

/// Parts of the samples, each of which is held out once.
const FOLDS: usize = 5;

struct Stacking {
    members: Vec<&'static str>,
}

/// Which part each row is in: of each class as many in every part, rows of a class in order, as scikit-learn does without shuffling.
fn folds(target: &Target, rows: usize) -> Vec<usize> {
    let Target::Classes { of, .. } = target else {
        // Whole stretches, the first ones longer by one.
        let (each, longer) = (rows / FOLDS, rows % FOLDS);
        return (0..FOLDS).flat_map(|fold| std::iter::repeat_n(fold, each + usize::from(fold < longer))).collect();
    };
    // Classes in the order in which they first come.
    let mut seen: Vec<u32> = Vec::new();
    of.iter().for_each(|class| {
        if !seen.contains(class) {
            seen.push(*class);
        }
    });
    let sizes: Vec<usize> = seen.iter().map(|class| of.iter().filter(|c| *c == class).count()).collect();
    // Rows sorted by class, dealt out one by one, say how many of a class go into each part.
    let mut shares = vec![[0; FOLDS]; seen.len()];
    let sorted = sizes.iter().enumerate().flat_map(|(class, size)| std::iter::repeat_n(class, *size));
    sorted.enumerate().for_each(|(at, class)| shares[class][at % FOLDS] += 1);
    let mut parts: Vec<_> = shares.iter().map(|share| (0..FOLDS).flat_map(|fold| std::iter::repeat_n(fold, share[fold]))).collect();
    let place = |class: &u32| seen.iter().position(|c| c == class).unwrap_or(0);
    of.iter().map(|class| parts[place(class)].next().unwrap_or(0)).collect()
}

impl Learner for Stacking {
    fn fit(&self, table: &Arc<Table>, of: u64) -> Result<Box<dyn Fit>, SpecError> {
        table.check()?;
        let members: Vec<Arc<dyn Learner>> = learners(&self.members)?.into_iter().map(Into::into).collect();
        let folds = folds(&table.target, table.rows);
        let job = |fold: Option<usize>, at: usize| {
            // A table of one part has nothing else to learn from.
            let rows =
                fold.map(|fold| (0..table.rows).filter(|row| folds[*row] != fold).collect::<Vec<_>>()).filter(|rows| !rows.is_empty());
            Job { learner: members[at].clone(), rows, seed: seed(of, at) }
        };
        let all = (0..FOLDS).map(Some).chain([None]);
        let jobs: Vec<Job> = all.flat_map(|fold| (0..members.len()).map(move |at| (fold, at))).map(|(fold, at)| job(fold, at)).collect();
        Ok(Box::new(Stacked {
            of: jobs.len() + 1,
            team: Team::new(table, jobs)?,
            table: table.clone(),
            folds,
            count: members.len(),
            members: Vec::new(),
            heard: vec![0.0; table.rows * members.len() * heard(table.outputs())],
            last: None,
            model: Box::new(constant(table)),
            done: 0,
        }))
    }
}

/// A stack under way: members part by part, then on all samples, then the last word.
struct Stacked {
    table: Arc<Table>,
    folds: Vec<usize>,
    team: Team,
    count: usize,
    /// Members of the part that is held out.
    members: Vec<Box<dyn Model>>,
    /// What the last word learns from.
    heard: Vec<f32>,
    last: Option<Box<dyn Fit>>,
    model: Box<dyn Model>,
    done: usize,
    of: usize,
}

impl Stacked {
    /// Takes a member's model, and where all of a part are there what they answer to it.
    fn take(&mut self, member: Box<dyn Model>) -> Result<(), SpecError> {
        self.members.push(member);
        self.done += 1;
        let fold = (self.done - 1) / self.count;
        if self.members.len() < self.count {
            return Ok(());
        }
        if fold < FOLDS {
            let rows: Vec<usize> = (0..self.table.rows).filter(|row| self.folds[*row] == fold).collect();
            let part = self.table.only(&rows);
            let wide = self.heard.len() / self.table.rows;
            let answers = answers(&self.members, &part.inputs, part.rows);
            for (row, answer) in rows.iter().zip(answers.chunks_exact(wide.max(1))) {
                self.heard[row * wide..(row + 1) * wide].copy_from_slice(answer);
            }
            self.members.clear();
            return Ok(());
        }
        let table = Table {
            rows: self.table.rows,
            features: self.heard.len() / self.table.rows,
            inputs: std::mem::take(&mut self.heard),
            target: self.table.target.clone(),
        };
        self.last = Some(build(&Pick::new(linear::ENTRY.key))?.fit(&Arc::new(table), 0)?);
        Ok(())
    }
}

impl Fit for Stacked {
    fn advance(&mut self) -> Progress {
        if let Some(last) = &mut self.last {
            if last.advance().finished {
                let last = copy(last.model());
                self.last = None;
                self.model = Box::new(Stack { members: std::mem::take(&mut self.members), last });
                self.done = self.of;
            }
        } else if let Some(member) = self.team.advance()
            && self.take(member).is_err()
        {
            // What is to be learnt was checked at the beginning.
            self.done = self.of;
        }
        Progress { done: self.done, of: self.of, unit: "members", finished: self.done == self.of }
    }

    fn model(&self) -> &dyn Model {
        self.model.as_ref()
    }
}
