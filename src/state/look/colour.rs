//! Colours as numbers, for canvases: read from the style sheet's values and mixed.

/// A colour without transparency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

impl Rgb {
    /// Reads `#rgb` or `#rrggbb`, as the style sheet writes them; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.trim().strip_prefix('#')?;
        let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
        match digits[..] {
            [r, g, b] => Some(Self([r * 17, g * 17, b * 17])),
            [r, r2, g, g2, b, b2] => Some(Self([r * 16 + r2, g * 16 + g2, b * 16 + b2])),
            _ => None,
        }
    }

    /// The colour `share` (0 to 1) of the way to `other`.
    #[must_use]
    pub fn mix(self, other: Self, share: f32) -> Self {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let at = |i: usize| (f32::from(self.0[i]) + (f32::from(other.0[i]) - f32::from(self.0[i])) * share).round() as u8;
        Self([at(0), at(1), at(2)])
    }

    /// Relative luminance as WCAG defines it, 0 to 1.
    #[must_use]
    pub fn luminance(self) -> f32 {
        let linear = |part: u8| {
            let v = f32::from(part) / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { libm::powf((v + 0.055) / 1.055, 2.4) }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Whether black text reads better on it than white text.
    #[must_use]
    pub fn wants_dark_text(self) -> bool {
        self.luminance() > 0.179
    }

    /// As a canvas writes it, with an opacity from 0 to 1.
    #[must_use]
    pub fn css(self, opacity: f64) -> String {
        let [r, g, b] = self.0;
        format!("rgb({r} {g} {b} / {opacity:.2})")
    }
}

/// The colours a canvas draws with, in one theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// Ground of a panel.
    pub surface: Rgb,
    /// Ground of what is set apart.
    pub surface_2: Rgb,
    /// Hairlines.
    pub line: Rgb,
    /// Text.
    pub ink: Rgb,
    /// Text of less weight.
    pub ink_2: Rgb,
    /// Text of least weight.
    pub ink_3: Rgb,
    /// Positive weights, and class 1 of two.
    pub pos: Rgb,
    /// Negative weights, and class 0 of two.
    pub neg: Rgb,
    /// Classes 2 and 3 of more than two.
    pub more: [Rgb; 2],
    /// Predictions that are right.
    pub right: Rgb,
    /// Predictions that are wrong.
    pub wrong: Rgb,
    /// The fp32 model.
    pub baseline: Rgb,
    /// The optimized model.
    pub optimized: Rgb,
    /// What needs attention.
    pub bad: Rgb,
    /// Ring around what has the focus.
    pub focus: Rgb,
}

impl Palette {
    /// A value from −1 to 1: negative to one side, positive to the other, nothing in the middle.
    #[must_use]
    pub fn diverging(&self, value: f32) -> Rgb {
        self.surface.mix(if value < 0.0 { self.neg } else { self.pos }, value.abs())
    }

    /// A pixel from 0 to 1 as ink on paper.
    #[must_use]
    pub fn ink_on_paper(&self, value: f32) -> Rgb {
        self.surface_2.mix(self.ink, value)
    }

    /// Class `class`, from 0: the two of a pair as everywhere, then two more that can be told from them whatever colours
    /// one sees. Beyond four they come again; the shape of a mark tells those apart.
    #[must_use]
    pub fn class(&self, class: usize) -> Rgb {
        let all = [self.neg, self.pos, self.more[0], self.more[1]];
        all[class % all.len()]
    }
}

/// Writes one opaque pixel per value into `out` as RGBA.
pub fn paint(out: &mut Vec<u8>, values: impl Iterator<Item = f32>, colour: impl Fn(f32) -> Rgb) {
    out.clear();
    for value in values {
        let [r, g, b] = colour(value).0;
        out.extend_from_slice(&[r, g, b, 255]);
    }
}

/// Values as shades from −1 to 1. Pictures of images each use the whole range and lift what is faint, for a filter that sees
/// little is still worth seeing; other maps share one range, so that units can be compared.
pub fn shades(values: &[f32], pixels: usize, pictures: bool) -> impl Iterator<Item = f32> + '_ {
    let each = if pictures && pixels > 1 { pixels } else { values.len().max(1) };
    values.chunks(each).flat_map(move |map| {
        let far = map.iter().fold(1e-6_f32, |m, v| m.max(v.abs()));
        map.iter().map(move |v| if pictures { (v / far).signum() * (v / far).abs().sqrt() } else { v / far })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_use_the_whole_range_each() {
        let values = [0.25, 1.0, -0.0025, 0.01];
        assert_eq!(shades(&values, 2, true).collect::<Vec<_>>(), [0.5, 1.0, -0.5, 1.0]);
        assert_eq!(shades(&values, 2, false).collect::<Vec<_>>(), values);
        assert_eq!(shades(&[], 4, true).count(), 0);
        assert_eq!(shades(&[0.0, 0.0], 2, true).map(f32::abs).sum::<f32>(), 0.0);
    }

    #[test]
    fn colours_are_read_as_the_style_sheet_writes_them() {
        assert_eq!(Rgb::parse(" #f6f3ec"), Some(Rgb([246, 243, 236])));
        assert_eq!(Rgb::parse("#fa0"), Some(Rgb([255, 170, 0])));
        for bad in ["", "red", "#12", "#12345g", "rgb(1 2 3)", "#é1"] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_is_dark_on_light_ground() {
        assert!(Rgb([255; 3]).wants_dark_text() && Rgb([255, 128, 0]).wants_dark_text());
        assert!(!Rgb([0, 0, 200]).wants_dark_text() && !Rgb([0; 3]).wants_dark_text());
    }

    #[test]
    fn values_go_from_one_hue_to_the_other() {
        let palette = Palette { surface: Rgb([250; 3]), pos: Rgb([0, 0, 200]), neg: Rgb([200, 100, 0]), ..Palette::default() };
        assert_eq!(palette.diverging(0.0), palette.surface);
        assert_eq!(palette.diverging(1.0), palette.pos);
        assert_eq!(palette.diverging(-7.0), palette.neg, "beyond the range is its end");
        assert_eq!(palette.diverging(f32::NAN), palette.surface);
        assert_eq!(palette.diverging(0.5), Rgb([125, 125, 225]));
        let mut out = vec![1];
        paint(&mut out, [0.0, 1.0].into_iter(), |v| palette.diverging(v));
        assert_eq!(out, [250, 250, 250, 255, 0, 0, 200, 255]);
    }
}
