//! Every entry runs, computes what its reference computes, and counts its operations as a hand would.

use std::sync::Arc;

use super::{
    layers::{Case, Weighting, model, samples},
    *,
};
use crate::{
    engine::{
        catalog::Pick,
        data,
        layers::Op,
        losses,
        network::Network,
        optimizers,
        rng::Rng,
        schedules,
        train::{Rules, Settings},
    },
    kernels::{conv2d, matmul_f32},
};

/// XOR and a small network on it: 2-3-2, batches of 20.
fn dataset() -> Arc<Dataset> {
    let source = data::source(&Pick::new("xor").with("n", 400.0), 0.5, 1).unwrap();
    Arc::new(source.generate().unwrap().unwrap())
}

fn trainer() -> Result<Trainer, SpecError> {
    let data = dataset();
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let network = Network::new(&[dense(3.0), Pick::new("relu"), dense(2.0)], &data.shape)?;
    let loss = losses::CATALOG.find("cross-entropy")?;
    let (optimizer, schedule) = (optimizers::CATALOG.find("sgd")?, schedules::CATALOG.find("constant")?);
    let rules = Rules {
        loss: (loss.build)(&Pick::new("cross-entropy").values(loss.params)?),
        optimizer: (optimizer.build)(&Pick::new("sgd").values(optimizer.params)?),
        optimizer_key: "sgd".into(),
        schedule: (schedule.build)(&Pick::new("constant").values(schedule.params)?),
    };
    let settings = Settings { lr: 0.1, batch: 20, epochs: 10.0, warmup: 0.0, l1: 0.0, l2: 0.0, max_norm: 0.0 };
    let mut rng = Rng::new(3, 0);
    let params = (0..network.params()).map(|_| rng.range(-0.5, 0.5)).collect();
    Ok(Trainer::new(network, params, data.task.clone(), settings, rules, 1))
}

fn prepare(key: &str) -> Prepared {
    let entry = LIST.iter().find(|e| e.key == key).unwrap();
    (entry.prepare)(&Subject { trainer: &trainer, data: dataset() }).unwrap()
}

#[test]
fn keys_are_unique_and_groups_lie_together_with_their_measure_first() {
    for (i, entry) in LIST.iter().enumerate() {
        assert!(LIST[..i].iter().all(|e| e.key != entry.key), "{} twice", entry.key);
        let starts = i == 0 || LIST[i - 1].group != entry.group;
        assert!(!starts || LIST[..i].iter().all(|e| e.group != entry.group), "{} is scattered", entry.group);
        assert!(!starts || entry.form.starts_with("f32"), "{} begins with {}", entry.group, entry.form);
        assert!(entry.about.ends_with('.'), "{}", entry.key);
    }
    for arithmetic in [Arithmetic::Float, Arithmetic::Whole] {
        assert!(LIST.iter().any(|e| e.peak && e.arithmetic == arithmetic), "{arithmetic:?} has no peak");
    }
}

#[test]
fn every_entry_runs_again_and_again() {
    for entry in LIST {
        let mut ready = (entry.prepare)(&Subject { trainer: &trainer, data: dataset() }).unwrap();
        for _ in 0..2 {
            let mut pieces = 1;
            while !ready.work.advance() {
                pieces += 1;
                assert!(pieces < 1000, "{} never ends", entry.key);
            }
        }
        let output = ready.work.output();
        assert!(!output.is_empty() && output.iter().all(|v| v.is_finite()), "{}", entry.key);
        assert!(output.iter().any(|v| *v != 0.0), "{} computes nothing", entry.key);
    }
}

#[test]
fn operations_are_those_a_hand_counts() {
    let dense = 2 * 2048 * 2048;
    let batch = 2 * 256 * 784 * 128;
    let conv = 2 * 8 * 28 * 28 * 32 * 9 * 16;
    // A step on 20 samples: 6 products in the first layer, twice; 6 in the second, three times.
    let step = 2 * 20 * (2 * 6 + 3 * 6);
    for (key, operations, samples) in [
        ("product-512", 2 * 512 * 512 * 512, 0),
        ("dense-1-f32", dense, 1),
        ("dense-1-int4", dense, 1),
        ("dense-256-ternary", batch, 256),
        ("dense-1-of-four", dense / 2, 1),
        ("conv-f32", conv, 8),
        ("conv-int8", conv, 8),
        ("steps", step, 20),
    ] {
        let ready = prepare(key);
        assert_eq!((ready.operations, ready.samples), (operations, samples), "{key}");
    }
    // What is skipped does not count: about a tenth is left.
    let sparse = prepare("dense-1-sparse").operations as f64 / dense as f64;
    assert!((0.095..0.105).contains(&sparse), "{sparse}");
    assert_eq!(prepare("dense-1-f32").bytes, 4 * (2048 * 2048 + 2048));
    let (int8, int4, ternary) = (prepare("dense-1-int8").bytes, prepare("dense-1-int4").bytes, prepare("dense-1-ternary").bytes);
    assert!(int8 > int4 && int4 > ternary, "fewer bits are fewer bytes: {int8} {int4} {ternary}");
}

#[test]
fn products_agree_with_their_definition() {
    let n = 64;
    let mut ready = product(n);
    ready.work.advance();
    let mut rng = Rng::new(3, 0);
    let (a, b): (Vec<f32>, Vec<f32>) = {
        let mut draw = || (0..n * n).map(|_| rng.range(-0.5, 0.5)).collect::<Vec<_>>();
        (draw(), draw())
    };
    let mut wanted = vec![0.0; n * n];
    matmul_f32::reference::run((n, n, n), matmul_f32::Mat::rows(&a, n), matmul_f32::Mat::rows(&b, n), &mut wanted, matmul_f32::Start::Zero);
    close("product", ready.work.output(), &wanted);
}

/// Against the plain loops on what the weights stand for, and on activations rounded as the layer rounds them.
#[test]
fn layers_agree_with_their_definition() {
    let small = [
        Case { name: "one row", op: Op::Dense { inputs: 67, outputs: 19 }, batch: 1 },
        Case { name: "rows", op: Op::Dense { inputs: 64, outputs: 16 }, batch: 9 },
        Case {
            name: "images",
            op: Op::Conv2d(conv2d::Conv2dShape { input: (6, 5, 4), output: (6, 5), filters: 9, kernel: 3, stride: 1, padding: 1 }),
            batch: 2,
        },
    ];
    for case in small {
        for weighting in
            [Weighting::Float, Weighting::Bits(8), Weighting::Bits(4), Weighting::Bits(2), Weighting::Sparse, Weighting::OfFour]
        {
            let mut ready = layer(&case, weighting).unwrap();
            let model = model(&case, weighting);
            let layer = &model.layers[0];
            let weights = layer.weights.as_ref().unwrap().to_f32();
            let mut x = samples(&case);
            if let Some(activation) = layer.activation {
                let mut codes = vec![0_i16; x.len()];
                activation.quantize_all(&x, &mut codes);
                x = codes.iter().map(|code| f32::from(*code) * activation.scale).collect();
            }
            let wanted = match &case.op {
                Op::Conv2d(shape) => {
                    let mut y = vec![0.0; case.batch * shape.output_len()];
                    conv2d::reference::forward(shape, case.batch, &x, &weights, &layer.bias, &mut y);
                    y
                }
                op => {
                    let (inputs, units) = crate::engine::packed::matrix(op).unwrap();
                    let mut y: Vec<f32> = layer.bias.iter().copied().cycle().take(case.batch * units).collect();
                    let (x, w) = (matmul_f32::Mat::rows(&x, inputs), matmul_f32::Mat::rows(&weights, units));
                    matmul_f32::reference::run((case.batch, units, inputs), x, w, &mut y, matmul_f32::Start::Kept);
                    y
                }
            };
            close(&format!("{} {weighting:?}", case.name), ready.work.output(), &wanted);
        }
    }
}

#[test]
fn a_form_runs_on_the_kernel_that_it_names() {
    for (weighting, kernel) in [
        (Weighting::Float, "f32"),
        (Weighting::Bits(8), "int8 × int8"),
        (Weighting::Bits(4), "int4 × int8"),
        (Weighting::Bits(2), "int2 × int8"),
        (Weighting::Sparse, "sparse f32"),
        (Weighting::OfFour, "2:4 f32"),
    ] {
        for case in [DENSE_BATCH, CONV] {
            let runner = crate::engine::inference::Runner::new(&model(&case, weighting)).unwrap();
            assert_eq!(runner.kernel(0), kernel, "{}", case.name);
        }
    }
}

fn close(what: &str, got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!((g - w).abs() <= 1e-4 * w.abs().max(1.0), "{what} at {i}: {g}, and not {w}");
    }
}
