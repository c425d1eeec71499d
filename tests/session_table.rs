//! Training on a file of the reader's own: what is found in it, what a run does without it, and that reading leaves room for messages. And on features that steps make of
//! columns or points.

mod session_support;

use session_support::{Desk, RUN, is_finished, name};
use whittle::{
    engine::{
        catalog::Pick,
        data::table::{KEY, Kind, checksum},
        rng::Rng,
    },
    experiment::{BATCH, Csv, Experiment},
    protocol::{Bytes, FeatureView, FromWorker, Late, RunError, RunId, TableNews, TableReport, ToWorker},
    session::{Rest, Session},
};

/// Three kinds of flowers, some of whose cells are empty.
fn flowers(rows: usize) -> Vec<u8> {
    let mut rng = Rng::new(1, 0);
    let mut text = String::from("length,width,colour,species\n");
    for i in 0..rows {
        let kind = i % 3;
        let width = if rng.below(9) == 0 { String::new() } else { format!("{:.2}", rng.normal() - kind as f32) };
        let colour = ["red", "blue"][(rng.below(3) / 2) as usize];
        text += &format!("{:.2},{width},{colour},{}\n", rng.normal() + 4.0 * kind as f32, ["a", "b", "c"][kind]);
    }
    text.into_bytes()
}

fn about(bytes: &[u8]) -> Experiment {
    let mut experiment = Experiment { data: Pick::new(KEY), csv: Csv::of(&checksum(bytes), "flowers.csv"), ..Experiment::default() };
    experiment.model = vec![Pick::new("dense").with("units", 8.0), Pick::new("relu")];
    experiment.train.epochs = 12.0;
    experiment.train.lr = 0.02;
    experiment
}

fn hand(desk: &mut Desk, ask: u32, bytes: &[u8]) {
    desk.say(ToWorker::Table { ask, bytes: Some(Bytes(bytes.to_vec())), pick: Pick::new(KEY), columns: String::new() });
}

fn start(desk: &mut Desk, experiment: &Experiment) {
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: true });
}

/// What is said of the file that was handed over with this number, once it was read.
fn found(desk: &mut Desk, wanted: u32) -> TableNews {
    let news = |m: &FromWorker| match m {
        FromWorker::Late(Late::Table { ask, news }) if *ask == wanted && !matches!(news, TableNews::Reading(_)) => Some(news.clone()),
        _ => None,
    };
    let heard = desk.until(|m| news(m).is_some());
    news(heard).unwrap()
}

fn report(desk: &mut Desk, ask: u32) -> TableReport {
    match found(desk, ask) {
        TableNews::Found(report) => *report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_described_and_then_trained_on() {
    let bytes = flowers(150);
    let mut desk = Desk::new();
    hand(&mut desk, 4, &bytes);
    let report = report(&mut desk, 4);
    assert_eq!((report.checksum.as_str(), report.rows, report.target, report.classes), (checksum(&bytes).as_str(), 150, 3, true));
    let columns: Vec<_> = report.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect();
    assert_eq!(columns, [("length", Kind::Number), ("width", Kind::Number), ("colour", Kind::Category), ("species", Kind::Category)]);
    assert!(report.columns[1].missing > 5 && report.preview.len() == 8 && report.preview[0][3] == "a");

    start(&mut desk, &about(&bytes));
    let started = desk.until(|m| matches!(m, FromWorker::Started { .. }));
    let FromWorker::Started { data, model, .. } = started else { unreachable!() };
    assert_eq!((data.key.as_str(), data.name.as_str(), data.train, data.test), ("csv", "flowers.csv", 75, 75));
    assert_eq!(data.features, ["length", "width", "colour = blue", "colour = red"]);
    assert_eq!(data.baselines[0].model, "Most frequent class");
    assert!((data.baselines[0].score - 1.0 / 3.0).abs() < 0.02 && model.params == 4 * 8 + 8 + 8 * 3 + 3);
    desk.until(is_finished);
    let Some(FromWorker::Finished { summary, .. }) = desk.heard.iter().find(|m| is_finished(m)) else { unreachable!() };
    assert!(summary.baseline.score > 0.9, "{}", summary.baseline.score);
    assert!(desk.failures().is_empty());
}

#[test]
fn the_same_file_gives_the_same_numbers() {
    let bytes = flowers(90);
    let curve = |first: bool| {
        let mut desk = Desk::new();
        if first {
            hand(&mut desk, 1, &bytes);
            report(&mut desk, 1);
            start(&mut desk, &about(&bytes));
        } else {
            start(&mut desk, &about(&bytes));
            hand(&mut desk, 1, &bytes);
        }
        desk.until(is_finished);
        desk.points()
    };
    assert!(curve(true).len() > 3);
    assert_eq!(curve(true), curve(false), "whichever comes first");
}

#[test]
fn a_run_without_its_file_says_which_it_wants() {
    let (bytes, other) = (flowers(90), flowers(91));
    let wants = |m: &FromWorker| matches!(m, FromWorker::WantsTable { run: RUN, checksum: sum, name } if *sum == checksum(&flowers(90)) && name == "flowers.csv");
    let mut desk = Desk::new();
    start(&mut desk, &about(&bytes));
    assert!(desk.heard.iter().any(wants) && desk.heard.iter().any(|m| name(m) == "Loading"));
    hand(&mut desk, 2, &other);
    assert_ne!(report(&mut desk, 2).checksum, checksum(&bytes));
    desk.listen();
    assert_eq!(desk.heard.iter().filter(|m| wants(m)).count(), 2, "another file is not it");
    assert!(desk.failures().is_empty() && !desk.heard.iter().any(|m| name(m) == "Started"));
    hand(&mut desk, 3, &bytes);
    desk.until(is_finished);

    let mut desk = Desk::new();
    start(&mut desk, &about(&bytes));
    desk.say(ToWorker::NoTable(RunId(9)));
    assert!(desk.failures().is_empty(), "that is another run");
    desk.say(ToWorker::NoTable(RUN));
    let [FromWorker::Failed { run: Some(RUN), error: RunError::Data { key, reason } }] = desk.failures()[..] else {
        panic!("{:?}", desk.failures())
    };
    assert!(key == KEY && reason.contains("flowers.csv") && reason.contains(&checksum(&bytes)), "{reason}");
    // Nothing waits any more.
    hand(&mut desk, 4, &bytes);
    report(&mut desk, 4);
    assert!(!desk.heard.iter().any(|m| name(m) == "Started"));
}

#[test]
fn corrections_are_read_anew_and_errors_name_their_place() {
    let mut bytes = flowers(60);
    bytes.extend_from_slice(b"12o,1,red,a\n");
    let mut desk = Desk::new();
    hand(&mut desk, 1, &bytes);
    assert_eq!(report(&mut desk, 1).columns[0].kind, Kind::Ignored, "a word among numbers");
    let again = |desk: &mut Desk, ask, pick: Pick, columns: &str| {
        desk.say(ToWorker::Table { ask, bytes: None, pick, columns: columns.into() });
        found(desk, ask)
    };
    let refused = again(&mut desk, 2, Pick::new(KEY), "1:number");
    let TableNews::Refused { field, reason, checksum: sum, names } = &refused else { panic!("{refused:?}") };
    assert_eq!((field.as_str(), sum, names.len()), ("columns", &checksum(&bytes), 4));
    assert!(reason.starts_with("row 62, column length: \"12o\" is no number"), "{reason}");
    let wrong = again(&mut desk, 3, Pick::new(KEY), "1:words");
    assert!(matches!(&wrong, TableNews::Refused { field, .. } if field == "columns"), "{wrong:?}");
    let TableNews::Found(report) = again(&mut desk, 4, Pick::new(KEY).with("predict", 2.0), "3:none") else { panic!("it can be read") };
    assert_eq!(
        (report.target, report.classes, report.columns[2].kind, report.columns[2].guessed),
        (1, false, Kind::Ignored, Kind::Category)
    );

    // The same faults, and settings, in an experiment.
    let mut experiment = about(&bytes);
    experiment.csv.columns = "1:number".into();
    start(&mut desk, &experiment);
    desk.until(|m| matches!(m, FromWorker::Failed { error: RunError::Spec(error), .. } if error.field() == "columns"));
    experiment.csv = Csv::default();
    start(&mut desk, &experiment);
    desk.until(|m| matches!(m, FromWorker::Failed { error: RunError::Spec(error), .. } if error.field() == "file"));
}

#[test]
fn reading_leaves_room_for_messages_and_a_run_goes_on_behind_it() {
    let mut desk = Desk::start(&session_support::xor(1000.0));
    desk.until(|m| matches!(m, FromWorker::Progress { .. }));
    let bytes = flowers(60_000);
    hand(&mut desk, 7, &bytes);
    let mut slices = 0;
    while !desk.heard.iter().any(|m| matches!(m, FromWorker::Late(Late::Table { news: TableNews::Found(_), .. }))) {
        slices += 1;
        desk.session.advance(5.0);
        desk.listen();
    }
    assert!(slices > 3, "{slices} slices");
    let shares: Vec<f64> = desk
        .heard
        .iter()
        .filter_map(|m| if let FromWorker::Late(Late::Table { news: TableNews::Reading(share), .. }) = m { Some(*share) } else { None })
        .collect();
    assert!(!shares.is_empty() && shares.is_sorted() && shares.iter().all(|s| (0.0..=1.0).contains(s)), "{shares:?}");
    desk.unread = desk.heard.len();
    desk.until(|m| matches!(m, FromWorker::Progress { .. }));
}

#[test]
fn a_run_goes_on_from_its_checkpoint_once_it_has_its_file_again() {
    let bytes = flowers(90);
    let experiment = about(&bytes);
    let whole = {
        let mut desk = Desk::new();
        start(&mut desk, &experiment);
        hand(&mut desk, 1, &bytes);
        desk.until(is_finished);
        desk.points()
    };
    let mut desk = Desk::new();
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: false });
    hand(&mut desk, 1, &bytes);
    desk.until(|m| matches!(m, FromWorker::Started { .. }));
    desk.step(5);
    let resume = desk.checkpoint();
    assert!(resume.is_some());
    let mut other = Desk::new();
    other.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment), resume, play: true });
    assert!(other.heard.iter().any(|m| name(m) == "WantsTable"));
    hand(&mut other, 1, &bytes);
    other.until(|m| matches!(m, FromWorker::Started { step: 5, .. }));
    other.until(is_finished);
    assert_eq!(other.points().last(), whole.last());
}

#[test]
fn a_file_that_comes_before_the_rest_waits_for_it() {
    let bytes = flowers(60);
    let mut desk = Desk::new();
    desk.session = Session::bare(Box::new(|| 0.0));
    start(&mut desk, &about(&bytes));
    hand(&mut desk, 1, &bytes);
    assert!(desk.session.need() && !desk.heard.iter().any(|m| name(m) == "WantsTable"));
    desk.session.complete(Some(Rest::all()));
    desk.listen();
    desk.until(|m| matches!(m, FromWorker::Started { .. }));
}

#[test]
fn a_bundled_table_is_fetched_and_read_like_ones_own() {
    let file = std::fs::read("public/data/penguins.csv").unwrap();
    let mut experiment = about(&file);
    (experiment.data, experiment.csv) = (Pick::new("penguins").with("encode", 1.0), Csv::default());
    let mut desk = Desk::new();
    start(&mut desk, &experiment);
    assert!(desk.heard.iter().any(|m| name(m) == "Loading") && !desk.heard.iter().any(|m| name(m) == "WantsTable"));
    assert_eq!((desk.session.claim().as_deref(), desk.session.claim()), (Some("penguins"), None), "asked for once");
    desk.session.supply("penguins", Ok(&file));
    let FromWorker::Started { data, .. } = desk.until(|m| matches!(m, FromWorker::Started { .. })) else { unreachable!() };
    assert_eq!((data.key.as_str(), data.name.as_str(), data.train, data.test), ("penguins", "Palmer penguins", 275, 69));
    assert_eq!((data.features.len(), data.baselines[0].model.as_str()), (6, "Logistic regression"));
    desk.until(is_finished);
    let Some(FromWorker::Finished { summary, .. }) = desk.heard.iter().find(|m| is_finished(m)) else { unreachable!() };
    assert!(summary.baseline.score > 0.9, "{}", summary.baseline.score);
    // Other settings need no second file.
    experiment.data = Pick::new("penguins");
    start(&mut desk, &experiment);
    assert_eq!(desk.session.claim(), None);
    let started = |m: &FromWorker| matches!(m, FromWorker::Started { data, .. } if data.features.len() > 6);
    assert!(desk.heard.iter().any(started));
}

#[test]
fn another_file_in_the_place_of_a_bundled_table_is_refused() {
    let mut desk = Desk::new();
    let mut experiment = about(&flowers(30));
    (experiment.data, experiment.csv) = (Pick::new("titanic"), Csv::default());
    start(&mut desk, &experiment);
    assert_eq!(desk.session.claim().as_deref(), Some("titanic"));
    desk.session.supply("titanic", Ok(&flowers(30)));
    desk.listen();
    assert!(
        matches!(desk.failures()[..], [FromWorker::Failed { error: RunError::Data { key, .. }, .. }] if key == "titanic"),
        "{:?}",
        desk.failures()
    );
    assert_eq!(desk.session.claim(), None, "nothing is asked for again");
}

#[test]
fn features_are_made_before_a_run_and_points_stay_points() {
    let mut experiment =
        Experiment { data: Pick::new("circle").with("n", 400.0), features: vec![Pick::new("plane")], ..Experiment::default() };
    experiment.model.clear();
    (experiment.train.epochs, experiment.train.lr, experiment.train.validation) = (30.0, 0.03, 0.2);
    let mut desk = Desk::start(&experiment);
    let FromWorker::Started { data, model, .. } = desk.until(|m| matches!(m, FromWorker::Started { .. })) else { unreachable!() };
    assert_eq!((data.shape.as_slice(), model.params), ([5].as_slice(), 5 * 2 + 2));
    assert_eq!(data.features, ["x₁", "x₂", "x₁²", "x₂²", "x₁·x₂"]);
    let points = data.points.to_vec();
    assert_eq!(points.len(), 4 * (data.train + data.validation + data.test));
    assert!(data.validation > 30 && points.chunks(4).any(|p| p[3] == 2.0) && data.baselines.len() == 2, "as without them");
    desk.until(is_finished);
    let Some(FromWorker::Finished { summary, .. }) = desk.heard.iter().find(|m| is_finished(m)) else { unreachable!() };
    assert!(summary.baseline.score > 0.95, "squares make a line of a circle: {}", summary.baseline.score);
    let drawn = |m: &FromWorker| matches!(m, FromWorker::View { boundary: Some(_), .. });
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Compare(RUN));
    let FromWorker::View { boundary: Some(boundary), network, .. } = desk.until(drawn).clone() else { unreachable!() };
    // Over the plane of the points: the middle is the one class, the corners the other.
    let cell = |row: usize, column: usize| boundary.baseline.to_vec()[row * boundary.cells + column];
    let (middle, corner) = (cell(boundary.cells / 2, boundary.cells / 2), cell(0, 0));
    assert!(middle * corner < 0.0, "{middle} and {corner}");
    assert_eq!((network.columns[0].total, network.columns[0].units.len()), (5, 5), "each feature has its map");
    // A point by hand goes through the steps as well.
    let mut said = |x: f32| {
        desk.say(ToWorker::Predict { run: RUN, ask: 1, input: (&[x, 0.0][..]).into() });
        let answer = desk
            .heard
            .iter()
            .rev()
            .find_map(|m| if let FromWorker::Prediction { baseline, .. } = m { Some(baseline.clone()) } else { None });
        answer.expect("an answer")
    };
    let (inside, outside) = (said(0.0), said(boundary.extent));
    assert!((inside[0] - outside[0]).abs() > 0.8, "{inside:?} and {outside:?}");
}

/// What the run says of a step.
fn sight(desk: &mut Desk, step: Option<usize>, columns: Option<(usize, usize)>) -> FeatureView {
    desk.say(ToWorker::Features { run: RUN, step, columns });
    let found = desk.heard.iter().rev().find_map(|m| match m {
        FromWorker::Late(Late::Features { view, .. }) => Some(view.clone()),
        _ => None,
    });
    found.expect("an answer")
}

#[test]
fn gaps_of_a_table_reach_the_step_that_fills_them() {
    let features = vec![Pick::new("impute").with("mark", 1.0), Pick::new("pca")];
    let mut experiment = Experiment { data: Pick::new("titanic"), features, ..Experiment::default() };
    experiment.model.clear();
    experiment.train.epochs = 2.0;
    let mut desk = Desk::start(&experiment);
    assert_eq!(desk.session.claim().as_deref(), Some("titanic"));
    desk.session.supply("titanic", Ok(&std::fs::read("public/data/titanic.csv").unwrap()));
    desk.until(is_finished);
    let view = sight(&mut desk, Some(0), Some((0, 1)));
    let age = view.names.iter().position(|name| name == "age (years)").unwrap();
    let view = sight(&mut desk, Some(0), Some((age, age)));
    assert!(view.before.to_vec().iter().any(|v| v.is_nan()), "ages are missing before it");
    assert!(view.after.to_vec().iter().all(|v| v.is_finite()) && view.loadings.is_empty());
    assert_eq!(sight(&mut desk, None, Some((0, 1))).step, 1, "the components tell most");
    // Without the step they are filled as the table is read, from the same file.
    experiment.features.remove(0);
    start(&mut desk, &experiment);
    assert!(sight(&mut desk, None, Some((age, age))).before.to_vec().iter().all(|v| v.is_finite()));
    // And where another step meets them first it is refused.
    experiment.features = vec![Pick::new("pca"), Pick::new("impute")];
    start(&mut desk, &experiment);
    let refused =
        |m: &&FromWorker| matches!(m, FromWorker::Failed { error: RunError::Spec(e), .. } if e.to_string().contains("put impute"));
    assert_eq!(desk.failures().iter().filter(|m| refused(m)).count(), 1);
}

#[test]
fn components_of_a_table_are_a_plane_of_their_own() {
    let mut experiment = Experiment { data: Pick::new("iris"), features: vec![Pick::new("pca")], ..Experiment::default() };
    experiment.model.clear();
    experiment.train.epochs = 2.0;
    let mut desk = Desk::start(&experiment);
    assert_eq!(desk.session.claim().as_deref(), Some("iris"));
    desk.session.supply("iris", Ok(&std::fs::read("public/data/iris.bin").unwrap()));
    let FromWorker::Started { data, .. } = desk.until(|m| matches!(m, FromWorker::Started { .. })) else { unreachable!() };
    assert_eq!((data.features.as_slice(), data.points.to_vec().len()), (["PC 1", "PC 2"].map(String::from).as_slice(), 150 * 4));
    assert!(data.explained.len() == 4 && data.explained[0] > 0.7 && (data.explained.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    desk.until(is_finished);
    // What the step does to test samples, with the loadings that scikit-learn has.
    let reference: serde_json::Value = serde_json::from_str(include_str!("fixtures/features/reference.json")).unwrap();
    let wanted: Vec<f64> = reference["iris"]["pca:2"]["loadings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|pair| pair.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()))
        .collect();
    let view = sight(&mut desk, None, Some((2, 3)));
    assert_eq!((view.steps.as_slice(), view.step, view.columns), (["pca".to_string()].as_slice(), 0, (2, 3)));
    assert_eq!((view.names.len(), view.made.as_slice()), (4, ["PC 1", "PC 2"].map(String::from).as_slice()));
    assert_eq!((view.before.len(), view.after.len(), view.labels.len(), view.total), (60, 60, 30, 30));
    assert!(view.loadings.len() == 8 && view.loadings.to_vec().iter().zip(&wanted).all(|(g, w)| (f64::from(*g) - w).abs() < 1e-5));
    assert_eq!(sight(&mut desk, Some(0), Some((9, 0))).columns, (3, 0), "there are four");
    assert_eq!(sight(&mut desk, None, None).columns, (0, 1), "a table's first two columns");
    desk.say(ToWorker::Features { run: RUN, step: Some(1), columns: None });
    let refused = |m: &&FromWorker| matches!(m, FromWorker::Failed { error: RunError::Spec(e), .. } if e.field() == "features");
    assert_eq!(desk.failures().iter().filter(|m| refused(m)).count(), 1, "there is one step");
    desk.heard.clear();
    // A learner's run is looked at as a network's is.
    start(&mut desk, &Experiment { learner: Pick::new("tree"), ..experiment.clone() });
    assert_eq!(sight(&mut desk, None, Some((2, 3))), view);
    desk.heard.clear();
    // A selection by a lasso says how weights come as they get cheaper.
    assert_eq!(view.lasso, None);
    start(&mut desk, &Experiment { features: vec![Pick::new("l1")], ..experiment.clone() });
    let path = sight(&mut desk, None, Some((0, 1))).lasso.expect("a path");
    assert_eq!((path.alphas.len(), path.weights.len(), path.magnitudes), (31, 4 * 31, true));
    assert!((path.alphas.to_vec()[path.chosen] - 0.02).abs() < 1e-7);
    desk.heard.clear();
    // What cannot be made is refused at its key, and the next start is as good as ever.
    experiment.features = vec![Pick::new("chi2")];
    start(&mut desk, &experiment);
    let refused = |m: &&FromWorker| matches!(m, FromWorker::Failed { error: RunError::Spec(e), .. } if e.field() == "features");
    assert_eq!(desk.failures().iter().filter(|m| refused(m)).count(), 1);
    experiment.features.clear();
    start(&mut desk, &experiment);
    let four = |m: &FromWorker| matches!(m, FromWorker::Started { data, .. } if data.features.len() == 4 && data.explained.is_empty());
    assert!(desk.heard.iter().any(four));
}

#[test]
fn images_go_through_steps_as_rows_of_pixels() {
    let mut experiment = Experiment { data: Pick::new("digits"), features: vec![Pick::new("pca")], ..Experiment::default() };
    experiment.model = vec![Pick::new("dense").with("units", 16.0), Pick::new("relu")];
    experiment.train.epochs = 3.0;
    let mut desk = Desk::start(&experiment);
    assert_eq!(desk.session.claim().as_deref(), Some("digits"));
    desk.session.supply("digits", Ok(&std::fs::read("public/data/digits.bin").unwrap()));
    let FromWorker::Started { data, .. } = desk.until(|m| matches!(m, FromWorker::Started { .. })) else { unreachable!() };
    // Two components are a plane of their own.
    assert_eq!((&data.shape[..], data.classes.len(), data.points.len()), (&[2][..], 10, (1437 + 360) * 4));
    desk.until(is_finished);
    let view = sight(&mut desk, None, Some((20, 60)));
    assert_eq!((view.names.len(), &view.names[20][..], view.columns, view.loadings.len()), (64, "pixel_2_4", (20, 60), 128));
    // The first two pixels are dark in all of them: unless others are asked for, the two that say most are seen.
    let view_of_most = sight(&mut desk, None, None);
    assert_eq!([view_of_most.columns.0, view_of_most.columns.1].map(|at| &view_of_most.names[at][..]), ["pixel_5_2", "pixel_5_3"]);
    // A learner takes them, too.
    start(&mut desk, &Experiment { learner: Pick::new("tree"), ..experiment.clone() });
    assert_eq!(sight(&mut desk, None, Some((20, 60))), view);
    // What looks at images says that none comes, as long as there are steps.
    experiment.model.insert(0, Pick::new("conv2d"));
    desk.heard.clear();
    start(&mut desk, &experiment);
    let refused = |m: &&FromWorker| matches!(m, FromWorker::Failed { error: RunError::Spec(e), .. } if e.field() == "model" && e.to_string().contains("feature steps make a row of 2"));
    assert_eq!(desk.failures().iter().filter(|m| refused(m)).count(), 1, "{:?}", desk.failures());
    experiment.features.clear();
    desk.heard.clear();
    start(&mut desk, &experiment);
    assert!(desk.heard.iter().any(|m| matches!(m, FromWorker::Started { data, .. } if data.shape == [8, 8, 1])), "{:?}", desk.failures());
}

#[test]
fn lbfgs_takes_a_table_of_any_common_size_and_says_where_it_ends() {
    let bytes = flowers(40_000);
    let mut experiment = about(&bytes);
    (experiment.optimizer, experiment.train.epochs, experiment.train.lr) = (Pick::new("lbfgs"), 3.0, 1.0);
    experiment.train.batch = 16_384;
    let mut desk = Desk::new();
    hand(&mut desk, 1, &bytes);
    found(&mut desk, 1);
    start(&mut desk, &experiment);
    desk.until(|m| matches!(m, FromWorker::Failed { .. }));
    let FromWorker::Failed { error: RunError::Spec(error), .. } = desk.failures()[0] else { panic!("{:?}", desk.failures()) };
    assert!(error.field() == "batch" && error.to_string().contains("or more"), "{error}");
    // The number that it names is one that the field takes.
    let wanted: usize = error.to_string().split("set ").nth(1).and_then(|s| s.split(' ').next()?.parse().ok()).unwrap();
    assert!(wanted > 16_384, "{wanted} training samples");
    desk.heard.clear();
    desk.unread = 0;
    experiment.train.batch = BATCH.check(wanted as f64).unwrap() as usize;
    start(&mut desk, &experiment);
    desk.until(is_finished);
    let points = desk.points();
    assert!(points.last().unwrap().step == 3 && points.last().unwrap().test_loss < Some(0.8 * points[0].train_loss), "{points:?}");
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
}

#[test]
fn what_a_mini_batch_takes_in_is_what_has_to_fit() {
    let bytes = flowers(300);
    let mut experiment = about(&bytes);
    experiment.model = vec![Pick::new("dense").with("units", 400.0), Pick::new("batchnorm"), Pick::new("relu")];
    (experiment.train.batch, experiment.train.epochs) = (BATCH.range.1 as usize, 2.0);
    let mut desk = Desk::new();
    hand(&mut desk, 1, &bytes);
    found(&mut desk, 1);
    start(&mut desk, &experiment);
    desk.until(is_finished);
    assert!(desk.failures().is_empty(), "{:?}", desk.failures());
}
