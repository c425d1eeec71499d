//! Rounding that looks at training samples, equalization and bias correction, in compressed models.

mod compress_support;

use compress_support::{forward, inputs, networks, params, settings};
use whittle::engine::{
    catalog::Pick,
    compress::{Calibration, Compressed, Settings, compress},
    inference::Runner,
    network::Network,
    quantization::{Granularity, ValueRange},
};

fn small(network: &Network, params: &[f32], settings: &Settings, samples: &[f32]) -> Compressed {
    compress(network, params, None, settings, &Calibration::of(samples)).expect("settings are sound")
}

/// Mean squared difference of a compressed model's answers from the network's.
fn error(network: &Network, params: &[f32], compressed: &Compressed, x: &[f32]) -> f64 {
    let batch = x.len() / network.input().len();
    let want = forward(network, params, x, batch);
    let mut runner = Runner::new(&compressed.model).expect("a model");
    let got = runner.run(x, batch);
    want.iter().zip(got).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / want.len() as f64
}

/// On average over networks and widths; one alone may be unlucky, for layers are rounded one by one.
#[test]
fn answers_are_nearer_than_those_of_the_nearest_levels() {
    for rounder in ["gptq", "adaround"] {
        let (mut sum, mut all) = (0.0, 0);
        for (name, network) in networks().into_iter().filter(|(name, _)| !name.starts_with("one")) {
            let params = params(&network, 3);
            let samples = inputs(&network, 64, 4);
            for bits in [3, 4] {
                let near = settings(0.0, "global", bits);
                let rule = Settings { rounder: Pick::new(rounder), ..near.clone() };
                let [before, after] = [&near, &rule].map(|s| error(&network, &params, &small(&network, &params, s, &samples), &samples));
                assert!(after < 1.5 * before, "{rounder}, {name}, {bits} bits: {after} instead of {before}");
                sum += libm::log(after / before);
                all += 1;
            }
        }
        let mean = libm::exp(sum / f64::from(all));
        assert!(mean < 0.7, "{rounder}: errors are {mean} of those of nearest levels");
    }
}

#[test]
fn pruned_weights_stay_pruned_and_step_sizes_stay() {
    for (name, network) in networks() {
        let params = params(&network, 3);
        let samples = inputs(&network, 32, 4);
        for pruner in ["global", "units"] {
            let near = settings(0.5, pruner, 4);
            let before = small(&network, &params, &near, &samples);
            for rounder in ["gptq", "adaround"] {
                let rule = Settings { rounder: Pick::new(rounder), ..near.clone() };
                let after = small(&network, &params, &rule, &samples);
                assert_eq!(after, small(&network, &params, &rule, &samples), "{name}: the same again");
                for (a, b) in after.model.layers.iter().zip(&before.model.layers) {
                    let (Some(a), Some(b)) = (&a.weights, &b.weights) else { continue };
                    assert_eq!((a.inputs, a.units, a.bits()), (b.inputs, b.units, b.bits()), "{name}");
                }
                if pruner == "units" {
                    assert_eq!(after.removed, before.removed);
                    continue;
                }
                let kept = small(&network, &params, &settings(0.5, pruner, 32), &samples);
                for (a, k) in after.model.layers.iter().zip(&kept.model.layers) {
                    let (Some(a), Some(k)) = (&a.weights, &k.weights) else { continue };
                    assert!(a.to_f32().iter().zip(k.to_f32()).all(|(a, k)| k != 0.0 || *a == 0.0), "{name}, {rounder}");
                }
            }
        }
    }
}

/// In 8 bits next to nothing is lost, whatever is done before and behind rounding.
#[test]
fn equalized_and_corrected_models_answer_alike() {
    for (name, network) in networks() {
        let params = params(&network, 5);
        let samples = inputs(&network, 48, 6);
        let scale = forward(&network, &params, &samples, 48).iter().map(|y| f64::from(*y).powi(2)).sum::<f64>()
            / (48.0 * network.output().len() as f64);
        for (equalize, correct_bias) in [(true, false), (false, true), (true, true)] {
            for sparsity in [0.0, 0.4] {
                let plain = settings(sparsity, "units", 8);
                let both = Settings { equalize, correct_bias, ..plain.clone() };
                let was = error(&network, &params, &small(&network, &params, &settings(sparsity, "units", 32), &samples), &samples);
                let made = small(&network, &params, &both, &samples);
                let is = error(&network, &params, &made, &samples);
                assert!(is.sqrt() <= was.sqrt() + 0.03 * scale.sqrt(), "{name}: {is} instead of {was}");
                assert!(sparsity > 0.0 || made.weight_error.iter().all(|e| *e < 0.02), "{name}: {:?}", made.weight_error);
            }
        }
    }
}

/// One channel with small weights on a layer's common grid.
#[test]
fn equalizing_serves_channels_of_small_weights() {
    let (_, network) = networks().into_iter().find(|(name, _)| *name == "mlp").expect("it is listed");
    let mut params = params(&network, 5);
    // Half of the units of the first layer a twentieth as large, and what reads them twenty times: the same function.
    let spans: Vec<_> = network.nodes().iter().map(|n| n.span.clone()).filter(|s| !s.is_empty()).collect();
    for n in (0..17).step_by(2) {
        params[spans[0].clone()].iter_mut().skip(n).step_by(17).for_each(|w| *w /= 20.0);
        params[spans[1].start + n * 9..spans[1].start + (n + 1) * 9].iter_mut().for_each(|w| *w *= 20.0);
    }
    let samples = inputs(&network, 64, 6);
    let plain = Settings { granularity: Granularity::Tensor, ..settings(0.0, "global", 6) };
    let [before, after] = [false, true].map(|equalize| {
        let settings = Settings { equalize, ..plain.clone() };
        error(&network, &params, &small(&network, &params, &settings, &samples), &samples)
    });
    assert!(after < 0.1 * before, "{after} instead of {before}");
}

/// Answers are right on average behind one layer, exactly.
#[test]
fn corrected_biases_take_the_mean_error_back() {
    let (_, network) = networks().into_iter().find(|(name, _)| *name == "one layer").expect("it is listed");
    let params = params(&network, 5);
    let samples: Vec<f32> = inputs(&network, 64, 6).iter().map(|x| x + 1.0).collect();
    let mean = |correct_bias: bool| {
        let settings = Settings { correct_bias, ..settings(0.0, "global", 2) };
        let made = small(&network, &params, &settings, &samples);
        let want = forward(&network, &params, &samples, 64);
        let mut runner = Runner::new(&made.model).expect("a model");
        runner.run(&samples, 64).iter().zip(want).map(|(a, b)| f64::from(a - b)).sum::<f64>() / 64.0
    };
    assert!(mean(true).abs() < 1e-4 && mean(false).abs() > 1e-2, "{} instead of {}", mean(true), mean(false));
}

/// What training has rounded is stored as it was trained.
#[test]
fn weights_that_were_trained_rounded_stay() {
    let (_, network) = networks().into_iter().find(|(name, _)| *name == "mlp").expect("it is listed");
    let params = params(&network, 5);
    let samples = inputs(&network, 32, 6);
    let learnt = Settings { ranges: vec![ValueRange::NOTHING; network.nodes().len()], ..settings(0.0, "global", 4) };
    let all = Settings { rounder: Pick::new("gptq"), equalize: true, correct_bias: true, ..learnt.clone() };
    let (plain, asked) = (small(&network, &params, &learnt, &samples), small(&network, &params, &all, &samples));
    assert_eq!(plain.model, asked.model);
    assert!(plain.notes.is_empty() && asked.notes.iter().any(|n| n.contains("rounded in training")), "{:?}", asked.notes);
    let unknown = Settings { rounder: Pick::new("up"), ..settings(0.0, "global", 4) };
    let error = compress(&network, &params, None, &unknown, &Calibration::of(&samples)).expect_err("no rule");
    assert_eq!(error.field(), "round");
}
