//! What can be wrong with a request, with the values that say why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was given: a number, or text. A number is written as text where it is shown, which is not where it is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Given {
    /// A number, NaN and infinities among them.
    Number(f64),
    /// Text.
    Text(String),
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<f64> for Given {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Given {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A value, a name or a shape that cannot be used. `field` names the control (or link key) at which the page shows it.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum SpecError {
    /// A number outside its range, or not finite.
    #[error("{field}: {value} is not allowed; the range is {min} to {max}")]
    OutOfRange {
        /// Link key of the control.
        field: String,
        /// What was given.
        value: Given,
        /// Smallest allowed value.
        min: f64,
        /// Largest allowed value.
        max: f64,
    },
    /// Text where a number, a whole number or one of a few words is expected.
    #[error("{field}: \"{value}\" is not {expected}")]
    Unreadable {
        /// Link key of the control.
        field: String,
        /// What was given.
        value: Given,
        /// What would have been understood.
        expected: String,
    },
    /// A name that no catalogue entry has.
    #[error("{field}: there is no {kind} \"{value}\"; known are {known}")]
    UnknownName {
        /// Link key of the control.
        field: String,
        /// Kind of thing looked for.
        kind: String,
        /// What was given.
        value: String,
        /// The names that exist, comma-separated.
        known: String,
    },
    /// A layer that cannot take its input.
    #[error("layer {layer} ({name}): {reason}")]
    Layer {
        /// Position in the model, counted from 1.
        layer: usize,
        /// The layer's catalogue key.
        name: String,
        /// Which shape came in and what the layer needs.
        reason: String,
    },
    /// A model whose parameters or activations would not fit the limits of a page.
    #[error("model: {} {what}, more than the {} allowed here", grouped(*value), grouped(*limit))]
    TooLarge {
        /// What there is too much of: "parameters".
        what: String,
        /// How many there would be.
        value: u64,
        /// The limit.
        limit: u64,
    },
    /// Two parts of an experiment that do not go together.
    #[error("{field}: {reason}")]
    Incompatible {
        /// Link key of the control.
        field: String,
        /// Why not, and what would do.
        reason: String,
    },
}

impl SpecError {
    /// Link key of the control where this error is shown.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::OutOfRange { field, .. }
            | Self::Unreadable { field, .. }
            | Self::UnknownName { field, .. }
            | Self::Incompatible { field, .. } => field,
            Self::Layer { .. } | Self::TooLarge { .. } => "model",
        }
    }

    /// The same error at another control: a catalogue knows a setting as "beta1", a link as "opt.beta1".
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        match &mut self {
            Self::OutOfRange { field, .. }
            | Self::Unreadable { field, .. }
            | Self::UnknownName { field, .. }
            | Self::Incompatible { field, .. } => *field = place.into(),
            Self::Layer { .. } | Self::TooLarge { .. } => {}
        }
        self
    }
}

/// A whole number with thousands separated: "8,000,000".
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
