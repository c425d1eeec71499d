//! Every setting of every learner away from its default: as good as scikit-learn's with the same, and least squares those of statsmodels.

mod learner_support;

use std::collections::{BTreeMap, BTreeSet};

use learner_support::{answers, folds, learn, load, mean_score, score};
use serde_json::Value;
use whittle::engine::{
    catalog::Pick,
    learners::{CATALOG, Table, Target},
};

/// Of `tests/fixtures/{folder}/make.py`.
fn cases(folder: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/{folder}/reference.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("it is there")).expect("the fixture is JSON")
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn pick(case: &Value) -> Pick {
    serde_json::from_value(case["pick"].clone()).expect("a pick")
}

#[test]
fn settings_do_what_they_do_in_scikit_learn() {
    let mut wrong = Vec::new();
    for case in cases("learner_settings") {
        let (pick, data) = (pick(&case), case["data"].as_str().expect("a name"));
        let table = load(data);
        let seeds = match (case["chance"] == true, pick.key.as_str()) {
            (false, _) => 1,
            // The costly ones vary little.
            (true, "averaging" | "stacking") => 2,
            // A few members vary much.
            (true, "bagging") => 20,
            (true, _) => 6,
        };
        let (got, wanted) = (mean_score(&pick, &table, seeds), case["score"].as_f64().expect("a number"));
        println!("{got:.4} {wanted:.4} {:+.4} {data} {}", got - wanted, case["pick"]);
        if (got - wanted).abs() > 0.01 {
            wrong.push(format!("{data} {}: {got:.4} instead of {wanted:.4}", case["pick"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn answers_are_those_of_scikit_learn_where_the_optimum_is_unique() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for case in cases("learner_settings") {
        if case["answers"].is_null() {
            continue;
        }
        let (pick, data) = (pick(&case), case["data"].as_str().expect("a name"));
        let (train, test) = folds(&load(data), 0);
        let classes = matches!(train.target, Target::Classes { .. });
        let got = answers(learn(&pick, train, 0).as_ref(), &test);
        let wanted = floats(&case["answers"]);
        // Support vector machines, alone or as members, stop where the conditions of the optimum hold to a thousandth, as scikit-learn's do unless told to go on.
        let tolerance = match (pick.key == "svm" || pick.params.contains_key("svm"), classes) {
            (true, true) => 2e-3,
            (true, false) => 1e-2,
            _ => 5e-5,
        };
        assert_eq!(got.len(), wanted.len());
        let off = got.iter().zip(&wanted).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        println!("{off:.2e} {data} {}", case["pick"]);
        if off > tolerance {
            wrong.push(format!("{data} {}: {off:e}", case["pick"]));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 30, "{seen} were compared");
}

#[test]
fn every_setting_of_every_learner_is_set_in_some_case() {
    let mut set = BTreeMap::<String, BTreeSet<String>>::new();
    for case in ["learners", "learner_settings"].into_iter().flat_map(cases) {
        let pick = pick(&case);
        let (_, values) = CATALOG.resolve(&pick).expect("a learner");
        let entry = CATALOG.find(&pick.key).expect("a learner");
        let moved = entry.params.iter().filter(|spec| values.get(spec) != spec.default).map(|spec| spec.key.to_string());
        set.entry(pick.key).or_default().extend(moved);
    }
    let mut missing = Vec::new();
    for entry in CATALOG.entries {
        let known = set.get(entry.key);
        missing.extend(
            entry.params.iter().filter(|spec| !known.is_some_and(|k| k.contains(spec.key))).map(|s| format!("{}.{}", entry.key, s.key)),
        );
    }
    assert!(missing.is_empty(), "{}: add a case to tests/fixtures/learner_settings/make.py", missing.join(", "));
}

/// `tests/fixtures/ols/make.py` made the figures.
#[test]
fn least_squares_are_those_of_statsmodels() {
    for case in cases("ols") {
        let name = case["name"].as_str().expect("a name");
        let single = |key: &str| floats(&case[key]).into_iter().map(|v| v as f32).collect::<Vec<f32>>();
        let (inputs, values) = (single("x"), single("y"));
        let features = case["columns"].as_u64().expect("a number") as usize;
        let table = Table { rows: values.len(), features, inputs, target: Target::Values(values) };
        let model = learn(&Pick::new("linear").with("alpha", 0.0), table.clone(), 0);
        let said = model.describe();
        let near = |got: &[f32], wanted: &[f64]| {
            let size = wanted.iter().fold(1.0_f64, |most, w| most.max(w.abs()));
            got.len() == wanted.len() && got.iter().zip(wanted).all(|(g, w)| (f64::from(*g) - w).abs() < 5e-6 * size)
        };
        assert!(near(&said.coefficients, &floats(&case["weights"])), "{name}: {:?} instead of {}", said.coefficients, case["weights"]);
        assert!(near(&said.intercepts, &[case["intercept"].as_f64().expect("a number")]), "{name}: {:?}", said.intercepts);
        assert!(near(&answers(model.as_ref(), &table), &floats(&case["answers"])), "{name}: other answers");
        let r2 = score(model.as_ref(), &table);
        assert!((r2 - case["r2"].as_f64().expect("a number")).abs() < 1e-6, "{name}: R² {r2} instead of {}", case["r2"]);
    }
}
