//! Recipes as a page has them carried out.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::{artifact, catalog::Pick, inference::Runner},
    experiment::{Experiment, link},
    protocol::{FromWorker, Late, Recipe, Stage, ToWorker},
};

/// A trained run that stands still.
fn trained(experiment: &Experiment) -> Desk {
    let mut desk = Desk::start(experiment);
    desk.until(is_finished);
    desk
}

fn pick(key: &str, params: &[(&str, f64)]) -> Pick {
    params.iter().fold(Pick::new(key), |pick, (key, value)| pick.with(key, *value))
}

/// Carries a recipe out and gives its stages.
fn cook(desk: &mut Desk, recipe: &[Pick], every: bool) -> Vec<Stage> {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Cook { run: RUN, ask: 7, recipe: recipe.to_vec(), every });
    let from = desk.unread;
    desk.until(|m| matches!(m, FromWorker::Late(Late::Recipe { news: Recipe::Done | Recipe::Stopped, .. })));
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    let stage = |m: &FromWorker| match m {
        FromWorker::Late(Late::Recipe { ask, experiment, news: Recipe::Stage(stage), .. }) => {
            assert_eq!((*ask, &experiment.recipe[..]), (7, recipe));
            Some(stage.clone())
        }
        _ => None,
    };
    desk.heard[from..].iter().filter_map(stage).collect()
}

#[test]
fn every_step_is_stored_judged_and_timed() {
    let mut desk = trained(&xor(20.0));
    let recipe = [
        pick("prune", &[("share", 0.5)]),
        pick("fine-tune", &[("epochs", 3.0)]),
        pick("quantize", &[("bits", 4.0), ("act", 1.0)]),
        pick("distill", &[("epochs", 2.0)]),
    ];
    let stages = cook(&mut desk, &recipe, true);
    assert_eq!(stages.iter().map(|s| s.step).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let Some(FromWorker::Finished { summary, .. }) = desk.heard.iter().find(|m| is_finished(m)) else { unreachable!() };
    assert_eq!(stages[0].evaluation, summary.baseline, "it begins with the trained model");
    // xor's network: 2 × 8 and 8 × 2 weights.
    assert_eq!(
        stages.iter().map(|s| (s.sparsity * 32.0).round()).collect::<Vec<_>>()[..3],
        [0.0, 16.0, 16.0],
        "zeros stay zero in training"
    );
    assert!(stages[3].sparsity >= 0.5 && stages[4].sparsity >= 0.5, "and in rounding");
    assert!(stages[3].bytes() < stages[0].bytes(), "{:?}", stages.iter().map(Stage::bytes).collect::<Vec<_>>());
    assert!(stages[3].kernels.iter().all(|k| k.contains("× int8")), "{:?}", stages[3].kernels);
    assert!(stages.iter().all(|s| s.timing.p50 > 0.0 && s.baseline.p50 > 0.0));
    // Nobody asks for what lies between: the same model comes of it.
    let last = cook(&mut desk, &recipe, false);
    assert_eq!(last.len(), 1);
    assert_eq!((&last[0].evaluation, last[0].bytes()), (&stages[4].evaluation, stages[4].bytes()));
}

#[test]
fn the_file_has_the_length_that_was_said_and_gives_the_score_that_was_said() {
    let experiment = xor(10.0);
    let mut desk = trained(&experiment);
    let recipe = [pick("prune", &[("share", 0.5), ("what", 2.0)]), pick("fine-tune", &[]), pick("quantize", &[])];
    let stages = cook(&mut desk, &recipe, true);
    let last = stages.last().expect("a stage");
    assert_eq!(last.params, 4 * 2 + 4 + 4 * 2 + 2, "half of the eight neurons are gone");
    desk.say(ToWorker::ExportRecipe { run: RUN, form: last.best });
    let Some(FromWorker::File { bytes, .. }) = desk.heard.last() else { panic!("{:?}", desk.heard.last()) };
    assert_eq!(bytes.0.len() as u64, last.bytes());
    let decoded = artifact::decode(&bytes.0).expect("a file");
    let of_link = link::decode(decoded.meta.split('"').nth(3).expect("a link")).0;
    assert_eq!(of_link.recipe, recipe, "the file says how it was made");
    let mut runner = Runner::new(&decoded.model).expect("a model");
    assert_eq!(runner.run(&[0.3, -0.2], 1).len(), 2);
}

#[test]
fn training_waits_and_goes_on_as_if_nothing_had_been() {
    let experiment = xor(12.0);
    let mut whole = trained(&experiment);
    let mut desk = Desk::start(&experiment);
    desk.step(55);
    cook(&mut desk, &[pick("prune", &[("over", 2.0)])], false);
    desk.say(ToWorker::Resume(RUN));
    desk.until(is_finished);
    let last = |desk: &mut Desk| desk.points().last().copied();
    let (a, b) = (last(&mut desk).expect("a point"), last(&mut whole).expect("a point"));
    assert_eq!((a.train_loss, a.test_loss, a.step), (b.train_loss, b.test_loss, b.step));
}

#[test]
fn what_cannot_be_carried_out_is_said_at_the_recipe() {
    let mut desk = trained(&xor(2.0));
    let cases = [
        (vec![], "at least one step"),
        (vec![Pick::new("bake")], "no step \"bake\""),
        (vec![pick("prune", &[("share", 7.0)])], "not allowed"),
        (vec![pick("low-rank", &[("energy", 0.999)])], "two thin layers"),
    ];
    for (recipe, says) in cases {
        let from = desk.heard.len();
        desk.unread = from;
        desk.say(ToWorker::Cook { run: RUN, ask: 1, recipe, every: true });
        let failed = desk.until(|m| matches!(m, FromWorker::Failed { .. })).clone();
        assert!(
            format!("{failed:?}").contains(says) || matches!(&failed, FromWorker::Failed { error, .. } if error.to_string().contains(says)),
            "{failed:?}"
        );
        assert!(desk.heard[from..].iter().any(|m| matches!(m, FromWorker::Late(Late::Recipe { news: Recipe::Stopped, .. }))));
    }
    // The run is as it was.
    desk.say(ToWorker::Step { run: RUN, steps: 1 });
    desk.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
}

#[test]
fn it_can_be_stopped() {
    let mut desk = trained(&xor(2.0));
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Cook { run: RUN, ask: 3, recipe: vec![pick("fine-tune", &[("epochs", 50.0)])], every: true });
    desk.until(|m| matches!(m, FromWorker::Late(Late::Recipe { news: Recipe::Stage(_), .. })));
    desk.say(ToWorker::StopRecipe(RUN));
    desk.until(|m| matches!(m, FromWorker::Late(Late::Recipe { ask: 3, news: Recipe::Stopped, .. })));
    desk.say(ToWorker::ExportRecipe { run: RUN, form: whittle::protocol::Form::Packed });
    assert_eq!(desk.failures().len(), 1, "nothing was made");
}

#[test]
fn a_recipe_goes_through_the_link() {
    let recipe = vec![pick("prune", &[("share", 0.9), ("what", 1.0)]), Pick::new("fine-tune"), pick("quantize", &[("bits", 4.0)])];
    let experiment = Experiment { recipe, ..Experiment::default() };
    let text = link::encode(&experiment);
    assert_eq!(text, "recipe=prune:0.9:layer,fine-tune,quantize:4");
    let (back, notices, errors) = link::decode(&text);
    assert_eq!((back, notices.len(), errors.len()), (experiment, 0, 0));
    let (kept, _, errors) = link::decode("recipe=prune:0.5,bake&lr=0.1");
    assert_eq!((kept.recipe.len(), errors[0].field(), kept.train.lr), (0, "recipe", 0.1));
}
