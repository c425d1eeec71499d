//! What came of a search: the recipes that nothing beats, the one to take, or what the nearest one lacks.

use super::{Fate, Search};
use crate::protocol::Stage;

/// A recipe that was tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Accuracy or R² on the samples to choose by: those held out for validation, or all test samples where none are.
    pub score: f32,
    /// The same on all test samples, for the verdict alone.
    pub test: f32,
    /// How many samples are held out; 0 where the test samples choose.
    pub held_out: usize,
    /// Length of the file.
    pub bytes: u64,
    /// Median of one sample while others may have been at work, ms.
    pub ms: f64,
    /// The trained model in fp32, measured in turn with that.
    pub baseline_ms: f64,
    /// The same two with nothing else at work, once that was measured.
    pub alone: Option<(f64, f64)>,
}

impl Judged {
    pub(super) fn of(stage: &Stage) -> Self {
        let by = stage.validation.as_ref();
        let (score, held_out) = by.map_or((stage.evaluation.score, 0), |found| (found.score, found.samples));
        Self {
            score,
            test: stage.evaluation.score,
            held_out,
            bytes: stage.bytes(),
            ms: stage.timing.p50,
            baseline_ms: stage.baseline.p50,
            alone: None,
        }
    }

    /// Length of the file in thousands of bytes.
    #[must_use]
    pub fn kb(&self) -> f64 {
        self.bytes as f64 / 1000.0
    }
}

/// What came of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The smallest model that keeps all limits.
    Found(usize),
    /// No recipe keeps them: the nearest one, and by how much it misses each.
    Missed(Miss),
    /// Nothing was tried.
    Nothing,
}

/// By how much a recipe misses limits; 0 for those that it keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Miss {
    /// The recipe.
    pub id: usize,
    /// Too many bytes, kB.
    pub kb: f64,
    /// Too many points lost.
    pub points: f64,
    /// Too many ms. Where it was not measured alone, this is what was measured beside others.
    pub ms: f64,
}

impl Search {
    /// What is to be taken, of all that was tried so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let smallest = self.judged().filter(|(_, j)| self.keeps(j)).map(|(id, _)| id).min_by(|a, b| self.before(*a, *b));
        if let Some(id) = smallest {
            return Verdict::Found(id);
        }
        let misses = self.judged().map(|(id, j)| self.miss(id, j));
        misses.min_by(|a, b| self.far(a).total_cmp(&self.far(b)).then(a.id.cmp(&b.id))).map_or(Verdict::Nothing, Verdict::Missed)
    }

    fn miss(&self, id: usize, judged: &Judged) -> Miss {
        let over = |value: f64, limit: f64| if limit > 0.0 { (value - limit).max(0.0) } else { 0.0 };
        let goal = self.goal();
        Miss {
            id,
            kb: over(judged.kb(), goal.kb),
            points: over(self.drop(judged), goal.drop),
            ms: over(judged.alone.map_or(judged.ms, |(own, _)| own), goal.ms),
        }
    }

    /// How far from its limits a recipe is, all three in shares of them.
    fn far(&self, miss: &Miss) -> f64 {
        let goal = self.goal();
        let share = |over: f64, limit: f64| if limit > 0.0 { over / limit } else { 0.0 };
        share(miss.kb, goal.kb) + share(miss.points, goal.drop) + share(miss.ms, goal.ms)
    }

    /// Recipes that no other beats in both bytes and score, the smallest first.
    #[must_use]
    pub fn front(&self) -> Vec<usize> {
        let mut ids: Vec<usize> = self.judged().filter(|(_, j)| j.score.is_finite()).map(|(id, _)| id).collect();
        let score = |id: usize| if let Fate::Judged(judged) = &self.fates()[id] { judged.score } else { f32::NEG_INFINITY };
        crate::order::sort(&mut ids, &|a, b| self.before(a, b));
        let mut best = f32::NEG_INFINITY;
        ids.retain(|id| {
            let better = score(*id) > best;
            best = best.max(score(*id));
            better
        });
        ids
    }
}
