//! Judging a model on the test or the validation samples, a chunk at a time so that messages are heard in between.

use crate::{
    engine::{
        data::{Dataset, Samples, Task},
        inference::Runner,
        losses::Loss,
        network::{Network, Tape},
        rng::Rng,
        train::{Score, argmax},
    },
    protocol::Evaluation,
};

/// Most samples per chunk: a few milliseconds of work.
const CHUNK: usize = 128;

/// Samples per chunk for a network: fewer where each takes long. Without its way back a sample costs about a quarter of what it
/// costs in training.
pub(super) fn chunk(network: &Network) -> usize {
    CHUNK.min(4 * network.piece())
}

/// Whatever can be judged.
pub(super) trait Judged {
    /// Outputs (before any softmax) `[B, O]` for `batch` samples `x[B, I]`.
    fn run<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32];
}

impl Judged for Runner {
    fn run<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        Self::run(self, x, batch)
    }
}

/// A network in training, without its noise: the same bits as its 32-bit packed form gives, and nothing has to be packed.
pub(super) struct Trained<'a> {
    pub network: &'a Network,
    pub params: &'a [f32],
    /// Scratch memory.
    pub tape: &'a mut Tape,
}

impl Judged for Trained<'_> {
    fn run<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        self.network.forward(self.params, x, batch, false, &mut Rng::new(0, 0), self.tape)
    }
}

/// An evaluation under way.
#[derive(Clone, Default)]
pub(super) struct Judge {
    at: usize,
    loss: f64,
    score: Score,
    confusion: Vec<u32>,
    /// Predicted class of each test sample so far; empty for regression.
    pub predicted: Vec<u8>,
    /// Output of each test sample so far, for regression.
    pub values: Vec<f32>,
    grad: Vec<f32>,
}

impl Judge {
    /// Judges the next `chunk` of the test samples. True when all are judged.
    pub fn advance(&mut self, data: &Dataset, loss: &dyn Loss, model: &mut dyn Judged, chunk: usize) -> bool {
        self.advance_on(&data.test, data, loss, model, chunk)
    }

    /// Judges the next `chunk` of `samples`, which are some of `data`. True when all are judged.
    pub fn advance_on(&mut self, samples: &Samples, data: &Dataset, loss: &dyn Loss, model: &mut dyn Judged, chunk: usize) -> bool {
        let to = (self.at + chunk).min(samples.len);
        if self.at < to {
            let (x, target) = super::view::slice(samples, data.shape.len(), self.at, to);
            let batch = to - self.at;
            let output = model.run(x, batch);
            let outputs = data.task.outputs();
            self.grad.resize(output.len(), 0.0);
            self.loss += f64::from(loss.eval(output, target, outputs, &mut self.grad)) * batch as f64;
            self.score.add(output, target, outputs);
            self.note(samples, &data.task, output, outputs);
            self.at = to;
        }
        self.at >= samples.len
    }

    fn note(&mut self, samples: &Samples, task: &Task, output: &[f32], outputs: usize) {
        match task {
            Task::Classes(_) => {
                self.confusion.resize(outputs * outputs, 0);
                for (row, actual) in output.chunks_exact(outputs).zip(&samples.classes[self.at..]) {
                    let predicted = argmax(row);
                    self.confusion[*actual as usize * outputs + predicted] += 1;
                    self.predicted.push(predicted as u8);
                }
            }
            Task::Value { .. } => self.values.extend_from_slice(output),
        }
    }

    /// The judgement so far.
    pub fn result(&self, task: &Task) -> Evaluation {
        Evaluation {
            loss: if self.at == 0 { 0.0 } else { (self.loss / self.at as f64) as f32 },
            score: self.score.value(task),
            mae: self.score.mae(task),
            confusion: self.confusion.clone(),
            samples: self.at,
        }
    }
}
