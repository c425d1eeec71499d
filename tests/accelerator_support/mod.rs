//! An accelerator whose steps can be counted: every step adds the same to every parameter, so that weights tell the step they belong to.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use whittle::{
    engine::data::Dataset,
    gpu::slice::{Plan, Slice},
    protocol::Device,
    session::{Accelerator, Status},
};

/// What a step adds to every parameter: exact over many steps.
pub const STEP: f32 = 1.0 / 1024.0;

/// What was asked of it, and what it is to do.
#[derive(Default)]
pub struct Inside {
    pub status: Option<Status>,
    pub plans: Vec<Plan>,
    pub loads: usize,
    pub slices: Vec<usize>,
    pub rules: Vec<[f32; 4]>,
    pub penalties: Vec<[f32; 3]>,
    pub params: Vec<f32>,
    pub traits: Vec<u32>,
    memory: Vec<f32>,
    pub ranges: Vec<f32>,
    answers: VecDeque<(Instant, Vec<f32>)>,
    /// How long everything takes besides the steps.
    pub delay: Duration,
    /// From now on it is lost.
    pub lost: bool,
    /// Entries of the benchmark that were asked for, and how many calls of each.
    pub benched: Vec<(String, usize)>,
    /// Refuses to begin.
    pub refuses: bool,
    /// The loss is no number from this many steps on.
    pub diverges_after: Option<usize>,
    pub steps: usize,
    /// Times that a run left it.
    pub left: usize,
}

impl Inside {
    /// Makes `answer` come after `steps` steps of a tenth of a ms each.
    fn answer(&mut self, steps: u32, answer: Vec<f32>) {
        let now = Instant::now();
        let free = self.answers.back().map_or(now, |(due, _)| now.max(*due));
        self.answers.push_back((free + self.delay + steps * Duration::from_micros(100), answer));
    }
}

/// The accelerator; a copy sees the same inside.
#[derive(Clone, Default)]
pub struct Counting(pub Rc<RefCell<Inside>>);

impl Counting {
    /// One that can be opened.
    pub fn new() -> Self {
        let counting = Self::default();
        counting.0.borrow_mut().status = Some(Status::Closed);
        counting.0.borrow_mut().delay = Duration::from_micros(200);
        counting
    }
}

pub fn device() -> Device {
    Device { name: "a counter".into(), software: false, round_trip_ms: 1e-4, dispatch_ms: 1e-6, gflops: 1e6 }
}

impl Accelerator for Counting {
    fn status(&self) -> Status {
        self.0.borrow().status.clone().unwrap_or(Status::Closed)
    }

    fn open(&mut self, software: bool) {
        let mut inside = self.0.borrow_mut();
        match &inside.status {
            Some(Status::Software(name)) if software => {
                inside.status = Some(Status::Ready(Device { name: name.clone(), software, ..device() }))
            }
            Some(Status::Closed) => inside.status = Some(Status::Ready(device())),
            _ => {}
        }
    }

    fn begin(&mut self, plan: &Plan, _: &Arc<Dataset>) -> Result<(), String> {
        let mut inside = self.0.borrow_mut();
        inside.answers.clear();
        if inside.refuses {
            return Err("it is too large".into());
        }
        inside.plans.push(plan.clone());
        Ok(())
    }

    fn load(&mut self, params: &[f32], memory: &[f32], traits: &[u32], ranges: &[f32]) {
        let mut inside = self.0.borrow_mut();
        inside.loads += 1;
        (inside.params, inside.memory, inside.traits) = (params.to_vec(), memory.to_vec(), traits.to_vec());
        inside.ranges = ranges.to_vec();
    }

    fn submit(&mut self, slice: &Slice) {
        let mut inside = self.0.borrow_mut();
        inside.slices.push(slice.len());
        let mut reports = Vec::new();
        for record in &slice.records {
            inside.steps += 1;
            inside.rules.push(record.rule);
            inside.penalties.push(record.penalty);
            inside.params.iter_mut().for_each(|p| *p += STEP);
            inside.memory.iter_mut().for_each(|m| *m += STEP);
            let loss = if inside.diverges_after.is_some_and(|after| inside.steps > after) { f32::NAN } else { 0.5 };
            reports.extend([loss, record.samples as f32, 0.0, 0.0]);
        }
        inside.answer(slice.len() as u32, reports);
    }

    fn fetch(&mut self) {
        let mut inside = self.0.borrow_mut();
        let state = [&inside.params[..], &inside.memory[..], &inside.ranges[..]].concat();
        inside.answer(0, state);
    }

    fn bench(&mut self, key: &str, count: usize) {
        let mut inside = self.0.borrow_mut();
        inside.benched.push((key.into(), count));
        // The first call makes it ready.
        let first = inside.benched.iter().filter(|(k, _)| k == key).count() == 1;
        inside.answer(0, vec![if first { 500.0 } else { 0.5 * count as f32 }]);
    }

    fn answer(&mut self) -> Option<Result<Vec<f32>, String>> {
        let mut inside = self.0.borrow_mut();
        if inside.lost {
            inside.status = Some(Status::Closed);
            return Some(Err("it was taken away".into()));
        }
        inside.answers.pop_front_if(|(due, _)| *due <= Instant::now()).map(|(_, answer)| Ok(answer))
    }

    fn forget(&mut self) {
        let mut inside = self.0.borrow_mut();
        inside.left += 1;
        inside.answers.clear();
    }
}
