//! Pruning while a run trains.

use super::*;
use crate::engine::{catalog::Pick, data};

const EPOCHS: f64 = 4.0;

/// An experiment on points that is pruned while it trains.
fn experiment(during: usize, pruner: &str, criterion: &str) -> Experiment {
    let mut experiment = Experiment { data: Pick::new("circle").with("n", 400.0), ..Experiment::default() };
    experiment.model = vec![Pick::new("dense").with("units", 24.0), Pick::new("relu"), Pick::new("dense").with("units", 12.0)];
    (experiment.train.epochs, experiment.train.batch, experiment.train.lr) = (EPOCHS, 10, 0.01);
    let compress = &mut experiment.compress;
    (compress.during, compress.sparsity) = (during, 0.75);
    (compress.prune_from, compress.prune_to) = (1, 3);
    (compress.pruner, compress.criterion) = (Pick::new(pruner), Pick::new(criterion));
    experiment
}

fn run(experiment: &Experiment, resume: Option<&[u8]>) -> Run {
    let source = data::source(&experiment.data, experiment.train.test_share, experiment.seed).expect("a generator");
    let data = source.generate().expect("its settings are fine").expect("no file");
    Run::new(RunId(1), experiment.clone(), Arc::new(data), resume, Some(Rest::all()), false, 0.0).unwrap_or_else(|_| panic!("it can run"))
}

/// Trains until `step`, or to the end; calls `each` after every step.
fn train(run: &mut Run, until: Until, mut each: impl FnMut(&Run)) -> Vec<FromWorker> {
    let mut out = Vec::new();
    run.play(until, 0.0, &mut out);
    while run.playing || run.exam.is_some() {
        if run.exam.is_some() {
            run.examine(&mut out);
        } else {
            run.train(&mut out);
            each(run);
        }
    }
    let failed = out.iter().find(|m| matches!(m, FromWorker::Failed { .. }));
    assert!(failed.is_none(), "{failed:?}");
    out
}

fn weights(run: &Run) -> Vec<usize> {
    run.trainer.network.weights().flat_map(|(_, _, span)| span).collect()
}

/// Weights that are held at zero.
fn gone(run: &Run) -> Vec<usize> {
    weights(run).into_iter().filter(|at| run.trainer.held().get(*at) == Some(&0.0)).collect()
}

fn share(run: &Run) -> f64 {
    gone(run).len() as f64 / weights(run).len() as f64
}

#[test]
fn gradual_pruning_follows_its_cube_and_what_is_gone_stays_gone() {
    for criterion in ["magnitude", "snip", "random", "wanda", "movement"] {
        let experiment = experiment(2, "global", criterion);
        let mut run = run(&experiment, None);
        let (mut before, mut rises) = (Vec::new(), 0);
        train(&mut run, Until::Planned, |run| {
            let now = gone(run);
            assert!(before.iter().all(|at| now.contains(at)), "{criterion}: a weight came back");
            rises += usize::from(now.len() > before.len());
            let epoch = run.epoch();
            if epoch < 1.0 {
                assert!(now.is_empty());
            } else {
                // Since the last look, four times an epoch.
                let look = ((4.0 * epoch).floor() / 4.0).min(3.0);
                let wanted = experiment.compress.schedule(EPOCHS).sparsity(look);
                assert!((share(run) - wanted).abs() < 0.01, "{criterion}, {epoch}: {} and not {wanted}", share(run));
            }
            assert!(now.iter().all(|at| run.trainer.params[*at] == 0.0));
            before = now;
        });
        let total = weights(&run).len() as f64;
        assert_eq!(gone(&run).len(), (0.75 * total).round() as usize, "{criterion}");
        assert_eq!(rises, 8, "{criterion}");
    }
}

#[test]
fn regrowth_moves_the_mask_until_three_quarters_of_the_run() {
    for pruner in ["global", "layer"] {
        let mut run = run(&experiment(3, pruner, "magnitude"), None);
        let (mut masks, mut late) = (Vec::new(), 0);
        train(&mut run, Until::Planned, |run| {
            let now = gone(run);
            if now.is_empty() {
                return assert!(run.epoch() < 0.25);
            }
            assert_eq!(now.len(), (0.75 * weights(run).len() as f64).round() as usize, "{pruner}: as many go as come");
            if masks.last() != Some(&now) {
                late = run.trainer.place().seen;
                masks.push(now);
            }
        });
        assert!(masks.len() > 6, "{pruner}: {} masks", masks.len());
        assert!(late <= 3 * run.data.train.len as u64, "{pruner}: settled");
        let all: std::collections::BTreeSet<_> = masks.iter().flat_map(|m| &m[..]).collect();
        assert!(all.len() > masks[0].len(), "{pruner}: places change");
    }
}

#[test]
fn a_run_goes_on_from_a_checkpoint_and_from_a_moment_as_it_went() {
    for (during, pruner, criterion) in [
        (1, "global", "magnitude"),
        (1, "units", "taylor"),
        (2, "global", "snip"),
        (2, "units", "apoz"),
        (2, "layer", "movement"),
        (2, "n-m", "wanda"),
        (3, "global", "magnitude"),
    ] {
        let what = format!("{during}, {pruner} by {criterion}");
        let experiment = experiment(during, pruner, criterion);
        let mut whole = run(&experiment, None);
        train(&mut whole, Until::Planned, |_| {});
        let state = |run: &Run| (run.trainer.snapshot(), run.chosen.clone());
        assert!(share(&whole) > 0.3, "{what}: {}", share(&whole));
        // Between two looks, and past the first epoch.
        let mut first = run(&experiment, None);
        let step = first.data.train.len.div_ceil(10) as u64 * 2 + 3;
        train(&mut first, Until::Step(step), |_| {});
        let mut resumed = run(&experiment, Some(&first.checkpoint()));
        assert_eq!(state(&resumed), state(&first), "{what}");
        train(&mut resumed, Until::Planned, |_| {});
        assert!(state(&resumed) == state(&whole), "{what}: resumed");
        let at = whole.scrub(step).expect("a moment");
        assert!(at < whole.data.train.len as u64);
        train(&mut whole, Until::Planned, |_| {});
        assert!(state(&resumed) == state(&whole), "{what}: from moment {at}");
    }
}

#[test]
fn settings_that_change_choose_anew_where_it_is_time() {
    let mut run = run(&experiment(1, "global", "magnitude"), None);
    train(&mut run, Until::Epoch, |_| {});
    assert!((share(&run) - 0.75).abs() < 0.01);
    let change = |run: &mut Run, change: &dyn Fn(&mut crate::experiment::Compress)| {
        let mut next = Experiment::clone(&run.experiment);
        change(&mut next.compress);
        run.update(next).expect("it suits");
        share(run)
    };
    assert!((change(&mut run, &|c| c.sparsity = 0.5) - 0.5).abs() < 0.01, "weights come back at once");
    assert!((change(&mut run, &|c| c.criterion = Pick::new("snip")) - 0.5).abs() < 0.01);
    assert!(change(&mut run, &|c| c.during = 2) < 0.01, "it begins at this very epoch");
    assert_eq!(change(&mut run, &|c| c.during = 0), 0.0);
    assert!((change(&mut run, &|c| c.during = 3) - 0.5).abs() < 0.01);
    let before = run.experiment.clone();
    let mut wrong = Experiment::clone(&before);
    wrong.compress.pruner = Pick::new("units");
    assert_eq!(run.update(wrong).expect_err("single weights alone grow").field(), "during");
    assert_eq!(run.experiment, before);
}

#[test]
fn movement_is_noted_while_it_is_asked_for_and_refused_where_there_is_none() {
    let mut run = run(&experiment(0, "global", "movement"), None);
    let learnt = optimize::Learnt::of(&run.trainer);
    let made = |run: &Run, learnt: &optimize::Learnt| {
        let loss = run.trainer.rules.loss.as_ref();
        optimize::optimize(&run.trainer.network, &run.trainer.params, &run.experiment.compress, &run.by_hand, learnt, (&run.data, loss), "")
    };
    let error = made(&run, &learnt).err().expect("no step was taken");
    assert!(error.field() == "criterion" && error.to_string().contains("no step"), "{error}");
    train(&mut run, Until::Step(7), |_| {});
    let small = made(&run, &optimize::Learnt::of(&run.trainer)).unwrap_or_else(|e| panic!("{e}"));
    assert!((small.report.sparsity - 0.75).abs() < 0.01);
    let mut other = Experiment::clone(&run.experiment);
    other.compress.criterion = Pick::new("magnitude");
    run.update(other).expect("it suits");
    assert!(run.trainer.noted().is_empty());
}
