//! The benchmark of the device: every entry of [`device::LIST`], round after round, so that drift of the machine meets all alike.
//!
//! In each round every entry is called for a while, in reverse order in every second one. What a round says is the median of its
//! blocks; what the benchmark says is the median round, the fastest and the slowest. Where there is a GPU its rows follow.

use super::{
    Next,
    accelerator::Accelerator,
    benchmark_gpu::GpuRows,
    clock::Clock,
    latency::{Side, percentile},
};
use crate::{
    bench::device::{self, Arithmetic, Entry, Prepared, Subject},
    engine::error::SpecError,
    order,
    protocol::{BenchRow, Device},
};

/// Rounds.
const ROUNDS: usize = 5;
/// Time for each entry in a round, ms.
const ROUND_MS: f64 = 40.0;
/// Shares of the work that the entries and those of the GPU are; the rest is the model's latency.
const ENTRIES_SHARE: f64 = 0.5;
const GPU_SHARE: f64 = 0.15;

/// A benchmark under way.
pub(super) struct Benchmark {
    /// Entries that are ready; those that follow in the list are not yet.
    ready: Vec<Ready>,
    /// Round, and place in it.
    round: usize,
    place: usize,
    /// What was found out; empty until all rounds are done.
    rows: Vec<BenchRow>,
    gpu: GpuRows,
    share: f64,
    /// When news were last said, ms.
    pub said: f64,
}

struct Ready {
    entry: &'static Entry,
    prepared: Prepared,
    side: Side,
    rounds: Vec<f64>,
    calls: u64,
}

impl Benchmark {
    pub fn new() -> Self {
        Self { ready: Vec::new(), round: 0, place: 0, rows: Vec::new(), gpu: GpuRows::new(), share: 0.0, said: f64::NEG_INFINITY }
    }

    /// Whether all entries are measured.
    pub fn done(&self) -> bool {
        self.on_gpu() && self.gpu.end().is_some()
    }

    /// Whether all but those of the GPU are measured.
    pub fn on_gpu(&self) -> bool {
        self.round >= ROUNDS
    }

    /// Takes what has come of the entries of the GPU, and asks for the next. Nothing else may have been asked of it.
    pub fn advance_gpu(&mut self, accelerator: Option<&mut Box<dyn Accelerator>>) -> Next {
        let next = self.gpu.advance(accelerator);
        if self.done() {
            self.rows.extend(self.gpu.rows());
        }
        next
    }

    /// A slice of work on the entries: one is made ready, or a block of calls of one timed. Errors: a model that cannot be built.
    pub fn advance(&mut self, subject: &Subject<'_>, clock: &dyn Clock) -> Result<(), SpecError> {
        if let Some(entry) = device::LIST.get(self.ready.len()) {
            let prepared = (entry.prepare)(subject)?;
            self.ready.push(Ready { entry, prepared, side: Side::default(), rounds: Vec::new(), calls: 0 });
            return Ok(());
        }
        let at = self.at();
        if self.ready[at].advance(clock) {
            self.place += 1;
            if self.place == self.ready.len() {
                (self.round, self.place) = (self.round + 1, 0);
            }
        }
        if self.on_gpu() {
            self.rows = self.ready.iter().map(Ready::row).collect();
            // Memory for weights is given back before the model is measured.
            self.ready.clear();
        }
        Ok(())
    }

    /// Index of the entry whose turn it is.
    fn at(&self) -> usize {
        if self.round.is_multiple_of(2) { self.place } else { self.ready.len() - 1 - self.place }
    }

    /// Share of the work that is done, where `measured` of the model's latency is. It never falls, even if that begins anew.
    pub fn share(&mut self, measured: f64) -> f64 {
        let all = device::LIST.len();
        let done = if self.on_gpu() { all * (1 + ROUNDS) } else { self.ready.len() + self.round * all + self.place };
        let entries = ENTRIES_SHARE * done as f64 / (all * (1 + ROUNDS)) as f64;
        let share = entries + GPU_SHARE * self.gpu.share() + (1.0 - ENTRIES_SHARE - GPU_SHARE) * measured;
        self.share = self.share.max(share);
        self.share
    }

    /// What is measured now.
    pub fn what(&self) -> String {
        if self.done() {
            return "This model, layer by layer".into();
        }
        if self.on_gpu() {
            return self.gpu.what();
        }
        if self.ready.len() < device::LIST.len() {
            return "Getting ready".into();
        }
        let entry = self.ready[self.at()].entry;
        format!("{}, {}", entry.group, entry.form)
    }

    /// What was found out, and the GPU that rows marked so ran on; errors: in words, why there are none.
    pub fn take(&mut self) -> (Vec<BenchRow>, Result<Device, String>) {
        let gpu = self.gpu.end().cloned().unwrap_or_else(|| Err("it was not asked".into()));
        (std::mem::take(&mut self.rows), gpu)
    }
}

impl Ready {
    /// A block, and what ends a round. True when it has ended.
    fn advance(&mut self, clock: &dyn Clock) -> bool {
        let Self { prepared, side, .. } = self;
        side.block(clock, || prepared.work.advance());
        if side.spent < ROUND_MS || side.blocks.is_empty() {
            return false;
        }
        self.rounds.push(percentile(&order::ascending(&side.blocks), 0.5));
        self.calls += side.counted();
        side.blocks.clear();
        side.spent = 0.0;
        true
    }

    fn row(&self) -> BenchRow {
        let (entry, sorted) = (self.entry, order::ascending(&self.rounds));
        BenchRow {
            key: entry.key.into(),
            group: entry.group.into(),
            form: entry.form.into(),
            about: entry.about.into(),
            whole: entry.arithmetic == Arithmetic::Whole,
            peak: entry.peak,
            gpu: false,
            operations: self.prepared.operations,
            bytes: self.prepared.bytes,
            samples: self.prepared.samples,
            median: percentile(&sorted, 0.5),
            least: percentile(&sorted, 0.0),
            most: percentile(&sorted, 1.0),
            calls: self.calls,
        }
    }
}
