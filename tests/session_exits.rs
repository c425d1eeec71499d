//! Early exits as a page drives them.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::{Compress, Experiment},
    protocol::{Exits, FromWorker, Late, Recipe, Summary, ToWorker},
};

fn early(epochs: f64) -> Experiment {
    let mut experiment = xor(epochs);
    let dense = || Pick::new("dense").with("units", 12.0);
    experiment.model =
        vec![dense(), Pick::new("relu"), Pick::new("exit"), dense(), Pick::new("relu"), Pick::new("exit"), dense(), Pick::new("relu")];
    experiment.compress.exit = 0.8;
    experiment
}

fn finished(experiment: &Experiment) -> (Summary, Desk) {
    let mut desk = Desk::start(experiment);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    (summary, desk)
}

fn look(desk: &mut Desk) -> Exits {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Exits(RUN));
    let FromWorker::Late(Late::Exits { exits, .. }) = desk.until(|m| matches!(m, FromWorker::Late(Late::Exits { .. }))).clone() else {
        unreachable!()
    };
    exits
}

#[test]
fn what_leaves_early_is_what_the_comparison_judged() {
    let (summary, mut desk) = finished(&early(12.0));
    let found = look(&mut desk);
    assert_eq!(found.samples, summary.optimized.samples);
    // The comparison leaves sample by sample, the measurement asks all heads of all.
    assert!((found.here.score - summary.optimized.score).abs() < 1e-6, "{:?} against {}", found.here, summary.optimized.score);
    let end = found.curve.last().unwrap();
    assert!((end.score - summary.baseline.score).abs() < 1e-6, "nothing is rounded: the end is the baseline's");
    assert_eq!((end.early, end.macs), (0.0, found.whole as f64));
    assert_eq!(found.places.iter().map(|p| p.left as usize).sum::<usize>(), found.samples);
    assert_eq!(found.places.iter().map(|p| p.layer).collect::<Vec<_>>(), [2, 5, 8]);
    let (first, head) = (2 * 12, 12 * 2);
    let macs = [first + head, first + 2 * head + 144, first + 2 * head + 2 * 144 + 24];
    assert_eq!(found.places.iter().map(|p| p.macs).collect::<Vec<_>>(), macs);
    assert_eq!(found.whole, first + 2 * 144 + 24);
    let mean = found.places.iter().map(|p| f64::from(p.left) * p.macs as f64).sum::<f64>() / found.samples as f64;
    assert!((found.here.macs - mean).abs() < 1e-6 && found.here.early > 0.1 && found.here.macs < found.whole as f64, "{found:?}");
    // A higher threshold lets fewer go.
    assert!(found.curve.windows(2).all(|w| w[0].threshold < w[1].threshold && w[0].early >= w[1].early));
    assert_eq!(found.curve[0].early, 1.0);
}

#[test]
fn the_threshold_moves_while_it_trains_and_changes_no_weight() {
    let (never, _) = finished(&Experiment { compress: Compress { exit: 1.0, ..early(8.0).compress }, ..early(8.0) });
    let (_, mut desk) = finished(&early(8.0));
    let (points, before) = (desk.points(), look(&mut desk));
    let mut experiment = early(8.0);
    experiment.compress.exit = 0.0;
    desk.unread = desk.heard.len();
    desk.update(&experiment);
    let FromWorker::Compared { optimized, baseline, .. } = desk.until(|m| matches!(m, FromWorker::Compared { .. })).clone() else {
        unreachable!()
    };
    assert_eq!(baseline.score, never.baseline.score, "the baseline goes to its end");
    let after = look(&mut desk);
    assert_eq!((after.here.early, after.here.macs), (1.0, after.places[0].macs as f64));
    assert!((after.here.score - optimized.score).abs() < 1e-6);
    assert_eq!(after.curve, before.curve, "the same weights");
    assert_eq!(desk.points(), points);
}

#[test]
fn a_checkpoint_goes_on_to_the_bit() {
    let (whole, _) = finished(&early(10.0));
    let mut first = Desk::start(&early(10.0));
    first.step(25);
    let mut second = Desk::new();
    let resume = first.checkpoint();
    assert!(resume.is_some());
    second.say(ToWorker::Start { run: RUN, experiment: Box::new(early(10.0)), resume, play: true });
    let FromWorker::Finished { summary, .. } = second.until(is_finished).clone() else { unreachable!() };
    assert_eq!((summary.baseline, summary.optimized), (whole.baseline, whole.optimized));
}

#[test]
fn the_share_of_a_head_changes_what_is_learnt() {
    let mut silent = early(6.0);
    silent.model.iter_mut().filter(|p| p.key == "exit").for_each(|p| {
        p.params.insert("weight".into(), 0.0);
    });
    let loud = finished(&early(6.0)).0;
    assert_ne!(finished(&silent).0.baseline.loss, loud.baseline.loss);
}

#[test]
fn what_does_not_go_together_is_said() {
    let refused = |experiment: &Experiment| {
        let mut desk = Desk::start(experiment);
        let message = desk.until(|m| matches!(m, FromWorker::Failed { .. })).clone();
        format!("{message:?}")
    };
    let mut number = early(2.0);
    (number.data, number.loss) = (Pick::new("plane"), Pick::new("mse"));
    let said = refused(&number);
    assert!(said.contains("layer: 3") && said.contains("this data set asks for a number"), "{said}");
    let mut aware = early(2.0);
    (aware.compress.qat, aware.compress.bits) = (1, 1);
    let said = refused(&aware);
    assert!(said.contains("\"qat\"") && said.contains("not rounded in training"), "{said}");
    // Training behind quantizing, as a recipe may ask for it.
    let (_, mut desk) = finished(&early(2.0));
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Cook { run: RUN, ask: 1, recipe: vec![Pick::new("quantize"), Pick::new("fine-tune")], every: false });
    let said = format!("{:?}", desk.until(|m| matches!(m, FromWorker::Failed { .. })));
    assert!(said.contains("train before quantizing"), "{said}");
    let mut plain = Desk::start(&xor(1.0));
    plain.until(is_finished);
    plain.say(ToWorker::Exits(RUN));
    assert_eq!(plain.failures().len(), 1);
}

/// What a recipe makes leaves early, too; what it begins with does not.
#[test]
fn recipes_keep_the_heads() {
    let mut experiment = early(8.0);
    experiment.compress.exit = 0.0;
    let (summary, mut desk) = finished(&experiment);
    desk.unread = desk.heard.len();
    let recipe = vec![Pick::new("prune").with("share", 0.3), Pick::new("fine-tune"), Pick::new("quantize")];
    desk.say(ToWorker::Cook { run: RUN, ask: 1, recipe, every: true });
    desk.until(|m| matches!(m, FromWorker::Late(Late::Recipe { news: Recipe::Stage(s), .. }) if s.step == 3));
    let stages = desk.heard.iter().filter_map(|m| match m {
        FromWorker::Late(Late::Recipe { news: Recipe::Stage(s), .. }) => Some(s),
        _ => None,
    });
    let stages = stages.collect::<Vec<_>>();
    assert_eq!(stages.len(), 4);
    assert_eq!(stages[0].evaluation.score, summary.baseline.score);
    assert_ne!(stages[3].evaluation.loss, stages[0].evaluation.loss);
}
