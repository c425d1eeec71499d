//! Packed models on the GPU against the engine's own runner. Where there is no GPU (a software one will do), everything here says *skipped*.
#![cfg(feature = "gpu")]

mod compress_support;
mod gpu_cases;
mod gpu_support;
mod packed_cases;

use gpu_support::{block, gpu};
use packed_cases::{agrees, cases, exact};
use whittle::{
    bench::{self, Infer, Model},
    engine::{
        artifact,
        catalog::Pick,
        compress::{self, Calibration, Settings},
        inference::Runner,
        layers,
        network::Network,
        packed::{PackedModel, Skips},
        quantization::Format,
        rng::Rng,
        shape::Shape,
    },
    experiment::presets,
    gpu::{
        device::GpuError,
        inference::{BuildError, GpuRunner},
        program::{Abilities, Packed},
    },
    kernels::small_floats::Kind,
};

fn on_cpu(model: &PackedModel, x: &[f32], batch: usize) -> Vec<f32> {
    Runner::new(model).expect("a runner").run(x, batch).to_vec()
}

#[test]
fn every_form_gives_what_the_cpu_gives() {
    let Some(gpu) = gpu("packed layers") else { return };
    assert!(gpu.abilities().dot4, "natively WGSL has it, whatever the GPU");
    for case in cases() {
        block(agrees(&gpu, &case, gpu.abilities())).unwrap();
    }
}

#[test]
fn the_portable_dot_product_gives_the_same() {
    let Some(gpu) = gpu("the portable dot product") else { return };
    for case in cases().iter().filter(|case| exact(&case.model)).step_by(5) {
        block(agrees(&gpu, case, Abilities::default())).unwrap();
    }
}

#[test]
fn rows_added_up_in_workgroup_memory_give_the_same() {
    let Some(gpu) = gpu("sums in workgroup memory") else { return };
    if !gpu.abilities().subgroups {
        eprintln!("\n*** SKIPPED: sums within subgroups: the GPU has none ***\n");
    }
    let mut rows = 0;
    for case in cases().iter().filter(|case| case.batch <= 4) {
        let wants = |abilities: Abilities| {
            let packed = Packed::new(&case.model, case.batch, abilities).expect("a program");
            packed.program.kernels.iter().filter(|kernel| kernel.wants_subgroups()).count()
        };
        let within = Abilities { subgroups: true, ..gpu.abilities() };
        let portable = Abilities { subgroups: false, ..gpu.abilities() };
        assert_eq!(wants(portable), 0);
        if wants(within) > 0 {
            // Within subgroups, where there are some, the test of every form runs the same case.
            block(agrees(&gpu, case, portable)).unwrap();
            rows += 1;
        }
    }
    assert!(rows > 50, "{rows}");
}

#[test]
fn floats_of_16_bits_give_the_same_where_the_gpu_has_them_and_where_not() {
    let Some(gpu) = gpu("floats of 16 bits") else { return };
    if !gpu.abilities().f16 {
        eprintln!("\n*** SKIPPED: kernels with shader-f16: the GPU has none ***\n");
    }
    let cases = cases();
    let mut ran = 0;
    let halves = cases.iter().filter(|case| {
        let layer = &case.model.layers[0];
        !layer.op.computes_floats() && layer.weights.as_ref().is_some_and(|w| w.format() == Format::Float(Kind::F16))
    });
    for case in halves {
        // What every GPU can do; with `shader-f16` the test of every form runs the same cases.
        block(agrees(&gpu, case, Abilities { f16: false, ..gpu.abilities() })).unwrap();
        ran += 1;
        let abilities = Abilities { f16: true, ..Abilities::default() };
        let packed = Packed::new(&case.model, case.batch, abilities).expect("a program");
        let words = |packed: &Packed| packed.contents.iter().map(|(_, words)| words.len()).sum::<usize>();
        let weights = case.model.layers[0].weights.as_ref().map_or(0, |w| w.units * w.inputs.div_ceil(2) + w.units);
        assert_eq!(words(&packed), weights, "{}: two bytes a weight, and the biases", case.name);
    }
    assert!(ran > 10);
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
    networks.extend(compress_support::normalized());
    networks.extend(compress_support::attentive());
    for (name, network) in networks {
        let params = compress_support::params(&network, 1);
        let (x, calibration) = (compress_support::inputs(&network, 6, 2), compress_support::inputs(&network, 16, 3));
        for (bits, activation_bits, pruner, sparsity) in [
            (8, 8, "units", 0.5),
            (4, 8, "global", 0.8),
            (2, 8, "units", 0.0),
            (3, 32, "layer", 0.5),
            (32, 32, "units", 0.4),
            (32, 32, "n-m", 0.5),
        ] {
            let settings = Settings { activation_bits, ..compress_support::settings(sparsity, pruner, bits) };
            let model = compress::compress(&network, &params, None, &settings, &Calibration::of(&calibration)).expect(name).model;
            if pruner == "units" && sparsity > 0.0 && name.starts_with("mnist") {
                let weights = |model: &PackedModel| model.layers.iter().filter_map(|l| l.weights.as_ref()).map(|w| w.len()).sum::<usize>();
                assert!(weights(&model) < weights(&PackedModel::dense(&network, &params)), "{name}: units are gone, not zero");
            }
            if pruner == "n-m" && name == "mnist-mlp" {
                let of_four = model.layers.iter().filter_map(|l| l.weights.as_ref()).filter(|w| w.skips == Skips::OfFour);
                assert!(of_four.count() > 0, "{name}: two of every four are stored");
            }
            let runner = GpuRunner::packed(&gpu, &model, 6);
            if network.nodes().iter().any(|node| layers::LISTING.is_cpu_only(&node.pick.key)) {
                assert!(runner.is_err_and(|error| error.to_string().contains("no shader")), "{name} runs on the CPU alone, and says so");
                continue;
            }
            let runner = runner.expect(name);
            let (got, wanted) = (runner.run(&x).wait().expect(name), on_cpu(&model, &x, 6));
            let largest = wanted.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            for (g, w) in got.iter().zip(&wanted) {
                // Between layers of whole numbers a value that rounds otherwise may become the next code.
                assert!((g - w).abs() <= 1e-2 * largest, "{name} {bits} {activation_bits} {pruner}: {g} and not {w}, of {largest}");
            }
        }
    }
}

/// What bench.html does at 8 and 4 bits: the CPU's engine makes the model small and runs it, and the GPU is handed that model's file.
#[test]
fn models_handed_over_by_the_benchmark_answer_as_the_cpu_does_to_one_step() {
    let Some(gpu) = gpu("the benchmark's models of few bits") else { return };
    for model in [Model::Mlp, Model::Cnn] {
        let network = model.network().expect("a network");
        let params = compress_support::params(&network, 12);
        let mut rng = Rng::new(2, 0);
        let samples: Vec<f32> = (0..256 * 784).map(|_| rng.uniform()).collect();
        let floats = Infer::new(model, &params, 32, &[]).expect("a runner").run(&samples, 256).to_vec();
        for bits in [8, 4] {
            let file = bench::pack(model, &params, bits, &samples).expect("a file");
            let packed = artifact::decode(&file).expect("a model").model;
            let last = packed.layers.iter().rfind(|layer| layer.weights.is_some()).expect("a layer");
            let (weights, activation) = (last.weights.as_ref().expect("weights"), last.activation.expect("8-bit activations"));
            assert_eq!((weights.bits(), activation.bits), (bits, 8));
            // What a logit moves by where one value that comes into the last layer becomes the next code.
            let step = activation.scale * weights.to_f32().iter().fold(0.0_f32, |most, w| most.max(w.abs()));
            let wanted = Infer::new(model, &params, bits, &samples).expect("a runner").run(&samples, 256).to_vec();
            let largest = |values: &[f32]| values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            let lost: Vec<f32> = floats.iter().zip(&wanted).map(|(f, w)| f - w).collect();
            assert!(largest(&lost) > step && step < 0.01 * largest(&floats), "a step is less than what rounding costs");
            for batch in [1, 256] {
                let got = bench::unpack(&gpu, &file, batch).expect("a runner").run(&samples[..batch * 784]).wait().expect("logits");
                assert_eq!(got.len(), batch * 10);
                let apart: Vec<f32> = got.iter().zip(&wanted).map(|(g, w)| g - w).collect();
                println!(
                    "{model:?}, {bits} bits, batch {batch}: at most {} apart, a step {step}; floats {} of {}",
                    largest(&apart),
                    largest(&lost),
                    largest(&floats)
                );
                assert!(largest(&apart) <= step, "{model:?}, {bits} bits, batch {batch}: {} apart, a step is {step}", largest(&apart));
            }
        }
    }
    assert!(bench::unpack(&gpu, b"no model", 1).is_err_and(|error| matches!(error, BuildError::Spec(_))));
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

#[test]
fn what_is_too_large_for_the_gpu_is_an_error_when_it_is_made() {
    let Some(gpu) = gpu("a model too large") else { return };
    // Its inputs alone are 2³⁸ bytes; nothing of that size is allocated here.
    let network = Network::new(&[Pick::new("dense").with("units", 1.0)], &Shape(vec![1 << 20])).expect("a network");
    let model = PackedModel::dense(&network, &vec![0.0; network.params()]);
    let Err(BuildError::Gpu(GpuError::TooLarge { bytes, limit })) = GpuRunner::packed(&gpu, &model, 1 << 16) else { panic!("it fits") };
    assert!(bytes == 1 << 38 && limit < bytes, "{bytes} of {limit}");
    // The GPU is as it was.
    let small = GpuRunner::packed(&gpu, &model, 1).expect("a runner");
    assert_eq!(small.run(&vec![1.0; 1 << 20]).wait().expect("an output"), [0.0]);
}
