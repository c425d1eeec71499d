//! Steps of recipes, by themselves.

mod compress_support;

use compress_support::{inputs, networks, params};
use whittle::engine::{
    catalog::Pick,
    compress::{Calibration, Labels},
    data::{Samples, Task},
    losses::{self, Target},
    network::{Network, Tape},
    optimizers,
    params::Values,
    pruning::{Choice, Evidence},
    recipe::{AtHand, CATALOG, Candidate, Now, Step, blocks},
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rules, Score, Settings, Teaching, Trainer, mean_answers},
};

fn step(pick: &Pick) -> Box<dyn Step> {
    let (entry, values) = CATALOG.resolve(pick).expect("a step");
    (entry.build)(&values)
}

fn outputs(network: &Network, params: &[f32], x: &[f32]) -> Vec<f32> {
    let mut tape = Tape::default();
    network.forward(params, x, x.len() / network.input().len(), false, &mut Rng::new(0, 0), &mut tape).to_vec()
}

fn copy(network: &Network) -> Network {
    let picks: Vec<Pick> = network.nodes().iter().map(|n| n.pick.clone()).collect();
    Network::new(&picks, network.input()).expect("the same layers")
}

const NOTHING: AtHand<'_> = AtHand { calibration: Calibration { inputs: &[], labels: None, held: &[], movement: &[] }, widths: &[] };

/// A network that lost units computes what the whole one does with those units masked.
#[test]
fn removed_units_leave_the_function_of_the_masked_network() {
    let mut narrowed = 0;
    for (name, network) in networks() {
        let mut params = params(&network, 3);
        let choice = Choice { scope: &Pick::new("units"), criterion: &Pick::new("magnitude") };
        let pruned = choice.prune(&Evidence::new(&network, &params, &Calibration::default()), 0.5).expect(name);
        pruned.mask.apply(&mut params);
        let x = inputs(&network, 6, 9);
        let want = outputs(&network, &params, &x);
        let mut candidate = Candidate::new(copy(&network), params.clone(), params.clone());
        candidate.narrow(&pruned.removed).expect(name);
        narrowed += usize::from(candidate.network.params() < network.params());
        let got = outputs(&candidate.network, &candidate.params, &x);
        for (got, want) in got.iter().zip(&want) {
            assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{name}: {got} instead of {want}");
        }
        assert_eq!(candidate.initial.as_ref().map(Vec::len), Some(candidate.network.params()), "{name}: first weights are cut alike");
    }
    assert!(narrowed > 3, "most of these networks have units to spare");
}

#[test]
fn a_mask_holds_and_rewinding_keeps_it() {
    for (name, network) in networks() {
        let (first, last) = (params(&network, 1), params(&network, 2));
        let mut candidate = Candidate::new(copy(&network), last.clone(), first.clone());
        step(&Pick::new("prune").with("share", 0.6)).begin(&mut candidate, &NOTHING).expect(name);
        let weights: usize = network.weights().map(|(_, _, span)| span.len()).sum();
        let gone = candidate.keep.iter().filter(|k| **k == 0.0).count();
        assert_eq!(gone, (weights as f64 * 0.6).round() as usize, "{name}: the sparsity is reached exactly");
        step(&Pick::new("rewind")).begin(&mut candidate, &NOTHING).expect(name);
        for ((now, first), keep) in candidate.params.iter().zip(&first).zip(&candidate.keep) {
            assert_eq!(*now, first * keep, "{name}");
        }
    }
}

/// The cubic curve of Zhu & Gupta: sparsity after each share of the training, and what was removed stays removed.
#[test]
fn gradual_pruning_follows_its_curve() {
    let (name, network) = networks().into_iter().find(|(name, _)| *name == "mlp").expect("it is listed");
    let gradual = step(&Pick::new("prune").with("share", 0.8).with("over", 4.0));
    assert_eq!(gradual.training().map(|t| t.epochs), Some(4.0));
    let mut params = params(&network, 5);
    let weights: usize = network.weights().map(|(_, _, span)| span.len()).sum();
    let mut keep: Vec<f32> = Vec::new();
    let now = Now { network: &network, params: &params, keep: &keep };
    assert_eq!(gradual.hold(&now, 0.0, &NOTHING), Ok(None), "it begins with all of them");
    for done in [0.25, 0.5, 0.75, 1.0] {
        let now = Now { network: &network, params: &params, keep: &keep };
        let held = gradual.hold(&now, done, &NOTHING).expect(name).expect("a mask");
        let want = 0.8 * (1.0 - (1.0_f64 - done).powi(3)) * weights as f64;
        assert_eq!(held.iter().filter(|k| **k == 0.0).count(), want.round() as usize, "at {done}");
        assert!(held.iter().zip(&keep).all(|(now, before)| now <= before), "nothing comes back");
        params.iter_mut().zip(&held).for_each(|(p, k)| *p *= k);
        // Training moves what is left.
        params.iter_mut().for_each(|p| *p *= 1.1);
        keep = held;
    }
}

#[test]
fn factors_of_all_energy_compute_the_same() {
    for (name, network) in networks() {
        let mut params = params(&network, 4);
        // Matrices of rank one, so that there is something to factorize.
        for (_, tensor, span) in network.weights() {
            let units = *tensor.shape.last().expect("a shape");
            let weights = &mut params[span];
            let row: Vec<f32> = weights[..units].to_vec();
            for (k, to) in weights.chunks_exact_mut(units).enumerate() {
                to.iter_mut().zip(&row).for_each(|(w, r)| *w = r * (1.0 + 0.1 * k as f32));
            }
        }
        let x = inputs(&network, 5, 8);
        let mut candidate = Candidate::new(copy(&network), params.clone(), params.clone());
        match step(&Pick::new("low-rank").with("energy", 0.999)).begin(&mut candidate, &NOTHING) {
            Err(error) => assert_eq!(error.field(), "recipe", "{name}: no layer is large enough"),
            Ok(()) => {
                assert!(candidate.network.params() < network.params() && candidate.initial.is_none(), "{name}");
                let (got, want) = (outputs(&candidate.network, &candidate.params, &x), outputs(&network, &params, &x));
                for (got, want) in got.iter().zip(&want) {
                    assert!((got - want).abs() <= 1e-3 * want.abs().max(1.0), "{name}: {got} instead of {want}");
                }
                let rewound = step(&Pick::new("rewind")).begin(&mut candidate, &NOTHING).expect_err(name);
                assert_eq!(rewound.field(), "recipe");
            }
        }
    }
}

/// Training on a teacher's answers, against PyTorch.
#[test]
fn distillation_is_that_of_pytorch() {
    #[derive(serde::Deserialize)]
    struct Reference {
        cases: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        outputs: usize,
        temperature: f32,
        alpha: f32,
        x: Vec<f32>,
        classes: Vec<u32>,
        values: Vec<f32>,
        teacher: Vec<f32>,
        /// Teachers beside that one.
        #[serde(default)]
        others: Vec<Vec<f32>>,
        before: Vec<f32>,
        losses: Vec<f32>,
        after: Vec<f32>,
    }
    let reference: Reference = serde_json::from_str(include_str!("fixtures/distill/reference.json")).expect("a fixture");
    assert!(reference.cases.iter().any(|c| c.values.is_empty()) && reference.cases.iter().any(|c| c.classes.is_empty()));
    assert!(reference.cases.iter().filter(|c| !c.others.is_empty()).count() >= 3);
    for case in reference.cases {
        let picks = [Pick::new("dense").with("units", 5.0), Pick::new("tanh"), Pick::new("dense").with("units", case.outputs as f64)];
        let network = Network::new(&picks, &Shape(vec![3])).expect("a network");
        let (task, loss) = if case.values.is_empty() {
            (Task::Classes((0..case.outputs).map(|i| i.to_string()).collect()), "cross-entropy")
        } else {
            (Task::Value { name: "y".into(), shift: 0.0, scale: 1.0 }, "mse")
        };
        let all: Vec<&[f32]> = std::iter::once(&case.teacher).chain(&case.others).map(Vec::as_slice).collect();
        let mut said = Vec::new();
        mean_answers(&task, &all, case.temperature, &mut said);
        let rules = Rules {
            loss: losses::CATALOG.resolve(&Pick::new(loss)).map(|(e, v)| (e.build)(&v)).expect("a loss"),
            optimizer: optimizers::CATALOG.resolve(&Pick::new("sgd")).map(|(e, v)| (e.build)(&v)).expect("an optimizer"),
            optimizer_key: "sgd".into(),
            schedule: schedules::CATALOG.resolve(&Pick::new("constant")).map(|(e, v)| (e.build)(&v)).expect("a schedule"),
        };
        let settings = Settings { lr: 0.05, batch: 10, epochs: 100.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
        let data = Samples { len: 10, inputs: case.x, classes: case.classes, values: case.values };
        let mut trainer = Trainer::new(network, case.before.clone(), task, settings, rules, 1);
        trainer.teach(Some(Teaching::new(said, case.temperature, case.alpha)));
        for want in &case.losses {
            let got = trainer.step(&data, &mut Score::default()).loss;
            assert!((got - want).abs() <= 2e-5 * want.abs().max(1.0), "α {}: the labels' loss is {got} instead of {want}", case.alpha);
        }
        let moved: f32 = case.after.iter().zip(&case.before).map(|(a, b)| (a - b).abs()).sum();
        assert!(moved > 0.1, "it learns something");
        for (got, want) in trainer.params.iter().zip(&case.after) {
            assert!((got - want).abs() <= 2e-5, "T {}, α {}: {got} instead of {want}", case.temperature, case.alpha);
        }
    }
}

#[test]
fn equalized_layers_compute_the_same() {
    let mut moved = 0;
    for (name, network) in networks() {
        let params = params(&network, 6);
        let x = inputs(&network, 5, 8);
        let mut candidate = Candidate::new(copy(&network), params.clone(), params.clone());
        step(&Pick::new("equalize")).begin(&mut candidate, &NOTHING).expect(name);
        moved += usize::from(candidate.params != params);
        let (got, want) = (outputs(&candidate.network, &candidate.params, &x), outputs(&network, &params, &x));
        for (got, want) in got.iter().zip(&want) {
            assert!((got - want).abs() <= 1e-4 * want.abs().max(1.0), "{name}: {got} instead of {want}");
        }
    }
    assert!(moved > 3, "most of these networks have layers side by side with ReLU between");
}

fn dense(units: usize) -> Pick {
    Pick::new("dense").with("units", units as f64)
}

fn add(back: usize) -> Pick {
    Pick::new("add").with("back", back as f64)
}

#[test]
fn blocks_are_what_a_network_can_do_without() {
    let (relu, norm) = (|| Pick::new("relu"), || Pick::new("batchnorm"));
    let found = |picks: &[Pick]| blocks(&Network::new(picks, &Shape(vec![6])).expect("a network"));
    // A layer of the same shape with its activation, and never the last.
    assert_eq!(found(&[dense(6), relu(), dense(4), relu(), dense(4), norm(), relu(), dense(4)]), [0..2, 4..7]);
    // A residual block; the layers inside it change their shape.
    assert_eq!(found(&[dense(5), relu(), dense(3), relu(), dense(5), add(3), relu(), dense(4)]), std::slice::from_ref(&(2..6)));
    // Both: what is inside a block can go alone, and the block as a whole.
    assert_eq!(found(&[dense(5), dense(5), relu(), dense(5), add(3), dense(4)]), [1..3, 3..4, 1..5]);
    // Connections that cross: neither end may hang in the air.
    assert_eq!(found(&[dense(6), dense(6), add(2), dense(6), add(2), dense(4)]), [0..1, 1..2, 3..4]);
}

/// Ranks by what the definition says, and gives the network that the definition means.
#[test]
fn the_layer_without_which_the_loss_is_least_goes() {
    let picks = [dense(8), Pick::new("tanh"), dense(8), Pick::new("tanh"), dense(8), add(3), dense(8), Pick::new("relu"), dense(3)];
    let network = Network::new(&picks, &Shape(vec![5])).expect("a network");
    let mut params = params(&network, 6);
    // The layer behind the block hands on nearly what it gets: its loss is the least, and so is its change, as what comes in is positive.
    let (span, bias) = (network.nodes()[6].tensors[0].1.clone(), network.nodes()[6].tensors[1].1.clone());
    params[span.clone()].iter_mut().enumerate().for_each(|(i, w)| *w = f32::from(u8::from(i / 8 == i % 8)) + 1e-3);
    params[bias].fill(0.0);
    params[network.nodes()[0].tensors[1].1.clone()].fill(4.0);
    params[network.nodes()[4].tensors[1].1.clone()].fill(3.0);
    let x = inputs(&network, 40, 3);
    let classes: Vec<u32> = outputs(&network, &params, &x).chunks(3).map(|y| whittle::engine::train::argmax(y) as u32).collect();
    let loss = (losses::CATALOG.find("cross-entropy").expect("known").build)(&Values::defaults(
        losses::CATALOG.find("cross-entropy").expect("known").params,
    ));
    let labels = Some(Labels { target: Target::Classes(&classes), loss: loss.as_ref() });
    let at_hand = AtHand { calibration: Calibration { labels, ..Calibration::of(&x) }, widths: &[] };
    let fresh = || Candidate::new(copy(&network), params.clone(), params.clone());
    let without = |block: &std::ops::Range<usize>| {
        let gone: Vec<bool> = (0..network.nodes().len()).map(|i| block.contains(&i)).collect();
        fresh().without(&gone, &params).expect("a network")
    };
    let all = blocks(&network);
    assert_eq!(all, [2..4, 4..5, 2..6, 6..8]);
    let cost = |block: &&std::ops::Range<usize>| {
        let short = without(block);
        let y = outputs(&short.network, &short.params, &x);
        loss.eval(&y, Target::Classes(&classes), 3, &mut vec![0.0; y.len()])
    };
    let least = all.iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("there are some");
    for (by, block) in [(0.0, least), (1.0, &(6..8))] {
        let mut candidate = fresh();
        let step = step(&Pick::new("drop-layer").with("by", by));
        step.begin(&mut candidate, &at_hand).expect("there are layers to drop");
        let wanted = without(block);
        let picks = |c: &Candidate| c.network.nodes().iter().map(|n| n.pick.clone()).collect::<Vec<_>>();
        assert_eq!(picks(&candidate), picks(&wanted), "by {by}");
        assert_eq!(candidate.params, wanted.params);
        assert_eq!(candidate.initial, Some(candidate.params.clone()));
        assert!(candidate.network.nodes().len() < network.nodes().len());
    }
    // Without labels there is a change, and no loss.
    let unlabelled = AtHand { calibration: Calibration::of(&x), widths: &[] };
    assert!(step(&Pick::new("drop-layer").with("by", 1.0)).begin(&mut fresh(), &unlabelled).is_ok());
    let error = step(&Pick::new("drop-layer")).begin(&mut fresh(), &unlabelled).expect_err("no labels");
    assert!(error.to_string().starts_with("recipe: without training samples with labels"), "{error}");
    // All that can go: the three layers of the same shape, or the block as a whole.
    let error = step(&Pick::new("drop-layer").with("layers", 16.0)).begin(&mut fresh(), &at_hand).expect_err("too many");
    assert!(error.to_string().contains("layers or blocks can be left out here, and 16 are to go"), "{error}");
    // A block without its branch is what comes in: the answers follow.
    let mut candidate = fresh();
    candidate = candidate.without(&[false, false, true, true, true, true, false, false, false], &params).expect("a network");
    let mut zero = params.clone();
    zero[network.nodes()[4].span.clone()].fill(0.0);
    assert_eq!(outputs(&candidate.network, &candidate.params, &x), outputs(&network, &zero, &x));
}

/// Rounds that each remove the same share of what is left, and rewind it.
#[test]
fn iterative_pruning_removes_the_same_share_of_what_is_left() {
    let (name, network) = networks().into_iter().find(|(name, _)| *name == "mlp").expect("it is listed");
    let (first, last) = (params(&network, 1), params(&network, 2));
    let weights: usize = network.weights().map(|(_, _, span)| span.len()).sum();
    let settings = |rewind: f64| Pick::new("prune").with("share", 0.875).with("over", 6.0).with("rounds", 3.0).with("rewind", rewind);
    for rewind in [0.0, 1.0] {
        let rounds = step(&settings(rewind));
        assert_eq!((rounds.rounds(), rounds.training().map(|t| t.epochs)), (3, Some(2.0)));
        let mut candidate = Candidate::new(copy(&network), last.clone(), first.clone());
        for (round, left) in [0.5, 0.25, 0.125].into_iter().enumerate() {
            let before = candidate.keep.clone();
            // Training moves what is left.
            candidate.params.iter_mut().for_each(|p| *p *= 1.25);
            if round == 0 {
                rounds.begin(&mut candidate, &NOTHING).expect(name);
            } else {
                rounds.between(&mut candidate, round as u32, &NOTHING).expect(name);
            }
            let gone = candidate.keep.iter().filter(|k| **k == 0.0).count();
            assert_eq!(gone, ((1.0 - left) * weights as f64).round() as usize, "round {round}");
            assert!(candidate.keep.iter().zip(&before).all(|(now, before)| now <= before), "nothing comes back");
            let rewound = candidate.params.iter().zip(&first).zip(&candidate.keep).all(|((p, first), keep)| *p == first * keep);
            assert_eq!(rewound, rewind == 1.0, "round {round}");
            let now = Now { network: &candidate.network, params: &candidate.params, keep: &candidate.keep };
            assert_eq!(rounds.hold(&now, 0.5, &NOTHING), Ok(None), "it trains in peace");
        }
        let kept = candidate.keep.clone();
        rounds.end(&mut candidate, &NOTHING).expect(name);
        assert_eq!(candidate.keep, kept);
    }
    // Whole units: of 16, half of what is left goes in each of two rounds.
    let units = step(&settings(0.0).with("what", 2.0).with("share", 0.75).with("rounds", 2.0));
    let picks = [dense(16), Pick::new("relu"), dense(2)];
    let network = Network::new(&picks, &Shape(vec![3])).expect("a network");
    let params = params(&network, 3);
    let mut candidate = Candidate::new(network, params.clone(), params);
    let left = |candidate: &Candidate| candidate.network.units(0);
    units.begin(&mut candidate, &NOTHING).expect("a round");
    assert_eq!(left(&candidate), 8);
    units.between(&mut candidate, 1, &NOTHING).expect("a round");
    assert_eq!(left(&candidate), 4);
    // Without epochs there is nothing to do in rounds.
    assert_eq!(step(&Pick::new("prune").with("rounds", 4.0)).rounds(), 1);
}

/// The mask moves, as many come as go in every layer, ever fewer, and late in training none.
#[test]
fn regrowth_keeps_the_sparsity_and_settles() {
    let (name, network) = networks().into_iter().find(|(name, _)| *name == "mlp").expect("it is listed");
    let (mut rng, n) = (Rng::new(4, 0), 40);
    let x: Vec<f32> = (0..n * network.input().len()).map(|_| rng.normal()).collect();
    let classes: Vec<u32> = (0..n).map(|_| rng.below(network.output().len() as u32)).collect();
    let loss = losses::CATALOG.resolve(&Pick::new("cross-entropy")).map(|(e, v)| (e.build)(&v)).expect("a loss");
    let labels = Labels { loss: loss.as_ref(), target: Target::Classes(&classes) };
    let at_hand = AtHand { calibration: Calibration { inputs: &x, labels: Some(labels), held: &[], movement: &[] }, widths: &[] };
    let mut candidate = Candidate::new(copy(&network), params(&network, 5), params(&network, 5));
    let regrow = step(&Pick::new("regrow").with("share", 0.75).with("turnover", 0.4));
    regrow.begin(&mut candidate, &at_hand).expect(name);
    let mut keep = candidate.keep.clone();
    let mut moves = Vec::new();
    for done in [0.0, 0.2, 0.5, 0.7, 0.8, 1.0] {
        let now = Now { network: &network, params: &candidate.params, keep: &keep };
        let Some(next) = regrow.hold(&now, done, &at_hand).expect(name) else {
            moves.push(0);
            continue;
        };
        for (_, _, span) in network.weights() {
            let living = |keep: &[f32]| keep[span.clone()].iter().filter(|k| **k == 1.0).count();
            assert_eq!(living(&next), living(&keep), "{name} at {done}");
        }
        moves.push(next.iter().zip(&keep).filter(|(a, b)| a > b).count());
        candidate.params.iter_mut().zip(&next).for_each(|(p, k)| *p *= k);
        keep = next;
    }
    assert!(moves[1] > moves[3] && moves[1] > 0 && moves[2] > 0, "{moves:?}");
    assert_eq!((moves[0], moves[4], moves[5]), (0, 0, 0));
    let blind = AtHand { calibration: Calibration { inputs: &x, labels: None, held: &[], movement: &[] }, widths: &[] };
    let now = Now { network: &network, params: &candidate.params, keep: &keep };
    assert!(regrow.hold(&now, 0.2, &blind).is_err(), "gradients take labels");
}
