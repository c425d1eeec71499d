//! Controls that draw themselves from what a catalogue says of a parameter or a choice.

mod help;
mod layer_drag;
mod layer_more;
mod layers;
mod number;
mod param;
mod pick;
mod texts;
mod weight;
mod words;

pub use help::{Explained, Explanation, HelpTip, beside};
pub use layer_more::LayerMore;
pub use layers::{Bench, LayerList};
pub use param::ParamControl;
pub use pick::PickControl;
pub use texts::{Formula, Text, Texts};
pub use weight::WeightBox;
pub use words::Segmented;

/// Whether a change is one of many on the way (a drag), or the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// More will follow.
    Moving,
    /// Done.
    Done,
}

/// A link key as an id of the document.
pub(crate) fn dom_id(name: &str) -> String {
    format!("c-{}", name.replace(['.', ' '], "-"))
}
