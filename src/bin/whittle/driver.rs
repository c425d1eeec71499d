//! Drives a session to its end and says what it says.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use whittle::{
    experiment::{self, Experiment},
    protocol::{Evaluation, Form, FromWorker, LatencyReport, MetricPoint, RunId, Summary, ToWorker},
    session::{Next, Session},
};

const RUN: RunId = RunId(1);
/// One slice of work, ms: the progress bar moves this often.
const SLICE_MS: f64 = 100.0;

/// Runs the experiment, measures the result, and prints points and summary. Errors: whatever the session refuses.
pub fn run(experiment: Experiment, data_dir: &Path, json: bool) -> Result<(), String> {
    let mut desk = Desk::start(experiment, data_dir, json, true)?;
    desk.until_idle()?;
    desk.say(ToWorker::Measure(RUN))?;
    desk.until_idle()?;
    let (Some(summary), Some(latency)) = (&desk.summary, &desk.latency) else { return Err("the run ended without a summary".into()) };
    let value = summary_value(summary, latency, &desk.experiment);
    if json {
        print_line(&value)
    } else {
        print_summary(summary, latency);
        Ok(())
    }
}

/// Runs the experiment (up to `at_step`) and writes a file; no form means the optimized model in its smallest form. Errors: as
/// [`run`], or a file that cannot be written.
pub fn export(experiment: Experiment, data_dir: &Path, form: Option<Form>, at_step: Option<u64>, output: &Path) -> Result<(), String> {
    let mut desk = Desk::start(experiment, data_dir, true, at_step.is_none())?;
    desk.quiet = true;
    match at_step {
        Some(0) => {}
        Some(steps) => desk.say(ToWorker::Step { run: RUN, steps })?,
        None => {}
    }
    desk.until_idle()?;
    if form.is_none() {
        // A model file is what the last comparison made; a run that was stopped early is compared by measuring it.
        desk.say(ToWorker::Compare(RUN))?;
        desk.until_idle()?;
    }
    let form = form.or(desk.best).ok_or("the model was not compared, so there is no file of it")?;
    desk.say(ToWorker::Export { run: RUN, form })?;
    let bytes = desk.file.take().ok_or("the session wrote no file")?;
    std::fs::write(output, &bytes).map_err(|e| format!("{}: {e}", output.display()))?;
    eprintln!("whittle: wrote {} bytes to {}", bytes.len(), output.display());
    Ok(())
}

/// A session with ears.
struct Desk {
    session: Session,
    experiment: Experiment,
    json: bool,
    quiet: bool,
    bar: ProgressBar,
    summary: Option<Summary>,
    latency: Option<LatencyReport>,
    best: Option<Form>,
    file: Option<Vec<u8>>,
}

impl Desk {
    fn start(experiment: Experiment, data_dir: &Path, json: bool, play: bool) -> Result<Self, String> {
        let begin = Instant::now();
        let session = Session::headless(Box::new(move || begin.elapsed().as_secs_f64() * 1000.0));
        let bar = if json || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            let style = ProgressStyle::with_template("{bar:32} epoch {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(experiment.train.epochs as u64).with_style(style)
        };
        let mut desk =
            Self { session, experiment: experiment.clone(), json, quiet: false, bar, summary: None, latency: None, best: None, file: None };
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play })?;
        if let Some(key) = desk.session.claim() {
            let path = data_dir.join(format!("{key}.bin"));
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e} (--data-dir says where data sets lie)", path.display()))?;
            desk.session.supply(&key, Ok(&bytes));
            desk.listen()?;
        }
        Ok(desk)
    }

    fn say(&mut self, message: ToWorker) -> Result<(), String> {
        self.session.handle(message);
        self.listen()
    }

    fn until_idle(&mut self) -> Result<(), String> {
        loop {
            let next = self.session.advance(SLICE_MS);
            self.listen()?;
            match next {
                Next::Now => {}
                Next::In(ms) => std::thread::sleep(Duration::from_secs_f64(ms / 1000.0)),
                Next::Idle => return Ok(()),
            }
        }
    }

    fn listen(&mut self) -> Result<(), String> {
        for message in self.session.take() {
            self.hear(message)?;
        }
        Ok(())
    }

    fn hear(&mut self, message: FromWorker) -> Result<(), String> {
        match message {
            FromWorker::Failed { error, .. } => return Err(error.to_string()),
            FromWorker::Started { model, data, .. } => self.tell(&json!({
                "event": "started", "data": data.key, "train": data.train, "test": data.test, "params": model.params, "macs": model.macs,
            }))?,
            FromWorker::Progress { epoch, points, .. } => {
                self.bar.set_position(epoch as u64);
                for point in points {
                    self.bar.set_message(format!("loss {:.4}", point.train_loss));
                    self.tell(&point_value(&point))?;
                }
            }
            FromWorker::Health { health, .. } => {
                self.bar.println(format!("{} {}", health.message, health.advice));
                self.tell(&json!({ "event": "health", "message": health.message, "advice": health.advice, "step": health.step }))?;
            }
            FromWorker::Compared { report, .. } => self.best = Some(report.best),
            FromWorker::Measured { latency, .. } => self.latency = Some(latency),
            FromWorker::Finished { summary, .. } => {
                self.bar.finish_and_clear();
                self.summary = Some(summary);
            }
            FromWorker::File { bytes, .. } => self.file = Some(bytes.0),
            _ => {}
        }
        Ok(())
    }

    fn tell(&self, value: &Value) -> Result<(), String> {
        if self.json && !self.quiet { print_line(value) } else { Ok(()) }
    }
}

fn print_line(value: &Value) -> Result<(), String> {
    // A reader that has heard enough (`| head`) closes the pipe: that ends the run quietly.
    writeln!(std::io::stdout(), "{value}").map_err(|e| format!("standard output: {e}"))
}

fn point_value(p: &MetricPoint) -> Value {
    json!({
        "event": "point", "step": p.step, "epoch": p.epoch, "train_loss": p.train_loss, "train_score": p.train_score,
        "test_loss": p.test_loss, "test_score": p.test_score, "lr": p.lr,
    })
}

fn summary_value(s: &Summary, latency: &LatencyReport, experiment: &Experiment) -> Value {
    let judged = |e: &Evaluation| json!({ "score": e.score, "loss": e.loss, "mae": e.mae, "samples": e.samples });
    let bytes: serde_json::Map<String, Value> =
        s.report.sizes.iter().map(|size| (format!("{:?}", size.form).to_lowercase(), json!(size.bytes))).collect();
    let times = |timings: &[whittle::protocol::Timing]| -> Vec<Value> {
        timings.iter().map(|t| json!({ "batch": t.batch, "p50_ms": t.p50, "p95_ms": t.p95, "calls": t.calls })).collect()
    };
    json!({
        "event": "summary", "reason": format!("{:?}", s.reason), "steps": s.steps, "epochs": s.epochs,
        "baseline": judged(&s.baseline), "optimized": judged(&s.optimized),
        "bytes": bytes, "best": format!("{:?}", s.report.best).to_lowercase(), "sparsity": s.report.sparsity,
        "units_removed": s.report.units_removed, "kernels": s.report.kernels, "notes": s.report.notes,
        "latency": { "baseline": times(&latency.baseline), "optimized": times(&latency.optimized) },
        "seed": s.seed, "engine": s.engine, "link": experiment::link::encode(experiment),
    })
}

fn print_summary(s: &Summary, latency: &LatencyReport) {
    println!("{:?} after {} steps ({} epochs), seed {}, engine {}", s.reason, s.steps, s.epochs, s.seed, s.engine);
    println!("{:<12} {:>10} {:>10}", "", "baseline", "optimized");
    println!("{:<12} {:>10.4} {:>10.4}", "score", s.baseline.score, s.optimized.score);
    println!("{:<12} {:>10.4} {:>10.4}", "loss", s.baseline.loss, s.optimized.loss);
    for (b, o) in latency.baseline.iter().zip(&latency.optimized) {
        println!("{:<12} {:>7.4} ms {:>7.4} ms", format!("p50, batch {}", b.batch), b.p50, o.p50);
    }
    for size in &s.report.sizes {
        let mark = if size.form == s.report.best { "  ← stored so" } else { "" };
        println!("{:<12} {:>10} bytes{mark}", format!("{:?}", size.form).to_lowercase(), size.bytes);
    }
    s.report.notes.iter().for_each(|note| println!("{note}"));
}
