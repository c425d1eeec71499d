//! The GPU against the CPU, over the engine's lists. Where there is no GPU (a software one will do), everything here says *skipped*.
#![cfg(feature = "gpu")]

mod gpu_cases;

use std::{future::Future, rc::Rc, task::Context};

use gpu_cases::{Case, networks, optimizer_picks, rule, samples};
use whittle::{
    engine::{
        catalog::Pick,
        data::{Samples, Task},
        initializers, layers,
        network::{Network, Tape},
        rng::Rng,
        schedules,
        train::{Rules, Score, Settings, Trainer},
    },
    gpu::{
        device::Gpu,
        inference::GpuRunner,
        product::GpuProduct,
        program::Program,
        trainer::{GpuTrainer, REPORT, Slice},
    },
};

const STEPS: usize = 100;
const SLICE: usize = 25;
const SAMPLES: usize = 137;

/// Runs `future`, whose progress needs no one to wake it.
fn block<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}

/// The GPU; `None`, said aloud, where there is none. With WHITTLE_GPU=required that fails instead.
fn gpu(test: &str) -> Option<Rc<Gpu>> {
    match block(Gpu::open()) {
        Ok(gpu) => {
            println!("{test} on {}", gpu.name());
            Some(gpu)
        }
        Err(error) => {
            assert!(std::env::var("WHITTLE_GPU").as_deref() != Ok("required"), "{error}");
            eprintln!("\n*** SKIPPED: {test}: {error} ***\n");
            None
        }
    }
}

struct Run<'a> {
    case: &'a Case,
    loss: Pick,
    optimizer: Pick,
    classes: bool,
    penalty: f64,
    max_norm: f64,
    held: bool,
}

impl Run<'_> {
    fn name(&self) -> String {
        let (held, norm) = (if self.held { ", held" } else { "" }, if self.max_norm > 0.0 { ", max-norm" } else { "" });
        format!("{}, {}, {:?}{}{}", self.case.name, self.loss.key, self.optimizer, held, norm)
    }

    fn trainer(&self, network: Network) -> Trainer {
        let (_, loss, optimizer) = rule(&self.loss, &self.optimizer);
        let he = initializers::CATALOG.find("he").expect("an initializer");
        let fill = (he.build)(&Pick::new("he").values(he.params).expect("defaults"));
        let params = network.init(fill.as_ref(), &mut Rng::new(3, 0));
        let cosine = schedules::CATALOG.find("cosine").expect("a schedule");
        let schedule = (cosine.build)(&Pick::new("cosine").values(cosine.params).expect("defaults"));
        let lr = match self.optimizer.key.as_str() {
            "sgd" | "momentum" | "nesterov" => 0.02,
            "adadelta" => 0.5,
            _ => 0.002,
        };
        let (l1, l2, max_norm) = (self.penalty, 10.0 * self.penalty, self.max_norm);
        let settings = Settings { lr, batch: self.case.batch, epochs: 60.0, warmup: 1.0, l1, l2, max_norm };
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let task = if self.classes { Task::Classes(names) } else { Task::Value { name: "height".into(), shift: 0.0, scale: 1.0 } };
        let count = params.len();
        let rules = Rules { loss, optimizer, optimizer_key: self.optimizer.key.clone(), schedule };
        let mut trainer = Trainer::new(network, params, task, settings, rules, 5);
        if self.held {
            trainer.hold((0..count).map(|i| f32::from(u8::from(i % 3 != 0))).collect());
        }
        trainer
    }
}

fn same(case: &Case) -> Network {
    let picks: Vec<Pick> = case.network.nodes().iter().map(|n| n.pick.clone()).collect();
    Network::new(&picks, case.network.input()).expect("it was built before")
}

/// Losses and hits (or squared errors) of the run on the CPU.
fn on_cpu(run: &Run<'_>, data: &Samples) -> (Vec<f32>, Trainer) {
    let mut trainer = run.trainer(same(run.case));
    let losses = (0..STEPS).map(|_| trainer.step(data, &mut Score::default()).loss).collect();
    (losses, trainer)
}

fn on_gpu(gpu: &Rc<Gpu>, run: &Run<'_>, data: &Samples) -> (Vec<f32>, Trainer) {
    let mut trainer = run.trainer(same(run.case));
    let rules = &trainer.rules;
    let program =
        Program::training(&trainer.network, rules.loss.as_ref(), rules.optimizer.as_ref(), run.case.batch, run.classes).expect("a program");
    let program = if run.max_norm > 0.0 { program.with_max_norm(&trainer.network).expect("a program") } else { program };
    let (params, slots) = (trainer.params.len(), rules.optimizer.slots());
    let device = GpuTrainer::new(gpu, program, data, params, slots, SLICE).expect("buffers");
    device.load(&trainer.params, trainer.memory());
    device.mark(trainer.network.weights().map(|(_, _, span)| span), trainer.held());
    let mut losses = Vec::new();
    for _ in 0..STEPS / SLICE {
        let mut slice = Slice::default();
        let penalty = [trainer.settings.l1, trainer.settings.l2, trainer.settings.max_norm].map(|v| v as f32);
        for _ in 0..SLICE {
            trainer.turn(data.len, |order, rule, rng| slice.push(device.program(), order, rule, penalty, rng));
        }
        let reports = device.submit(&slice).wait().expect("results");
        losses.extend(reports.chunks_exact(REPORT).map(|r| r[0]));
    }
    trainer.adopt(&device.state().wait().expect("the state")).expect("as many numbers");
    (losses, trainer)
}

/// Relative to the larger of the loss and a thousandth of the first: a run that has learned all there is compares noise.
fn distance(gpu: &[f32], cpu: &[f32]) -> f32 {
    let floor = 1e-3 * cpu[0].abs();
    let off = |(g, c): (&f32, &f32)| (g - c).abs() / c.abs().max(floor);
    gpu.iter().zip(cpu).map(off).fold(0.0, |worst, d| if d.is_nan() { f32::INFINITY } else { worst.max(d) })
}

/// Where the runs differ, in words.
fn differences(gpu: &Rc<Gpu>, runs: &[Run<'_>]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut worst = (0.0, String::new());
    for run in runs {
        let data = samples(run.case.network.input().len(), SAMPLES, run.classes);
        let ((cpu, _), (gpu, _)) = (on_cpu(run, &data), on_gpu(gpu, run, &data));
        let off = distance(&gpu, &cpu);
        let line = format!("{}: {off:.1e}; from {} to {} and {}", run.name(), cpu[0], cpu[STEPS - 1], gpu[STEPS - 1]);
        if off > 1e-3 {
            wrong.push(line.clone());
        }
        if off >= worst.0 {
            worst = (off, line);
        }
    }
    println!("{} runs; the furthest: {}", runs.len(), worst.1);
    wrong
}

fn run<'a>(case: &'a Case, loss: &str, optimizer: Pick) -> Run<'a> {
    let classes = case.network.output().len() == 3;
    Run { case, loss: Pick::new(loss), optimizer, classes, penalty: 0.0, max_norm: 0.0, held: false }
}

#[test]
fn losses_follow_the_cpu_for_every_network_and_optimizer() {
    let Some(gpu) = gpu("training") else { return };
    let cases = networks();
    let mut runs = Vec::new();
    for case in cases.iter().filter(|case| case.network.params() > 0 && case.network.output().len() == 3) {
        // A software GPU takes its time: activations and large networks go with one optimizer, layers with all.
        let layer = layers::CATALOG.entries.iter().any(|entry| case.name.starts_with(entry.key));
        let optimizers = optimizer_picks().into_iter().filter(|o| layer || o.key == "adam");
        runs.extend(optimizers.map(|o| run(case, "cross-entropy", o)));
    }
    let wrong = differences(&gpu, &runs);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[test]
fn losses_follow_the_cpu_for_every_loss_penalty_and_mask() {
    let Some(gpu) = gpu("losses, penalties, masks") else { return };
    let cases = networks();
    let mut runs = Vec::new();
    for case in cases.iter().filter(|case| case.name.starts_with("conv2d") || case.name.starts_with("gelu")) {
        runs.push(Run { penalty: 1e-3, ..run(case, "mse", Pick::new("momentum")) });
        runs.push(Run { max_norm: 0.6, ..run(case, "cross-entropy", Pick::new("momentum")) });
        runs.push(Run { held: true, ..run(case, "cross-entropy", Pick::new("adam")) });
        runs.push(Run { loss: Pick::new("cross-entropy").with("smoothing", 0.1), ..run(case, "mse", Pick::new("adamw")) });
    }
    let one = networks().into_iter().filter(|c| c.network.output().len() == 1).collect::<Vec<_>>();
    runs.extend(one.iter().map(|case| run(case, "mse", Pick::new("sgd"))));
    let wrong = differences(&gpu, &runs);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[test]
fn held_parameters_stay_zero_and_the_others_end_alike() {
    let Some(gpu) = gpu("masks") else { return };
    let cases = networks();
    let run = Run { held: true, ..run(&cases[0], "cross-entropy", Pick::new("momentum")) };
    let data = samples(run.case.network.input().len(), SAMPLES, true);
    let ((_, cpu), (_, gpu)) = (on_cpu(&run, &data), on_gpu(&gpu, &run, &data));
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
        let trainer = run.trainer(same(&case));
        let inputs = case.network.input().len();
        let x = samples(inputs, case.batch, true).inputs;
        let runner = GpuRunner::new(&gpu, &case.network, &trainer.params, case.batch).expect("a runner");
        let mut tape = Tape::default();
        // Whole and smaller batches, in turn.
        for samples in [case.batch, 1, case.batch] {
            let x = &x[..samples * inputs];
            let got = runner.run(x).wait().expect("outputs");
            let wanted = case.network.forward(&trainer.params, x, samples, false, &mut Rng::new(0, 0), &mut tape);
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
