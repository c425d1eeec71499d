//! The tables of an experiment, its check, its plan and its differences.

use std::collections::BTreeSet;

use whittle::{
    engine::{
        catalog::Pick,
        data::{self, Task},
        network::Network,
        params::{ParamSpec, Scale},
        shape::Shape,
    },
    experiment::{Effect, Experiment, FIELDS, LISTS, PICKS, SECTIONS, diff, layer_effect, layer_listings, plan},
};

fn classes(n: usize) -> Task {
    Task::Classes((0..n).map(|i| i.to_string()).collect())
}

#[test]
fn tables_and_default_agree() {
    let base = Experiment::default();
    assert_eq!(base.validate(), Ok(()));
    let mut keys = BTreeSet::from(["model", "seed", "version"]);
    for field in FIELDS {
        assert!(keys.insert(field.spec.key), "{} is used twice", field.spec.key);
        assert!(SECTIONS.contains(&field.section));
        assert_eq!((field.get)(&base), field.spec.default, "{}", field.spec.key);
        // What is written is what is read.
        for value in [field.spec.range.0, field.spec.range.1] {
            let mut changed = base.clone();
            (field.set)(&mut changed, value);
            assert_eq!((field.get)(&changed), value, "{}", field.spec.key);
        }
    }
    for field in PICKS {
        assert!(keys.insert(field.key), "{} is used twice", field.key);
        assert!(SECTIONS.contains(&field.section) && !field.label.is_empty());
        assert!((field.get)(&base).params.is_empty(), "{}: links write changes of the default's settings alone", field.key);
        assert_eq!(field.listing.field, field.key, "errors of the catalogue name the control");
    }
}

#[test]
fn every_number_and_setting_is_explained() {
    let mut wrong = Vec::new();
    let mut check = |spec: &ParamSpec, name: &str, formula: &str, source: &str| {
        if !spec.help.ends_with('.') || !spec.help.contains(". ") && !spec.help.contains("; ") {
            wrong.push(format!("{name}: help of two sentences"));
        }
        // How often a network sees its data is nobody's invention; a draw is no formula; the settings of made-up points are ours.
        let ours = name == "random.draw" || ["n", "noise", "balance"].contains(&spec.key);
        if formula.is_empty() && !ours {
            wrong.push(format!("{name}: no formula of its own or around it"));
        }
        if source.is_empty() && !ours && !["epochs", "units", "factor"].contains(&spec.key) {
            wrong.push(format!("{name}: no source of its own or around it"));
        }
    };
    for field in FIELDS {
        check(&field.spec, field.spec.key, field.spec.formula, field.spec.source);
    }
    let listings = PICKS.iter().map(|p| p.listing).chain(LISTS.iter().flat_map(|l| (l.listings)()));
    for entry in listings.flat_map(|l| l.entries) {
        for spec in entry.params {
            // The page shows the entry's where a setting has none of its own: its symbol stands there.
            let within = |own: &'static str, around: &'static str| if own.is_empty() { around } else { own };
            check(spec, &format!("{}.{}", entry.key, spec.key), within(spec.formula, entry.formula), within(spec.source, entry.source));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn data_sets_say_what_they_are() {
    let listing = data::LISTING;
    let keys: BTreeSet<_> = listing.entries.iter().map(|e| e.key).collect();
    assert_eq!(keys.len(), listing.entries.len());
    for entry in listing.entries {
        assert!(entry.help.ends_with('.') && entry.help.contains(". "), "{}: help in two sentences", entry.key);
        assert!(!entry.label.is_empty() && !entry.source.is_empty() && entry.source != "-", "{}", entry.key);
        assert!(data::source(&Pick::new(entry.key), 0.5, 1).is_ok());
    }
    let unknown = data::source(&Pick::new("imagenet"), 0.5, 1).unwrap_err().to_string();
    assert!(keys.iter().all(|k| unknown.contains(k)), "{unknown}");
    assert!(data::source(&Pick::new("iris").with("noise", 0.1), 0.5, 1).is_err(), "a file has no settings");
}

#[test]
fn bundled_files_are_what_the_list_says() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("public/data");
    // Tables with words and gaps, and texts: tests/data_index.rs.
    for file in data::FILES.iter().filter(|file| data::file_name(file.key).ends_with(".bin")) {
        let data = data::files::read(&std::fs::read(root.join(file.key).with_extension("bin")).unwrap()).unwrap();
        assert_eq!(data.key, file.key);
        assert!(file.label.starts_with(&data.name), "{} is called {}", file.label, data.name);
        assert_eq!(matches!(data.task, Task::Value { .. }), file.label.ends_with("(regression)"), "{}", file.key);
        for samples in [&data.train, &data.test] {
            assert_eq!(samples.inputs.len(), samples.len * data.shape.len());
            assert_eq!(samples.len, samples.classes.len() + samples.values.len());
        }
    }
}

#[test]
fn every_wrong_value_is_named() {
    let check = |change: &dyn Fn(&mut Experiment), field: &str, says: &str| {
        let mut experiment = Experiment::default();
        change(&mut experiment);
        let error = experiment.validate().expect_err(field);
        assert_eq!(error.field(), field);
        assert!(error.to_string().contains(says), "{error}");
    };
    for field in FIELDS {
        for wrong in [field.spec.range.0 - 1.0, field.spec.range.1 + 1.0] {
            if wrong >= 0.0 {
                check(&|e| (field.set)(e, wrong), field.spec.key, "the range is");
            }
        }
    }
    check(&|e| e.train.lr = f64::NAN, "lr", "NaN");
    check(&|e| e.train.epochs = 2.5, "epochs", "whole");
    for field in PICKS {
        check(&|e| (field.set)(e, Pick::new("nothing")), field.key, "known are");
    }
    check(&|e| e.optimizer = Pick::new("adam").with("beta1", 1.0), "opt.beta1", "0 to 0.999");
    check(&|e| e.optimizer = Pick::new("adam").with("beta9", 1.0), "opt.beta9", "known are");
    check(&|e| e.model = vec![Pick::new("relu"); 25], "model", "more than the 24");
    check(&|e| e.features = vec![Pick::new("pca"); 9], "features", "more than the 8");
    check(&|e| e.features = vec![Pick::new("fft")], "features", "there is no feature step");
    check(&|e| e.features = vec![Pick::new("pca").with("k", 0.5)], "features", "feature step 1 (pca)");
    check(&|e| e.model = vec![Pick::new("transformer")], "model", "there is no layer");
    check(&|e| e.model = vec![Pick::new("dense").with("units", 0.5)], "model", "layer 1 (dense)");
    check(&|e| e.seed = u64::MAX, "seed", "whole number");
    check(&|e| e.version = 2, "version", "newer");
}

#[test]
fn plans_are_networks_or_clear_errors() {
    let image = Shape(vec![28, 28, 1]);
    let mut experiment = Experiment { model: vec![Pick::new("conv2d"), Pick::new("relu")], ..Experiment::default() };
    let network = plan(&experiment, &image, &classes(10)).unwrap();
    let keys: Vec<_> = network.nodes().iter().map(|n| n.pick.key.as_str()).collect();
    assert_eq!(keys, ["conv2d", "relu", "flatten", "dense"], "the output layer follows from the data");
    assert_eq!(network.output().len(), 10);

    let number = Task::Value { name: "y".into(), shift: 0.0, scale: 1.0 };
    let error = plan(&experiment, &image, &number).err().unwrap();
    assert_eq!(error.field(), "loss");
    experiment.loss = Pick::new("mse");
    assert_eq!(plan(&experiment, &image, &number).unwrap().output().len(), 1);
    assert!(plan(&experiment, &image, &classes(3)).is_ok(), "squared error suits classes too");

    let error = plan(&experiment, &Shape(vec![2]), &classes(2)).err().unwrap();
    assert!(error.to_string().starts_with("layer 1 (conv2d)"), "{error}");
    experiment.model = vec![Pick::new("flatten"), Pick::new("dense").with("units", 4096.0), Pick::new("dense").with("units", 4096.0)];
    let error = plan(&experiment, &image, &classes(10)).err().unwrap();
    assert!(error.to_string().contains("parameters"), "{error}");

    // Steps end in a row, too.
    experiment.model = vec![Pick::new("gru").with("gives", 1.0)];
    let network = plan(&experiment, &image, &classes(10)).unwrap();
    assert_eq!(network.nodes().iter().map(|n| n.pick.key.as_str()).collect::<Vec<_>>(), ["gru", "flatten", "dense"]);
    // Weights cannot be rounded before a normalization is folded into them, and a mini-batch that is normalized has to fit into memory.
    experiment.model = vec![Pick::new("conv2d"), Pick::new("batchnorm"), Pick::new("relu")];
    assert!(plan(&experiment, &image, &classes(10)).unwrap().whole_batch());
    experiment.compress.qat = 1;
    assert_eq!(plan(&experiment, &image, &classes(10)).err().unwrap().field(), "qat");
    experiment.compress.qat = 0;
    experiment.train.batch = 16_384;
    let error = plan(&experiment, &image, &classes(10)).err().unwrap();
    assert!(error.field() == "batch" && error.to_string().contains("holds"), "{error}");
    experiment.model[1] = Pick::new("layernorm");
    assert!(plan(&experiment, &image, &classes(10)).is_ok(), "which needs no mini-batch");
}

#[test]
fn differences_are_told() {
    let base = Experiment::default();
    let mut other = base.clone();
    assert!(diff(&base, &other).is_empty());
    other.model[0] = Pick::new("dense").with("units", 8.0);
    other.model[3] = Pick::new("relu");
    other.train.lr = 0.01;
    other.compress.bits = 4;
    other.seed = 2;
    other.optimizer = Pick::new("sgd");
    other.data = Pick::new("digits");
    let text: Vec<_> = diff(&base, &other).iter().map(|c| format!("{} {}: {} > {} {:?}", c.key, c.label, c.from, c.to, c.effect)).collect();
    assert_eq!(
        text,
        [
            "data Data: MNIST (10k) > Digits (8×8) Restart",
            "opt Optimizer: Adam > SGD Live",
            "model.1.units Dense Units: 64 > 8 Restart",
            "lr Learning rate η: 0.003 > 0.01 Live",
            "bits Weight bits: 8 > 4 Live",
            "seed Seed: 1 > 2 Restart",
        ]
    );
    other = base.clone();
    other.model.pop();
    let change = &diff(&base, &other)[0];
    assert_eq!((change.to.as_str(), change.effect), ("Dense 64, ReLU, Dense 32", Effect::Restart));
    // A default that is written out is no difference.
    other = base.clone();
    other.model[2] = Pick::new("dense");
    other.optimizer = Pick::new("adam").with("beta1", 0.9);
    assert!(diff(&base, &other).is_empty());
}

/// Another value than the default.
fn other(spec: &ParamSpec) -> f64 {
    let (min, max) = spec.range;
    match spec.scale {
        Scale::Integer | Scale::Choice(_) if spec.default > min => spec.default - 1.0,
        Scale::Integer | Scale::Choice(_) => spec.default + 1.0,
        _ => 0.5 * (spec.default + if spec.default > min { min } else { max }),
    }
}

#[test]
fn live_settings_of_layers_are_those_that_a_network_takes_over() {
    for info in layer_listings().into_iter().flat_map(|l| l.entries) {
        for spec in info.params {
            // Layers before it, for skip connections to lead around.
            let behind = |pick: Pick| {
                let front = if pick.key == "embedding" { 0 } else { 3 };
                (0..front).map(|_| Pick::new("relu")).chain([pick]).collect::<Vec<_>>()
            };
            let before = behind(Pick::new(info.key));
            let after = behind(Pick::new(info.key).with(spec.key, other(spec)));
            let shape = [Shape(vec![12, 12, 2]), Shape(vec![12])].into_iter().find(|s| Network::new(&before, s).is_ok()).unwrap();
            let mut network = Network::new(&before, &shape).unwrap();
            assert_eq!(network.retune(&after), layer_effect(info.key) == Effect::Live, "{}.{}", info.key, spec.key);
        }
    }
}

#[test]
fn embeddings_read_texts_as_they_are() {
    let classes = Task::Classes(vec!["a".into(), "b".into(), "c".into()]);
    let of = |link: &str| {
        let experiment = whittle::experiment::link::decode(link).0;
        plan(&experiment, &Shape(vec![8]), &classes).map(|network| network.params()).map_err(|e| (e.field().to_string(), e.to_string()))
    };
    // As many rows as the network has answers.
    assert_eq!(of("data=sonnets&model=embedding:4"), Ok(3 * 4 + 8 * 4 * 3 + 3));
    let refused = |link: &str, field: &str, says: &str| {
        let (at, text) = of(link).expect_err(link);
        assert!(at == field && text.contains(says), "{link}: {text}");
    };
    refused("data=iris&model=embedding:4", "model", "this data set has none: choose a text (sonnets)");
    refused("data=sonnets&model=embedding:4&mixup=0.2", "mixup", "reads tokens");
    refused("data=sonnets&model=embedding:4&features=pca:2", "features", "reads tokens");
}
