//! A desk without a page: says what the page would say to a session, and hears what it answers.
#![allow(dead_code, reason = "no suite needs all of it")]

use std::time::{Duration, Instant};

use serde::{Serialize, de::DeserializeOwned};
use whittle::{
    engine::catalog::Pick,
    experiment::Experiment,
    protocol::{Bytes, FromWorker, MetricPoint, RunId, ToWorker, pack, pack_late, unpack, unpack_late},
    session::{Clock, Next, Session},
};

pub const RUN: RunId = RunId(1);

/// An answer as it comes out at the other thread.
fn answered(message: &FromWorker) -> FromWorker {
    match message {
        FromWorker::Late(late) => FromWorker::Late(unpack_late(&pack_late(late).unwrap()).unwrap()),
        _ => crossed(message),
    }
}

/// A message as it comes out at the other thread.
fn crossed<M: Serialize + DeserializeOwned>(message: &M) -> M {
    unpack(&pack(message).unwrap()).unwrap()
}

/// A session and what it has said. On the real clock no assertion may depend on how fast it runs.
pub struct Desk {
    pub session: Session,
    pub heard: Vec<FromWorker>,
    /// What [`Desk::until`] has not looked at yet begins here.
    pub unread: usize,
}

impl Desk {
    pub fn new() -> Self {
        let start = Instant::now();
        Self::on(move || start.elapsed().as_secs_f64() * 1000.0)
    }

    /// On a clock of the test's own.
    pub fn on(clock: impl Clock + 'static) -> Self {
        let mut session = Session::new(Box::new(clock));
        let heard = session.take();
        Self { session, heard, unread: 0 }
    }

    pub fn start(experiment: &Experiment) -> Self {
        let mut desk = Self::new();
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: true });
        desk
    }

    pub fn say(&mut self, message: ToWorker) {
        self.session.handle(crossed(&message));
        self.listen();
    }

    pub fn listen(&mut self) {
        self.heard.extend(self.session.take().iter().map(answered));
    }

    /// Says that the settings are others now.
    pub fn update(&mut self, experiment: &Experiment) {
        self.say(ToWorker::Update { run: RUN, experiment: Box::new(experiment.clone()) });
    }

    /// Trains so many steps and stands still.
    pub fn step(&mut self, steps: u64) {
        self.say(ToWorker::Step { run: RUN, steps });
        self.unread = self.heard.len();
        self.until(|m| matches!(m, FromWorker::State { playing: false, .. }));
    }

    /// What was refused.
    pub fn failures(&self) -> Vec<&FromWorker> {
        self.heard.iter().filter(|m| matches!(m, FromWorker::Failed { .. })).collect()
    }

    /// The last checkpoint's bytes.
    pub fn checkpoint(&self) -> Option<Bytes> {
        self.heard.iter().rev().find_map(|m| if let FromWorker::Checkpoint { state, .. } = m { Some(state.clone()) } else { None })
    }

    /// Works until `stop` is heard (or nothing is left to do), at most so many slices.
    pub fn until(&mut self, stop: impl Fn(&FromWorker) -> bool) -> &FromWorker {
        // In time and not in turns: how many turns a millisecond has depends on the machine.
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(60) {
            if let Some(at) = self.heard[self.unread..].iter().position(&stop) {
                self.unread += at + 1;
                return &self.heard[self.unread - 1];
            }
            self.unread = self.heard.len();
            let next = self.session.advance(5.0);
            self.listen();
            if self.heard.len() > self.unread {
                continue;
            }
            if let Next::In(ms) = next {
                std::thread::sleep(Duration::from_secs_f64(ms / 1000.0));
            }
            assert_ne!(next, Next::Idle, "nothing left to do; heard {:?}", self.heard.iter().map(name).collect::<Vec<_>>());
        }
        panic!("not heard in time");
    }

    /// The curves, without the optimized model's scores: when those are taken depends on the clock.
    pub fn points(&self) -> Vec<MetricPoint> {
        let mut points: Vec<MetricPoint> = Vec::new();
        for message in &self.heard {
            if let FromWorker::Progress { points: new, .. } = message {
                for point in new {
                    points.retain(|p| p.step < point.step);
                    points.push(MetricPoint { optimized_score: None, ..*point });
                }
            }
        }
        points
    }
}

pub fn name(message: &FromWorker) -> String {
    let text = format!("{message:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_string()
}

pub fn xor(epochs: f64) -> Experiment {
    let mut experiment = Experiment { data: Pick::new("xor").with("n", 400.0), ..Experiment::default() };
    experiment.model = vec![Pick::new("dense").with("units", 8.0), Pick::new("relu")];
    experiment.train.epochs = epochs;
    experiment.train.lr = 0.02;
    experiment.train.batch = 20;
    experiment
}

pub fn is_finished(message: &FromWorker) -> bool {
    matches!(message, FromWorker::Finished { .. })
}
