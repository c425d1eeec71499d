//! Training elsewhere: what a session asks of a GPU, handed in from outside so that the session stays pure.

use std::sync::Arc;

use crate::{
    engine::data::Dataset,
    gpu::slice::{Plan, Slice},
    protocol::{Device, Wanted},
};

/// Whether there is something to train on.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Nobody has asked yet.
    Closed,
    /// It is being opened.
    Opening,
    /// There is none, or it is gone; why.
    Absent(String),
    /// What there is, by name, is a program on the CPU, and was not opened.
    Software(String),
    /// It can be used.
    Ready(Device),
}

/// A GPU, or whatever takes training steps in its stead. Requests are carried out in order and answered later, in the same order.
pub trait Accelerator {
    /// Whether it can be used.
    fn status(&self) -> Status;

    /// Begins to open it, if that is not under way or done. Where it is a program on the CPU, only if `software` allows that.
    fn open(&mut self, software: bool);

    /// Prepares to train as `plan` says on the training samples of `data`. What was asked before is forgotten. Errors: in words, why it cannot.
    fn begin(&mut self, plan: &Plan, data: &Arc<Dataset>) -> Result<(), String>;

    /// Sets parameters, the optimizer's memory, slot after slot, what each parameter is (see [`crate::gpu::slice::traits`]), and, where the plan
    /// rounds, ranges of activations (see [`crate::gpu::slice::ranges`]).
    fn load(&mut self, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]);

    /// Takes the steps of `slice`. The answer: [`crate::gpu::slice::REPORT`] numbers a step.
    fn submit(&mut self, slice: &Slice);

    /// Asks for the state. The answer: parameters, behind them the optimizer's memory, and the ranges where the plan rounds, after all steps
    /// submitted so far.
    fn fetch(&mut self);

    /// Computes entry `key` of [`crate::bench::device::ON_GPU`] `count` times in one submission; what it needs is kept until [`Accelerator::forget`]. The
    /// answer: one number, how many ms that took from submission to result.
    fn bench(&mut self, key: &str, count: usize);

    /// The next answer, if it has come. Errors: it is lost, and no other answer will come; the reason.
    fn answer(&mut self) -> Option<Result<Vec<f32>, String>>;

    /// Answers that have not been heard yet are no longer wanted.
    fn forget(&mut self);
}

/// What a session can train on besides its own engine, and what the user wants of that.
#[derive(Default)]
pub(super) struct Engines {
    /// `None` where there is nothing else, as on the command line.
    pub accelerator: Option<Box<dyn Accelerator>>,
    /// The user's choice.
    pub wanted: Wanted,
}
