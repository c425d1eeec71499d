//! A parameter's number as people read and type it: as it is, or as percent.

use super::format;
use crate::engine::params::{ParamSpec, Scale};

/// How a number is shown and read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The parameter.
    pub spec: ParamSpec,
    /// Whether it is shown as percent.
    pub percent: bool,
}

impl Reading {
    /// What the text box says; of a choice, its word.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self.spec.scale {
            Scale::Choice(words) => words.get(value as usize).map_or_else(String::new, |w| w.label.to_string()),
            _ if self.percent => format::number(value * 100.0),
            _ => format::number(value),
        }
    }

    /// Unit behind the box.
    #[must_use]
    pub fn unit(self) -> &'static str {
        if self.percent { "%" } else { self.spec.unit }
    }

    /// A value in words, for screen readers.
    #[must_use]
    pub fn spoken(self, value: f64) -> String {
        match self.spec.scale {
            Scale::Choice(_) => self.text(value),
            _ => format!("{} {}", self.text(value), self.unit()).trim_end().to_string(),
        }
    }

    /// What may be chosen, what is chosen when nothing is said, and in which unit: "1e-5 to 10 · default 0.003".
    #[must_use]
    pub fn facts(self) -> String {
        let (min, max) = self.spec.range;
        let range = match self.spec.scale {
            Scale::Choice(words) => words.iter().map(|w| w.label).collect::<Vec<_>>().join(", "),
            _ => format!("{} to {}", self.text(min), self.text(max)),
        };
        let mut parts = vec![range, format!("default {}", self.text(self.spec.default))];
        parts.extend(Some(self.unit()).filter(|u| !u.is_empty()).map(|u| format!("in {u}")));
        parts.join(" · ")
    }

    /// Reads the box. Errors: a sentence with the allowed range.
    pub fn read(self, text: &str) -> Result<f64, String> {
        let typed = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
        let number: f64 = typed.parse().map_err(|_| format!("“{}” is not a number; {}", text.trim(), self.allowed()))?;
        let value = if self.percent { number / 100.0 } else { number };
        match self.spec.check(value) {
            Ok(value) => Ok(value),
            Err(_) if matches!(self.spec.scale, Scale::Integer) && number.fract() != 0.0 => {
                Err(format!("Only whole numbers; {}", self.allowed()))
            }
            Err(_) => Err(format!("{} is not allowed; {}", text.trim(), self.allowed())),
        }
    }

    fn allowed(self) -> String {
        let (min, max) = self.spec.range;
        format!("the range is {} to {}", self.text(min), self.spoken(max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::FIELDS;

    fn reading(key: &str, percent: bool) -> Reading {
        let spec = FIELDS.iter().find(|f| f.spec.key == key).expect("a field").spec;
        Reading { spec, percent }
    }

    #[test]
    fn facts_are_range_default_and_unit() {
        assert_eq!(reading("lr", false).facts(), "1e-5 to 10 · default 0.003");
        assert_eq!(reading("batch", false).facts(), "1 to 131072 · default 32 · in samples");
        assert_eq!(reading("prune", true).facts(), "0 to 99 · default 0 · in %");
        assert_eq!(reading("during", false).facts(), "Off, On, Gradually, With regrowth · default Off");
        for field in FIELDS {
            assert!(reading(field.spec.key, false).facts().contains("default"), "{}", field.spec.key);
        }
    }

    #[test]
    fn what_is_typed_is_read_or_refused_with_the_range() {
        let prune = reading("prune", true);
        assert_eq!(prune.read(" 50 % "), Ok(0.5));
        assert_eq!(prune.read("12,5"), Ok(0.125));
        assert_eq!(prune.read("100").unwrap_err(), "100 is not allowed; the range is 0 to 99 %");
        assert_eq!(reading("lr", false).read("fast").unwrap_err(), "“fast” is not a number; the range is 1e-5 to 10");
        assert_eq!(reading("batch", false).read("2.5").unwrap_err(), "Only whole numbers; the range is 1 to 131072 samples");
        assert!(reading("lr", false).read("NaN").is_err() && reading("lr", false).read("").is_err());
    }
}
