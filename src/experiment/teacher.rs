//! Whose answers a run or a recipe learns from, beside the labels. The models themselves are in no link: each is known again by the checksum of its file.

use super::Experiment;
use crate::engine::{data::table, error::SpecError};

/// Link key of the teachers.
pub const TEACHER_KEY: &str = "teacher";
/// Most teachers at a time.
pub const MAX_TEACHERS: usize = 4;
/// Most bytes of a teacher's name, so that links stay short.
const MAX_NAME: usize = 16;
/// Digits of a checksum.
const DIGITS: usize = 16;

/// A teacher as the experiment names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Teacher<'a> {
    /// Checksum of its model file ([`table::checksum()`]).
    pub checksum: &'a str,
    /// What it is called.
    pub name: &'a str,
}

impl Teacher<'_> {
    /// Its entry in the list: `3f2a9c4e5b6d7e8f:run-3`. A long name is cut, and what a link would have to escape becomes a dash.
    #[must_use]
    pub fn entry(checksum: &str, name: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let name: String = name.chars().take(MAX_NAME).map(plain).collect();
        format!("{checksum}:{name}")
    }
}

/// The teachers that a text lists.
pub fn teachers(text: &str) -> impl Iterator<Item = Teacher<'_>> {
    let entries = text.split(',').filter(|entry| !entry.is_empty());
    entries.map(|entry| entry.split_once(':').map_or(Teacher { checksum: entry, name: "" }, |(checksum, name)| Teacher { checksum, name }))
}

/// Whether a text lists teachers, each once, or none. Error: it does not, at `teacher`.
pub(super) fn check(text: &str) -> Result<(), SpecError> {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let sound = |t: &Teacher<'_>| {
        let named = t.name.len() <= MAX_NAME && t.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        t.checksum.len() == DIGITS && t.checksum.bytes().all(digit) && named
    };
    let known: Vec<_> = teachers(text).collect();
    let once = known.iter().enumerate().all(|(i, t)| known[..i].iter().all(|other| other.checksum != t.checksum));
    if known.len() <= MAX_TEACHERS && once && known.iter().all(sound) {
        return Ok(());
    }
    let expected = "up to 4 models, each once, by the first 16 digits of the SHA-256 of its file, and a name, as 3f2a9c4e5b6d7e8f:run-3";
    Err(SpecError::Unreadable {
        field: TEACHER_KEY.into(),
        value: text.chars().take(60).collect::<String>().into(),
        expected: expected.into(),
    })
}

impl Experiment {
    /// Its teachers, in order.
    pub fn teachers(&self) -> impl Iterator<Item = Teacher<'_>> {
        teachers(&self.teacher)
    }

    /// Teaches by this model as well, or not any more. More than [`MAX_TEACHERS`] there cannot be: nothing changes then.
    pub fn set_teacher(&mut self, checksum: &str, name: &str, wanted: bool) {
        let mut list: Vec<String> =
            self.teachers().filter(|t| t.checksum != checksum).map(|t| Teacher::entry(t.checksum, t.name)).collect();
        if wanted && list.len() < MAX_TEACHERS {
            list.push(Teacher::entry(checksum, name));
        }
        self.teacher = list.join(",");
    }
}

/// The checksum by which a model file is known.
#[must_use]
pub fn file_checksum(bytes: &[u8]) -> String {
    table::checksum(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Effect, diff, json, link};

    fn taught() -> Experiment {
        let mut experiment = Experiment::default();
        experiment.set_teacher("3f2a9c4e5b6d7e8f", "run 3", true);
        experiment.set_teacher("0123456789abcdef", "a very long name, indeed", true);
        experiment
    }

    #[test]
    fn teachers_go_through_link_and_json() {
        let wanted = taught();
        let text = link::encode(&wanted);
        assert_eq!(text, "teacher=3f2a9c4e5b6d7e8f:run-3,0123456789abcdef:a-very-long-name");
        assert_eq!(link::decode(&text), (wanted.clone(), vec![], vec![]));
        assert_eq!(json::read(&json::write(&wanted)), (wanted.clone(), vec![], vec![]));
        assert_eq!(wanted.teachers().map(|t| t.name).collect::<Vec<_>>(), ["run-3", "a-very-long-name"]);
        let mut fewer = wanted.clone();
        fewer.set_teacher("3f2a9c4e5b6d7e8f", "", false);
        assert_eq!(fewer.teacher, "0123456789abcdef:a-very-long-name");
    }

    #[test]
    fn what_names_no_model_is_refused_at_its_key() {
        let entries = ["my.whittle", "3f2a", "3F2A9C4E5B6D7E8F", "3f2a9c4e5b6d7e8f:a/b", "3f2a9c4e5b6d7e8f:a,3f2a9c4e5b6d7e8f:b"];
        let five = (0..5).map(|i| format!("3f2a9c4e5b6d7e8{i}")).collect::<Vec<_>>().join(",");
        for text in entries.into_iter().chain([&five[..]]) {
            let (kept, _, errors) = link::decode(&format!("teacher={text}"));
            assert_eq!((kept.teacher.as_str(), errors.len(), errors[0].field()), ("", 1, TEACHER_KEY), "{text}");
        }
        let wrong = Experiment { teacher: "x".into(), ..Experiment::default() };
        assert_eq!(wrong.validate().unwrap_err().field(), TEACHER_KEY);
        let mut full = Experiment::default();
        (0..6).for_each(|i| full.set_teacher(&format!("3f2a9c4e5b6d7e8{i}"), "run", true));
        assert_eq!((full.teachers().count(), full.validate()), (MAX_TEACHERS, Ok(())));
    }

    #[test]
    fn another_teacher_is_another_run_where_the_run_listens_to_it() {
        let effect = |a: &Experiment, b: &Experiment| diff(a, b).iter().find(|c| c.key == TEACHER_KEY).map(|c| c.effect);
        assert_eq!(effect(&Experiment::default(), &taught()), Some(Effect::Live), "a recipe's steps are changed at any time");
        let mut listening = taught();
        listening.train.distill = 0.5;
        let mut other = listening.clone();
        other.set_teacher("0123456789abcdef", "", false);
        assert_eq!(effect(&listening, &other), Some(Effect::Restart));
    }
}
