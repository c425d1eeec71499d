//! Networks with normalizations and skip connections made small: what is folded, cut, stored and run is still what was trained.

mod compress_support;

use compress_support::{attentive, forward, inputs, normalized, params, recurrent, settings};
use whittle::engine::{
    artifact::{self, FORMS},
    catalog::Pick,
    compress::{self, Calibration, compress},
    fold::fold,
    inference::Runner,
    layers::Op,
    network::Network,
    packed::PackedModel,
    pruning,
    recipe::{self, AtHand, Candidate},
};

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn run(model: &PackedModel, x: &[f32], batch: usize) -> Vec<f32> {
    Runner::new(model).unwrap().run(x, batch).to_vec()
}

/// How many layers of `network` are normalizations that nothing took in.
fn left(model: &PackedModel) -> usize {
    model.layers.iter().filter(|layer| matches!(layer.op, Op::Affine { .. })).count()
}

#[test]
fn folding_changes_no_answer() {
    let wanted =
        [("rows", 0), ("not behind a layer", 2), ("images", 1), ("behind a flatten", 1), ("residual blocks", 1), ("read before", 1)];
    for ((name, network), (_, stay)) in normalized().into_iter().zip(wanted) {
        let (params, x) = (params(&network, 3), inputs(&network, 11, 4));
        let model = PackedModel::dense(&network, &params);
        assert_eq!(left(&model), stay, "{name}");
        assert_eq!(model.layers.len(), network.nodes().len(), "{name}: one for one");
        let off = largest_difference(&run(&model, &x, 11), &forward(&network, &params, &x, 11));
        assert!(off < 1e-5, "{name}: {off}");
        let folded = fold(&network, &params);
        assert_eq!(folded.gone.iter().filter(|g| **g).count() + stay, network.nodes().iter().filter(|n| n.pick.key == "batchnorm").count());
    }
}

#[test]
fn every_file_gives_the_model_back() {
    for (name, network) in normalized().into_iter().chain(recurrent()).chain(attentive()).chain(compress_support::networks()) {
        for bits in [32, 4] {
            let small = compress(&network, &params(&network, 5), None, &settings(0.5, "global", bits), &Calibration::default()).unwrap();
            for form in FORMS {
                let bytes = artifact::encode(&small.model, form, "meta");
                let read = artifact::decode(&bytes).unwrap_or_else(|e| panic!("{name} as {form:?}: {e}"));
                let x = inputs(&network, 3, 6);
                let same = largest_difference(&run(&small.model, &x, 3), &run(&read.model, &x, 3));
                assert!(same < 1e-4, "{name} as {form:?}: {same}");
                for cut in [bytes.len() / 3, bytes.len() - 1] {
                    assert!(artifact::decode(&bytes[..cut]).is_err());
                }
            }
        }
    }
}

/// Weights are rounded after folding, and nothing else is: factors, summands and biases are floats.
#[test]
fn quantizing_and_pruning_touch_weights_alone() {
    for (name, network) in normalized().into_iter().chain(recurrent()).chain(attentive()) {
        let (params, x) = (params(&network, 7), inputs(&network, 40, 8));
        let exact = PackedModel::dense(&network, &params);
        let small = compress(&network, &params, None, &settings(0.3, "layer", 8), &Calibration::of(&x)).unwrap();
        for (packed, exact) in small.model.layers.iter().zip(&exact.layers) {
            assert_eq!((&packed.bias, &packed.op), (&exact.bias, &exact.op), "{name}");
        }
        assert!(small.weight_error.iter().all(|e| (0.0..0.7).contains(e)), "{name}: {:?}", small.weight_error);
        let eight = compress(&network, &params, None, &settings(0.0, "layer", 8), &Calibration::of(&x)).unwrap();
        let off = largest_difference(&run(&eight.model, &x, 40), &run(&exact, &x, 40));
        assert!(off > 0.0 && off < 0.2, "{name}: {off}");
        assert!(eight.weight_error.iter().all(|e| *e < 0.02), "{name}: against the folded weights");
        // Integer activations, with equalization across what was folded.
        let integer = compress::Settings { activation_bits: 8, equalize: true, ..settings(0.0, "layer", 8) };
        let integer = compress(&network, &params, None, &integer, &Calibration::of(&x)).unwrap();
        let off = largest_difference(&run(&integer.model, &x, 40), &run(&exact, &x, 40));
        assert!(off < 0.4, "{name}: {off}");
    }
}
/// Removes the share of units twice: from what is stored, and as a recipe's step from the network that trains on.
#[test]
fn removed_units_leave_the_masked_function() {
    let mut went = 0;
    for (name, network) in normalized().into_iter().chain(recurrent()).chain(attentive()).chain(compress_support::networks()) {
        let x = inputs(&network, 9, 2);
        let mut silent = params(&network, 9);
        let wanted = settings(0.4, "units", 32);
        let first = compress(&network, &silent, None, &wanted, &Calibration::default()).unwrap();
        for (layer, _) in pruning::coupled(&network) {
            assert!(first.removed[layer].is_empty(), "{name}: layer {layer} is coupled");
            assert!(
                first.notes.iter().any(|n| n.starts_with(&format!("Layer {} keeps all its units", layer + 1))),
                "{name}: {:?}",
                first.notes
            );
        }
        // With nothing coming out of removed units the small model answers as the whole one.
        first.kept.apply(&mut silent);
        let small = compress(&network, &silent, None, &wanted, &Calibration::default()).unwrap();
        assert_eq!(small.removed, first.removed, "{name}: what is zero goes first");
        let whole = forward(&network, &silent, &x, 9);
        let off = largest_difference(&run(&small.model, &x, 9), &whole);
        assert!(off < 2e-5, "{name}: {off}");
        went += small.units_removed;
        let mut candidate = Candidate::new(Network::new(&picks(&network), network.input()).unwrap(), silent.clone(), silent.clone());
        candidate.narrow(&small.removed).unwrap();
        assert_eq!(candidate.params.len(), candidate.network.params(), "{name}");
        assert_eq!(candidate.initial.as_ref().map(Vec::len), Some(candidate.params.len()), "{name}");
        let off = largest_difference(&forward(&candidate.network, &candidate.params, &x, 9), &whole);
        assert!(off < 2e-5, "{name}, narrowed: {off}");
    }
    assert!(went > 40, "{went}");
}

fn picks(network: &Network) -> Vec<Pick> {
    network.nodes().iter().map(|n| n.pick.clone()).collect()
}

/// Two layers in the place of one make the connection around them longer.
#[test]
fn factorized_layers_stay_inside_their_skip_connection() {
    let mut found = 0;
    for (name, network) in normalized().into_iter().chain(recurrent()).chain(attentive()).chain(compress_support::networks()) {
        let mut params = params(&network, 1);
        // All units of a layer alike but for a factor: one direction holds all energy.
        for (_, tensor, span) in network.weights().filter(|(_, t, _)| t.shape.len() != 3) {
            let units = *tensor.shape.last().unwrap();
            for row in params[span].chunks_exact_mut(units) {
                let first = row[0];
                row.iter_mut().enumerate().for_each(|(n, w)| *w = first * (1.0 + n as f32 / 7.0));
            }
        }
        let x = inputs(&network, 5, 2);
        let before = forward(&network, &params, &x, 5);
        let mut candidate = Candidate::new(Network::new(&picks(&network), network.input()).unwrap(), params.clone(), params);
        let (entry, values) = recipe::CATALOG.resolve(&Pick::new("low-rank").with("energy", 0.999)).unwrap();
        if (entry.build)(&values).begin(&mut candidate, &AtHand { calibration: Calibration::default(), widths: &[] }).is_ok() {
            found += candidate.network.nodes().len() - network.nodes().len();
            let off = largest_difference(&forward(&candidate.network, &candidate.params, &x, 5), &before);
            assert!(off < 1e-4, "{name}: {off}");
        }
    }
    assert!(found > 15, "{found}");
}

#[test]
fn recurrent_layers_and_attention_run_and_prune_as_they_train() {
    for (name, network) in recurrent().into_iter().chain(attentive()) {
        let (params, x) = (params(&network, 2), inputs(&network, 30, 3));
        // The same kernel, so the same bits, however samples are batched.
        let model = PackedModel::dense(&network, &params);
        assert_eq!(run(&model, &x, 30), forward(&network, &params, &x, 30), "{name}");
        let one = x.chunks(network.input().len()).flat_map(|x| run(&model, x, 1)).collect::<Vec<_>>();
        assert_eq!(one, run(&model, &x, 30), "{name}");
        let macs: u64 = model.layers.iter().map(|l| l.macs()).sum();
        assert_eq!(macs, network.macs(), "{name}");
        // Unstructured, by what looks at inputs, states and weights.
        for criterion in ["magnitude", "wanda"] {
            for pruner in ["global", "layer", "n-m", "block"] {
                let settings = compress::Settings { criterion: Pick::new(criterion), ..settings(0.5, pruner, 4) };
                let small = compress(&network, &params, None, &settings, &Calibration::of(&x)).unwrap();
                assert!((small.sparsity - 0.5).abs() < 0.1, "{name}, {pruner} by {criterion}: {}", small.sparsity);
                let said = small.notes.iter().any(|n| n.contains("there is no integer kernel for"));
                assert!(said, "{name}: {:?}", small.notes);
            }
        }
        // To the weights that were rounded, the runner is exact.
        let small = compress(&network, &params, None, &settings(0.0, "layer", 3), &Calibration::default()).unwrap();
        let mut rounded = params.clone();
        for (node, layer) in network.nodes().iter().zip(&small.model.layers) {
            if let Some(weights) = &layer.weights {
                rounded[node.span.start..node.span.start + weights.len()].copy_from_slice(&weights.to_f32());
            }
        }
        let off = largest_difference(&run(&small.model, &x, 30), &forward(&network, &rounded, &x, 30));
        assert!(off < 1e-4, "{name}: {off}");
    }
}
