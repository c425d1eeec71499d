//! Where time, work and memory go, layer by layer, and as bars at the columns of the network drawing.

use crate::{
    protocol::{LatencyReport, LayerReport, ModelReport, OptimizedReport, ViewColumn},
    state::format,
};

/// Time, work and memory of one layer of both models, one sample at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFigures {
    /// Its label: "Dense 64".
    pub label: String,
    /// The fp32 model.
    pub baseline: Figures,
    /// The optimized model.
    pub optimized: Figures,
    /// What runs it in the optimized model; empty where it has no weights.
    pub kernel: String,
}

/// Figures of one layer of one model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Median, ms; `None` where it was not measured, or nothing is computed.
    pub time: Option<f64>,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Bytes of weights in memory.
    pub weights: u64,
    /// Bytes of its output.
    pub activations: u64,
}

/// The layers: times from a full measurement (or none), memory and the optimized model's work from a comparison.
#[must_use]
pub fn layers(latency: &LatencyReport, model: &ModelReport, report: Option<&OptimizedReport>) -> Vec<LayerFigures> {
    let figures = |(i, layer): (usize, &LayerReport)| {
        let time = latency.layers.iter().find(|l| l.layer == i);
        let memory = report.and_then(|r| r.memory.get(i)).copied().unwrap_or_default();
        let (baseline, optimized) = (memory.baseline, memory.optimized);
        LayerFigures {
            label: layer.label.clone(),
            baseline: Figures {
                time: time.map(|t| t.baseline.p50),
                macs: layer.macs,
                weights: baseline.weights,
                activations: baseline.activations,
            },
            optimized: Figures {
                time: time.and_then(|t| t.optimized).map(|t| t.p50),
                macs: report.and_then(|r| r.macs.get(i)).copied().unwrap_or(layer.macs),
                weights: optimized.weights,
                activations: optimized.activations,
            },
            kernel: report.and_then(|r| r.kernels.get(i)).cloned().unwrap_or_default(),
        }
    };
    model.layers.iter().enumerate().map(figures).collect()
}

/// What the bars show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Milliseconds of one sample.
    Time,
    /// Multiply-accumulates of one sample.
    Macs,
    /// Bytes of weights in memory.
    Weights,
    /// Bytes of the outputs of one sample.
    Activations,
}

/// Every quantity, with its key and its name.
pub const QUANTITIES: [(Quantity, &str, &str); 4] = [
    (Quantity::Time, "time", "Time"),
    (Quantity::Macs, "macs", "MACs"),
    (Quantity::Weights, "bytes", "Bytes of weights"),
    (Quantity::Activations, "activations", "Activation memory"),
];

impl Quantity {
    fn of(self, figures: &Figures) -> f64 {
        match self {
            Self::Time => figures.time.unwrap_or(0.0),
            Self::Macs => figures.macs as f64,
            Self::Weights => figures.weights as f64,
            Self::Activations => figures.activations as f64,
        }
    }

    fn words(self, value: f64) -> String {
        match self {
            Self::Time => format::duration(value),
            Self::Macs => format::compact(value),
            Self::Weights | Self::Activations => format::bytes(value as u64),
        }
    }
}

/// The bars of one column: its layer, and those behind it up to the next column.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The column.
    pub column: usize,
    /// Its layers: "Dense 64, ReLU".
    pub name: String,
    /// The fp32 model.
    pub baseline: Bar,
    /// The optimized model, where it differs.
    pub optimized: Option<Bar>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its length, as a share of the longest of all.
    pub share: f64,
    /// The figure in words.
    pub text: String,
}

/// Bars at the columns of the drawing; none at one without layers, as the input mostly is. Errors: what has to come first, in words.
pub fn bars(quantity: Quantity, columns: &[ViewColumn], layers: &[LayerFigures]) -> Result<Vec<Bars>, &'static str> {
    let known = |l: &LayerFigures| match quantity {
        Quantity::Time => l.baseline.time.is_some() || l.optimized.time.is_some(),
        Quantity::Macs => true,
        // Every model has an output, and every comparison says how large it is.
        Quantity::Weights | Quantity::Activations => l.baseline.activations > 0,
    };
    if !layers.iter().any(known) {
        return Err(match quantity {
            Quantity::Time => "Times come with a measurement.",
            _ => "Comes with the first comparison.",
        });
    }
    // A column's layers end where those of the next begin.
    let start = |c: usize| columns.get(c).map_or(layers.len(), |column| column.layer.unwrap_or(0)).min(layers.len());
    let groups: Vec<(usize, &[LayerFigures])> =
        (0..columns.len()).map(|c| (c, &layers[start(c)..start(c + 1).max(start(c))])).filter(|(_, group)| !group.is_empty()).collect();
    let sum = |group: &[LayerFigures], side: fn(&LayerFigures) -> &Figures| group.iter().map(|l| quantity.of(side(l))).sum::<f64>();
    let sums: Vec<(f64, f64)> = groups.iter().map(|(_, group)| (sum(group, |l| &l.baseline), sum(group, |l| &l.optimized))).collect();
    let longest = sums.iter().fold(f64::MIN_POSITIVE, |most, (b, o)| most.max(*b).max(*o));
    let bar = |value: f64| Bar { share: value / longest, text: quantity.words(value) };
    let bars = groups.iter().zip(sums).map(|((column, group), (baseline, optimized))| Bars {
        column: *column,
        name: group.iter().map(|l| &l.label[..]).collect::<Vec<_>>().join(", "),
        baseline: bar(baseline),
        optimized: (baseline != optimized).then(|| bar(optimized)),
    });
    Ok(bars.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{F32s, Form, LayerMemory, LayerTime, MapKind, Memory, Timing};

    fn column(layer: Option<usize>) -> ViewColumn {
        ViewColumn {
            layer,
            units: vec![0],
            total: 1,
            maps: F32s::default(),
            kind: MapKind::Value,
            map: (1, 1),
            alive: Vec::new(),
            links: F32s::default(),
            fan: 1,
            kept: Vec::new(),
            bias: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Pooling before the first layer with weights; then conv, ReLU, dense.
    fn figures(measured: bool) -> Vec<LayerFigures> {
        let layer = |(label, macs, weights, activations, time): (&str, u64, u64, u64, f64)| {
            let baseline = Figures { time: measured.then_some(time), macs, weights, activations };
            let optimized = Figures { time: measured.then_some(time / 2.0), weights: weights / 4, ..baseline };
            LayerFigures { label: label.into(), baseline, optimized, kernel: String::new() }
        };
        [
            ("Max pooling 2×2", 0, 0, 784, 0.001),
            ("Conv 3×3, 8", 14_112, 320, 6_272, 0.006),
            ("ReLU", 0, 0, 6_272, 0.002),
            ("Dense 10", 15_680, 62_760, 40, 0.004),
        ]
        .map(layer)
        .to_vec()
    }

    #[test]
    fn each_column_has_its_layer_and_what_follows_it() {
        let columns = [column(None), column(Some(1)), column(Some(3))];
        let found = bars(Quantity::Time, &columns, &figures(true)).unwrap();
        let names: Vec<_> = found.iter().map(|b| (b.column, &b.name[..])).collect();
        assert_eq!(names, [(0, "Max pooling 2×2"), (1, "Conv 3×3, 8, ReLU"), (2, "Dense 10")]);
        let shares: Vec<_> = found.iter().map(|b| (b.baseline.share, b.optimized.as_ref().map(|o| o.share))).collect();
        assert_eq!(shares, [(0.125, Some(0.0625)), (1.0, Some(0.5)), (0.5, Some(0.25))]);
        assert_eq!(found[1].baseline.text, "8.00\u{a0}µs");
    }

    #[test]
    fn models_that_do_not_differ_share_a_bar() {
        let columns = [column(None), column(Some(0)), column(Some(3))];
        let found = bars(Quantity::Macs, &columns, &figures(false)).unwrap();
        assert!(found.iter().all(|b| b.optimized.is_none()));
        let weights = bars(Quantity::Weights, &columns, &figures(false)).unwrap();
        assert_eq!(weights.iter().map(|b| b.optimized.is_some()).collect::<Vec<_>>(), [true, true]);
        assert_eq!(bars(Quantity::Activations, &columns, &figures(false)).unwrap()[0].baseline.text.replace('\u{a0}', " "), "13.3 kB");
    }

    #[test]
    fn what_is_not_known_yet_is_said() {
        let columns = [column(None), column(Some(0))];
        assert_eq!(bars(Quantity::Time, &columns, &figures(false)), Err("Times come with a measurement."));
        let mut bare = figures(false);
        bare.iter_mut().for_each(|l| (l.baseline, l.optimized) = Default::default());
        assert!(bars(Quantity::Weights, &columns, &bare).is_err() && bars(Quantity::Macs, &columns, &bare).is_ok());
        assert_eq!(bars(Quantity::Macs, &[], &figures(false)), Ok(Vec::new()), "a drawing without columns");
    }

    #[test]
    fn figures_come_from_model_comparison_and_measurement() {
        let layer = |label: &str, macs| LayerReport { key: "dense".into(), label: label.into(), output: vec![8], params: 0, macs, back: 0 };
        let layers_of = vec![layer("Dense 8", 64), layer("ReLU", 0)];
        let model = ModelReport { layers: layers_of, params: 72, macs: 64, activations: 16, peak_activations: 16 };
        let timing = |p50| Timing { batch: 1, p50, p95: p50, calls: 9 };
        let time = LayerTime { layer: 0, baseline: timing(0.4), optimized: Some(timing(0.1)) };
        let latency = LatencyReport { layers: vec![time], ..LatencyReport::default() };
        let memory = LayerMemory { baseline: Memory { weights: 288, activations: 32 }, optimized: Memory { weights: 72, activations: 32 } };
        let report = OptimizedReport {
            sizes: Vec::new(),
            best: Form::Packed,
            sparsity: 0.0,
            units_removed: 0,
            units: 8,
            layer_sparsity: Vec::new(),
            kernels: vec!["sparse f32".into()],
            notes: Vec::new(),
            weight_error: Vec::new(),
            memory: vec![memory],
            macs: vec![6, 0],
        };
        let found = layers(&latency, &model, Some(&report));
        assert_eq!(found[0].baseline, Figures { time: Some(0.4), macs: 64, weights: 288, activations: 32 });
        assert_eq!(found[0].optimized, Figures { time: Some(0.1), macs: 6, weights: 72, activations: 32 });
        assert_eq!(found[1].baseline, Figures::default());
        assert_eq!(layers(&LatencyReport::default(), &model, None)[0].optimized.macs, 64, "before a comparison");
    }
}
