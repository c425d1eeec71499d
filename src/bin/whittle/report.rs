//! What a run has to say, as JSON values and as text.

use std::{
    fmt::Write as _,
    io::{ErrorKind, Write as _},
};

use serde_json::{Map, Value, json};
use whittle::{
    engine::{catalog::Pick, data::Task},
    experiment::{self, Experiment},
    protocol::{
        Evaluation, ExitPlace, ExitPoint, Exits, Form, LatencyReport, LayerTime, MetricPoint, ModelReport, OptimizedReport, Stage, Summary,
        Timing,
    },
    state::step_words,
};

/// Name of the score of a classification: the share of right answers.
pub const ACCURACY: &str = "accuracy";
/// Name of the score of a regression: R².
pub const R2: &str = "r2";

/// Prints `text` as it is. A reader that has heard enough (`| head`) closes the pipe, and the program ends as if all were said.
/// Errors: standard output that cannot be written to for another reason.
pub fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        done => done.map_err(|e| format!("standard output: {e}")),
    }
}

/// A float with the few digits that tell it from its neighbours; as an f64 it would show nine more that mean nothing.
pub fn short(value: f32) -> Value {
    format!("{value}").parse::<f64>().map_or(Value::Null, |v| json!(v))
}

/// A point of the curves; `metric` names its scores.
pub fn point(p: &MetricPoint, metric: &str) -> Value {
    let mut value = json!({ "event": "point", "step": p.step, "epoch": p.epoch, "lr": short(p.lr), "train_loss": short(p.train_loss) });
    value[format!("train_{metric}")] = short(p.train_score);
    value["test_loss"] = p.test_loss.map_or(Value::Null, short);
    value[format!("test_{metric}")] = p.test_score.map_or(Value::Null, short);
    value
}

/// The last line of a run.
pub fn summary(s: &Summary, latency: &LatencyReport, experiment: &Experiment) -> Value {
    json!({
        "event": "summary", "reason": word(s.reason), "steps": s.steps, "epochs": s.epochs,
        "baseline": judged(&s.baseline), "optimized": judged(&s.optimized),
        "best": form(s.report.best), "bytes": sizes(&s.report, |size| size.bytes), "payload_bytes": sizes(&s.report, |size| size.payload),
        "sparsity": short(s.report.sparsity), "units": s.report.units, "units_removed": s.report.units_removed,
        "kernels": s.report.kernels, "notes": s.report.notes,
        "latency": {
            "baseline": times(&latency.baseline), "optimized": times(&latency.optimized),
            "layers": latency.layers.iter().map(layer).collect::<Vec<_>>(),
        },
        "seed": s.seed, "engine": s.engine, "link": experiment::link::encode(experiment),
    })
}

fn layer(l: &LayerTime) -> Value {
    let (p50, p95) = (l.optimized.map(|t| t.p50), l.optimized.map(|t| t.p95));
    json!({
        "layer": l.layer, "baseline_p50_ms": l.baseline.p50, "baseline_p95_ms": l.baseline.p95,
        "optimized_p50_ms": p50, "optimized_p95_ms": p95,
    })
}

/// The same for people.
pub fn text(s: &Summary, latency: &LatencyReport, model: Option<&ModelReport>) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let epochs = if model.is_some_and(|m| m.layers.is_empty()) { String::new() } else { format!(" ({} epochs)", s.epochs) };
    let _ = writeln!(out, "{} after {} steps{epochs}, seed {}, engine {}", word(s.reason), s.steps, s.seed, s.engine);
    // A learner has no layers.
    if let Some(m) = model.filter(|m| !m.layers.is_empty()) {
        let (all, most) = (4 * m.activations, 4 * m.peak_activations);
        let _ = writeln!(
            out,
            "{} parameters, {} multiply-adds a sample; activations {all} bytes a sample, at most {most} at once",
            m.params, m.macs
        );
    }
    let _ = writeln!(out, "{:<14} {:>12} {:>12}", "", "baseline", "optimized");
    let mut row = |name: &str, baseline: f64, optimized: f64, unit: &str| {
        let _ = writeln!(out, "{name:<14} {:>12} {:>12}", format!("{baseline:.4}{unit}"), format!("{optimized:.4}{unit}"));
    };
    row(metric(&s.baseline), f64::from(s.baseline.score), f64::from(s.optimized.score), "");
    row("loss", f64::from(s.baseline.loss), f64::from(s.optimized.loss), "");
    for (b, o) in latency.baseline.iter().zip(&latency.optimized) {
        row(&format!("p50, batch {}", b.batch), b.p50, o.p50, " ms");
        row(&format!("p95, batch {}", b.batch), b.p95, o.p95, " ms");
    }
    for size in &s.report.sizes {
        let mark = if size.form == s.report.best { "  ← stored so" } else { "" };
        let _ = writeln!(out, "{:<14} {:>12} bytes{mark}", form(size.form), size.bytes);
    }
    for note in &s.report.notes {
        let _ = writeln!(out, "{note}");
    }
    out
}

/// Where samples leave early.
pub fn exits(e: &Exits) -> Value {
    let point =
        |p: &ExitPoint| json!({ "threshold": short(p.threshold), "early": short(p.early), "accuracy": short(p.score), "macs": p.macs });
    let place = |p: &ExitPlace| json!({ "layer": p.layer, "macs": p.macs, "left": p.left, "right": p.right });
    json!({
        "samples": e.samples, "macs_to_the_end": e.whole, "places": e.places.iter().map(place).collect::<Vec<_>>(),
        "here": point(&e.here), "curve": e.curve.iter().map(point).collect::<Vec<_>>(),
    })
}

/// The same for people.
pub fn exits_text(e: &Exits) -> String {
    let mut out = String::new();
    let all = e.samples.max(1) as f64;
    let _ = writeln!(
        out,
        "\nat {}: {:.1} % leave early, accuracy {:.4}, {:.0} multiply-adds a sample on average, {} to the end",
        e.here.threshold,
        100.0 * e.here.early,
        e.here.score,
        e.here.macs,
        e.whole
    );
    let _ = writeln!(out, "{:<14} {:>9} {:>9} {:>12}", "leave at", "share", "accuracy", "multiply-adds");
    for (i, p) in e.places.iter().enumerate() {
        let name = if i + 1 == e.places.len() { "the end".into() } else { format!("layer {}", p.layer + 1) };
        let right = f64::from(p.right) / f64::from(p.left.max(1));
        let _ = writeln!(out, "{name:<14} {:>8.1}% {right:>9.4} {:>12}", 100.0 * f64::from(p.left) / all, p.macs);
    }
    let _ = writeln!(out, "{:<14} {:>9} {:>9} {:>12}", "leave from", "early", "accuracy", "multiply-adds");
    for p in &e.curve {
        let _ = writeln!(out, "{:<14} {:>8.1}% {:>9.4} {:>12.0}", p.threshold, 100.0 * p.early, p.score, p.macs);
    }
    out
}

/// What a step of `recipe` made.
pub fn stage(s: &Stage, recipe: &[Pick]) -> Value {
    json!({
        "event": "stage", "step": s.step, "what": stage_words(s, recipe), "result": judged(&s.evaluation), "best": form(s.best), "bytes": s.bytes(),
        "params": s.params, "sparsity": short(s.sparsity), "macs": s.macs, "kernels": s.kernels, "notes": s.notes,
        "p50_ms": s.timing.p50, "baseline_p50_ms": s.baseline.p50, "seconds": s.took / 1000.0,
    })
}

/// The same of all steps, for people; nothing where there was no recipe.
pub fn stages(stages: &[Stage], recipe: &[Pick]) -> String {
    let mut out = String::new();
    let Some(first) = stages.first() else { return out };
    let _ = writeln!(
        out,
        "\n{:<44} {:>9} {:>10} {:>8} {:>10} {:>7} {:>7}",
        "recipe",
        metric(&first.evaluation),
        "bytes",
        "of fp32",
        "p50, ms",
        "params",
        "zeros"
    );
    for s in stages {
        let share = 100.0 * s.bytes() as f64 / first.bytes() as f64;
        let _ = writeln!(
            out,
            "{:<44} {:>9.4} {:>10} {share:>7.1}% {:>10.4} {:>7} {:>6.1}%",
            stage_words(s, recipe),
            s.evaluation.score,
            s.bytes(),
            s.timing.p50,
            s.params,
            100.0 * s.sparsity,
        );
    }
    out
}

fn stage_words(s: &Stage, recipe: &[Pick]) -> String {
    s.step.checked_sub(1).and_then(|at| recipe.get(at)).map_or_else(|| "trained, fp32".into(), step_words)
}

/// A form as `bytes` names it.
pub fn form(form: Form) -> String {
    word(form)
}

/// What the score of a task is called.
pub fn metric_of(task: &Task) -> &'static str {
    if matches!(task, Task::Classes(_)) { ACCURACY } else { R2 }
}

/// What the score of an evaluation is called.
fn metric(e: &Evaluation) -> &'static str {
    if e.confusion.is_empty() { R2 } else { ACCURACY }
}

fn judged(e: &Evaluation) -> Value {
    let mut value = json!({ metric(e): short(e.score), "loss": short(e.loss), "samples": e.samples });
    if let Some(mae) = e.mae {
        value["mae"] = short(mae);
    }
    if !e.confusion.is_empty() {
        // Square: one row and one column for each class.
        let classes = e.confusion.len().isqrt();
        value["confusion"] = json!(e.confusion.chunks(classes).collect::<Vec<_>>());
    }
    value
}

fn sizes(report: &OptimizedReport, of: impl Fn(&whittle::protocol::FormSize) -> u64) -> Map<String, Value> {
    report.sizes.iter().map(|size| (form(size.form), json!(of(size)))).collect()
}

fn times(timings: &[Timing]) -> Vec<Value> {
    timings.iter().map(|t| json!({ "batch": t.batch, "p50_ms": t.p50, "p95_ms": t.p95, "calls": t.calls })).collect()
}

/// The name of a variant, in kebab-case: `EarlyStop` is "early-stop".
fn word(variant: impl std::fmt::Debug) -> String {
    let mut out = String::new();
    for c in format!("{variant:?}").chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
