//! Initializers side by side: how widely the outputs of each layer spread at the first weights.

use super::super::format;
use crate::{
    engine::{catalog::Pick, initializers},
    protocol::{Checkup, Spread},
};

/// A spread that is so many times the first layer's, or less than that, has exploded, or vanished.
const FAR: f64 = 10.0;
/// Ends of the bars: this spread and its inverse, as powers of ten.
const DECADES: f64 = 3.0;

/// What becomes of signals on their way through layers with weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Their spread stays within a factor of ten.
    Keeps,
    /// It falls below a tenth.
    Vanishes,
    /// It grows more than tenfold.
    Explodes,
    /// There is none.
    Nothing,
}

impl Fate {
    /// In a word.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Keeps => "keeps",
            Self::Vanishes => "vanishes",
            Self::Explodes => "explodes",
            Self::Nothing => "all zero",
        }
    }
}

/// An initializer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name, with settings.
    pub name: String,
    /// It is the experiment's.
    pub chosen: bool,
    /// Standard deviation of the outputs of each layer with weights, in order.
    pub spreads: Vec<f64>,
    /// What becomes of them.
    pub fate: Fate,
}

impl Row {
    /// Spreads as heights, 0 to 1: the middle is 1, and both ends a thousand times less and more.
    #[must_use]
    pub fn heights(&self) -> Vec<f64> {
        self.spreads.iter().map(|s| ((s.log10() / DECADES).clamp(-1.0, 1.0) + 1.0) / 2.0).collect()
    }

    /// The spread of the first layer with weights, and of the last.
    #[must_use]
    pub fn ends(&self) -> (String, String) {
        let said = |v: Option<&f64>| v.map_or_else(|| "–".into(), |v| short(*v));
        (said(self.spreads.first()), said(self.spreads.last()))
    }
}

/// A row for each initializer, the experiment's first; none before they were looked at.
#[must_use]
pub fn rows(checkup: &Checkup) -> Vec<Row> {
    let weighted: Vec<usize> = checkup.layers.iter().filter(|l| l.weights.is_some()).map(|l| l.layer).collect();
    let row = |(i, spread): (usize, &Spread)| {
        let spreads: Vec<f64> = weighted.iter().filter_map(|at| spread.layers.get(*at)).map(|s| f64::from(*s)).collect();
        Row { name: name(&spread.init), chosen: i == 0, fate: fate(&spreads), spreads }
    };
    checkup.spreads.iter().enumerate().map(row).collect()
}

fn fate(spreads: &[f64]) -> Fate {
    let (Some(first), Some(last)) = (spreads.first(), spreads.last()) else { return Fate::Nothing };
    match last / first {
        _ if *last == 0.0 && *first == 0.0 => Fate::Nothing,
        ratio if ratio < 1.0 / FAR => Fate::Vanishes,
        ratio if ratio <= FAR => Fate::Keeps,
        // What is no number has left their range.
        _ => Fate::Explodes,
    }
}

/// What the experiment's initializer does, in a line; empty before it was looked at.
#[must_use]
pub fn words(rows: &[Row]) -> String {
    let Some(row) = rows.first() else { return String::new() };
    let (first, last) = row.ends();
    match row.fate {
        Fate::Nothing => format!("{}: every output is zero, and no unit differs from another.", row.name),
        _ if row.spreads.len() < 2 => format!("{}: the outputs of the one layer spread by {first}.", row.name),
        Fate::Keeps => {
            format!("{}: outputs spread by {first} in the first layer and {last} in the last. Signals keep their size.", row.name)
        }
        Fate::Vanishes => format!("{}: outputs spread by {first} in the first layer and {last} in the last. Signals vanish.", row.name),
        Fate::Explodes => format!("{}: outputs spread by {first} in the first layer and {last} in the last. Signals explode.", row.name),
    }
}

/// A spread, three digits.
#[must_use]
pub fn short(spread: f64) -> String {
    if (0.01..1000.0).contains(&spread) || spread == 0.0 {
        return format::compact(spread);
    }
    if spread.is_finite() { format!("{spread:.1e}") } else { "∞".into() }
}

/// An initializer by its name, with settings that are not its defaults.
fn name(pick: &Pick) -> String {
    let Ok(info) = initializers::LISTING.find(&pick.key) else { return pick.key.clone() };
    let mut name = info.label.to_string();
    for spec in info.params {
        if let Some(value) = pick.params.get(spec.key) {
            name += &format!(", {} {}", spec.key, format::number(*value));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::LayerHealth;

    fn checkup(spreads: Vec<(Pick, [f32; 5])>) -> Checkup {
        let layer = |layer: usize| LayerHealth { layer, weights: layer.is_multiple_of(2).then_some(0.1), ..LayerHealth::default() };
        let spreads = spreads.into_iter().map(|(init, layers)| Spread { init, layers: layers.to_vec() }).collect();
        Checkup { layers: (0..5).map(layer).collect(), spreads, ..Checkup::default() }
    }

    #[test]
    fn spreads_are_those_of_layers_with_weights() {
        let (he, normal) = (Pick::new("he").with("slope", 0.1), Pick::new("normal"));
        let rows = rows(&checkup(vec![
            (he, [1.0, 0.5, 0.9, 0.4, 1.25]),
            (normal, [8.0, 4.0, 300.0, 90.0, f32::INFINITY]),
            (Pick::new("xavier"), [1.0, 0.5, 0.4, 0.2, 0.05]),
            (Pick::new("zeros"), [0.0; 5]),
        ]));
        assert_eq!(rows.iter().map(|r| r.fate.words()).collect::<Vec<_>>(), ["keeps", "explodes", "vanishes", "all zero"]);
        assert_eq!((rows[0].name.as_str(), rows[0].chosen, rows[1].chosen), ("He (Kaiming) uniform, slope 0.1", true, false));
        assert_eq!((rows[0].spreads.len(), rows[0].ends()), (3, ("1".into(), "1.25".into())));
        assert_eq!(rows[1].ends().1, "∞");
        assert_eq!(rows[1].heights()[2], 1.0, "what is beyond the bars fills them");
        assert_eq!((rows[0].heights()[0], rows[3].heights()[0]), (0.5, 0.0));
        assert!(words(&rows).contains("spread by 1 in the first layer and 1.25 in the last. Signals keep"), "{}", words(&rows));
        assert!(words(&rows[3..]).contains("every output is zero") && words(&[]).is_empty());
        assert_eq!((short(0.0), short(1e-5), short(12345.0)), ("0".into(), "1.0e-5".into(), "1.2e4".into()));
    }
}
