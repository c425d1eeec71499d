//! The benchmark of the device as tables, on the page, in the command line and in files.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    latency::bytes_of,
    profile::{Figures, LayerFigures},
};
use crate::{
    protocol::{self, BenchRow},
    state::format,
};

/// What a benchmark found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmarked {
    /// The device.
    pub rows: Vec<BenchRow>,
    /// The GPU that rows marked so ran on; errors: in words, why there are none.
    pub gpu: Result<protocol::Device, String>,
    /// The model's layers; empty where its settings changed while it was measured.
    pub layers: Vec<LayerFigures>,
}

/// What it was measured on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Engine build.
    pub engine: String,
    /// Logical processors, as the browser or the system says; 0 where it does not.
    pub cores: usize,
    /// The browser as it names itself, or the system.
    pub agent: String,
}

/// A row as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was computed; empty where it is that of the row before.
    pub group: String,
    /// In which form.
    pub form: String,
    /// A sentence about it.
    pub about: String,
    /// Median time of a call.
    pub time: String,
    /// "38.1 GFLOP/s".
    pub rate: String,
    /// That as a share of the measured peak of this core, for the same kind of arithmetic; `None` on the GPU.
    pub share: Option<f64>,
    /// The speed against the first of the group: 1 is the same, 2 twice as fast; `None` for a peak and for a group of one.
    pub speed: Option<f64>,
    /// Weights in memory.
    pub bytes: String,
    /// "5 rounds: 1.20 ms to 1.31 ms, 480 calls".
    pub spread: String,
    /// It is a peak.
    pub peak: bool,
}

/// Billions of operations a second.
fn rate(row: &BenchRow) -> f64 {
    per_second(row, row.median)
}

fn per_second(row: &BenchRow, ms: f64) -> f64 {
    row.operations as f64 / ms.max(f64::MIN_POSITIVE) / 1e6
}

/// The most that this core did in the row's kind of arithmetic: the fastest round, for one that was held up says nothing of the core.
fn peak(rows: &[BenchRow], whole: bool) -> f64 {
    rows.iter().filter(|r| r.peak && r.whole == whole).map(|r| per_second(r, r.least)).fold(0.0, f64::max)
}

fn share(rows: &[BenchRow], row: &BenchRow) -> Option<f64> {
    let peak = peak(rows, row.whole);
    (!row.gpu).then(|| if peak > 0.0 { rate(row) / peak } else { 0.0 })
}

/// "62 %"; "–" where there is no peak to hold it against.
#[must_use]
pub fn of_peak(share: Option<f64>) -> String {
    share.map_or_else(|| "–".into(), format::percent0)
}

/// What the rows of the GPU ran on, or why there are none.
#[must_use]
pub fn gpu_sentence(gpu: &Result<protocol::Device, String>) -> String {
    match gpu {
        Ok(device) if device.software => format!("GPU: {}, a program on the CPU that plays a GPU", device.name),
        Ok(device) => format!("GPU: {}", device.name),
        Err(reason) => format!("No rows of a GPU: {reason}"),
    }
}

fn speed(rows: &[BenchRow], row: &BenchRow) -> Option<f64> {
    let mut group = rows.iter().filter(|r| r.group == row.group);
    let first = group.next().filter(|_| !row.peak && row.median > 0.0 && group.next().is_some())?;
    Some(first.median / row.median)
}

/// The rows as they are shown.
#[must_use]
pub fn shown(rows: &[BenchRow]) -> Vec<Row> {
    let show = |(i, row): (usize, &BenchRow)| Row {
        group: if i > 0 && rows[i - 1].group == row.group { String::new() } else { row.group.clone() },
        form: row.form.clone(),
        about: row.about.clone(),
        time: if row.peak { "–".into() } else { format::duration(row.median) },
        rate: format!("{}\u{a0}{}", format::three_digits(rate(row)), if row.whole { "GOP/s" } else { "GFLOP/s" }),
        share: share(rows, row),
        speed: speed(rows, row),
        bytes: if row.bytes > 0 { format::bytes(row.bytes) } else { "–".into() },
        spread: format!(
            "median of rounds; the fastest {}, the slowest {}; {} calls",
            format::duration(row.least),
            format::duration(row.most),
            format::count(row.calls)
        ),
        peak: row.peak,
    };
    rows.iter().enumerate().map(show).collect()
}

/// "1.8×"; "–" where there is nothing to hold it against.
#[must_use]
pub fn times(speed: Option<f64>) -> String {
    speed.map_or_else(|| "–".into(), |s| if s < 9.95 { format!("{s:.2}×") } else { format!("{s:.0}×") })
}

/// Device, rows and layers as Markdown, with columns as wide as they need to be.
#[must_use]
pub fn markdown(found: &Benchmarked, device: &Device) -> String {
    let mut out = format!("{}\n{}\n\n", sentence(device), gpu_sentence(&found.gpu));
    let head = ["", "form", "time", "rate", "of peak", "against f32", "weights"];
    let body = shown(&found.rows).into_iter().map(|r| {
        let speed = times(r.speed);
        [r.group, r.form, r.time, r.rate, of_peak(r.share), speed, r.bytes]
    });
    table(&mut out, head, &body.collect::<Vec<_>>());
    if !found.layers.is_empty() {
        out.push('\n');
        let head = ["layer", "kernel", "time", "optimized", "multiply-adds", "weights", "output"];
        table(&mut out, head, &found.layers.iter().map(layer_cells).collect::<Vec<_>>());
    }
    out
}

/// "Engine: wasm simd128; 8 logical cores; Mozilla/5.0 …".
#[must_use]
pub fn sentence(device: &Device) -> String {
    let cores = match device.cores {
        0 => String::new(),
        1 => "; 1 logical core".into(),
        n => format!("; {n} logical cores"),
    };
    format!("Engine: {}{cores}; {}", device.engine, device.agent)
}

/// Label, kernel, time of baseline and optimized model, multiply-adds, weights and output of a layer, in words.
#[must_use]
pub fn layer_cells(layer: &LayerFigures) -> [String; 7] {
    let LayerFigures { label, baseline: b, optimized: o, kernel } = layer;
    let time = |t: Option<f64>| t.map_or_else(|| "–".into(), format::duration);
    let macs = match (b.macs, o.macs) {
        (0, 0) => "–".into(),
        (b, o) if b == o => format::count(b),
        (b, o) => format!("{} → {}", format::count(b), format::count(o)),
    };
    let (weights, output) = (bytes_of(b.weights, o.weights), bytes_of(b.activations, o.activations));
    [label.clone(), kernel.clone(), time(b.time), time(o.time), macs, weights, output]
}

fn table<const N: usize>(out: &mut String, head: [&str; N], rows: &[[String; N]]) {
    let head = head.map(String::from);
    let width = |c: usize| rows.iter().chain([&head]).map(|r| r[c].chars().count()).max().unwrap_or(0).max(2);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut line = |cells: &[String; N]| {
        for (cell, width) in cells.iter().zip(widths) {
            // Writing to a string does not fail.
            let _ = write!(out, "| {}{} ", cell.replace('\u{a0}', " "), " ".repeat(width - cell.chars().count()));
        }
        out.push_str("|\n");
    };
    line(&head);
    line(&widths.map(|w| "-".repeat(w)));
    rows.iter().for_each(line);
}

/// The figures as they are, with units in their names.
#[must_use]
pub fn json(found: &Benchmarked, device: &Device) -> Value {
    let row = |r: &BenchRow| {
        json!({
            "key": r.key, "group": r.group, "form": r.form, "peak": r.peak, "gpu": r.gpu, "arithmetic": arithmetic(r),
            "operations": r.operations, "weight_bytes": r.bytes, "samples": r.samples, "calls": r.calls,
            "median_ms": r.median, "least_ms": r.least, "most_ms": r.most,
            "giga_operations_per_second": rate(r), "share_of_peak": share(&found.rows, r), "speed_against_f32": speed(&found.rows, r),
        })
    };
    let figures = |f: &Figures| json!({ "median_ms": f.time, "macs": f.macs, "weight_bytes": f.weights, "output_bytes": f.activations });
    let layer = |l: &LayerFigures| json!({ "layer": l.label, "kernel": l.kernel, "baseline": figures(&l.baseline), "optimized": figures(&l.optimized) });
    json!({
        "engine": device.engine, "cores": device.cores, "agent": device.agent, "gpu": gpu_sentence(&found.gpu),
        "rows": found.rows.iter().map(row).collect::<Vec<_>>(),
        "layers": found.layers.iter().map(layer).collect::<Vec<_>>(),
    })
}

/// Rows, then the layers of both models, as lines of comma-separated values (RFC 4180).
#[must_use]
pub fn csv(found: &Benchmarked, device: &Device) -> String {
    let mut out = String::from(
        "key,group,form,arithmetic,operations,weight_bytes,median_ms,least_ms,most_ms,calls,giga_operations_per_second,share_of_peak,speed_against_f32,engine,cores,agent\r\n",
    );
    let mut line = |cells: [String; 13]| {
        let device = [device.engine.clone(), device.cores.to_string(), device.agent.clone()];
        let quoted: Vec<String> = cells.into_iter().chain(device).map(|c| quote(&c)).collect();
        out.push_str(&quoted.join(","));
        out.push_str("\r\n");
    };
    for r in &found.rows {
        line([
            r.key.clone(),
            r.group.clone(),
            r.form.clone(),
            arithmetic(r).into(),
            r.operations.to_string(),
            r.bytes.to_string(),
            r.median.to_string(),
            r.least.to_string(),
            r.most.to_string(),
            r.calls.to_string(),
            rate(r).to_string(),
            share(&found.rows, r).map_or_else(String::new, |s| s.to_string()),
            speed(&found.rows, r).map_or_else(String::new, |s| s.to_string()),
        ]);
    }
    for (i, l) in found.layers.iter().enumerate() {
        for (model, f, kernel) in [("baseline", &l.baseline, "f32"), ("optimized", &l.optimized, &l.kernel[..])] {
            let mut cells: [String; 13] = Default::default();
            cells[0] = format!("layer-{}-{model}", i + 1);
            cells[1].clone_from(&l.label);
            cells[2] = if l.kernel.is_empty() { String::new() } else { kernel.into() };
            cells[4] = (2 * f.macs).to_string();
            cells[5] = f.weights.to_string();
            cells[6] = f.time.map_or_else(String::new, |t| t.to_string());
            line(cells);
        }
    }
    out
}

const fn arithmetic(row: &BenchRow) -> &'static str {
    if row.whole { "integer" } else { "f32" }
}

fn quote(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, group: &str, form: &str, operations: u64, median: f64) -> BenchRow {
        BenchRow {
            key: key.into(),
            group: group.into(),
            form: form.into(),
            about: String::new(),
            whole: form.contains("int"),
            peak: group == "Peak",
            gpu: group.starts_with("GPU"),
            operations,
            bytes: if group == "Peak" { 0 } else { 1_240 },
            samples: 1,
            median,
            least: median * 0.9,
            most: median * 1.2,
            calls: 100,
        }
    }

    fn found() -> Benchmarked {
        let rows = vec![
            BenchRow { least: 0.5, ..row("peak", "Peak", "f32", 24_000_000, 1.0) },
            BenchRow { least: 1.0, ..row("peak-int", "Peak", "int", 96_000_000, 2.0) },
            row("dense", "Dense, \"wide\"", "f32", 24_000_000, 1.0),
            row("dense-int8", "Dense, \"wide\"", "int8", 24_000_000, 0.5),
            row("dense-int4", "Dense, \"wide\"", "int4", 24_000_000, 1.25),
            row("alone", "Product", "f32", 12_000_000, 0.5),
        ];
        let figures = |time| Figures { time, macs: 640, weights: 2_560, activations: 40 };
        let optimized = Figures { macs: 64, weights: 400, ..figures(Some(0.001)) };
        let layer = LayerFigures { label: "Dense 10".into(), baseline: figures(Some(0.002)), optimized, kernel: "sparse f32".into() };
        Benchmarked { rows, gpu: Err("this browser does not offer WebGPU".into()), layers: vec![layer] }
    }

    fn device() -> Device {
        Device { engine: "native".into(), cores: 2, agent: "Linux, x86_64".into() }
    }

    #[test]
    fn each_kind_of_arithmetic_is_held_against_its_own_peak_and_each_form_against_f32() {
        let shown = shown(&found().rows);
        let figures: Vec<_> = shown.iter().map(|r| (r.group.is_empty(), (1e6 * r.share.unwrap()).round() / 1e6, r.speed)).collect();
        let wanted = [
            (false, 0.5, None),
            (true, 0.5, None),
            (false, 0.5, Some(1.0)),
            (true, 0.5, Some(2.0)),
            (true, 0.2, Some(0.8)),
            (false, 0.5, None),
        ];
        assert_eq!(figures, wanted);
        assert_eq!(shown[3].rate, "48.0\u{a0}GOP/s");
        assert_eq!(
            (times(Some(0.8)), times(Some(12.3)), times(None)),
            ("0.80×".into(), "12×".into(), "–".into()),
            "slower is said as slower"
        );
    }

    #[test]
    fn a_gpu_is_named_and_its_rows_are_held_against_no_core() {
        let mut found = found();
        found.rows.push(row("gpu", "GPU: Dense", "f32", 24_000_000, 0.1));
        found.rows.push(row("gpu-int8", "GPU: Dense", "int8", 24_000_000, 0.05));
        found.gpu = Ok(protocol::Device { name: "SwiftShader".into(), software: true, ..Default::default() });
        let shown = shown(&found.rows);
        assert_eq!((shown[6].share, shown[7].share, shown[7].speed), (None, None, Some(2.0)));
        let (text, value) = (markdown(&found, &device()), json(&found, &device()));
        assert_eq!(text.lines().nth(1), Some("GPU: SwiftShader, a program on the CPU that plays a GPU"));
        assert_eq!((value["rows"][6]["share_of_peak"].is_null(), value["rows"][6]["gpu"].as_bool()), (true, Some(true)));
    }

    #[test]
    fn markdown_has_a_line_for_each_row_and_columns_that_line_up() {
        let text = markdown(&found(), &device());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Engine: native; 2 logical cores; Linux, x86_64");
        assert_eq!(lines[1], "No rows of a GPU: this browser does not offer WebGPU");
        assert_eq!(lines.len(), 3 + 2 + 6 + 1 + 2 + 1, "{text}");
        for part in [&lines[3..11], &lines[12..]] {
            let widths: Vec<usize> = part.iter().map(|l| l.chars().count()).collect();
            assert!(widths.windows(2).all(|w| w[0] == w[1]), "{text}");
        }
        assert!(lines[14].contains("640 → 64") && lines[14].contains("2.56 kB → 400 B"), "{text}");
    }

    #[test]
    fn files_hold_every_figure() {
        let (found, device) = (found(), device());
        let value = json(&found, &device);
        assert_eq!((value["rows"].as_array().map(Vec::len), value["rows"][3]["speed_against_f32"].as_f64()), (Some(6), Some(2.0)));
        assert_eq!((value["rows"][5]["speed_against_f32"].is_null(), value["layers"][0]["optimized"]["macs"].as_u64()), (true, Some(64)));
        let csv = csv(&found, &device);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 1 + 6 + 2);
        assert!(lines[4].starts_with("dense-int8,\"Dense, \"\"wide\"\"\",int8,integer,24000000,1240,0.5,"), "{}", lines[4]);
        assert!(lines[8].starts_with("layer-1-optimized,Dense 10,sparse f32,,128,400,0.001,"), "{}", lines[8]);
        assert!(lines.iter().skip(1).all(|l| l.ends_with(",native,2,\"Linux, x86_64\"")));
    }
}
