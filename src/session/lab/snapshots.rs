//! A snapshot ensemble (Huang et al. 2017): a copy is trained by a schedule with warm restarts, its weights are kept at the end of each cycle, and the last of them
//! are asked together.

use super::{Bench, Work};
use crate::{
    engine::{
        artifact,
        data::{Dataset, Task},
        error::SpecError,
        inference::Runner,
        losses::Loss,
        packed::PackedModel,
        schedules,
        train::{Score, Trainer, mean_answers},
    },
    experiment::link,
    protocol::{LabNews, Member, Snapshots, Together},
    session::{
        build,
        clock::Clock,
        evaluate::{self, Judge, Judged},
        export,
        latency::Duel,
    },
};

/// Most members.
pub(super) const MOST: usize = 10;
/// Training between two looks at the clock, ms.
const SLICE_MS: f64 = 5.0;
/// Time for the latency, ms per side.
const LATENCY_MS: f64 = 60.0;

/// Under way.
pub(super) struct Cycles {
    trainer: Trainer,
    loss: Box<dyn Loss>,
    /// Epochs at which the cycles end whose weights are kept.
    ends: Vec<u32>,
    /// The models of the ends so far, and the bytes of their files.
    members: Vec<(PackedModel, u64)>,
    meta: String,
    stage: Stage,
    found: Snapshots,
}

enum Stage {
    Train,
    /// The members from here on are judged one by one, so many of them done.
    Alone(Committee, Judge),
    /// So many of the last together.
    Together(Committee, Judge),
    Latency(Box<[Committee; 2]>, Duel),
}

/// Models whose answers are averaged: classes by their probabilities, numbers as they are.
struct Committee {
    runners: Vec<Runner>,
    task: Task,
    answers: Vec<Vec<f32>>,
    said: Vec<f32>,
}

impl Committee {
    fn of<'a>(models: impl Iterator<Item = &'a PackedModel>, task: &Task) -> Result<Self, SpecError> {
        let runners = models.map(Runner::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { answers: vec![Vec::new(); runners.len()], runners, task: task.clone(), said: Vec::new() })
    }
}

impl Judged for Committee {
    fn run<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        for (runner, answer) in self.runners.iter_mut().zip(&mut self.answers) {
            answer.clear();
            answer.extend_from_slice(runner.run(x, batch));
        }
        self.said.clear();
        let answers: Vec<&[f32]> = self.answers.iter().map(|a| &a[..]).collect();
        mean_answers(&self.task, &answers, 1.0, &mut self.said);
        &self.said
    }
}

impl Cycles {
    /// The last `members` cycles of the experiment's schedule. Errors: a schedule without restarts, no cycle that ends in time, a number of members out of its range, and
    /// whatever else of the experiment cannot be used.
    pub fn new(members: usize, bench: &Bench<'_>) -> Result<Self, SpecError> {
        let experiment = bench.experiment;
        let refused = |field: &str, reason: String| SpecError::Incompatible { field: field.into(), reason };
        if !(1..=MOST).contains(&members) {
            return Err(refused("members", format!("an ensemble has 1 to {MOST} members")));
        }
        let epochs = experiment.train.epochs;
        let Some(mut ends) = schedules::cycle_ends(&experiment.schedule, epochs)? else {
            return Err(refused("schedule", "snapshots are taken where cycles end: choose cosine with warm restarts".into()));
        };
        if ends.is_empty() {
            return Err(refused("schedule", format!("no cycle ends within {epochs} epochs: take shorter cycles, or train longer")));
        }
        ends.drain(..ends.len().saturating_sub(members));
        Ok(Self {
            trainer: build::trainer(experiment, bench.data)?,
            loss: build::loss(experiment, bench.data)?,
            ends,
            members: Vec::new(),
            meta: export::meta(bench.data, &link::encode(&experiment.without_goal())),
            stage: Stage::Train,
            found: Snapshots { samples: bench.data.test.len, experiment: Box::new(experiment.without_goal()), ..Snapshots::default() },
        })
    }

    /// Trains for a while, up to the next end of a cycle at most. True at the last of them. Errors: the loss has left the range of numbers.
    fn train(&mut self, data: &Dataset, clock: &dyn Clock) -> Result<bool, SpecError> {
        let began = clock.now();
        loop {
            if let Some(report) = self.trainer.advance(&data.train, &mut Score::default()) {
                if !report.loss.is_finite() {
                    let reason = "training diverges, and there is nothing to ask: lower it".into();
                    return Err(SpecError::Incompatible { field: "lr".into(), reason });
                }
                let epoch = self.trainer.epoch(data.train.len);
                if report.epoch_done && self.ends.get(self.members.len()).is_some_and(|end| f64::from(*end) <= epoch) {
                    let model = PackedModel::dense(&self.trainer.network, self.trainer.weights());
                    let bytes = artifact::size(artifact::Form::Dense, &model, &model, &self.meta).bytes;
                    self.members.push((model, bytes));
                    self.found.step = self.trainer.step_count();
                    return Ok(self.members.len() == self.ends.len());
                }
            }
            if clock.now() - began >= SLICE_MS {
                return Ok(false);
            }
        }
    }

    /// The models of some members.
    fn committee(&self, which: std::ops::Range<usize>, task: &Task) -> Result<Committee, SpecError> {
        Committee::of(self.members[which].iter().map(|(model, _)| model), task)
    }

    /// Judges a slice of the test samples; what comes next once all are through.
    fn judge(&mut self, data: &Dataset) -> Result<Option<Stage>, SpecError> {
        let (chunk, all) = (evaluate::chunk(&self.trainer.network), self.members.len());
        let (Stage::Alone(committee, judge) | Stage::Together(committee, judge)) = &mut self.stage else { return Ok(None) };
        let chunk = chunk.div_ceil(committee.runners.len());
        if !judge.advance(data, self.loss.as_ref(), committee, chunk) {
            return Ok(None);
        }
        let judged = judge.result(&data.task);
        if matches!(self.stage, Stage::Alone(..)) {
            let at = self.found.members.len();
            self.found.members.push(Member { epoch: self.ends[at], loss: judged.loss, score: judged.score });
            return Ok(Some(if at + 1 < all {
                Stage::Alone(self.committee(at + 1..at + 2, &data.task)?, Judge::default())
            } else {
                Stage::Together(self.committee(all - 1..all, &data.task)?, Judge::default())
            }));
        }
        let members = self.found.together.len() + 1;
        let bytes = self.members[all - members..].iter().map(|(_, bytes)| bytes).sum();
        self.found.together.push(Together { members, loss: judged.loss, score: judged.score, bytes });
        Ok(Some(if members < all {
            Stage::Together(self.committee(all - members - 1..all, &data.task)?, Judge::default())
        } else {
            let sides = [self.committee(all - 1..all, &data.task)?, self.committee(0..all, &data.task)?];
            Stage::Latency(Box::new(sides), Duel::new(1, LATENCY_MS))
        }))
    }
}

impl Work for Cycles {
    fn advance(&mut self, bench: &Bench<'_>, clock: &dyn Clock) -> Result<bool, SpecError> {
        let data = bench.data;
        match &mut self.stage {
            Stage::Train => {
                let done = self.train(data, clock)?;
                let last = self.ends.last().map_or(1.0, |end| f64::from(*end));
                // Judging is the rest.
                self.found.share = (0.9 * self.trainer.epoch(data.train.len) / last).min(0.9) as f32;
                if done {
                    self.stage = Stage::Alone(self.committee(0..1, &data.task)?, Judge::default());
                }
            }
            Stage::Alone(..) | Stage::Together(..) => {
                if let Some(next) = self.judge(data)? {
                    self.stage = next;
                }
            }
            Stage::Latency(sides, duel) => {
                let x = &data.test.inputs[..data.shape.len()];
                let call = |side: usize| {
                    std::hint::black_box(sides[side].run(x, 1));
                };
                if duel.advance(clock, call) {
                    self.found.latency = Some(duel.timings());
                    (self.found.share, self.found.done) = (1.0, true);
                }
            }
        }
        Ok(self.found.done)
    }

    fn news(&self) -> LabNews {
        LabNews::Snapshots(self.found.clone())
    }
}
