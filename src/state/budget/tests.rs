use std::collections::BTreeMap;

use super::*;
use crate::{
    protocol::{Evaluation, Form, FormSize, Timing},
    state::Task,
};

fn stage(score: f32, bytes: u64, ms: f64) -> Stage {
    let timing = |p50| Timing { batch: 1, p50, p95: p50, calls: 100 };
    Stage {
        step: 1,
        evaluation: Evaluation { loss: 0.0, score, mae: None, confusion: Vec::new(), samples: 1000 },
        validation: None,
        sizes: vec![FormSize { form: Form::Packed, bytes, payload: bytes }],
        best: Form::Packed,
        params: 0,
        sparsity: 0.0,
        macs: 0,
        baseline: timing(0.1),
        timing: timing(ms),
        kernels: Vec::new(),
        notes: Vec::new(),
        took: 0.0,
    }
}

/// A world in which fewer bits and fewer weights cost some score, of which training brings most back.
fn world(plan: &Plan) -> Stage {
    let left = 1.0 - plan.share;
    let bytes = (200_000.0 * f64::from(plan.bits) / 32.0 * left.max(0.02)) as u64 + 300;
    let rounding = 0.4 / f64::from(1u32 << plan.bits.min(12));
    let removal = plan.share * plan.share * if plan.removes == Removes::Units { 0.3 } else { 0.15 };
    let healed = [1.0, 1.0, 0.4, 0.15][plan.round];
    let ms = if plan.removes == Removes::Units { 0.1 * left } else { 0.08 };
    stage((0.95 - (rounding + removal) * healed) as f32, bytes, ms)
}

/// Carries a search out, so many recipes at once.
fn run(goal: Goal, jobs: usize, world: impl Fn(&Plan) -> Stage) -> Search {
    let mut search = Search::new(goal);
    let mut under_way = Vec::new();
    for _ in 0..1000 {
        match search.ask() {
            Next::Try(id) => {
                under_way.push(id);
                if under_way.len() == jobs {
                    // The last one is done first.
                    let id = under_way.pop().unwrap();
                    search.tell(id, Ok(&world(search.plan(id))));
                }
            }
            Next::Wait => {
                let id = under_way.pop().unwrap();
                search.tell(id, Ok(&world(search.plan(id))));
            }
            Next::Time(id) => {
                assert!(under_way.is_empty(), "timed alone");
                search.timed(id, Ok(&world(search.plan(id))));
            }
            Next::Over => return search,
        }
    }
    panic!("it comes to no end");
}

fn goal(kb: f64, drop: f64, ms: f64) -> Goal {
    Goal { kb, drop, ms, ..Goal::default() }
}

#[test]
fn the_smallest_that_keeps_all_limits_is_found() {
    let limits = goal(0.0, 2.0, 0.0);
    let search = run(limits.clone(), 2, world);
    let Verdict::Found(id) = search.verdict() else { panic!("{:?}", search.verdict()) };
    let found = world(search.plan(id));
    // Of the whole list, tried without any narrowing, none that keeps the limit is smaller.
    let best = list().iter().map(world).filter(|s| (0.95 - f64::from(s.evaluation.score)) * 100.0 <= 2.0).map(|s| s.bytes()).min();
    assert_eq!(Some(found.bytes()), best);
    assert!(search.fates().iter().any(|f| matches!(f, Fate::Skipped(_))), "something was spared");
}

/// Two recipes may come to files of one length; and where time is limited, what beats the pick may be too slow.
#[test]
fn the_pick_is_the_best_of_its_size_and_always_in_the_table() {
    let alike = |plan: &Plan| stage(world(plan).evaluation.score, world(plan).bytes() / 1000 * 1000 + 500, world(plan).timing.p50);
    for limits in [goal(0.0, 2.0, 0.0), goal(30.0, 5.0, 0.0), goal(0.0, 3.0, 0.05), goal(40.0, 0.0, 0.03)] {
        let search = run(limits, 2, alike);
        let Verdict::Found(id) = search.verdict() else { panic!("{:?}", search.verdict()) };
        let rows = search.rows(Task::Classification);
        assert_eq!(rows.iter().filter(|row| row.picked).map(|row| row.id).collect::<Vec<_>>(), [id]);
        let Fate::Judged(found) = &search.fates()[id] else { unreachable!() };
        let better = |j: &Judged| search.keeps(j) && j.bytes == found.bytes && j.score > found.score;
        assert!(!search.judged().any(|(_, j)| better(j)), "as small, and better");
        assert!(search.rows(Task::Classification).is_sorted_by(|a, b| search.before(a.id, b.id).is_lt()));
    }
}

#[test]
fn what_is_tried_does_not_depend_on_how_many_run_at_once() {
    let fates = |jobs| run(goal(20.0, 1.0, 0.07), jobs, world).fates().to_vec();
    let one = fates(1);
    assert!([2, 3, 7, 100].iter().all(|jobs| fates(*jobs) == one));
}

#[test]
fn a_model_over_a_limit_is_never_the_pick() {
    for kb in [0.0, 2.0, 5.0, 12.0, 40.0] {
        for drop in [0.0, 0.1, 0.5, 3.0] {
            for ms in [0.0, 0.02, 0.05, 0.2] {
                let search = run(goal(kb, drop, ms), 2, world);
                let kept = |s: &Stage| {
                    (kb == 0.0 || s.bytes() as f64 <= kb * 1000.0)
                        && (drop == 0.0 || (f64::from(0.95_f32) - f64::from(s.evaluation.score)) * 100.0 <= drop + 0.02)
                        && (ms == 0.0 || s.timing.p50 <= ms)
                };
                match search.verdict() {
                    Verdict::Found(id) => assert!(kept(&world(search.plan(id))), "{kb} {drop} {ms}: {:?}", search.plan(id)),
                    Verdict::Missed(miss) => {
                        assert!(miss.kb > 0.0 || miss.points > 0.0 || miss.ms > 0.0, "{kb} {drop} {ms}: {miss:?}");
                        assert!(search.judged().all(|(_, j)| !search.keeps(j)));
                    }
                    Verdict::Nothing => panic!("recipes were tried"),
                }
            }
        }
    }
}

#[test]
fn what_the_nearest_misses_is_said() {
    // A tenth of a kilobyte is below anything's header.
    let search = run(goal(0.1, 5.0, 0.0), 1, world);
    let Verdict::Missed(miss) = search.verdict() else { panic!("{:?}", search.verdict()) };
    assert!(miss.kb > 0.2 && miss.ms == 0.0, "{miss:?}");
    let smallest = search.judged().map(|(_, j)| j.bytes).min().unwrap();
    let Fate::Judged(nearest) = search.fates()[miss.id] else { unreachable!() };
    assert_eq!((nearest.bytes, nearest.kb() - 0.1), (smallest, miss.kb));
}

#[test]
fn a_time_measured_beside_others_is_measured_again_alone() {
    // Beside others every model takes twice as long, and those of fewest bytes take longer than they seem to when alone.
    let limits = goal(0.0, 3.0, 0.05);
    let mut search = Search::new(limits);
    let mut times = BTreeMap::new();
    loop {
        match search.ask() {
            Next::Try(id) => {
                let mut came = world(search.plan(id));
                came.timing.p50 = 0.06;
                search.tell(id, Ok(&came));
            }
            Next::Time(id) => {
                let mut came = world(search.plan(id));
                // The first two that look best are too slow after all.
                came.timing.p50 = if times.len() < 2 { 0.051 } else { 0.05 };
                times.insert(id, came.timing.p50);
                search.timed(id, Ok(&came));
            }
            Next::Wait => unreachable!("one at a time"),
            Next::Over => break,
        }
    }
    assert_eq!(times.len(), 3);
    let Verdict::Found(id) = search.verdict() else { panic!("{:?}", search.verdict()) };
    assert_eq!(times[&id], 0.05, "a limit that is just met is kept");
}

#[test]
fn failures_and_a_stop_leave_a_verdict() {
    let mut search = Search::new(goal(0.0, 1.0, 0.0));
    assert_eq!(search.verdict(), Verdict::Nothing);
    for i in 0..20 {
        let Next::Try(id) = search.ask() else { unreachable!() };
        let came = world(search.plan(id));
        search.tell(id, if i % 5 == 4 { Err("training diverged".into()) } else { Ok(&came) });
    }
    let Next::Try(_) = search.ask() else { unreachable!() };
    search.stop();
    let Next::Time(id) = search.ask() else { panic!("the best so far is timed") };
    search.timed(id, Err("the worker died".into()));
    let Next::Time(next) = search.ask() else { panic!("the next best is timed") };
    assert_ne!(id, next);
    search.timed(next, Ok(&world(search.plan(next))));
    assert_eq!((search.ask(), search.verdict()), (Next::Over, Verdict::Found(next)));
}

#[test]
fn the_front_holds_what_nothing_beats() {
    let search = run(goal(0.0, 1.0, 0.0), 2, world);
    let front: Vec<&Judged> =
        search.front().into_iter().map(|id| if let Fate::Judged(judged) = &search.fates()[id] { judged } else { unreachable!() }).collect();
    assert!(front.len() > 3 && front.is_sorted_by(|a, b| a.bytes < b.bytes && a.score < b.score));
    for (_, judged) in search.judged() {
        assert!(front.iter().any(|f| f.bytes <= judged.bytes && f.score >= judged.score));
    }
}

#[test]
fn words_name_the_pick_or_what_is_missing() {
    let plain = |text: String| text.replace('\u{a0}', " ");
    let found = run(goal(0.0, 2.0, 0.0), 2, world);
    let said = plain(found.words(Task::Classification));
    assert!(said.contains("keeps all limits") && said.contains("recipes tried") && said.contains("80.0 µs"), "{said}");
    let rows = found.rows(Task::Classification);
    assert_eq!(rows.iter().filter(|r| r.picked).count(), 1);
    let missed = plain(run(goal(0.1, 5.0, 0.0), 1, world).words(Task::Classification));
    assert!(missed.starts_with("No recipe keeps all limits") && missed.contains("too large"), "{missed}");
}

#[test]
fn held_out_samples_choose_and_the_test_stands_beside() {
    // On the held-out samples all is as ever; the test samples say the opposite.
    let held = |plan: &Plan| {
        let came = world(plan);
        let validation = Evaluation { samples: 100, ..came.evaluation.clone() };
        let test = Evaluation { score: 1.0 - came.evaluation.score, ..came.evaluation.clone() };
        Stage { validation: Some(validation), evaluation: test, ..came }
    };
    let limits = goal(0.0, 2.0, 0.0);
    let (by_validation, by_test) = (run(limits.clone(), 2, held), run(limits, 2, world));
    assert_eq!(by_validation.verdict(), by_test.verdict(), "the test samples choose nothing");
    let rows = by_validation.rows(Task::Classification);
    assert!(!rows.is_empty() && rows.iter().all(|row| row.test.as_ref().is_some_and(|test| *test != row.score)));
    assert!(by_test.rows(Task::Classification).iter().all(|row| row.test.is_none()));
    assert!(by_validation.judged_on().contains("100 validation samples"), "{}", by_validation.judged_on());
    assert!(by_test.judged_on().starts_with("Chosen by the test samples"));
}

#[test]
fn a_table_of_values_is_no_grid_of_levels() {
    let plans = list();
    let shared: Vec<&Plan> = plans.iter().filter(|p| p.shared).collect();
    assert!(shared.len() > 8);
    for plan in shared {
        assert!(plan.recipe.iter().any(|p| p.key == "cluster"));
        assert!(plans.iter().all(|other| other.shared || !(plan.is_at_least_as_small_as(other) || other.is_at_least_as_small_as(plan))));
    }
}
