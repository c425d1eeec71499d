//! Samples that are no images, as a table: the names of what they are made of, and the values.

use crate::{engine::data::text, protocol::DataReport, state::format};

/// Most columns that a table has; wider samples show their first ones.
pub const MOST: usize = 64;

/// Heads of the columns, [`MOST`] at most, and how many there would be: features by their names, those of a sequence step by step, coordinates of a point, and the characters of a text in one column.
#[must_use]
pub fn heads(data: &DataReport) -> (Vec<String>, usize) {
    if text::is_text(&data.key) {
        return (vec!["Characters".into()], 1);
    }
    let all = data.shape.iter().product::<usize>();
    let feature = |at: usize| data.features.get(at).cloned();
    let name = |at: usize| match data.shape[..] {
        [_, 1] => format!("step {}", at + 1),
        [_, n] if n > 0 => {
            let name = feature(at % n).unwrap_or_else(|| format!("value {}", at % n + 1));
            format!("{name}, step {}", at / n + 1)
        }
        [2] if data.features.is_empty() => ["x", "y"][at].into(),
        _ => feature(at).unwrap_or_else(|| format!("input {}", at + 1)),
    };
    ((0..all.min(MOST)).map(name).collect(), all)
}

/// What a sample, in the data's own units, has in the columns of [`heads`].
#[must_use]
pub fn cells(data: &DataReport, input: &[f32]) -> Vec<String> {
    match characters(data, input) {
        Some(text) => vec![text],
        None => input.iter().take(MOST).map(|v| number(*v)).collect(),
    }
}

/// What stands in a window of a text, spaces and ends of lines by their signs; `None` for other data.
fn characters(data: &DataReport, input: &[f32]) -> Option<String> {
    let letter = |token: &f32| data.classes.get(token.max(0.0) as usize).map_or("\u{fffd}", String::as_str);
    text::is_text(&data.key).then(|| input.iter().map(letter).collect())
}

/// Three decimals are enough to know a value again.
fn number(v: f32) -> String {
    if v.is_nan() { "missing".into() } else { format::number((f64::from(v) * 1e3).round() / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::F32s;

    fn report(key: &str, shape: &[usize], features: &[&str], classes: &[&str]) -> DataReport {
        let words = |all: &[&str]| all.iter().map(|s| (*s).to_string()).collect();
        DataReport {
            key: key.into(),
            name: String::new(),
            classes: words(classes),
            target: String::new(),
            shape: shape.to_vec(),
            features: words(features),
            train: 1,
            validation: 0,
            test: 1,
            points: F32s::default(),
            explained: Vec::new(),
            baselines: Vec::new(),
        }
    }

    #[test]
    fn columns_have_names() {
        let names = |key, shape: &[usize], features: &[&str]| heads(&report(key, shape, features, &[])).0;
        assert_eq!(names("iris", &[2], &["length", "width"]), ["length", "width"]);
        assert_eq!(names("xor", &[2], &[]), ["x", "y"]);
        assert_eq!(names("xor", &[3], &[]), ["input 1", "input 2", "input 3"]);
        assert_eq!(names("nile", &[3, 1], &["flow"]), ["step 1", "step 2", "step 3"]);
        assert_eq!(names("japanese-vowels", &[2, 2], &["a", "b"]), ["a, step 1", "b, step 1", "a, step 2", "b, step 2"]);
        let wide = report("japanese-vowels", &[29, 12], &[], &[]);
        assert_eq!((heads(&wide).0.len(), heads(&wide).1, cells(&wide, &[0.0; 348]).len()), (MOST, 348, MOST));
    }

    #[test]
    fn values_are_numbers_and_tokens_characters() {
        let table = report("iris", &[3], &["a", "b", "c"], &["x", "y"]);
        assert_eq!(cells(&table, &[5.1, 0.333_333, f32::NAN]), ["5.1".to_string(), format::number(0.333), "missing".into()]);
        assert_eq!(characters(&table, &[1.0]), None);
        let text = report("sonnets", &[3], &[], &["\u{2423}", "a", "b"]);
        assert_eq!((heads(&text).0, cells(&text, &[1.0, 0.0, 2.0])), (vec!["Characters".to_string()], vec!["a\u{2423}b".to_string()]));
    }
}
