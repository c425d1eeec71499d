//! Measured times side by side, and memory beside them.

use crate::{
    protocol::{LatencyReport, LayerMemory, LayerReport, LayerTime, ModelReport, Timing},
    state::format,
};

/// One batch size of both models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchRow {
    /// Samples per call.
    pub batch: usize,
    /// The fp32 model.
    pub baseline: Timing,
    /// The optimized model.
    pub optimized: Timing,
}

/// Batch sizes measured for both models.
#[must_use]
pub fn batches(report: &LatencyReport) -> Vec<BatchRow> {
    let row = |b: &Timing| {
        let optimized = *report.optimized.iter().find(|o| o.batch == b.batch)?;
        Some(BatchRow { batch: b.batch, baseline: *b, optimized })
    };
    report.baseline.iter().filter_map(row).collect()
}

/// One layer of both models.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRow {
    /// Its label: "Dense 64".
    pub label: String,
    /// Kernel that runs it in the optimized model.
    pub kernel: String,
    /// Its times; `None` before they were measured.
    pub time: Option<LayerTime>,
    /// Lengths of the two bars, as shares of the longest of all.
    pub bars: (f64, f64),
    /// What it takes in memory; `None` before the first comparison.
    pub memory: Option<LayerMemory>,
}

/// The layers. `kernels` are those of the optimized model and `memory` is that of both, by layer.
#[must_use]
pub fn layers(report: &LatencyReport, model: &ModelReport, kernels: &[String], memory: &[LayerMemory]) -> Vec<LayerRow> {
    let all = report.layers.iter().flat_map(|l| [Some(l.baseline), l.optimized]).flatten().map(|t| t.p50);
    let longest = all.filter(|v| v.is_finite()).fold(0.0_f64, f64::max).max(f64::MIN_POSITIVE);
    let share = |ms: f64| if ms.is_finite() { ms / longest } else { 0.0 };
    let row = |(i, layer): (usize, &LayerReport)| {
        let time = report.layers.iter().find(|l| l.layer == i).cloned();
        LayerRow {
            label: layer.label.clone(),
            kernel: kernels.get(i).cloned().unwrap_or_default(),
            bars: time.as_ref().map_or((0.0, 0.0), |t| (share(t.baseline.p50), t.optimized.map_or(0.0, |t| share(t.p50)))),
            time,
            memory: memory.get(i).copied(),
        }
    };
    model.layers.iter().enumerate().map(row).collect()
}

/// A quantity of both models in one cell: "200 kB → 25.1 kB", once where it is the same, a dash where there is none.
#[must_use]
pub fn bytes_of(baseline: u64, optimized: u64) -> String {
    match (baseline, optimized) {
        (0, 0) => "–".into(),
        (b, o) if b == o => format::bytes(b),
        (b, o) => format!("{} → {}", format::bytes(b), format::bytes(o)),
    }
}

/// Samples per second at the median, and what 95 of 100 calls reach; `None` where nothing was timed.
#[must_use]
pub fn throughput(timing: &Timing) -> Option<(f64, f64)> {
    let at = |ms: f64| timing.batch as f64 * 1000.0 / ms;
    (timing.p50 > 0.0 && timing.p95 > 0.0).then(|| (at(timing.p50), at(timing.p95)))
}

/// How much faster the optimized model is, as far as the spread of the calls allows to say: where the two medians lie within
/// each other's usual calls, that is said too.
#[must_use]
pub fn verdict(baseline: &Timing, optimized: &Timing) -> String {
    if baseline.calls == 0 || optimized.calls == 0 || baseline.p50 <= 0.0 || optimized.p50 <= 0.0 {
        return "–".into();
    }
    format::speed(baseline.p50, optimized.p50)
}

/// Whether 95 of 100 calls of one model are faster than the median of the other: then the difference is felt in single calls.
#[must_use]
pub fn clear(baseline: &Timing, optimized: &Timing) -> bool {
    let (fast, slow) = if baseline.p50 <= optimized.p50 { (baseline, optimized) } else { (optimized, baseline) };
    fast.p95 < slow.p50
}

/// The spread in words: "p50 21 µs, p95 24 µs, 480 calls".
#[must_use]
pub fn spread(timing: &Timing) -> String {
    format!("p50 {}, p95 {}, {} calls", format::duration(timing.p50), format::duration(timing.p95), format::count(timing.calls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Memory;

    fn timing(batch: usize, p50: f64, p95: f64) -> Timing {
        Timing { batch, p50, p95, calls: 100 }
    }

    #[test]
    fn batch_sizes_are_paired() {
        let report = LatencyReport {
            baseline: vec![timing(1, 2.0, 3.0), timing(64, 90.0, 95.0)],
            optimized: vec![timing(1, 1.0, 1.5)],
            ..LatencyReport::default()
        };
        let rows = batches(&report);
        assert_eq!(rows.len(), 1, "a size measured for one model only is not compared");
        assert_eq!((rows[0].batch, rows[0].optimized.p50), (1, 1.0));
    }

    #[test]
    fn layers_share_one_scale() {
        let time = |layer, baseline, optimized: Option<f64>| {
            let timing = |p50| timing(1, p50, p50);
            LayerTime { layer, baseline: timing(baseline), optimized: optimized.map(timing) }
        };
        let report = LatencyReport { layers: vec![time(0, 4.0, Some(1.0)), time(1, 2.0, None)], ..LatencyReport::default() };
        let layer = |label: &str| LayerReport { key: "dense".into(), label: label.into(), output: vec![64], params: 0, macs: 0, back: 0 };
        let model = ModelReport { layers: vec![layer("Dense 64"), layer("ReLU")], params: 0, macs: 0, activations: 0, peak_activations: 0 };
        let memory =
            [LayerMemory { baseline: Memory { weights: 400, activations: 256 }, optimized: Memory { weights: 100, activations: 256 } }];
        let rows = layers(&report, &model, &["int8".into()], &memory);
        assert_eq!((rows[0].label.as_str(), rows[0].kernel.as_str(), rows[0].bars), ("Dense 64", "int8", (1.0, 0.25)));
        assert_eq!((rows[1].label.as_str(), rows[1].bars, rows[1].memory), ("ReLU", (0.5, 0.0), None));
        assert_eq!(rows[0].memory, Some(memory[0]));
        let rows = layers(&LatencyReport::default(), &model, &[], &memory);
        assert_eq!((rows.len(), &rows[0].time), (2, &None), "memory is known before times are");
    }

    #[test]
    fn bytes_of_both_models_share_a_cell() {
        let plain = |b, o| bytes_of(b, o).replace('\u{a0}', " ");
        assert_eq!((plain(0, 0), plain(256, 256), plain(400, 100)), ("–".into(), "256 B".into(), "400 B → 100 B".into()));
    }

    #[test]
    fn throughput_counts_samples_and_not_calls() {
        assert_eq!(throughput(&timing(64, 2.0, 4.0)), Some((32_000.0, 16_000.0)));
        assert_eq!(throughput(&Timing::default()), None);
    }

    #[test]
    fn the_verdict_says_when_calls_overlap() {
        let (fast, slow) = (timing(1, 1.0, 1.5), timing(1, 2.0, 2.5));
        assert_eq!(verdict(&slow, &fast), "2.0×\u{a0}faster");
        assert!(clear(&slow, &fast) && clear(&fast, &slow));
        assert!(!clear(&slow, &timing(1, 1.0, 2.2)));
        assert_eq!(verdict(&Timing::default(), &fast), "–");
        assert_eq!(spread(&timing(1, 0.021, 0.024)).replace('\u{a0}', " "), "p50 21.0 µs, p95 24.0 µs, 100 calls");
    }
}
