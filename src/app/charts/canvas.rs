//! Canvases that are sharp on any screen, and little pictures drawn from numbers.

use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Makes a canvas `width × height` CSS pixels large at the screen's own resolution, empties it, and gives its pen.
#[must_use]
pub fn fit(canvas: &HtmlCanvasElement, (width, height): (f64, f64)) -> Option<CanvasRenderingContext2d> {
    let ratio = window().device_pixel_ratio().clamp(1.0, 4.0);
    let (w, h) = ((width * ratio).round() as u32, (height * ratio).round() as u32);
    if (canvas.width(), canvas.height()) != (w, h) {
        canvas.set_width(w);
        canvas.set_height(h);
    }
    let pen = pen(canvas)?;
    pen.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0).ok()?;
    pen.clear_rect(0.0, 0.0, width, height);
    Some(pen)
}

/// The pen of a canvas.
pub(crate) fn pen(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// A sheet of equal little pictures, one above the other, kept off the page.
pub struct Tiles {
    sheet: HtmlCanvasElement,
    width: u32,
    height: u32,
}

impl Tiles {
    /// An empty sheet; `None` where the browser has no canvas.
    #[must_use]
    pub fn new() -> Option<Self> {
        let sheet = document().create_element("canvas").ok()?.dyn_into().ok()?;
        Some(Self { sheet, width: 0, height: 0 })
    }

    /// Fills the sheet with pictures of `width × height` pixels; `rgba` holds them one after the other.
    pub fn fill(&mut self, rgba: &[u8], width: usize, height: usize) -> Option<()> {
        (self.width, self.height) = (width as u32, height as u32);
        let rows = (rgba.len() / 4 / width.max(1)) as u32;
        if self.width == 0 || rows == 0 {
            return None;
        }
        // Setting a size, even the same one, gives the canvas new memory.
        if (self.sheet.width(), self.sheet.height()) != (self.width, rows) {
            self.sheet.set_width(self.width);
            self.sheet.set_height(rows);
        }
        let image = ImageData::new_with_u8_clamped_array(Clamped(rgba), self.width).ok()?;
        pen(&self.sheet)?.put_image_data(&image, 0.0, 0.0).ok()
    }

    /// Draws picture `index` as a square; `smooth` for what is continuous, not for pixels.
    pub fn draw(&self, pen: &CanvasRenderingContext2d, index: usize, (x, y, w, h): (f64, f64, f64, f64), smooth: bool) {
        // Smoothing mixes in what lies next to a picture on the sheet: a single pixel has nothing but neighbours, and larger
        // pictures are taken from the middle of their outermost pixels.
        let smooth = smooth && self.width > 2 && self.height > 2;
        pen.set_image_smoothing_enabled(smooth);
        let inset = if smooth { 0.5 } else { 0.0 };
        let (tw, th) = (f64::from(self.width), f64::from(self.height));
        // A picture that cannot be drawn leaves its place empty.
        let _ = pen.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &self.sheet,
            inset,
            th * index as f64 + inset,
            tw - 2.0 * inset,
            th - 2.0 * inset,
            x,
            y,
            w,
            h,
        );
    }
}
