//! The GPU against the CPU, over the engine's lists. Where there is no GPU (a software one will do), everything here says *skipped*.
#![cfg(feature = "gpu")]

mod gpu_cases;
mod gpu_support;

use gpu_cases::{dense, networks, rule, samples};
use gpu_support::{
    Run, SAMPLES, block, differences, gpu, losses_penalties_and_masks, networks_and_optimizers, normalizations, on_cpu, on_gpu, reductions,
    rounded, rounded_differences, run, same, single_steps,
};
use whittle::{
    engine::{
        catalog::Pick,
        network::{Network, Tape},
        rng::Rng,
        shape::{Role, Shape},
    },
    gpu::{
        calibrate,
        device::GpuError,
        inference::GpuRunner,
        product::GpuProduct,
        program::Program,
        trainer::{GpuSamples, GpuTrainer},
    },
};

#[test]
fn losses_follow_the_cpu_for_every_network_and_optimizer() {
    let Some(gpu) = gpu("training") else { return };
    let cases = networks();
    // Every layer with every optimizer in one place, which is the front for what reads tokens; elsewhere with one.
    let once = |run: &Run<'_>| run.case.name.ends_with(" at the front") && !run.case.name.starts_with("embedding");
    let runs: Vec<_> = networks_and_optimizers(&cases).into_iter().filter(|run| run.optimizer.key == "adam" || !once(run)).collect();
    let wrong = block(differences(&gpu, &runs));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[test]
fn losses_follow_the_cpu_for_every_loss_penalty_and_mask() {
    let Some(gpu) = gpu("losses, penalties, masks") else { return };
    let cases = networks();
    let runs = losses_penalties_and_masks(&cases);
    let wrong = block(differences(&gpu, &runs));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[test]
fn rounded_losses_follow_the_cpu() {
    let Some(gpu) = gpu("quantization-aware training") else { return };
    let cases = networks();
    let runs = rounded(&cases);
    let wrong = block(rounded_differences(&gpu, &runs));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[test]
fn gradients_of_tokens_and_attention_are_those_of_the_cpu() {
    let Some(gpu) = gpu("gradients of attention") else { return };
    for case in
        networks().iter().filter(|case| ["transformer", "attention", "embedding", "position"].iter().any(|key| case.name.starts_with(key)))
    {
        // Two epochs.
        let [loss, params] = block(single_steps(&gpu, &run(case, "cross-entropy", Pick::new("sgd")), 6));
        println!("{}: losses {loss:.1e}, parameters {params:.1e} of a step", case.name);
        assert!(loss < 1e-5 && params < 1e-3, "{}: {loss:.1e}, {params:.1e}", case.name);
    }
}

#[test]
fn sums_within_subgroups_are_those_in_workgroup_memory() {
    let Some(gpu) = gpu("sums within subgroups") else { return };
    let wrong = block(reductions(&gpu)).unwrap_or_default();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn normalizations_end_where_the_cpu_does() {
    let Some(gpu) = gpu("normalizations") else { return };
    let wrong = block(normalizations(&gpu));
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn losses_whose_sums_are_taken_in_workgroup_memory_follow_the_cpu() {
    let Some(gpu) = gpu("sums in workgroup memory") else { return };
    let cases = networks();
    let portable = |run| Run { subgroups: false, ..run };
    let runs: Vec<_> = losses_penalties_and_masks(&cases).into_iter().map(portable).collect();
    let roundings: Vec<_> = rounded(&cases).into_iter().step_by(3).map(portable).collect();
    let wrong = [block(differences(&gpu, &runs)), block(rounded_differences(&gpu, &roundings))].concat();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn held_parameters_stay_zero_and_the_others_end_alike() {
    let Some(gpu) = gpu("masks") else { return };
    let cases = networks();
    let run = Run { held: true, ..run(&cases[0], "cross-entropy", Pick::new("momentum")) };
    let data = run.case.samples(SAMPLES, true);
    let ((_, cpu), (_, gpu)) = (on_cpu(&run, &data), block(on_gpu(&gpu, &run, &data)));
    assert!(gpu.params.iter().zip(gpu.held()).all(|(p, k)| *k == 1.0 || *p == 0.0));
    for (g, c) in gpu.params.iter().zip(&cpu.params).chain(gpu.memory()[0].iter().zip(&cpu.memory()[0])) {
        assert!((g - c).abs() < 1e-4, "{g} and {c}");
    }
}

#[test]
fn outputs_agree() {
    let Some(gpu) = gpu("inference") else { return };
    for case in networks() {
        let run = run(&case, "mse", Pick::new("sgd"));
        let mut params = run.trainer(same(&case)).params;
        // Of biases, factors and running statistics none is as it begins.
        for (tensor, span) in case.network.nodes().iter().flat_map(|node| &node.tensors).filter(|(tensor, _)| tensor.role != Role::Weight) {
            params[span.clone()].iter_mut().enumerate().for_each(|(i, p)| *p += 0.1 * ((i + tensor.name.len()) % 7) as f32);
        }
        let inputs = case.network.input().len();
        let x = case.samples(case.batch, true).inputs;
        let runner = GpuRunner::new(&gpu, &case.network, &params, case.batch).expect("a runner");
        let mut tape = Tape::default();
        // Whole and smaller batches, in turn.
        for samples in [case.batch, 1, case.batch] {
            let x = &x[..samples * inputs];
            let got = runner.run(x).wait().expect("outputs");
            let wanted = case.network.forward(&params, x, samples, false, &mut Rng::new(0, 0), &mut tape);
            assert_eq!(got.len(), wanted.len());
            for (g, w) in got.iter().zip(wanted) {
                assert!((g - w).abs() <= 1e-4 * w.abs().max(1.0), "{}: {g} instead of {w}", case.name);
            }
        }
    }
}

#[test]
fn products_agree_at_the_edges_of_tiles() {
    let Some(gpu) = gpu("products") else { return };
    for n in [1, 63, 64, 65, 130] {
        let matrix = |seed| samples(n, n, true).inputs.iter().map(|v| v * seed).collect::<Vec<_>>();
        let (a, b) = (matrix(1.0), matrix(-0.5));
        let got = GpuProduct::new(&gpu, n, &a, &b).expect("buffers").run(2).wait().expect("a product");
        for (i, g) in got.iter().enumerate() {
            let wanted: f64 = (0..n).map(|k| f64::from(a[i / n * n + k]) * f64::from(b[k * n + i % n])).sum();
            assert!((f64::from(*g) - wanted).abs() < 1e-4, "{n}: {g} instead of {wanted}");
        }
    }
}

#[test]
fn a_lost_gpu_is_an_error_and_not_a_result() {
    let Some(gpu) = gpu("loss of the device") else { return };
    let case = &networks()[0];
    let runner = GpuRunner::new(&gpu, &case.network, &vec![0.1; case.network.params()], case.batch).expect("a runner");
    let x = vec![0.5; case.network.input().len()];
    assert!(runner.run(&x).wait().is_ok());
    gpu.destroy();
    let error = runner.run(&x).wait().expect_err("the device is gone");
    assert!(error.to_string().contains("lost"), "{error}");
}

#[test]
fn what_does_not_fit_is_an_error_before_anything_trains() {
    let Some(gpu) = gpu("a mini-batch too large") else { return };
    let network = Network::new(&[Pick::new("tanh"), dense(1)], &Shape(vec![1 << 19])).expect("a network");
    let (_, loss, optimizer) = rule(&Pick::new("mse"), &Pick::new("sgd"));
    let batch = 1 << 16;
    // What comes out of its first layer are 2³⁵ numbers; nothing of that size is allocated here.
    let program = Program::training(&network, loss.as_ref(), optimizer.as_ref(), batch, true).expect("a program");
    let data = GpuSamples::new(&gpu, &[0.5], &[0.0]).expect("buffers");
    let Err(GpuError::TooLarge { bytes, limit }) = GpuTrainer::new(&gpu, program, &data, network.params(), 0, 1) else { panic!("it fits") };
    assert!(bytes == 1 << 37 && limit < bytes, "{bytes} of {limit}");
    assert!(gpu.check().is_ok(), "the GPU is as it was");
}

#[test]
fn calibration_gives_figures_of_this_gpu() {
    let Some(gpu) = gpu("calibration") else { return };
    let start = std::time::Instant::now();
    let figures = block(calibrate::figures(&gpu, || start.elapsed().as_secs_f64() * 1000.0)).expect("figures");
    println!("{figures:?}");
    assert!(figures.round_trip_ms > 0.0 && figures.dispatch_ms < figures.round_trip_ms);
    let measured = [figures.dispatch_ms, figures.gflops].map(|figure| figure > 0.0);
    assert_eq!(measured, [!gpu.software(); 2], "a software GPU is spared the rest");
    gpu.destroy();
    assert!(block(calibrate::figures(&gpu, || 0.0)).is_err());
}
