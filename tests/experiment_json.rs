//! JSON files of experiments.

mod experiment_support;

use experiment_support::{Seen, damage, experiment, noise};
use whittle::{
    engine::{catalog::Pick, error::SpecError, rng::Rng},
    experiment::{
        Experiment,
        json::{read, write},
    },
};

#[test]
fn files_are_readable() {
    assert_eq!(write(&Experiment::default()), "{\n  \"version\": 1\n}\n");
    let mut wanted = Experiment {
        data: Pick::new("spiral").with("noise", 0.2),
        model: vec![Pick::new("dense").with("units", 64.0), Pick::new("relu")],
        optimizer: Pick::new("adam").with("beta1", 0.8),
        seed: 3,
        ..Experiment::default()
    };
    wanted.compress.bits = 4;
    wanted.compress.per_channel = 0;
    let text = r#"{
  "version": 1,
  "data": {
    "key": "spiral",
    "noise": 0.2
  },
  "model": [
    {
      "key": "dense",
      "units": 64
    },
    "relu"
  ],
  "opt": {
    "key": "adam",
    "beta1": 0.8
  },
  "bits": 4,
  "scale": "tensor",
  "seed": 3
}
"#;
    assert_eq!(write(&wanted), text);
    assert_eq!(read(text), (wanted.clone(), vec![], vec![]));
    // Other ways to say the same.
    let loose = r#"{"seed": 3, "bits": "4", "scale": "tensor", "opt": {"beta1": 0.8}, "data": {"noise": 0.2, "key": "spiral"},
        "model": [{"units": 64, "key": "dense"}, {"key": "relu"}]}"#;
    assert_eq!(read(loose), (wanted, vec![], vec![]));
}

#[test]
fn random_experiments_come_back() {
    let (mut rng, mut seen) = (Rng::new(21, 0), Seen::default());
    for i in 0..2500 {
        let experiment = experiment(&mut rng);
        seen.take(&experiment);
        let text = write(&experiment);
        assert_eq!(read(&text), (experiment.normal(), vec![], vec![]), "draw {i}: {text}");
    }
    assert!(seen.missing().is_empty(), "never drawn: {}", seen.missing().join(", "));
}

#[test]
fn any_text_is_read_without_harm() {
    let mut rng = Rng::new(22, 0);
    for _ in 0..10_000 {
        let text = if rng.below(2) == 0 { noise(&mut rng) } else { damage(&write(&experiment(&mut rng)), &mut rng) };
        let (read, _, _) = read(&text);
        assert_eq!(read.validate(), Ok(()), "{text}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(read(&deep).2[0].field(), "experiment");
}

#[test]
fn wrong_values_leave_their_default_and_say_why() {
    let cases = [
        (r#"{"lr": -1}"#, "lr", "the range is 0.00001 to 10"),
        (r#"{"lr": "fast"}"#, "lr", "not a number"),
        (r#"{"lr": [1]}"#, "lr", "\"[1]\" is not a number"),
        (r#"{"lr": null}"#, "lr", "not a number"),
        (r#"{"opt": {"key": "adam", "beta1": 2}}"#, "opt.beta1", "the range is 0 to 0.999"),
        (r#"{"opt": 3}"#, "opt", "there is no optimizer \"3\""),
        (r#"{"model": "relu"}"#, "model", "a list of layers"),
        (r#"{"model": [{"units": 3}]}"#, "model", "a list of layers"),
        (r#"{"model": ["transformer"]}"#, "model", "there is no layer"),
        (r#"{"model": [{"key": "dense", "units": 0}, "relu", {"key": "dense"}, "relu"], "seed": 1}"#, "model", "layer 1 (dense): units"),
        (r#"{"seed": 1.5}"#, "seed", "a whole number from 0"),
        (r#"{"version": 2}"#, "version", "newer than this Whittle"),
        (r#"{"version": "x"}"#, "version", "from 1 to 1"),
        ("[1]", "experiment", "a JSON object"),
        ("{\n\"lr\": 0.1,,}", "experiment", "experiment: this is not JSON: key must be a string at line 2 column 11"),
        ("", "experiment", "JSON"),
    ];
    for (text, field, says) in cases {
        let (_, _, errors) = read(text);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert_eq!(errors[0].field(), field, "{text}");
        assert!(errors[0].to_string().contains(says), "{text}: {}", errors[0]);
    }
}

#[test]
fn unknown_keys_are_ignored_with_a_notice() {
    let (experiment, notices, errors) = read(r#"{"note": {"by": "me"}, "lr": 0.01, "model": [{"key": "relu", "colour": 1}]}"#);
    assert_eq!((experiment.train.lr, experiment.model), (0.01, vec![Pick::new("relu")]));
    assert_eq!(errors, Vec::<SpecError>::new());
    assert_eq!(notices.iter().map(|n| n.key.as_str()).collect::<Vec<_>>(), ["model", "note"]);
}
