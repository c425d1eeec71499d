//! How any tunable number describes itself: once, for the slider, the link, the search range, the help and the tests.

use super::error::SpecError;

/// How a slider moves, and how a search samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal ratios. A range that begins at 0 keeps 0 as the slider's first stop.
    Log,
    /// Whole numbers, equal steps.
    Integer,
    /// One of a few words; the value is its index.
    Choice(&'static [Word]),
}

/// One word of a [`Scale::Choice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Stable: appears in links.
    pub key: &'static str,
    /// What the page shows.
    pub label: &'static str,
}

/// A tunable number: its name, unit, range and what it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamSpec {
    /// Stable: appears in links and files.
    pub key: &'static str,
    /// What the page shows, with the field's usual symbol.
    pub label: &'static str,
    /// Unit shown behind the number; empty for a plain number.
    pub unit: &'static str,
    /// Smallest and largest value, both allowed.
    pub range: (f64, f64),
    /// How the control moves.
    pub scale: Scale,
    /// Value when nothing is said.
    pub default: f64,
    /// Two sentences that teach: what it does, and what happens at its extremes.
    pub help: &'static str,
    /// The formula in LaTeX; empty where there is none.
    pub formula: &'static str,
    /// The paper or text that introduced it; empty where it is common knowledge.
    pub source: &'static str,
}

impl ParamSpec {
    /// A starting point for `const` specs: `ParamSpec { key: …, ..ParamSpec::NEW }`.
    pub const NEW: Self =
        Self { key: "", label: "", unit: "", range: (0.0, 1.0), scale: Scale::Linear, default: 0.0, help: "", formula: "", source: "" };

    /// `value` itself if it may be used. Errors: not finite, out of range, or a fraction where whole numbers are needed.
    pub fn check(&self, value: f64) -> Result<f64, SpecError> {
        let (min, max) = self.range;
        if !value.is_finite() || value < min || value > max {
            return Err(SpecError::OutOfRange { field: self.key.into(), value: value.into(), min, max });
        }
        let whole = matches!(self.scale, Scale::Integer | Scale::Choice(_));
        if whole && value.fract() != 0.0 {
            return Err(SpecError::Unreadable { field: self.key.into(), value: value.into(), expected: "a whole number".into() });
        }
        Ok(value)
    }

    /// Reads what a link or a text box holds. Errors as [`ParamSpec::check`], and text that is no number or known word.
    pub fn parse(&self, text: &str) -> Result<f64, SpecError> {
        let text = text.trim();
        if let Scale::Choice(words) = self.scale {
            return words.iter().position(|w| w.key == text).map(|i| i as f64).ok_or_else(|| SpecError::Unreadable {
                field: self.key.into(),
                value: text.into(),
                expected: format!("one of {}", words.iter().map(|w| w.key).collect::<Vec<_>>().join(", ")),
            });
        }
        let value: f64 =
            text.parse().map_err(|_| SpecError::Unreadable { field: self.key.into(), value: text.into(), expected: "a number".into() })?;
        self.check(value)
    }

    /// A short text that [`ParamSpec::parse`] reads back to exactly `value`: 0.003, and 1e-300 where zeros would fill lines.
    #[must_use]
    pub fn format(&self, value: f64) -> String {
        if let Scale::Choice(words) = self.scale
            && let Some(word) = words.get(value as usize)
        {
            return word.key.to_string();
        }
        let plain = value.to_string();
        if plain.len() <= 12 {
            return plain;
        }
        let scientific = format!("{value:e}");
        if scientific.len() < plain.len() { scientific } else { plain }
    }
}

/// Checked values for a list of specs: what inner loops may trust.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    specs: &'static [ParamSpec],
    values: Vec<f64>,
}

impl Values {
    /// Every default of `specs`.
    #[must_use]
    pub fn defaults(specs: &'static [ParamSpec]) -> Self {
        Self { specs, values: specs.iter().map(|s| s.default).collect() }
    }

    /// Defaults overridden by `given` pairs. Errors: an unknown key, or what [`ParamSpec::check`] refuses.
    pub fn checked<'a>(specs: &'static [ParamSpec], given: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self, SpecError> {
        let mut values = Self::defaults(specs);
        for (key, value) in given {
            let at = specs.iter().position(|s| s.key == key).ok_or_else(|| SpecError::UnknownName {
                field: key.into(),
                kind: "setting".into(),
                value: key.into(),
                known: specs.iter().map(|s| s.key).collect::<Vec<_>>().join(", "),
            })?;
            values.values[at] = specs[at].check(value)?;
        }
        Ok(values)
    }

    /// The value of `spec`. A spec that is not in the list is a bug in its entry and gives the spec's default.
    #[must_use]
    pub fn get(&self, spec: &ParamSpec) -> f64 {
        let at = self.specs.iter().position(|s| s.key == spec.key);
        debug_assert!(at.is_some(), "{} is not in the entry's list", spec.key);
        at.map_or(spec.default, |i| self.values[i])
    }

    /// [`Values::get`] as `f32`.
    #[must_use]
    pub fn f32(&self, spec: &ParamSpec) -> f32 {
        self.get(spec) as f32
    }

    /// [`Values::get`] as a count.
    #[must_use]
    pub fn usize(&self, spec: &ParamSpec) -> usize {
        self.get(spec) as usize
    }
}
