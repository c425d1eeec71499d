//! Trials: runs on some of the samples.

mod session_support;

use session_support::{Desk, RUN, xor};
use whittle::{
    engine::{catalog::Pick, data::Selection},
    experiment::Experiment,
    protocol::{Answers, FromWorker, Late, ToWorker, Trial},
};

/// A trial at its end.
fn trial(experiment: &Experiment, selection: Selection) -> Desk {
    let mut desk = Desk::new();
    let trial = Trial { selection, seed: experiment.seed };
    desk.say(ToWorker::Trial { run: RUN, experiment: Box::new(experiment.clone()), trial });
    supply(&mut desk);
    desk
}

fn supply(desk: &mut Desk) {
    if let Some(key) = desk.session.claim() {
        let file = whittle::engine::data::file_name(&key);
        let bytes = std::fs::read(format!("{}/public/data/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        desk.session.supply(&key, Ok(&bytes));
        desk.listen();
    }
}

fn answers(desk: &mut Desk) -> Answers {
    desk.until(|m| matches!(m, FromWorker::Finished { .. }));
    desk.say(ToWorker::Answers(RUN));
    let Some(FromWorker::Late(Late::Answers { answers, .. })) =
        desk.heard.iter().rev().find(|m| matches!(m, FromWorker::Late(Late::Answers { .. })))
    else {
        panic!("no answers: {:?}", desk.failures())
    };
    answers.clone()
}

fn fold(at: usize, of: usize) -> Selection {
    Selection::Fold { at, of, shuffle: None }
}

#[test]
fn folds_of_a_learner_score_as_scikit_learn_has_them() {
    let all: serde_json::Value = serde_json::from_str(include_str!("fixtures/trials/reference.json")).unwrap();
    assert_eq!(["scores", "forward_scores"].map(|of| all[of].as_array().map(Vec::len)), [Some(4), Some(2)]);
    let forward = |at, of| Selection::Forward { at, of };
    let cases = |of: &str| all[of].as_array().unwrap().clone();
    let both = cases("scores").into_iter().map(|case| (case, fold as fn(usize, usize) -> Selection));
    for (case, fold) in both.chain(cases("forward_scores").into_iter().map(|case| (case, forward as fn(usize, usize) -> Selection))) {
        let key = case["data"].as_str().unwrap();
        let learner = Pick::new("linear").with("alpha", case["alpha"].as_f64().unwrap()).with("l1-ratio", 0.0);
        let experiment = Experiment { data: Pick::new(key), learner, ..Experiment::default() };
        let of = case["folds"].as_u64().unwrap() as usize;
        for at in 0..of {
            let found = answers(&mut trial(&experiment, fold(at, of)));
            let wanted = case["scores"][at].as_f64().unwrap();
            assert!((f64::from(found.test.score) - wanted).abs() < 1e-4, "{key}, fold {at}: {}, {wanted}", found.test.score);
        }
    }
}

#[test]
fn a_trial_on_all_samples_is_the_run_itself() {
    let experiment = xor(6.0);
    let whole = answers(&mut trial(&experiment, Selection::Share { share: 1.0, seed: 5 }));
    let mut run = Desk::start(&experiment);
    let own = answers(&mut run);
    assert_eq!(whole, own);
    let half = answers(&mut trial(&experiment, Selection::Share { share: 0.5, seed: 5 }));
    assert_eq!(half.train.samples, whole.train.samples.div_ceil(2));
    assert_eq!(half.actual, whole.actual, "test samples stay");
    assert_ne!(half.test.loss, whole.test.loss);
    let drawn = answers(&mut trial(&experiment, Selection::Bootstrap { seed: 5 }));
    assert_eq!((drawn.train.samples, drawn.actual == whole.actual), (whole.train.samples, true));
    // A second time it is the same to the bit, and other training alone leaves the data alone.
    assert_eq!(half, answers(&mut trial(&experiment, Selection::Share { share: 0.5, seed: 5 })));
    let mut other = Desk::new();
    let trial = Trial { selection: Selection::Share { share: 1.0, seed: 5 }, seed: experiment.seed };
    let again = Experiment { seed: experiment.seed + 1, ..experiment };
    other.say(ToWorker::Trial { run: RUN, experiment: Box::new(again), trial });
    let again = answers(&mut other);
    assert!(again.actual == whole.actual && again.test.loss != whole.test.loss);
}

/// What the worker says of the data, as text.
fn started(desk: &Desk) -> String {
    let data = desk.heard.iter().find_map(|m| if let FromWorker::Started { data, .. } = m { Some(data) } else { None });
    format!("{:?}", data.expect("it starts"))
}

#[test]
fn what_is_learnt_of_data_is_learnt_from_the_training_part_of_a_fold() {
    let csv = |last: &str| {
        let rows = (0..40).map(|i| format!("{},{},{}\n", i % 7, if i % 9 == 4 { String::new() } else { (i * i % 23).to_string() }, i % 2));
        let mut text = String::from("a,b,y\n");
        text.extend(rows.take(39));
        text + last
    };
    // The last row is a test row of the last fold alone; there it may hold what it will. Elsewhere it changes what is learnt.
    let run = |last: &str, at: usize| {
        let bytes = csv(last).into_bytes();
        let mut experiment = Experiment { features: vec![Pick::new("poly")], ..xor(2.0) };
        experiment.data = Pick::new("csv");
        experiment.csv.file = format!("{}:t.csv", whittle::engine::data::table::checksum(&bytes));
        experiment.csv.columns = String::new();
        let mut desk = Desk::new();
        let (pick, columns) = (experiment.data.clone(), String::new());
        desk.say(ToWorker::Table { ask: 0, bytes: Some(whittle::protocol::Bytes(bytes)), pick, columns });
        let trial = Trial { selection: fold(at, 4), seed: experiment.seed };
        desk.say(ToWorker::Trial { run: RUN, experiment: Box::new(experiment), trial });
        let found = answers(&mut desk);
        (started(&desk), found)
    };
    // Of which fold the last row is follows from the split by the seed: find it.
    let mut same = 0;
    for at in 0..4 {
        let ((_, plain), (_, far)) = (run("3,5,1\n", at), run("3,900000,1\n", at));
        if plain.train == far.train {
            same += 1;
            assert_ne!(plain.test.loss, far.test.loss, "it is among the test samples");
        }
    }
    assert_eq!(same, 1, "fills, scales and features know nothing of the fold that is tested, and all of the others");
}

#[test]
fn bad_selections_are_refused_at_their_field() {
    for (selection, field) in [(fold(0, 1), "folds"), (Selection::Share { share: 0.0, seed: 0 }, "share")] {
        let desk = trial(&xor(2.0), selection);
        let failures = desk.failures();
        assert!(failures.len() == 1 && format!("{failures:?}").contains(field), "{failures:?}");
    }
    let mut desk = Desk::new();
    desk.say(ToWorker::Answers(RUN));
    assert_eq!(desk.failures().len(), 1);
}
