//! Settings of single layers: lists in the order of the layers that have weights. Layers beyond a list go by the setting that all share.

use super::{BIT_WIDTHS, Compress, MAX_LAYERS};
use crate::engine::{compress::CLIP, error::SpecError};

/// Most entries: every hidden layer and the output layer.
const MOST: usize = MAX_LAYERS + 1;

/// A setting that each layer with weights may have for itself.
pub struct LayerList {
    /// Link key.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// The list in an experiment.
    pub get: fn(&Compress) -> Vec<f64>,
    /// Puts another in its place.
    pub set: fn(&mut Compress, &[f64]),
    /// Whether a layer may have this number.
    fits: fn(f64) -> bool,
    /// Which numbers it may have, in words.
    allowed: fn() -> String,
}

/// Bits of weights.
pub const WIDTHS: LayerList = LayerList {
    key: "widths",
    label: "Bits per layer",
    get: |c| c.widths.iter().map(|bits| f64::from(*bits)).collect(),
    set: |c, list| c.widths = list.iter().map(|bits| *bits as u32).collect(),
    fits: |bits| BIT_WIDTHS.iter().any(|known| f64::from(*known) == bits),
    allowed: || BIT_WIDTHS.map(|bits| bits.to_string()).join(", "),
};

/// How far levels of weights reach, as a share of the largest weight.
pub const CLIPS: LayerList = LayerList {
    key: "clips",
    label: "Weights clipped per layer",
    get: |c| c.clips.clone(),
    set: |c, list| c.clips = list.to_vec(),
    fits: clips,
    allowed: clip_words,
};

/// How far levels of activations reach, as a share of the largest that came in while calibrating.
pub const INPUT_CLIPS: LayerList = LayerList {
    key: "actclips",
    label: "Activations clipped per layer",
    get: |c| c.input_clips.clone(),
    set: |c, list| c.input_clips = list.to_vec(),
    fits: clips,
    allowed: clip_words,
};

/// All of them, in the order in which links name them.
pub const LAYER_LISTS: [LayerList; 3] = [WIDTHS, CLIPS, INPUT_CLIPS];

fn clips(share: f64) -> bool {
    share == 0.0 || CLIP.contains(&share)
}

fn clip_words() -> String {
    format!("0 (by the rule), or a share from {} to {}", CLIP.start(), CLIP.end())
}

impl LayerList {
    /// Reads "32,4,8". Errors: what no layer may have, or more numbers than a model can have layers.
    pub(super) fn read(&self, text: &str) -> Result<Vec<f64>, SpecError> {
        let list: Result<Vec<f64>, _> = text.split(',').map(|word| word.trim().parse()).collect();
        list.ok().filter(|list| self.holds(list)).ok_or_else(|| self.unreadable(text))
    }

    /// As [`LayerList::read`] reads it.
    pub(super) fn write(&self, compress: &Compress) -> String {
        (self.get)(compress).iter().map(f64::to_string).collect::<Vec<_>>().join(",")
    }

    /// Errors: as [`LayerList::read`].
    pub(super) fn check(&self, compress: &Compress) -> Result<(), SpecError> {
        if self.holds(&(self.get)(compress)) { Ok(()) } else { Err(self.unreadable(&self.write(compress))) }
    }

    fn holds(&self, list: &[f64]) -> bool {
        list.len() <= MOST && list.iter().all(|number| (self.fits)(*number))
    }

    fn unreadable(&self, text: &str) -> SpecError {
        let expected = format!("a list of at most {MOST} numbers, each one of {}", (self.allowed)());
        SpecError::Unreadable { field: self.key.into(), value: text.chars().take(60).collect::<String>().into(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, FIELDS, PICKS, diff, json, link};

    const LISTS: [(LayerList, &[f64], &str); 3] =
        [(WIDTHS, &[32.0, 4.0, 8.0], "widths=32,4,8"), (CLIPS, &[0.0, 0.75], "clips=0,0.75"), (INPUT_CLIPS, &[1.0, 0.5], "actclips=1,0.5")];

    #[test]
    fn lists_go_through_link_and_json() {
        for (list, numbers, written) in LISTS {
            let mut experiment = Experiment::default();
            (list.set)(&mut experiment.compress, numbers);
            assert_eq!((list.get)(&experiment.compress), numbers);
            let text = link::encode(&experiment);
            assert_eq!(text, written);
            assert_eq!(link::decode(&text), (experiment.clone(), vec![], vec![]));
            assert_eq!(json::read(&json::write(&experiment)), (experiment.clone(), vec![], vec![]));
            let changes = diff(&Experiment::default(), &experiment);
            let to = written.split_once('=').unwrap().1;
            assert_eq!(
                changes.iter().map(|c| (c.key.as_str(), c.from.as_str(), c.to.as_str())).collect::<Vec<_>>(),
                [(list.key, "none", to)]
            );
        }
    }

    #[test]
    fn no_other_setting_has_the_same_key() {
        let numbers = FIELDS.iter().map(|f| f.spec.key);
        let keys: Vec<&str> = numbers.chain(PICKS.iter().map(|f| f.key)).chain(crate::experiment::LISTS.iter().map(|l| l.key)).collect();
        assert!(LAYER_LISTS.iter().all(|list| !keys.contains(&list.key)));
    }

    #[test]
    fn wrong_lists_are_refused_at_their_key() {
        let long = vec!["1"; MOST + 1].join(",");
        for list in LAYER_LISTS {
            for text in ["", "8,,4", "9", "1,-4", "eight", "NaN", "inf", "0.01", &long] {
                let (kept, _, errors) = link::decode(&format!("{}={text}", list.key));
                assert_eq!((kept, errors.len(), errors[0].field()), (Experiment::default(), 1, list.key), "{text}");
            }
            let mut experiment = Experiment::default();
            (list.set)(&mut experiment.compress, &[12.0]);
            assert_eq!(experiment.validate().unwrap_err().field(), list.key);
            (list.set)(&mut experiment.compress, &[1.0]);
            assert_eq!(experiment.validate(), Ok(()));
            experiment.compress.qat = 1;
            assert!(experiment.validate().unwrap_err().to_string().contains("all layers alike"));
        }
    }
}
