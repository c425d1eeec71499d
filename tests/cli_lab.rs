//! The optimizer lab on the command line.

use std::process::Command;

use serde_json::Value;
use whittle::engine::initializers;

/// Trained in a moment.
const SMALL: &str = "data=xor&data.n=200&model=dense:8,relu&epochs=10&batch=20&lr=0.02";

fn whittle(args: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whittle"));
    let output = command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

fn json(args: &[&str]) -> Value {
    let (well, out, err) = whittle(args);
    assert!(well, "{args:?}: {err}");
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"))
}

#[test]
fn a_range_test_suggests_rates() {
    let found = json(&["rates", SMALL, "--steps", "100", "--json"]);
    let points = found["points"].as_array().expect("points");
    assert!(points.len() > 50 && points[0]["lr"].as_f64().is_some_and(|lr| (lr - 1e-6).abs() < 1e-12));
    let rate = |key: &str| found["suggestion"][key].as_f64().expect("a rate");
    assert!((1e-4..2.0).contains(&rate("steepest")) && (1e-4..2.0).contains(&rate("tenth_of_lowest")), "{}", found["suggestion"]);
    let (well, text, _) = whittle(&["rates", SMALL, "--steps", "100"]);
    assert!(well && text.contains("falls fastest at"), "{text}");
}

#[test]
fn a_race_has_a_winner_and_its_numbers_do_not_depend_on_jobs() {
    let race = |jobs: &str| json(&["race", SMALL, "--optimizers", "adam,sgd:0.5,lbfgs:1", "--rates", "own", "--jobs", jobs, "--json"]);
    let (one, three) = (race("1"), race("3"));
    assert_eq!(one["order"].as_array().map(Vec::len), Some(3), "{one}");
    assert_eq!(one["order"], three["order"]);
    for (a, b) in one["racers"].as_array().expect("racers").iter().zip(three["racers"].as_array().expect("racers")) {
        let losses = |racer: &Value| racer["points"].as_array().expect("points").iter().map(|p| p["loss"].to_string()).collect::<Vec<_>>();
        assert_eq!(losses(a), losses(b), "{}", a["optimizer"]);
        assert_eq!(a["points"][0]["loss"], one["racers"][0]["points"][0]["loss"], "all begin with the same weights");
    }
    let link = one["racers"][1]["link"].as_str().expect("a link");
    assert!(link.contains("opt=sgd") && link.contains("lr=0.5"), "{link}");
    let (well, text, _) = whittle(&["race", SMALL, "--optimizers", "adam,momentum", "--rates", "test"]);
    assert!(well && text.contains(" won: after 1,000 samples"), "{text}");
}

#[test]
fn a_surface_has_its_middle_and_its_path() {
    let found = json(&["surface", SMALL, "--size", "5", "--path", "--json"]);
    let rows = found["losses"].as_array().expect("rows");
    assert!(rows.len() == 5 && rows.iter().all(|row| row.as_array().is_some_and(|row| row.len() == 5)));
    assert_eq!(found["path"].as_array().and_then(|p| p.last()).map(|p| p["step"].as_u64()), Some(Some(50)));
    let (well, text, _) = whittle(&["surface", SMALL, "--size", "3"]);
    assert!(well && text.lines().count() == 5, "{text}");
}

#[test]
fn layers_that_are_ill_get_links_that_help() {
    let ill = SMALL.replace("relu", "sigmoid").replace("dense:8", "dense:8,sigmoid,dense:8,sigmoid,dense:8") + "&init=zeros";
    let found = json(&["checkup", &ill, "--json"]);
    let layers = found["layers"].as_array().expect("layers");
    let helped = layers.iter().filter(|l| !l["finding"].is_null()).count();
    assert!(helped > 0 && layers.iter().any(|l| l["remedies"][0]["link"].as_str().is_some_and(|l| l.contains("data=xor"))), "{found}");
    let (well, text, _) = whittle(&["checkup", SMALL]);
    assert!(well && text.contains("dense"), "{text}");
    assert!(text.contains("* He (Kaiming) uniform") && text.contains("  Zeros") && text.contains("all zero"), "{text}");
    assert_eq!(found["first_weights"][0]["init"]["key"], "zeros");
    assert_eq!(found["first_weights"][0]["signals"], "all zero");
    assert_eq!(found["first_weights"].as_array().map(Vec::len), Some(initializers::LISTING.entries.len()));
}

#[test]
fn snapshots_are_taken_where_cycles_end() {
    let cycles = SMALL.to_string() + "&schedule=warm-restarts&schedule.first=1&schedule.growth=1";
    let found = json(&["snapshots", &cycles, "--members", "3", "--json"]);
    let (members, together) = (found["members"].as_array().expect("members"), found["together"].as_array().expect("ensembles"));
    assert!((2..=3).contains(&members.len()) && together.len() == members.len(), "{found}");
    assert_eq!((&together[0]["score"], &together[0]["loss"]), (&members[members.len() - 1]["score"], &members[members.len() - 1]["loss"]));
    let (well, text, _) = whittle(&["snapshots", &cycles]);
    assert!(well && text.contains("The last, epoch") && text.contains("models of one training"), "{text}");
    let (well, _, err) = whittle(&["snapshots", SMALL]);
    assert!(!well && err.lines().count() == 1 && err.contains("warm restarts"), "{err}");
}

#[test]
fn bad_racers_are_refused_in_one_line() {
    for (optimizers, why) in
        [("adam,nothing", "nothing"), ("adam:x", "no learning rate"), ("sgd,sgd,sgd,sgd,sgd,sgd,sgd,sgd,sgd", "too many")]
    {
        let (well, _, err) = whittle(&["race", SMALL, "--optimizers", optimizers]);
        assert!(!well && err.lines().count() == 1 && err.contains(why), "{err}");
    }
}

#[test]
fn columns_of_a_model_in_a_file_are_shuffled() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("importance.whittle");
    let path = file.to_str().expect("a path");
    let (well, _, err) = whittle(&["export", "data=iris&learner=tree&learner.max-depth=1", "--format", "whittle", "--output", path]);
    assert!(well, "{err}");
    let found = json(&["eval", path, "--importance", "--json"]);
    let columns = found["importance"]["columns"].as_array().expect("columns");
    assert_eq!((&found["importance"]["samples"], columns.len()), (&30.into(), 4));
    // One question about one column: the others cost nothing, and stand in their order behind it.
    assert!(
        columns[0]["mean"].as_f64().is_some_and(|mean| mean > 0.1)
            && columns[1..].iter().all(|c| c["mean"] == 0.0 && c["deviation"] == 0.0),
        "{found}"
    );
    let (well, text, _) = whittle(&["eval", path, "--importance"]);
    let name = columns[0]["column"].as_str().expect("a name");
    let first = text.lines().skip_while(|line| !line.starts_with("loss of")).nth(1);
    assert!(well && first.is_some_and(|line| line.trim_start().starts_with(name) && line.contains('±')), "{text}");

    let (well, _, err) = whittle(&["export", "data=digits&learner=naive-bayes", "--format", "whittle", "--output", path]);
    assert!(well, "{err}");
    let (well, _, err) = whittle(&["eval", path, "--importance"]);
    assert!(!well && err.contains("columns of a table"), "{err}");
}
