use super::*;
use crate::{
    engine::{catalog::Pick, params::Scale},
    experiment::{Effect as Change, Experiment, FIELDS},
    protocol::{
        Benchmark, Bytes, DataReport, Evaluation, F32s, Form, FormSize, Health, Late, LatencyReport, LayerReport, LearnerReport,
        ModelReport, OptimizedReport, Timing,
    },
    state::{Draft, Kept},
};

fn point(step: u64) -> MetricPoint {
    MetricPoint {
        step,
        epoch: step as f64 / 10.0,
        train_loss: 1.0,
        train_score: 0.5,
        validation_loss: None,
        validation_score: None,
        test_loss: None,
        test_score: None,
        optimized_score: None,
        lr: 0.1,
    }
}

fn started(run: u32) -> FromWorker {
    let data = DataReport {
        explained: vec![],
        key: "mnist10k".into(),
        name: "MNIST".into(),
        classes: vec!["0".into(), "1".into()],
        target: String::new(),
        shape: vec![28, 28, 1],
        features: Vec::new(),
        validation: 0,
        train: 10_000,
        test: 2_000,
        points: F32s::default(),
        baselines: Vec::new(),
    };
    FromWorker::Started {
        run: RunId(run),
        model: ModelReport { layers: Vec::new(), params: 0, macs: 0, activations: 0, peak_activations: 0 },
        data,
        step: 0,
    }
}

fn progress(run: u32, steps: impl Iterator<Item = u64>) -> FromWorker {
    let points: Vec<_> = steps.map(point).collect();
    FromWorker::Progress { run: RunId(run), step: points.last().map_or(0, |p| p.step), epoch: 1.0, rate: 100.0, points }
}

/// A comparison with the settings that the page has now.
fn compared(page: &Page, score: f32, bytes: u64) -> FromWorker {
    let evaluation = |score| Evaluation { loss: 0.1, score, mae: None, confusion: vec![1, 0, 0, 1], samples: 2 };
    let timing = |p50| vec![Timing { batch: 1, p50, p95: p50, calls: 9 }];
    let size = |form, bytes| FormSize { form, bytes, payload: bytes };
    FromWorker::Compared {
        run: page.run,
        step: 10,
        experiment: page.experiment.clone(),
        baseline: evaluation(0.97),
        optimized: evaluation(score),
        report: OptimizedReport {
            sizes: vec![size(Form::Dense, 1000), size(Form::Packed, bytes)],
            best: Form::Packed,
            sparsity: 0.5,
            units_removed: 0,
            units: 10,
            layer_sparsity: Vec::new(),
            kernels: Vec::new(),
            notes: Vec::new(),
            weight_error: Vec::new(),
            memory: Vec::new(),
            macs: Vec::new(),
        },
        latency: LatencyReport { baseline: timing(1.0), optimized: timing(0.5), ..LatencyReport::default() },
    }
}

fn take_compared(page: &mut Page, score: f32, bytes: u64) {
    let message = compared(page, score, bytes);
    page.reduce(message);
}

fn running() -> Page {
    let mut page = Page::new(Experiment::default());
    let ready = page.reduce(FromWorker::Ready { protocol: PROTOCOL, engine: "simd128".into() });
    assert_eq!(ready, [Effect::EngineReady]);
    let run = page.begin(page.experiment.clone());
    assert_eq!(page.phase, Phase::Starting);
    page.reduce(started(run.0));
    page
}

#[test]
fn messages_of_other_runs_change_nothing() {
    let mut page = running();
    let run = page.begin(page.experiment.clone());
    assert!(page.reduce(progress(run.0 - 1, 0..5)).is_empty());
    assert!(page.history.is_empty());
    assert_eq!(page.step, 0);
    assert_eq!(page.reduce(progress(run.0, 0..5)), [Effect::FirstPoint]);
    assert_eq!(page.history.len(), 5);
}

#[test]
fn a_worker_of_another_build_is_told_apart() {
    let mut page = Page::new(Experiment::default());
    assert_eq!(page.reduce(FromWorker::Ready { protocol: 999, engine: String::new() }), [Effect::Mismatch { theirs: 999 }]);
    assert!(page.engine.is_none());
}

#[test]
fn curves_grow_rewind_and_stay_bounded() {
    let mut page = running();
    let run = page.run.0;
    page.reduce(progress(run, 1..=100));
    page.reduce(progress(run, 51..=60));
    assert_eq!(page.history.len(), 60, "points beyond the rewind are gone");
    assert!(page.history.is_sorted_by_key(|p| p.step));
    page.reduce(progress(run, 61..=20_000));
    assert!(page.history.len() <= 4000, "{}", page.history.len());
    assert_eq!(page.history.last().map(|p| p.step), Some(20_000));
    assert_eq!(page.history.first().map(|p| p.step), Some(1));
}

#[test]
fn live_changes_reach_run_and_draft_restarts_wait() {
    let mut page = running();
    assert_eq!(page.edit(Change::Live, |e| e.train.lr = 0.5), Draft::Live);
    assert_eq!(page.edit(Change::Live, |e| e.train.lr = 0.5), Draft::Same);
    assert_eq!(page.edit(Change::Restart, |e| e.model.truncate(2)), Draft::Waiting);
    assert_eq!(page.experiment.model.len(), 4, "the run keeps its layers");
    assert_eq!(page.shown().model.len(), 2);
    assert_eq!(page.edit(Change::Live, |e| e.train.lr = 0.25), Draft::Live);
    assert_eq!((page.experiment.train.lr, page.shown().train.lr), (0.25, 0.25));
    page.undo_draft();
    assert_eq!(page.shown().model.len(), 4);
    page.edit(Change::Restart, |e| e.seed = 7);
    page.edit(Change::Restart, |e| e.seed = 1);
    assert!(page.draft.is_none(), "a change taken back needs no new run");
}

#[test]
fn errors_go_to_their_fields_and_leave_the_rest() {
    let mut page = running();
    let failed = |run, error| FromWorker::Failed { run: Some(RunId(run)), error };
    let run = page.run.0;
    page.reduce(progress(run, 0..5));
    let error = SpecError::OutOfRange { field: "lr".into(), value: 99.0.into(), min: 0.0, max: 10.0 };
    assert!(page.reduce(failed(run, RunError::Spec(error))).is_empty());
    assert_eq!(page.failures["lr"], "99 is not allowed; the range is 0 to 10");
    assert_eq!((page.history.len(), &page.phase), (5, &Phase::Running));
    page.reduce(FromWorker::Updated { run: RunId(run) });
    assert!(page.failures.is_empty());

    let run = page.begin(page.experiment.clone()).0;
    let error = SpecError::Layer { layer: 2, name: "dense".into(), reason: "needs flat".into() };
    assert_eq!(page.reduce(failed(run, RunError::Spec(error))), [Effect::StartRefused]);
    assert_eq!(page.layer_failure, Some((1, "needs flat".into())));
    let lost = FromWorker::Failed { run: None, error: RunError::NoRun(3) };
    assert!(page.reduce(lost).is_empty(), "late requests are no trouble");
}

#[test]
fn a_refused_checkpoint_is_no_refused_experiment() {
    let mut page = running();
    let run = page.begin(page.experiment.clone());
    let error = RunError::File("checkpoint of another model".into());
    let effects = page.reduce(FromWorker::Failed { run: Some(run), error });
    assert_eq!(effects, [Effect::ResumeRefused("checkpoint of another model".into())]);
    assert_eq!(page.phase, Phase::Starting);
}

#[test]
fn comparisons_are_remembered_once_per_experiment() {
    let mut page = running();
    page.edit(Change::Live, |e| e.compress.bits = 4);
    take_compared(&mut page, 0.95, 300);
    take_compared(&mut page, 0.96, 300);
    assert_eq!(page.tried.len(), 2, "the fp32 baseline and the 4-bit model");
    let current: Vec<_> = page.tried.iter().filter(|t| t.current).collect();
    assert_eq!((current.len(), current[0].score, current[0].bytes), (1, 0.96, 300));
    page.edit(Change::Live, |e| e.compress.sparsity = 0.9);
    take_compared(&mut page, 0.9, 90);
    assert_eq!(page.tried.len(), 3);
    assert_eq!(page.tried.iter().filter(|t| t.baseline).count(), 1);
    let record = page.runs.last().expect("the run has a record");
    assert_eq!((record.bytes, record.ms, record.score), (Some(90), Some(0.5), Some(0.97)));
    page.edit(Change::Live, |e| e.compress = crate::experiment::Compress { bits: 0, sparsity: 0.0, ..e.compress.clone() });
    take_compared(&mut page, 0.97, 1000);
    assert_eq!(page.tried.len(), 3, "nothing compressed is the baseline itself");
    assert!(page.tried.iter().any(|t| t.baseline && t.current));
}

#[test]
fn what_arrives_late_is_filed_under_the_settings_that_gave_it() {
    let mut page = running();
    page.edit(Change::Live, |e| e.compress.bits = 4);
    let (four_bits, late) = (page.experiment.clone(), compared(&page, 0.95, 300));
    let kept = FromWorker::Checkpoint { run: page.run, step: 40, experiment: four_bits.clone(), state: Bytes(vec![1]) };
    // While both were on their way, the slider went on.
    page.edit(Change::Live, |e| e.compress.bits = 7);
    page.reduce(late);
    page.reduce(kept);
    let of = |page: &Page, e: &Arc<Experiment>| page.tried.iter().find(|t| t.experiment == *e).map(|t| (t.score, t.bytes, t.current));
    assert_eq!(of(&page, &four_bits), Some((0.95, 300, false)));
    assert_eq!(of(&page, &page.experiment), None, "nothing is known of these yet");
    let record = page.runs.last().expect("the run has a record");
    assert_eq!((&record.experiment, record.bytes), (&four_bits, Some(300)));
    assert_eq!(page.checkpoint.as_ref().map(|c| &c.experiment), Some(&four_bits));
    take_compared(&mut page, 0.8, 90);
    assert_eq!(of(&page, &page.experiment), Some((0.8, 90, true)));
    assert_eq!(of(&page, &four_bits), Some((0.95, 300, false)), "and stays what it was");
    assert_eq!(page.runs.last().map(|r| &r.experiment), Some(&page.experiment));
}

#[test]
fn a_baseline_that_was_pruned_while_training_is_a_point_of_its_own() {
    let mut page = running();
    page.edit(Change::Live, |e| (e.compress.bits, e.compress.sparsity) = (0, 0.0));
    take_compared(&mut page, 0.97, 1000);
    page.edit(Change::Live, |e| (e.compress.during, e.compress.sparsity) = (1, 0.5));
    take_compared(&mut page, 0.9, 400);
    let labels: Vec<_> = page.tried.iter().map(|t| (t.label.as_str(), t.score, t.current)).collect();
    let baseline = "MLP 64-32 · fp32 baseline";
    assert_eq!(labels, [(baseline, 0.97, false), (baseline, 0.97, false), ("MLP 64-32 · 50\u{a0}% pruned", 0.9, true)]);
}

#[test]
fn a_benchmark_outlives_its_run_but_not_its_settings() {
    let news = |page: &Page, news| Late::Benchmark { run: page.run, news };
    let mut page = running();
    let layer = LayerReport { key: "dense".into(), label: "Dense 2".into(), output: vec![2], params: 6, macs: 4, back: 0 };
    page.model = Some(Arc::new(ModelReport { layers: vec![layer], params: 6, macs: 4, activations: 2, peak_activations: 2 }));
    take_compared(&mut page, 0.9, 100);
    let working = news(&page, Benchmark::Working { share: 0.5, what: "Product".into() });
    page.hear(working.clone());
    assert_eq!(page.benchmark, Some((0.5, "Product".into())));
    let stopped = news(&page, Benchmark::Stopped);
    page.hear(stopped);
    assert!(page.benchmark.is_none() && page.benchmarked.is_none(), "a stopped one leaves nothing");

    page.hear(working);
    let measured = FromWorker::Measured { run: page.run, experiment: page.experiment.clone(), latency: LatencyReport::default() };
    page.reduce(measured.clone());
    let done = news(&page, Benchmark::Done { rows: Vec::new(), gpu: Err("none".into()) });
    page.hear(done.clone());
    let layers = |page: &Page| page.benchmarked.as_ref().map(|b| b.layers.len());
    assert_eq!((page.benchmark.is_none(), layers(&page)), (true, Some(1)));

    // Settings that changed while it was measured: its layers are of another model.
    page.edit(Change::Live, |e| e.compress.bits = 2);
    page.reduce(measured);
    page.hear(done);
    assert_eq!(layers(&page), Some(0));
    page.begin(page.experiment.clone());
    assert!(page.benchmarked.is_some(), "the device is still the same");
}

#[test]
fn measured_times_never_stand_beside_other_kernels() {
    let measured = |page: &Page| FromWorker::Measured {
        run: page.run,
        experiment: page.experiment.clone(),
        latency: LatencyReport { baseline: vec![Timing { batch: 64, p50: 3.0, p95: 4.0, calls: 70 }], ..LatencyReport::default() },
    };
    let mut page = running();
    let message = measured(&page);
    page.measuring = true;
    page.reduce(message);
    assert!(page.latency.is_some() && !page.measuring);
    page.edit(Change::Live, |e| e.train.lr = 0.1);
    take_compared(&mut page, 0.9, 100);
    take_compared(&mut page, 0.9, 100);
    assert!(page.latency.is_some(), "the learning rate changes no kernel");
    let late = measured(&page);
    page.edit(Change::Live, |e| e.compress.bits = 4);
    assert!(page.latency.is_none(), "other bits, other kernels");
    page.reduce(late);
    assert!(page.latency.is_none(), "and what was under way is of the old ones");
    let message = measured(&page);
    page.reduce(message);
    assert!(page.latency.is_some());
    let mut other = compared(&page, 0.9, 100);
    let FromWorker::Compared { report, .. } = &mut other else { unreachable!() };
    report.kernels = vec!["sparse f32".into()];
    page.reduce(other);
    assert!(page.latency.is_none(), "training changed a kernel by itself");
}

#[test]
fn better_times_take_the_place_of_the_first_ones_where_the_models_are_the_same() {
    let timing = |p50| vec![Timing { batch: 1, p50, p95: p50, calls: 90 }];
    let timed = |page: &Page, ms| Late::Timed {
        run: page.run,
        experiment: page.experiment.clone(),
        latency: LatencyReport { baseline: timing(0.25), optimized: timing(ms), ..LatencyReport::default() },
    };
    let shown = |page: &Page| page.compared.as_ref().map(|c| [c.latency.baseline[0].p50, c.latency.optimized[0].p50]);
    let mut page = running();
    page.edit(Change::Live, |e| e.compress.bits = 4);
    take_compared(&mut page, 0.9, 100);
    assert_eq!(shown(&page), Some([1.0, 0.5]));
    let better = timed(&page, 0.125);
    page.hear(better.clone());
    assert_eq!(shown(&page), Some([0.25, 0.125]));
    let mut ms: Vec<_> = page.tried.iter().map(|t| t.ms).collect();
    ms.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    assert_eq!(ms, [Some(0.125), Some(0.25)], "and among everything tried, in the same places");
    assert_eq!(page.runs.last().and_then(|r| r.ms), Some(0.125));

    page.edit(Change::Live, |e| e.compress.bits = 2);
    take_compared(&mut page, 0.8, 50);
    page.hear(better);
    assert_eq!(shown(&page), Some([1.0, 0.5]), "those were of other models");
    let full = FromWorker::Measured {
        run: page.run,
        experiment: page.experiment.clone(),
        latency: LatencyReport { baseline: timing(0.75), optimized: timing(0.375), ..LatencyReport::default() },
    };
    page.reduce(full);
    assert_eq!(shown(&page), Some([0.75, 0.375]), "what is measured in full is shown, too");
}

#[test]
fn pinned_runs_outlive_a_reload() {
    let mut page = running();
    page.reduce(progress(page.run.0, 0..5));
    take_compared(&mut page, 0.9, 50);
    page.pin(page.run.0, true);
    assert!(page.pinned().is_empty(), "the run under way is drawn anyway");
    let text = serde_json::to_string(&page.runs).expect("records are data");
    let mut fresh = Page::new(Experiment::default());
    fresh.adopt(Kept::read(&text, ""), false);
    assert_eq!(fresh.pinned()[0].history.len(), 5);
    let run = fresh.begin(fresh.experiment.clone());
    assert!(fresh.runs.iter().all(|r| r.id != run.0), "numbers stay unique");
    fresh.remove(fresh.runs[0].id);
    assert!(fresh.pinned().is_empty());
}

#[test]
fn checkpoints_carry_their_experiment_and_notes_are_one_per_topic() {
    let mut page = running();
    let run = RunId(page.run.0);
    let effects = page.reduce(FromWorker::Checkpoint { run, step: 40, experiment: page.experiment.clone(), state: Bytes(vec![1, 2]) });
    assert!(matches!(&effects[..], [Effect::Keep(kept)] if kept.step == 40 && kept.experiment == page.experiment));
    for step in [1, 2] {
        let health = Health { topic: Topic::Diverged, message: "Loss is NaN.".into(), advice: "Lower η.".into(), step };
        page.reduce(FromWorker::Health { run, health });
    }
    assert_eq!(page.notes.len(), 1);
    assert_eq!(page.notes[0].health.step, 2);
    page.dismiss(page.notes[0].id);
    assert!(page.notes.is_empty());
}

#[test]
fn every_default_number_is_allowed() {
    let experiment = Experiment::default();
    for field in FIELDS {
        let value = (field.get)(&experiment);
        assert!(field.spec.check(value).is_ok(), "{}", field.spec.key);
        assert!(!matches!(field.spec.scale, Scale::Choice(words) if words.is_empty()));
    }
}

#[test]
fn a_missing_file_is_said_at_the_data_menu() {
    let mut page = running();
    let run = page.begin(page.experiment.clone());
    let error = RunError::Data { key: "mnist10k".into(), reason: "the server answered 404".into() };
    let effects = page.reduce(FromWorker::Failed { run: Some(run), error });
    assert!(matches!(effects[..], [Effect::StartRefused]));
    assert!(page.failures["data"].contains("404"));
    assert!(matches!(&page.phase, Phase::Failed(reason) if reason.contains("404")));
    page.begin(page.experiment.clone());
    assert!(page.failures.is_empty(), "a new start is a new chance");
}

#[test]
fn a_learner_is_tried_drawn_and_listed_as_networks_are() {
    let mut page = running();
    page.experiment = Arc::new(Experiment { learner: Pick::new("linear"), ..Experiment::default() });
    page.begin(page.experiment.clone());
    page.reduce(started(page.run.0));
    take_compared(&mut page, 0.97, 1000);
    assert_eq!(page.tried.iter().map(|t| (t.label.as_str(), t.current)).collect::<Vec<_>>(), [("Linear / logistic · fp32 baseline", true)]);
    assert_eq!(page.edit(Change::Live, |e| e.compress.shrink.bits = 1), Draft::Live);
    take_compared(&mut page, 0.96, 300);
    assert_eq!(page.tried.iter().map(|t| (t.bytes, t.current)).collect::<Vec<_>>(), [(1000, false), (300, true)]);
    assert!(page.runs.last().unwrap().label.ends_with("Linear / logistic · 8-bit"));
    let (run, step) = (page.run, 10);
    page.hear(Late::Learner { run, step, report: LearnerReport { unit: "passes".into(), ..LearnerReport::default() } });
    assert_eq!(page.learner.as_ref().map(|r| r.unit.as_str()), Some("passes"));
    assert_eq!(page.edit(Change::Restart, |e| e.learner = Pick::new("network")), Draft::Waiting);
    page.begin(page.shown().clone());
    assert!(page.learner.is_none(), "another run has learnt nothing yet");
}
