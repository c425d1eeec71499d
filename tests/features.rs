//! Feature steps: held to scikit-learn on four tables, learnt from training rows alone, and refused in words where they do not fit.

use std::{path::Path, sync::Arc};

use serde_json::Value;
use whittle::{
    engine::{
        catalog::Pick,
        data::{self, Dataset, Source, Task, files, generators, table},
        features::{CATALOG, apply},
    },
    experiment::{FEATURES, link},
};

/// Rows of the reference: of training the first and the last, and some for testing.
const ROWS: usize = 4;

fn bundled(key: &str) -> Dataset {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data").join(data::file_name(key));
    let bytes = std::fs::read(path).expect(key);
    match data::source(&Pick::new(key), 0.5, 1).expect(key) {
        Source::Table(source) => {
            let read = table::read(&Arc::new(bytes), table::Options::of(&source).expect(key)).expect(key);
            read.dataset(&source).expect(key)
        }
        _ => files::read(&bytes).expect(key),
    }
}

/// Steps as a link writes them.
fn steps(text: &str) -> Vec<Pick> {
    let (experiment, notices, errors) = link::decode(&format!("features={text}"));
    assert!(notices.is_empty() && errors.is_empty(), "{text}: {notices:?} {errors:?}");
    experiment.features
}

fn made(data: &Dataset, text: &str) -> Dataset {
    apply(&steps(text), data).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The same with every fifth number missing, as the reference has it: of the first column test rows alone.
fn holed(data: &Dataset) -> Dataset {
    let (mut data, width) = (data.clone(), data.shape.len());
    for (samples, spared) in [(&mut data.train, Some(0)), (&mut data.test, None)] {
        for (at, value) in samples.inputs.iter_mut().enumerate() {
            let (row, column) = (at / width, at % width);
            if (7 * row + 3 * column) % 5 == 1 && Some(column) != spared {
                *value = f32::NAN;
            }
        }
    }
    data
}

/// The rows that the reference holds.
fn rows(data: &Dataset) -> Vec<Vec<f64>> {
    let width = data.shape.len();
    let row = |inputs: &[f32], at: usize| inputs[at * width..(at + 1) * width].iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    let last = data.train.len - 1;
    let train = (0..ROWS).chain([last]).map(|at| row(&data.train.inputs, at));
    train.chain((0..ROWS).map(|at| row(&data.test.inputs, at))).collect()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// Holds steps to what a file of references says of them, and gives the keys of all that it has.
fn held(reference: &str) -> std::collections::BTreeSet<String> {
    let reference: Value = serde_json::from_str(reference).expect("JSON");
    let mut seen = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for (key, cases) in reference.as_object().expect("tables") {
        let (whole, gaps) = (bundled(key), holed(&bundled(key)));
        // Images have names for their pixels once they are rows.
        let names = made(&whole, "scale").features;
        for (text, case) in cases.as_object().expect("cases") {
            let data = if case.get("gaps").is_some() { &gaps } else { &whole };
            seen.extend(steps(text).into_iter().map(|pick| pick.key));
            let found = made(data, text);
            if let Some(kept) = case.get("kept") {
                let names: Vec<_> = floats(kept).iter().map(|at| &names[*at as usize]).collect();
                if names != found.features.iter().collect::<Vec<_>>() {
                    wrong.push(format!("{key} {text}: {:?} instead of {names:?}", found.features));
                    continue;
                }
            }
            let wanted: Vec<Vec<f64>> = case["rows"].as_array().expect("rows").iter().map(floats).collect();
            let got = rows(&found);
            if wanted[0].len() != got[0].len() {
                wrong.push(format!("{key} {text}: {} columns instead of {}", got[0].len(), wanted[0].len()));
                continue;
            }
            for at in 0..wanted[0].len() {
                // Which way an axis points is free where the reference leaves it so.
                let turned = case.get("signs").is_some() && wanted[0][at] * got[0][at] < 0.0;
                let size = wanted.iter().fold(1.0_f64, |most, row| most.max(row[at].abs()));
                for (w, g) in wanted.iter().zip(&got) {
                    let g = if turned { -g[at] } else { g[at] };
                    if (w[at] - g).abs() > 1e-5 * size {
                        wrong.push(format!("{key} {text} column {at}: {g} instead of {}", w[at]));
                        break;
                    }
                }
            }
            if let Some(loadings) = case.get("loadings") {
                let pipeline = found.pipeline.as_ref().expect("a pipeline");
                let sight = pipeline.sight(pipeline.telling()).expect("a step");
                let wanted: Vec<Vec<f64>> = loadings.as_array().expect("columns").iter().map(floats).collect();
                // Which way an axis of LDA points is free.
                let turned = [0, 1].map(|at| case.get("signs").is_some() && wanted[0][at] * sight.loadings[0][at] < 0.0);
                let close =
                    |(w, g): (&Vec<f64>, &[f64; 2])| (0..2).all(|at| (w[at] - if turned[at] { -g[at] } else { g[at] }).abs() < 1e-5);
                if wanted.len() != sight.loadings.len() || !wanted.iter().zip(sight.loadings).all(close) {
                    wrong.push(format!("{key} {text}: loadings {:?}", sight.loadings));
                }
                let last: Vec<f32> = sight.after.iter().map(|v| *v as f32).collect();
                assert_eq!(last, found.test.inputs[..last.len()], "{key} {text}: what is looked at is what a model sees");
            }
            if let Some(explained) = case.get("explained") {
                let shares = found.pipeline.as_ref().expect("a pipeline").explained();
                let close = floats(explained).iter().zip(shares).all(|(w, g)| (w - g).abs() < 1e-5);
                if !close {
                    wrong.push(format!("{key} {text}: explained {shares:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    seen
}

#[test]
fn steps_are_those_of_scikit_learn() {
    let seen = held(include_str!("fixtures/features/reference.json"));
    let all: std::collections::BTreeSet<_> = CATALOG.entries.iter().map(|e| e.key.to_string()).collect();
    let own: std::collections::BTreeSet<_> = ["plane", "random"].map(String::from).into();
    assert_eq!(seen, &all - &own, "every step has its reference, or a test of its own here");
}

#[test]
fn images_are_rows_of_pixels_to_steps() {
    let seen = held(include_str!("fixtures/features/images.json"));
    assert_eq!(seen, ["pca", "scale", "variance"].map(String::from).into());
    let digits = bundled("digits");
    let found = made(&digits, "random:8");
    assert_eq!((&found.shape.0[..], found.features.len(), found.train.len), (&[8][..], 8, digits.train.len));
    assert_eq!((found.pipeline.expect("a pipeline").points(), &found.task), (None, &digits.task));
    // Names say where a pixel is, and of which channel.
    let named = made(&digits, "scale").features;
    assert_eq!((named.len(), &named[0][..], &named[11][..], &named[63][..]), (64, "pixel_0_0", "pixel_1_3", "pixel_7_7"));
    let mut colour = digits.clone();
    colour.shape.0 = vec![4, 8, 2];
    let named = made(&colour, "scale").features;
    assert_eq!((&named[1][..], &named[2][..], &named[63][..]), ("pixel_0_0_1", "pixel_0_1_0", "pixel_3_7_1"));
    // Of larger ones, PCA takes a part.
    let fashion = bundled("fashion12k");
    let error = apply(&steps("pca"), &fashion).expect_err("784 pixels").to_string();
    assert!(error.contains("at most 512 columns, and 784 come in"), "{error}");
    assert_eq!(made(&fashion, "anova:256,pca:16").shape.0, [16]);
}

/// Steps that suit any table with classes, alone; of some that learn more than one thing all of it.
const ANY: [&str; 17] = [
    "scale",
    "scale:minmax",
    "scale:robust",
    "log",
    "yeo-johnson",
    "bin",
    "poly",
    "variance",
    "anova:2",
    "mutual:2",
    "scale:minmax,chi2:2",
    "l1",
    "rfe:2",
    "pca",
    "kernel-pca",
    "lda",
    "random:3",
];

/// Steps that ask for more than a table with classes, each with a test of its own here.
const OTHERS: [&str; 2] = ["impute", "plane"];

#[test]
fn every_step_is_asked_what_it_learns_from() {
    let asked = ANY.iter().flat_map(|text| steps(text)).map(|pick| pick.key);
    let asked: std::collections::BTreeSet<_> = asked.chain(OTHERS.map(String::from)).collect();
    let all: std::collections::BTreeSet<_> = CATALOG.entries.iter().map(|e| e.key.to_string()).collect();
    assert_eq!(asked, all, "a step is in ANY or in OTHERS");
    let data = generators::dataset(&Pick::new("circle"), 0.5, 1).expect("points");
    let mut other = data.clone();
    other.test.inputs.iter_mut().for_each(|v| *v = 5.0 - 2.0 * *v);
    let (a, b) = (made(&data, "plane:::on:on:on"), made(&other, "plane:::on:on:on"));
    assert_eq!((&a.train, &a.features), (&b.train, &b.features), "plane");
}

#[test]
fn what_is_learnt_is_learnt_from_training_rows_alone() {
    for key in ["iris", "wine"] {
        let data = bundled(key);
        let mut other = data.clone();
        other.test.inputs.iter_mut().enumerate().for_each(|(i, v)| *v = 5.0 - *v * (i % 7) as f32);
        other.test.classes.reverse();
        for text in ANY.into_iter().chain(["poly,scale,anova:5,pca"]) {
            let (a, b) = (made(&data, text), made(&other, text));
            assert_eq!((&a.train, &a.features), (&b.train, &b.features), "{key} {text}");
            assert_ne!(a.test.inputs, b.test.inputs, "{key} {text}: test rows are looked at");
            // And not from validation rows either.
            let held = data.with_validation(0.25, 3);
            let mut moved = held.clone();
            moved.validation.inputs.iter_mut().for_each(|v| *v = 9.0 - *v);
            assert_eq!(made(&held, text).train, made(&moved, text).train, "{key} {text}");
        }
    }
}

#[test]
fn what_stands_in_for_gaps_is_learnt_from_training_rows_alone() {
    for key in ["iris", "wine"] {
        let data = holed(&bundled(key)).with_validation(0.25, 3);
        let mut other = data.clone();
        for samples in [&mut other.validation, &mut other.test] {
            samples.inputs.iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 == 0 { f32::NAN } else { 7.0 + *v });
        }
        for text in ["impute", "impute:median::on", "impute:frequent::on,scale,pca"] {
            let (a, b) = (made(&data, text), made(&other, text));
            assert_eq!((&a.train, &a.features), (&b.train, &b.features), "{key} {text}");
            assert_ne!(a.test.inputs, b.test.inputs, "{key} {text}");
            assert!(!a.has_gaps() && !b.has_gaps(), "{key} {text}");
        }
        // What a training row has stays as it is.
        for (filled, gap) in made(&data, "impute").train.inputs.iter().zip(&data.train.inputs) {
            assert!(gap.is_nan() || filled == gap, "{key}: {filled} instead of {gap}");
        }
    }
}

#[test]
fn gaps_of_a_table_are_left_to_the_step_and_filled_without_it() {
    let read = |text: &str| {
        let (experiment, notices, errors) = link::decode(text);
        assert!(notices.is_empty() && errors.is_empty(), "{text}: {notices:?} {errors:?}");
        let Ok(Source::Table(source)) = experiment.source() else { panic!("{text} is no table") };
        let bytes = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data").join(data::file_name(&experiment.data.key));
        let table = table::read(&Arc::new(std::fs::read(bytes).expect(text)), table::Options::of(&source).expect(text)).expect(text);
        (table.dataset(&source).expect(text), experiment.features)
    };
    let (plain, _) = read("data=titanic&features=scale");
    let (gaps, steps) = read("data=titanic&features=impute:mean::on");
    assert!(!plain.has_gaps() && gaps.has_gaps());
    let age = plain.features.iter().position(|name| name == "age (years)").expect("ages");
    let column = |data: &Dataset, at: usize| -> Vec<f64> {
        data.train.inputs.iter().skip(at).step_by(data.shape.len()).map(|v| f64::from(*v)).collect()
    };
    let (whole, holed) = (column(&plain, age), column(&gaps, age));
    let missing = holed.iter().filter(|v| v.is_nan()).count();
    assert!((150..300).contains(&missing), "every fifth age is missing: {missing}");
    // Filled first, the column looks less spread, so that what is known lies farther out; scaled first, known ages have a deviation of 1.
    let known: Vec<f64> = holed.iter().copied().filter(|v| !v.is_nan()).collect();
    let deviation = (known.iter().map(|v| v * v).sum::<f64>() / known.len() as f64).sqrt();
    assert!((deviation - 1.0).abs() < 1e-5, "{deviation}");
    let share = (known.len() as f64 / holed.len() as f64).sqrt();
    assert!(whole.iter().zip(&holed).all(|(w, h)| h.is_nan() || (w * share - h).abs() < 1e-5));
    // The mean of known ages is 0 in their scale, and the mark says whose age is not known.
    let made = apply(&steps, &gaps).expect("filled");
    let mark = made.features.iter().position(|name| name == "age (years) missing").expect("a mark");
    for ((filled, marked), gap) in column(&made, age).iter().zip(column(&made, mark)).zip(&holed) {
        assert_eq!(marked == 1.0, gap.is_nan());
        assert!(if gap.is_nan() { filled.abs() < 1e-6 } else { filled == gap });
    }
    // Where another step meets them first it says so; a column that nobody knows anything of is filled with 0.
    let (experiment, ..) = link::decode("features=scale,impute");
    let error = apply(&experiment.features, &gaps).expect_err("gaps").to_string();
    assert!(error.contains("step 1 (scale)") && error.contains("put impute before it"), "{error}");
    let mut unknown = gaps.clone();
    for samples in [&mut unknown.train, &mut unknown.test] {
        samples.inputs.iter_mut().skip(age).step_by(plain.shape.len()).for_each(|v| *v = f32::NAN);
    }
    assert!(column(&apply(&steps, &unknown).expect("filled"), age).iter().all(|v| *v == 0.0));
}

#[test]
fn values_lost_on_purpose_are_left_to_the_step() {
    let data = bundled("iris");
    let damage = data::Damage { missing: 0.2, ..data::Damage::default() };
    let [filled, gaps] = [false, true].map(|gaps| data.damaged(&damage, 3, gaps).expect("lossy"));
    assert!(!filled.has_gaps());
    let made = apply(&steps("impute"), &gaps).expect("filled");
    // The same are lost, and the same mean stands in.
    assert!(made.train.inputs.iter().zip(&filled.train.inputs).all(|(a, b)| (a - b).abs() < 1e-6));
    assert!(made.test.inputs.iter().zip(&filled.test.inputs).all(|(a, b)| (a - b).abs() < 1e-6));
    let all = data::Damage { labels: 0.1, imbalance: 4.0, missing: 0.1, outliers: 0.1, shift: 0.5 };
    let worse = gaps.damaged(&all, 3, true).expect("all of it");
    assert!(worse.has_gaps() && apply(&steps("impute:median::on"), &worse).is_ok_and(|d| !d.has_gaps()));
}

#[test]
fn every_setting_can_be_used_to_both_ends() {
    let data = bundled("iris");
    for entry in CATALOG.entries {
        let first = if entry.key == "chi2" { "scale:minmax" } else { "scale" };
        let points = generators::dataset(&Pick::new("circle"), 0.5, 1).expect("points");
        let on = if entry.key == "plane" { &points } else { &data };
        for spec in entry.params {
            for value in [spec.range.0, spec.range.1] {
                let picks = [steps(first), vec![Pick::new(entry.key).with(spec.key, value)]].concat();
                let found = apply(&picks, on);
                // A high threshold or penalty may leave nothing, and says so.
                let nothing = found.as_ref().is_err_and(|e| e.to_string().contains("no column is"));
                assert!(nothing || found.is_ok_and(|d| d.features.len() == d.shape.len()), "{} {}={value}", entry.key, spec.key);
            }
        }
    }
}

#[test]
fn the_plane_gets_what_is_switched_on_and_keeps_its_points() {
    let data = generators::dataset(&Pick::new("circle"), 0.5, 1).expect("points");
    let found = made(&data, "plane:::off:on");
    assert_eq!(found.features, ["x₁", "x₂", "x₁²", "x₂²", "sin x₁"]);
    for (point, row) in data.test.inputs.chunks(2).zip(found.test.inputs.chunks(5)) {
        let [x, y] = [point[0], point[1]].map(f64::from);
        let wanted = [x, y, x * x, y * y, x.sin()];
        assert!(wanted.iter().zip(row).all(|(w, g)| (w - f64::from(*g)).abs() < 1e-5), "{row:?}");
    }
    let pipeline = found.pipeline.expect("a pipeline");
    let points = pipeline.points().expect("points");
    assert_eq!((&points[0], &points[2]), (&data.train.inputs, &data.test.inputs));
    assert_eq!(pipeline.run(&data.test.inputs, 2), found.test.inputs);
}

#[test]
fn random_directions_keep_distances_on_average() {
    let data = bundled("breast-cancer");
    let distance = |rows: &[f32], width: usize, i: usize| -> f64 {
        let (a, b) = (&rows[i * width..(i + 1) * width], &rows[(i + 1) * width..(i + 2) * width]);
        a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
    };
    let mut ratio = 0.0;
    let draws = 20;
    for draw in 0..draws {
        let found = made(&data, &format!("random:16:{draw}"));
        let ratios = (0..100).map(|i| distance(&found.train.inputs, 16, i) / distance(&data.train.inputs, 30, i));
        ratio += ratios.sum::<f64>() / 100.0 / f64::from(draws);
    }
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    assert_ne!(made(&data, "random").train, made(&data, "random:2:1").train, "another draw, other directions");
}

#[test]
fn each_step_can_be_looked_at() {
    let data = bundled("wine");
    let found = made(&data, "scale:robust,anova:5,pca,bin:3");
    let pipeline = found.pipeline.expect("a pipeline");
    assert_eq!(pipeline.telling(), 2, "the last with directions");
    let widths: Vec<_> = (0..4).filter_map(|at| pipeline.sight(at)).map(|s| (s.names.len(), s.made.len(), s.loadings.len())).collect();
    assert_eq!(widths, [(13, 13, 0), (13, 5, 0), (5, 2, 5), (2, 6, 0)]);
    assert!(pipeline.sight(4).is_none());
    let [first, second] = [0, 1].map(|at| pipeline.sight(at).expect("a step"));
    assert_eq!(first.after, second.before);
    assert_eq!((first.before.len(), first.names), (data.test.len * 13, &data.features[..]));
    // A column that does not vary has nothing to do with any component.
    let mut still = data.clone();
    for samples in [&mut still.train, &mut still.test] {
        samples.inputs.iter_mut().step_by(13).for_each(|v| *v = 0.1);
    }
    let pipeline = made(&still, "pca").pipeline.expect("a pipeline");
    assert_eq!(pipeline.sight(0).expect("a step").loadings[0], [0.0, 0.0]);
    assert_eq!((first.columns, pipeline.sight(0).expect("a step").columns), ((0, 1), (6, 11)), "nor is it looked at first");
    let two = made(&bundled("breast-cancer"), "lda").pipeline.expect("a pipeline");
    assert!(two.sight(0).expect("a step").loadings.iter().all(|pair| pair[1] == 0.0), "two classes, one direction");
}

#[test]
fn the_pixels_to_look_at_first_tell_most_and_scaling_leaves_them() {
    let pipeline = made(&bundled("digits"), "scale,anova:40,pca,scale").pipeline.expect("a pipeline");
    let first = |at: usize| {
        let sight = pipeline.sight(at).expect("a step");
        [sight.columns.0, sight.columns.1].map(|column| sight.names[column].clone())
    };
    assert_eq!([0, 1, 2].map(first), [["pixel_5_2", "pixel_5_3"]; 3]);
    assert_eq!(first(3), ["PC 1", "PC 2"], "components are no pixels");
}

#[test]
fn the_path_of_the_lasso_is_that_of_scikit_learn() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/features/path.json")).expect("JSON");
    for (key, wanted) in reference.as_object().expect("tables") {
        let data = bundled(key);
        let found = made(&data, "l1:0.02");
        let pipeline = found.pipeline.as_ref().expect("a pipeline");
        let path = pipeline.sight(0).and_then(|sight| sight.lasso).expect("a path");
        assert_eq!(path.magnitudes, matches!(&data.task, Task::Classes(names) if names.len() > 2), "{key}");
        let per = path.alphas.len();
        assert_eq!((per, path.weights.len()), (31, 31 * data.features.len()), "{key}");
        assert!(path.alphas.is_sorted_by(|a, b| a > b), "{key}: from the highest");
        let chosen = path.alphas.iter().position(|alpha| *alpha == path.chosen).expect("the chosen one");
        // What has a weight there is what the step keeps.
        let there: Vec<_> = data.features.iter().zip(path.weights.chunks(per)).filter(|(_, line)| line[chosen] != 0.0).collect();
        assert_eq!(there.iter().map(|(name, _)| *name).collect::<Vec<_>>(), found.features.iter().collect::<Vec<_>>(), "{key}");
        let grid: Vec<usize> = (0..per).filter(|at| *at != chosen).collect();
        for (at, alpha) in grid.iter().zip(floats(&wanted["alphas"])) {
            assert!((path.alphas[*at] / alpha - 1.0).abs() < 1e-5, "{key}: {} instead of {alpha}", path.alphas[*at]);
        }
        for ((name, line), wanted) in data.features.iter().zip(path.weights.chunks(per)).zip(wanted["weights"].as_array().expect("columns"))
        {
            for (at, w) in grid.iter().zip(floats(wanted)) {
                assert!((line[*at] - w).abs() < 1e-5, "{key} {name} at {}: {} instead of {w}", path.alphas[*at], line[*at]);
            }
        }
    }
}

#[test]
fn a_path_is_learnt_from_training_rows_alone_and_reaches_the_chosen_penalty() {
    let data = bundled("wine");
    let mut other = data.clone();
    other.test.inputs.iter_mut().for_each(|v| *v = 5.0 - *v);
    other.test.classes.reverse();
    let path = |data: &Dataset, text: &str, step: usize| {
        let pipeline = made(data, text).pipeline.expect("a pipeline");
        pipeline.sight(step).expect("a step").lasso.cloned()
    };
    assert_eq!(path(&data, "l1", 0), path(&other, "l1", 0));
    let low = path(&data, "scale,l1:0.0001", 1).expect("a path");
    assert!(low.alphas.len() == 30 && low.alphas[29] == low.chosen && low.chosen == 0.0001, "{:?}", low.alphas);
    assert_eq!(path(&data, "scale,rfe:3", 1), None, "no lasso");
}

#[test]
fn words_and_gaps_go_through_too_and_columns_keep_their_names() {
    let data = bundled("penguins");
    let found = made(&data, "variance,poly::products,anova:6");
    assert_eq!(found.shape.0, [6]);
    assert!(found.features.iter().any(|name| name.contains('·')) && found.scaling.is_empty(), "{:?}", found.features);
    let flat = made(&bundled("iris"), "pca");
    assert_eq!(flat.features, ["PC 1", "PC 2"]);
    let shares = flat.pipeline.as_ref().expect("a pipeline").explained();
    assert!(shares.len() == 4 && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9 && shares[0] > shares[1]);
    assert_eq!(flat.pipeline.expect("a pipeline").points(), None);
}

#[test]
fn what_does_not_fit_is_refused_at_features() {
    let refuse = |data: &Dataset, text: &str, says: &str| {
        let error = apply(&steps(text), data).expect_err(text);
        assert_eq!(error.field(), "features", "{error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
    };
    refuse(&bundled("japanese-vowels"), "pca", "a sample here is 29×12: use a table, points or images");
    refuse(&bundled("iris"), "plane", "step 1 (plane): it needs two columns, and 4 come in");
    refuse(&holed(&bundled("iris")), "pca", "step 1 (pca): some cells are missing");
    refuse(&holed(&bundled("iris")), "pca,impute", "put impute before it");
    refuse(&bundled("iris"), "pca,chi2", "step 2 (chi2): it takes no negative numbers");
    refuse(&bundled("diabetes"), "chi2", "asks for a number");
    refuse(&bundled("diabetes"), "lda", "use pca");
    refuse(&bundled("iris"), "scale:minmax,variance:1", "no column is left");
    refuse(&bundled("iris"), "l1:1", "lower penalty");
    refuse(&bundled("breast-cancer"), "poly:4", "more than the 4096");
    refuse(&bundled("german-credit"), "poly,pca", "at most 512 columns");
    let mut still = bundled("iris");
    still.train.inputs.fill(2.0);
    refuse(&still, "pca", "do not vary");
    refuse(&still, "kernel-pca", "alike");
    refuse(&still, "variance", "no column is left");
    for text in ["scale", "yeo-johnson", "bin", "log", "mutual:2", "anova:2", "rfe:2"] {
        let found = made(&still, text);
        assert!(found.test.inputs.iter().all(|v| v.is_finite()), "{text}");
    }
    let mut classes = bundled("iris");
    classes.task = Task::Classes(vec!["a".into(), "b".into(), "c".into(), "never".into()]);
    assert!(made(&classes, "lda:3").features.len() == 2, "a class without rows says nothing");
}

#[test]
fn links_hold_the_steps() {
    let text = "features=log,poly:2:products,anova:12,pca:5";
    let (experiment, ..) = link::decode(text);
    assert_eq!(link::encode(&experiment), "features=log,poly::products,anova:12,pca:5");
    for (wrong, says) in [
        ("features=fft", "there is no feature step"),
        ("features=pca:0", "feature step 1 (pca)"),
        ("features=pca,pca,pca,pca,pca,pca,pca,pca,pca", "more than the 8"),
    ] {
        let (kept, _, errors) = link::decode(wrong);
        assert!(errors.len() == 1 && errors[0].field() == FEATURES.key && errors[0].to_string().contains(says), "{wrong}: {errors:?}");
        assert!(kept.features.len() < 2);
    }
}
