//! Training runs on the GPU beside the same runs on the CPU, natively and in a browser.
#![allow(dead_code, reason = "no suite needs all of it")]

use std::rc::Rc;

use whittle::{
    engine::{
        catalog::Pick,
        data::{Samples, Task},
        initializers, layers, losses,
        network::Network,
        rng::Rng,
        schedules,
        shape::Shape,
        train::{Rounding, Rules, Score, Settings, Trainer},
    },
    gpu::{
        device::Gpu,
        program::{Abilities, Program},
        slice::{REPORT, Slice, ranges, targets, traits},
        trainer::{GpuSamples, GpuTrainer},
    },
};

use super::gpu_cases::{Case, dense, optimizer_picks, roundings, rule, samples};

pub const STEPS: usize = 100;
const SLICE: usize = 25;
pub const SAMPLES: usize = 137;

/// Runs `future`, whose progress needs no one to wake it.
#[cfg(not(target_arch = "wasm32"))]
pub fn block<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        // A GPU in software wants the processor for itself.
        std::thread::sleep(std::time::Duration::from_micros(100));
    }
}

/// The GPU; `None`, said aloud, where there is none. With WHITTLE_GPU=required that fails instead.
#[cfg(not(target_arch = "wasm32"))]
pub fn gpu(test: &str) -> Option<Rc<Gpu>> {
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

#[cfg(not(target_arch = "wasm32"))]
fn say(text: &str) {
    println!("{text}");
}

#[cfg(target_arch = "wasm32")]
fn say(text: &str) {
    web_sys::console::log_1(&text.into());
}

/// A training run of a case.
pub struct Run<'a> {
    pub case: &'a Case,
    pub loss: Pick,
    pub optimizer: Pick,
    pub classes: bool,
    pub penalty: f64,
    pub max_norm: f64,
    pub held: bool,
    /// Quantization-aware training.
    pub rounding: Option<Rounding>,
    /// Adds up within subgroups, where the GPU has them.
    pub subgroups: bool,
}

impl Run<'_> {
    fn name(&self) -> String {
        let (held, norm) = (if self.held { ", held" } else { "" }, if self.max_norm > 0.0 { ", max-norm" } else { "" });
        let rounding = self.rounding.map_or_else(String::new, |rounding| format!(", {rounding:?}"));
        format!("{}, {}, {:?}{held}{norm}{rounding}", self.case.name, self.loss.key, self.optimizer)
    }

    pub fn trainer(&self, network: Network) -> Trainer {
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
        trainer.fake_quantize(self.rounding.map(|rounding| (rounding, 0.0)));
        if self.held {
            trainer.hold((0..count).map(|i| f32::from(u8::from(i % 3 != 0))).collect());
        }
        trainer
    }
}

/// The network of a case once more.
pub fn same(case: &Case) -> Network {
    let picks: Vec<Pick> = case.network.nodes().iter().map(|n| n.pick.clone()).collect();
    Network::new(&picks, case.network.input()).expect("it was built before")
}

/// Losses of the run on the CPU, and where it ends.
pub fn on_cpu(run: &Run<'_>, data: &Samples) -> (Vec<f32>, Trainer) {
    let mut trainer = run.trainer(same(run.case));
    let losses = (0..STEPS).map(|_| trainer.step(data, &mut Score::default()).loss).collect();
    (losses, trainer)
}

/// What trains the run on the GPU.
fn device(gpu: &Rc<Gpu>, run: &Run<'_>, trainer: &Trainer, data: &Samples) -> GpuTrainer {
    let (rules, size) = (&trainer.rules, (run.case.batch, run.classes));
    let program = Program::rounded_training(&trainer.network, rules.loss.as_ref(), rules.optimizer.as_ref(), size, run.rounding);
    let program = program.and_then(|p| if run.max_norm > 0.0 { p.with_max_norm(&trainer.network) } else { Ok(p) }).expect("a program");
    let all = gpu.abilities();
    let program = program.with(Abilities { subgroups: all.subgroups && run.subgroups, ..all });
    let data = GpuSamples::new(gpu, &data.inputs, &targets(data)).expect("buffers");
    GpuTrainer::new(gpu, program, &data, trainer.params.len(), rules.optimizer.slots(), SLICE).expect("buffers")
}

/// Gives it the trainer's state.
fn load(device: &GpuTrainer, trainer: &Trainer) {
    let layers = device.program().rounding.map_or(0, |_| trainer.network.nodes().len());
    let traits = traits(&trainer.network, trainer.held());
    device.load(&trainer.params, &trainer.memory().concat(), &traits, &ranges(layers, trainer.ranges()));
}

/// Losses of the trainer's next steps, taken on the GPU.
async fn submit(device: &GpuTrainer, trainer: &mut Trainer, data: &Samples, steps: usize) -> Vec<f32> {
    let mut slice = Slice::default();
    let penalty = [trainer.settings.l1, trainer.settings.l2, trainer.settings.max_norm].map(|v| v as f32);
    for _ in 0..steps {
        trainer.turn(data.len, |order, rule, rng| slice.push(&device.program().draws, order, rule, penalty, rng));
    }
    let reports = device.submit(&slice).await.expect("results");
    reports.chunks_exact(REPORT).map(|r| r[0]).collect()
}

/// Losses of the run on the GPU, and where it ends.
pub async fn on_gpu(gpu: &Rc<Gpu>, run: &Run<'_>, data: &Samples) -> (Vec<f32>, Trainer) {
    let mut trainer = run.trainer(same(run.case));
    let device = device(gpu, run, &trainer, data);
    load(&device, &trainer);
    let mut losses = Vec::new();
    for _ in 0..STEPS / SLICE {
        losses.extend(submit(&device, &mut trainer, data, SLICE).await);
    }
    trainer.adopt(&device.state().await.expect("the state")).expect("as many numbers");
    (losses, trainer)
}

/// How far a run with rounded weights and activations is apart on CPU and GPU, which is given the CPU's numbers every few steps: the losses of nine
/// steps in ten and of all, and the mean share of numbers that were no longer the same by then. A number that lies on the border between two codes may be
/// given either, and steps that are as good as each other may be either, so that whole runs part for good, and a step now and then is further off.
async fn side_by_side(gpu: &Rc<Gpu>, run: &Run<'_>, data: &Samples) -> [f32; 3] {
    const TOGETHER: usize = 4;
    let (mut cpu, mut there) = (run.trainer(same(run.case)), run.trainer(same(run.case)));
    let device = device(gpu, run, &cpu, data);
    let (mut apart, mut parted, mut floor) = (Vec::new(), 0.0, 0.0);
    for _ in 0..STEPS / TOGETHER {
        there.restore(&cpu.snapshot()).expect("the same network");
        load(&device, &there);
        let on_gpu = submit(&device, &mut there, data, TOGETHER).await;
        there.adopt(&device.state().await.expect("the state")).expect("as many numbers");
        for gpu in on_gpu {
            let cpu = cpu.step(data, &mut Score::default()).loss;
            floor = if floor == 0.0 { 1e-3 * cpu.abs() } else { floor };
            let off = (gpu - cpu).abs() / cpu.abs().max(floor);
            apart.push(if off.is_nan() { f32::INFINITY } else { off });
        }
        let state = |t: &Trainer| [&with_gradient(t)[..], &t.ranges().iter().flat_map(|r| [r.min, r.max]).collect::<Vec<_>>()].concat();
        let (a, b) = (state(&cpu), state(&there));
        let same = a.iter().zip(&b).filter(|(a, b)| (*a - *b).abs() <= 1e-4 * a.abs().max(1.0)).count();
        parted += (1.0 - same as f32 / a.len() as f32) * TOGETHER as f32 / STEPS as f32;
    }
    apart.sort_by(f32::total_cmp);
    [apart[STEPS * 9 / 10], apart[STEPS - 1], parted]
}

/// The parameters but for biases of keys. What such a bias adds to all scores of a query is the same, and changes no share: its gradient is zero but for rounding,
/// which rules that divide by a gradient's size turn into whole steps, on the CPU as on the GPU.
fn with_gradient(trainer: &Trainer) -> Vec<f32> {
    let tensors = trainer.network.nodes().iter().flat_map(|node| &node.tensors);
    tensors.filter(|(tensor, _)| tensor.name != "k_proj_bias").flat_map(|(_, span)| &trainer.params[span.clone()]).copied().collect()
}

/// How far single steps of a run end from the CPU's, each taken from the CPU's numbers: the loss, and parameters relative to the longest step of one of the same
/// tensor. With an optimizer whose step is the gradient that compares gradients, and no step builds on another's rounding.
pub async fn single_steps(gpu: &Rc<Gpu>, run: &Run<'_>, steps: usize) -> [f32; 2] {
    // The last mini-batch of an epoch is a single sample.
    let data = run.case.samples(2 * run.case.batch + 1, run.classes);
    let (mut cpu, mut there) = (run.trainer(same(run.case)), run.trainer(same(run.case)));
    let device = device(gpu, run, &cpu, &data);
    let (mut losses, mut params) = (0.0_f32, 0.0_f32);
    // Beyond what a parameter itself is rounded by when a step is added to it.
    let apart = |a: f32, b: f32| ((a - b).abs() - 2.0 * f32::EPSILON * a.abs()).max(0.0);
    for _ in 0..steps {
        there.restore(&cpu.snapshot()).expect("the same network");
        load(&device, &there);
        let loss = submit(&device, &mut there, &data, 1).await[0];
        there.adopt(&device.state().await.expect("the state")).expect("as many numbers");
        let before = cpu.params.clone();
        let wanted = cpu.step(&data, &mut Score::default()).loss;
        losses = losses.max((loss - wanted).abs() / wanted.abs());
        for (tensor, span) in cpu.network.nodes().iter().flat_map(|node| &node.tensors).filter(|(t, _)| t.name != "k_proj_bias") {
            let [was, is, got] = [&before, &cpu.params, &there.params].map(|p| &p[span.clone()]);
            assert!(got.iter().all(|p| p.is_finite()), "{}, {}", run.name(), tensor.name);
            let step = is.iter().zip(was).fold(1e-6_f32, |most, (is, was)| most.max((is - was).abs()));
            let off = is.iter().zip(got).fold(0.0_f32, |most, (is, got)| most.max(apart(*is, *got))) / step;
            params = params.max(off);
        }
    }
    [losses, params]
}

/// Where runs with rounded weights and activations differ, in words.
pub async fn rounded_differences(gpu: &Rc<Gpu>, runs: &[Run<'_>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for run in runs {
        let data = run.case.samples(SAMPLES, run.classes);
        let [most, all, parted] = side_by_side(gpu, run, &data).await;
        let line = format!("{}: {most:.1e}, at most {all:.1e}; {parted:.1e} of the numbers", run.name());
        say(&line);
        if !(most < 1e-3 && all < 0.05 && parted < 0.01) {
            wrong.push(line);
        }
    }
    wrong
}

/// Relative to the larger of the loss and a thousandth of the first: a run that has learned all there is compares noise.
pub fn distance(gpu: &[f32], cpu: &[f32]) -> f32 {
    let floor = 1e-3 * cpu[0].abs();
    let off = |(g, c): (&f32, &f32)| (g - c).abs() / c.abs().max(floor);
    gpu.iter().zip(cpu).map(off).fold(0.0, |worst, d| if d.is_nan() { f32::INFINITY } else { worst.max(d) })
}

/// Where the runs differ, in words.
pub async fn differences(gpu: &Rc<Gpu>, runs: &[Run<'_>]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut worst = (0.0, String::new());
    for run in runs {
        let data = run.case.samples(SAMPLES, run.classes);
        let ((cpu, _), (gpu, _)) = (on_cpu(run, &data), on_gpu(gpu, run, &data).await);
        let off = distance(&gpu, &cpu);
        let line = format!("{}: {off:.1e}; from {} to {} and {}", run.name(), cpu[0], cpu[STEPS - 1], gpu[STEPS - 1]);
        if off > 1e-3 {
            wrong.push(line.clone());
        }
        if off >= worst.0 {
            worst = (off, line);
        }
    }
    say(&format!("{} runs; the furthest: {}", runs.len(), worst.1));
    wrong
}

/// Mini-batches and inputs around what a subgroup, a workgroup and several workgroups hold.
const AWKWARD: [(usize, usize); 11] =
    [(1, 1), (3, 2), (7, 31), (31, 33), (63, 63), (64, 64), (65, 65), (130, 255), (9, 256), (257, 257), (5, 300)];

/// Where a step whose sums are taken within subgroups (losses, norms, step sizes, ranges of activations) ends elsewhere than one whose sums are taken in
/// workgroup memory, in words; `None`, said aloud, where the GPU has no subgroups.
pub async fn reductions(gpu: &Rc<Gpu>) -> Option<Vec<String>> {
    if !gpu.abilities().subgroups {
        say("*** SKIPPED: sums within subgroups: the GPU has none ***");
        return None;
    }
    let mut wrong = Vec::new();
    let roundings =
        [None, Some(Rounding::plain(1, true, true)), Some(Rounding::plain(3, false, true)), Some(Rounding::plain(8, true, true))];
    let ways = AWKWARD.into_iter().flat_map(|sizes| [true, false].map(|classes| (sizes, classes)));
    for (turn, ((inputs, batch), classes)) in ways.enumerate() {
        let layers = [dense(5), Pick::new("tanh"), dense(if classes { 3 } else { 1 })];
        let network = Network::new(&layers, &Shape(vec![inputs])).expect("a network");
        let case = Case { name: format!("{inputs} inputs, batch {batch}"), network, batch };
        let data = samples(inputs, batch + 7, classes);
        // A program in software takes its time over pipelines.
        for rounding in roundings.into_iter().skip(turn / 2 % 2).step_by(2) {
            let loss = if classes { "cross-entropy" } else { "mse" };
            let way = |subgroups| Run { classes, max_norm: 0.6, rounding, subgroups, ..run(&case, loss, Pick::new("sgd")) };
            let [portable, within] = [one_step(gpu, &way(false), &data).await, one_step(gpu, &way(true), &data).await];
            // The largest is the same whoever looks for it; sums are the same but for their order, and so is what was computed with them: of two
            // weights of one bit the mean, of all else the norm.
            let bits = rounding.map_or(0, |rounding| rounding.weights.bits);
            let same = |a: &[f32], b: &[f32], exact: bool| {
                let near = |(a, b): (&f32, &f32)| if exact { a.to_bits() == b.to_bits() } else { (a - b).abs() <= 2e-6 * a.abs().max(1.0) };
                a.len() == b.len() && a.iter().zip(b).all(near)
            };
            let [(loss_a, params_a, ranges_a), (loss_b, params_b, ranges_b)] = [&portable, &within];
            if !same(loss_a, loss_b, false) || !same(params_a, params_b, false) || !same(ranges_a, ranges_b, bits != 1) {
                wrong.push(format!("{}, {classes}, {rounding:?}: {loss_a:?} and {loss_b:?}, {ranges_a:?} and {ranges_b:?}", case.name));
            }
        }
    }
    Some(wrong)
}

/// What a step of the run reports, and parameters and ranges of activations after it.
async fn one_step(gpu: &Rc<Gpu>, run: &Run<'_>, data: &Samples) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let mut trainer = run.trainer(same(run.case));
    let device = device(gpu, run, &trainer, data);
    let sums = device.program().kernels.iter().any(|kernel| kernel.wants_subgroups());
    assert_eq!(sums, run.subgroups, "only that makes the difference");
    load(&device, &trainer);
    let mut slice = Slice::default();
    let penalty = [0.0, 0.0, run.max_norm as f32];
    trainer.turn(data.len, |order, rule, rng| slice.push(&device.program().draws, order, rule, penalty, rng));
    let report = device.submit(&slice).await.expect("results");
    trainer.adopt(&device.state().await.expect("the state")).expect("as many numbers");
    let ranges = trainer.ranges().iter().flat_map(|range| [range.min, range.max]).collect();
    (report, trainer.params.clone(), ranges)
}

/// Channels, positions of a sample and samples, around what an invocation, a row of them and a workgroup hold, and with sums in one part and in several.
const ROWS: [(usize, usize, usize); 13] = [
    (1, 1, 2),
    (1, 3, 1),
    (3, 1, 1),
    (4, 2, 31),
    (5, 7, 9),
    (7, 16, 8),
    (6, 65, 10),
    (3, 129, 131),
    (63, 2, 3),
    (64, 1, 65),
    (65, 5, 64),
    (130, 1, 257),
    (515, 2, 4),
];

/// Where two steps through both normalizations, a whole mini-batch and one of a single sample, end elsewhere than on the CPU, in words: parameters,
/// running statistics, and by what comes from behind the second normalization to the first, the gradient by its input. Also of values far from zero.
pub async fn normalizations(gpu: &Rc<Gpu>) -> Vec<String> {
    let (mut wrong, mut worst) = (Vec::new(), (0.0, String::new()));
    for (turn, (channels, positions, batch)) in ROWS.into_iter().enumerate() {
        for second in ["batchnorm", "layernorm"] {
            let layers = [Pick::new("batchnorm"), Pick::new(second), Pick::new("tanh"), dense(3)];
            let network = Network::new(&layers, &Shape(vec![positions, 1, channels])).expect("a network");
            let case = Case { name: format!("{channels} × {positions}, batch {batch}, {second}"), network, batch };
            let mut data = samples(channels * positions, batch + 1, true);
            let far = if turn % 2 == 0 { 100.0 } else { 0.0 };
            data.inputs.iter_mut().for_each(|x| *x += far);
            for subgroups in [false, true] {
                let run = Run { subgroups, ..run(&case, "cross-entropy", Pick::new("sgd")) };
                let (mut cpu, mut there) = (run.trainer(same(&case)), run.trainer(same(&case)));
                // Not as they begin: factors of one and summands of zero hide what is mixed up.
                let first: Vec<f32> = cpu.params.iter().enumerate().map(|(i, p)| p + 0.1 * (i % 7) as f32).collect();
                cpu.replace(first.clone(), Vec::new(), Vec::new());
                there.replace(first, Vec::new(), Vec::new());
                let device = device(gpu, &run, &there, &data);
                load(&device, &there);
                submit(&device, &mut there, &data, 2).await;
                there.adopt(&device.state().await.expect("the state")).expect("as many numbers");
                for _ in 0..2 {
                    cpu.step(&data, &mut Score::default());
                }
                let off = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() / b.abs().max(1.0) } else { f32::INFINITY };
                let most = there.params.iter().zip(&cpu.params).map(off).fold(0.0, f32::max);
                let line = format!("{}, from {far}, subgroups {subgroups}: {most:.1e}", case.name);
                if most > 2e-5 {
                    wrong.push(line.clone());
                }
                if most >= worst.0 {
                    worst = (most, line);
                }
            }
        }
    }
    say(&format!("the furthest: {}", worst.1));
    wrong
}

/// A plain run.
pub fn run<'a>(case: &'a Case, loss: &str, optimizer: Pick) -> Run<'a> {
    let classes = case.network.output().len() > 1;
    Run { case, loss: Pick::new(loss), optimizer, classes, penalty: 0.0, max_norm: 0.0, held: false, rounding: None, subgroups: true }
}

/// How names of networks that stand for a layer end.
const PLACES: [&str; 2] = [" in the middle", " at the front"];

/// Every layer with every optimizer; activations, blocks and large networks with one, since a software GPU takes its time.
pub fn networks_and_optimizers(cases: &[Case]) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    for case in cases.iter().filter(|case| case.network.params() > 0 && case.network.output().len() > 1) {
        let layer =
            layers::CATALOG.entries.iter().any(|entry| case.name.strip_prefix(entry.key).is_some_and(|rest| PLACES.contains(&rest)));
        let optimizers = optimizer_picks().into_iter().filter(|o| layer || o.key == "adam");
        runs.extend(optimizers.map(|o| run(case, "cross-entropy", o)));
    }
    runs
}

/// Every loss, penalties, a norm, and parameters held at zero.
pub fn losses_penalties_and_masks(cases: &[Case]) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    for case in
        cases.iter().filter(|case| ["conv2d", "gelu", "batchnorm of rows", "add of the input"].iter().any(|n| case.name.starts_with(n)))
    {
        runs.push(Run { penalty: 1e-3, ..run(case, "mse", Pick::new("momentum")) });
        runs.push(Run { max_norm: 0.6, ..run(case, "cross-entropy", Pick::new("momentum")) });
        runs.push(Run { held: true, ..run(case, "cross-entropy", Pick::new("adam")) });
        runs.push(Run { loss: Pick::new("cross-entropy").with("smoothing", 0.1), ..run(case, "mse", Pick::new("adamw")) });
    }
    let plain = cases.iter().filter(|case| case.name.starts_with("gelu")).collect::<Vec<_>>();
    for entry in losses::CATALOG.entries {
        runs.extend(plain.iter().map(|case| run(case, entry.key, Pick::new("momentum"))).filter(|run| {
            let (_, loss, _) = rule(&run.loss, &run.optimizer);
            loss.wgsl(run.case.network.output().len()).is_some()
        }));
    }
    runs.extend(cases.iter().filter(|c| c.network.output().len() == 1).map(|case| run(case, "mse", Pick::new("sgd"))));
    runs
}

/// Quantization-aware training: every way to round with one network, and with others some.
pub fn rounded(cases: &[Case]) -> Vec<Run<'_>> {
    let others = [
        "layernorm in the middle",
        "add around blocks",
        "add of the input",
        "depthwise in the middle",
        "gelu everywhere",
        "strides and overlaps",
        "wider than tiles",
        "embedding at the front",
        "attention in the middle",
        "transformer, small",
    ];
    let mut runs = Vec::new();
    for case in cases {
        let some = if case.name == "conv2d in the middle" { 1 } else { 4 };
        if some == 1 || others.contains(&case.name.as_str()) {
            let roundings = roundings().into_iter().skip(others.iter().position(|name| *name == case.name).unwrap_or(0)).step_by(some);
            runs.extend(roundings.map(|r| Run { rounding: Some(r), ..run(case, "cross-entropy", Pick::new("adam")) }));
        }
    }
    let first = cases.iter().find(|case| case.name == "conv2d in the middle").into_iter();
    let rounding = Some(Rounding::plain(3, true, true));
    runs.extend(first.map(|case| Run { rounding, held: true, penalty: 1e-3, max_norm: 0.6, ..run(case, "mse", Pick::new("momentum")) }));
    runs
}
