//! Packed models on the GPU against the engine's own runner. Where there is no GPU (a software one will do), everything here says *skipped*.
#![cfg(feature = "gpu")]

mod compress_support;
mod gpu_cases;
mod gpu_support;
mod packed_cases;

use std::rc::Rc;

use gpu_support::gpu;
use packed_cases::{Case, cases, samples};
use whittle::{
    engine::{
        catalog::Pick,
        compress::{self, Settings},
        inference::Runner,
        network::Network,
        packed::{PackedModel, Values},
        shape::Shape,
    },
    experiment::presets,
    gpu::{
        device::Gpu,
        inference::GpuRunner,
        program::{Abilities, Packed},
    },
};

fn on_cpu(model: &PackedModel, x: &[f32], batch: usize) -> Vec<f32> {
    Runner::new(model).expect("a runner").run(x, batch).to_vec()
}

/// Whether the model's only layer has whole numbers on both sides.
fn exact(model: &PackedModel) -> bool {
    let layer = &model.layers[0];
    layer.activation.is_some() && layer.weights.as_ref().is_some_and(|w| matches!(w.values, Values::Int { .. }))
}

fn agrees(gpu: &Rc<Gpu>, case: &Case, abilities: Abilities) {
    let Case { name, model, batch } = case;
    let packed = Packed::new(model, *batch, abilities).expect(name);
    let runner = GpuRunner::of(gpu, &packed).expect(name);
    // All samples, none, and one.
    for n in [*batch, 0, 1] {
        let x = samples(model, n);
        let (got, wanted) = (runner.run(&x).wait().expect(name), on_cpu(model, &x, n));
        assert_eq!(got.len(), wanted.len(), "{name}, {n} samples");
        for (i, (g, w)) in got.iter().zip(&wanted).enumerate() {
            // Scales are powers of two: sums of whole numbers come out as they are.
            let close = if exact(model) { g == w } else { (g - w).abs() <= 2e-5 * w.abs().max(1.0) };
            assert!(close, "{name}, {n} samples, {abilities:?}: {g} at {i} and not {w}");
        }
    }
}

#[test]
fn every_form_gives_what_the_cpu_gives() {
    let Some(gpu) = gpu("packed layers") else { return };
    assert!(gpu.abilities().dot4, "natively WGSL has it, whatever the GPU");
    for case in cases() {
        agrees(&gpu, &case, gpu.abilities());
    }
}

#[test]
fn the_portable_dot_product_gives_the_same() {
    let Some(gpu) = gpu("the portable dot product") else { return };
    for case in cases().iter().filter(|case| exact(&case.model)).step_by(5) {
        agrees(&gpu, case, Abilities::default());
    }
}

/// The network of a preset, its parameters drawn, as large as it is on its data.
fn preset(key: &str, input: &[usize], outputs: usize) -> Network {
    let picks = presets::find(key).expect(key).experiment().layers(input.len() == 3, outputs);
    Network::new(&picks, &Shape(input.to_vec())).expect(key)
}

#[test]
fn whole_models_give_what_the_cpu_gives() {
    let Some(gpu) = gpu("packed models") else { return };
    let presets = [("mnist-mlp", preset("mnist-mlp", &[28, 28, 1], 10)), ("mnist-cnn", preset("mnist-cnn", &[28, 28, 1], 10))];
    let mut networks = compress_support::networks();
    networks.extend(presets);
    for (name, network) in networks {
        let params = compress_support::params(&network, 1);
        let (x, calibration) = (compress_support::inputs(&network, 6, 2), compress_support::inputs(&network, 16, 3));
        for (bits, activation_bits, pruner, sparsity) in [
            (8, 8, "units", 0.5),
            (4, 8, "global-magnitude", 0.8),
            (2, 8, "units", 0.0),
            (3, 32, "layer-magnitude", 0.5),
            (32, 32, "units", 0.4),
        ] {
            let settings = Settings { activation_bits, ..compress_support::settings(sparsity, pruner, bits) };
            let model = compress::compress(&network, &params, None, &settings, &calibration).expect(name).model;
            if pruner == "units" && sparsity > 0.0 && name.starts_with("mnist") {
                let weights = |model: &PackedModel| model.layers.iter().filter_map(|l| l.weights.as_ref()).map(|w| w.len()).sum::<usize>();
                assert!(weights(&model) < weights(&PackedModel::dense(&network, &params)), "{name}: units are gone, not zero");
            }
            let runner = GpuRunner::packed(&gpu, &model, 6).expect(name);
            let (got, wanted) = (runner.run(&x).wait().expect(name), on_cpu(&model, &x, 6));
            let largest = wanted.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            for (g, w) in got.iter().zip(&wanted) {
                // Between layers of whole numbers a value that rounds otherwise may become the next code.
                assert!((g - w).abs() <= 1e-2 * largest, "{name} {bits} {activation_bits} {pruner}: {g} and not {w}, of {largest}");
            }
        }
    }
}

#[test]
fn repeating_a_batch_changes_nothing() {
    let Some(gpu) = gpu("repetition") else { return };
    let network = Network::new(&[Pick::new("dense").with("units", 5.0)], &Shape(vec![7])).expect("a network");
    let model = PackedModel::dense(&network, &compress_support::params(&network, 1));
    let runner = GpuRunner::packed(&gpu, &model, 3).expect("a runner");
    let x = compress_support::inputs(&network, 3, 2);
    let once = runner.run(&x).wait().expect("outputs");
    assert_eq!(runner.repeat(4).wait().expect("an output"), once[..1]);
    assert_eq!(runner.run(&x).wait().expect("outputs"), once);
}
