//! Runs of learners as the page drives them: messages in, events out, on the native engine.

mod session_support;

use session_support::{Desk, RUN, is_finished, name};
use whittle::{
    engine::{catalog::Pick, learner_file},
    experiment::{Experiment, FIELDS, LEARNER, NETWORK, PICKS, Shrink, link},
    protocol::{Applies, Bytes, Form, FromWorker, Inspect, Late, LearnerReport, Reason, RunError, Summary, ToWorker},
};

fn of(link: &str) -> Experiment {
    let (experiment, notices, errors) = link::decode(link);
    assert!(notices.is_empty() && errors.is_empty(), "{link}: {notices:?} {errors:?}");
    experiment
}

/// A desk at which the run of `experiment` has begun, its data set there.
fn begun(experiment: &Experiment, resume: Option<Bytes>, play: bool) -> Desk {
    let mut desk = Desk::new();
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume, play });
    if let Some(key) = desk.session.claim() {
        let file = std::fs::read(format!("public/data/{key}.bin")).unwrap();
        desk.session.supply(&key, Ok(&file));
        desk.listen();
    }
    desk
}

fn finished(desk: &mut Desk) -> Summary {
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    summary
}

/// The last that was said of what the models are made of.
fn learnt(desk: &Desk) -> LearnerReport {
    let said =
        desk.heard.iter().rev().find_map(|m| if let FromWorker::Late(Late::Learner { report, .. }) = m { Some(report) } else { None });
    said.expect("a report").clone()
}

/// Every learner that the list has.
fn learners() -> impl Iterator<Item = &'static str> {
    let field = PICKS.iter().find(|field| field.key == LEARNER).unwrap();
    field.listing.entries.iter().map(|entry| entry.key).filter(|key| *key != NETWORK)
}

#[test]
fn iris_by_logistic_regression_is_fitted_judged_and_compared() {
    let mut desk = begun(&of("data=iris&learner=linear"), None, true);
    let summary = finished(&mut desk);
    assert!(summary.baseline.score > 0.9, "accuracy {}", summary.baseline.score);
    assert_eq!((summary.reason, summary.baseline.samples), (Reason::Finished, 30));
    assert_eq!(summary.baseline.confusion.iter().sum::<u32>(), 30);
    for wanted in ["Started", "Progress", "Compared", "View", "State", "Late", "Checkpoint", "Engine"] {
        assert!(desk.heard.iter().any(|m| name(m) == wanted), "{wanted} was not heard");
    }
    let last = desk.points().last().copied().unwrap();
    assert_eq!((last.test_score, last.step), (Some(summary.baseline.score), summary.steps), "the curve ends where the card does");
    assert!((last.test_loss.unwrap() - summary.baseline.loss).abs() < 1e-6 && last.train_loss < 1.0);
    let report = learnt(&desk);
    assert_eq!(report.baseline.coefficients.len(), 4 * 3, "one weight per feature and class");
    assert_eq!(report.baseline, report.optimized, "nothing was made small");
    let FromWorker::Started { data, model, .. } = desk.heard.iter().find(|m| name(m) == "Started").unwrap() else { unreachable!() };
    assert_eq!((data.test, model.layers.len()), (30, 0));
}

#[test]
fn every_learner_runs_to_its_end_on_classes_and_on_numbers() {
    for key in learners() {
        for data in ["moons&data.n=120", "plane&data.n=200"] {
            let mut desk = begun(&of(&format!("data={data}&learner={key}")), None, true);
            if key == "naive-bayes" && data.starts_with("plane") {
                assert!(
                    matches!(&desk.failures()[..], [FromWorker::Failed { error: RunError::Spec(e), .. }] if e.field() == LEARNER),
                    "{key}"
                );
                continue;
            }
            let summary = finished(&mut desk);
            assert!(desk.failures().is_empty(), "{key} on {data}: {:?}", desk.failures());
            assert!(
                summary.baseline.score > if data.starts_with("moons") { 0.75 } else { 0.5 },
                "{key} on {data}: {}",
                summary.baseline.score
            );
            assert!(summary.baseline.loss.is_finite() && summary.optimized.score == summary.baseline.score, "{key} on {data}");
            assert!(desk.points().windows(2).all(|p| p[0].step < p[1].step), "{key}");
            let view = desk.heard.iter().rev().find_map(|m| if let FromWorker::View { boundary, .. } = m { Some(boundary) } else { None });
            assert_eq!(view.unwrap().as_ref().unwrap().baseline.to_vec().len(), 48 * 48, "{key}");
        }
    }
}

#[test]
fn the_same_experiment_gives_the_same_curves_however_it_is_stopped() {
    for key in learners() {
        let experiment = of(&format!("data=moons&data.n=160&learner={key}"));
        let mut straight = begun(&experiment, None, true);
        finished(&mut straight);
        let mut stopped = begun(&experiment, None, false);
        for _ in 0..3 {
            stopped.say(ToWorker::Step { run: RUN, steps: 1 });
            stopped.unread = stopped.heard.len();
            stopped.session.advance(1.0);
            stopped.say(ToWorker::Pause(RUN));
        }
        stopped.say(ToWorker::Resume(RUN));
        finished(&mut stopped);
        let last = |desk: &Desk| desk.points().last().copied();
        assert_eq!(last(&straight), last(&stopped), "{key}");
        let whole = straight.points();
        let steps = |at: u64| stopped.points().into_iter().find(|p| p.step == at);
        assert!(whole.iter().all(|p| steps(p.step).as_ref() == Some(p)), "{key}: every point of the one is a point of the other");
    }
}

#[test]
fn a_checkpoint_is_fitted_anew_to_the_same_bits_and_one_of_a_network_is_refused() {
    let experiment = of("data=moons&data.n=160&learner=linear&learner.alpha=0.001");
    let mut whole = begun(&experiment, None, true);
    finished(&mut whole);
    let mut first = begun(&experiment, None, false);
    first.step(1);
    let (bytes, step) = (first.checkpoint().expect("a checkpoint"), first.points().last().unwrap().step);
    let mut second = begun(&experiment, Some(bytes.clone()), true);
    assert!(matches!(second.heard.iter().find(|m| name(m) == "Started"), Some(FromWorker::Started { step: s, .. }) if *s == step));
    finished(&mut second);
    assert_eq!(whole.points().last(), second.points().last());
    assert!(second.points().iter().any(|p| p.step == step), "the curves come back too");

    let mut network = Experiment { learner: Pick::new(NETWORK), ..experiment };
    network.model.clear();
    let refused = begun(&network, Some(bytes), false);
    assert!(matches!(&refused.failures()[..], [FromWorker::Failed { error: RunError::File(_), .. }]));
}

#[test]
fn eight_bits_make_the_file_smaller_and_the_file_is_the_model_that_was_judged() {
    let mut experiment = of("data=breast-cancer&learner=linear");
    let mut desk = begun(&experiment, None, true);
    finished(&mut desk);
    experiment.compress.shrink.bits = 1;
    desk.update(&experiment);
    let FromWorker::Compared { optimized, baseline, report, experiment: of, .. } =
        desk.until(|m| matches!(m, FromWorker::Compared { experiment, .. } if experiment.compress.shrink.bits == 1)).clone()
    else {
        unreachable!()
    };
    assert_eq!(*of, experiment);
    let bytes = |form| report.sizes.iter().find(|s| s.form == form).unwrap();
    assert!(bytes(Form::Packed).payload * 2 < bytes(Form::Dense).payload, "{:?}", report.sizes);
    assert!((optimized.score - baseline.score).abs() < 0.05 && optimized.score > 0.9);
    for form in [Form::Dense, Form::Packed] {
        desk.say(ToWorker::Export { run: RUN, form });
        let FromWorker::File { bytes: file, .. } = desk.until(|m| matches!(m, FromWorker::File { .. })).clone() else { unreachable!() };
        assert_eq!(file.0.len() as u64, bytes(form).bytes, "the size on the card is that of the file");
        let (model, meta) = learner_file::decode(&file.0).unwrap();
        assert!(meta.contains("learner=linear") && model.outputs() == 2);
        let data = whittle::engine::data::files::read(&std::fs::read("public/data/breast-cancer.bin").unwrap()).unwrap();
        let mut said = vec![0.0; data.test.len * 2];
        model.predict(&data.test.inputs, data.test.len, &mut said);
        let right = said.chunks(2).zip(&data.test.classes).filter(|(p, class)| u32::from(p[1] > p[0]) == **class).count();
        let judged = if form == Form::Dense { baseline.score } else { optimized.score };
        assert!((right as f32 / data.test.len as f32 - judged).abs() < 1e-6, "{form:?}");
    }
    desk.say(ToWorker::Export { run: RUN, form: Form::Onnx });
    assert!(matches!(desk.failures()[..], [FromWorker::Failed { error: RunError::File(_), .. }]));
}

#[test]
fn answers_are_asked_for_measured_and_held_against_each_other() {
    let experiment = of("data=moons&data.n=200&learner=linear&learnerbits=int8");
    let mut desk = begun(&experiment, None, true);
    finished(&mut desk);
    desk.say(ToWorker::Predict { run: RUN, ask: 7, input: (&[0.5_f32, -0.2][..]).into() });
    let FromWorker::Prediction { ask: 7, baseline, optimized, .. } = desk.until(|m| matches!(m, FromWorker::Prediction { .. })).clone()
    else {
        panic!("another answer")
    };
    assert!((baseline.iter().sum::<f32>() - 1.0).abs() < 1e-5 && (optimized.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    desk.say(ToWorker::Predict { run: RUN, ask: 8, input: (&[0.5_f32][..]).into() });
    assert_eq!(desk.failures().len(), 1, "of another length");
    desk.say(ToWorker::Contrast(RUN));
    let FromWorker::Late(Late::Contrast { contrast, .. }) = desk.until(|m| matches!(m, FromWorker::Late(Late::Contrast { .. }))).clone()
    else {
        unreachable!()
    };
    assert!(contrast.samples == 100 && contrast.agreement > 0.9);
    let better = desk.until(|m| matches!(m, FromWorker::Late(Late::Timed { .. })));
    assert!(
        matches!(better, FromWorker::Late(Late::Timed { latency, .. }) if latency.optimized.len() == 1 && latency.optimized[0].calls >= 5)
    );
    desk.say(ToWorker::Measure(RUN));
    let FromWorker::Measured { latency, .. } = desk.until(|m| matches!(m, FromWorker::Measured { .. })).clone() else { unreachable!() };
    assert_eq!(latency.baseline.iter().map(|t| t.batch).collect::<Vec<_>>(), [1, 64]);
    assert!(latency.optimized.iter().all(|t| t.p50 > 0.0 && t.calls > 0) && latency.layers.is_empty() && latency.forms.len() == 1);
    desk.say(ToWorker::Cell { run: RUN, actual: 0, predicted: 0, optimized: true });
    assert!(matches!(desk.until(|m| matches!(m, FromWorker::Samples { .. })), FromWorker::Samples { total, .. } if *total > 0));
}

#[test]
fn what_only_networks_have_is_refused_in_words_and_the_run_goes_on() {
    let mut desk = begun(&of("data=moons&data.n=200&learner=linear"), None, false);
    desk.say(ToWorker::Sense(RUN));
    desk.say(ToWorker::Benchmark(RUN));
    desk.say(ToWorker::Cook { run: RUN, ask: 1, recipe: Vec::new(), every: false });
    assert_eq!(desk.failures().len(), 3);
    let mut other = of("data=moons&data.n=200&learner=linear&learner.alpha=1");
    desk.update(&other);
    assert_eq!(desk.failures().len(), 4, "other settings of the learner need a new run");
    other = of("data=moons&data.n=200&learner=linear&lr=0.5");
    desk.update(&other);
    assert_eq!(desk.failures().len(), 4, "what is set of the network changes nothing");
    desk.say(ToWorker::Resume(RUN));
    finished(&mut desk);
    desk.say(ToWorker::Inspect(Some(Inspect { layer: Some(3), ..Inspect::default() })));
    assert!(learnt(&desk).tree.is_none(), "it has no trees");
}

#[test]
fn a_text_is_refused_by_every_learner() {
    for key in learners() {
        let mut desk = Desk::new();
        let experiment = of(&format!("data=sonnets&data.window=16&learner={key}"));
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: true });
        assert_eq!(desk.session.claim().as_deref(), Some("sonnets"));
        desk.session.supply("sonnets", Ok(&std::fs::read("public/data/sonnets.txt").unwrap()));
        desk.listen();
        match &desk.failures()[..] {
            [FromWorker::Failed { error: RunError::Spec(e), .. }] => {
                assert!(e.field() == LEARNER && e.to_string().contains("a network with an embedding reads text"), "{key}: {e}");
            }
            other => panic!("{key}: {other:?}"),
        }
    }
}

#[test]
fn a_network_takes_the_place_of_a_learner_and_the_other_way_round() {
    let mut desk = begun(&of("data=moons&data.n=200&learner=linear"), None, true);
    finished(&mut desk);
    let network = session_support::xor(3.0);
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(network), resume: None, play: true });
    let summary = finished(&mut desk);
    assert_eq!(summary.epochs, 3.0);
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(of("data=moons&learner=linear")), resume: None, play: true });
    finished(&mut desk);
    desk.say(ToWorker::Cancel(RUN));
    assert_eq!(desk.session.advance(5.0), whittle::session::Next::Idle);
    desk.say(ToWorker::Resume(RUN));
    assert!(matches!(desk.heard.last(), Some(FromWorker::Failed { error: RunError::NoRun(1), .. })));
}

#[test]
fn what_is_known_of_a_learner_is_a_setting_of_the_table() {
    for key in ["cutdepth", "ccpalpha", "keeptrees", "learnerbits"] {
        assert!(FIELDS.iter().any(|field| field.spec.key == key && field.section == "compress"), "{key}");
    }
}

#[test]
fn a_forest_is_cut_thinned_and_rounded_live_and_its_trees_are_looked_at() {
    let plain = of("data=wine&learner=forest&learner.n-estimators=12");
    let mut desk = begun(&plain, None, true);
    let summary = finished(&mut desk);
    assert_eq!(summary.steps, 12, "a step is a tree");
    let whole = learnt(&desk);
    assert_eq!(
        (whole.baseline.trees, whole.done, whole.of, whole.applies),
        (12, 12, 12, Applies { depth: true, alpha: true, members: true, bits: true })
    );
    for (name, shrink) in [
        ("depth", Shrink { depth: 1, ..Shrink::default() }),
        ("alpha", Shrink { alpha: 0.1, ..Shrink::default() }),
        ("keep", Shrink { keep: 0.2, ..Shrink::default() }),
        ("bits", Shrink { bits: 1, ..Shrink::default() }),
    ] {
        let mut experiment = plain.clone();
        experiment.compress.shrink = shrink.clone();
        desk.update(&experiment);
        let compared = |m: &FromWorker| matches!(m, FromWorker::Compared { experiment, .. } if experiment.compress.shrink == shrink);
        let FromWorker::Compared { report, optimized, .. } = desk.until(compared).clone() else { unreachable!() };
        let bytes = |form| report.sizes.iter().find(|s| s.form == form).unwrap().payload;
        assert!(bytes(Form::Packed) < bytes(Form::Dense), "{name}: {:?}", report.sizes);
        assert!(optimized.score > 0.6, "{name}: {}", optimized.score);
        assert_eq!(report.units_removed > 0, name != "bits", "{name}");
        if name == "keep" {
            desk.until(|m| matches!(m, FromWorker::Late(Late::Learner { .. })));
            assert_eq!(learnt(&desk).optimized.trees, 3, "a fifth of twelve, rounded up");
        }
    }
    desk.say(ToWorker::Inspect(Some(Inspect { layer: Some(5), ..Inspect::default() })));
    let tree = learnt(&desk).tree.unwrap();
    assert!(tree.at == 5 && tree.baseline != whole.tree.unwrap().baseline);
    // Questions are in the units of the data.
    let data = whittle::engine::data::files::read(&std::fs::read("public/data/wine.bin").unwrap()).unwrap();
    for split in tree.baseline.iter().filter_map(|node| node.split) {
        let at = split.feature as usize;
        let (shift, scale) = data.scaling[at];
        let raw = data.train.inputs.iter().skip(at).step_by(data.features.len()).map(|x| x / scale + shift);
        let (low, high) = raw.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        assert!(low <= split.threshold && split.threshold <= high, "{} ≤ {}", data.features[at], split.threshold);
    }
}

#[test]
fn going_back_is_fitted_anew_and_goes_on_to_the_same_end() {
    let experiment = of("data=moons&data.n=200&learner=forest&learner.n-estimators=20");
    let mut desk = begun(&experiment, None, true);
    finished(&mut desk);
    let end = desk.points().last().copied();
    desk.say(ToWorker::Scrub { run: RUN, step: 5 });
    let back = |m: &FromWorker| matches!(m, FromWorker::Late(Late::Learner { report, .. }) if report.done == 5);
    let FromWorker::Late(Late::Learner { report, .. }) = desk.until(back).clone() else { unreachable!() };
    assert_eq!(report.baseline.trees, 5);
    desk.say(ToWorker::Resume(RUN));
    finished(&mut desk);
    assert_eq!(desk.points().last().copied(), end);
}
