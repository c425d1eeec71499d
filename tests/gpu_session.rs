//! A session that trains on the GPU, natively: its curves follow those of the CPU, and it outlives the GPU. Where there is no GPU (a software one will do),
//! everything here says *skipped*.
#![cfg(feature = "gpu")]

mod gpu_cases;
mod gpu_support;
mod session_support;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
    sync::Arc,
    time::Instant,
};

use gpu_support::{distance, gpu};
use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    bench::{
        GpuEntry,
        device::{LIST, ON_GPU, on_gpu},
    },
    engine::{catalog::Pick, data::Dataset},
    experiment::Experiment,
    gpu::{
        Readback,
        device::Gpu,
        slice::{Plan, Slice, targets},
        trainer::{GpuSamples, GpuTrainer},
    },
    protocol::{Backend, Benchmark, Device, EngineReport, FromWorker, Late, ToWorker, Wanted, Why},
    session::{Accelerator, Session, Status},
};

/// The machine's GPU.
struct Native {
    gpu: Rc<Gpu>,
    trainer: Option<GpuTrainer>,
    /// What was asked for, and where its time is the answer, since when.
    asked: RefCell<VecDeque<(Readback, Option<Instant>)>>,
    entries: HashMap<String, GpuEntry>,
}

impl Native {
    fn on(gpu: &Rc<Gpu>) -> Box<Self> {
        Box::new(Self { gpu: gpu.clone(), trainer: None, asked: RefCell::default(), entries: HashMap::new() })
    }

    fn ask(&self, ask: impl FnOnce(&GpuTrainer) -> Readback) {
        self.asked.borrow_mut().push_back((ask(self.trainer.as_ref().expect("it has begun")), None));
    }
}

impl Accelerator for Native {
    fn status(&self) -> Status {
        Status::Ready(Device { name: self.gpu.name().into(), software: self.gpu.software(), ..Device::default() })
    }

    fn open(&mut self, _: bool) {}

    fn begin(&mut self, plan: &Plan, data: &Arc<Dataset>) -> Result<(), String> {
        let samples = GpuSamples::new(&self.gpu, &data.train.inputs, &targets(&data.train)).map_err(|e| e.to_string())?;
        self.trainer = Some(GpuTrainer::of(&self.gpu, plan, &samples).map_err(|e| e.to_string())?);
        Ok(())
    }

    fn load(&mut self, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]) {
        self.trainer.as_ref().expect("it has begun").load(params, memory, traits, ranges);
    }

    fn submit(&mut self, slice: &Slice) {
        self.ask(|trainer| trainer.submit(slice));
    }

    fn fetch(&mut self) {
        self.ask(GpuTrainer::state);
    }

    fn bench(&mut self, key: &str, count: usize) {
        let make = || GpuEntry::new(&self.gpu, on_gpu(key).expect("an entry")).expect("it fits");
        let entry = self.entries.entry(key.into()).or_insert_with(make);
        let began = Instant::now();
        self.asked.borrow_mut().push_back((entry.repeat(count), Some(began)));
    }

    fn answer(&mut self) -> Option<Result<Vec<f32>, String>> {
        let answer = self.asked.borrow().front()?.0.take()?;
        let (_, began) = self.asked.borrow_mut().pop_front()?;
        let answer = answer.map(|numbers| began.map_or(numbers, |began| vec![1000.0 * began.elapsed().as_secs_f32()]));
        Some(answer.map_err(|e| e.to_string()))
    }

    fn forget(&mut self) {
        self.asked.borrow_mut().clear();
        self.entries.clear();
    }
}

fn started(experiment: &Experiment, accelerator: Option<Box<Native>>) -> Desk {
    let mut desk = Desk::new();
    if let Some(accelerator) = accelerator {
        let start = Instant::now();
        desk.session = Session::new(Box::new(move || start.elapsed().as_secs_f64() * 1000.0)).with(accelerator);
        desk.say(ToWorker::Engine(Wanted::Gpu));
    }
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: true });
    desk
}

/// Training and test losses of the whole run, and its last score.
fn curve(desk: &mut Desk) -> (Vec<f32>, f32) {
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    let points = desk.points();
    (points.iter().flat_map(|p| [Some(p.train_loss), p.test_loss, p.validation_loss]).flatten().collect(), summary.baseline.score)
}

fn experiments() -> Vec<Experiment> {
    let regression = Experiment {
        data: Pick::new("plane"),
        model: vec![Pick::new("dense").with("units", 12.0), Pick::new("tanh"), Pick::new("dropout").with("rate", 0.2)],
        optimizer: Pick::new("momentum"),
        loss: Pick::new("mse"),
        ..xor(12.0)
    };
    let mut masked = xor(12.0);
    (masked.compress.during, masked.compress.sparsity, masked.train.max_norm) = (1, 0.5, 1.5);
    (masked.train.l2, masked.train.patience) = (1e-3, 9);
    masked.schedule = Pick::new("cosine");
    let mut rounded = xor(12.0);
    (rounded.compress.bits, rounded.compress.activation_bits) = (4, 1);
    (rounded.compress.qat, rounded.compress.qat_from) = (1, 3);
    vec![xor(12.0), regression, masked, rounded]
}

#[test]
fn curves_follow_those_of_the_cpu() {
    let Some(gpu) = gpu("sessions") else { return };
    for (i, experiment) in experiments().iter().enumerate() {
        let (cpu, cpu_score) = curve(&mut started(experiment, None));
        let mut desk = started(experiment, Some(Native::on(&gpu)));
        let (on_gpu, gpu_score) = curve(&mut desk);
        assert!(desk.failures().is_empty(), "{:?}", desk.failures());
        assert_eq!(cpu.len(), on_gpu.len(), "experiment {i}: the same points");
        let off = distance(&on_gpu, &cpu);
        assert!(off < 1e-3, "experiment {i}: {off:.1e}");
        assert!((cpu_score - gpu_score).abs() < 0.02, "experiment {i}: {cpu_score} and {gpu_score}");
        println!("experiment {i}: {off:.1e} over {} numbers", cpu.len());
    }
}

#[test]
fn a_transformer_learns_sonnets_as_on_the_cpu() {
    let Some(gpu) = gpu("a session on a text") else { return };
    let mut experiment = Experiment { data: Pick::new("sonnets").with("window", 6.0), ..xor(1.0) };
    let attention = Pick::new("attention").with("heads", 2.0).with("mask", 1.0);
    experiment.model = vec![Pick::new("embedding").with("size", 8.0), Pick::new("position"), attention];
    (experiment.train.batch, experiment.train.lr) = (64, 0.01);
    // A GPU in software takes its time over the whole text.
    let text = std::fs::read("public/data/sonnets.txt").expect("the text")[..1500].to_vec();
    let [cpu, on_gpu] = [None, Some(Native::on(&gpu))].map(|accelerator| {
        let asked = accelerator.is_some();
        let mut desk = started(&experiment, accelerator);
        desk.session.supply("sonnets", Ok(&text));
        desk.listen();
        let (losses, _) = curve(&mut desk);
        assert!(desk.failures().is_empty(), "{:?}", desk.failures());
        let trained = |m: &FromWorker| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, .. }, .. });
        assert_eq!(desk.heard.iter().any(trained), asked);
        losses
    });
    let off = distance(&on_gpu, &cpu);
    assert!(cpu.len() == on_gpu.len() && off < 1e-3, "{off:.1e}: {cpu:?} and {on_gpu:?}");
    assert!(cpu.last() < cpu.first(), "it learns");
    println!("sonnets: {off:.1e} over {} numbers", cpu.len());
}

#[test]
fn a_run_outlives_its_gpu() {
    let Some(gpu) = gpu("loss of the device in a session") else { return };
    let mut desk = started(&xor(60.0), Some(Native::on(&gpu)));
    desk.until(|m| matches!(m, FromWorker::Progress { step: 100.., .. }));
    gpu.destroy();
    let lost = desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { why: Why::Lost(_), .. }, .. })).clone();
    let FromWorker::Engine { step, report, .. } = lost else { unreachable!() };
    assert_eq!(report.backend, Backend::Cpu);
    assert!(step > 0, "it goes on from the last numbers at hand");
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    assert_eq!(summary.steps, 600);
    assert!(summary.baseline.score > 0.9, "accuracy {}", summary.baseline.score);
    assert!(summary.engine.contains("native and WebGPU ("), "{}", summary.engine);
}

/// On a clock that goes on by itself, so that the CPU's part is short.
#[test]
fn the_benchmark_has_rows_of_the_gpu_and_training_goes_on_there() {
    let Some(gpu) = gpu("the benchmark") else { return };
    let time = Rc::new(Cell::new(0.0));
    let clock = move || {
        time.set(time.get() + 10.0);
        time.get()
    };
    let mut desk = Desk::new();
    desk.session = Session::new(Box::new(clock)).with(Native::on(&gpu));
    desk.say(ToWorker::Engine(Wanted::Gpu));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(xor(1000.0)), resume: None, play: true });
    desk.until(|m| matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, .. }, .. }));
    desk.until(|m| matches!(m, FromWorker::Compared { .. }));
    desk.say(ToWorker::Benchmark(RUN));
    let done = |m: &FromWorker| matches!(m, FromWorker::Late(Late::Benchmark { news: Benchmark::Done { .. }, .. }));
    let FromWorker::Late(Late::Benchmark { news: Benchmark::Done { rows, gpu: ran_on }, .. }) = desk.until(done).clone() else {
        unreachable!()
    };
    assert_eq!(ran_on.map(|device| (device.name, device.software)), Ok((gpu.name().to_string(), gpu.software())));
    let (there, here): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.gpu);
    assert_eq!(there.iter().map(|r| &r.key[..]).collect::<Vec<_>>(), ON_GPU.iter().map(|e| e.key).collect::<Vec<_>>());
    assert_eq!(here.len(), LIST.len());
    for row in there {
        println!("{}: {:.3} ms, {:.2} to {:.2}, {} calls", row.key, row.median, row.least, row.most, row.calls);
        assert!(row.least > 0.0 && row.least <= row.median && row.median <= row.most && row.calls >= 2, "{row:?}");
    }
    desk.until(|m| {
        matches!(m, FromWorker::Engine { report: EngineReport { backend: Backend::Gpu, .. }, .. })
            || matches!(m, FromWorker::Progress { points, .. } if !points.is_empty())
    });
    assert!(desk.failures().is_empty());
}
