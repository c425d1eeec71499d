//! Losses, schedules and averages as a run uses them.

use super::*;
use crate::{
    engine::{catalog::Pick, data},
    session::evaluate::Judge,
};

fn experiment() -> Experiment {
    let mut experiment = Experiment { data: Pick::new("circle").with("n", 300.0), ..Experiment::default() };
    experiment.model = vec![Pick::new("dense").with("units", 8.0), Pick::new("tanh")];
    (experiment.train.epochs, experiment.train.batch, experiment.train.lr) = (40.0, 10, 0.05);
    experiment
}

fn begin(experiment: &Experiment, resume: Option<&[u8]>) -> Result<Run, RunFault> {
    let source = data::source(&experiment.data, experiment.train.test_share, experiment.seed).expect("a generator");
    let data = source.generate().expect("its settings are fine").expect("no file");
    let share = experiment.validation_share();
    let data = if share > 0.0 { data.with_validation(share, experiment.seed) } else { data };
    Run::new(RunId(1), experiment.clone(), Arc::new(data), resume, Some(Rest::all()), false, 0.0)
}

fn run(experiment: &Experiment, resume: Option<&[u8]>) -> Run {
    begin(experiment, resume).unwrap_or_else(|_| panic!("it can run"))
}

fn train(run: &mut Run, until: Until) {
    let mut out = Vec::new();
    run.play(until, 0.0, &mut out);
    while run.playing || run.exam.is_some() {
        if run.exam.is_some() { run.examine(&mut out) } else { run.train(&mut out) }
    }
}

/// Test loss of these weights.
fn judged(run: &Run, params: &[f32]) -> f32 {
    let mut judge = Judge::default();
    let (network, mut tape) = (&run.trainer.network, Tape::default());
    let mut model = crate::session::evaluate::Trained { network, params, tape: &mut tape };
    while !judge.advance(&run.data, run.trainer.rules.loss.as_ref(), &mut model, crate::session::evaluate::chunk(network)) {}
    judge.result(&run.data.task).loss
}

#[test]
fn a_rate_that_follows_losses_goes_on_bit_for_bit() {
    let mut experiment = experiment();
    experiment.schedule = Pick::new("plateau").with("patience", 0.0).with("threshold", 0.4).with("factor", 0.5);
    experiment.train.epochs = 80.0;
    let mut whole = run(&experiment, None);
    assert!(whole.data.validation.len > 0, "samples are held out for it");
    train(&mut whole, Until::Planned);
    let rates: Vec<f32> = whole.history.iter().map(|p| p.lr).collect();
    assert!(rates[0] == 0.05 && *rates.last().expect("points") < 0.02, "{rates:?}");
    for step in [75, 300] {
        let mut first = run(&experiment, None);
        train(&mut first, Until::Step(step));
        let mut second = run(&experiment, Some(&first.checkpoint()));
        train(&mut second, Until::Planned);
        assert_eq!(second.trainer.params, whole.trainer.params, "from step {step}");
        assert_eq!(second.history.last(), whole.history.last());
    }
}

#[test]
fn a_rate_picked_on_the_way_never_listens_to_the_test_samples() {
    let mut experiment = experiment();
    let mut run = run(&experiment, None);
    assert_eq!(run.data.validation.len, 0);
    experiment.schedule = Pick::new("plateau");
    run.update(experiment).expect("it can change");
    train(&mut run, Until::Planned);
    let heard = run.trainer.snapshot().heard.best;
    let trained = run.history.iter().filter(|p| p.test_loss.is_some()).map(|p| p.train_loss).fold(f32::INFINITY, f32::min);
    assert_eq!(heard, trained);
    assert!(run.history.iter().all(|p| p.test_loss != Some(heard)));
}

#[test]
fn what_is_judged_and_kept_is_the_average() {
    for average in [1, 2] {
        let mut experiment = experiment();
        (experiment.train.average, experiment.train.epochs, experiment.train.average_from) = (average, 28.0, 6);
        let mut whole = run(&experiment, None);
        train(&mut whole, Until::Planned);
        let (averaged, last) = (whole.trainer.weights().to_vec(), whole.trainer.params.clone());
        assert_ne!(averaged, last);
        let test = whole.history.last().and_then(|p| p.test_loss).expect("a test at the end");
        assert_eq!((test, test == judged(&whole, &last)), (judged(&whole, &averaged), false));
        let preview =
            Preview::new(&whole.trainer, (whole.experiment.clone(), &whole.data), &whole.by_hand, true, 0.0).expect("a comparison");
        assert_eq!(preview.params(), averaged, "what is compared, too");
        let mut first = run(&experiment, None);
        train(&mut first, Until::Step(203));
        let mut second = run(&experiment, Some(&first.checkpoint()));
        train(&mut second, Until::Planned);
        assert_eq!((second.trainer.weights(), &second.trainer.params), (&averaged[..], &last), "from a checkpoint");
    }
}

#[test]
fn early_stopping_brings_back_the_weights_that_were_judged_best() {
    let mut experiment = experiment();
    (experiment.train.patience, experiment.train.average, experiment.train.epochs) = (12, 1, 200.0);
    experiment.train.lr = 0.3;
    let mut whole = run(&experiment, None);
    train(&mut whole, Until::Planned);
    let best = whole.history.iter().filter_map(|p| Some((p.validation_loss?, p.test_loss?))).min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, test) = best.expect("tests");
    assert_eq!(judged(&whole, whole.trainer.weights()), test);
    assert_eq!(whole.trainer.weights(), whole.trainer.params, "training goes on from there");
}

#[test]
fn a_formula_trains_as_the_loss_that_it_writes_out() {
    let mut experiment = experiment();
    experiment.train.epochs = 14.0;
    let mut known = run(&experiment, None);
    train(&mut known, Until::Planned);
    (experiment.loss, experiment.formula) = (Pick::new("custom"), "-y*log(p)".into());
    let mut own = run(&experiment, None);
    train(&mut own, Until::Planned);
    for (a, b) in known.trainer.params.iter().zip(&own.trainer.params) {
        assert!((a - b).abs() < 1e-3, "{a} and {b}");
    }
    experiment.formula = "y - log p".into();
    let Err(RunFault::Spec(error)) = begin(&experiment, None) else { panic!("it is accepted") };
    assert_eq!(error.field(), "formula");
    assert!(error.to_string().contains("at character 9: log needs an opening bracket"), "{error}");
    // Nor does a change of a running one go through, and the old one goes on.
    assert_eq!(own.update(experiment).map_err(|e| e.field().to_string()), Err("formula".into()));
    assert_eq!(own.experiment.formula, "-y*log(p)");
}

#[test]
fn rare_classes_count_as_much_as_common_ones() {
    let mut experiment = experiment();
    experiment.train.balance = 1;
    let balanced = run(&experiment, None);
    let loss = balanced.trainer.rules.loss.as_ref();
    let classes = &balanced.data.train.classes;
    let mut total = [0.0; 2];
    for class in classes {
        // A guess: ln 2 for each sample, times its weight.
        total[*class as usize] += loss.eval(&[0.0, 0.0], crate::engine::losses::Target::Classes(&[*class]), 2, &mut [0.0; 2]);
    }
    assert!((total[0] - total[1]).abs() < 1e-3 * total[0], "{total:?}");
    assert!((total[0] + total[1] - core::f32::consts::LN_2 * classes.len() as f32).abs() < 0.01);
}
