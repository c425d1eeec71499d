//! Whole training runs whose every bit is compared: natively and in the browser the same constants are expected.

use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Form, FromWorker, RunId, ToWorker},
    session::{Next, Session},
};

const DIGITS: &[u8] = include_bytes!("../../public/data/digits.bin");

/// A run and the fingerprint of its curves, final weights, and optimized model: its score, bytes and file.
pub struct Case {
    pub name: &'static str,
    pub experiment: fn() -> Experiment,
    pub fingerprint: u64,
}

pub const CASES: &[Case] = &[
    Case { name: "MLP on digits, Adam, dropout, GELU", experiment: mlp, fingerprint: 0x88de_873e_1f6f_9e75 },
    Case { name: "CNN on digits, momentum, cosine with warm-up", experiment: cnn, fingerprint: 0x7e8a_166f_9573_54ca },
    Case { name: "tanh on the spiral, L1, pruned while training", experiment: spiral, fingerprint: 0xf416_9511_d53c_cfbe },
];

fn mlp() -> Experiment {
    let mut e = Experiment { data: Pick::new("digits"), ..Experiment::default() };
    e.model = vec![Pick::new("flatten"), Pick::new("dense").with("units", 24.0), Pick::new("gelu"), Pick::new("dropout").with("rate", 0.2)];
    e.train.epochs = 2.0;
    // 8-bit weights and activations.
    (e.compress.bits, e.compress.activation_bits) = (1, 1);
    e
}

fn cnn() -> Experiment {
    let mut e = Experiment { data: Pick::new("digits"), ..Experiment::default() };
    e.model = vec![Pick::new("conv2d").with("filters", 6.0), Pick::new("leaky-relu"), Pick::new("maxpool"), Pick::new("silu")];
    e.optimizer = Pick::new("momentum");
    e.schedule = Pick::new("cosine");
    e.train.lr = 0.05;
    e.train.warmup = 0.5;
    e.train.epochs = 2.0;
    e
}

fn spiral() -> Experiment {
    let mut e = Experiment { data: Pick::new("spiral"), ..Experiment::default() };
    e.model = vec![Pick::new("dense").with("units", 9.0), Pick::new("tanh"), Pick::new("dense").with("units", 7.0), Pick::new("sigmoid")];
    e.train.l1 = 1e-4;
    e.train.epochs = 20.0;
    // Sparse in memory and in the file.
    e.compress.sparsity = 0.9;
    e.compress.during = 1;
    e
}

/// Runs every case; gives what differs, in words.
pub fn differences() -> Vec<String> {
    let found = CASES.iter().map(|case| (case, fingerprint(&(case.experiment)())));
    found
        .filter(|(case, f)| *f != case.fingerprint)
        .map(|(case, f)| format!("{}: {f:#018x}, expected {:#018x}", case.name, case.fingerprint))
        .collect()
}

fn fingerprint(experiment: &Experiment) -> u64 {
    let run = RunId(1);
    let mut time = 0.0;
    let clock = std::cell::RefCell::new(move || {
        // Every look finds a second gone: nothing is measured for longer than it must.
        time += 1000.0;
        time
    });
    let mut session = Session::headless(Box::new(move || (clock.borrow_mut())()));
    session.handle(ToWorker::Start { run, experiment: Box::new(experiment.clone()), resume: None, play: true });
    if let Some(key) = session.claim() {
        session.supply(&key, Ok(DIGITS));
    }
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    while session.advance(50.0) != Next::Idle {}
    session.handle(ToWorker::Export { run, form: Form::Safetensors });
    session.handle(ToWorker::Export { run, form: Form::Deflate });
    let mut files = 0;
    for message in session.take() {
        match message {
            FromWorker::Progress { points, .. } => points.iter().for_each(|p| hash.add(format!("{p:?}").as_bytes())),
            FromWorker::File { bytes, .. } => {
                hash.add(&bytes.0);
                files += 1;
            }
            FromWorker::Finished { summary, .. } => {
                hash.add(format!("{:?} {:?}", summary.optimized, summary.report.sizes).as_bytes());
            }
            FromWorker::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
    assert_eq!(files, 2);
    hash.0
}

/// Fowler, Noll & Vo's 1a.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
