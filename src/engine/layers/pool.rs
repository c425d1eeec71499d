//! What both kinds of pooling share: their settings and sizes.

use crate::{
    engine::{
        params::{ParamSpec, Scale, Values},
        shape::Shape,
    },
    kernels::pool2d,
};

pub(super) const SIZE: ParamSpec = ParamSpec {
    key: "size",
    label: "Window",
    unit: "pixels",
    range: (1.0, 32.0),
    scale: Scale::Integer,
    default: 2.0,
    help: teach!(
        "Edge of the square window that becomes one value. 2 quarters the image; as large as the image, one value per channel remains."
    ),
    ..ParamSpec::NEW
};
pub(super) const STRIDE: ParamSpec = ParamSpec {
    key: "stride",
    label: "Stride",
    unit: "pixels",
    range: (0.0, 32.0),
    scale: Scale::Integer,
    default: 0.0,
    help: teach!("How far the window moves between two outputs; 0 moves it by its own size. Less than its size makes windows overlap."),
    ..ParamSpec::NEW
};

/// Sizes of a pooling.
#[derive(Clone, Copy)]
pub(super) struct Pool {
    pub input: (usize, usize, usize),
    pub size: usize,
    pub stride: usize,
}

impl Pool {
    /// Sizes for `input`, and the output's shape. Errors: a flat input, or one smaller than the window.
    pub fn new(values: &Values, input: &Shape) -> Result<(Self, Shape), String> {
        let Some((height, width, channels)) = input.image() else {
            return Err(format!(
                "it needs an image, and a flat input of {input} values comes in: put it before any flatten or dense layer"
            ));
        };
        let size = values.usize(&SIZE);
        let stride = match values.usize(&STRIDE) {
            0 => size,
            stride => stride,
        };
        if size > height || size > width {
            return Err(format!(
                "a {size}×{size} window leaves nothing of its {height}×{width} input: use a smaller window or fewer pooling layers"
            ));
        }
        let input = (height, width, channels);
        let (rows, columns) = pool2d::output(input, size, stride);
        Ok((Self { input, size, stride }, Shape(vec![rows, columns, channels])))
    }
}
