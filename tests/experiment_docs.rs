//! What docs/experiment.md and docs/command-line.md show is what is read and printed.

use whittle::{
    engine::catalog::Pick,
    experiment::{Experiment, FIELDS, MAX_FEATURES, MAX_LAYERS, MAX_SEED, MAX_STEPS, PICKS, json, link},
};

const FORMAT: &str = include_str!("../docs/experiment.md");

/// The content of the first code block of a language.
fn block(language: &str) -> &'static str {
    let from = FORMAT.split_once(&format!("```{language}\n")).expect(language).1;
    from.split_once("```").expect("its end").0
}

fn shown() -> Experiment {
    let mut e = Experiment { data: Pick::new("spiral").with("noise", 0.05), seed: 3, ..Experiment::default() };
    let dense = |units: f64| Pick::new("dense").with("units", units);
    e.model = vec![dense(24.0), Pick::new("tanh"), dense(16.0), Pick::new("tanh")];
    e.optimizer = Pick::new("adam").with("beta1", 0.8);
    e.train.lr = 0.01;
    e.compress.sparsity = 0.8;
    e.compress.bits = 4;
    e
}

#[test]
fn both_examples_are_the_same_experiment() {
    let text = block("text").trim();
    assert_eq!(link::decode(text), (shown(), vec![], vec![]));
    assert_eq!(format!("#/play?{}", link::encode(&shown())), text, "it is written as shown");
    assert_eq!(json::read(block("json")), (shown(), vec![], vec![]));
}

#[test]
fn every_key_is_named_once() {
    let numbers =
        FORMAT.split_once("Numbers have keys of their own: ").expect("the list of numbers").1.split_once(". ").expect("its end").0;
    let named: Vec<_> = numbers.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, FIELDS.iter().map(|f| f.spec.key).collect::<Vec<_>>());
    let picks = FORMAT.split_once(" name a catalogue entry").expect("the list of choices").0;
    let picks = picks.rsplit_once("- ").expect("its beginning").1;
    let named: Vec<_> = picks.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, PICKS.iter().map(|p| p.key).collect::<Vec<_>>());
    assert!(FORMAT.contains(&format!("{MAX_STEPS} at most")) && FORMAT.contains(&format!("{MAX_FEATURES} at most")));
    assert!(FORMAT.contains(&format!("{MAX_LAYERS} at most")) && FORMAT.contains(&format!("0 to {MAX_SEED}")));
}

#[test]
fn words_and_short_forms_are_read_as_described() {
    for text in ["during=on", "scale=tensor", "act=int8", "bits=4", "model=none"] {
        assert!(FORMAT.contains(&format!("`{text}`")), "{text}");
        let (read, notices, errors) = link::decode(text);
        assert!(notices.is_empty() && errors.is_empty() && read != Experiment::default(), "{text}");
    }
    let csv = "data=csv&file=3f2a9c4e5b6d7e8f:penguins.csv&columns=2:category,4-6:none";
    let (read, notices, errors) = link::decode(csv);
    assert!(csv.split('&').all(|part| FORMAT.contains(&format!("`{part}`"))) && notices.is_empty() && errors.is_empty());
    assert_eq!(read.csv.name(), "penguins.csv");
    assert!(FORMAT.contains("`conv2d::5`"));
    assert_eq!(link::decode("model=conv2d::5").0.model, [Pick::new("conv2d").with("kernel", 5.0)]);
    let steps = "features=log,poly:2,anova:10,pca:5";
    let (read, notices, errors) = link::decode(steps);
    assert!(FORMAT.contains(steps) && notices.is_empty() && errors.is_empty() && read.features.len() == 4);
    let steps = "recipe=prune:0.8::2,fine-tune,quantize:5";
    let (read, notices, errors) = link::decode(steps);
    assert!(FORMAT.contains(steps) && notices.is_empty() && errors.is_empty() && read.recipe.len() == 3);
    assert_eq!(json::read(r#"{"model": []}"#).0, link::decode("model=none").0);
    assert_eq!(json::read(r#"{"lr": "0.01"}"#), json::read(r#"{"version": 1, "lr": 0.01}"#));
}
