//! A run that stands aside while the device is measured.

use super::{Next, Run};
use crate::{
    bench::device::Subject,
    protocol::{Benchmark as News, FromWorker, Late, RunError},
    session::{accelerator::Engines, benchmark::Benchmark, build, clock::Clock, measure::Measure},
};

/// News are said at the pace of the eye, ms.
const NEWS_MS: f64 = 100.0;

impl Run {
    /// From now on the device is measured, and training waits. One under way begins anew.
    pub fn begin_benchmark(&mut self) {
        self.benchmark = Some(Benchmark::new());
        if self.pair.is_none() {
            // The model's own latency is part of it.
            self.compare_again();
        }
    }

    /// Training goes on, and what was measured so far is dropped.
    pub fn stop_benchmark(&mut self, now: f64, out: &mut Vec<FromWorker>) {
        if let Some(benchmark) = self.benchmark.take() {
            if benchmark.done() {
                self.measure = None;
            }
            self.end_benchmark(News::Stopped, now, out);
        }
    }

    /// A piece of the benchmark; `None` where none is under way, or only the model's latency is left, which is measured as ever.
    pub(super) fn benchmark(&mut self, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        let benchmark = self.benchmark.as_mut()?;
        let now = clock.now();
        if now - benchmark.said >= NEWS_MS {
            benchmark.said = now;
            let measured = self.measure.as_ref().map_or(0.0, |m| m.share(self.trainer.network.nodes().len()));
            let news = News::Working { share: benchmark.share(measured), what: benchmark.what() };
            out.push(FromWorker::Late(Late::Benchmark { run: self.id, news }));
        }
        if benchmark.done() {
            // A comparison that was refused leaves no model to measure.
            if self.measure.is_some() && self.pair.is_some() {
                return None;
            }
            self.measure = None;
            let (rows, gpu) = benchmark.take();
            self.benchmark = None;
            self.end_benchmark(News::Done { rows, gpu }, now, out);
            return Some(Next::Now);
        }
        if benchmark.on_gpu() {
            return Some(self.benchmark_gpu(engines));
        }
        let (trainer, experiment, data) = (&self.trainer, &self.experiment, &self.data);
        let copy = || {
            let mut copy = build::trainer(experiment, data)?;
            // The same experiment has the same parameters.
            let _ = copy.restore(&trainer.snapshot());
            Ok(copy)
        };
        match benchmark.advance(&Subject { trainer: &copy, data: data.clone() }, clock) {
            Ok(()) => {}
            Err(error) => {
                self.benchmark = None;
                self.end_benchmark(News::Stopped, now, out);
                out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
            }
        }
        Some(Next::Now)
    }

    /// A piece of the GPU's part. Training leaves it first, with its numbers at hand.
    fn benchmark_gpu(&mut self, engines: &mut Engines) -> Next {
        if !self.bring(engines) {
            return Next::Await;
        }
        if self.gpu.is_some() {
            self.leave(engines);
        }
        let Some(benchmark) = &mut self.benchmark else { return Next::Now };
        let next = benchmark.advance_gpu(engines.accelerator.as_mut());
        if benchmark.done() {
            self.measure = Some(Measure::new());
        }
        next
    }

    fn end_benchmark(&mut self, news: News, now: f64, out: &mut Vec<FromWorker>) {
        // Nobody waits for the epochs that were not trained meanwhile.
        self.pace_from = (now, self.epoch());
        out.push(FromWorker::Late(Late::Benchmark { run: self.id, news }));
    }
}
