//! The histogram of weights, or of what comes into a layer: where its bars and the grid's levels lie, and what they say.

use super::scale::Axis;
use crate::{
    protocol::{Histogram, ModelReport, OptimizedReport},
    state::format,
};

/// Room around the plot: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (44.0, 18.0, 12.0, 22.0);

/// A bar, in CSS pixels: left edge, top edge, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where everything lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Bars of living weights, empty ones left out.
    pub bars: Vec<Bar>,
    /// The bar of pruned weights, at zero.
    pub pruned: Option<Bar>,
    /// Whether that bar is cut off at the top, being much longer than all others.
    pub broken: bool,
    /// Places of the grid's levels.
    pub levels: Vec<f64>,
    /// Whether they lie so close that they have to be faint.
    pub dense: bool,
    /// Where weights are clipped: from the left edge to here, and from there to the right edge. `None` where none is, or where each
    /// unit has its own grid and all are shown.
    pub clip: Option<(f64, f64)>,
    /// Places of the outermost levels, where they can be moved.
    pub ends: Option<(f64, f64)>,
    /// The axis of weights.
    pub x: Axis,
    /// The axis of counts.
    pub y: Axis,
    /// Top and bottom of the plot.
    pub span: (f64, f64),
    /// Left and right edge of the plot.
    pub edges: (f64, f64),
}

/// Places the histogram in `width × height`; `None` where there is no room.
#[must_use]
pub fn plot(histogram: &Histogram, (width, height): (f64, f64)) -> Option<Plot> {
    let (left, top, right, bottom) = MARGIN;
    if width < 120.0 || height < 90.0 {
        return None;
    }
    let (low, high) = (f64::from(histogram.span.0), f64::from(histogram.span.1).max(f64::from(histogram.span.0) + 1e-6));
    let ends = histogram.grid.as_ref().and_then(|g| g.levels.first().zip(g.levels.last()));
    let ends = ends.map_or((0.0, 0.0), |(low, high)| (f64::from(*low), f64::from(*high)));
    let most = f64::from(histogram.bars.iter().copied().max().unwrap_or(0)).max(1.0);
    let (from, to) = (low.min(ends.0), high.max(ends.1));
    let room = 0.015 * (to - from);
    let x = Axis::linear((from - room, to + room), left, width - right);
    let y = Axis::linear((0.0, most * 1.05), height - bottom, top);
    let (floor, ceiling) = (y.at(0.0), y.at(most * 1.05));
    let wide = (high - low) / histogram.bars.len().max(1) as f64;
    let bar = |from: f64, to: f64, count: f64| {
        let head = y.at(count.min(most * 1.05));
        Bar { x: x.at(from), y: head, width: x.at(to) - x.at(from), height: floor - head }
    };
    let bars = histogram.bars.iter().enumerate().filter(|(_, n)| **n > 0);
    let bars = bars.map(|(i, n)| bar(low + wide * i as f64, low + wide * (i + 1) as f64, f64::from(*n))).collect();
    let pruned = (histogram.pruned > 0).then(|| bar(-wide / 2.0, wide / 2.0, histogram.pruned as f64));
    // Of many grids only one is drawn, and the weights of other units do not end with it.
    let alone = histogram.grid.as_ref().is_some_and(|g| g.group.is_none() && (histogram.unit.is_some() || g.unit.is_none()));
    let clip = (histogram.clipped > 0 && alone).then(|| (x.at(ends.0), x.at(ends.1)));
    let levels: Vec<f64> = histogram.grid.as_ref().map_or_else(Vec::new, |g| g.levels.iter().map(|l| x.at(f64::from(*l))).collect());
    Some(Plot {
        bars,
        pruned,
        broken: histogram.pruned as f64 > most * 1.05,
        dense: levels.windows(2).any(|w| w[1] - w[0] < 5.0),
        levels,
        clip,
        ends: histogram.reach.map(|_| (x.at(ends.0), x.at(ends.1))),
        x,
        y,
        span: (ceiling, floor),
        edges: (left, width - right),
    })
}

/// What the numbers say: name and value of each fact, in the order in which they matter.
#[must_use]
pub fn facts(histogram: &Histogram) -> Vec<(&'static str, String)> {
    let share = |n: u64| format!("{} ({})", format::count(n), format::percent(n as f64 / histogram.count.max(1) as f64));
    let (what, zero) = if histogram.inputs { ("Values", "Zero") } else { ("Weights", "Pruned") };
    let mut facts = vec![(what, format::count(histogram.count)), (zero, share(histogram.pruned))];
    let Some(grid) = &histogram.grid else {
        let gone = histogram.unit.is_some() && histogram.count > 0 && histogram.pruned == histogram.count;
        let floats = histogram.format == "f32";
        let why = match (gone, floats) {
            (true, _) => "none: nothing of this unit is left".into(),
            (_, true) if histogram.inputs => "none: activations stay 32-bit floats, without an error".into(),
            (_, true) => "none: weights stay 32-bit floats, without an error".into(),
            _ => format!("none is drawn: {} has thousands of levels, closer together near zero", histogram.format),
        };
        facts.push(("Grid", why));
        if !gone && !floats {
            facts.push(("Rounded to zero", share(histogram.rounded)));
            facts.push(error(histogram));
        }
        return facts;
    };
    let (finest, coarsest) = (f64::from(grid.steps.0), f64::from(grid.steps.1));
    facts.push(("Rounded to zero", share(histogram.rounded)));
    let levels = match (grid.bits, grid.levels.len()) {
        (_, levels) if !grid.even => {
            format!("{levels} of {}, {} apart next to zero and ever farther away from it", histogram.format, step(finest))
        }
        (1, 2) => "2: a sign times the mean magnitude".into(),
        (1, _) => "3: a sign times the mean magnitude, and zero for pruned weights".to_string(),
        (bits, levels) => format!(
            "{levels} of {bits} bits, {} apart",
            step(grid.levels.get(1).zip(grid.levels.first()).map_or(0.0, |(b, a)| f64::from(b - a)))
        ),
    };
    facts.push(("Levels", levels));
    if let Some(unit) = grid.unit {
        let range = if histogram.unit.is_none() && finest < coarsest {
            format!("; steps of all units: {} to {}", step(finest), step(coarsest))
        } else {
            String::new()
        };
        let which = if histogram.unit.is_none() || grid.group.is_some() { " (the median step)" } else { "" };
        let part = grid.group.map_or_else(String::new, |group| format!(", group {group}"));
        facts.push(("Drawn", format!("the grid of unit {unit}{part}{which}{range}")));
    }
    if grid.bits > 1 && grid.even {
        facts.push(("Clipped", share(histogram.clipped)));
    }
    facts.push(error(histogram));
    facts
}

fn error(histogram: &Histogram) -> (&'static str, String) {
    ("Rounding error", format!("RMSE {}, {}", step(f64::from(histogram.rmse)), decibel(histogram.snr.map(f64::from))))
}

/// A small number with three significant digits.
fn step(value: f64) -> String {
    if value == 0.0 { "0".into() } else { format::number(format!("{value:.2e}").parse().unwrap_or(value)) }
}

/// "SNR 21.3 dB".
fn decibel(value: Option<f64>) -> String {
    value.map_or_else(|| "no error".into(), |v| format!("SNR {v:.1}\u{a0}dB").replacen('-', "\u{2212}", 1))
}

/// One line about the picture, for those who do not see it.
#[must_use]
pub fn caption(histogram: &Histogram, layer: &str) -> String {
    let whose = histogram.unit.map_or_else(String::new, |u| format!(", unit {u}"));
    let grid = histogram.grid.as_ref().map_or_else(|| "no grid".into(), |g| format!("grid of {} levels", g.levels.len()));
    let (count, (low, high)) = (format::count(histogram.count - histogram.pruned), histogram.span);
    if histogram.inputs {
        let (low, high) = (step(f64::from(low)).replace('-', "\u{2212}"), step(f64::from(high)));
        return format!("What comes into {layer}: {count} values other than 0 between {low} and {high}, {grid}");
    }
    format!("Weights of {layer}{whose}: {count} living between ±{}, {grid}", step(f64::from(high)))
}

/// The histogram as rows: from, to, living weights.
#[must_use]
pub fn rows(histogram: &Histogram) -> Vec<(String, String, u32)> {
    let (low, high, n) = (f64::from(histogram.span.0), f64::from(histogram.span.1), histogram.bars.len().max(1) as f64);
    let at = |i: usize| step(low + (high - low) * i as f64 / n).replace('-', "\u{2212}");
    histogram.bars.iter().enumerate().map(|(i, count)| (at(i), at(i + 1), *count)).collect()
}

/// A layer with weights, and what compression did to them.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRow {
    /// Layer in `ModelReport::layers`.
    pub layer: usize,
    /// Its label.
    pub label: String,
    /// Parameters.
    pub params: u64,
    /// Share of weights that are zero or gone.
    pub zeros: String,
    /// Root-mean-square error relative to the weights' root mean square, pruning included.
    pub error: String,
    /// The same as a signal-to-noise ratio.
    pub snr: String,
    /// What computes it.
    pub kernel: String,
}

/// Every layer with weights. `report` may be one of a comparison before the first.
#[must_use]
pub fn layers(model: &ModelReport, report: Option<&OptimizedReport>) -> Vec<LayerRow> {
    let of = |list: Option<&Vec<f32>>, i: usize| list.and_then(|l| l.get(i)).map(|v| f64::from(*v));
    let row = |(i, layer): (usize, &crate::protocol::LayerReport)| LayerRow {
        layer: i,
        label: layer.label.clone(),
        params: layer.params,
        zeros: of(report.map(|r| &r.layer_sparsity), i).map_or_else(|| "–".into(), format::percent),
        error: of(report.map(|r| &r.weight_error), i).map_or_else(|| "–".into(), format::percent),
        snr: of(report.map(|r| &r.weight_error), i)
            .map_or_else(|| "–".into(), |e| decibel((e > 0.0).then(|| -20.0 * libm::log10(e))).replace("SNR ", "")),
        kernel: report.and_then(|r| r.kernels.get(i)).cloned().unwrap_or_default(),
    };
    model.layers.iter().enumerate().filter(|(_, l)| l.params > 0).map(row).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::protocol::Grid;

    /// Of a layer of 4 units whose levels reach to half of the largest weight.
    pub fn histogram() -> Histogram {
        Histogram {
            layer: 0,
            unit: None,
            units: 4,
            place: 0,
            inputs: false,
            span: (-1.0, 1.0),
            bars: vec![2, 0, 10, 6, 2],
            count: 100,
            pruned: 80,
            rounded: 5,
            clipped: 1,
            rmse: 0.0123,
            snr: Some(21.34),
            reach: Some(0.5),
            format: "int2".into(),
            grid: Some(Grid { bits: 2, unit: Some(2), group: None, even: true, levels: vec![-0.5, 0.0, 0.5], steps: (0.25, 0.75) }),
        }
    }

    #[test]
    fn bars_and_levels_lie_where_their_weights_are() {
        let h = histogram();
        let p = plot(&h, (400.0, 200.0)).unwrap();
        assert_eq!((p.bars.len(), p.levels.len()), (4, 3), "an empty bar is not drawn");
        assert!((p.bars[1].x + p.bars[1].width / 2.0 - p.x.at(0.0)).abs() < 1e-9, "zero lies in the middle of a bar");
        assert_eq!(p.levels[1], p.x.at(0.0));
        let tallest = p.bars.iter().map(|b| b.height).fold(0.0, f64::max);
        assert!(p.broken && p.pruned.unwrap().height > tallest, "the pruned ones would not fit, and are cut off");
        assert!(p.bars.iter().all(|b| b.y >= p.span.0 && (b.y + b.height - p.span.1).abs() < 1e-9));
        assert!(p.bars[0].x >= p.edges.0 && p.bars[3].x + p.bars[3].width <= p.edges.1);
        assert_eq!(p.clip, None, "other units have other grids");
        let one = plot(&Histogram { unit: Some(2), ..h.clone() }, (400.0, 200.0)).unwrap();
        assert_eq!((one.clip, one.dense), (Some((one.levels[0], one.levels[2])), false));
        let fine = Grid {
            bits: 8,
            unit: None,
            levels: (-127..=127).map(|i| i as f32 / 127.0).collect(),
            steps: (1.0, 1.0),
            ..h.grid.clone().unwrap()
        };
        assert!(plot(&Histogram { grid: Some(fine), ..h.clone() }, (400.0, 200.0)).unwrap().dense, "255 levels in 400 pixels");
        assert_eq!(plot(&h, (50.0, 200.0)), None);
    }

    #[test]
    fn the_numbers_are_said() {
        let text =
            |h: &Histogram| facts(h).into_iter().map(|(a, b)| format!("{a}: {b}")).collect::<Vec<_>>().join("\n").replace('\u{a0}', " ");
        let said = text(&histogram());
        for wanted in [
            "Weights: 100",
            "Pruned: 80 (80.0 %)",
            "Rounded to zero: 5 (5.0 %)",
            "Levels: 3 of 2 bits, 0.5 apart",
            "Drawn: the grid of unit 2 (the median step); steps of all units: 0.25 to 0.75",
            "Clipped: 1 (1.0 %)",
            "Rounding error: RMSE 0.0123, SNR 21.3 dB",
        ] {
            assert!(said.contains(wanted), "{wanted} is not in\n{said}");
        }
        let floats = Histogram { format: "f32".into(), grid: None, rounded: 0, clipped: 0, rmse: 0.0, snr: None, ..histogram() };
        assert!(text(&floats).contains("Grid: none: weights stay 32-bit floats"));
        let bit = Grid { bits: 1, unit: None, group: None, even: true, levels: vec![-0.5, 0.5], steps: (0.5, 0.5) };
        let said = text(&Histogram { grid: Some(bit), ..histogram() });
        assert!(said.contains("Levels: 2: a sign") && !said.contains("Clipped") && !said.contains("Drawn"), "{said}");
        let narrow = Histogram { format: "bf16".into(), grid: None, clipped: 0, ..histogram() };
        assert!(text(&narrow).contains("Grid: none is drawn: bf16 has") && text(&narrow).contains("SNR 21.3 dB"), "{}", text(&narrow));
        let levels = vec![-0.5, -0.25, 0.0, 0.25, 0.5];
        let float = Grid { bits: 8, unit: Some(2), group: None, even: false, levels, steps: (0.25, 0.25) };
        let said = text(&Histogram { format: "fp8 e4m3".into(), grid: Some(float), ..histogram() });
        assert!(said.contains("Levels: 5 of fp8 e4m3, 0.25 apart next to zero") && !said.contains("Clipped"), "{said}");
        let part = Grid { group: Some(3), ..histogram().grid.unwrap() };
        let grouped = Histogram { grid: Some(part), ..histogram() };
        assert!(text(&grouped).contains("Drawn: the grid of unit 2, group 3 (the median step)"), "{}", text(&grouped));
        assert_eq!(plot(&Histogram { unit: Some(2), ..grouped }, (400.0, 200.0)).unwrap().clip, None, "other groups have other grids");
        assert!(caption(&histogram(), "Dense 4").starts_with("Weights of Dense 4: 20 living between ±1, grid of 3 levels"));
        let inputs = Histogram { inputs: true, span: (0.0, 1.0), ..histogram() };
        assert!(caption(&inputs, "Dense 4").starts_with("What comes into Dense 4: 20 values other than 0 between 0 and 1, grid"));
        assert!(text(&inputs).contains("Values: 100") && text(&inputs).contains("Zero: 80 (80.0 %)"));
        let p = plot(&inputs, (400.0, 200.0)).unwrap();
        assert!(p.bars[0].x >= p.x.at(0.0) - 1e-9 && p.bars[3].x + p.bars[3].width <= p.x.at(1.0) + 1e-9, "they begin at 0");
        assert_eq!(rows(&histogram())[2], ("\u{2212}0.2".into(), "0.2".into(), 10));
    }
}
