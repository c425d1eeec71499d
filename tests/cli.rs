//! The command line as people and scripts use it: what it prints, what it writes, and how it says no.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use prost::Message;
use serde_json::Value;
use whittle::{
    bench::device::LIST,
    engine::{artifact, catalog::Listing, data, inference::Runner, onnx::messages::ModelProto, params::ParamSpec},
    experiment::{FIELDS, LISTS, PICKS, json, link, presets},
    protocol::{Form, FromWorker, RunId, ToWorker},
    session::{ENGINE, Next, Session},
};

/// A network with pruned, 4-bit weights and convolutions, trained in a moment.
const SMALL: &str = "data=digits&model=conv2d:4,relu,maxpool,dense:24,relu&epochs=3&prune=0.6&bits=4&seed=5";

fn whittle(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whittle")).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the program starts")
}

/// What it prints when all is well.
fn printed(args: &[&str]) -> String {
    let output = whittle(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// A path in a folder of its own for this test run.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn file(name: &str, content: &[u8]) -> String {
    let path = scratch(name);
    std::fs::write(&path, content).expect("a file");
    text(&path).to_string()
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let broken = file("broken.json", b"{\"lr\": 0.1,,}");
    let binary = file("binary.json", &[0xff, 0xfe, 0x00]);
    let newer = file("newer.json", b"{\"version\": 99}");
    let wrong = file("wrong.json", b"{\"opt\": {\"key\": \"adam\", \"beta1\": 2}, \"prune\": 1}");
    let no_model = file("no.whittle", b"something else");
    let cut = scratch("cut");
    std::fs::create_dir_all(&cut).expect("a folder");
    let iris = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data/iris.bin")).expect("iris");
    std::fs::write(cut.join("iris.bin"), &iris[..iris.len() / 2]).expect("a file");
    let huge = format!("model=conv2d:256{}", ",dense:4096".repeat(12));
    let cases: &[(&[&str], &str)] = &[
        (&["juggle"], "unrecognized subcommand 'juggle' (see whittle --help)"),
        (&["runs"], "unrecognized subcommand 'runs'; tip: a similar subcommand exists: 'run' (see whittle --help)"),
        (&["run"], "<EXPERIMENT>"),
        (&["run", "data=xor", "--epoch", "3"], "unexpected argument '--epoch'"),
        (&["run", "data=xor", "--epochs", "many"], "invalid value 'many' for '--epochs"),
        (&["run", "data=xor", "--epochs", "-3"], "epochs: -3 is not allowed; the range is 1 to 1000"),
        (&["run", "data=xor", "--epochs", "2.5"], "epochs: \"2.5\" is not a whole number"),
        (&["run", "data=xor", "--epochs", "0"], "epochs: 0 is not allowed; the range is 1 to 1000"),
        (&["run", "lr=-1"], "lr: -1 is not allowed; the range is 0.00001 to 10"),
        (&["run", "lr=NaN"], "lr: NaN is not allowed; the range is 0.00001 to 10"),
        (&["run", "lr=1e30"], "lr: 1000000000000000000000000000000 is not allowed; the range is 0.00001 to 10"),
        (&["run", "prune=1"], "prune: 1 is not allowed; the range is 0 to 0.99"),
        (&["run", "lr=fast&prune=2&unknown=1"], "lr: \"fast\" is not a number; prune: 2 is not allowed"),
        (&["run", "data=xor&cut=1.2"], "cut: \"1.2\" is not a link as layer.from.to"),
        (&["run", "data=xor&cut=1.0.64"], "cut: there is no link 1.0.64 in this network: layer 1 has units 0 to 63 and takes from 0 to 1"),
        (&["run", "data=imagenet"], "data: there is no data set \"imagenet\"; known are mnist10k"),
        (&["run", "model=dense,transformer"], "model: there is no layer \"transformer\"; known are dense"),
        // 9·256 + 256, then 28·28·256 inputs of 4,096 units, then eleven times 4,096² + 4,096, then ten outputs.
        (&["run", &huge], "model: 1,006,725,642 parameters, more than the 8,000,000 allowed here"),
        (&["run", "data=diabetes"], "loss: cross-entropy needs classes"),
        (&["run", "data=diabetes&loss=hinge"], "loss: hinge needs classes, and this data set asks for a number"),
        (&["run", "data=diabetes&loss=mse&balance=balanced"], "balance: class weights need classes"),
        (&["run", "data=xor&loss=custom&formula=(y-q)^2"], "formula: at character 4: there is no \"q\"; known are y, p, e, pi, abs"),
        (&["run", "data=xor&shift=2"], "shift: this data set has no images to move"),
        (&["run", "data=xor&sam=0.05&qat=on"], "sam: sharpness-aware minimization looks at floats"),
        (&["run", "data=spiral&model=conv2d"], "layer 1 (conv2d): it needs an image"),
        (&["run", "preset:nothing"], "there is no preset \"nothing\"; known are mnist-mlp"),
        (&["run", "missing.json"], "\"missing.json\" is no file, no link (data=…&model=…) and no preset:KEY"),
        (&["run", ""], "\"\" is no file, no link"),
        (&["run", &broken], "broken.json: experiment: this is not JSON: key must be a string at line 1 column 12"),
        (&["run", &binary], "binary.json: stream did not contain valid UTF-8"),
        (&["run", &newer], "newer.json: version: 99 is newer than this Whittle"),
        (&["run", &wrong], "wrong.json: opt.beta1: 2 is not allowed; the range is 0 to 0.999; prune: 1 is not allowed"),
        (&["run", "data=iris", "--data-dir", "nowhere"], "--data-dir says where data sets lie"),
        (&["run", "data=iris", "--data-dir", text(&cut)], "data set iris: the body cannot be unpacked"),
        (&["export", "data=xor", "-o", "x"], "--format"),
        (&["export", "data=xor", "--format", "gguf", "-o", "x"], "invalid value 'gguf'"),
        (&["export", "data=xor&epochs=2", "--format", "json", "--at-step", "17", "-o", "x"], "--at-step 17: the run ends at step 16"),
        (&["export", "data=xor", "--format", "json", "--at-step", "-1", "-o", "x"], "invalid value '-1'"),
        (&["export", "data=xor", "--format", "json", "--at-step", "0", "-o", "no/such/folder/x"], "no/such/folder/x: "),
        (&["run", "data=iris&model=embedding"], "model: an embedding reads tokens, and this data set has none"),
        (&["run", "data=sonnets&data.window=1"], "data.window: 1 is not allowed; the range is 2 to 128"),
        (&["write", &no_model], "no.whittle: this is not a Whittle model file"),
        (&["eval", &no_model], "no.whittle: this is not a Whittle model file"),
        (&["eval", "missing.whittle"], "missing.whittle: "),
        (&["solve", "data=xor"], "no limit is set: --max-kb, --max-drop, --max-ms"),
        (&["solve", "data=xor", "--max-drop", "-1"], "maxdrop: -1 is not allowed; the range is 0 to 100"),
        (&["list", "everything"], "unexpected argument 'everything'"),
    ];
    let mut wrong = Vec::new();
    for (args, says) in cases {
        let output = whittle(args);
        let said = String::from_utf8_lossy(&output.stderr);
        let one_line = said.lines().count() == 1 && said.starts_with("whittle: ") && said.contains(says);
        if output.status.code() != Some(2) || !output.stdout.is_empty() || !one_line {
            wrong.push(format!("{args:?}: exit {:?}, {} bytes printed, said {said:?}", output.status.code(), output.stdout.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_table_of_ones_own_is_trained_on_and_judged() {
    let rows: String = (0..90).map(|i| format!("{};{},5;{}\n", i % 3, i % 7, ["a", "b", "c"][i % 3])).collect();
    let csv = file("flowers.csv", format!("x;y;species\n{rows}").as_bytes());
    let other = file("other.csv", format!("x;y;species\n{rows}1;1;a\n").as_bytes());
    let model = scratch("flowers.whittle");
    let link = "data=iris&model=dense:8,relu&lr=0.03";
    let run = lines(&printed(&["run", link, "--csv", &csv, "--epochs", "60", "--json"]));
    assert_eq!((&run[0]["data"], &run[0]["train"], &run[0]["test"]), (&"csv".into(), &45.into(), &45.into()));
    let summary = run.last().expect("a summary");
    assert!(summary["baseline"]["accuracy"].as_f64().is_some_and(|a| a > 0.9), "{summary}");
    assert_eq!(run[1..run.len() - 1], lines(&printed(&["run", link, "--csv", &csv, "--epochs", "60", "--json"]))[1..run.len() - 1]);
    printed(&["export", link, "--csv", &csv, "--format", "whittle", "--output", text(&model)]);
    let judged = lines(&printed(&["eval", text(&model), "--csv", &csv, "--json"]));
    assert!(judged[0]["accuracy"].as_f64().is_some_and(|a| a > 0.9), "{judged:?}");
    for (args, says) in [
        (vec!["eval", text(&model)], "say where it lies with --csv"),
        (vec!["eval", text(&model), "--csv", &other], "the model is about a file whose SHA-256 begins with"),
        (vec!["run", "data=csv"], "file: which file?"),
        (vec!["run", "data=csv&file=0123456789abcdef:my.csv"], "is about my.csv; say where it lies with --csv"),
        (
            vec!["run", "data=csv&file=0123456789abcdef:my.csv", "--csv", &csv],
            "is about my.csv, whose SHA-256 begins with 0123456789abcdef",
        ),
        (vec!["run", "data=csv&data.predict=7", "--csv", &csv], "there is no column 7; the last is 3"),
        (vec!["run", "data=csv&columns=3:number", "--csv", &csv], "row 2, column species: \"a\" is no number"),
        (vec!["run", "data=csv", "--csv", "no.csv"], "no.csv: "),
    ] {
        let output = whittle(&args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.lines().count() == 1 && error.contains(says), "{args:?}: {error}");
    }
}

#[test]
fn a_reader_may_stop_reading() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_whittle"))
        .args(["run", "data=xor&epochs=60", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Closed before anything is written.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn what_is_ignored_is_said_and_the_rest_runs() {
    let output = whittle(&["export", "data=xor&colour=blue", "--format", "json", "--at-step", "0", "-o", text(&scratch("ignored.json"))]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("whittle: colour is unknown here and was ignored\n"), "{said}");
}

/// Every catalogue with the field at which an experiment names it.
fn catalogues() -> Vec<(&'static str, Listing)> {
    let lists = LISTS.iter().flat_map(|list| (list.listings)().into_iter().map(|l| (list.key, l)));
    lists.chain(PICKS.iter().map(|p| (p.key, p.listing))).collect()
}

#[test]
fn the_list_names_every_catalogue_with_its_parameters() {
    let list: Value = serde_json::from_str(&printed(&["list", "--json"])).expect("JSON");
    let plain = printed(&["list"]);
    let keys = |of: &Value| -> Vec<String> {
        of.as_array().expect("a list").iter().map(|e| e["key"].as_str().expect("a key").to_string()).collect()
    };
    let spec_keys = |specs: &[ParamSpec]| -> Vec<String> { specs.iter().map(|s| s.key.to_string()).collect() };
    assert_eq!(list["catalogues"].as_array().map(Vec::len), Some(catalogues().len()));
    for (found, (field, listing)) in list["catalogues"].as_array().expect("a list").iter().zip(catalogues()) {
        assert_eq!((found["field"].as_str(), found["kind"].as_str()), (Some(field), Some(listing.kind)));
        assert_eq!(keys(&found["entries"]), listing.entries.iter().map(|e| e.key).collect::<Vec<_>>());
        assert!(plain.contains(&format!("{} ({field}=…)", listing.kind)), "{field}");
        for (entry, info) in found["entries"].as_array().expect("a list").iter().zip(listing.entries) {
            assert_eq!(keys(&entry["params"]), spec_keys(info.params), "{}", info.key);
            assert!(plain.contains(&format!("\n  {:<18} {}\n", info.key, info.label)), "{}", info.key);
        }
    }
    let specs: Vec<_> = FIELDS.iter().map(|f| f.spec).collect();
    assert_eq!(keys(&list["numbers"]), spec_keys(&specs));
    for (found, spec) in list["numbers"].as_array().expect("a list").iter().zip(&specs) {
        let range = (found["min"].as_f64(), found["max"].as_f64());
        assert_eq!(range, (Some(spec.range.0), Some(spec.range.1)), "{}", spec.key);
        assert_eq!(spec.parse(found["default"].as_str().expect("text")), Ok(spec.default), "{}", spec.key);
    }
    assert_eq!(keys(&list["presets"]), presets::ALL.iter().map(|p| p.key).collect::<Vec<_>>());
}

#[test]
fn a_run_ends_with_its_summary_and_repeats_itself() {
    let mut first = lines(&printed(&["run", SMALL, "--json"]));
    let mut summary = first.pop().expect("a summary");
    assert_eq!(first[0]["event"], "started");
    assert_eq!(first[0]["params"].as_u64(), Some(4 * 9 + 4 + (4 * 16 + 1) * 24 + (24 + 1) * 10));
    let points = &first[1..];
    assert!(points.len() > 3 && points.iter().all(|p| p["event"] == "point" && p["train_accuracy"].is_number()));
    // Few digits, as the engine's floats have.
    assert!(points.iter().all(|p| p["train_loss"].to_string().len() <= 12), "{}", points[0]);
    assert!(points.iter().any(|p| p["test_accuracy"].is_number() && p["test_loss"].is_number()));

    assert_eq!((summary["event"].as_str(), summary["reason"].as_str()), (Some("summary"), Some("finished")));
    assert_eq!((summary["steps"].as_u64(), summary["epochs"].as_f64()), (Some(3 * 45), Some(3.0)));
    assert_eq!((summary["seed"].as_u64(), summary["engine"].as_str()), (Some(5), Some(ENGINE)));
    for side in ["baseline", "optimized"] {
        let judged = &summary[side];
        assert!(judged["accuracy"].as_f64().is_some_and(|a| a > 0.5 && a <= 1.0), "{judged}");
        assert!(judged["loss"].as_f64().is_some_and(|l| l > 0.0), "{judged}");
        let cells: Vec<Vec<u64>> = serde_json::from_value(judged["confusion"].clone()).expect("a table");
        assert_eq!((cells.len(), cells.iter().flatten().sum::<u64>()), (10, 360));
        let hits: u64 = cells.iter().enumerate().map(|(i, row)| row[i]).sum();
        assert!((judged["accuracy"].as_f64().unwrap_or(0.0) - hits as f64 / 360.0).abs() < 1e-6);
        let times = summary["latency"][side].as_array().expect("times");
        assert_eq!(times.iter().map(|t| t["batch"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(64)]);
        for time in times {
            let (p50, p95) = (time["p50_ms"].as_f64(), time["p95_ms"].as_f64());
            assert!(p50.is_some_and(|t| t > 0.0) && p95 >= p50, "{time}");
        }
    }
    assert!(summary["seconds"].as_f64().is_some_and(|s| s > 0.0));
    let forms = ["dense", "masked", "packed", "sparse", "deflate"];
    assert!(forms.iter().all(|form| summary["bytes"][form].as_u64() > summary["payload_bytes"][form].as_u64()));
    let best = summary["best"].as_str().expect("a form");
    assert!(forms[1..].iter().all(|form| summary["bytes"][best].as_u64() <= summary["bytes"][form].as_u64()));

    // The same once more, from the summary's own link and from a JSON file.
    let from_link = summary["link"].as_str().expect("a link").to_string();
    let from_file = file("small.json", json::write(&link::decode(SMALL).0).as_bytes());
    for source in [from_link, from_file] {
        let mut again = lines(&printed(&["run", &source, "--json"]));
        let mut other = again.pop().expect("a summary");
        assert_eq!(first, again);
        for timed in [&mut summary, &mut other] {
            (timed["latency"], timed["seconds"]) = (Value::Null, Value::Null);
        }
        assert_eq!(summary, other);
    }
}

#[test]
fn a_regression_is_judged_by_r2() {
    let link = "data=diabetes&loss=mse&model=dense:8,relu&epochs=4&bits=6&prune=0.3";
    let run = lines(&printed(&["run", link, "--json"]));
    let summary = run.last().expect("a summary");
    let optimized = &summary["optimized"];
    assert!(optimized["r2"].is_number() && optimized["mae"].is_number() && optimized.get("accuracy").is_none(), "{optimized}");
    let path = scratch("diabetes.whittle");
    printed(&["export", link, "--format", "whittle", "-o", text(&path)]);
    let judged: Value = serde_json::from_str(&printed(&["eval", text(&path), "--json"])).expect("JSON");
    assert_eq!(judged["r2"], optimized["r2"]);
}

#[test]
fn a_run_by_a_formula_learns_what_the_formula_says() {
    let run = |loss: &str| {
        let link = format!("data=diabetes&model=dense:8,relu&epochs=6&lr=0.01&{loss}");
        lines(&printed(&["run", &link, "--json"])).pop().expect("a summary")
    };
    let named = run("loss=mse");
    let written = run("loss=custom&formula=(y-p)^2");
    for figure in ["loss", "r2"] {
        let [a, b] = [&named, &written].map(|s| s["baseline"][figure].as_f64().expect("a number"));
        assert!((a - b).abs() < 1e-3, "{figure}: {a} by name, {b} as written");
    }
    // Errors upwards cost nine times those downwards: it learns to say less, and what it minds is small.
    let low = run("loss=custom&formula=max(9*(p-y),y-p)");
    assert!(low["baseline"]["r2"].as_f64() < named["baseline"]["r2"].as_f64());
    let link = low["link"].as_str().expect("a link");
    assert!(link.contains("loss=custom") && link.contains("formula=max%289%2A%28p-y%29,y-p%29"), "{link}");
    assert_eq!(lines(&printed(&["run", link, "--json"])).pop().expect("a summary")["baseline"], low["baseline"]);
    // Of classes p is a probability.
    let classes = lines(&printed(&["run", "data=iris&model=dense:8,relu&epochs=30&lr=0.02&loss=custom&formula=-y*log(p)", "--json"]));
    assert!(classes.last().expect("a summary")["baseline"]["accuracy"].as_f64() > Some(0.8));
}

#[test]
fn an_exported_model_is_as_long_and_as_good_as_the_run_said() {
    for link in [SMALL, "data=spiral&model=dense:12,tanh&epochs=10&bits=2&act=int8&seed=9&data.noise=0.02&test=0.3"] {
        let run = lines(&printed(&["run", link, "--json"]));
        let summary = run.last().expect("a summary");
        let path = scratch("exported.whittle");
        printed(&["export", link, "--format", "whittle", "-o", text(&path)]);
        let best = summary["best"].as_str().expect("a form");
        assert_eq!(std::fs::metadata(&path).expect("a file").len(), summary["bytes"][best].as_u64().expect("a length"));
        let judged: Value = serde_json::from_str(&printed(&["eval", text(&path), "--json"])).expect("JSON");
        assert_eq!(judged["accuracy"], summary["optimized"]["accuracy"], "{link}");
        assert_eq!((judged["form"].as_str(), judged["samples"].as_u64()), (Some(best), summary["optimized"]["samples"].as_u64()));
        // For people, the same in words.
        let words = printed(&["eval", text(&path)]);
        assert!(words.contains(&format!("accuracy {:.4}", judged["accuracy"].as_f64().expect("a number"))), "{words}");
        // A damaged copy is refused.
        let mut bytes = std::fs::read(&path).expect("a file");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let damaged = whittle(&["eval", &file("damaged.whittle", &bytes)]);
        assert_eq!(damaged.status.code(), Some(2));
    }
}

#[test]
fn weights_can_be_taken_at_any_step() {
    let export = |format: &str, step: Option<&str>, name: &str| {
        let path = scratch(name);
        let mut args = vec!["export", SMALL, "--format", format, "-o", text(&path)];
        args.extend(step.iter().flat_map(|s| ["--at-step", *s]));
        printed(&args);
        std::fs::read(&path).expect("a file")
    };
    let read = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).expect("JSON") };
    let (first, middle, last, end) = (
        read(&export("json", Some("0"), "w0.json")),
        read(&export("json", Some("50"), "w50.json")),
        read(&export("json", Some("135"), "w135.json")),
        read(&export("json", None, "w.json")),
    );
    for (weights, step) in [(&first, 0), (&middle, 50), (&last, 135), (&end, 135)] {
        assert_eq!(weights["step"].as_u64(), Some(step));
        assert_eq!(json::read_value(&weights["experiment"]), (link::decode(SMALL).0, vec![], vec![]));
    }
    assert_eq!(last["tensors"], end["tensors"], "the last step is the end of the run");
    assert!(first["tensors"] != middle["tensors"] && middle["tensors"] != end["tensors"]);
    // The same numbers in safetensors; PyTorch's layout has the output unit first.
    let file = export("safetensors", Some("50"), "w50.safetensors");
    let tensors = safetensors::SafeTensors::deserialize(&file).expect("safetensors");
    let weight = tensors.tensor("layers.5.weight").expect("the output layer");
    assert_eq!(weight.shape(), [10, 24]);
    let ours = middle["tensors"].as_array().expect("a list").iter().find(|t| t["name"] == "layers.5.weight").expect("the output layer");
    let (theirs, _) = weight.data().as_chunks::<4>();
    for (unit, input) in [(0, 0), (3, 17), (9, 23)] {
        let value = ours["values"][input * 10 + unit].as_f64().expect("a number");
        assert_eq!(f32::from_le_bytes(theirs[unit * 24 + input]), value as f32);
    }
}

/// The optimized model and the fp32 one as ONNX: what they hold, and what they say of themselves.
#[test]
fn onnx_files_say_what_they_were_trained_by() {
    let read = |format: &str, step: Option<&str>| {
        let path = scratch(&format!("{format}{}.onnx", step.unwrap_or("")));
        let mut args = vec!["export", SMALL, "--format", format, "-o", text(&path)];
        args.extend(step.iter().flat_map(|s| ["--at-step", *s]));
        printed(&args);
        ModelProto::decode(&*std::fs::read(&path).expect("a file")).expect("ONNX")
    };
    let (optimized, early) = (read("onnx", None), read("onnx", Some("50")));
    let (fp32, first) = (read("onnx-fp32", None), read("onnx-fp32", Some("0")));
    for model in [&optimized, &early, &fp32, &first] {
        let said = |key: &str| model.metadata_props.iter().find(|p| p.key == key).map(|p| p.value.as_str());
        assert_eq!(said("experiment").map(|l| link::decode(l).0), Some(link::decode(SMALL).0));
        let classes: Vec<String> = serde_json::from_str(said("classes").expect("names")).expect("JSON");
        assert_eq!(classes.len(), 10);
    }
    let weights = |model: &ModelProto, name: &str| {
        let tensors = model.graph.iter().flat_map(|g| &g.initializer);
        tensors.clone().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let (codes, floats) = (weights(&optimized, "layers.5.weight.codes"), weights(&fp32, "layers.5.weight"));
    assert_eq!((codes.dims.as_slice(), codes.raw_data.len()), (&[24_i64, 10][..], 120), "two codes a byte");
    assert_eq!((floats.dims.as_slice(), floats.raw_data.len()), (&[24_i64, 10][..], 960));
    assert!(codes != weights(&early, "layers.5.weight.codes") && floats != weights(&first, "layers.5.weight"));
    // The same numbers as in the file of weights.
    let path = scratch("onnx.json");
    printed(&["export", SMALL, "--format", "json", "-o", text(&path)]);
    let json: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    let ours = json["tensors"].as_array().expect("a list").iter().find(|t| t["name"] == "layers.5.weight").expect("the output layer");
    let theirs: Vec<f32> = floats.raw_data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let ours: Vec<f32> = ours["values"].as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number") as f32).collect();
    assert_eq!(theirs, ours);
}

#[test]
fn outputs_are_written_for_the_samples_that_were_judged() {
    let (model, outputs) = (scratch("outputs.whittle"), scratch("outputs.safetensors"));
    printed(&["export", SMALL, "--format", "whittle", "-o", text(&model)]);
    let judged: Value = serde_json::from_str(&printed(&["eval", text(&model), "--json", "--outputs", text(&outputs)])).expect("JSON");
    let file = std::fs::read(&outputs).expect("a file");
    let tensors = safetensors::SafeTensors::deserialize(&file).expect("safetensors");
    let samples = judged["samples"].as_u64().expect("a number") as usize;
    let (input, output) = (tensors.tensor("input").expect("inputs"), tensors.tensor("output").expect("outputs"));
    assert_eq!((input.shape(), output.shape()), (&[samples, 64][..], &[samples, 10][..]));
    let read = |data: &[u8]| -> Vec<f32> { data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect() };
    let model = artifact::decode(&std::fs::read(&model).expect("a file")).expect("a model").model;
    let said = read(output.data());
    assert_eq!(Runner::new(&model).expect("it runs").run(&read(input.data()), samples), said);
    // The area under the ROC curve is how often a sample of the class has a higher probability than another.
    let data = data::files::read(&std::fs::read("public/data/digits.bin").expect("a file")).expect("data");
    let shares: Vec<Vec<f64>> = said
        .chunks_exact(10)
        .map(|z| {
            let e: Vec<f64> = z.iter().map(|z| f64::from(*z).exp()).collect();
            e.iter().map(|v| v / e.iter().sum::<f64>()).collect()
        })
        .collect();
    let classes = judged["classes"].as_array().expect("a list");
    assert_eq!(classes.len(), 10);
    for (class, of) in classes.iter().enumerate() {
        let (own, others): (Vec<usize>, Vec<usize>) = (0..samples).partition(|i| data.test.classes[*i] as usize == class);
        let above: usize = own.iter().map(|i| others.iter().filter(|j| shares[*i][class] > shares[**j][class]).count()).sum();
        let want = above as f64 / (own.len() * others.len()) as f64;
        assert!((of["auc"].as_f64().expect("a number") - want).abs() < 1e-9, "{of}: {want}");
        assert_eq!(of["samples"].as_u64(), Some(own.len() as u64));
        assert!(of["average_precision"].as_f64().is_some_and(|p| p > 0.1 && p <= 1.0), "{of}");
    }
}

#[test]
fn links_pruned_by_hand_are_zero_in_weights_and_model() {
    let experiment = "data=xor&model=dense:6,relu&epochs=3&bits=32&cut=1.1.2-3";
    for step in ["0", "5"] {
        let path = scratch(&format!("cut{step}.json"));
        printed(&["export", experiment, "--format", "json", "--at-step", step, "-o", text(&path)]);
        let weights: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        assert_eq!(weights["experiment"]["cut"], "1.1.2-3");
        let values = weights["tensors"][0]["values"].as_array().expect("a list");
        let zeros: Vec<_> = (0..12).filter(|i| values[*i].as_f64() == Some(0.0)).collect();
        assert_eq!(zeros, [8, 9], "step {step}");
    }
    let summary = lines(&printed(&["run", experiment, "--json"])).pop().expect("a summary");
    assert_eq!(summary["sparsity"].as_f64().map(|s| (s * 24.0).round()), Some(2.0), "two of 24 weights: {summary}");
    assert!(summary["link"].as_str().is_some_and(|l| l.contains("cut=1.1.2-3")));
}

/// The page's session, with its training shortened to the end and each form of the model file asked for.
#[test]
fn files_that_the_page_hands_out_are_read_back() {
    let run = RunId(1);
    let mut time = 0.0;
    let clock = std::cell::RefCell::new(move || {
        time += 20.0;
        time
    });
    let mut session = Session::new(Box::new(move || (clock.borrow_mut())()));
    session.handle(ToWorker::Start { run, experiment: Box::new(link::decode(SMALL).0), resume: None, play: true });
    let data = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data/digits.bin")).expect("digits");
    session.supply("digits", Ok(&data));
    while session.advance(50.0) != Next::Idle {}
    let heard = session.take();
    let summary =
        heard.iter().find_map(|m| if let FromWorker::Finished { summary, .. } = m { Some(summary) } else { None }).expect("an end");
    for size in &summary.report.sizes {
        session.handle(ToWorker::Export { run, form: size.form });
        let Some(FromWorker::File { name, bytes, .. }) = session.take().pop() else { panic!("no file of {:?}", size.form) };
        assert_eq!((name.as_str(), bytes.0.len() as u64), ("digits.whittle", size.bytes));
        let path = file(&format!("page-{:?}.whittle", size.form), &bytes.0);
        let judged: Value = serde_json::from_str(&printed(&["eval", &path, "--json"])).expect("JSON");
        let score = if size.form == Form::Dense { summary.baseline.score } else { summary.optimized.score };
        assert_eq!(judged["accuracy"].as_f64().map(|a| a as f32), Some(score), "{:?}", size.form);
    }
}

#[test]
fn a_model_of_text_writes_on() {
    let path = scratch("sonnets.whittle");
    let link = "data=sonnets&data.window=4&model=embedding:4&lr=0.05&batch=4096&epochs=2&bits=8";
    printed(&["export", link, "--format", "whittle", "-o", text(&path)]);
    let write = |more: &[&str]| printed(&[&["write", text(&path), "--prompt", "shall i", "--length", "60"], more].concat());
    let said = write(&[]);
    assert!(said.starts_with("shall i") && said.chars().count() == 7 + 60 + 1 && said.ends_with('\n'), "{said:?}");
    assert_eq!(said, write(&[]), "the same seed draws the same");
    assert_ne!(said, write(&["--seed", "2"]));
    let value: Value = serde_json::from_str(&write(&["--json", "--temperature", "0"])).expect("JSON");
    assert_eq!(value["text"].as_str().map(|t| t.chars().count()), Some(60));
    // More than the most frequent character, which is the space, every time.
    let judged: Value = serde_json::from_str(&printed(&["eval", text(&path), "--json"])).expect("JSON");
    assert!(judged["accuracy"].as_f64().expect("a score") > 0.2, "{judged}");
    for (more, says) in [
        (["--prompt", "Shall"], "the model has never seen 'S'; it knows"),
        (["--temperature", "-1"], "the temperature is 0 to 2"),
        (["--length", "0"], "a text has 1 to 2000 characters"),
    ] {
        let output = whittle(&[&["write", text(&path)], &more[..]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(says), "{more:?}: {said}");
    }
}

#[test]
fn an_experiment_is_trained_on_parts_of_its_samples() {
    let study = |args: &[&str]| -> Value { serde_json::from_str(&printed(&[args, &["--json"]].concat())).expect("JSON") };
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));

    let iris = "data=iris&model=dense:8,relu&lr=0.05&epochs=5";
    let folds = study(&["folds", iris, "--folds", "4"]);
    let pieces = folds["pieces"].as_array().expect("pieces");
    let column = |name: &str| pieces.iter().map(|piece| number(&piece[name])).collect::<Vec<_>>();
    assert_eq!((pieces.len(), column("test_samples").iter().sum::<f64>()), (4, 150.0));
    assert!(column("train_samples").iter().zip(column("test_samples")).all(|(train, test)| train + test == 150.0));
    let mean = column("test_score").iter().sum::<f64>() / 4.0;
    assert!((number(&folds["test_score"]["mean"]) - mean).abs() < 1e-6 && mean > 0.4, "{folds}");
    assert_eq!(folds, study(&["folds", iris, "--folds", "4", "--jobs", "1"]), "however many are trained side by side");
    assert!(
        printed(&["folds", "data=iris&learner=naive-bayes", "--folds", "3"]).lines().count() == 5,
        "a head, three folds, and what they say"
    );

    let sizes = study(&["learning-curve", "data=circle&model=dense:4,tanh&epochs=2", "--repeats", "2"]);
    let samples: Vec<f64> = sizes["sizes"].as_array().expect("sizes").iter().map(|size| number(&size["samples"])).collect();
    assert!(samples.len() == 10 && samples.is_sorted() && sizes["pieces"].as_array().is_some_and(|p| p.len() >= 19), "{sizes}");

    let parts = &study(&["bias-variance", "data=circle&model=dense:4,tanh&epochs=2", "--samples", "5"])["decomposition"];
    let of = |name: &str| number(&parts[name]);
    assert!((of("error") - (of("bias") + of("unbiased_variance") - of("biased_variance"))).abs() < 1e-6, "{parts}");
    assert!(of("models") == 5.0 && of("error") > 0.0, "{parts}");

    for (args, says) in [
        (["folds", "--folds", "1"], "--folds"),
        (["learning-curve", "--repeats", "11"], "--repeats"),
        (["bias-variance", "--samples", "1"], "--samples"),
    ] {
        let output = whittle(&[args[0], "data=iris", args[1], args[2]]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(says), "{args:?}: {said}");
    }
}

#[test]
fn this_machine_is_benchmarked_from_the_page_s_list() {
    let printed = printed(&["bench", "data=xor&model=dense:4,relu", "--json"]);
    let value: Value = serde_json::from_str(&printed).expect("one value");
    let keys: Vec<_> = value["rows"].as_array().expect("rows").iter().map(|r| r["key"].as_str().expect("a key")).collect();
    assert_eq!(keys, LIST.iter().map(|e| e.key).collect::<Vec<_>>());
    assert_eq!(value["engine"], ENGINE);
    // 2 inputs to 4 units, and 4 to 2 classes.
    let macs: Vec<_> = value["layers"].as_array().expect("layers").iter().map(|l| l["baseline"]["macs"].as_u64()).collect();
    assert_eq!(macs, [Some(8), Some(0), Some(8)]);
    assert!(value["layers"][0]["optimized"]["median_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{}", value["layers"]);
}

/// Carries a search out on a small table and takes the times away.
fn solved(limits: &[&str], jobs: &str) -> Value {
    let link = "data=digits&model=dense:24,relu&epochs=6&seed=3";
    let mut value = lines(&printed(&[&["solve", link, "--jobs", jobs, "--json"], limits].concat())).remove(0);
    for recipe in value["recipes"].as_array_mut().expect("a list") {
        if let Some(recipe) = recipe.as_object_mut() {
            recipe.retain(|key, _| !key.ends_with("ms"));
        }
    }
    value
}

#[test]
fn the_smallest_recipe_within_limits_is_found_and_is_what_it_says() {
    let found = solved(&["--max-kb", "2", "--max-drop", "3"], "2");
    let recipes = found["recipes"].as_array().expect("a list");
    assert!(recipes.len() >= 60);
    let pick = &recipes[found["pick"].as_u64().unwrap_or_else(|| panic!("no pick: {}", found["missed"])) as usize];
    let (bytes, lost) = (pick["bytes"].as_u64().expect("bytes"), pick["points_lost"].as_f64().expect("points"));
    assert!(bytes <= 2000 && lost <= 3.0, "{pick}");
    let tried: Vec<&Value> = recipes.iter().filter(|r| r["bytes"].is_u64()).collect();
    let smaller = tried.iter().filter(|r| r["bytes"].as_u64() < Some(bytes) && r["points_lost"].as_f64() <= Some(3.0));
    assert_eq!(smaller.count(), 0, "none that was tried is smaller and keeps the limits");
    assert!(tried.len() < recipes.len(), "some were spared");
    assert_eq!(solved(&["--max-kb", "2", "--max-drop", "3"], "1")["recipes"], found["recipes"], "however many run side by side");
    let (recipe, _, errors) = link::decode(pick["link"].as_str().expect("a link"));
    assert!(errors.is_empty() && !recipe.recipe.is_empty());
}

#[test]
fn limits_that_nothing_keeps_are_said_to_be_missed() {
    let found = solved(&["--max-kb", "0.3", "--max-drop", "1"], "2");
    assert!(found["pick"].is_null() && found["missed"]["kb"].as_f64() > Some(0.0), "{}", found["missed"]);
}

#[test]
fn a_learner_runs_and_is_listed_exported_and_judged_as_networks_are() {
    let link = "data=iris&learner=linear&learnerbits=int8";
    let said = lines(&printed(&["run", "--json", link]));
    assert_eq!((&said[0]["event"], &said[0]["learner"]), (&"started".into(), &"linear".into()));
    let summary = said.last().unwrap();
    assert_eq!((&summary["event"], &summary["reason"]), (&"summary".into(), &"finished".into()));
    assert!(
        summary["baseline"]["accuracy"].as_f64().unwrap() > 0.9 && summary["bytes"]["packed"].as_u64() < summary["bytes"]["dense"].as_u64()
    );
    assert_eq!(summary["latency"]["optimized"].as_array().unwrap().len(), 2);
    let text_form = printed(&["run", link]);
    assert!(text_form.contains("accuracy") && text_form.contains("stored so") && !text_form.contains("epochs"), "{text_form}");
    assert!(printed(&["list"]).contains("Linear / logistic"));

    let file = scratch("iris-learner.whittle");
    printed(&["export", link, "--format", "whittle", "--output", text(&file)]);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), summary["bytes"]["packed"].as_u64().unwrap());
    let judged: Value = serde_json::from_str(&printed(&["eval", text(&file), "--json"])).unwrap();
    assert_eq!(judged["accuracy"], summary["optimized"]["accuracy"]);
    assert_eq!(judged["form"], "learner");
    let described = scratch("iris-learner.json");
    printed(&["export", link, "--format", "json", "--output", text(&described)]);
    let described: Value = serde_json::from_slice(&std::fs::read(&described).unwrap()).unwrap();
    assert_eq!(described["model"]["coefficients"].as_array().unwrap().len(), 12);
    let onnx = whittle(&["export", link, "--format", "onnx", "--output", text(&scratch("no.onnx"))]);
    assert_eq!(onnx.status.code(), Some(2));
}

#[test]
fn earlier_models_teach() {
    let link = |units: u32, seed: u32| format!("data=xor&model=dense:{units},tanh&epochs=8&seed={seed}&lr=0.02");
    let teachers: Vec<PathBuf> = [1, 2].map(|seed| scratch(&format!("teacher {seed}.whittle"))).into();
    for (seed, path) in (1..).zip(&teachers) {
        printed(&["export", &link(16, seed), "--format", "whittle", "--output", text(path)]);
    }
    let student = format!("{}&distill=0.8&temperature=2&recipe=distill:1", link(3, 1));
    let taught = |paths: &[&PathBuf]| {
        let named: Vec<&str> = paths.iter().flat_map(|path| ["--teacher", text(path)]).collect();
        let args: Vec<&str> = ["run", &student, "--json"].into_iter().chain(named).collect();
        lines(&printed(&args)).pop().expect("a summary")
    };
    let (both, one) = (taught(&[&teachers[0], &teachers[1]]), taught(&[&teachers[0]]));
    assert_eq!(both["baseline"], taught(&[&teachers[0], &teachers[1]])["baseline"]);
    assert_ne!(both["baseline"]["loss"], one["baseline"]["loss"]);
    assert_ne!(both["recipe"][1]["result"]["loss"], one["recipe"][1]["result"]["loss"], "{}", both["recipe"]);
    // The link names them, and alone it does not suffice.
    let link = both["link"].as_str().expect("a link");
    assert!(link.contains("&teacher=") && link.contains(":teacher-1,") && link.contains(":teacher-2"), "{link}");
    for (args, says) in [
        (vec!["run", link], "teacher: the experiment learns from teacher-1, whose SHA-256 begins with"),
        (vec!["run", &student[..]], "teacher: distillation needs a teacher"),
        (vec!["run", &student[..], "--teacher", "no.whittle"], "no.whittle"),
        (vec!["run", "data=iris&distill=0.5", "--teacher", text(&teachers[0])], "a teacher sees the same data"),
    ] {
        let output = whittle(&args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(says), "{args:?}: {said}");
    }
}
