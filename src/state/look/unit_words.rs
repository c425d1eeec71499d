//! Units and links of the network in words and numbers.

use super::network::{MaskEdit, Spot};
use crate::{
    experiment, order,
    protocol::{DataReport, MapKind, ModelReport, NetworkView},
    state::format,
};

/// What words about a network are made from.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The network as drawn.
    pub view: &'a NetworkView,
    /// Its layers.
    pub model: Option<&'a ModelReport>,
    /// The data.
    pub data: Option<&'a DataReport>,
}

/// One link, as a row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Name of the unit it comes from.
    pub from: String,
    /// Its weight, or the mean of its weights.
    pub weight: f32,
    /// Whether it is one weight, which can be set to a number; otherwise `weight` is the mean of several.
    pub single: bool,
    /// What a click asks for.
    pub edit: MaskEdit,
}

/// What a click on the link from row `from` to row `to` of column `c` asks for; `None` where there is no such link.
#[must_use]
pub fn edit(view: &NetworkView, c: usize, from: usize, to: usize) -> Option<MaskEdit> {
    let (before, here) = (view.columns.get(c.checked_sub(1)?)?, view.columns.get(c)?);
    let kept = *here.kept.get(from * here.units.len() + to)?;
    let link = experiment::Link { layer: here.layer?, from: *before.units.get(from)?, to: *here.units.get(to)? };
    Some(MaskEdit { link, keep: kept == 0 })
}

impl Words<'_> {
    /// Name of a unit: "Dense 16, unit 3", "input x", "output cat".
    #[must_use]
    pub fn unit(&self, c: usize, row: usize) -> String {
        let Some(column) = self.view.columns.get(c) else { return String::new() };
        let unit = column.units.get(row).copied().unwrap_or(row);
        match column.layer {
            None if self.data.is_some_and(|d| d.shape.len() == 3) && column.total == 1 => "input image".into(),
            None => match self.data.and_then(|d| d.features.get(unit)) {
                Some(name) if self.data.is_some_and(|d| d.shape.len() == 1) => format!("input {name}"),
                _ => format!("input {unit}"),
            },
            Some(_) if c + 1 == self.view.columns.len() => match self.data.and_then(|d| d.classes.get(unit)) {
                Some(name) => format!("output {name}"),
                None => format!("output {unit}"),
            },
            Some(layer) => {
                let label = self.model.and_then(|m| m.layers.get(layer)).map_or("layer", |l| l.label.as_str());
                format!("{label}, unit {unit}")
            }
        }
    }

    /// Everything there is to say about a spot; `None` if it is gone.
    #[must_use]
    pub fn of(&self, spot: Spot) -> Option<String> {
        match spot {
            Spot::Unit(c, row) => self.of_unit(c, row),
            Spot::Link(c, from, to) => {
                let link = self.link(c, from, to)?;
                let what = if link.edit.keep { "pruned, click to revive" } else { "click to prune" };
                Some(format!("{} → {}: weight {} · {what}", link.from, self.unit(c, to), signed(link.weight)))
            }
        }
    }

    fn of_unit(&self, c: usize, row: usize) -> Option<String> {
        let column = self.view.columns.get(c)?;
        column.units.get(row)?;
        let mut parts = vec![self.unit(c, row)];
        let value = column.values.get(row).copied();
        let only = || if column.map == (1, 1) { column.maps.to_vec().get(row).copied() } else { None };
        parts.extend(value.or_else(only).map(|v| format!("value {}", signed(v))));
        parts.extend(column.bias.get(row).map(|b| format!("bias {}", signed(*b))));
        if column.layer.is_some() {
            parts.extend(column.alive.get(row).map(|a| match a {
                0.0 => "dead: zero on every test sample".into(),
                a => format!("fires on {} of test samples", format::percent0(f64::from(*a))),
            }));
        }
        // A map cannot show where these come from; the strongest links can be named.
        if column.kind == MapKind::Value {
            let links = self.links(c, row);
            let mut places: Vec<usize> = (0..links.len()).collect();
            order::sort(&mut places, &|a, b| links[b].weight.abs().total_cmp(&links[a].weight.abs()));
            let strongest: Vec<_> = places.iter().take(3).map(|i| format!("{} {}", links[*i].from, signed(links[*i].weight))).collect();
            if !strongest.is_empty() {
                parts.push(format!("listens most to {}", strongest.join(", ")));
            }
        }
        Some(parts.join(" · "))
    }

    fn link(&self, c: usize, from: usize, to: usize) -> Option<Link> {
        let column = self.view.columns.get(c)?;
        let weight = *column.links.to_vec().get(from * column.units.len() + to)?;
        Some(Link { from: self.unit(c.checked_sub(1)?, from), weight, single: column.fan == 1, edit: edit(self.view, c, from, to)? })
    }

    /// All links into a unit, from the first to the last drawn unit before it.
    #[must_use]
    pub fn links(&self, c: usize, row: usize) -> Vec<Link> {
        let before = c.checked_sub(1).and_then(|b| self.view.columns.get(b)).map_or(0, |b| b.units.len());
        (0..before).filter_map(|from| self.link(c, from, row)).collect()
    }
}

/// What the map of a unit shows, in one line.
#[must_use]
pub fn map_words(kind: MapKind) -> &'static str {
    match kind {
        MapKind::Input => "What goes in",
        MapKind::Plane => "Its activation over the plane",
        MapKind::Activation => "Its activation map of the watched sample",
        MapKind::Weights => "Its weight for each pixel",
        MapKind::Response => "Mean test image where it says more than usual, less the one where it says less",
        MapKind::Value => "What it says to the watched sample",
    }
}

/// What was pruned and revived by hand, in a few words; `None` where nothing was.
#[must_use]
pub fn by_hand(hand: &experiment::ByHand) -> Option<String> {
    let links = |n: usize, what: &str| (n > 0).then(|| format!("{n} {} {what} by hand", if n == 1 { "link" } else { "links" }));
    let parts: Vec<String> = [links(hand.cut.len(), "pruned"), links(hand.keep.len(), "kept")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A weight with three decimals and a real minus sign.
#[must_use]
pub fn signed(value: f32) -> String {
    // A small negative number is not "−0.000".
    let rounded = (value * 1e3).round() / 1e3 + 0.0;
    format!("{rounded:.3}").replacen('-', "\u{2212}", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{F32s, ViewColumn};

    fn view() -> NetworkView {
        let column = |layer, units: Vec<usize>, links: &[f32], kept: &[u8]| ViewColumn {
            layer,
            total: 64,
            maps: F32s::from(&vec![0.5; units.len()][..]),
            map: (1, 1),
            alive: vec![0.0; units.len()],
            bias: if layer.is_some() { vec![-0.25; units.len()] } else { vec![] },
            units,
            links: F32s::from(links),
            fan: 1,
            kind: if layer.is_some() { MapKind::Value } else { MapKind::Input },
            values: Vec::new(),
            kept: kept.to_vec(),
        };
        NetworkView {
            weights_set: 0,
            columns: vec![
                column(None, vec![0, 4], &[], &[]),
                column(Some(0), vec![0, 8], &[1.0, -2.0, 3.0, 4.0], &[1, 0, 1, 1]),
                column(Some(2), vec![0], &[0.5, 0.6], &[1, 1]),
            ],
        }
    }

    #[test]
    fn clicks_name_real_units_and_the_other_state() {
        let view = view();
        assert_eq!(edit(&view, 1, 0, 1), Some(MaskEdit { link: experiment::Link { layer: 0, from: 0, to: 8 }, keep: true }));
        assert_eq!(edit(&view, 1, 1, 0), Some(MaskEdit { link: experiment::Link { layer: 0, from: 4, to: 0 }, keep: false }));
        assert_eq!(edit(&view, 0, 0, 0), None, "nothing links into the input");
        assert_eq!(edit(&view, 1, 2, 0), None);
        assert_eq!(edit(&view, 9, 0, 0), None);
    }

    #[test]
    fn what_was_done_by_hand_is_counted() {
        let mut hand = experiment::ByHand::default();
        assert_eq!(by_hand(&hand), None);
        hand.set(experiment::Link { layer: 0, from: 0, to: 0 }, false, true);
        assert_eq!(by_hand(&hand).as_deref(), Some("1 link pruned by hand"));
        hand.set(experiment::Link { layer: 0, from: 0, to: 1 }, false, true);
        hand.set(experiment::Link { layer: 2, from: 0, to: 1 }, true, true);
        assert_eq!(by_hand(&hand).as_deref(), Some("2 links pruned by hand, 1 link kept by hand"));
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!((signed(-0.0), signed(-0.0001), signed(-0.001)), ("0.000".into(), "0.000".into(), "−0.001".into()));
    }

    #[test]
    fn words_hold_the_numbers() {
        let view = view();
        let words = Words { view: &view, model: None, data: None };
        assert_eq!(words.of(Spot::Link(1, 0, 1)).unwrap(), "input 0 → layer, unit 8: weight −2.000 · pruned, click to revive");
        assert_eq!(
            words.of(Spot::Unit(1, 1)).unwrap(),
            "layer, unit 8 · value 0.500 · bias −0.250 · dead: zero on every test sample · listens most to input 4 4.000, input 0 −2.000"
        );
        assert_eq!(words.of(Spot::Unit(0, 1)).unwrap(), "input 4 · value 0.500");
        assert_eq!(words.links(2, 0).iter().map(|l| l.weight).collect::<Vec<_>>(), [0.5, 0.6]);
        assert!(words.links(0, 0).is_empty() && words.of(Spot::Unit(7, 0)).is_none());
    }
}
