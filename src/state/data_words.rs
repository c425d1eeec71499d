//! Data sets and scores to beat in words.

use super::Task;
use crate::protocol::Baseline;

/// What one sample is, from its shape and the names of its features.
#[must_use]
pub fn sample_words(shape: &[usize], features: &[String]) -> String {
    match shape {
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
        assert_eq!(sample_words(&[28, 28, 1], &[]), "a grey image of 28 × 28 pixels");
        assert_eq!(sample_words(&[8, 8, 3], &[]), "an image of 8 × 8 pixels in 3 channels");
        assert_eq!(sample_words(&[3], &["a".into(), "b".into(), "c".into()]), "a row of 3 numbers: a, b, c");
        assert_eq!(sample_words(&[12, 1], &["sunspots".into()]), "a sequence of 12 numbers: sunspots");
        assert_eq!(sample_words(&[29, 12], &[]), "a sequence of 29 steps of 12 numbers");
        assert_eq!(sample_words(&[3], &[]), "a row of 3 numbers");
        assert!(sample_words(&[2], &[]).contains("plane"));
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
