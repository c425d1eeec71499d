//! Paints the network on a canvas.

use web_sys::CanvasRenderingContext2d;

use crate::{
    app::charts::Tiles,
    protocol::{DataReport, ModelReport, NetworkView, ViewColumn},
    state::{
        format,
        look::{
            colour::{Palette, paint, shades},
            network::{Column, HEAD, Layout, STRENGTHS, Spot, skips, strength},
        },
    },
};

/// What is painted, and how it stands.
pub struct Picture<'a> {
    pub view: &'a NetworkView,
    pub model: Option<&'a ModelReport>,
    pub data: Option<&'a DataReport>,
    pub layout: &'a Layout,
    pub palette: Palette,
    pub spot: Option<Spot>,
    pub height: f64,
    pub font: &'a str,
}

/// Memory that is kept from picture to picture.
#[derive(Default)]
pub struct Scratch {
    tiles: Option<Tiles>,
    rgba: Vec<u8>,
}

impl Picture<'_> {
    /// Paints everything on an empty canvas.
    pub fn paint(&self, pen: &CanvasRenderingContext2d, scratch: &mut Scratch) {
        for c in 1..self.layout.columns.len() {
            self.links(pen, c);
        }
        for (c, column) in self.view.columns.iter().enumerate() {
            self.units(pen, c, column, scratch);
            self.labels(pen, c, column);
        }
        self.skips(pen);
        self.mark(pen);
    }

    /// An arc below the columns for each skip connection.
    fn skips(&self, pen: &CanvasRenderingContext2d) {
        let Some(model) = self.model else { return };
        pen.set_line_width(1.5);
        pen.set_stroke_style_str(&self.palette.ink_3.css(0.75));
        pen.begin_path();
        for (from, to) in skips(self.view, model) {
            let (Some(from), Some(to)) = (self.layout.columns.get(from), self.layout.columns.get(to)) else { continue };
            let ends = [from, to].map(|c| (c.left + c.size / 2.0, c.tops.last().map_or(HEAD, |top| top + c.size) + 2.0));
            // Never below the picture.
            let low = (ends[0].1.max(ends[1].1) + 26.0).min(self.height - 2.0);
            pen.move_to(ends[0].0, ends[0].1);
            pen.bezier_curve_to(ends[0].0, low, ends[1].0, low, ends[1].0, ends[1].1);
        }
        pen.stroke();
    }

    /// All links into column `c`: one stroke for each sign and strength, weak ones first.
    fn links(&self, pen: &CanvasRenderingContext2d, c: usize) {
        let column = &self.view.columns[c];
        let weights = column.links.to_vec();
        let (before, here) = (&self.layout.columns[c - 1], &self.layout.columns[c]);
        let n = here.tops.len();
        if n == 0 || weights.len() != before.tops.len() * n || column.kept.len() != weights.len() {
            return;
        }
        let strongest = weights.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
        pen.set_line_width(1.0);
        pen.set_stroke_style_str(&self.palette.ink_3.css(0.28));
        dashes(pen, &[2.0, 5.0]);
        pen.begin_path();
        for i in (0..weights.len()).filter(|i| column.kept[*i] == 0) {
            curve(pen, before, here, i / n, i % n);
        }
        pen.stroke();
        dashes(pen, &[]);
        for step in 0..STRENGTHS {
            let share = (step as f64 + 0.5) / STRENGTHS as f64;
            pen.set_line_width(0.6 + 3.6 * share * share);
            for (positive, colour) in [(false, self.palette.neg), (true, self.palette.pos)] {
                pen.set_stroke_style_str(&colour.css(0.14 + 0.76 * share));
                pen.begin_path();
                for (i, w) in weights.iter().enumerate() {
                    if column.kept[i] != 0 && (*w >= 0.0) == positive && strength(*w, strongest) == step {
                        curve(pen, before, here, i / n, i % n);
                    }
                }
                pen.stroke();
            }
        }
    }

    fn units(&self, pen: &CanvasRenderingContext2d, c: usize, column: &ViewColumn, scratch: &mut Scratch) {
        let place = &self.layout.columns[c];
        let tiles = fill(scratch, column, self.data, &self.palette);
        for (row, top) in place.tops.iter().enumerate() {
            let dead = column.alive.get(row) == Some(&0.0);
            pen.set_fill_style_str(&self.palette.surface.css(1.0));
            pen.fill_rect(place.left, *top, place.size, place.size);
            if let Some(tiles) = tiles {
                pen.set_global_alpha(if dead { 0.35 } else { 1.0 });
                tiles.draw(pen, row, (place.left, *top, place.size, place.size), self.data.is_some_and(|d| d.shape.len() < 3));
                pen.set_global_alpha(1.0);
            }
            pen.set_line_width(1.0);
            pen.set_stroke_style_str(&if dead { self.palette.bad.css(0.9) } else { self.palette.ink_3.css(0.75) });
            pen.stroke_rect(place.left - 0.5, top - 0.5, place.size + 1.0, place.size + 1.0);
            if dead {
                cross(pen, place, *top);
            }
        }
    }

    fn labels(&self, pen: &CanvasRenderingContext2d, c: usize, column: &ViewColumn) {
        let place = &self.layout.columns[c];
        let middle = place.left + place.size / 2.0;
        pen.set_text_align("center");
        pen.set_text_baseline("alphabetic");
        pen.set_fill_style_str(&self.palette.ink.css(1.0));
        pen.set_font(&format!("600 12px {}", self.font));
        let room = self.room(c);
        text(pen, &short(&self.name(column), ((room / 7.2) as usize).max(2)), middle, HEAD - 22.0);
        pen.set_font(&format!("400 12px {}", self.font));
        pen.set_fill_style_str(&self.palette.ink_3.css(1.0));
        text(pen, &short(&self.second(column), ((room / 6.5) as usize).max(2)), middle, HEAD - 7.0);
        if column.units.len() < column.total {
            let note = format!("{} of {}", column.units.len(), format::count(column.total as u64));
            text(pen, &note, middle, self.height - 7.0);
        }
        if c + 1 == self.view.columns.len() {
            self.outputs(pen, column, place);
        }
    }

    /// Room for a column's name: as far as the nearest other column's middle.
    fn room(&self, c: usize) -> f64 {
        let middle = |p: &Column| p.left + p.size / 2.0;
        let columns = &self.layout.columns;
        let apart = |a: usize| columns.get(a).zip(columns.get(a + 1)).map_or(f64::INFINITY, |(a, b)| middle(b) - middle(a));
        c.checked_sub(1).map_or(f64::INFINITY, apart).min(apart(c)).min(400.0)
    }

    /// Names of what the outputs stand for, at their right.
    fn outputs(&self, pen: &CanvasRenderingContext2d, column: &ViewColumn, place: &Column) {
        let Some(data) = self.data else { return };
        pen.set_text_align("left");
        pen.set_text_baseline("middle");
        pen.set_fill_style_str(&self.palette.ink_2.css(1.0));
        for (row, unit) in column.units.iter().enumerate() {
            let name = data.classes.get(*unit).map_or(data.target.as_str(), String::as_str);
            text(pen, &short(name, 9), place.right() + 7.0, place.middle(row));
        }
    }

    fn name(&self, column: &ViewColumn) -> String {
        match column.layer {
            None => "Input".into(),
            Some(layer) => self.model.and_then(|m| m.layers.get(layer)).map_or_else(String::new, |l| l.label.clone()),
        }
    }

    /// The line under a column's name: the activation behind it, or the shape of the input.
    fn second(&self, column: &ViewColumn) -> String {
        let shape = |s: &[usize]| s.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
        match column.layer {
            None => self.data.map_or_else(String::new, |d| shape(&d.shape)),
            Some(layer) => self.model.and_then(|m| m.layers.get(layer + 1)).map_or("Output".into(), |next| next.label.clone()),
        }
    }

    /// What is pointed at, in the focus colour.
    fn mark(&self, pen: &CanvasRenderingContext2d) {
        pen.set_stroke_style_str(&self.palette.focus.css(1.0));
        pen.set_line_width(2.0);
        match self.spot {
            Some(Spot::Unit(c, row)) => {
                let Some(place) = self.layout.columns.get(c) else { return };
                let Some(top) = place.tops.get(row) else { return };
                pen.stroke_rect(place.left - 2.0, top - 2.0, place.size + 4.0, place.size + 4.0);
            }
            Some(Spot::Link(c, from, to)) => {
                let (Some(before), Some(here)) = (self.layout.columns.get(c.wrapping_sub(1)), self.layout.columns.get(c)) else { return };
                pen.begin_path();
                curve(pen, before, here, from, to);
                pen.stroke();
            }
            None => {}
        }
    }
}

/// The maps of a column's units as little pictures; `None` where there is nothing to draw.
pub fn fill<'a>(scratch: &'a mut Scratch, column: &ViewColumn, data: Option<&DataReport>, palette: &Palette) -> Option<&'a Tiles> {
    let (h, w) = column.map;
    let values = column.maps.to_vec();
    let images = data.is_some_and(|d| d.shape.len() == 3);
    if column.layer.is_none() && images {
        paint(&mut scratch.rgba, values.iter().copied(), |v| palette.ink_on_paper(v));
    } else {
        paint(&mut scratch.rgba, shades(&values, h * w, images), |v| palette.diverging(v));
    }
    if scratch.tiles.is_none() {
        scratch.tiles = Tiles::new();
    }
    let tiles = scratch.tiles.as_mut()?;
    tiles.fill(&scratch.rgba, w, h)?;
    Some(tiles)
}

fn curve(pen: &CanvasRenderingContext2d, before: &Column, here: &Column, from: usize, to: usize) {
    let (x0, x1, y0, y1) = (before.right() + 1.0, here.left - 1.0, before.middle(from), here.middle(to));
    let half = (x0 + x1) / 2.0;
    pen.move_to(x0, y0);
    pen.bezier_curve_to(half, y0, half, y1, x1, y1);
}

fn cross(pen: &CanvasRenderingContext2d, place: &Column, top: f64) {
    pen.begin_path();
    pen.move_to(place.left, top);
    pen.line_to(place.right(), top + place.size);
    pen.move_to(place.right(), top);
    pen.line_to(place.left, top + place.size);
    pen.stroke();
}

fn dashes(pen: &CanvasRenderingContext2d, lengths: &[f64]) {
    let list: js_sys::Array = lengths.iter().map(|l| wasm_bindgen::JsValue::from_f64(*l)).collect();
    // A browser without dashes draws thin lines.
    let _ = pen.set_line_dash(&list);
}

fn text(pen: &CanvasRenderingContext2d, words: &str, x: f64, y: f64) {
    // Only an allocation failure can stop it.
    let _ = pen.fill_text(words, x, y);
}

/// At most `most` letters of a name.
pub fn short(name: &str, most: usize) -> String {
    if name.chars().count() <= most { name.into() } else { name.chars().take(most - 1).chain(['…']).collect() }
}
