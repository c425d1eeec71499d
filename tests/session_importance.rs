//! What each column of a table is to both models, as a page asks for it.

mod session_support;

use session_support::{Desk, RUN, is_finished};
use whittle::{
    experiment::link,
    protocol::{FromWorker, Importance, ImportanceNews, Late, RunError, Summary, ToWorker},
};

/// A desk at which the experiment of this link is trained to its end.
fn desk(link: &str, play: bool) -> Desk {
    let (experiment, notices, errors) = link::decode(link);
    assert!(notices.is_empty() && errors.is_empty(), "{link}: {notices:?} {errors:?}");
    let mut desk = Desk::new();
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play });
    if let Some(key) = desk.session.claim() {
        let name = whittle::engine::data::file_name(&key);
        desk.session.supply(&key, Ok(&std::fs::read(format!("public/data/{name}")).unwrap()));
        desk.listen();
    }
    desk
}

fn finished(link: &str) -> (Summary, Desk) {
    let mut desk = desk(link, true);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    (summary, desk)
}

fn done(message: &FromWorker) -> Option<&Importance> {
    match message {
        FromWorker::Late(Late::Importance { news: ImportanceNews::Done(found), .. }) => Some(found),
        _ => None,
    }
}

fn look(desk: &mut Desk) -> Importance {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Importance { run: RUN, wanted: true });
    done(desk.until(|m| done(m).is_some())).unwrap().clone()
}

const XOR: &str = "data=xor&data.n=400&model=dense:8,relu&epochs=20&lr=0.02&batch=20&bits=4";

#[test]
fn both_columns_of_xor_count_and_the_run_does_not_notice() {
    let (summary, mut desk) = finished(XOR);
    let points = desk.points();
    let found = look(&mut desk);
    assert_eq!((found.rows, found.columns.len()), (summary.baseline.samples, 2));
    assert_eq!(
        found.score,
        [summary.baseline.score, summary.optimized.score],
        "all test samples are asked, and as they are the score is the card's"
    );
    // Without one of the two there is nothing to go by: accuracy falls to about a half.
    for column in &found.columns {
        assert!(column[0].mean > 0.25 && column[0].mean < 0.7 && column[0].deviation > 0.0 && column[0].deviation < 0.1, "{column:?}");
    }
    assert_eq!(look(&mut desk), found, "the seed says how they are shuffled");
    assert_eq!(desk.points(), points);
}

#[test]
fn asked_for_while_it_trains_it_changes_no_number() {
    let (summary, quiet) = finished(XOR);
    let mut asked = desk(XOR, true);
    asked.say(ToWorker::Importance { run: RUN, wanted: true });
    let at = asked.until(|m| done(m).is_some()).clone();
    let FromWorker::Late(Late::Importance { step, .. }) = at else { unreachable!() };
    assert!(step < summary.steps, "of the first comparison: step {step}");
    let FromWorker::Finished { summary: other, .. } = asked.until(is_finished).clone() else { unreachable!() };
    assert_eq!((other.baseline, other.optimized), (summary.baseline, summary.optimized));
    assert_eq!(asked.points(), quiet.points());
}

#[test]
fn columns_that_a_tree_never_asks_for_cost_exactly_nothing() {
    // One question, about one column.
    let (_, mut desk) = finished("data=iris&learner=tree&learner.max-depth=1");
    let found = look(&mut desk);
    let costs: Vec<f32> = found.columns.iter().map(|c| c[0].mean).collect();
    assert_eq!(
        (costs.len(), costs.iter().filter(|c| **c > 0.1).count(), costs.iter().filter(|c| **c == 0.0).count()),
        (4, 1, 3),
        "{costs:?}"
    );
    assert!(found.columns.iter().all(|c| c[0] == c[1] && (c[0].mean != 0.0 || c[0].deviation == 0.0)), "nothing is made small: {found:?}");
}

#[test]
fn of_numbers_it_is_r2_and_columns_are_those_behind_feature_steps() {
    let (summary, mut desk) = finished("data=diabetes&learner=linear");
    let found = look(&mut desk);
    assert_eq!((found.rows, found.columns.len(), found.score[0]), (89, 10, summary.baseline.score));
    let most = found.columns.iter().map(|c| c[0].mean).fold(0.0, f32::max);
    assert!(most > 0.05 && found.columns.iter().all(|c| c[0].mean < 1.0), "{found:?}");
    let (_, mut desk) = finished("data=iris&features=pca:2&model=dense:8,relu&epochs=30&lr=0.01");
    let found = look(&mut desk);
    assert_eq!(found.columns.len(), 2);
    assert!(
        found.columns[0][0].mean > found.columns[1][0].mean && found.columns[0][0].mean > 0.3,
        "the first component has most of the variance: {found:?}"
    );
}

#[test]
fn it_can_be_stopped() {
    for link in ["data=wine&learner=knn", "data=wine&model=dense:8,relu&epochs=2"] {
        let (_, mut desk) = finished(link);
        desk.say(ToWorker::Importance { run: RUN, wanted: true });
        desk.session.advance(0.0);
        desk.say(ToWorker::Importance { run: RUN, wanted: false });
        let heard =
            desk.heard.iter().filter(|m| matches!(m, FromWorker::Late(Late::Importance { news: ImportanceNews::Stopped, .. }))).count();
        assert_eq!(heard, 1, "{link}");
        desk.say(ToWorker::Importance { run: RUN, wanted: false });
        desk.session.advance(50.0);
        desk.listen();
        assert!(desk.heard.iter().all(|m| done(m).is_none()), "{link}: nothing goes on");
        look(&mut desk);
    }
}

#[test]
fn images_sequences_and_texts_have_no_columns() {
    for link in [
        "data=digits&model=dense:4&epochs=1",
        "data=sunspots&model=lstm:4&loss=mse&epochs=1",
        "data=sonnets&data.window=8&model=embedding:4,flatten,dense:4&epochs=1",
        "data=digits&learner=naive-bayes",
    ] {
        let mut desk = desk(link, false);
        desk.say(ToWorker::Importance { run: RUN, wanted: true });
        match &desk.failures()[..] {
            [FromWorker::Failed { error: RunError::Spec(e), .. }] => {
                assert!(e.field() == "data" && e.to_string().contains("columns of a table"), "{link}: {e}")
            }
            other => panic!("{link}: {other:?}"),
        }
    }
}
