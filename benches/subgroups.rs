//! Whether sums within subgroups pay on this GPU: `cargo bench --features gpu --bench subgroups`. A program on the CPU that plays a GPU will do, and says nothing
//! about others.
//!
//! The same work with sums in workgroup memory and within subgroups, in turn, so that whatever else the device does meets both alike: microseconds of one call,
//! the median of some submissions of many calls. A training step is all of its dispatches, of which one or two add up.

use std::{rc::Rc, time::Instant};

use whittle::{
    engine::{
        catalog::Pick,
        compress::{self, Calibration, Settings},
        losses,
        network::Network,
        optimizers,
        quantization::Format,
        rng::Rng,
        shape::Shape,
        train::Rounding,
    },
    gpu::{
        device::Gpu,
        inference::GpuRunner,
        program::{Abilities, Packed, Program},
        slice::{Slice, ranges, traits},
        trainer::{GpuSamples, GpuTrainer},
    },
};

/// Calls of a submission, and submissions of either kind.
const CALLS: usize = 8;
const TURNS: usize = 41;

/// [`CALLS`] calls of what is compared.
type Work = Box<dyn FnMut()>;

fn main() {
    let gpu = match open() {
        Ok(gpu) => gpu,
        Err(error) => return println!("no GPU: {error}"),
    };
    if !gpu.abilities().subgroups {
        return println!("{}: no subgroups", gpu.name());
    }
    println!("{}, µs a call, medians of {TURNS}\n", gpu.name());
    println!("| | workgroup memory | subgroups | times faster |\n|---|---|---|---|");
    for (inputs, units) in [(784, 128), (64, 10)] {
        for (bits, activations) in [(8, 8), (4, 8), (8, 32)] {
            let name = format!("dense {inputs} × {units}, one sample, {bits}-bit weights, {activations}-bit activations");
            compare(&name, [false, true].map(|subgroups| layer(&gpu, (inputs, units), (bits, activations), subgroups)));
        }
    }
    let all = |name: &str, of: fn(&Rc<Gpu>, bool) -> Work| compare(name, [false, true].map(|subgroups| of(&gpu, subgroups)));
    all("step of 4 × 10, batch 256", |gpu, subgroups| step(gpu, (4, 10), 256, None, 0.0, subgroups));
    all("step of 4 × 10, batch 32", |gpu, subgroups| step(gpu, (4, 10), 32, None, 0.0, subgroups));
    all("step of 784 × 128, batch 1, max-norm", |gpu, subgroups| step(gpu, (784, 128), 1, None, 1.0, subgroups));
    all("step of 784 × 128, batch 1, 8-bit weights", |gpu, subgroups| {
        step(gpu, (784, 128), 1, Some(Rounding::plain(8, true, false)), 0.0, subgroups)
    });
    all("step of 784 × 10, batch 32, 8-bit weights and activations", |gpu, subgroups| {
        step(gpu, (784, 10), 32, Some(Rounding::plain(8, true, true)), 0.0, subgroups)
    });
}

/// The GPU, without anyone who would wake the future.
fn open() -> Result<Rc<Gpu>, String> {
    let mut opening = std::pin::pin!(Gpu::open());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(gpu) = opening.as_mut().poll(&mut context) {
            return gpu.map_err(|error| error.to_string());
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// What the GPU can do, with subgroups or without.
fn able(gpu: &Gpu, subgroups: bool) -> Abilities {
    Abilities { subgroups, ..gpu.abilities() }
}

/// Times both, each [`CALLS`] calls of what is compared, and prints a line.
fn compare(name: &str, mut ways: [Work; 2]) {
    let mut times = [Vec::new(), Vec::new()];
    ways.iter_mut().for_each(|way| way());
    for turn in 0..TURNS {
        for which in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
            let start = Instant::now();
            ways[which]();
            times[which].push(start.elapsed().as_secs_f64() * 1e6 / CALLS as f64);
        }
    }
    let [portable, within] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[TURNS / 2]
    });
    println!("| {name} | {portable:.1} | {within:.1} | {:.2} |", portable / within);
}

/// A dense layer with one sample.
fn layer(gpu: &Rc<Gpu>, (inputs, units): (usize, usize), (bits, activation_bits): (u32, u32), subgroups: bool) -> Work {
    let network = network(inputs, units);
    let x = values(inputs, 1);
    let settings = Settings { format: Format::of_bits(bits), activation_bits, ..Settings::default() };
    let params = values(network.params(), 2);
    let model = compress::compress(&network, &params, None, &settings, &Calibration::of(&x)).expect("a layer").model;
    let packed = Packed::new(&model, 1, able(gpu, subgroups)).expect("a program");
    let runner = GpuRunner::of(gpu, &packed).expect("buffers");
    runner.give(&x);
    Box::new(move || drop(runner.repeat(CALLS).wait().expect("a number")))
}

/// `n` values in [-1, 1) from a fixed seed.
fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.range(-1.0, 1.0)).collect()
}

fn network(inputs: usize, units: usize) -> Network {
    Network::new(&[Pick::new("dense").with("units", units as f64)], &Shape(vec![inputs])).expect("a network")
}

/// A step of a dense layer.
fn step(gpu: &Rc<Gpu>, (inputs, units): (usize, usize), batch: usize, rounding: Option<Rounding>, max_norm: f32, subgroups: bool) -> Work {
    let network = network(inputs, units);
    let (loss, values_of) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).expect("a loss");
    let loss = (loss.build)(&values_of);
    let (optimizer, values_of) = optimizers::CATALOG.resolve(&Pick::new("sgd")).expect("an optimizer");
    let optimizer = (optimizer.build)(&values_of);
    let program = Program::rounded_training(&network, loss.as_ref(), optimizer.as_ref(), (batch, true), rounding).expect("a program");
    let program = if max_norm > 0.0 { program.with_max_norm(&network).expect("a program") } else { program };
    let targets: Vec<f32> = (0..batch).map(|i| (i % units) as f32).collect();
    let samples = GpuSamples::new(gpu, &values(batch * inputs, 1), &targets).expect("buffers");
    let params = values(network.params(), 2);
    let program = program.with(able(gpu, subgroups));
    let trainer = GpuTrainer::new(gpu, program, &samples, params.len(), optimizer.slots(), CALLS).expect("buffers");
    let layers = rounding.map_or(0, |_| network.nodes().len());
    trainer.load(&params, &[], &traits(&network, &[]), &ranges(layers, &[]));
    let order: Vec<u32> = (0..batch as u32).collect();
    let mut slice = Slice::default();
    for step in 0..CALLS {
        let rule = optimizer.rule(step as u64 + 1, 1e-3);
        slice.push(&trainer.program().draws, &order, rule, [0.0, 0.0, max_norm], &mut Rng::new(0, 0));
    }
    Box::new(move || drop(trainer.submit(&slice).wait().expect("results")))
}
