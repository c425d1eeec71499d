//! Quantization-aware training as a page drives it.

mod accelerator_support;
mod session_support;

use accelerator_support::Counting;
use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::quantization::Granularity,
    experiment::{BIT_WIDTHS, Compress, Experiment},
    protocol::{FromWorker, Summary, ToWorker, Wanted},
    session::Session,
};

/// Twenty epochs, rounded from epoch `from` on.
fn aware(bits: u32, activations: bool, from: usize) -> Experiment {
    let mut experiment = xor(20.0);
    let bits = BIT_WIDTHS.iter().position(|width| *width == bits).expect("a width");
    (experiment.compress.bits, experiment.compress.activation_bits) = (bits, usize::from(activations));
    (experiment.compress.qat, experiment.compress.qat_from) = (1, from);
    experiment
}

/// The same with learned step sizes.
fn learned(bits: u32, activations: bool, from: usize) -> Experiment {
    let mut experiment = aware(bits, activations, from);
    experiment.compress.qat = 2;
    experiment
}

fn summary(experiment: &Experiment) -> (Summary, Desk) {
    let mut desk = Desk::start(experiment);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    (summary, desk)
}

#[test]
fn the_curve_judges_what_is_stored() {
    for (activations, qat) in [(false, 1), (true, 1), (false, 2), (true, 2)] {
        let mut experiment = aware(2, activations, 5);
        experiment.compress.qat = qat;
        let (aware_of, desk) = summary(&experiment);
        let last = desk.points().iter().rev().find_map(|p| p.test_loss).expect("a test");
        assert_eq!(last, aware_of.optimized.loss, "it is the same model");
        assert_ne!(last, aware_of.baseline.loss, "and not the floats behind it");
        let mut floats = aware(2, activations, 5);
        floats.compress.qat = 0;
        let (after, desk) = summary(&floats);
        assert_eq!(desk.points().iter().rev().find_map(|p| p.test_loss), Some(after.baseline.loss));
        assert!(aware_of.optimized.loss < after.optimized.loss, "{} against {}", aware_of.optimized.loss, after.optimized.loss);
    }
}

#[test]
fn a_checkpoint_goes_on_to_the_bit() {
    let mut different = Vec::new();
    for experiment in [aware(3, true, 2), learned(3, true, 2)] {
        let (whole, _) = summary(&experiment);
        let mut first = Desk::start(&experiment);
        first.step(77);
        let mut second = Desk::new();
        let resume = first.checkpoint();
        assert!(resume.is_some());
        second.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume, play: true });
        let FromWorker::Finished { summary, .. } = second.until(is_finished).clone() else { unreachable!() };
        assert_eq!((&summary.baseline, &summary.optimized), (&whole.baseline, &whole.optimized));
        different.push(summary.optimized);
    }
    assert_ne!(different[0], different[1], "learned steps are others");
}

/// Early stopping gives back the step sizes of its best epoch with the weights: the model that was judged then is the one that is stored.
#[test]
fn what_was_best_comes_back_with_its_steps() {
    let mut experiment = learned(2, false, 0);
    (experiment.train.patience, experiment.train.validation, experiment.train.epochs) = (3, 0.3, 60.0);
    experiment.train.lr = 0.1;
    let (summary, desk) = summary(&experiment);
    let points: Vec<_> = desk.points().into_iter().filter_map(|p| Some((p.validation_loss?, p.test_loss?))).collect();
    let best = points.iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("points");
    assert_ne!(best, points.last().expect("points"), "the last epoch is not the best");
    assert_eq!(summary.optimized.loss, best.1);
}

#[test]
fn learned_steps_stay_on_the_cpu_and_are_refused_where_there_are_none() {
    let accelerator = Counting::new();
    let mut desk = Desk::new();
    let start = std::time::Instant::now();
    desk.session = Session::new(Box::new(move || start.elapsed().as_secs_f64() * 1000.0)).with(Box::new(accelerator.clone()));
    desk.say(ToWorker::Engine(Wanted::Gpu));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(learned(4, false, 3)), resume: None, play: true });
    desk.until(is_finished);
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    assert_eq!(accelerator.0.borrow().steps, 0);
    assert!(desk.heard.iter().any(|m| matches!(m, FromWorker::Engine { .. }) && format!("{m:?}").contains("LSQ")), "and it says why");
    for wrong in [
        Experiment { compress: Compress { zero: 1, ..learned(4, false, 0).compress }, ..xor(2.0) },
        Experiment { compress: Compress { per_channel: 2, ..learned(4, false, 0).compress }, ..xor(2.0) },
        Experiment { compress: Compress { format: 1, ..learned(4, false, 0).compress }, ..xor(2.0) },
        learned(1, false, 0),
    ] {
        let mut desk = Desk::start(&wrong);
        let failed = format!("{:?}", desk.until(|m| matches!(m, FromWorker::Failed { .. })));
        assert!(failed.contains("\"qat\""), "{failed}");
    }
}

#[test]
fn it_is_switched_on_and_off_while_the_run_goes_on() {
    let mut floats = aware(2, true, 0);
    floats.compress.qat = 0;
    let (straight, _) = summary(&floats);
    let mut desk = Desk::start(&floats);
    desk.step(50);
    desk.update(&aware(2, true, 0));
    desk.update(&floats);
    desk.say(ToWorker::Resume(RUN));
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!((&summary.baseline, &summary.optimized), (&straight.baseline, &straight.optimized), "on and off without a step is nothing");
    let mut desk = Desk::start(&floats);
    desk.step(50);
    desk.update(&aware(2, true, 0));
    desk.say(ToWorker::Resume(RUN));
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    assert_ne!(summary.baseline, straight.baseline);
    assert!(summary.optimized.loss < straight.optimized.loss, "{} against {}", summary.optimized.loss, straight.optimized.loss);
}

#[test]
fn an_accelerator_is_told_when_rounding_begins() {
    let accelerator = Counting::new();
    let mut desk = Desk::new();
    let start = std::time::Instant::now();
    desk.session = Session::new(Box::new(move || start.elapsed().as_secs_f64() * 1000.0)).with(Box::new(accelerator.clone()));
    desk.say(ToWorker::Engine(Wanted::Gpu));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(aware(4, true, 3)), resume: None, play: true });
    desk.until(is_finished);
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    let inside = accelerator.0.borrow();
    let told: Vec<_> = inside
        .plans
        .iter()
        .map(|plan| plan.rounding.map(|r| (r.weights.bits, r.weights.granularity == Granularity::Channel, r.activations())))
        .collect();
    assert_eq!(told, [None, Some((4, true, true))]);
    assert_eq!((inside.steps, inside.ranges.len()), (200, 2 * 3), "a smallest and a largest of each layer");
}
