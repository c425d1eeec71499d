//! What every scope promises with every criterion that suits it.

mod compress_support;

use compress_support::{forward, inputs, networks, params};
use whittle::engine::{
    catalog::Pick,
    compress::{Calibration, Labels},
    data::{Samples, Task},
    initializers,
    losses::{self, Loss, Target},
    network::Network,
    optimizers,
    packed::matrix,
    pruning::{self, Choice, Evidence, Mask, Pruned, criteria, removable},
    recipe::{self, AtHand, Candidate},
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rules, Score, Settings, Trainer},
};

/// Every scope with every criterion that suits it.
fn choices() -> Vec<(Pick, Pick)> {
    let scopes = pruning::LISTING.entries.iter().flat_map(|scope| criteria::LISTING.entries.iter().map(move |c| (scope.key, c.key)));
    let suiting = scopes.filter(|(scope, criterion)| criteria::check(scope, criterion).is_ok());
    suiting.map(|(scope, criterion)| (Pick::new(scope), Pick::new(criterion))).collect()
}

fn loss() -> Box<dyn Loss> {
    let (entry, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).expect("known");
    (entry.build)(&values)
}

/// What criteria look at, made up for a network.
struct Made {
    inputs: Vec<f32>,
    classes: Vec<u32>,
    movement: Vec<f32>,
    loss: Box<dyn Loss>,
}

impl Made {
    fn of(network: &Network, seed: u64) -> Self {
        let mut rng = Rng::new(seed, 9);
        let classes = (0..20).map(|_| rng.below(network.output().len() as u32)).collect();
        let movement = (0..network.params()).map(|_| rng.normal()).collect();
        Self { inputs: inputs(network, 20, seed), classes, movement, loss: loss() }
    }

    fn calibration(&self) -> Calibration<'_> {
        let labels = Some(Labels { target: Target::Classes(&self.classes), loss: self.loss.as_ref() });
        Calibration { labels, movement: &self.movement, ..Calibration::of(&self.inputs) }
    }

    fn prune(&self, network: &Network, params: &[f32], (scope, criterion): &(Pick, Pick), sparsity: f64, held: &[f32]) -> Pruned {
        let calibration = Calibration { held, ..self.calibration() };
        let evidence = Evidence::new(network, params, &calibration);
        Choice { scope, criterion }.prune(&evidence, sparsity).unwrap_or_else(|e| panic!("{} {}: {e}", scope.key, criterion.key))
    }
}

/// How many weights, units or blocks there are, and how many went.
fn tally(network: &Network, scope: &str, pruned: &Pruned) -> (usize, usize) {
    let gone = |at: usize| !pruned.mask.keeps(at);
    match scope {
        "units" => (removable(network), pruned.removed.iter().map(Vec::len).sum()),
        "block" => {
            let (mut blocks, mut went) = (0, 0);
            for (layer, _, span) in network.weights() {
                let (inputs, units) = matrix(&network.nodes()[layer].layer.op()).expect("a matrix");
                for (unit, row) in (0..units).flat_map(|u| (0..inputs).step_by(4).map(move |r| (u, r))) {
                    let block: Vec<bool> = (row..inputs.min(row + 4)).map(|k| gone(span.start + k * units + unit)).collect();
                    assert!(block.iter().all(|g| *g == block[0]), "blocks go as a whole");
                    (blocks, went) = (blocks + 1, went + usize::from(block[0]));
                }
            }
            (blocks, went)
        }
        _ => {
            let weights = || network.weights().flat_map(|(_, _, span)| span);
            (weights().count(), weights().filter(|at| gone(*at)).count())
        }
    }
}

#[test]
fn the_lists_suit_each_other_as_they_should() {
    let all = choices();
    let count = |scope: &str| all.iter().filter(|(s, _)| s.key == scope).count();
    assert_eq!(["global", "layer", "n-m", "block", "units"].map(count), [6, 6, 6, 6, 9]);
}

#[test]
fn sparsity_is_reached_and_the_same_question_has_the_same_answer() {
    for (name, network) in networks() {
        let (params, made) = (params(&network, 3), Made::of(&network, 4));
        for choice in choices() {
            for sparsity in [0.0, 0.3, 0.62, 0.99] {
                let what = format!("{name}, {} by {}, {sparsity}", choice.0.key, choice.1.key);
                let pruned = made.prune(&network, &params, &choice, sparsity, &[]);
                assert_eq!(pruned, made.prune(&network, &params, &choice, sparsity, &[]), "{what}");
                let (total, gone) = tally(&network, &choice.0.key, &pruned);
                let wanted = (total as f64 * sparsity).round() as usize;
                match choice.0.key.as_str() {
                    "units" => {
                        let layers = network.weights().filter(|(i, ..)| !network.nodes()[*i].pick.key.starts_with("depthwise")).count();
                        let layers = layers - pruning::coupled(&network).len();
                        assert_eq!(gone, wanted.min(total - (layers - 1)), "{what}");
                    }
                    // N of each group of four, whatever a short group has.
                    "n-m" => {
                        let kept = 4 - ((4.0 * sparsity).round() as usize).min(3);
                        for (layer, _, span) in network.weights() {
                            let (inputs, units) = matrix(&network.nodes()[layer].layer.op()).expect("a matrix");
                            for (unit, row) in (0..units).flat_map(|u| (0..inputs).step_by(4).map(move |r| (u, r))) {
                                let group = row..inputs.min(row + 4);
                                let lives = group.clone().filter(|k| pruned.mask.keeps(span.start + k * units + unit)).count();
                                assert_eq!(lives, kept.min(group.len()), "{what}");
                            }
                        }
                    }
                    _ => assert_eq!(gone, wanted, "{what}"),
                }
            }
        }
    }
}

#[test]
fn a_higher_sparsity_removes_what_a_lower_one_did_and_more() {
    for (name, network) in networks() {
        let (params, made) = (params(&network, 5), Made::of(&network, 6));
        // Layer by layer, rounding may take a weight more from one layer and less from another.
        for choice in choices().into_iter().filter(|(scope, _)| scope.key != "layer") {
            let what = format!("{name}, {} by {}", choice.0.key, choice.1.key);
            let mut before = Mask::all(params.len());
            for sparsity in [0.2, 0.45, 0.7, 0.9] {
                let next = made.prune(&network, &params, &choice, sparsity, &[]).mask;
                let back = next.flags().iter().zip(before.flags()).filter(|(now, then)| **now && !**then).count();
                assert_eq!(back, 0, "{what}, {sparsity}");
                before = next;
            }
        }
    }
}

#[test]
fn what_is_gone_goes_first() {
    for (name, network) in networks() {
        let (params, made) = (params(&network, 7), Made::of(&network, 8));
        // Within units or within a layer, other shares go of each.
        for choice in choices().into_iter().filter(|(scope, criterion)| (&scope.key[..], &criterion.key[..]) != ("layer", "wanda")) {
            let what = format!("{name}, {} by {}", choice.0.key, choice.1.key);
            // Chosen by chance: no criterion would by itself.
            let chance = (choice.0.clone(), Pick::new("random").with("draw", 5.0));
            let first = made.prune(&network, &params, &chance, 0.4, &[]);
            let held: Vec<f32> = first.mask.flags().iter().map(|k| f32::from(u8::from(*k))).collect();
            let mut zeroed = params.clone();
            first.mask.apply(&mut zeroed);
            assert_eq!(made.prune(&network, &zeroed, &choice, 0.4, &held), first, "{what}: nothing is left to choose");
            let more = made.prune(&network, &zeroed, &choice, 0.8, &held);
            assert!(first.mask.flags().iter().zip(more.mask.flags()).all(|(then, now)| *then || !*now), "{what}: what was gone came back");
        }
    }
}

#[test]
fn removing_units_whose_weights_are_zero_changes_nothing() {
    let dense = |n: f64| Pick::new("dense").with("units", n);
    let network =
        Network::new(&[dense(10.0), Pick::new("relu"), dense(6.0), Pick::new("relu"), dense(3.0)], &Shape(vec![7])).expect("a network");
    let made = Made::of(&network, 2);
    let mut params = params(&network, 1);
    // Units 2, 5 and 8 of the first layer: nothing comes in, and what training noted of them is nothing.
    let mut movement: Vec<f32> = made.movement.iter().map(|m| m.abs() + 0.1).collect();
    for (row, unit) in (0..8).flat_map(|row| [2, 5, 8].map(|unit| (row, unit))) {
        (params[row * 10 + unit], movement[row * 10 + unit]) = (0.0, 0.0);
    }
    let made = Made { movement, ..made };
    let x = inputs(&network, 30, 3);
    for criterion in ["magnitude", "snip", "taylor", "movement", "l1", "in-out", "apoz"] {
        let pruned = made.prune(&network, &params, &(Pick::new("units"), Pick::new(criterion)), 3.0 / 16.0, &[]);
        assert_eq!(pruned.removed[0], [2, 5, 8], "{criterion}");
        let mut masked = params.clone();
        pruned.mask.apply(&mut masked);
        assert_eq!(forward(&network, &masked, &x, 30), forward(&network, &params, &x, 30), "{criterion}");
    }
}

#[test]
fn what_a_criterion_needs_and_does_not_have_is_said_at_it() {
    let network =
        Network::new(&[Pick::new("dense"), Pick::new("relu"), Pick::new("dense").with("units", 3.0)], &Shape(vec![4])).expect("a network");
    let (params, x) = (params(&network, 1), vec![0.5; 40]);
    let zeros = vec![0.0; params.len()];
    let bare = Calibration::default();
    let unlabelled = Calibration::of(&x);
    let still = Calibration { movement: &zeros, ..Calibration::of(&x) };
    for (scope, criterion, calibration, says) in [
        ("global", "wanda", &bare, "no training samples"),
        ("units", "apoz", &bare, "no training samples"),
        ("global", "snip", &unlabelled, "with labels"),
        ("units", "taylor", &bare, "with labels"),
        ("layer", "movement", &unlabelled, "no step"),
        ("layer", "movement", &still, "no step"),
        ("units", "wanda", &unlabelled, "fpgm"),
        ("n-m", "in-out", &unlabelled, "wanda"),
    ] {
        let (scope, criterion) = (Pick::new(scope), Pick::new(criterion));
        let choice = Choice { scope: &scope, criterion: &criterion };
        let error = choice.prune(&Evidence::new(&network, &params, calibration), 0.5).expect_err(&criterion.key);
        assert!(error.field() == "criterion" && error.to_string().contains(says), "{error}");
    }
    // Where nothing is to go, nobody is asked.
    let (scope, criterion) = (Pick::new("global"), Pick::new("snip"));
    let nothing = Choice { scope: &scope, criterion: &criterion }.prune(&Evidence::of_weights(&network, &params), 0.0);
    assert_eq!(nothing.expect("nothing to do").mask, Mask::all(params.len()));
}

#[test]
fn input_norms_of_convolutions_are_those_of_their_patches() {
    let conv = Pick::new("conv2d").with("filters", 3.0).with("kernel", 3.0).with("stride", 2.0);
    let depthwise = Pick::new("depthwise").with("kernel", 3.0).with("padding", 1.0);
    for (pick, shape) in [(conv, [5, 6, 2]), (depthwise, [6, 5, 2])] {
        let network = Network::new(std::slice::from_ref(&pick), &Shape(shape.to_vec())).expect("a network");
        let x = inputs(&network, 4, 3);
        let params = params(&network, 2);
        let calibration = Calibration::of(&x);
        let evidence = Evidence::new(&network, &params, &calibration);
        let norm = evidence.input_norm(0).expect("samples");
        // A single weight of one and inputs as they are: the sum of squares of what comes out is that of what it saw.
        for at in evidence.span(0) {
            let mut one = vec![0.0; params.len()];
            one[at] = 1.0;
            let seen = forward(&network, &one, &x, 4).iter().map(|y| f64::from(*y) * f64::from(*y)).sum::<f64>().sqrt() as f32;
            assert!((norm(at) - seen).abs() < 1e-5 * seen, "{} {at}: {} and not {seen}", pick.key, norm(at));
        }
    }
}

fn trainer(params: impl Fn(&Network) -> Vec<f32>) -> (Trainer, Samples) {
    let dense = |n: f64| Pick::new("dense").with("units", n);
    let network = Network::new(&[dense(12.0), Pick::new("tanh"), dense(2.0)], &Shape(vec![2])).expect("a network");
    let mut rng = Rng::new(8, 0);
    let inputs: Vec<f32> = (0..200).map(|_| rng.normal()).collect();
    let classes = inputs.chunks_exact(2).map(|p| u32::from(p[0] * p[1] > 0.0)).collect();
    let (optimizer, values) = optimizers::CATALOG.resolve(&Pick::new("adam")).expect("known");
    let (schedule, none) = schedules::CATALOG.resolve(&Pick::new("constant")).expect("known");
    let rules =
        Rules { loss: loss(), optimizer: (optimizer.build)(&values), optimizer_key: "adam".into(), schedule: (schedule.build)(&none) };
    let settings = Settings { lr: 0.02, batch: 20, epochs: 60.0, warmup: 0.0, l1: 0.0, l2: 1e-3, max_norm: 0.0 };
    let params = params(&network);
    let task = Task::Classes(vec!["a".into(), "b".into()]);
    (Trainer::new(network, params, task, settings, rules, 4), Samples { len: 100, inputs, classes, values: Vec::new() })
}

#[test]
fn masks_hold_while_a_network_trains() {
    for choice in choices() {
        let (mut trainer, data) = trainer(|network| params(network, 3));
        let made = Made::of(&trainer.network, 1);
        let pruned = made.prune(&trainer.network, &trainer.params, &choice, 0.5, &[]);
        let before = trainer.params.clone();
        trainer.hold(pruned.mask.flags().iter().map(|k| f32::from(u8::from(*k))).collect());
        for _ in 0..20 {
            trainer.step(&data, &mut Score::default());
        }
        let what = format!("{} by {}", choice.0.key, choice.1.key);
        assert!(pruned.mask.flags().iter().zip(&trainer.params).all(|(keep, p)| *keep || *p == 0.0), "{what}");
        let moved = before.iter().zip(&trainer.params).zip(pruned.mask.flags()).filter(|((was, is), keep)| **keep && was != is).count();
        assert!(moved > 10, "{what}: the others learn");
    }
}

#[test]
fn a_ticket_is_the_first_weights_under_the_last_mask_and_trains_again() {
    let (rule, values) = initializers::CATALOG.resolve(&Pick::new("xavier")).expect("known");
    let rule = (rule.build)(&values);
    let first = |network: &Network| network.init(rule.as_ref(), &mut Rng::new(6, 0));
    let (mut dense, data) = trainer(first);
    let untrained = dense.params.clone();
    let loss = |trainer: &mut Trainer| {
        let losses: Vec<f32> = (0..300).map(|_| trainer.step(&data, &mut Score::default()).loss).collect();
        losses[280..].iter().sum::<f32>() / 20.0
    };
    loss(&mut dense);
    let (scope, criterion) = (Pick::new("global"), Pick::new("magnitude"));
    let mask = Choice { scope: &scope, criterion: &criterion }
        .prune(&Evidence::of_weights(&dense.network, &dense.params), 0.5)
        .expect("weights are all it takes")
        .mask;
    let (entry, values) = recipe::CATALOG.resolve(&Pick::new("rewind")).expect("known");
    let mut candidate = Candidate::new(dense.network, dense.params, untrained.clone());
    candidate.hold(mask.flags().iter().map(|k| f32::from(u8::from(*k))).collect());
    (entry.build)(&values)
        .begin(&mut candidate, &AtHand { calibration: Calibration::default(), widths: &[] })
        .expect("it has first weights");
    let ticket = candidate.params;
    for ((now, then), keep) in ticket.iter().zip(&untrained).zip(mask.flags()) {
        assert_eq!(*now, if *keep { *then } else { 0.0 });
    }
    let (mut again, _) = trainer(|_| ticket.clone());
    again.hold(mask.flags().iter().map(|k| f32::from(u8::from(*k))).collect());
    assert!(loss(&mut again) < 0.4, "half of the weights learn it, from where they began");
}
