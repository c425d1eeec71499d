//! The search for a recipe that keeps limits of size, score and time: asked for what to try next and told what came of it, it knows neither
//! workers nor clock, and whoever drives it may try many recipes at once.
//!
//! It goes round by round from cheap recipes to dear ones (as successive halving does; Jamieson & Talwalkar 2016, Non-stochastic best arm
//! identification and hyperparameter optimization). What a round showed decides which recipes of the next can still win; since that is decided between rounds alone, the
//! recipes tried do not depend on how many run side by side.

mod list;
mod outcome;
mod words;

pub use list::{Plan, ROUNDS, Removes, list};
pub use outcome::{Judged, Miss, Verdict};
pub use words::Row;

use crate::{experiment::Goal, protocol::Stage};

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This recipe ([`Search::plan`]) is to be carried out.
    Try(usize),
    /// Nothing until more is told of those under way.
    Wait,
    /// This recipe is to be carried out once more, with nothing else at work, and its time told ([`Search::timed`]).
    Time(usize),
    /// There is a [`Verdict`].
    Over,
}

/// What became of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It has not been tried yet.
    Waiting,
    /// It is under way.
    Begun,
    /// It was tried.
    Judged(Judged),
    /// It was left out, for what cheaper ones showed.
    Skipped(Why),
    /// It could not be carried out: an error in words.
    Failed(String),
}

/// Why a recipe was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// One that removes no less is over the limit of bytes.
    TooLarge,
    /// A smaller one keeps all limits.
    Needless,
    /// One that removes no more has lost far too much, though it was trained.
    TooBad,
    /// One with the same kernels is far over the limit of time.
    TooSlow,
}

/// Files of the same recipe with other training differ in length by less than this.
const CODING: f64 = 0.05;
/// A time measured while others run may be so many times that without them.
const LOAD: f64 = 2.0;
/// A trained model that lost more than so many times the limit, and [`HOPELESS_POINTS`] on top, will not be saved by another epoch.
const HOPELESS: f64 = 3.0;
/// See [`HOPELESS`], points.
const HOPELESS_POINTS: f64 = 5.0;
/// So many recipes that were over the limit of time beside others are timed alone.
const MOST_DOUBTFUL: usize = 4;

/// A search under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    goal: Goal,
    plans: Vec<Plan>,
    fates: Vec<Fate>,
    round: usize,
    stopped: bool,
}

impl Search {
    /// A search for a recipe that keeps the limits of `goal`.
    #[must_use]
    pub fn new(goal: Goal) -> Self {
        let plans = list();
        let fates = vec![Fate::Waiting; plans.len()];
        Self { goal, plans, fates, round: 0, stopped: false }
    }

    /// The limits.
    #[must_use]
    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    /// The recipe `id`.
    #[must_use]
    pub fn plan(&self, id: usize) -> &Plan {
        &self.plans[id]
    }

    /// What became of each recipe.
    #[must_use]
    pub fn fates(&self) -> &[Fate] {
        &self.fates
    }

    /// What to do next. A recipe that is given is under way from then on, until it is told of.
    pub fn ask(&mut self) -> Next {
        loop {
            if !self.stopped
                && let Some(id) = (0..self.plans.len()).find(|i| self.plans[*i].round == self.round && self.fates[*i] == Fate::Waiting)
            {
                self.fates[id] = Fate::Begun;
                return Next::Try(id);
            }
            if self.fates.contains(&Fate::Begun) {
                return Next::Wait;
            }
            if self.stopped || self.round + 1 >= ROUNDS {
                return self.to_time().map_or(Next::Over, Next::Time);
            }
            self.round += 1;
            self.narrow();
        }
    }

    /// What came of recipe `id`: its last stage, or an error in words.
    pub fn tell(&mut self, id: usize, came: Result<&Stage, String>) {
        self.fates[id] = match came {
            Ok(stage) => Fate::Judged(Judged::of(stage)),
            Err(reason) => Fate::Failed(reason),
        };
    }

    /// Median time of recipe `id`, carried out alone, ms; an error in words leaves it out.
    pub fn timed(&mut self, id: usize, came: Result<&Stage, String>) {
        match (came, &mut self.fates[id]) {
            (Ok(stage), Fate::Judged(judged)) => judged.alone = Some((stage.timing.p50, stage.baseline.p50)),
            (Ok(_), _) => {}
            (Err(reason), fate) => *fate = Fate::Failed(reason),
        }
    }

    /// No further recipe is begun; those that were are no longer waited for.
    pub fn stop(&mut self) {
        self.stopped = true;
        for fate in self.fates.iter_mut().filter(|f| **f == Fate::Begun) {
            *fate = Fate::Waiting;
        }
    }

    /// Share of the list that is settled, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let open = self.fates.iter().filter(|f| matches!(f, Fate::Waiting | Fate::Begun)).count();
        1.0 - open as f64 / self.plans.len() as f64
    }

    /// Recipes that were tried, with what came of them.
    pub fn judged(&self) -> impl Iterator<Item = (usize, &Judged)> {
        self.fates.iter().enumerate().filter_map(|(id, fate)| if let Fate::Judged(judged) = fate { Some((id, judged)) } else { None })
    }

    /// Score of the trained model, once that is known.
    #[must_use]
    pub fn baseline(&self) -> Option<&Judged> {
        self.judged().next().filter(|(id, _)| *id == 0).map(|(_, judged)| judged)
    }

    /// Points that were lost.
    #[must_use]
    pub fn drop(&self, judged: &Judged) -> f64 {
        self.baseline().map_or(0.0, |b| (f64::from(b.score) - f64::from(judged.score)) * 100.0)
    }

    /// Whether bytes and score keep their limits.
    fn keeps_size_and_score(&self, judged: &Judged) -> bool {
        let Goal { kb, drop, .. } = self.goal;
        self.baseline().is_some() && (kb == 0.0 || judged.kb() <= kb) && (drop == 0.0 || self.drop(judged) <= drop)
    }

    /// Whether all limits are kept for certain: of time, only what was measured alone counts.
    fn keeps(&self, judged: &Judged) -> bool {
        let ms = self.goal.ms;
        self.keeps_size_and_score(judged) && (ms == 0.0 || judged.alone.is_some_and(|(own, _)| own <= ms))
    }

    /// Whether the time may keep its limit, as far as that is known.
    fn may_keep_time(&self, judged: &Judged) -> bool {
        let ms = self.goal.ms;
        ms == 0.0 || judged.alone.map_or(judged.ms <= LOAD * ms, |(own, _)| own <= ms)
    }

    /// Recipes that keep size and score and may keep the time, the smallest first.
    fn candidates(&self) -> Vec<usize> {
        let mut ids: Vec<usize> =
            self.judged().filter(|(_, j)| self.keeps_size_and_score(j) && self.may_keep_time(j)).map(|(id, _)| id).collect();
        crate::order::sort(&mut ids, &|a, b| self.before(a, b));
        ids
    }

    /// The smaller first; of equally small ones the better.
    fn before(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let score = |id: usize| if let Fate::Judged(judged) = &self.fates[id] { judged.score } else { f32::NEG_INFINITY };
        self.bytes(a).cmp(&self.bytes(b)).then(score(b).total_cmp(&score(a))).then(a.cmp(&b))
    }

    /// Length of the file of a recipe that was tried; of others the largest number.
    fn bytes(&self, id: usize) -> u64 {
        if let Fate::Judged(judged) = &self.fates[id] { judged.bytes } else { u64::MAX }
    }

    /// The recipe whose time decides who wins: the smallest whose time is open. Those that were too slow beside others get a few chances.
    fn to_time(&self) -> Option<usize> {
        let ms = self.goal.ms;
        let doubtful = |j: &Judged| ms > 0.0 && j.ms > ms;
        let chances = MOST_DOUBTFUL.saturating_sub(self.judged().filter(|(_, j)| j.alone.is_some() && doubtful(j)).count());
        for id in self.candidates() {
            let Fate::Judged(judged) = &self.fates[id] else { continue };
            if judged.alone.is_some() {
                return None;
            }
            if !doubtful(judged) || chances > 0 {
                return Some(id);
            }
        }
        None
    }

    /// Leaves out what can no longer win.
    fn narrow(&mut self) {
        // Of time, a measurement under load decides here: it can only be longer than that without.
        let winner = self.judged().filter(|(_, j)| self.keeps_size_and_score(j) && (self.goal.ms == 0.0 || j.ms <= self.goal.ms));
        let best = winner.map(|(_, j)| j.bytes).min();
        for id in 0..self.plans.len() {
            if self.plans[id].round == self.round
                && self.fates[id] == Fate::Waiting
                && let Some(why) = self.hopeless(&self.plans[id], best)
            {
                self.fates[id] = Fate::Skipped(why);
            }
        }
    }

    fn hopeless(&self, plan: &Plan, best: Option<u64>) -> Option<Why> {
        let Goal { kb, drop, ms, .. } = self.goal;
        for (id, judged) in self.judged() {
            let other = &self.plans[id];
            if other.is_at_least_as_small_as(plan) {
                let least = judged.bytes as f64 * (1.0 - CODING);
                if kb > 0.0 && least > kb * 1000.0 {
                    return Some(Why::TooLarge);
                }
                if best.is_some_and(|best| least >= best as f64) {
                    return Some(Why::Needless);
                }
            }
            let same_kernels = (other.removes, other.share, other.bits, other.shared) == (plan.removes, plan.share, plan.bits, plan.shared);
            if same_kernels && ms > 0.0 && judged.ms > LOAD * ms && other.recipe.iter().any(|p| p.params.contains_key("act")) {
                return Some(Why::TooSlow);
            }
            let trained = other.round >= 2 && plan.is_at_least_as_small_as(other);
            if trained && drop > 0.0 && self.drop(judged) > HOPELESS * drop + HOPELESS_POINTS {
                return Some(Why::TooBad);
            }
        }
        None
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
