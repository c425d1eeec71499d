//! Where the units and links of the network drawing are, and which of them is under a point.

use crate::{
    experiment::Link,
    protocol::{ModelReport, NetworkView},
};

/// A link to be pruned or revived by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskEdit {
    /// Which.
    pub link: Link,
    /// Alive or pruned.
    pub keep: bool,
}

/// Something that can be pointed at. Positions count among what is drawn, not among all units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A unit: its column and its row.
    Unit(usize, usize),
    /// A link: the column it ends in, the row it comes from and the row it goes to.
    Link(usize, usize, usize),
}

/// Places of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Left edge of its tiles.
    pub left: f64,
    /// Edge of a tile.
    pub size: f64,
    /// Top edges of its tiles.
    pub tops: Vec<f64>,
}

impl Column {
    /// Right edge of the tiles.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.left + self.size
    }

    /// Middle of a tile from the top.
    #[must_use]
    pub fn middle(&self, row: usize) -> f64 {
        self.tops.get(row).map_or(0.0, |t| t + self.size / 2.0)
    }
}

/// Places of the whole drawing, in CSS pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Columns from left to right.
    pub columns: Vec<Column>,
}

/// Room above the tiles for the buttons of a column, its name and its activation.
pub const HEAD: f64 = 62.0;
/// Room below the tiles for "16 of 64".
pub const FOOT: f64 = 22.0;
/// Largest tile of a column with one unit (the input's picture).
const PICTURE: f64 = 112.0;
/// Largest tile of any other column.
const TILE: f64 = 44.0;
/// How far from a link the pointer may be.
const REACH: f64 = 6.0;

/// Skip connections as pairs of columns of the drawing: what comes out of the first is added to what comes out of the second.
#[must_use]
pub fn skips(view: &NetworkView, model: &ModelReport) -> Vec<(usize, usize)> {
    // The last column whose units stand before a layer.
    let column = |layer: usize| view.columns.iter().rposition(|c| c.layer.is_none_or(|own| own < layer));
    let ends = model.layers.iter().enumerate().filter(|(_, layer)| layer.back > 0);
    ends.filter_map(|(i, layer)| Some((column(i.checked_sub(layer.back)?)?, column(i)?))).filter(|(from, to)| from < to).collect()
}

impl Layout {
    /// Places the columns of `view` in `width × height`. `end` is the room kept at the right for the names of the outputs.
    #[must_use]
    pub fn of(view: &NetworkView, (width, height): (f64, f64), end: f64) -> Self {
        let counts: Vec<_> = view.columns.iter().map(|c| (c.units.len(), c.map != (1, 1) && c.layer.is_none())).collect();
        let n = counts.len();
        let room = (height - HEAD - FOOT).max(20.0);
        let sizes: Vec<f64> = counts.iter().map(|(units, picture)| tile(*units, *picture, room)).collect();
        let (first, last) = (sizes.first().copied().unwrap_or(0.0), sizes.last().copied().unwrap_or(0.0));
        let margin = 12.0;
        // Centres of columns are evenly spaced from the first to the last.
        let (from, to) = (margin + first.max(60.0) / 2.0, width - margin - end - last.max(48.0) / 2.0);
        let columns = sizes.iter().zip(&counts).enumerate().map(|(i, (size, (units, _)))| {
            let centre = from + (to - from) * i as f64 / (n.max(2) - 1) as f64;
            let pitch = (room / (*units).max(1) as f64).min(size * 1.35 + 6.0);
            let top = HEAD + (room - pitch * *units as f64) / 2.0 + (pitch - size) / 2.0;
            Column { left: centre - size / 2.0, size: *size, tops: (0..*units).map(|u| top + pitch * u as f64).collect() }
        });
        Self { columns: columns.collect() }
    }

    /// What is at a point: a unit, else the nearest link within reach.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> Option<Spot> {
        for (c, column) in self.columns.iter().enumerate() {
            if (column.left..=column.right()).contains(&x) {
                let row = column.tops.iter().position(|t| (*t..=t + column.size).contains(&y));
                return row.map(|r| Spot::Unit(c, r));
            }
        }
        let c = self.columns.windows(2).position(|w| (w[0].right()..=w[1].left).contains(&x))? + 1;
        let (before, here) = (&self.columns[c - 1], &self.columns[c]);
        let bend = bend((x - before.right()) / (here.left - before.right()).max(1.0));
        let mut best = (REACH, None);
        for from in 0..before.tops.len() {
            for to in 0..here.tops.len() {
                let (a, b) = (before.middle(from), here.middle(to));
                let away = (a + (b - a) * bend - y).abs();
                if away < best.0 {
                    best = (away, Some(Spot::Link(c, from, to)));
                }
            }
        }
        best.1
    }

    /// Middle of a unit's lower edge, or of a link: where a few words can stand.
    #[must_use]
    pub fn middle(&self, spot: Spot) -> Option<(f64, f64)> {
        match spot {
            Spot::Unit(c, row) => self.columns.get(c).map(|p| (p.left + p.size / 2.0, p.middle(row) + p.size / 2.0)),
            Spot::Link(c, from, to) => {
                let (a, b) = (self.columns.get(c.checked_sub(1)?)?, self.columns.get(c)?);
                Some(((a.right() + b.left) / 2.0, (a.middle(from) + b.middle(to)) / 2.0))
            }
        }
    }

    /// Left and top edge for something of the size `room` beside a unit: at its right where that fits within `size`, else at its
    /// left, and never outside.
    #[must_use]
    pub fn beside(&self, (c, row): (usize, usize), room: (f64, f64), size: (f64, f64)) -> Option<(f64, f64)> {
        const GAP: f64 = 10.0;
        let column = self.columns.get(c)?;
        let (right, left) = (column.right() + GAP, column.left - GAP - room.0);
        let x = if right + room.0 <= size.0 || left < 0.0 { right } else { left };
        let y = column.middle(row) - room.1 / 2.0;
        let within = |v: f64, most: f64| v.min(most).max(0.0);
        Some((within(x, size.0 - room.0), within(y, size.1 - room.1)))
    }

    /// The unit reached from `spot` by an arrow key: `dx` columns and `dy` rows on.
    #[must_use]
    pub fn go(&self, spot: Option<Spot>, dx: isize, dy: isize) -> Option<Spot> {
        let last = self.columns.len().checked_sub(1)?;
        let (column, row) = match spot {
            Some(Spot::Unit(c, r) | Spot::Link(c, _, r)) => (c.min(last), r),
            None => return Some(Spot::Unit(last.min(1), 0)),
        };
        let next = column.saturating_add_signed(dx).min(last);
        let (old, new) = (self.columns[column].tops.len().max(1), self.columns[next].tops.len().max(1));
        // Sideways the place in the column stays about the same.
        let row = if next == column { row } else { (row * 2 + 1) * new / (old * 2) };
        Some(Spot::Unit(next, row.saturating_add_signed(dy).min(new - 1)))
    }
}

/// Edge of the tiles of a column of `units`.
fn tile(units: usize, picture: bool, room: f64) -> f64 {
    let pitch = room / units.max(1) as f64;
    let most = if picture && units <= 3 { PICTURE } else { TILE };
    (pitch * 0.84).clamp(6.0, most).floor()
}

/// Height of a link's curve (0 to 1) at a share `x` of its width: a cubic with its handles at half the width.
fn bend(x: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..24 {
        let t = (low + high) / 2.0;
        if 1.5 * t - 1.5 * t * t + t * t * t < x { low = t } else { high = t }
    }
    low * low * (3.0 - 2.0 * low)
}

/// Steps of strength in which links are drawn.
pub const STRENGTHS: usize = 8;

/// Strength of a link as a step from 0 to [`STRENGTHS`] − 1: its share of the strongest, so that the many weak ones stay in the back.
#[must_use]
pub fn strength(weight: f32, strongest: f32) -> usize {
    let share = (weight.abs() / strongest.max(f32::MIN_POSITIVE)).min(1.0);
    ((share * STRENGTHS as f32) as usize).min(STRENGTHS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{F32s, MapKind, ViewColumn};

    fn column(layer: Option<usize>, units: usize, map: (usize, usize)) -> ViewColumn {
        ViewColumn {
            layer,
            units: (0..units).collect(),
            total: units,
            maps: F32s::default(),
            map,
            alive: vec![1.0; units],
            links: F32s::default(),
            fan: 1,
            kind: MapKind::Value,
            values: Vec::new(),
            kept: Vec::new(),
            bias: Vec::new(),
        }
    }

    #[test]
    fn skip_connections_lead_from_column_to_column() {
        let layer = |key: &str, back| crate::protocol::LayerReport {
            key: key.into(),
            label: key.into(),
            output: vec![4],
            params: 0,
            macs: 0,
            back,
        };
        let keys = [("dense", 0), ("relu", 0), ("dense", 0), ("relu", 0), ("dense", 0), ("add", 3), ("add", 6), ("dense", 0)];
        let layers = keys.map(|(key, back)| layer(key, back)).to_vec();
        let model = ModelReport { layers, params: 0, macs: 0, activations: 0, peak_activations: 0 };
        let columns = [None, Some(0), Some(2), Some(4), Some(7)].map(|layer| column(layer, 4, (1, 1))).to_vec();
        // What came into layer 2 is the first layer's; what came into layer 0 is the input.
        assert_eq!(skips(&NetworkView { columns, weights_set: 0 }, &model), [(1, 3), (0, 3)]);
    }

    fn layout() -> Layout {
        let view = NetworkView {
            columns: vec![column(None, 1, (28, 28)), column(Some(0), 16, (28, 28)), column(Some(2), 10, (1, 1))],
            weights_set: 0,
        };
        Layout::of(&view, (700.0, 400.0), 60.0)
    }

    #[test]
    fn everything_lies_inside_and_apart() {
        for (width, height) in [(700.0, 400.0), (340.0, 300.0), (1200.0, 900.0)] {
            let view = NetworkView {
                columns: vec![column(None, 1, (28, 28)), column(Some(0), 16, (28, 28)), column(Some(2), 10, (1, 1))],
                weights_set: 0,
            };
            let layout = Layout::of(&view, (width, height), 60.0);
            for column in &layout.columns {
                assert!(column.left >= 0.0 && column.right() <= width - 60.0, "{column:?}");
                assert!(column.tops[0] >= HEAD - 1.0 && column.tops.last().unwrap() + column.size <= height - FOOT + 1.0, "{column:?}");
                assert!(column.tops.windows(2).all(|w| w[1] - w[0] > column.size), "{column:?}");
            }
            assert!(layout.columns.windows(2).all(|w| w[0].right() < w[1].left));
        }
        assert_eq!(Layout::of(&NetworkView { columns: vec![], weights_set: 0 }, (300.0, 300.0), 0.0).at(3.0, 3.0), None);
    }

    #[test]
    fn points_find_units_and_links() {
        let layout = layout();
        let (first, second) = (&layout.columns[0], &layout.columns[1]);
        assert_eq!(layout.at(first.left + 1.0, first.middle(0)), Some(Spot::Unit(0, 0)));
        assert_eq!(layout.at(second.left + 1.0, second.middle(5)), Some(Spot::Unit(1, 5)));
        for to in 0..16 {
            assert_eq!(layout.at(second.left - 2.0, second.middle(to)), Some(Spot::Link(1, 0, to)));
        }
        let half = (first.right() + second.left) / 2.0;
        let y = (first.middle(0) + second.middle(15)) / 2.0;
        assert_eq!(layout.at(half, y), Some(Spot::Link(1, 0, 15)), "a curve passes the middle at half its height");
        assert_eq!(layout.at(half, 1.0), None);
    }

    #[test]
    fn what_stands_beside_a_unit_stays_inside_and_leaves_it_free() {
        let layout = layout();
        for (c, row) in [(0, 0), (1, 0), (1, 15), (2, 9)] {
            let (x, y) = layout.beside((c, row), (166.0, 250.0), (700.0, 400.0)).unwrap();
            let column = &layout.columns[c];
            assert!(x >= 0.0 && x + 166.0 <= 700.0 && y >= 0.0 && y + 250.0 <= 400.0, "{c} {row}: {x} {y}");
            assert!(x >= column.right() || x + 166.0 <= column.left, "{c} {row}: {x}");
        }
        assert_eq!(layout.beside((1, 0), (166.0, 250.0), (100.0, 100.0)), Some((0.0, 0.0)), "no room is no reason to lie outside");
        assert_eq!(layout.beside((7, 0), (1.0, 1.0), (9.0, 9.0)), None);
    }

    #[test]
    fn arrows_walk_over_units() {
        let layout = layout();
        assert_eq!(layout.go(None, 0, 1), Some(Spot::Unit(1, 0)));
        assert_eq!(layout.go(Some(Spot::Unit(1, 0)), 0, -1), Some(Spot::Unit(1, 0)), "the edge holds");
        assert_eq!(layout.go(Some(Spot::Unit(1, 15)), 1, 0), Some(Spot::Unit(2, 9)));
        assert_eq!(layout.go(Some(Spot::Unit(0, 0)), 1, 0), Some(Spot::Unit(1, 8)));
        assert_eq!(layout.go(Some(Spot::Unit(2, 3)), 9, 0), Some(Spot::Unit(2, 3)));
        assert_eq!(Layout::default().go(None, 1, 0), None);
    }

    #[test]
    fn strength_rises_with_the_weight() {
        assert_eq!(strength(0.0, 1.0), 0);
        assert_eq!(strength(-1.0, 1.0), STRENGTHS - 1);
        assert_eq!(strength(3.0, 0.0), STRENGTHS - 1);
        assert!((1..100).all(|i| strength(i as f32 / 100.0, 1.0) >= strength((i - 1) as f32 / 100.0, 1.0)));
    }
}
