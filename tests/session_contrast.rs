//! What compression breaks, as a page asks for it.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Contrast, FromWorker, Late, ToWorker},
};

fn look(desk: &mut Desk) -> Contrast {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Contrast(RUN));
    let FromWorker::Late(Late::Contrast { contrast, .. }) = desk.until(|m| matches!(m, FromWorker::Late(Late::Contrast { .. }))).clone()
    else {
        unreachable!()
    };
    contrast
}

/// Two bits a weight break a good deal.
fn rough() -> Experiment {
    let mut experiment = xor(12.0);
    experiment.compress.bits = 6;
    experiment
}

#[test]
fn answers_are_counted_as_the_confusion_matrices_count_them() {
    let mut desk = Desk::start(&rough());
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    let found = look(&mut desk);
    let (before, after) = (&summary.baseline, &summary.optimized);
    assert_eq!(found.samples, before.samples);
    let sum = |at: usize| found.changes.iter().map(|c| i64::from(c[at])).sum::<i64>();
    // What was gained less what was lost is the change of the right answers, class by class and in all.
    for (class, [lost, gained, _]) in found.changes.iter().enumerate() {
        let right = |c: &[u32]| i64::from(c[class * 2 + class]);
        assert_eq!(i64::from(*gained) - i64::from(*lost), right(&after.confusion) - right(&before.confusion), "class {class}");
    }
    assert!(sum(0) > 0, "two bits break something: {found:?}");
    assert_eq!(sum(2), 0, "of two classes one is right");
    let agreement = 1.0 - (sum(0) + sum(1)) as f32 / found.samples as f32;
    assert!((found.agreement - agreement).abs() < 1e-6 && found.divergence > 0.0);
    // Those that were right come first, and each is what it is said to be.
    let said = |p: &[f32]| usize::from(p[1] > p[0]);
    for (i, sample) in found.changed.iter().enumerate() {
        let right = said(&sample.baseline) as f32 == sample.actual;
        assert!(said(&sample.baseline) != said(&sample.optimized));
        assert_eq!(right, (i as i64) < sum(0), "sample {i}");
    }
    // Groups are halves of the test samples, those that lost most against their other half first.
    assert!(!found.groups.is_empty(), "xor has two named features");
    let fall = |g: &whittle::protocol::Group| g.right[0] - g.right[1];
    for group in &found.groups {
        assert!(group.samples > 0 && (group.samples as usize) < found.samples && group.changed <= group.samples, "{group:?}");
        assert!(
            f64::from(fall(group)) >= f64::from(before.score - after.score) - 1e-6,
            "the half that lost more lost at least what all lost: {group:?}"
        );
        let count = f64::from(group.right[0]) * f64::from(group.samples);
        assert!((count - count.round()).abs() < 1e-3, "{group:?}");
    }
    // Bins hold every sample once, and their right answers are the accuracy.
    for (calibration, evaluation) in [(&found.baseline, before), (&found.optimized, after)] {
        assert_eq!((calibration.bins.len(), calibration.bins.iter().map(|b| b.samples as usize).sum::<usize>()), (15, found.samples));
        let right: f32 = calibration.bins.iter().map(|b| b.right * b.samples as f32).sum();
        assert!((right / found.samples as f32 - evaluation.score).abs() < 1e-5 && (0.0..=1.0).contains(&calibration.error));
    }
}

#[test]
fn a_model_that_is_not_compressed_changes_nothing() {
    let mut experiment = rough();
    experiment.compress.bits = 0;
    let mut desk = Desk::start(&experiment);
    desk.until(is_finished);
    let found = look(&mut desk);
    assert_eq!((found.agreement, found.divergence, found.changed.len()), (1.0, 0.0, 0));
    assert_eq!(found.baseline, found.optimized);
}

#[test]
fn a_regression_has_no_classes() {
    let mut experiment = rough();
    (experiment.data, experiment.loss) = (Pick::new("plane"), Pick::new("mse"));
    let mut desk = Desk::start(&experiment);
    desk.until(is_finished);
    desk.say(ToWorker::Contrast(RUN));
    assert_eq!(desk.failures().len(), 1);
}
