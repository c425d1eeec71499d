//! ROC and precision-recall curves, as a page asks for them.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::{
        catalog::Pick,
        roc::{Curve, THRESHOLDS, Table},
    },
    experiment::{Experiment, link},
    protocol::{ClassRoc, Evaluation, FromWorker, Late, Roc, Summary, ToWorker},
};

fn look(desk: &mut Desk) -> Roc {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Roc(RUN));
    let FromWorker::Late(Late::Roc { roc, .. }) = desk.until(|m| matches!(m, FromWorker::Late(Late::Roc { .. }))).clone() else {
        unreachable!()
    };
    roc
}

fn finished(desk: &mut Desk) -> Summary {
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    summary
}

/// A run of a bundled file, to its end.
fn run(experiment: &str) -> (Desk, Summary) {
    let (experiment, notices, errors) = link::decode(experiment);
    assert!(notices.is_empty() && errors.is_empty());
    let mut desk = Desk::new();
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: true });
    let key = desk.session.claim().expect("a file");
    desk.session.supply(&key, Ok(&std::fs::read(format!("public/data/{key}.bin")).expect("a file")));
    desk.listen();
    let summary = finished(&mut desk);
    (desk, summary)
}

/// What holds of any curves.
fn sound(roc: &Roc, evaluation: &Evaluation) {
    assert_eq!(roc.samples, evaluation.samples);
    let classes = roc.classes.len();
    assert_eq!(classes * classes, evaluation.confusion.len());
    for (class, both) in roc.classes.iter().enumerate() {
        let own = evaluation.confusion[class * classes..(class + 1) * classes].iter().sum::<u32>();
        for of in both {
            assert_eq!(of.all, [roc.samples as u32 - own, own], "class {class}");
            assert_eq!((of.at.len(), of.at[0]), (THRESHOLDS.len(), of.all), "at 0 all are called the class");
            assert!(of.at.windows(2).all(|w| w[1][0] <= w[0][0] && w[1][1] <= w[0][1]), "fewer at a higher threshold");
            for curve in [Curve::Roc, Curve::PrecisionRecall] {
                let corners = of.corners(curve);
                assert!(corners.len() <= 200 && corners.last() == Some(&of.all), "{curve:?}");
                assert!(corners.windows(2).all(|w| w[0][0] <= w[1][0] && w[0][1] <= w[1][1]));
            }
            assert_eq!(of.roc[0], [0, 0]);
            assert!(of.auc.is_some_and(|a| (0.0..=1.0).contains(&a)) && of.average_precision.is_some_and(|a| (0.0..=1.0).contains(&a)));
        }
    }
}

/// The area under the corners that were sent, which are all there are on so few samples.
fn area(of: &ClassRoc) -> f64 {
    let places: Vec<(f64, f64)> = of.roc.iter().map(|c| Table::of(*c, of.all).place(Curve::Roc).expect("both are there")).collect();
    places.windows(2).map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0).sum()
}

/// Few bits a weight break a good deal.
fn rough() -> Experiment {
    let mut experiment = xor(12.0);
    experiment.compress.bits = 6;
    experiment
}

#[test]
fn at_a_half_two_classes_are_told_apart_as_the_confusion_matrix_has_it() {
    let mut desk = Desk::start(&rough());
    let summary = finished(&mut desk);
    let roc = look(&mut desk);
    sound(&roc, &summary.baseline);
    let half = THRESHOLDS.iter().position(|t| *t == 0.5).expect("a half");
    for (side, evaluation) in [&summary.baseline, &summary.optimized].into_iter().enumerate() {
        let (of, c) = (&roc.classes[1][side], &evaluation.confusion);
        let table = of.table(half);
        let counts = [table.true_negatives, table.false_positives, table.false_negatives, table.true_positives];
        assert_eq!(counts.as_slice(), c.as_slice(), "side {side}");
        assert!((area(of) - of.auc.expect("an area")).abs() < 1e-12);
        // Either class is told from the other equally well.
        assert!((of.auc.expect("an area") - roc.classes[0][side].auc.expect("an area")).abs() < 1e-12);
    }
    let [before, after] = [0, 1].map(|side| roc.classes[1][side].auc.expect("an area"));
    assert!(before > 0.9 && after < before, "two bits break something: {before} and {after}");
    // The same question has the same answer.
    assert_eq!(look(&mut desk), roc);
}

#[test]
fn a_model_that_is_not_compressed_has_the_same_curves() {
    let mut experiment = rough();
    experiment.compress.bits = 0;
    let mut desk = Desk::start(&experiment);
    finished(&mut desk);
    assert!(look(&mut desk).classes.iter().all(|[a, b]| a == b));
}

#[test]
fn of_many_classes_each_is_told_from_the_rest() {
    let (mut desk, summary) = run("data=digits&model=dense:12,relu&epochs=4&bits=2&seed=3");
    let roc = look(&mut desk);
    sound(&roc, &summary.baseline);
    assert_eq!(roc.classes.len(), 10);
    assert!(roc.classes.iter().all(|[before, _]| before.auc.is_some_and(|a| a > 0.9)), "digits are easy");
}

#[test]
fn votes_of_learners_are_ties() {
    let (mut desk, summary) = run("data=wine&learner=knn&learner.n-neighbors=5");
    let roc = look(&mut desk);
    sound(&roc, &summary.baseline);
    // Five neighbours give six shares: so many steps at most, and the beginning.
    assert!(roc.classes.iter().flatten().all(|of| of.roc.len() <= 7 && (area(of) - of.auc.expect("an area")).abs() < 1e-12));
    let mut desk = Desk::start(&link::decode("data=moons&data.n=200&learner=forest&learner.n-estimators=8&cutdepth=1").0);
    let summary = finished(&mut desk);
    let roc = look(&mut desk);
    sound(&roc, &summary.baseline);
    let [before, after] = [0, 1].map(|side| roc.classes[1][side].auc.expect("an area"));
    assert!(before > 0.9 && after < before, "{before} and {after}");
}

#[test]
fn values_have_no_classes_and_the_run_goes_on() {
    let mut experiment = rough();
    (experiment.data, experiment.loss) = (Pick::new("plane"), Pick::new("mse"));
    let mut desk = Desk::start(&experiment);
    finished(&mut desk);
    desk.say(ToWorker::Roc(RUN));
    assert_eq!(desk.failures().len(), 1);
    let mut desk = Desk::start(&link::decode("data=plane&loss=mse&learner=linear").0);
    finished(&mut desk);
    desk.say(ToWorker::Roc(RUN));
    assert_eq!(desk.failures().len(), 1);
}
