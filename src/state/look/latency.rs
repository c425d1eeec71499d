//! Measured times, side by side.

use crate::{
    protocol::{LatencyReport, ModelReport, Timing},
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
    /// Median of the baseline, ms.
    pub baseline: f64,
    /// Median of the optimized model, ms; `None` where the layer is gone.
    pub optimized: Option<f64>,
    /// Lengths of the two bars, as shares of the longest of all.
    pub bars: (f64, f64),
}

/// The layers that were timed. `kernels` are those of the optimized model, by layer.
#[must_use]
pub fn layers(report: &LatencyReport, model: Option<&ModelReport>, kernels: &[String]) -> Vec<LayerRow> {
    let all = report.layers.iter().flat_map(|l| [Some(l.baseline), l.optimized]).flatten();
    let longest = all.filter(|v| v.is_finite()).fold(0.0_f64, f64::max).max(f64::MIN_POSITIVE);
    let share = |ms: f64| if ms.is_finite() { ms / longest } else { 0.0 };
    report
        .layers
        .iter()
        .map(|l| LayerRow {
            label: model.and_then(|m| m.layers.get(l.layer)).map_or_else(|| format!("Layer {}", l.layer + 1), |m| m.label.clone()),
            kernel: kernels.get(l.layer).cloned().unwrap_or_default(),
            baseline: l.baseline,
            optimized: l.optimized,
            bars: (share(l.baseline), l.optimized.map_or(0.0, share)),
        })
        .collect()
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
    use crate::protocol::{LayerReport, LayerTime};

    fn timing(batch: usize, p50: f64, p95: f64) -> Timing {
        Timing { batch, p50, p95, calls: 100 }
    }

    #[test]
    fn batch_sizes_are_paired() {
        let report = LatencyReport {
            baseline: vec![timing(1, 2.0, 3.0), timing(64, 90.0, 95.0)],
            optimized: vec![timing(1, 1.0, 1.5)],
            layers: Vec::new(),
        };
        let rows = batches(&report);
        assert_eq!(rows.len(), 1, "a size measured for one model only is not compared");
        assert_eq!((rows[0].batch, rows[0].optimized.p50), (1, 1.0));
    }

    #[test]
    fn layers_share_one_scale() {
        let time = |layer, baseline, optimized| LayerTime { layer, baseline, optimized };
        let report = LatencyReport { layers: vec![time(0, 4.0, Some(1.0)), time(1, 2.0, None)], ..LatencyReport::default() };
        let layer = LayerReport { key: "dense".into(), label: "Dense 64".into(), output: vec![64], params: 0, macs: 0 };
        let model = ModelReport { layers: vec![layer], params: 0, macs: 0, activations: 0 };
        let rows = layers(&report, Some(&model), &["int8".into()]);
        assert_eq!((rows[0].label.as_str(), rows[0].kernel.as_str(), rows[0].bars), ("Dense 64", "int8", (1.0, 0.25)));
        assert_eq!((rows[1].label.as_str(), rows[1].bars), ("Layer 2", (0.5, 0.0)));
        assert!(layers(&LatencyReport::default(), None, &[]).is_empty());
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
