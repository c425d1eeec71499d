//! Which of the models tried to take, and why.

use std::sync::Arc;

use crate::{
    experiment::{Compress, Experiment},
    state::{Task, Tried, format},
};

/// How much score a recommended model may cost: one point of accuracy, or 0.01 of R².
pub const TOLERANCE: f32 = 0.01;
/// Differences in single precision.
const ROUNDING: f32 = 1e-6;

/// What to take among everything tried on one data set.
#[derive(Clone, Debug, PartialEq)]
pub enum Recommended {
    /// Nothing has been compared on this data.
    Unknown,
    /// The smallest model that keeps the score.
    Take {
        /// Its place in the list.
        at: usize,
        /// Why, in a sentence.
        why: String,
    },
    /// No model qualifies.
    Nothing {
        /// Why not, and what to try, in plain words.
        why: String,
        /// What to try, ready to be opened; `None` where it has been tried.
        next: Option<Arc<Experiment>>,
    },
}

/// The smallest compressed model of the data of `here` whose score lies within [`TOLERANCE`] of the best fp32 model's.
#[must_use]
pub fn recommend(list: &[Tried], here: &Experiment) -> Recommended {
    let judged = |t: &&(usize, &Tried)| t.1.score.is_finite() && t.1.compares(here);
    let all: Vec<(usize, &Tried)> = list.iter().enumerate().collect();
    let best = all.iter().filter(judged).filter(|t| t.1.baseline).max_by(|a, b| a.1.score.total_cmp(&b.1.score));
    let Some((_, best)) = best else { return Recommended::Unknown };
    // Several models that are asked together are nothing to hand out.
    let small: Vec<_> = all.iter().filter(judged).filter(|t| !t.1.baseline && t.1.together == 0 && t.1.bytes < best.bytes).collect();
    let kept = small.iter().filter(|t| t.1.score >= best.score - TOLERANCE - ROUNDING);
    // Of equally small ones the better one.
    match kept.min_by(|a, b| a.1.bytes.cmp(&b.1.bytes).then(b.1.score.total_cmp(&a.1.score))) {
        Some((at, pick)) => Recommended::Take { at: *at, why: reason(pick, best, small.len()) },
        None => nothing(list, best, small.iter().map(|t| t.1)),
    }
}

fn reason(pick: &Tried, best: &Tried, tried: usize) -> String {
    let task = best.task;
    let speed = match (pick.fp32_ms, pick.ms) {
        (Some(fp32), Some(ms)) => format!(", and {} than its own fp32 form", format::speed(fp32, ms)),
        _ => String::new(),
    };
    // "Same speed" is no comparison.
    let speed = if speed.contains("same speed") { ", at the speed of its own fp32 form".into() } else { speed };
    let among =
        if tried == 1 { "The one small model tried so far; it".into() } else { format!("The smallest of {tried} models tried that") };
    format!(
        "{among} stays within {} of the best fp32 model: {} against {}, in {} instead of {}{speed}.",
        tolerance(task),
        task.score(pick.score),
        task.score(best.score),
        format::bytes(pick.bytes),
        format::bytes(best.bytes),
    )
}

fn nothing<'a>(list: &[Tried], best: &Tried, small: impl Iterator<Item = &'a Tried>) -> Recommended {
    let task = best.task;
    let gentle = Compress { sparsity: 0.0, during: 0, bits: 1, activation_bits: 0, ..Compress::default() };
    let next = Arc::new(Experiment { compress: gentle, ..Experiment::clone(&best.experiment) });
    let new = !list.iter().any(|t| t.experiment == next);
    let so_far = match small.max_by(|a, b| a.score.total_cmp(&b.score)) {
        None => format!("Nothing smaller than the fp32 model ({}) has been tried on this data yet.", task.score(best.score)),
        Some(near) => format!(
            "No small model tried so far stays within {} of the best fp32 model ({}); the nearest, {}, has {}.",
            tolerance(task),
            task.score(best.score),
            near.label,
            task.score(near.score)
        ),
    };
    let advice = if new { "Try 8-bit weights without pruning: almost free." } else { "Train longer, prune less, or spend more bits." };
    Recommended::Nothing { why: format!("{so_far} {advice}"), next: new.then_some(next) }
}

fn tolerance(task: Task) -> &'static str {
    match task {
        Task::Classification => "1 point",
        Task::Regression => "0.01 R²",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::catalog::Pick, state::tried::tests::tried};

    fn baseline(score: f32, bytes: u64, change: impl Fn(&mut Experiment)) -> Tried {
        Tried { baseline: true, ..tried(score, bytes, change) }
    }

    fn bits(bits: usize) -> impl Fn(&mut Experiment) {
        move |e| e.compress.bits = bits
    }

    #[test]
    fn the_smallest_that_keeps_the_score_is_taken_and_says_why() {
        let circle = |e: &mut Experiment| e.data = Pick::new("circle");
        let list = [
            baseline(0.95, 1000, bits(0)),
            tried(0.94, 125, bits(4)),
            tried(0.945, 125, bits(5)),
            tried(0.93, 60, bits(6)),
            tried(0.95, 250, bits(1)),
            tried(0.99, 2000, bits(2)),
            baseline(1.0, 90, circle),
            tried(1.0, 10, circle),
        ];
        let Recommended::Take { at, why } = recommend(&list, &Experiment::default()) else { panic!("one qualifies") };
        assert_eq!(at, 2, "of equally small ones the better one");
        let why = why.replace('\u{a0}', " ");
        assert_eq!(
            why,
            "The smallest of 4 models tried that stays within 1 point of the best fp32 model: 94.5 % against 95.0 %, in 125 B instead of 1.00 kB."
        );
        assert!(
            matches!(recommend(&list[..2], &Experiment::default()), Recommended::Take { at: 1, .. }),
            "exactly one point is within one"
        );
        let timed = [list[0].clone(), Tried { ms: Some(0.5), fp32_ms: Some(1.0), ..list[1].clone() }];
        let Recommended::Take { why, .. } = recommend(&timed, &Experiment::default()) else { panic!("it qualifies") };
        assert!(why.contains("2.0×\u{a0}faster than its own fp32 form"), "{why}");
    }

    #[test]
    fn where_nothing_qualifies_there_is_something_to_try() {
        let here = Experiment::default();
        assert_eq!(recommend(&[], &here), Recommended::Unknown);
        let mut list = vec![baseline(0.95, 1000, bits(0))];
        let Recommended::Nothing { why, next: Some(next) } = recommend(&list, &here) else { panic!("nothing small was tried") };
        assert!(why.starts_with("Nothing smaller"), "{why}");
        assert_eq!((next.compress.bits, next.compress.sparsity), (1, 0.0));
        list.push(tried(0.8, 60, bits(7)));
        let Recommended::Nothing { why, next } = recommend(&list, &here) else { panic!("too bad a score") };
        assert!(why.contains("the nearest, 0.8 60, has 80.0") && next.is_some(), "{why}");
        list.push(Tried { experiment: next.expect("not tried yet"), ..tried(0.93, 250, |_| {}) });
        let Recommended::Nothing { why, next: None } = recommend(&list, &here) else { panic!("that did not help") };
        assert!(why.ends_with("spend more bits."), "{why}");
        list.push(Tried { together: 3, ..tried(0.96, 30, |_| {}) });
        assert!(matches!(recommend(&list, &here), Recommended::Nothing { .. }), "an ensemble is no model to hand out");
    }

    #[test]
    fn regressions_are_held_to_a_hundredth_of_r2() {
        let r2 = |t: Tried| Tried { task: Task::Regression, ..t };
        let list = [r2(baseline(0.41, 1000, bits(0))), r2(tried(0.405, 125, bits(4))), r2(tried(0.39, 60, bits(7)))];
        let Recommended::Take { at: 1, why } = recommend(&list, &Experiment::default()) else { panic!("one qualifies") };
        assert!(why.contains("within 0.01 R² of the best fp32 model: 0.405 against 0.410"), "{why}");
    }
}
