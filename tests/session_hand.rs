//! What a person does to single links and weights, and what becomes of it.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    experiment::Experiment,
    protocol::{FromWorker, RunError, ToWorker},
};

#[test]
fn a_link_is_pruned_by_hand_and_revived() {
    let mut desk = Desk::start(&xor(5.0));
    desk.until(is_finished);
    let link = |desk: &mut Desk| {
        let FromWorker::View { network, .. } = desk.until(|m| matches!(m, FromWorker::View { .. })).clone() else { unreachable!() };
        (network.columns[1].links.to_vec()[2], network.columns[1].kept[2])
    };
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    desk.say(update(cut(xor(5.0), "1.0.2")));
    assert_eq!(link(&mut desk), (0.0, 0));
    desk.say(update(xor(5.0)));
    assert_eq!(link(&mut desk).1, 1);
    let before = desk.heard.len();
    desk.say(update(cut(xor(5.0), "2.0.0")));
    let Some(FromWorker::Failed { error: RunError::Spec(error), .. }) = desk.heard[before..].last() else { panic!("not refused") };
    assert_eq!(error.to_string(), "cut: there is no link 2.0.0 in this network: it has no layer 2 with weights");
}

/// Links pruned by hand, as a link writes them.
fn cut(experiment: Experiment, links: &str) -> Experiment {
    let (read, _, errors) = whittle::experiment::link::decode(&format!("cut={links}"));
    assert!(errors.is_empty(), "{errors:?}");
    Experiment { hand: read.hand, ..experiment }
}

fn update(experiment: Experiment) -> ToWorker {
    ToWorker::Update { run: RUN, experiment: Box::new(experiment) }
}

/// The last drawing's weight and state of the link from input 0 to unit `to`.
fn drawn(desk: &Desk, to: usize) -> (f32, u8) {
    let view = desk.heard.iter().rev().find_map(|m| if let FromWorker::View { network, .. } = m { Some(network) } else { None }).unwrap();
    (view.columns[1].links.to_vec()[to], view.columns[1].kept[to])
}

#[test]
fn links_pruned_by_hand_are_part_of_the_experiment() {
    let mut desk = Desk::new();
    let experiment = Box::new(cut(xor(5.0), "1.0.2-3"));
    desk.say(ToWorker::Start { run: RUN, experiment, resume: None, play: false });
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    assert_eq!((drawn(&desk, 2), drawn(&desk, 3)), ((0.0, 0), (0.0, 0)), "from the first weights on");
    desk.say(ToWorker::Resume(RUN));
    desk.until(|m| matches!(m, FromWorker::View { step: 50, .. }));
    assert_eq!((drawn(&desk, 2), drawn(&desk, 3)), ((0.0, 0), (0.0, 0)), "and to the end");
    assert_eq!(drawn(&desk, 1).1, 1);
    assert_eq!(desk.points().last().map(|p| p.test_loss), {
        let mut again = Desk::start(&cut(xor(5.0), "1.0.3,1.0.2"));
        again.until(is_finished);
        again.points().last().map(|p| p.test_loss)
    });
}

#[test]
fn a_reload_takes_what_is_pruned_by_hand_from_the_experiment() {
    let mut first = Desk::start(&cut(xor(20.0), "1.0.2"));
    first.say(ToWorker::Step { run: RUN, steps: 7 });
    let FromWorker::Checkpoint { state, .. } = first.until(|m| matches!(m, FromWorker::Checkpoint { .. })).clone() else { unreachable!() };
    // Since the checkpoint one link was revived and another pruned.
    let mut second = Desk::new();
    let experiment = Box::new(cut(xor(20.0), "1.0.3"));
    second.say(ToWorker::Start { run: RUN, experiment, resume: Some(state), play: false });
    second.say(ToWorker::Step { run: RUN, steps: 5 });
    second.until(|m| matches!(m, FromWorker::View { step: 12, .. }));
    assert_ne!(drawn(&second, 2).0, 0.0, "a freed weight grows again");
    assert_eq!(drawn(&second, 3), (0.0, 0));
}

#[test]
fn going_back_in_time_keeps_what_is_pruned_by_hand() {
    let mut desk = Desk::start(&xor(20.0));
    desk.until(is_finished);
    desk.say(update(cut(xor(20.0), "1.0.2")));
    desk.say(ToWorker::Scrub { run: RUN, step: 50 });
    desk.unread = desk.heard.len();
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    assert_eq!(drawn(&desk, 2), (0.0, 0));
}

#[test]
fn pruning_while_training_begins_after_an_epoch_whatever_is_pruned_by_hand() {
    let during = |experiment: Experiment| {
        let mut during = experiment;
        (during.compress.sparsity, during.compress.during) = (0.5, 1);
        during
    };
    let zeros = |desk: &Desk| {
        let view = desk.heard.iter().rev().find_map(|m| if let FromWorker::View { network, .. } = m { Some(network) } else { None });
        view.unwrap().columns[1..].iter().flat_map(|c| c.links.to_vec()).filter(|w| *w == 0.0).count()
    };
    let mut desk = Desk::start(&during(cut(xor(20.0), "1.0.2")));
    desk.say(ToWorker::Step { run: RUN, steps: 3 });
    let FromWorker::Checkpoint { state, .. } = desk.until(|m| matches!(m, FromWorker::Checkpoint { .. })).clone() else { unreachable!() };
    desk.until(|m| matches!(m, FromWorker::View { step: 3, .. }));
    assert_eq!(zeros(&desk), 1, "only the link pruned by hand");
    let mut resumed = Desk::new();
    let experiment = Box::new(during(cut(xor(20.0), "1.0.2")));
    resumed.say(ToWorker::Start { run: RUN, experiment, resume: Some(state), play: false });
    resumed.say(ToWorker::Step { run: RUN, steps: 27 });
    resumed.until(|m| matches!(m, FromWorker::View { step: 30, .. }));
    assert_eq!(zeros(&resumed), 16, "half of 32 weights, as the first end of an epoch chose");
}

#[test]
fn a_weight_is_set_by_hand_and_the_run_goes_on_from_it() {
    use whittle::experiment::Link;
    let link = Link { layer: 0, from: 0, to: 2 };
    let mut desk = Desk::start(&cut(xor(20.0), "1.0.3"));
    desk.say(ToWorker::Pause(RUN));
    desk.until(|m| matches!(m, FromWorker::View { .. }));
    desk.say(ToWorker::SetWeight { run: RUN, link, value: 2.5 });
    let FromWorker::Checkpoint { state, .. } = desk.heard.last().cloned().unwrap() else { panic!("a standing run keeps it at once") };
    desk.until(|m| matches!(m, FromWorker::View { network, .. } if network.weights_set == 1));
    assert_eq!(drawn(&desk, 2), (2.5, 1));
    let refused = |desk: &mut Desk, link: Link, value: f32| {
        desk.say(ToWorker::SetWeight { run: RUN, link, value });
        let Some(FromWorker::Failed { error: RunError::Spec(error), .. }) = desk.heard.last() else { panic!("not refused") };
        assert_eq!(error.field(), "weight");
        error.to_string()
    };
    assert!(refused(&mut desk, link, f32::NAN).contains("NaN"));
    assert!(refused(&mut desk, link, 1e9).contains("the range is -100 to 100"));
    assert!(refused(&mut desk, Link { to: 3, ..link }, 1.0).contains("revive it first"));
    assert!(refused(&mut desk, Link { layer: 7, ..link }, 1.0).contains("has 0 weights"));

    let mut resumed = Desk::new();
    let experiment = Box::new(cut(xor(20.0), "1.0.3"));
    resumed.say(ToWorker::Start { run: RUN, experiment, resume: Some(state), play: false });
    resumed.until(|m| matches!(m, FromWorker::View { network, .. } if network.weights_set == 1));
    assert_eq!(drawn(&resumed, 2), (2.5, 1), "it is there after a reload");
    desk.say(ToWorker::Step { run: RUN, steps: 1 });
    desk.until(|m| matches!(m, FromWorker::View { step, .. } if *step > 0));
    assert!((drawn(&desk, 2).0 - 2.5).abs() < 0.2 && drawn(&desk, 2).0 != 2.5, "training goes on from it");
}
