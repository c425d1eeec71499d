use super::*;
use crate::{
    engine::params::Scale,
    protocol::{Form, LayerMemory, LayerReport, Memory},
};

fn layer(key: &str, output: &[usize], params: u64, macs: u64) -> LayerReport {
    LayerReport { key: key.into(), label: key.into(), output: output.to_vec(), params, macs, back: 0 }
}

/// 8×8×1 → convolution of 4 → ReLU → pooling → flat → dense 10.
fn model() -> ModelReport {
    let layers = vec![
        layer("conv2d", &[8, 8, 4], 40, 64 * 36),
        layer("relu", &[8, 8, 4], 0, 0),
        layer("maxpool", &[4, 4, 4], 0, 0),
        layer("flatten", &[64], 0, 0),
        layer("dense", &[10], 650, 640),
    ];
    ModelReport { layers, params: 690, macs: 2944, activations: 0, peak_activations: 0 }
}

fn report(kernels: [&str; 2]) -> OptimizedReport {
    let memory = [256, 0, 64, 0, 10]
        .map(|values: u64| LayerMemory { baseline: Memory::default(), optimized: Memory { weights: 0, activations: 4 * values } });
    OptimizedReport {
        sizes: Vec::new(),
        best: Form::Packed,
        sparsity: 0.0,
        units_removed: 0,
        units: 4,
        layer_sparsity: vec![0.0; 5],
        kernels: vec![kernels[0].into(), String::new(), String::new(), String::new(), kernels[1].into()],
        notes: Vec::new(),
        weight_error: Vec::new(),
        memory: memory.to_vec(),
        macs: vec![2304, 0, 0, 0, 640],
    }
}

#[test]
fn the_table_follows_the_words_of_the_field() {
    let field = FIELDS.iter().find(|f| f.spec.key == "target").unwrap();
    let Scale::Choice(words) = field.spec.scale else { unreachable!("targets are words") };
    let keys: Vec<_> = words.iter().map(|w| w.key).collect();
    assert_eq!(keys[0], "none");
    assert_eq!(keys[1..], TARGETS.map(|t| t.key));
    assert!(target(0).is_none() && target(TARGETS.len() + 1).is_none());
    assert_eq!(target(1).unwrap().label(), "Cortex-M0+ (RP2040)");
    for t in &TARGETS {
        assert!(t.int8 < t.float && t.ram <= t.flash && t.error >= 1.5 && !t.source.is_empty(), "{}", t.key);
    }
}

#[test]
fn memory_is_counted_by_hand() {
    let floats = needs(&model(), &report(["f32", "f32"]), (64, 5000));
    // Input and convolution meet: 64 and 256 floats.
    assert_eq!((floats.arena, floats.bound, floats.flash), (320 * 4, 320 * 4, 5000));
    let integers = needs(&model(), &report(["int8 × int8", "int4 × int8"]), (64, 5000));
    assert_eq!(integers.arena, 320, "a byte a value");
    // The first layer computes with floats: only what goes into the dense layer is bytes. The convolution's output is pooled and then read by it.
    let mixed = needs(&model(), &report(["int4", "int8 × int8"]), (64, 5000));
    assert_eq!(mixed.arena, 64 * 4 + 256);
}

#[test]
fn widths_are_read_from_the_names_of_kernels() {
    let names = ["f32", "sparse f32", "2:4 f32", "int4", "sparse int4 × int8", "int4 g32 affine × int8", "bf16", "f16", "fp8 e4m3", ""];
    assert_eq!(names.map(bits), [32, 32, 32, 4, 4, 4, 16, 16, 8, 32]);
    assert_eq!(names.map(is_integer).iter().filter(|yes| **yes).count(), 2);
}

#[test]
fn time_is_work_times_cycles_or_the_reading_of_weights() {
    let m4 = target(2).unwrap();
    let time = |kernels, flash| m4.estimate(&needs(&model(), &report(kernels), (64, flash)));
    let floats = time(["f32", "f32"], 3000);
    assert!((floats.compute - 2944.0 * 11.0 / 100e6 * 1e3).abs() < 1e-12 && floats.ms == floats.compute);
    let mixed = time(["int8 × int8", "int4 × int8"], 3000);
    assert!((mixed.compute - (2304.0 * 3.0 + 640.0 * 5.0) / 100e6 * 1e3).abs() < 1e-12);
    let unpacked = time(["int4", "f32"], 3000);
    assert!(unpacked.ms > floats.ms, "unpacking costs time where arithmetic stays that of floats");
    let large = time(["int8 × int8", "int8 × int8"], 4_000_000);
    assert_eq!(large.ms, large.reading);
    assert!((large.reading - 10.0).abs() < 1e-9, "4 MB at 400 MB/s");
    // No runtime for microcontrollers skips zeros.
    let mut sparse = report(["f32", "sparse int8 × int8"]);
    sparse.macs[4] = 60;
    let needs = needs(&model(), &sparse, (64, 3000));
    assert_eq!(needs.layers, [LayerWork { macs: 2304, bits: 32, integer: false }, LayerWork { macs: 640, bits: 8, integer: true }]);
}

#[test]
fn a_broken_limit_is_named() {
    let m0 = target(1).unwrap();
    let needs = |flash| Needs { flash, arena: 1000, bound: 900, layers: vec![LayerWork { macs: 1_330_000, bits: 8, integer: true }] };
    let said = |needs: &Needs, ms: f64| verdict(m0, &lines(m0, needs, ms));
    assert_eq!(said(&needs(20_000), 0.0), "Fits Cortex-M0+ (RP2040).");
    assert_eq!(said(&needs(3 * MB), 0.0), "Does not fit Cortex-M0+ (RP2040): it needs 1.5 times the flash there is.");
    let slow = said(&needs(20_000), 50.0);
    assert_eq!(slow, "Does not fit Cortex-M0+ (RP2040): its time is about 2 times the limit (an estimate).");
    let time = &lines(m0, &needs(20_000), 0.0)[2];
    assert!(
        time.words.starts_with("≈ 100") && time.words.contains(", an estimate (") && time.help.contains("estimate") && time.share.is_none(),
        "{time:?}"
    );
}

#[test]
fn a_skip_connection_holds_its_tensor() {
    // 8×8×4 → conv → ReLU → conv → add of what came into the first: three tensors of 256 live while the second convolution runs.
    let mut layers: Vec<_> =
        ["conv2d", "conv2d", "relu", "conv2d", "add"].map(|key| layer(key, &[8, 8, 4], 40, u64::from(key == "conv2d"))).to_vec();
    let model = |layers: &[LayerReport]| ModelReport { layers: layers.to_vec(), params: 0, macs: 3, activations: 0, peak_activations: 0 };
    let report =
        OptimizedReport { kernels: vec![String::new(); 5], memory: Vec::new(), macs: vec![1, 1, 0, 1, 0], ..report(["f32", "f32"]) };
    assert_eq!(needs(&model(&layers), &report, (64, 0)).arena, 2 * 256 * 4, "a chain needs two");
    layers[4].back = 3;
    assert_eq!(needs(&model(&layers), &report, (64, 0)).arena, 3 * 256 * 4);
    // A ReLU that would write over what the connection needs takes a tensor of its own.
    layers[4].back = 2;
    assert_eq!(needs(&model(&layers), &report, (64, 0)).arena, 3 * 256 * 4);
    layers[4].back = 1;
    assert_eq!(needs(&model(&layers), &report, (64, 0)).arena, 2 * 256 * 4);
}
