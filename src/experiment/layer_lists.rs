//! Bits of single layers: a list in the order of the layers that have weights. Those beyond it follow `bits`.

use super::{BIT_WIDTHS, MAX_LAYERS};
use crate::engine::error::SpecError;

/// Link key.
pub const WIDTHS_KEY: &str = "widths";

/// Most entries: every hidden layer and the output layer.
const MOST: usize = MAX_LAYERS + 1;

/// Reads "32,4,8". Errors: what is no width, or more of them than a model can have layers.
pub(super) fn read(text: &str) -> Result<Vec<u32>, SpecError> {
    let widths: Result<Vec<u32>, _> = text.split(',').map(|word| word.trim().parse()).collect();
    let widths = widths.map_err(|_| unreadable(text))?;
    check(&widths)?;
    Ok(widths)
}

/// As [`read`] reads it.
pub(super) fn write(widths: &[u32]) -> String {
    widths.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// Errors: as [`read`].
pub(super) fn check(widths: &[u32]) -> Result<(), SpecError> {
    let fine = widths.len() <= MOST && widths.iter().all(|bits| BIT_WIDTHS.contains(bits));
    if fine { Ok(()) } else { Err(unreadable(&write(widths))) }
}

fn unreadable(text: &str) -> SpecError {
    let known = BIT_WIDTHS.map(|bits| bits.to_string()).join(", ");
    let expected = format!("a list of at most {MOST} widths, each one of {known}");
    SpecError::Unreadable { field: WIDTHS_KEY.into(), value: text.chars().take(60).collect(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, diff, json, link};

    #[test]
    fn lists_go_through_link_and_json() {
        let mut experiment = Experiment::default();
        experiment.compress.widths = vec![32, 4, 8];
        let text = link::encode(&experiment);
        assert_eq!(text, "widths=32,4,8");
        assert_eq!(link::decode(&text), (experiment.clone(), vec![], vec![]));
        assert_eq!(json::read(&json::write(&experiment)), (experiment.clone(), vec![], vec![]));
        let changes = diff(&Experiment::default(), &experiment);
        assert_eq!(
            changes.iter().map(|c| (c.key.as_str(), c.from.as_str(), c.to.as_str())).collect::<Vec<_>>(),
            [("widths", "none", "32,4,8")]
        );
    }

    #[test]
    fn wrong_lists_are_refused_at_their_key() {
        let long = vec!["8"; MOST + 1].join(",");
        for text in ["", "8,,4", "9", "8,-4", "eight", &long] {
            let (kept, _, errors) = link::decode(&format!("widths={text}"));
            assert_eq!((kept, errors.len(), errors[0].field()), (Experiment::default(), 1, "widths"), "{text}");
        }
        let mut experiment = Experiment::default();
        experiment.compress.widths = vec![12];
        assert_eq!(experiment.validate().unwrap_err().field(), "widths");
        experiment.compress.widths = vec![4];
        experiment.compress.qat = 1;
        assert!(experiment.validate().unwrap_err().to_string().contains("all layers alike"));
    }
}
