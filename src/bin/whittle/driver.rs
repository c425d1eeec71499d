//! Drives a session to its end and says what it says.

use std::{
    io::IsTerminal,
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use whittle::{
    engine::data,
    engine::layers::EXIT,
    experiment::Experiment,
    protocol::{
        self, Answers, BenchRow, Benchmark, Bytes, DataReport, Exits, Form, FromWorker, LabNews, Late, LatencyReport, ModelReport,
        OptimizedReport, Reason, Recipe, RunId, Stage, Summary, ToWorker, Trial,
    },
    session::{ENGINE, Next, Session},
    state::{
        Task,
        look::{
            benchmark::{self, Benchmarked, Device},
            profile,
        },
    },
};

use crate::{native::Files, report, source};

pub const RUN: RunId = RunId(1);
/// One slice of work, ms: the progress bar moves this often.
const SLICE_MS: f64 = 100.0;

/// Runs the experiment, measures the result, and prints points and summary. Errors: whatever the session refuses.
pub fn run(experiment: Experiment, files: &Files, json: bool) -> Result<(), String> {
    let mut desk = Desk::start(experiment, files, json, true)?;
    desk.until_idle()?;
    desk.say(ToWorker::Measure(RUN))?;
    desk.until_idle()?;
    if desk.model.as_ref().is_some_and(|m| m.layers.iter().any(|layer| layer.key == EXIT)) {
        desk.say(ToWorker::Exits(RUN))?;
        desk.until_idle()?;
    }
    desk.cook()?;
    let (Some(summary), Some(latency)) = (&desk.summary, &desk.latency) else { return Err("the run ended without a summary".into()) };
    let recipe = &desk.experiment.recipe;
    if json {
        let mut value = report::summary(summary, latency, &desk.experiment);
        if let Some(found) = &desk.exits {
            value["exits"] = report::exits(found);
        }
        value["seconds"] = json!(desk.seconds);
        value["recipe"] = desk.stages.iter().map(|stage| report::stage(stage, recipe)).collect();
        print_line(&value)
    } else {
        report::print(
            &(report::text(summary, latency, desk.model.as_ref())
                + &desk.exits.as_ref().map(report::exits_text).unwrap_or_default()
                + &report::stages(&desk.stages, recipe)),
        )
    }
}

/// Runs the experiment (up to `at_step`) and writes a file; no form means the optimized model in its smallest form. Errors: as
/// [`run`], or a file that cannot be written.
pub fn export(experiment: Experiment, files: &Files, form: Option<Form>, at_step: Option<u64>, output: &Path) -> Result<(), String> {
    let mut desk = Desk::start(experiment, files, true, at_step.is_none())?;
    desk.quiet = true;
    if let Some(steps) = at_step {
        let last = desk.last_step();
        if desk.experiment.is_network() && steps > last {
            return Err(format!("--at-step {steps}: the run ends at step {last}"));
        }
        if steps > 0 {
            desk.say(ToWorker::Step { run: RUN, steps })?;
        }
    }
    desk.until_idle()?;
    if !desk.experiment.recipe.is_empty() && desk.experiment.is_network() && form.is_none_or(|form| form == Form::Onnx) {
        // What the recipe made is the model.
        desk.cook()?;
        let best = desk.stages.last().map(|stage| stage.best).ok_or("the recipe made nothing")?;
        desk.say(ToWorker::ExportRecipe { run: RUN, form: form.unwrap_or(best) })?;
        return desk.write_file(output);
    }
    if form.is_none_or(|form| form == Form::Onnx) {
        // A model file is what the last comparison made; a run that was stopped early is compared by measuring it.
        desk.say(ToWorker::Compare(RUN))?;
        desk.until_idle()?;
    }
    let form = form.or(desk.report.as_ref().map(|r| r.best)).ok_or("the model was not compared, so there is no file of it")?;
    desk.say(ToWorker::Export { run: RUN, form })?;
    desk.write_file(output)
}

/// Benchmarks this device and the experiment's model as it is before training, and prints the page's tables. Errors: as [`run`].
pub fn bench(experiment: Experiment, files: &Files, json: bool) -> Result<(), String> {
    let mut desk = Desk::start(experiment, files, json, false)?;
    desk.quiet = true;
    desk.bar.set_length(100);
    desk.bar.set_style(ProgressStyle::with_template("{bar:32} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    desk.say(ToWorker::Benchmark(RUN))?;
    desk.until_idle()?;
    desk.bar.finish_and_clear();
    let (Some((rows, gpu)), Some(latency), Some(model)) = (desk.rows, desk.latency, desk.model) else {
        return Err("the benchmark ended without figures".into());
    };
    let found = Benchmarked { rows, gpu, layers: profile::layers(&latency, &model, desk.report.as_ref()) };
    let device = Device {
        engine: ENGINE.into(),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        agent: format!("{}, {}", std::env::consts::OS, std::env::consts::ARCH),
    };
    report::print(&if json { format!("{:#}\n", benchmark::json(&found, &device)) } else { benchmark::markdown(&found, &device) })
}

/// A session with ears.
pub struct Desk {
    session: Session,
    experiment: Experiment,
    json: bool,
    quiet: bool,
    bar: ProgressBar,
    /// Training samples, and what their score is called; known once the run has started.
    train: usize,
    metric: &'static str,
    model: Option<ModelReport>,
    began: Instant,
    /// How long it ran, without the measurement that follows.
    seconds: f64,
    pub summary: Option<Summary>,
    latency: Option<LatencyReport>,
    report: Option<OptimizedReport>,
    rows: Option<(Vec<BenchRow>, Result<protocol::Device, String>)>,
    /// Where samples leave early.
    exits: Option<Exits>,
    /// What the recipe made, step by step.
    pub stages: Vec<Stage>,
    answers: Option<Answers>,
    /// What the lab said last.
    pub lab: Option<LabNews>,
    file: Option<Vec<u8>>,
    /// Where the run could go on from.
    pub checkpoint: Option<Bytes>,
}

impl Desk {
    pub fn start(experiment: Experiment, files: &Files, json: bool, play: bool) -> Result<Self, String> {
        Self::begin(experiment, files, (json, play), None, None)
    }

    /// A run that stands still where `checkpoint` was taken, and says nothing.
    pub fn resumed(experiment: Experiment, files: &Files, checkpoint: Bytes) -> Result<Self, String> {
        Self::begin(experiment, files, (true, false), Some(checkpoint), None)
    }

    /// A run that says nothing; it trains where it is to `play`.
    pub fn quiet(experiment: Experiment, files: &Files, play: bool) -> Result<Self, String> {
        let mut desk = Self::begin(experiment, files, (true, false), None, None)?;
        if play {
            desk.say(ToWorker::Resume(RUN))?;
        }
        Ok(desk)
    }

    /// A run on some of the samples, which says nothing, at its end.
    pub fn trial(experiment: Experiment, files: &Files, trial: Trial) -> Result<Self, String> {
        let mut desk = Self::begin(experiment, files, (true, false), None, Some(trial))?;
        desk.until_idle()?;
        Ok(desk)
    }

    /// How the model of a run that has ended answers. Errors: it did not come to its end.
    pub fn answers(&mut self) -> Result<Answers, String> {
        match &self.summary {
            None => return Err("it came to no end".into()),
            Some(summary) if summary.reason == Reason::Diverged => return Err("its loss left the range of numbers".into()),
            Some(_) => {}
        }
        self.say(ToWorker::Answers(RUN))?;
        self.answers.take().ok_or_else(|| "it gave no answers".into())
    }

    /// What the data asks for.
    pub fn task(&self) -> Task {
        if self.metric == report::R2 { Task::Regression } else { Task::Classification }
    }

    fn begin(
        experiment: Experiment,
        files: &Files,
        (json, play): (bool, bool),
        resume: Option<Bytes>,
        trial: Option<Trial>,
    ) -> Result<Self, String> {
        let begin = Instant::now();
        let session = Session::headless(Box::new(move || begin.elapsed().as_secs_f64() * 1000.0));
        let bar = if json || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else if !experiment.is_network() {
            // How many steps a learner takes is known once it is done.
            let style = ProgressStyle::with_template("{spinner} step {pos}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new_spinner().with_style(style)
        } else {
            let style = ProgressStyle::with_template("{bar:32} epoch {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(experiment.train.epochs as u64).with_style(style)
        };
        let mut desk = Self {
            session,
            experiment: experiment.clone(),
            json,
            quiet: json && !play,
            bar,
            train: 0,
            metric: "",
            model: None,
            began: begin,
            seconds: 0.0,
            summary: None,
            latency: None,
            report: None,
            rows: None,
            exits: None,
            stages: Vec::new(),
            answers: None,
            lab: None,
            file: None,
            checkpoint: None,
        };
        if let Some((_, bytes)) = source::table(files)? {
            let (pick, columns) = (experiment.data.clone(), experiment.csv.columns.clone());
            desk.say(ToWorker::Table { ask: 0, bytes: Some(Bytes(bytes)), pick, columns })?;
            desk.until_idle()?;
        }
        for (_, bytes) in source::teachers(files)? {
            desk.say(ToWorker::Model(Bytes(bytes)))?;
        }
        let experiment = Box::new(experiment);
        desk.say(match trial {
            Some(trial) => ToWorker::Trial { run: RUN, experiment, trial },
            None => ToWorker::Start { run: RUN, experiment, resume, play },
        })?;
        if let Some(key) = desk.session.claim() {
            let path = files.data_dir.join(data::file_name(&key));
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e} (--data-dir says where data sets lie)", path.display()))?;
            desk.session.supply(&key, Ok(&bytes));
            desk.listen()?;
        }
        Ok(desk)
    }

    /// Steps of the planned epochs.
    fn last_step(&self) -> u64 {
        self.experiment.train.epochs as u64 * self.train.div_ceil(self.experiment.train.batch) as u64
    }

    pub fn say(&mut self, message: ToWorker) -> Result<(), String> {
        self.session.handle(message);
        self.listen()
    }

    /// Carries out the experiment's recipe, if it has one.
    fn cook(&mut self) -> Result<(), String> {
        let recipe = self.experiment.recipe.clone();
        // Recipes are about networks.
        if recipe.is_empty() || !self.experiment.is_network() {
            return Ok(());
        }
        self.say(ToWorker::Cook { run: RUN, ask: 0, recipe, every: true })?;
        self.until_idle()
    }

    fn write_file(&mut self, output: &Path) -> Result<(), String> {
        let bytes = self.file.take().ok_or("the session wrote no file")?;
        std::fs::write(output, &bytes).map_err(|e| format!("{}: {e}", output.display()))?;
        eprintln!("whittle: wrote {} bytes to {}", bytes.len(), output.display());
        Ok(())
    }

    pub fn until_idle(&mut self) -> Result<(), String> {
        loop {
            let next = self.session.advance(SLICE_MS);
            self.listen()?;
            match next {
                Next::Now => {}
                Next::In(ms) => std::thread::sleep(Duration::from_secs_f64(ms / 1000.0)),
                // A command line has nothing to wait for: it has no accelerator.
                Next::Idle | Next::Await => return Ok(()),
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
            // What is wrong with a file is said of the run that wants it; one that was given in vain has none.
            FromWorker::WantsTable { name, checksum, .. } if self.experiment.teachers().any(|t| t.checksum == checksum) => {
                return Err(format!(
                    "teacher: the experiment learns from {name}, whose SHA-256 begins with {checksum}; say where it lies with --teacher"
                ));
            }
            FromWorker::WantsTable { name, .. } => {
                return Err(format!("file: the experiment is about {name}; say where it lies with --csv"));
            }
            FromWorker::Started { model, data, .. } => {
                let learner = (!self.experiment.is_network()).then_some(&self.experiment.learner.key);
                self.train = data.train;
                self.metric = metric(&data);
                let mut started = json!({
                    "event": "started", "data": data.key, "train": data.train, "test": data.test, "params": model.params, "macs": model.macs,
                    "activation_bytes": 4 * model.activations, "peak_activation_bytes": 4 * model.peak_activations,
                });
                if let Some(key) = learner {
                    started["learner"] = json!(key);
                }
                self.tell(&started)?;
                self.model = Some(model);
            }
            FromWorker::Progress { epoch, points, .. } => {
                self.bar.set_position(epoch as u64);
                for point in points {
                    self.bar.set_message(format!("loss {:.4}", point.train_loss));
                    self.tell(&report::point(&point, self.metric))?;
                }
            }
            FromWorker::Health { health, .. } => {
                self.bar.println(format!("{} {}", health.message, health.advice));
                self.tell(&json!({ "event": "health", "message": health.message, "advice": health.advice, "step": health.step }))?;
            }
            FromWorker::Compared { report, .. } => self.report = Some(report),
            FromWorker::Late(Late::Benchmark { news: Benchmark::Done { rows, gpu }, .. }) => self.rows = Some((rows, gpu)),
            FromWorker::Late(Late::Benchmark { news: Benchmark::Working { share, what }, .. }) => {
                self.bar.set_position((100.0 * share) as u64);
                self.bar.set_message(what);
            }
            FromWorker::Late(Late::Recipe { news: Recipe::Stage(stage), .. }) => {
                self.tell(&report::stage(&stage, &self.experiment.recipe))?;
                self.stages.push(stage);
            }
            FromWorker::Late(Late::Exits { exits, .. }) => self.exits = Some(exits),
            FromWorker::Late(Late::Answers { answers, .. }) => self.answers = Some(answers),
            FromWorker::Late(Late::Lab { news, .. }) => self.lab = Some(news),
            FromWorker::Measured { latency, .. } => self.latency = Some(latency),
            FromWorker::Finished { summary, .. } => {
                self.bar.finish_and_clear();
                self.seconds = self.began.elapsed().as_secs_f64();
                self.summary = Some(summary);
            }
            FromWorker::File { bytes, .. } => self.file = Some(bytes.0),
            FromWorker::Checkpoint { state, .. } => self.checkpoint = Some(state),
            _ => {}
        }
        Ok(())
    }

    fn tell(&self, value: &Value) -> Result<(), String> {
        if self.json && !self.quiet { print_line(value) } else { Ok(()) }
    }
}

fn print_line(value: &Value) -> Result<(), String> {
    report::print(&format!("{value}\n"))
}

fn metric(data: &DataReport) -> &'static str {
    if data.classes.is_empty() { report::R2 } else { report::ACCURACY }
}
