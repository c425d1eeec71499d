//! The gallery: its experiments learn what they promise.

use std::{collections::BTreeSet, path::Path, time::Instant};

use whittle::{
    engine::{
        catalog::Pick,
        data::{self, Task, files},
    },
    experiment::{BIT_WIDTHS, Experiment, link, plan, presets},
    protocol::{FromWorker, RunId, Summary, ToWorker},
    session::{Next, Session},
};

fn experiment(key: &str) -> Experiment {
    presets::find(key).unwrap_or_else(|| panic!("no preset {key}")).experiment()
}

fn data_file(key: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data").join(data::file_name(key));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A data set that comes with the page.
fn bundled(key: &str, source: &data::Source) -> data::Dataset {
    let bytes = data_file(key);
    if let data::Source::Text(source) = source {
        return source.dataset(&bytes).expect("a text");
    }
    let data::Source::Table(source) = source else { return files::read(&bytes).expect("a data file") };
    let table = data::table::read(&bytes.into(), data::table::Options::of(source).expect("options")).expect("a table");
    table.dataset(source).expect("data")
}

/// Runs it to its end.
fn summary(experiment: &Experiment) -> Summary {
    let began = Instant::now();
    let mut session = Session::headless(Box::new(move || began.elapsed().as_secs_f64() * 1000.0));
    session.handle(ToWorker::Start { run: RunId(1), experiment: Box::new(experiment.clone()), resume: None, play: true });
    if let Some(key) = session.claim() {
        session.supply(&key, Ok(&data_file(&key)));
    }
    while session.advance(1000.0) != Next::Idle {}
    let end = session.take().into_iter().find_map(|m| match m {
        FromWorker::Finished { summary, .. } => Some(summary),
        FromWorker::Failed { error, .. } => panic!("{error}"),
        _ => None,
    });
    end.expect("the run ends")
}

/// The score of the fp32 and of the optimized model must reach a bound, after all of the preset's epochs or fewer.
fn learns(preset: &str, epochs: Option<f64>, baseline: f32, optimized: f32) {
    let mut experiment = experiment(preset);
    experiment.train.epochs = epochs.unwrap_or(experiment.train.epochs);
    let summary = summary(&experiment);
    assert!(summary.baseline.score >= baseline, "{preset}: {}", summary.baseline.score);
    assert!(summary.optimized.score >= optimized, "{preset}: optimized {}", summary.optimized.score);
}

// Measured: all epochs in docs/presets.md; fifteen of the digits 97.8 % and 97.5 %, two of the MLP 93.6 % and 93.4 %.

#[test]
fn the_spiral_comes_apart() {
    learns("spiral", None, 0.98, 0.98);
}

#[test]
fn tiny_digits_are_read() {
    learns("digits", Some(15.0), 0.97, 0.96);
}

#[test]
fn the_first_preset_reads_digits_after_two_epochs() {
    learns("mnist-mlp", Some(2.0), 0.93, 0.925);
}

#[test]
fn heights_show_how_weights_are_rounded() {
    let mut experiment = experiment("hills");
    let four = summary(&experiment);
    experiment.compress.bits = BIT_WIDTHS.iter().position(|b| *b == 8).expect("a width");
    let eight = summary(&experiment);
    assert!(four.baseline.score > 0.95 && four.optimized.score < 0.9, "4 bits: {}", four.optimized.score);
    assert!(eight.baseline.score - eight.optimized.score < 0.01, "8 bits: {}", eight.optimized.score);
}

#[test]
fn a_line_cannot_and_a_layer_can() {
    let mut experiment = experiment("xor-line");
    assert!(summary(&experiment).baseline.score < 0.75);
    experiment.model = link::decode("model=dense:4,relu").0.model;
    assert!(summary(&experiment).baseline.score > 0.95);
}

#[test]
fn points_are_learned_by_heart_and_l2_helps() {
    let mut experiment = experiment("overfit");
    let by_heart = summary(&experiment).baseline.loss;
    experiment.train.l2 = 0.03;
    let smooth = summary(&experiment).baseline.loss;
    assert!(by_heart > 1.0 && smooth < 0.5, "{by_heart}, with L2 {smooth}");
}

#[test]
fn less_is_learned_by_heart_with_fewer_weights() {
    let mut experiment = experiment("biopsies");
    let tenth = summary(&experiment);
    (experiment.compress.sparsity, experiment.compress.during) = (0.0, 0);
    let all = summary(&experiment);
    assert!(tenth.baseline.loss < 0.5 * all.baseline.loss, "{} against {}", tenth.baseline.loss, all.baseline.loss);
    assert!(tenth.optimized.score >= all.baseline.score);
}

/// What an experiment's model and loss have to suit: rank of a sample, classes or numbers, generated or not.
fn kind(dataset: &data::Dataset, generated: bool) -> (usize, bool, bool) {
    (dataset.shape.0.len(), matches!(dataset.task, Task::Classes(_)), generated)
}

#[test]
fn every_kind_of_data_has_a_preset() {
    let kind_of = |key: &str| {
        let source = data::source(&Pick::new(key), 0.5, 1).expect("a known data set");
        let generated = source.generate().expect("its defaults are valid");
        let is_generated = generated.is_some();
        kind(&generated.unwrap_or_else(|| bundled(key, &source)), is_generated)
    };
    let covered: Vec<_> = presets::ALL.iter().map(|p| kind_of(&p.experiment().data.key)).collect();
    // A table of the reader's own is one with classes, or with numbers.
    assert!(covered.contains(&(1, true, false)) && covered.contains(&(1, false, false)));
    for entry in data::LISTING.entries.iter().filter(|entry| entry.key != data::table::KEY) {
        assert!(
            covered.contains(&kind_of(entry.key)),
            "changing to {} in the page takes over a preset's model and loss: there is none",
            entry.key
        );
    }
}

const MEASURED: &str = include_str!("../docs/presets.md");

/// Cells of the measured row of a preset: its key, parameters, epochs, score of the fp32 and of the optimized model, and more.
fn row(key: &str) -> Vec<&'static str> {
    let line = MEASURED.lines().find(|line| line.starts_with(&format!("| `{key}` | "))).unwrap_or_else(|| panic!("no figures of {key}"));
    line.split('|').map(str::trim).skip(1).collect()
}

/// As `tools/presets.mjs` writes it.
fn figure(preset: &str, score: f32) -> String {
    let regression = experiment(preset).is_network() && experiment(preset).loss.key == "mse";
    if regression { format!("R² {score:.3}") } else { format!("{:.2} %", 100.0 * f64::from(score)) }
}

#[test]
fn the_measured_gallery_reaches_what_it_promises() {
    // Least accuracy in percent, and most parameters.
    let bars = [
        ("mnist-mlp", 94.0, None),
        ("mnist-cnn", 97.5, Some(25_000)),
        ("fashion-cnn", 87.0, None),
        ("digits", 97.0, None),
        ("spiral", 98.0, None),
    ];
    for (key, least, most) in bars {
        let row = row(key);
        let percent = |cell: &str| cell.strip_suffix(" %").and_then(|c| c.parse::<f64>().ok()).unwrap_or_else(|| panic!("{key}: {cell}"));
        assert!(percent(row[3]) >= least && percent(row[4]) >= least, "{key}: {} and {}, promised {least} %", row[3], row[4]);
        let params: u64 = row[1].replace(',', "").parse().expect("a number of parameters");
        assert!(most.is_none_or(|most| params <= most), "{key}: {params} parameters");
    }
}

#[test]
fn the_measured_parameters_are_those_of_the_networks() {
    for preset in presets::ALL {
        let experiment = preset.experiment();
        if !experiment.is_network() {
            assert_eq!(row(preset.key)[1], "–", "{}: a learner has no parameters to count", preset.key);
            continue;
        }
        let source = data::source(&experiment.data, 0.5, 1).expect("a known data set");
        let generated = source.generate().expect("valid settings");
        let data = generated.unwrap_or_else(|| bundled(&experiment.data.key, &source));
        let network = plan(&experiment, &data.shape, &data.task).expect("a network");
        assert_eq!(row(preset.key)[1].replace(',', ""), network.params().to_string(), "{}", preset.key);
    }
}

#[test]
fn the_measured_figures_are_those_of_this_build() {
    // Those that take a second or two.
    for key in ["digits", "spiral", "xor-line", "circle", "overfit", "biopsies", "diabetes", "hills"] {
        let (row, summary) = (row(key), summary(&experiment(key)));
        let now = (figure(key, summary.baseline.score), figure(key, summary.optimized.score));
        assert_eq!((row[3], row[4]), (now.0.as_str(), now.1.as_str()), "{key}: docs/presets.md is out of date: run tools/presets.mjs");
    }
}

#[test]
fn presets_are_named_and_measured() {
    let measured = MEASURED;
    let mut labels = BTreeSet::new();
    for preset in presets::ALL {
        assert!(labels.insert(preset.label), "{} is the name of two", preset.label);
        assert!(preset.about.ends_with(['.', '?']), "{}", preset.key);
        assert!(
            measured.contains(&format!("| `{}` | ", preset.key)),
            "docs/presets.md has no figures of {}: run tools/presets.mjs",
            preset.key
        );
        assert!(measured.contains(&format!("whittle run '{}'\n", preset.link)), "docs/presets.md has figures of another {}", preset.key);
    }
}
