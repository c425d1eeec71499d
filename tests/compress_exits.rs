//! Early exits made small: who leaves, leaves as the heads say, whatever company a sample keeps and whatever the model is stored as.

mod compress_support;

use compress_support::{exits, inputs, params, settings};
use whittle::engine::{
    artifact::{self, FORMS, Form},
    catalog::Pick,
    compress::{Calibration, Labels, Settings, compress},
    early_exit::costs,
    fold::fold,
    inference::{Runner, confidence},
    layers::Op,
    losses::{self, Target},
    network::{Network, Tape},
    onnx,
    packed::{PackedModel, Values},
    pruning::Evidence,
    recipe::{self, AtHand, Candidate},
    rng::Rng,
    shape::{Role, Shape},
};

/// What each head and then the end of `network` say in training: `[exits + 1][B, O]`.
fn trained(network: &Network, params: &[f32], x: &[f32], batch: usize) -> Vec<Vec<f32>> {
    let (mut tape, mut said) = (Tape::default(), Vec::new());
    let end = network.forward(params, x, batch, false, &mut Rng::new(0, 0), &mut tape).to_vec();
    network.judge(batch, &mut tape, |answers, _| said.push(answers.to_vec()));
    said.push(end);
    said
}

/// The same of a packed model.
fn said(model: &PackedModel, x: &[f32], batch: usize) -> Vec<Vec<f32>> {
    let mut runner = Runner::new(model).unwrap();
    let outputs = runner.outputs();
    let mut said = vec![vec![f32::NAN; batch * outputs]; runner.exits().len() + 1];
    runner.run_all(x, batch, |sample, place, answer| said[place][sample * outputs..][..outputs].copy_from_slice(answer));
    said
}

fn off(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b).flat_map(|(a, b)| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b)
    });
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, |most, d| if d.is_nan() { f32::INFINITY } else { most.max(d) })
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Weights large enough for some answers to be sure.
fn sure(network: &Network, seed: u64) -> Vec<f32> {
    let mut params = params(network, seed);
    network.weights().for_each(|(_, _, span)| params[span].iter_mut().for_each(|w| *w *= 1.5));
    params
}

fn stored(network: &Network, params: &[f32], x: &[f32]) -> Vec<PackedModel> {
    let whole = |bits: u32, act: u32, sparsity: f64| Settings { activation_bits: act, ..settings(sparsity, "layer", bits) };
    let made = |settings: &Settings| compress(network, params, None, settings, &Calibration::of(x)).unwrap().model;
    let mut all = vec![PackedModel::dense(network, params)];
    all.extend([whole(32, 32, 0.97), whole(8, 8, 0.0), whole(4, 32, 0.5), whole(2, 8, 0.3)].iter().map(made));
    all.push(made(&settings(0.4, "units", 32)));
    all
}

#[test]
fn heads_say_at_inference_what_they_say_in_training() {
    for (name, network) in exits() {
        let (params, x) = (params(&network, 3), inputs(&network, 70, 4));
        let exact = trained(&network, &params, &x, 70);
        let found = said(&PackedModel::dense(&network, &params), &x, 70);
        if fold(&network, &params).gone.contains(&true) {
            assert!(off(&found, &exact) < 1e-5, "{name}: {}", off(&found, &exact));
        } else {
            assert_eq!(found, exact, "{name}");
        }
        assert_eq!(found.len(), network.exits().count() + 1);
        // Rounded to 8 bits on both sides, all are near.
        let settings = Settings { activation_bits: 8, equalize: true, correct_bias: true, ..settings(0.0, "layer", 8) };
        let eight = compress(&network, &params, None, &settings, &Calibration::of(&x)).unwrap().model;
        let near = off(&said(&eight, &x, 70), &exact);
        assert!(near > 0.0 && near < 0.4, "{name}: {near}");
    }
}

/// The slow and obvious way: all heads are asked, and the first that is sure is heard.
#[test]
fn samples_leave_at_the_first_head_that_is_sure_whatever_company_they_keep() {
    let mut early = 0;
    for (name, network) in exits() {
        let batch = 300;
        let (params, x, width) = (sure(&network, 5), inputs(&network, batch, 6), network.input().len());
        for (which, model) in stored(&network, &params, &x).into_iter().enumerate() {
            let (all, outputs) = (said(&model, &x, batch), network.output().len());
            let mut runner = Runner::new(&model).unwrap();
            let plain = bits(runner.run(&x, batch));
            assert_eq!(plain, bits(all.last().unwrap()), "{name} {which}: without a threshold all go to the end");
            for threshold in [0.0, 0.45, 0.6, 0.8, 0.95, 1.0] {
                runner.set_exit(threshold);
                assert_eq!(runner.leaves(), threshold < 1.0);
                let together = bits(runner.run(&x, batch));
                let taken = runner.taken().to_vec();
                for sample in 0..batch {
                    let answer = |place: usize| &all[place][sample * outputs..][..outputs];
                    let end = all.len() - 1;
                    let place = (0..end).find(|p| threshold < 1.0 && confidence(answer(*p)) >= threshold).unwrap_or(end);
                    let what = format!("{name} {which}, sample {sample} at {threshold}");
                    assert_eq!(taken[sample], place, "{what}");
                    assert_eq!(together[sample * outputs..][..outputs], bits(answer(place)), "{what}");
                    early += usize::from(place < end && threshold > 0.0);
                }
                for (sample, x) in x.chunks_exact(width).enumerate().step_by(7) {
                    assert_eq!(bits(runner.run(x, 1)), together[sample * outputs..][..outputs], "{name} {which}, {sample} alone");
                    assert_eq!(runner.taken(), [taken[sample]]);
                }
            }
        }
    }
    assert!(early > 5000, "{early}");
}

#[test]
fn what_is_no_number_is_never_sure() {
    assert!(confidence(&[f32::NAN, 0.0]).is_nan() && confidence(&[f32::INFINITY, 0.0]).is_nan());
    // The first head sees the input, the second what a ReLU has made of it: no NaN any more.
    let (_, network) = exits().swap_remove(2);
    let mut runner = Runner::new(&PackedModel::dense(&network, &params(&network, 1))).unwrap();
    runner.set_exit(0.0);
    let mut x = inputs(&network, 2, 1);
    x[..network.input().len()].fill(f32::NAN);
    runner.run(&x, 2);
    assert_eq!(runner.taken(), [1, 0]);
}

#[test]
fn files_hold_the_heads_to_the_byte() {
    for (name, network) in exits() {
        let (params, x) = (params(&network, 5), inputs(&network, 40, 6));
        for model in stored(&network, &params, &x) {
            for form in FORMS {
                let bytes = artifact::encode(&model, form, "meta");
                let read = artifact::decode(&bytes).unwrap_or_else(|e| panic!("{name} as {form:?}: {e}")).model;
                if matches!(form, Form::Packed | Form::Sparse | Form::Deflate) {
                    assert_eq!(read, model, "{name} as {form:?}");
                }
                for cut in [bytes.len() / 3, bytes.len() - 1] {
                    assert!(artifact::decode(&bytes[..cut]).is_err());
                }
            }
        }
        // Four bytes for each of a head's numbers, and what its layer takes in the list.
        let model = PackedModel::dense(&network, &params);
        let mut without = model.clone();
        let mut numbers = 0;
        for layer in &mut without.layers {
            if let (Op::Exit { channels, classes, .. }, Some(weights)) = (&layer.op, &layer.weights) {
                assert_eq!((weights.inputs, weights.units, layer.bias.len()), (*channels, *classes, *classes));
                numbers += weights.len() + layer.bias.len();
                (layer.op, layer.weights, layer.bias) = (Op::Identity, None, Vec::new());
            }
        }
        let length = |model: &PackedModel| artifact::encode(model, Form::Dense, "").len();
        let (more, exits) = (length(&model) - length(&without), network.exits().count());
        assert!((4 * numbers + exits..4 * numbers + 8 * exits).contains(&more), "{name}: {more} bytes for {numbers} numbers");
        // A head that answers something else than the network is refused.
        let mut odd = model.clone();
        for layer in &mut odd.layers {
            if let (Op::Exit { classes, .. }, Some(weights)) = (&mut layer.op, &mut layer.weights) {
                *classes += 1;
                weights.units += 1;
                let Values::F32(values) = &mut weights.values else { unreachable!() };
                values.resize(weights.inputs * weights.units, 0.0);
                layer.bias.push(0.0);
            }
        }
        let error = artifact::decode(&artifact::encode(&odd, Form::Dense, "")).unwrap_err().to_string();
        assert!(error.contains("an early exit answers otherwise than the network"), "{error}");
    }
}

/// Heads are pruned and rounded as dense layers are, and count.
#[test]
fn heads_are_pruned_and_rounded_like_other_layers() {
    for (name, network) in exits() {
        let (params, x) = (params(&network, 7), inputs(&network, 64, 8));
        for (pruner, criterion) in [("layer", "magnitude"), ("layer", "wanda"), ("n-m", "magnitude"), ("block", "magnitude")] {
            let settings = Settings { criterion: Pick::new(criterion), ..settings(0.5, pruner, 4) };
            let small = compress(&network, &params, None, &settings, &Calibration::of(&x)).unwrap();
            for i in network.exits() {
                let weights = small.model.layers[i].weights.as_ref().unwrap();
                assert_eq!(weights.bits(), 4, "{name}");
                if pruner == "layer" {
                    let zeros = (weights.len() - weights.nonzero()) as f32 / weights.len() as f32;
                    assert!(zeros >= 0.4, "{name}, layer {i} by {criterion}: {zeros}");
                }
                assert_ne!(small.kernels[i], "", "{name}");
            }
            assert!(small.notes.iter().any(|n| n.starts_with("Early exits:")), "{:?}", small.notes);
        }
        let model = PackedModel::dense(&network, &params);
        assert_eq!(costs(&model).at.last().copied(), Some(network.macs()), "{name}");
    }
}

/// Gradients by which weights are ranked are those of all exits.
#[test]
fn heads_are_ranked_by_their_own_loss() {
    let (entry, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
    let loss = (entry.build)(&values);
    for (name, network) in exits() {
        let (params, x) = (params(&network, 2), inputs(&network, 30, 3));
        let classes: Vec<u32> = (0..30).map(|i| i % network.output().len() as u32).collect();
        let labels = Labels { target: Target::Classes(&classes), loss: loss.as_ref() };
        let evidence = Calibration { labels: Some(labels), ..Calibration::of(&x) };
        let evidence = Evidence::new(&network, &params, &evidence);
        let gradient = evidence.gradient().unwrap();
        for i in network.exits() {
            let span = network.nodes()[i].span.clone();
            assert!(gradient[span].iter().any(|g| g.abs() > 1e-4), "{name}: layer {i}");
        }
    }
}

#[test]
fn removed_units_leave_what_all_heads_say() {
    let mut went = 0;
    for (name, network) in exits() {
        let x = inputs(&network, 9, 2);
        let mut silent = params(&network, 9);
        let wanted = settings(0.4, "units", 32);
        let first = compress(&network, &silent, None, &wanted, &Calibration::default()).unwrap();
        first.kept.apply(&mut silent);
        let small = compress(&network, &silent, None, &wanted, &Calibration::default()).unwrap();
        assert_eq!(small.removed, first.removed, "{name}: what is zero goes first");
        assert!(network.exits().all(|i| small.removed[i].is_empty()), "{name}: answers stay");
        let whole = trained(&network, &silent, &x, 9);
        let apart = off(&said(&small.model, &x, 9), &whole);
        assert!(apart < 2e-5, "{name}: {apart}");
        went += small.units_removed;
        let picks: Vec<Pick> = network.nodes().iter().map(|n| n.pick.clone()).collect();
        let mut candidate = Candidate::new(Network::new(&picks, network.input()).unwrap(), silent.clone(), silent.clone());
        candidate.narrow(&small.removed).unwrap();
        let apart = off(&trained(&candidate.network, &candidate.params, &x, 9), &whole);
        assert!(apart < 2e-5, "{name}, narrowed: {apart}");
    }
    assert!(went > 8, "{went}");
}

/// Constants of units whose bias is left are folded into what reads them: heads, too.
#[test]
fn constants_of_removed_units_reach_the_heads() {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let picks = [dense(6.0), Pick::new("sigmoid"), Pick::new("exit"), dense(5.0), Pick::new("sigmoid"), dense(3.0)];
    let network = Network::new(&picks, &Shape(vec![4])).unwrap();
    let mut params = params(&network, 4);
    // Two units that read nothing.
    for (_, span) in network.nodes()[0].tensors.iter().filter(|(t, _)| t.role == Role::Weight) {
        params[span.clone()].chunks_exact_mut(6).for_each(|row| row[1..3].fill(0.0));
    }
    let x = inputs(&network, 20, 5);
    let whole = trained(&network, &params, &x, 20);
    let small = compress(&network, &params, None, &settings(0.2, "units", 32), &Calibration::default()).unwrap();
    assert_eq!(small.removed[0], [1, 2]);
    assert!(off(&said(&small.model, &x, 20), &whole) < 1e-5);
}

#[test]
fn recipes_leave_heads_alone_or_refuse() {
    for (name, network) in exits() {
        let mut params = params(&network, 1);
        // One direction holds all energy.
        for (_, tensor, span) in network.weights().filter(|(_, t, _)| t.shape.len() != 3) {
            let units = *tensor.shape.last().unwrap();
            for row in params[span].chunks_exact_mut(units) {
                let first = row[0];
                row.iter_mut().enumerate().for_each(|(n, w)| *w = first * (1.0 + n as f32 / 7.0));
            }
        }
        let x = inputs(&network, 5, 2);
        let before = trained(&network, &params, &x, 5);
        let picks: Vec<Pick> = network.nodes().iter().map(|n| n.pick.clone()).collect();
        let fresh = || Candidate::new(Network::new(&picks, network.input()).unwrap(), params.clone(), params.clone());
        let begin = |candidate: &mut Candidate, pick: Pick, calibration: Calibration<'_>| {
            let (entry, values) = recipe::CATALOG.resolve(&pick).unwrap();
            (entry.build)(&values).begin(candidate, &AtHand { calibration, widths: &[] })
        };
        let mut candidate = fresh();
        if begin(&mut candidate, Pick::new("low-rank").with("energy", 0.999), Calibration::default()).is_ok() {
            assert_eq!(candidate.network.exits().count(), network.exits().count());
            let apart = off(&trained(&candidate.network, &candidate.params, &x, 5), &before);
            assert!(apart < 1e-4, "{name}: {apart}");
        }
        let mut candidate = fresh();
        candidate.fold().unwrap();
        let apart = off(&trained(&candidate.network, &candidate.params, &x, 5), &before);
        assert!(apart < 1e-4, "{name}, folded: {apart}");
        // No block is a head alone.
        for block in recipe::blocks(&network) {
            let weighs = |i: usize| !network.nodes()[i].span.is_empty() && !matches!(network.nodes()[i].layer.op(), Op::Exit { .. });
            assert!(block.clone().any(weighs), "{name}: {block:?}");
        }
        let mut candidate = fresh();
        let looks = Calibration::of(&x);
        if begin(&mut candidate, Pick::new("drop-layer").with("by", 1.0), looks).is_ok() {
            assert!(candidate.network.nodes().len() < network.nodes().len());
            assert_eq!(candidate.params.len(), candidate.network.params());
        }
    }
    let settings = Settings { equalize: true, ..settings(0.0, "layer", 8) };
    // Heads read channels too: sharing ranges out between the layers around them would change what they say.
    for (name, network) in exits() {
        let params = params(&network, 3);
        let small = compress(&network, &params, None, &settings, &Calibration::default()).unwrap();
        for i in network.exits() {
            let factors = small.factors[i].as_ref().unwrap();
            assert!(factors.rows.iter().chain(&factors.columns).all(|f| *f == 1.0), "{name}: layer {i}");
        }
    }
}

#[test]
fn onnx_files_hold_the_network_to_its_end() {
    for (name, network) in exits() {
        let model = PackedModel::dense(&network, &params(&network, 3));
        let mut without = model.clone();
        for layer in without.layers.iter_mut().filter(|layer| matches!(layer.op, Op::Exit { .. })) {
            (layer.op, layer.weights, layer.bias) = (Op::Identity, None, Vec::new());
        }
        assert_eq!(onnx::encode(&model, &[]).unwrap(), onnx::encode(&without, &[]).unwrap(), "{name}");
    }
}
