//! The benchmark's rows of the GPU. A submission answers later, so that nothing here waits: it asks, and is asked again.
//!
//! A call alone would time the way to the GPU and back. So an entry is computed so many times in one submission that this takes some
//! milliseconds, and the time divided. As on the CPU every entry has its turn in each round, in reverse order in every second one.

use super::{Next, Status, accelerator::Accelerator, latency::percentile};
use crate::{
    bench::device::{Arithmetic, ON_GPU, OnGpu},
    order,
    protocol::{BenchRow, Device},
};

/// Rounds, and those of a program that plays a GPU, which takes its time.
const ROUNDS: usize = 5;
const SOFTWARE_ROUNDS: usize = 2;
/// A submission takes about so long, ms: many times a round trip.
const SUBMISSION_MS: f64 = 25.0;
/// Most calls of one submission, and how many times more the next may have.
const MOST_CALLS: usize = 4096;
const GROW: f64 = 16.0;

/// The rows under way.
pub(super) struct GpuRows {
    entries: Vec<Timed>,
    /// What they run on, once it is known.
    device: Option<Device>,
    /// Entries whose number of calls is known; then how many times entries were timed.
    turns: usize,
    rounds: usize,
    /// An answer is due.
    asked: bool,
    end: Option<Result<Device, String>>,
}

struct Timed {
    entry: &'static OnGpu,
    /// Calls of a submission.
    count: usize,
    /// It has run before: the first submission makes kernels, and says nothing about time.
    warm: bool,
    /// Time of a call in each round, ms.
    rounds: Vec<f64>,
}

impl GpuRows {
    pub fn new() -> Self {
        let entries = ON_GPU.iter().map(|entry| Timed { entry, count: 1, warm: false, rounds: Vec::new() }).collect();
        Self { entries, device: None, turns: 0, rounds: ROUNDS, asked: false, end: None }
    }

    /// What all this ran on; errors: in words, why there are no rows. `None` while they are being measured.
    pub fn end(&self) -> Option<&Result<Device, String>> {
        self.end.as_ref()
    }

    /// Share that is done.
    pub fn share(&self) -> f64 {
        if self.end.is_some() { 1.0 } else { self.turns as f64 / (self.entries.len() * (1 + self.rounds)) as f64 }
    }

    /// What is measured now.
    pub fn what(&self) -> String {
        match &self.device {
            None => "Opening the GPU".into(),
            Some(_) => self.entries.get(self.at()).map_or_else(String::new, |timed| format!("{}, {}", timed.entry.group, timed.entry.form)),
        }
    }

    /// Takes what has come, and asks for what is next.
    pub fn advance(&mut self, accelerator: Option<&mut Box<dyn Accelerator>>) -> Next {
        let Some(gpu) = accelerator else { return self.finish(Err("this program runs on the CPU alone".into())) };
        let Some(device) = self.device.clone() else { return self.open(gpu.as_mut()) };
        if self.asked {
            match gpu.answer() {
                None => return Next::Await,
                Some(Err(reason)) => return self.finish(Err(reason)),
                Some(Ok(answer)) => self.note(answer.first().map_or(0.0, |ms| f64::from(*ms))),
            }
        }
        if self.turns == self.entries.len() * (1 + self.rounds) {
            gpu.forget();
            return self.finish(Ok(device));
        }
        let timed = &self.entries[self.at()];
        gpu.bench(timed.entry.key, timed.count);
        self.asked = true;
        Next::Await
    }

    fn open(&mut self, gpu: &mut dyn Accelerator) -> Next {
        match gpu.status() {
            // Whoever benchmarks the device wants to know, even of a program that plays a GPU.
            Status::Closed | Status::Software(_) => gpu.open(true),
            Status::Opening => return Next::Await,
            Status::Absent(reason) => return self.finish(Err(reason)),
            Status::Ready(device) => {
                gpu.forget();
                self.rounds = if device.software { SOFTWARE_ROUNDS } else { ROUNDS };
                self.device = Some(device);
            }
        }
        Next::Now
    }

    fn finish(&mut self, end: Result<Device, String>) -> Next {
        self.end = Some(end);
        Next::Now
    }

    /// The entry whose turn it is.
    fn at(&self) -> usize {
        let (round, place) = (self.turns / self.entries.len(), self.turns % self.entries.len());
        if round < 2 || round.is_multiple_of(2) { place } else { self.entries.len() - 1 - place }
    }

    /// The submission that was asked for took so long.
    fn note(&mut self, ms: f64) {
        self.asked = false;
        let (at, counting) = (self.at(), self.turns < self.entries.len());
        let timed = &mut self.entries[at];
        if !counting {
            timed.rounds.push(ms / timed.count as f64);
        } else if !std::mem::replace(&mut timed.warm, true) {
            return;
        } else if ms < SUBMISSION_MS / 2.0 && timed.count < MOST_CALLS {
            // A clock may be too coarse to see it at all.
            let grow = if ms > 0.0 { (SUBMISSION_MS / ms).min(GROW) } else { GROW };
            timed.count = ((timed.count as f64 * grow).ceil() as usize).min(MOST_CALLS);
            return;
        }
        self.turns += 1;
    }

    /// The rows; none where the end was another.
    pub fn rows(&self) -> Vec<BenchRow> {
        if matches!(self.end, Some(Ok(_))) { self.entries.iter().map(Timed::row).collect() } else { Vec::new() }
    }
}

impl Timed {
    fn row(&self) -> BenchRow {
        let (entry, sorted) = (self.entry, order::ascending(&self.rounds));
        BenchRow {
            key: entry.key.into(),
            group: entry.group.into(),
            form: entry.form.into(),
            about: entry.about.into(),
            whole: entry.arithmetic() == Arithmetic::Whole,
            peak: false,
            gpu: true,
            operations: entry.operations(),
            bytes: entry.bytes(),
            samples: entry.samples(),
            median: percentile(&sorted, 0.5),
            least: percentile(&sorted, 0.0),
            most: percentile(&sorted, 1.0),
            calls: (self.count * self.rounds.len()) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc, sync::Arc};

    use super::*;
    use crate::{
        engine::data::Dataset,
        gpu::slice::{Plan, Slice},
    };

    /// A GPU on which a call takes `call_ms`, and the first of an entry half a second more.
    struct Timing {
        status: Status,
        call_ms: f64,
        asked: Rc<RefCell<Vec<(String, usize)>>>,
        lost_after: usize,
    }

    impl Accelerator for Timing {
        fn status(&self) -> Status {
            self.status.clone()
        }

        fn open(&mut self, software: bool) {
            self.status = Status::Ready(Device { software, ..Device::default() });
        }

        fn begin(&mut self, _: &Plan, _: &Arc<Dataset>) -> Result<(), String> {
            Err("nothing trains here".into())
        }

        fn load(&mut self, _: &[f32], _: &[f32], _: &[u32], _: &[f32]) {}

        fn submit(&mut self, _: &Slice) {}

        fn fetch(&mut self) {}

        fn bench(&mut self, key: &str, count: usize) {
            self.asked.borrow_mut().push((key.into(), count));
        }

        fn answer(&mut self) -> Option<Result<Vec<f32>, String>> {
            let asked = self.asked.borrow();
            let (key, count) = asked.last()?;
            if asked.len() > self.lost_after {
                return Some(Err("out of memory".into()));
            }
            let first = asked.iter().filter(|(other, _)| other == key).count() == 1;
            Some(Ok(vec![(self.call_ms * *count as f64) as f32 + if first { 500.0 } else { 0.0 }]))
        }

        fn forget(&mut self) {}
    }

    /// All that comes of it, what was asked, and the shares on the way.
    fn run(status: Status, call_ms: f64, lost_after: usize) -> (GpuRows, Vec<(String, usize)>, Vec<f64>) {
        let asked = Rc::default();
        let gpu = Timing { status, call_ms, asked: Rc::clone(&asked), lost_after };
        let mut gpu: Option<Box<dyn Accelerator>> = Some(Box::new(gpu));
        let (mut rows, mut shares) = (GpuRows::new(), Vec::new());
        while rows.end().is_none() {
            assert!(shares.len() < 10_000, "it never ends");
            rows.advance(gpu.as_mut());
            shares.push(rows.share());
        }
        let asked = asked.borrow().clone();
        (rows, asked, shares)
    }

    #[test]
    fn submissions_grow_until_a_clock_sees_them_and_what_comes_first_is_not_counted() {
        for call_ms in [0.0, 0.01, 1.0, 200.0] {
            let (rows, asked, shares) = run(Status::Closed, call_ms, usize::MAX);
            let found = rows.rows();
            assert_eq!(found.iter().map(|r| &r.key[..]).collect::<Vec<_>>(), ON_GPU.iter().map(|e| e.key).collect::<Vec<_>>());
            for row in &found {
                assert!((row.median - call_ms).abs() < 1e-6 && row.gpu, "{row:?}");
            }
            let longest = asked.iter().map(|(_, count)| *count).max();
            let enough = |count: usize| count as f64 * call_ms >= SUBMISSION_MS / 2.0 || count == MOST_CALLS;
            assert!(longest.is_some_and(enough) && (call_ms < 100.0 || longest == Some(1)), "{call_ms} ms: {longest:?}");
            assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
        }
    }

    #[test]
    fn a_program_that_plays_a_gpu_is_opened_and_has_fewer_rounds() {
        let rounds = |device: &Device| if device.software { SOFTWARE_ROUNDS } else { ROUNDS };
        for status in [Status::Software("a program".into()), Status::Ready(Device::default())] {
            let (rows, asked, _) = run(status, 50.0, usize::MAX);
            let device = rows.end().cloned().unwrap().unwrap();
            // One that makes it ready, one that says how long it takes, and the rounds.
            assert_eq!(asked.len(), ON_GPU.len() * (2 + rounds(&device)));
        }
    }

    #[test]
    fn where_there_is_none_or_it_is_lost_the_reason_is_all_that_there_is() {
        let (rows, asked, _) = run(Status::Absent("this browser does not offer WebGPU".into()), 1.0, usize::MAX);
        assert_eq!((rows.end(), asked.len()), (Some(&Err("this browser does not offer WebGPU".into())), 0));
        let (rows, ..) = run(Status::Closed, 1.0, 30);
        assert_eq!(rows.end(), Some(&Err("out of memory".into())));
        assert!(rows.rows().is_empty());
        let mut rows = GpuRows::new();
        rows.advance(None);
        assert!(rows.end().is_some_and(Result::is_err));
    }
}
