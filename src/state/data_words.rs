//! Data sets and scores to beat in words.

use super::Task;
use crate::{engine::data::text, protocol::Baseline};

/// Methods to beat that are none of scikit-learn's, by their names in the list of data sets.
const PLAIN: [&str; 3] = ["The last value again", "Bigram model", "Trigram model"];

/// Who reached the scores to beat of a bundled data set, and on what.
#[must_use]
pub fn reached_by<'a>(models: impl Iterator<Item = &'a str>) -> String {
    let (plain, fitted): (Vec<&str>, Vec<&str>) = models.partition(|model| PLAIN.contains(model));
    match (&plain[..], &fitted[..]) {
        (_, []) => "on the same test samples".into(),
        ([], _) => "by scikit-learn on the same test samples".into(),
        _ => format!("on the same test samples, by scikit-learn but for “{}”", plain.join("”, “")),
    }
}

/// What one sample of the data set `key` is, from its shape and the names of its features.
#[must_use]
pub fn sample_words(key: &str, shape: &[usize], features: &[String]) -> String {
    match shape {
        [window] if text::is_text(key) => format!("{window} characters, and the one that follows them"),
        [2] if features.is_empty() => "a point of the plane, two numbers".into(),
        [height, width, 1] => format!("a grey image of {height} × {width} pixels"),
        [height, width, channels] => format!("an image of {height} × {width} pixels in {channels} channels"),
        [steps, 1] => format!("a sequence of {steps} numbers{}", named(features)),
        [steps, n] => format!("a sequence of {steps} steps of {n} numbers{}", named(features)),
        [n] if features.len() == *n => format!("a row of {n} numbers: {}", features.join(", ")),
        [n] => format!("a row of {n} numbers"),
        other => format!("{} numbers", other.iter().product::<usize>()),
    }
}

fn named(features: &[String]) -> String {
    if features.is_empty() { String::new() } else { format!(": {}", features.join(", ")) }
}

/// A method and its score: "Logistic regression 90.4 %".
#[must_use]
pub fn score_words(model: &str, task: Task, score: f32) -> String {
    let name = if task == Task::Regression { "R² " } else { "" };
    format!("{model} {name}{}", task.score(score))
}

/// The score to beat, and how the optimized model stands against it.
#[must_use]
pub fn against(to_beat: &Baseline, task: Task, optimized: Option<f32>) -> String {
    let what = format!("To beat: {}", score_words(&to_beat.model, task, to_beat.score));
    match optimized {
        None => what,
        Some(score) if score > to_beat.score => format!("{what}. The optimized model is ahead, {}.", task.change(to_beat.score, score)),
        Some(score) if score < to_beat.score => format!("{what}. The optimized model is behind, {}.", task.change(to_beat.score, score)),
        Some(_) => format!("{what}. The optimized model has just as much."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_described_by_their_shape() {
        assert_eq!(sample_words("csv", &[28, 28, 1], &[]), "a grey image of 28 × 28 pixels");
        assert_eq!(sample_words("csv", &[8, 8, 3], &[]), "an image of 8 × 8 pixels in 3 channels");
        assert_eq!(sample_words("csv", &[3], &["a".into(), "b".into(), "c".into()]), "a row of 3 numbers: a, b, c");
        assert_eq!(sample_words("csv", &[12, 1], &["sunspots".into()]), "a sequence of 12 numbers: sunspots");
        assert_eq!(sample_words("csv", &[29, 12], &[]), "a sequence of 29 steps of 12 numbers");
        assert_eq!(sample_words("csv", &[3], &[]), "a row of 3 numbers");
        assert!(sample_words("csv", &[2], &[]).contains("plane"));
        assert_eq!(sample_words("sonnets", &[32], &[]), "32 characters, and the one that follows them");
    }

    #[test]
    fn only_what_scikit_learn_reached_is_said_to_be_its() {
        let words = |models: &[&str]| reached_by(models.iter().copied());
        assert_eq!(words(&["Logistic regression"]), "by scikit-learn on the same test samples");
        assert_eq!(words(&["Bigram model", "Trigram model"]), "on the same test samples");
        assert_eq!(
            words(&["Ridge regression", "The last value again"]),
            "on the same test samples, by scikit-learn but for “The last value again”"
        );
        // Every method of the list is known to be one or the other.
        let cards: serde_json::Value = serde_json::from_str(include_str!("../../public/data/index.json")).unwrap();
        let theirs = ["Logistic regression", "Ridge regression", "k-nearest", "Random forest", "Neural network"];
        for model in cards.as_array().unwrap().iter().flat_map(|c| c["baselines"].as_array().unwrap()) {
            let model = model["model"].as_str().unwrap();
            assert_ne!(PLAIN.contains(&model), theirs.iter().any(|name| model.starts_with(name)), "{model}");
        }
    }

    #[test]
    fn the_optimized_model_is_held_against_the_score_to_beat() {
        let linear = Baseline { model: "Logistic regression".into(), score: 0.9035 };
        let words = |score| against(&linear, Task::Classification, Some(score));
        assert_eq!(
            against(&linear, Task::Classification, None),
            format!("To beat: Logistic regression {}", Task::Classification.score(0.9035))
        );
        assert!(words(0.95).contains("ahead, +4.6"), "{}", words(0.95));
        assert!(words(0.85).contains("behind, −5.3"), "{}", words(0.85));
        assert!(words(0.9035).ends_with("just as much."));
        assert!(against(&Baseline { model: "Ridge".into(), score: 0.46 }, Task::Regression, None).contains("R² 0.46"));
    }
}
