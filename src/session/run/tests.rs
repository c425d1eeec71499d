use super::*;
use crate::{
    engine::{catalog::Pick, data},
    protocol::Topic,
};

/// A run on a circle of points, and its data, changed by `change` before it begins.
fn run(change: impl Fn(&mut Experiment, &mut Dataset)) -> Run {
    let mut experiment = Experiment { data: Pick::new("circle"), model: Vec::new(), loss: Pick::new("mse"), ..Experiment::default() };
    let source = data::source(&experiment.data, experiment.train.test_share, experiment.seed).expect("a generator");
    let mut data = source.generate().expect("its settings are fine").expect("no file");
    change(&mut experiment, &mut data);
    Run::new(RunId(1), experiment, Arc::new(data), None, true, 0.0).unwrap_or_else(|_| panic!("it can run"))
}

fn to_the_end(run: &mut Run) -> Vec<FromWorker> {
    let mut out = Vec::new();
    run.play(Until::Planned, 0.0);
    while run.playing || run.exam.is_some() {
        if run.exam.is_some() { run.examine(&mut out) } else { run.train(&mut out) }
    }
    out
}

#[test]
fn a_test_loss_beyond_all_numbers_is_no_best_one() {
    let mut run = run(|experiment, data| {
        (experiment.train.patience, experiment.train.epochs) = (5, 8.0);
        // Its square is more than a 32-bit float holds.
        data.test.inputs[0] = 1e30;
    });
    let out = to_the_end(&mut run);
    assert!(run.best.is_none());
    assert!(out.iter().any(|m| matches!(m, FromWorker::Health { health, .. } if health.topic == Topic::Diverged)));
}
