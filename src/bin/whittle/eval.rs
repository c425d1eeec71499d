//! A model file, read back and judged.

use std::{path::Path, sync::Arc};

use safetensors::{Dtype, SafeTensorError, tensor::TensorView};
use serde_json::{Value, json};
use whittle::{
    engine::{
        artifact,
        data::{self, Dataset, Source, TableSource, Task, table},
        features,
        importance::{Influence, REPEATS, Sheet, Survey},
        inference::{self, Runner},
        learner_file,
        learners::Model,
        losses::Target,
        roc::{self, Ranking},
        train::Score,
        writing::{Wanted, Writing},
    },
    experiment::{self, Experiment},
};

use crate::{native::Files, report, source};

/// Samples per call.
const BATCH: usize = 64;

/// What `eval` does beyond judging.
#[derive(Clone, Copy)]
pub struct More<'a> {
    /// Where inputs and outputs are written.
    pub outputs: Option<&'a Path>,
    /// Whether columns are shuffled.
    pub importance: bool,
}

/// Prints accuracy (or R²) of the model in `file` on the test samples of its data set. Errors: a file that cannot be read, a data set
/// that is not there or does not fit the model, `outputs` that cannot be written, columns of data that has none.
pub fn print(file: &Path, more: More<'_>, files: &Files, json: bool) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let about = |e: String| format!("{}: {e}", file.display());
    let learner = learner_file::is_learner(&bytes);
    let (mut model, takes, form, meta): (Box<dyn Says>, usize, String, String) = if learner {
        let (model, meta) = learner_file::decode(&bytes).map_err(about)?;
        let takes = model.features();
        (Box::new(Learnt { model, said: Vec::new() }), takes, "learner".into(), meta)
    } else {
        let decoded = artifact::decode(&bytes).map_err(|e| about(e.to_string()))?;
        let mut runner = Runner::new(&decoded.model).map_err(|e| e.to_string())?;
        if decoded.form != artifact::Form::Dense {
            runner.set_exit(threshold(&decoded.meta));
        }
        (Box::new(runner), decoded.model.input.len(), report::form(decoded.form.into()), decoded.meta)
    };
    let meta: Value = serde_json::from_str(&meta).map_err(|e| about(format!("its description cannot be read ({e})")))?;
    let data = dataset(&meta, files)?;
    if takes != data.shape.len() {
        return Err(format!("the model takes {takes} inputs, {} has {}", data.name, data.shape));
    }
    let mut score = Score::default();
    let (width, mut given, mut shares) = (data.shape.len(), Vec::new(), Vec::new());
    for from in (0..data.test.len).step_by(BATCH) {
        let to = (from + BATCH).min(data.test.len);
        let target = match data.task {
            Task::Classes(_) => Target::Classes(&data.test.classes[from..to]),
            Task::Value { .. } => Target::Values(&data.test.values[from..to]),
        };
        let logits = model.says(&data.test.inputs[from * width..to * width], to - from);
        score.add(logits, target, data.task.outputs());
        if let Task::Classes(classes) = &data.task {
            match learner {
                true => shares.extend(logits.iter().map(|p| f64::from(*p))),
                false => logits.chunks_exact(classes.len()).for_each(|logits| roc::probabilities(logits, &mut shares)),
            }
        }
        if more.outputs.is_some() {
            given.extend_from_slice(logits);
        }
    }
    if let Some(path) = more.outputs {
        write(path, &data.test.inputs[..data.test.len * width], &given, data.test.len)?;
    }
    let (value, metric) = (score.value(&data.task), report::metric_of(&data.task));
    let columns = if more.importance { Some(importance(model.as_mut(), &data, seed(&meta))?) } else { None };
    let areas = areas(&data, &shares);
    let text = if json {
        let mut said = json!({ "file": file.display().to_string(), "bytes": bytes.len(), "form": form, "data": data.key, "samples": data.test.len,
            metric: report::short(value) });
        if !areas.is_empty() {
            let of =
                |area: &Area| json!({ "class": area.class, "samples": area.samples, "auc": area.auc, "average_precision": area.precision });
            said["classes"] = areas.iter().map(of).collect();
        }
        if let Some((rows, columns)) = &columns {
            let column = |(name, of): &(String, Influence)| json!({ "column": name, "mean": report::short(of.mean), "deviation": report::short(of.deviation) });
            said["importance"] = json!({ "samples": rows, "repeats": REPEATS, "columns": columns.iter().map(column).collect::<Vec<_>>() });
        }
        said.to_string()
    } else {
        let mut said = format!("{} bytes ({form}), {metric} {value:.4} on {} test samples of {}", bytes.len(), data.test.len, data.name);
        for Area { class, samples, auc, precision } in &areas {
            said += &format!("\n  {class}: {samples} samples, AUC {}, average precision {}", number(*auc), number(*precision));
        }
        if let Some((rows, columns)) = &columns {
            said += &format!(
                "\nloss of {metric} when one column of {rows} samples is shuffled, mean and standard deviation of {REPEATS} times:"
            );
            let wide = columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
            for (name, of) in columns {
                said += &format!("\n  {name:wide$} {:>8.4} ± {:.4}", of.mean, of.deviation);
            }
        }
        said
    };
    report::print(&format!("{text}\n"))
}

/// How well a class is told from the rest.
struct Area {
    class: String,
    samples: u32,
    /// Area under the ROC curve; `None` where the class or the rest has no test samples.
    auc: Option<f64>,
    /// Average precision; `None` for a class without test samples.
    precision: Option<f64>,
}

/// Areas of each class, of `shares[S, C]`, its probabilities; none for values.
fn areas(data: &Dataset, shares: &[f64]) -> Vec<Area> {
    let Task::Classes(classes) = &data.task else { return Vec::new() };
    let of = |(class, name): (usize, &String)| {
        let scores: Vec<f64> = shares.iter().skip(class).step_by(classes.len()).copied().collect();
        let ranking = Ranking::new(&scores, |i| data.test.classes[i] as usize == class);
        Area { class: name.clone(), samples: ranking.all[1], auc: ranking.auc(), precision: ranking.average_precision() }
    };
    classes.iter().enumerate().map(of).collect()
}

fn number(area: Option<f64>) -> String {
    area.map_or_else(|| "undefined".into(), |v| format!("{v:.4}"))
}

/// How many rows were asked, and what the model loses by each column, the most first. Errors: data without columns.
fn importance(model: &mut dyn Says, data: &Dataset, seed: u64) -> Result<(usize, Vec<(String, Influence)>), String> {
    let sheet = Arc::new(Sheet::of(data, seed).map_err(|e| format!("--importance: {e}"))?);
    let (mut survey, mut x) = (Survey::new(sheet.clone()), Vec::new());
    while let Some(rows) = survey.ask(BATCH, &mut x) {
        survey.hear(model.says(&x, rows));
    }
    let mut columns: Vec<_> = data.features.iter().cloned().zip(survey.influences()).collect();
    columns.sort_by(|(_, a), (_, b)| b.mean.total_cmp(&a.mean));
    Ok((sheet.rows(), columns))
}

/// The seed of the experiment that a file names.
fn seed(meta: &Value) -> u64 {
    meta["experiment"].as_str().map_or(1, |link| experiment::link::decode(link).0.seed)
}

/// Prints what the model in `file` writes. Errors: a file that cannot be read, one that is not about text, or what cannot be written.
pub fn write_text(file: &Path, wanted: &Wanted, files: &Files, json: bool) -> Result<(), String> {
    let about = |e: String| format!("{}: {e}", file.display());
    let bytes = std::fs::read(file).map_err(|e| about(e.to_string()))?;
    let decoded = artifact::decode(&bytes).map_err(|e| about(e.to_string()))?;
    let meta: Value = serde_json::from_str(&decoded.meta).map_err(|e| about(format!("its description cannot be read ({e})")))?;
    let data = dataset(&meta, files)?;
    let (true, Task::Classes(classes)) = (data::text::is_text(&data.key), &data.task) else {
        return Err(about(format!("it is about {}, which is no text", data.name)));
    };
    let mut runner = Runner::new(&decoded.model).map_err(|e| e.to_string())?;
    if (decoded.model.input.len(), runner.outputs()) != (data.shape.len(), classes.len()) {
        return Err(about(format!("the model does not fit {}", data.name)));
    }
    let mut writing = Writing::new(wanted, data.shape.len(), classes)?;
    writing.advance(&mut runner, classes, wanted.length);
    let text = if json {
        json!({ "file": file.display().to_string(), "prompt": wanted.prompt, "temperature": report::short(wanted.temperature), "seed": wanted.seed,
            "text": writing.text() })
        .to_string()
    } else {
        format!("{}{}", wanted.prompt, writing.text())
    };
    report::print(&format!("{text}\n"))
}

/// Whatever a file holds that can be asked.
trait Says {
    /// What it gives for `batch` samples `x[B, I]`: `[B, O]`.
    fn says<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32];
}

impl Says for Runner {
    fn says<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        self.run(x, batch)
    }
}

/// A learner, which gives shares of the classes, or a value.
struct Learnt {
    model: Box<dyn Model>,
    said: Vec<f32>,
}

impl Says for Learnt {
    fn says<'a>(&'a mut self, x: &'a [f32], batch: usize) -> &'a [f32] {
        self.said.resize(batch * self.model.outputs(), 0.0);
        self.model.predict(x, batch, &mut self.said);
        &self.said
    }
}

/// Writes `input[S, I]` and `output[S, O]` of `samples` samples as safetensors.
fn write(path: &Path, input: &[f32], output: &[f32], samples: usize) -> Result<(), String> {
    let tensors = [("input", input), ("output", output)].map(|(name, values)| {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        (name, vec![samples, values.len() / samples.max(1)], bytes)
    });
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()
        .map_err(|e| e.to_string())?;
    let file = safetensors::serialize(views, None).map_err(|e| e.to_string())?;
    std::fs::write(path, file).map_err(|e| format!("{}: {e}", path.display()))
}

/// How sure an early exit has to be, as the experiment in the file says.
fn threshold(meta: &str) -> f32 {
    let meta: Value = serde_json::from_str(meta).unwrap_or_default();
    meta["experiment"].as_str().map_or(inference::NEVER, |link| experiment::link::decode(link).0.compress.exit as f32)
}

/// The data set that the file names: a bundled one, or generated points by the experiment it was trained on, damaged as they were there.
fn dataset(meta: &Value, files: &Files) -> Result<Dataset, String> {
    let link = meta["experiment"].as_str().ok_or("the file does not say what it was trained on")?;
    let (experiment, _, errors) = experiment::link::decode(link);
    if let Some(error) = errors.first() {
        return Err(format!("the experiment in the file cannot be used: {error}"));
    }
    let data = plain(&experiment, files)?;
    let data = if experiment.damage.none() {
        data
    } else {
        data.damaged(&experiment.damage, experiment.seed, experiment.imputes()).map_err(|e| e.to_string())?
    };
    if experiment.features.is_empty() {
        return Ok(data);
    }
    // Steps learn from what is left to train on.
    let share = experiment.validation_share();
    let data = if share > 0.0 { data.with_validation(share, experiment.seed) } else { data };
    features::apply(&experiment.features, &data).map_err(|e| e.to_string())
}

/// The same as its columns are.
fn plain(experiment: &Experiment, files: &Files) -> Result<Dataset, String> {
    let source = experiment.source().map_err(|e| e.to_string())?;
    if let Source::Table(wanted) = &source {
        return table(wanted, files);
    }
    if let Some(data) = source.generate().map_err(|e| e.to_string())? {
        return Ok(data);
    }
    let (path, bytes) = bundled(&experiment.data.key, files)?;
    if let Source::Text(text) = &source {
        return text.dataset(&bytes).map_err(|e| format!("{path}: {e}"));
    }
    data::files::read(&bytes).map_err(|e| format!("{path}: {e}"))
}

/// Name and content of a bundled file. Errors: it is not there.
fn bundled(key: &str, files: &Files) -> Result<(String, Vec<u8>), String> {
    let path = files.data_dir.join(data::file_name(key));
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e} (--data-dir says where data sets lie)", path.display()))?;
    Ok((path.display().to_string(), bytes))
}

/// The table that the model was trained on. Errors: it is not named, another one, or cannot be read.
fn table(wanted: &TableSource, files: &Files) -> Result<Dataset, String> {
    let missing = || format!("the model is about {}; say where it lies with --csv", wanted.name());
    let (name, bytes) = if wanted.first.is_some() {
        bundled(&wanted.pick.key, files)?
    } else {
        source::table(files)?.map(|(name, bytes)| (format!("--csv {name}"), bytes)).ok_or_else(missing)?
    };
    let (theirs, ours) = (wanted.checksum(), table::checksum(&bytes));
    if theirs != ours {
        return Err(format!("{name}: the model is about a file whose SHA-256 begins with {theirs}; this one's begins with {ours}"));
    }
    let read = table::Options::of(wanted).and_then(|options| Ok(table::read(&bytes.into(), options)?));
    read.and_then(|table| table.dataset(wanted)).map_err(|e| e.to_string())
}
