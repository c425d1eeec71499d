//! Groups of samples: the two halves of each feature, for which a model may be better or worse than on the whole (Buolamwini & Gebru 2018, Gender shades).

use super::data::Dataset;

/// A feature of which samples lie on two sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Which feature.
    pub feature: usize,
    /// Samples below it, as the network sees inputs, are on the first side, all others on the second.
    pub at: f32,
    /// Names of both sides, in the feature's own unit.
    pub names: [String; 2],
}

impl Split {
    /// The side, 0 or 1, on which an input `[I]` lies.
    #[must_use]
    pub fn side(&self, input: &[f32]) -> usize {
        usize::from(input.get(self.feature).is_none_or(|x| *x >= self.at))
    }
}

/// The features of `data` that have names, each split in the middle of its test samples: a yes and a no where it has two values, below and from the median elsewhere. None
/// for a feature that does not vary, and none at all for images.
#[must_use]
pub fn splits(data: &Dataset) -> Vec<Split> {
    let width = data.shape.len();
    if data.features.len() != width {
        return Vec::new();
    }
    data.features.iter().enumerate().filter_map(|(feature, name)| split(data, feature, name, width)).collect()
}

fn split(data: &Dataset, feature: usize, name: &str, width: usize) -> Option<Split> {
    let mut values: Vec<f32> = data.test.inputs.iter().skip(feature).step_by(width).copied().collect();
    values.sort_by(f32::total_cmp);
    let (least, most) = (*values.first()?, *values.last()?);
    let second = *values.iter().find(|x| **x > least)?;
    // Half of the samples or more may share the least value: both sides are to have some.
    let at = values[values.len() / 2].max(second);
    let (shift, scale) = data.scaling.get(feature).copied().unwrap_or((0.0, 1.0));
    let own = |x: f32| short(x / scale + shift);
    let names = match name.split_once(" = ") {
        Some((column, value)) if second == most => [format!("{column} ≠ {value}"), name.to_string()],
        _ if second == most => [format!("{name} = {}", own(least)), format!("{name} = {}", own(most))],
        _ => [format!("{name} < {}", own(at)), format!("{name} ≥ {}", own(at))],
    };
    Some(Split { feature, at, names })
}

/// Three digits that count.
fn short(x: f32) -> String {
    let digits = if x == 0.0 { 0 } else { (2 - libm::floorf(libm::log10f(x.abs())) as i32).clamp(0, 6) };
    let text = format!("{x:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        data::{Samples, Task},
        shape::Shape,
    };

    fn table(features: &[&str], rows: &[&[f32]]) -> Dataset {
        let test = Samples { len: rows.len(), inputs: rows.concat(), classes: vec![0; rows.len()], values: Vec::new() };
        Dataset {
            key: "table".into(),
            name: "Table".into(),
            shape: Shape(vec![features.len()]),
            task: Task::Classes(vec!["a".into(), "b".into()]),
            features: features.iter().map(ToString::to_string).collect(),
            scaling: vec![(10.0, 0.5); features.len()],
            train: Samples::default(),
            validation: Samples::default(),
            test,
            pipeline: None,
        }
    }

    #[test]
    fn sides_are_named_in_the_columns_own_words_and_both_have_samples() {
        let data = table(
            &["age", "sex = male", "siblings", "constant"],
            &[&[0.0, -5.0, 0.0, 1.0], &[1.0, -4.5, 0.0, 1.0], &[2.0, -5.0, 0.0, 1.0], &[3.25, -4.5, 1.5, 1.0], &[4.0, -5.0, 2.0, 1.0]],
        );
        let found = splits(&data);
        let names: Vec<[&str; 2]> = found.iter().map(|s| [s.names[0].as_str(), s.names[1].as_str()]).collect();
        assert_eq!(names, [["age < 14", "age ≥ 14"], ["sex ≠ male", "sex = male"], ["siblings < 13", "siblings ≥ 13"]]);
        for split in &found {
            let second = data.test.inputs.chunks_exact(4).filter(|x| split.side(x) == 1).count();
            assert!((1..5).contains(&second), "{split:?}");
        }
    }

    #[test]
    fn images_and_an_empty_test_set_have_none() {
        let mut image = table(&["a", "b"], &[&[0.0, 1.0], &[1.0, 0.0]]);
        image.features.clear();
        assert_eq!(splits(&image), []);
        assert_eq!(splits(&table(&["a"], &[])), []);
        assert_eq!(splits(&table(&["a"], &[&[1.0]])), []);
    }

    #[test]
    fn numbers_are_short() {
        for (x, text) in [(0.0, "0"), (14.0, "14"), (0.12345, "0.123"), (1234.5, "1234"), (-2.5, "-2.5")] {
            assert_eq!(short(x), text);
        }
    }
}
