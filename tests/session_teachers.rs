//! Teachers as a page hands them over: asked for, refused, missing, and listened to by runs and recipes.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::{artifact, catalog::Pick, data::Dataset, inference::Runner},
    experiment::{Experiment, file_checksum},
    protocol::{Bytes, FromWorker, Late, Recipe, RunError, Stage, ToWorker},
    session::{Rest, Session},
};

/// A trained run that stands still.
fn trained(experiment: &Experiment) -> Desk {
    let mut desk = Desk::start(experiment);
    desk.until(is_finished);
    desk
}

/// The file of the model as it is now.
fn kept(desk: &mut Desk) -> Vec<u8> {
    desk.say(ToWorker::Keep(RUN));
    let Some(FromWorker::Late(Late::Model { checksum, bytes, .. })) = desk.heard.last() else { panic!("{:?}", desk.heard.last()) };
    assert_eq!(*checksum, file_checksum(&bytes.0));
    bytes.0.clone()
}

/// A file of what `experiment` learns.
fn model(experiment: &Experiment) -> Vec<u8> {
    kept(&mut trained(experiment))
}

fn large(seed: u64) -> Experiment {
    let model = vec![Pick::new("dense").with("units", 24.0), Pick::new("tanh")];
    Experiment { model, seed, ..xor(25.0) }
}

/// A small student that listens to these models.
fn student(alpha: f64, teachers: &[&[u8]]) -> Experiment {
    let mut experiment = xor(6.0);
    experiment.model = vec![Pick::new("dense").with("units", 4.0), Pick::new("relu")];
    experiment.train.distill = alpha;
    for (i, bytes) in teachers.iter().enumerate() {
        experiment.set_teacher(&file_checksum(bytes), &format!("run {i}"), true);
    }
    experiment
}

fn hand(desk: &mut Desk, bytes: &[u8]) {
    desk.say(ToWorker::Model(Bytes(bytes.to_vec())));
}

fn wanted(message: &FromWorker) -> Option<&str> {
    if let FromWorker::WantsTable { checksum, .. } = message { Some(checksum) } else { None }
}

fn generated(experiment: &Experiment) -> Dataset {
    experiment.source().expect("a source").generate().expect("points").expect("points")
}

/// Mean Kullback-Leibler divergence at T = 1 of a student's answers to its training points from its teacher's.
fn divergence(data: &Dataset, student: &[u8], teacher: &[u8]) -> f64 {
    let answers = |bytes: &[u8]| {
        let mut runner = Runner::new(&artifact::decode(bytes).expect("a file").model).expect("a model");
        runner.run(&data.train.inputs, data.train.len).to_vec()
    };
    let softmax = |z: &[f32]| {
        let e: Vec<f64> = z.iter().map(|z| f64::from(*z).exp()).collect();
        e.iter().map(|x| x / e.iter().sum::<f64>()).collect::<Vec<_>>()
    };
    let (t, z) = (answers(teacher), answers(student));
    let rows = t.chunks_exact(2).zip(z.chunks_exact(2));
    rows.map(|(t, z)| softmax(t).iter().zip(softmax(z)).map(|(p, q)| p * (p / q).ln()).sum::<f64>()).sum::<f64>() / data.train.len as f64
}

#[test]
fn a_run_asks_for_its_teachers_and_learns_from_them() {
    let (a, b) = (model(&large(1)), model(&large(2)));
    let experiment = student(1.0, &[&a, &b]);
    let mut desk = Desk::start(&experiment);
    assert_eq!(desk.heard.iter().filter_map(wanted).collect::<Vec<_>>(), [file_checksum(&a)], "one after the other");
    hand(&mut desk, &a);
    assert_eq!(desk.heard.iter().filter_map(wanted).next_back(), Some(&file_checksum(&b)[..]));
    assert!(!desk.heard.iter().any(|m| matches!(m, FromWorker::Started { .. })), "it waits");
    hand(&mut desk, &b);
    desk.until(is_finished);
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
    // Another time the files are there beforehand: the same numbers.
    let mut again = Desk::new();
    hand(&mut again, &b);
    hand(&mut again, &a);
    again.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: true });
    again.until(is_finished);
    assert_eq!(kept(&mut desk), kept(&mut again));
    // One that listens to nobody learns something else, and one that goes on from a checkpoint the same.
    let alone = trained(&Experiment { teacher: String::new(), ..student(0.0, &[]) });
    assert_ne!(desk.points().last().map(|p| p.train_loss), alone.points().last().map(|p| p.train_loss));
    let mut half = Desk::new();
    [&a, &b].into_iter().for_each(|bytes| hand(&mut half, bytes));
    half.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: false });
    half.step(25);
    let state = half.checkpoint();
    let mut later = Desk::new();
    [&a, &b].into_iter().for_each(|bytes| hand(&mut later, bytes));
    later.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: state, play: true });
    later.until(is_finished);
    assert_eq!(kept(&mut desk), kept(&mut later));
}

#[test]
fn a_student_comes_nearer_to_the_teacher_it_listens_to() {
    // One that has learnt little is sure of little; a student of labels alone becomes sure.
    let mut unsure = large(1);
    unsure.train.epochs = 1.0;
    let teacher = model(&unsure);
    let data = generated(&student(0.0, &[]));
    let taught = |alpha: f64| {
        let mut experiment = student(alpha, &[&teacher]);
        (experiment.train.epochs, experiment.train.temperature) = (20.0, 2.0);
        let mut desk = Desk::new();
        hand(&mut desk, &teacher);
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: true });
        desk.until(is_finished);
        divergence(&data, &kept(&mut desk), &teacher)
    };
    let (alone, listening) = (taught(0.0), taught(1.0));
    assert!(listening < 0.2 * alone, "{listening} and {alone}");
}

#[test]
fn what_is_missing_is_said_and_nothing_is_lost() {
    let teacher = model(&large(1));
    let mut desk = Desk::start(&student(0.5, &[&teacher]));
    desk.say(ToWorker::NoTable(RUN));
    let Some(FromWorker::Failed { run: Some(RUN), error: RunError::Spec(error) }) = desk.heard.last() else {
        panic!("{:?}", desk.heard.last())
    };
    assert_eq!(error.field(), "teacher");
    assert!(error.to_string().contains("run-0") && error.to_string().contains(&file_checksum(&teacher)), "{error}");
    // A recipe that waits in vain leaves the run as it was.
    let mut experiment = student(0.0, &[&teacher]);
    experiment.train.epochs = 2.0;
    let mut desk = trained(&experiment);
    let before = kept(&mut desk);
    desk.say(ToWorker::Cook { run: RUN, ask: 3, recipe: vec![Pick::new("distill")], every: true });
    assert!(desk.heard.last().and_then(wanted).is_some());
    desk.say(ToWorker::NoTable(RUN));
    assert!(desk.heard.iter().any(|m| matches!(m, FromWorker::Late(Late::Recipe { ask: 3, news: Recipe::Stopped, .. }))));
    assert!(matches!(desk.heard.last(), Some(FromWorker::Failed { error: RunError::Spec(e), .. }) if e.field() == "teacher"));
    assert_eq!(kept(&mut desk), before);
}

#[test]
fn a_teacher_has_to_see_the_same_data() {
    let sound = model(&large(1));
    // A file that is no model, and one whose answers are no classes.
    let mut junk = sound.clone();
    junk.truncate(40);
    for bytes in [junk, model(&heights())] {
        let mut desk = Desk::start(&student(0.5, &[&bytes]));
        hand(&mut desk, &bytes);
        let failures = desk.failures();
        let [FromWorker::Failed { error: RunError::Spec(error), .. }] = failures[..] else { panic!("{failures:?}") };
        assert_eq!(error.field(), "teacher", "{error}");
    }
    // No teacher at all, and samples that do not stay as they are.
    for (experiment, field) in [(student(0.5, &[]), "teacher"), (mixed(&sound), "distill")] {
        let mut desk = Desk::new();
        hand(&mut desk, &sound);
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume: None, play: true });
        let failures = desk.failures();
        assert!(
            matches!(failures[..], [FromWorker::Failed { error: RunError::Spec(e), .. }] if e.field() == field),
            "{field}: {failures:?}"
        );
    }
}

/// A regression on points in the plane.
fn heights() -> Experiment {
    Experiment { data: Pick::new("hills").with("n", 200.0), loss: Pick::new("mse"), ..xor(1.0) }
}

fn mixed(teacher: &[u8]) -> Experiment {
    let mut experiment = student(0.5, &[teacher]);
    experiment.train.mixup = 0.2;
    experiment
}

/// What a recipe makes of the same trained student, with these teachers.
fn distilled(teachers: &[&[u8]], temperature: f64) -> Stage {
    let mut experiment = student(0.0, teachers);
    experiment.train.epochs = 3.0;
    let mut desk = trained(&experiment);
    teachers.iter().for_each(|bytes| hand(&mut desk, bytes));
    let step = |t: f64| Pick::new("distill").with("epochs", 2.0).with("alpha", 1.0).with("temperature", t);
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Cook { run: RUN, ask: 1, recipe: vec![step(4.0), step(temperature)], every: false });
    let stage = |m: &FromWorker| if let FromWorker::Late(Late::Recipe { news: Recipe::Stage(s), .. }) = m { Some(s.clone()) } else { None };
    let heard = desk.until(|m| stage(m).is_some() || matches!(m, FromWorker::Failed { .. }));
    stage(heard).unwrap_or_else(|| panic!("{heard:?}"))
}

#[test]
fn a_recipe_distills_from_the_teachers_that_are_named() {
    let (a, b) = (model(&large(1)), model(&large(2)));
    let losses =
        [distilled(&[], 4.0), distilled(&[&a], 4.0), distilled(&[&a, &b], 4.0), distilled(&[&a, &b], 1.5)].map(|s| s.evaluation.loss);
    for (i, loss) in losses.iter().enumerate() {
        assert!(loss.is_finite() && losses[..i].iter().all(|other| other != loss), "{losses:?}");
    }
    assert_eq!(distilled(&[&a, &b], 1.5).evaluation.loss, losses[3]);
}

#[test]
fn a_worker_without_its_rest_waits_for_both() {
    let teacher = model(&large(1));
    let mut desk = Desk::new();
    desk.session = Session::bare(Box::new(|| 0.0));
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(student(0.5, &[&teacher])), resume: None, play: false });
    assert!(desk.session.need() && desk.heard.iter().all(|m| wanted(m).is_none()));
    desk.session.complete(Some(Rest::all()));
    desk.listen();
    assert!(desk.heard.iter().any(|m| wanted(m).is_some()), "{:?}", desk.heard.last());
    hand(&mut desk, &teacher);
    assert!(desk.heard.iter().any(|m| matches!(m, FromWorker::Started { .. })));
}
