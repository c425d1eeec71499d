//! An image sample as a small picture.

use std::sync::Arc;

use crate::app::live::live;
use leptos::{html, prelude::*};

use crate::{
    app::charts::{Tiles, fit, palette},
    state::look::colour::{Palette, paint},
};

/// An image sample as a small picture: what is bright in the data is ink here.
#[component]
pub fn Thumbnail(
    /// Values, 0 to 1, `rows × columns × channels`.
    #[prop(into)]
    pixels: Signal<Arc<Vec<f32>>>,
    /// Rows, columns and channels.
    #[prop(into)]
    shape: Signal<(usize, usize, usize)>,
    /// Height, CSS pixels; the width follows the shape.
    #[prop(default = 56)]
    size: u32,
) -> impl IntoView {
    let colours = palette();
    let canvas = NodeRef::<html::Canvas>::new();
    let tiles = StoredValue::new_local(Tiles::new());
    let edges = move || {
        let (rows, columns, _) = shape.get();
        (f64::from(size) * columns as f64 / rows.max(1) as f64, f64::from(size))
    };
    Effect::new(move |_| {
        let (Some(canvas), (rows, columns, channels)) = (canvas.get(), shape.get()) else { return };
        let (w, h) = edges();
        let Some(pen) = fit(&canvas, (w, h)) else { return };
        let rgba = pixels.with(|p| picture(p, channels, &colours.get()));
        tiles.update_value(|tiles| {
            if let Some(tiles) = tiles
                && rgba.len() == rows * columns * 4
                && tiles.fill(&rgba, columns, rows).is_some()
            {
                tiles.draw(&pen, 0, (0.0, 0.0, w, h), false);
            }
        });
    });
    let width = live(move || format!("{:.0}px", edges().0));
    view! { <canvas class="thumbnail" node_ref=canvas style:width=width style:height=format!("{size}px") aria-hidden="true"></canvas> }
}

/// Pixels of an image sample: ink for one channel, colours for three.
fn picture(values: &[f32], channels: usize, palette: &Palette) -> Vec<u8> {
    let mut out = Vec::new();
    let part = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    match channels {
        3 => out.extend(values.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [part(*r), part(*g), part(*b), 255])),
        n => paint(&mut out, values.iter().step_by(n.max(1)).copied(), |v| palette.ink_on_paper(v)),
    }
    out
}

/// Rows, columns and channels of an image sample's shape; `None` for other samples.
pub(super) fn image_shape(shape: &[usize]) -> Option<(usize, usize, usize)> {
    match shape {
        [rows, columns] => Some((*rows, *columns, 1)),
        [rows, columns, channels] => Some((*rows, *columns, *channels)),
        _ => None,
    }
}
