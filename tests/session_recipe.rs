//! Recipes as a page has them carried out.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::{artifact, catalog::Pick, inference::Runner, packed::PackedModel, roc::THRESHOLDS},
    experiment::{Experiment, link},
    protocol::{Form, FromWorker, Late, Look, Recipe, Sample, Seen, Stage, ToWorker},
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
    desk.say(ToWorker::ExportRecipe { run: RUN, form: Form::Packed });
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

/// The model of the recipe that was carried out last.
fn made(desk: &mut Desk, form: Form) -> (usize, PackedModel) {
    desk.say(ToWorker::ExportRecipe { run: RUN, form });
    let Some(FromWorker::File { bytes, .. }) = desk.heard.last() else { panic!("{:?}", desk.heard.last()) };
    (bytes.0.len(), artifact::decode(&bytes.0).expect("a file").model)
}

/// Links that were written when the step had fewer settings, and what it can be told today.
#[test]
fn the_quantizing_step_knows_every_format() {
    let cases = [
        ("quantize:5:tensor:int8", "int5 × int8", Some(8)),
        ("quantize:2:channel:fp32:gptq:on", "int2", None),
        ("quantize::::::fp16", "f16", None),
        ("quantize::::::bf16", "bf16", None),
        ("quantize::::::e4m3", "fp8 e4m3", None),
        ("quantize::tensor::::e5m2", "fp8 e5m2", None),
        ("quantize:4:g32", "int4 g32", None),
        ("quantize:4:g64:int6:nearest:off:int:affine:mse:entropy:64", "int4 g64 affine × int8", Some(6)),
        ("quantize:3:channel:int4:adaround:on:int:symmetric:percentile:mse:1024", "int3 × int8", Some(4)),
    ];
    let mut experiment = xor(3.0);
    experiment.model = vec![pick("dense", &[("units", 70.0)]), Pick::new("relu"), pick("dense", &[("units", 6.0)])];
    let mut desk = trained(&experiment);
    let mut all = std::collections::BTreeSet::new();
    for (step, kernel, activations) in cases {
        let (read, notices, errors) = link::decode(&format!("recipe={step}"));
        assert!(errors.is_empty() && notices.is_empty(), "{step}: {errors:?}");
        assert_eq!(link::decode(&link::encode(&read)).0, read, "{step}");
        let last = cook(&mut desk, &read.recipe, false).pop().expect("a stage");
        let model = made(&mut desk, Form::Packed).1;
        // Only the second layer has inputs to group.
        let second = &model.layers[2];
        let format = second.weights.as_ref().map(|w| w.format().name()).expect("weights");
        assert!(last.kernels.iter().any(|k| k == kernel) && kernel.starts_with(&format), "{step}: {:?}, {format}", last.kernels);
        assert_eq!(second.activation.map(|a| a.bits), activations, "{step}");
        all.insert(kernel);
    }
    assert_eq!(all.len(), cases.len(), "no two alike");
    // Ranges are measured on as many samples as the step says.
    let mut reach = |samples: f64| {
        cook(&mut desk, &[pick("quantize", &[("act", 1.0), ("samples", samples)])], false);
        made(&mut desk, Form::Packed).1.layers.iter().rev().find_map(|l| l.activation).expect("whole numbers").scale
    };
    let [few, usual, many] = [16.0, 128.0, 300.0].map(&mut reach);
    assert!(few < usual && usual <= many, "{few} {usual} {many}");
    for wrong in ["quantize:4:g16", "quantize::::::int4", "quantize::::::::::2000", "cluster:9", "cluster:0", "cluster:4:k-means"] {
        let (kept, _, errors) = link::decode(&format!("recipe={wrong}"));
        assert_eq!((kept.recipe[0].params.len() < 2, errors.len(), errors[0].field()), (true, 1, "recipe"), "{wrong}");
    }
}

/// Bits of single layers are those of the experiment where the step is told so, in training behind it as well.
#[test]
fn single_layers_keep_their_own_bits() {
    let mut experiment = xor(6.0);
    experiment.compress.widths = vec![8, 32];
    let mut desk = trained(&experiment);
    let formats =
        |desk: &mut Desk| made(desk, Form::Packed).1.layers.iter().filter_map(|l| l.weights.as_ref()).map(|w| w.bits()).collect::<Vec<_>>();
    let three = pick("quantize", &[("bits", 5.0)]);
    for (step, wanted) in [(three.clone(), [3, 3]), (three.with("own", 1.0), [8, 32])] {
        for recipe in [vec![step.clone()], vec![step.clone(), Pick::new("fine-tune")]] {
            cook(&mut desk, &recipe, false);
            assert_eq!(formats(&mut desk), wanted, "{recipe:?}");
        }
    }
    let own = pick("quantize", &[("own", 1.0)]);
    let mut desk = trained(&xor(2.0));
    desk.say(ToWorker::Cook { run: RUN, ask: 1, recipe: vec![own], every: true });
    let failed = format!("{:?}", desk.until(|m| matches!(m, FromWorker::Failed { .. })));
    assert!(failed.contains("no layer has bits") && failed.contains("recipe"), "{failed}");
}

/// Han, Mao & Dally's three steps on handwritten digits, bytes at each.
#[test]
fn deep_compression_works_from_end_to_end() {
    let experiment = Experiment {
        data: Pick::new("digits"),
        model: vec![pick("dense", &[("units", 48.0)]), Pick::new("relu")],
        ..Experiment::default()
    };
    let mut desk = Desk::new();
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: true });
    assert_eq!(desk.session.claim().as_deref(), Some("digits"));
    let digits = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/public/data/digits.bin")).expect("digits");
    desk.session.supply("digits", Ok(&digits));
    desk.listen();
    desk.until(is_finished);
    let recipe = [
        pick("prune", &[("share", 0.8), ("over", 6.0)]),
        pick("fine-tune", &[("epochs", 6.0)]),
        pick("cluster", &[("bits", 3.0)]),
        pick("fine-tune", &[("epochs", 4.0)]),
        pick("cluster", &[("bits", 3.0), ("tune", 4.0)]),
    ];
    let stages = cook(&mut desk, &recipe, true);
    let bytes: Vec<u64> = stages.iter().map(Stage::bytes).collect();
    let score: Vec<f32> = stages.iter().map(|s| s.evaluation.score).collect();
    assert!(bytes[1] * 4 < bytes[0] && bytes[3] * 3 < bytes[2], "{bytes:?}");
    assert!(bytes[5] * 12 < bytes[0], "{bytes:?}: a twelfth, header and all");
    assert!(score[0] > 0.9 && score[5] > score[0] - 0.05, "{score:?}");
    assert!(score[4] >= score[3] - 0.01, "{score:?}: shared values learn what clustering took");
    let last = stages.last().expect("a stage");
    assert!(last.sparsity >= 0.8 - 1e-3, "zeros stay zeros");
    assert_eq!(last.best, Form::Deflate, "entropy-coded is the smallest: {:?}", last.sizes);
    for form in last.sizes.iter().map(|size| size.form).filter(|form| *form != Form::Dense) {
        let (len, model) = made(&mut desk, form);
        assert_eq!(Some(len as u64), last.sizes.iter().find(|s| s.form == form).map(|s| s.bytes), "{form:?}: the length really written");
        for weights in model.layers.iter().filter_map(|layer| layer.weights.as_ref()) {
            let mut values: Vec<u32> = weights.to_f32().iter().filter(|w| **w != 0.0).map(|w| w.to_bits()).collect();
            values.sort_unstable();
            values.dedup();
            assert!(values.len() <= 8, "{form:?}: {} values", values.len());
        }
    }
}

/// Looks at what was made and gives what was seen.
fn look(desk: &mut Desk, what: Look) -> Seen {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Look { run: RUN, what });
    let seen = |m: &FromWorker| if let FromWorker::Late(Late::Seen { ask: 7, seen, .. }) = m { Some(seen.clone()) } else { None };
    let heard = desk.until(|m| seen(m).is_some());
    seen(heard).expect("it was found")
}

#[test]
fn what_a_recipe_made_is_seen_beside_the_trained_model() {
    let mut desk = trained(&xor(12.0));
    desk.say(ToWorker::Look { run: RUN, what: Look::Times });
    assert_eq!(desk.failures().len(), 1, "nothing has been made yet");
    desk.heard.clear();
    let recipe = [pick("prune", &[("share", 0.75), ("what", 2.0)]), pick("quantize", &[("bits", 5.0)])];
    let stages = cook(&mut desk, &recipe, true);
    let (first, last) = (&stages[0].evaluation, &stages[2].evaluation);
    let Seen::Contrast(contrast) = look(&mut desk, Look::Contrast) else { unreachable!() };
    assert_eq!(contrast.samples, last.samples);
    for (class, [lost, gained, _]) in contrast.changes.iter().enumerate() {
        let right = |c: &[u32]| i64::from(c[class * 2 + class]);
        assert_eq!(i64::from(*gained) - i64::from(*lost), right(&last.confusion) - right(&first.confusion), "class {class}");
    }
    assert!(contrast.changes.iter().flatten().sum::<u32>() > 0, "a quarter of the neurons says something else: {contrast:?}");
    for (optimized, evaluation) in [(false, first), (true, last)] {
        for cell in 0..4 {
            let (actual, predicted) = (cell / 2, cell % 2);
            let Seen::Cell { total, samples, .. } = look(&mut desk, Look::Cell { actual, predicted, optimized }) else { unreachable!() };
            assert_eq!(total, evaluation.confusion[cell] as usize);
            let said = |s: &Sample| if optimized { s.optimized.clone() } else { s.baseline.clone() };
            assert!(samples.iter().all(|s| s.actual == actual as f32 && usize::from(said(s)[1] > said(s)[0]) == predicted));
        }
    }
    let Seen::Times(times) = look(&mut desk, Look::Times) else { unreachable!() };
    assert_eq!(times.made.iter().map(|t| t.batch).collect::<Vec<_>>(), [1, 64]);
    assert_eq!(times.baseline.len(), 2);
    assert!(times.layers[0].label.contains('2'), "two of eight neurons are left: {:?}", times.layers);
    let kernels: Vec<_> = times.layers.iter().map(|l| l.kernel.as_str()).filter(|k| !k.is_empty()).collect();
    assert_eq!(kernels, ["int3", "int3"], "{:?}", times.layers);
    assert!(times.layers.iter().all(|l| l.time.is_some_and(|t| t.p50 > 0.0) || l.kernel.is_empty()));
    // At ½ both are as their confusion matrices have it.
    let Seen::Roc(roc) = look(&mut desk, Look::Roc) else { unreachable!() };
    let half = THRESHOLDS.iter().position(|t| *t == 0.5).expect("a half");
    for (side, evaluation) in [first, last].into_iter().enumerate() {
        let t = roc.classes[1][side].table(half);
        assert_eq!([t.true_negatives, t.false_positives, t.false_negatives, t.true_positives].as_slice(), evaluation.confusion.as_slice());
    }
    // The same question has the same answer.
    assert_eq!(look(&mut desk, Look::Contrast), Seen::Contrast(contrast));
    assert_eq!(look(&mut desk, Look::Roc), Seen::Roc(roc));
}

#[test]
fn samples_held_out_are_judged_beside_the_test() {
    let mut experiment = xor(4.0);
    let mut desk = trained(&experiment);
    assert!(cook(&mut desk, &[Pick::new("quantize")], false)[0].validation.is_none());
    experiment.train.validation = 0.2;
    let mut desk = trained(&experiment);
    let stages = cook(&mut desk, &[Pick::new("quantize")], true);
    for stage in &stages {
        let validation = stage.validation.as_ref().expect("there are some");
        assert_eq!((validation.samples, stage.evaluation.samples), (40, 200));
    }
    let last = desk.points().last().copied().expect("a point");
    assert_eq!(stages[0].validation.as_ref().map(|v| v.score), last.validation_score);
}

#[test]
fn rounds_and_regrowth_are_carried_out() {
    let mut desk = trained(&xor(6.0));
    let recipes = [
        pick("prune", &[("share", 0.75), ("over", 2.0), ("rounds", 3.0)]),
        pick("prune", &[("share", 0.75), ("over", 2.0), ("rounds", 3.0), ("rewind", 1.0)]),
        pick("prune", &[("share", 0.75), ("over", 2.0)]),
        pick("regrow", &[("share", 0.75), ("epochs", 2.0)]),
    ];
    let mut losses = Vec::new();
    for step in recipes {
        let last = cook(&mut desk, std::slice::from_ref(&step), false).pop().expect("a stage");
        // What came back begins at zero, and stays there where no gradient reaches it.
        let most = if step.key == "regrow" { 28.0 } else { 24.0 };
        let zeros = (last.sparsity * 32.0).round();
        assert!((24.0..=most).contains(&zeros), "{step:?}: {zeros}");
        assert!(losses.iter().all(|other| *other != last.evaluation.loss), "another way to the same sparsity");
        let again = cook(&mut desk, &[step], false).pop().expect("a stage");
        assert_eq!(again.evaluation.loss, last.evaluation.loss);
        losses.push(last.evaluation.loss);
    }
}
