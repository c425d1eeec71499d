//! Texts: each character is a token, and from a window of them the next is to be predicted.

use super::{Dataset, FILES, Samples, Task, files::DataError};
use crate::engine::{
    catalog::Pick,
    error::SpecError,
    params::{ParamSpec, Scale, Values},
    shape::Shape,
};

/// Bundled texts, by key; each is `key.txt`, plain characters.
pub const TEXTS: &[&str] = &["sonnets"];

/// Settings of a text.
pub const PARAMS: &[ParamSpec] = &[WINDOW];

const WINDOW: ParamSpec = ParamSpec {
    key: "window",
    label: "Window",
    unit: "characters",
    range: (2.0, 128.0),
    scale: Scale::Integer,
    default: 32.0,
    help: teach!(
        "How many characters a model sees, from which it is to tell the next. More hold more of what was said, and take time and memory in proportion; with attention, time grows with the square."
    ),
    ..ParamSpec::NEW
};

/// Most characters that a model can tell apart.
const MAX_LETTERS: usize = 256;
/// Most values of all windows together.
const MAX_VALUES: usize = 32 << 20;

/// A text as an experiment asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct TextSource {
    /// Key of the data set.
    pub key: String,
    /// Characters of a window.
    pub window: usize,
}

impl TextSource {
    /// The text that `pick` names. Errors: a setting that is unknown or out of range.
    pub(super) fn of(pick: &Pick) -> Result<Self, SpecError> {
        let values: Values = pick.values(PARAMS)?;
        Ok(Self { key: pick.key.clone(), window: values.usize(&WINDOW) })
    }

    /// The windows of the text `bytes`. Inputs are numbers of characters, in the order of the alphabet that the text has. The last tenth is for testing:
    /// characters of it are predicted from those before them, and in training nothing is seen of it. Errors: no text, one too short for the window, or one of
    /// too many characters.
    pub fn dataset(&self, bytes: &[u8]) -> Result<Dataset, DataError> {
        let value = |what: String| DataError::Value(what);
        let text: Vec<char> = std::str::from_utf8(bytes).map_err(|_| value("the file is no text in UTF-8".into()))?.chars().collect();
        let mut letters = text.clone();
        letters.sort_unstable();
        letters.dedup();
        if !(2..=MAX_LETTERS).contains(&letters.len()) {
            return Err(value(format!("the text has {} different characters; 2 to {MAX_LETTERS} can be told apart", letters.len())));
        }
        let (window, split) = (self.window, text.len() - text.len() / 10);
        if split <= window || split == text.len() || text.len().saturating_mul(window) > MAX_VALUES {
            return Err(value(format!("a text of {} characters cannot be cut into windows of {window}", text.len())));
        }
        // Each is among the letters, which were made of the text.
        let tokens: Vec<u32> = text.iter().map(|c| letters.partition_point(|l| l < c) as u32).collect();
        let part = |next: std::ops::Range<usize>| Samples {
            len: next.len(),
            inputs: next.clone().flat_map(|at| &tokens[at - window..at]).map(|token| *token as f32).collect(),
            classes: tokens[next].to_vec(),
            values: Vec::new(),
        };
        Ok(Dataset {
            key: self.key.clone(),
            name: FILES.iter().find(|f| f.key == self.key).map_or(self.key.as_str(), |f| f.label).into(),
            shape: Shape(vec![window]),
            task: Task::Classes(letters.iter().map(|letter| name(*letter)).collect()),
            features: Vec::new(),
            scaling: vec![(0.0, 1.0); window],
            train: part(window..split),
            validation: Samples::default(),
            test: part(split..text.len()),
            pipeline: None,
        })
    }
}

/// What a character is called where classes are named: a letter by itself, and those that cannot be seen by a sign.
fn name(letter: char) -> String {
    match letter {
        '\n' => '\u{21b5}',
        ' ' => '\u{2423}',
        other => other,
    }
    .into()
}

/// The token of `letter` among `classes`, and back.
#[must_use]
pub fn token(letter: char, classes: &[String]) -> Option<usize> {
    let wanted = name(letter);
    classes.iter().position(|class| *class == wanted)
}

/// The character that a class is the name of.
#[must_use]
pub fn letter(class: &str) -> char {
    match class.chars().next() {
        Some('\u{21b5}') => '\n',
        Some('\u{2423}') | None => ' ',
        Some(other) => other,
    }
}

/// Whether the data set `key` is a text.
#[must_use]
pub fn is_text(key: &str) -> bool {
    TEXTS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(window: usize) -> TextSource {
        TextSource { key: "sonnets".into(), window }
    }

    #[test]
    fn each_window_is_followed_by_its_character() {
        let text = "to be or\nnot to be";
        let data = source(3).dataset(text.as_bytes()).unwrap();
        let Task::Classes(classes) = &data.task else { panic!("classes") };
        assert_eq!(classes.iter().map(String::as_str).collect::<Vec<_>>(), ["↵", "␣", "b", "e", "n", "o", "r", "t"]);
        assert_eq!((data.train.len, data.test.len), (14, 1));
        let read = |inputs: &[f32]| inputs.iter().map(|t| letter(&classes[*t as usize])).collect::<String>();
        assert_eq!((read(&data.train.inputs[..3]), letter(&classes[data.train.classes[0] as usize])), ("to ".into(), 'b'));
        assert_eq!((read(&data.test.inputs), letter(&classes[data.test.classes[0] as usize])), ("o b".into(), 'e'));
        assert!(text.chars().all(|c| token(c, classes).map(|t| letter(&classes[t])) == Some(c)) && token('z', classes).is_none());
    }

    #[test]
    fn the_sonnets_are_split_in_order() {
        let bytes = include_bytes!("../../../public/data/sonnets.txt");
        let data = source(32).dataset(bytes).unwrap();
        assert_eq!((data.train.len, data.test.len, data.task.outputs()), (84_568, 9400, 36));
        // However long the window is, the same characters are tested.
        let longer = source(64).dataset(bytes).unwrap();
        assert_eq!((longer.test.classes == data.test.classes, longer.train.len), (true, 84_536));
        assert!(data.train.inputs.iter().chain(&data.test.inputs).all(|t| t.fract() == 0.0 && (0.0..36.0).contains(t)));
    }

    #[test]
    fn what_is_no_text_for_it_is_refused() {
        for bytes in [&b""[..], b"aaaaaaaaaaaaaaaaaaaaaa", b"ab", &[0xff, 0xfe, 1, 2]] {
            assert!(source(3).dataset(bytes).is_err(), "{bytes:?}");
        }
        let all: String = (0..400).filter_map(char::from_u32).collect();
        assert!(source(3).dataset(all.as_bytes()).unwrap_err().to_string().contains("400 different characters"));
        assert!(TextSource::of(&Pick::new("sonnets").with("window", 1.0)).is_err());
    }
}
