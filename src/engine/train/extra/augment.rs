//! Images that are moved a little.

use crate::engine::{rng::Rng, shape::Shape};

/// How far images are moved; nothing at all at its default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augment {
    /// Up to so many pixels in each direction.
    pub shift: u32,
    /// Mirrored left to right, every other time.
    pub flip: bool,
    /// Turned by up to so many degrees each way.
    pub rotate: f64,
}

impl Augment {
    /// Writes `x`, of `shape` `[height, width, channels]`, to `out`, moved as `rng` draws. What comes in from outside is 0. A sample that is no image stays as it is.
    pub fn apply(&self, x: &[f32], shape: &Shape, rng: &mut Rng, out: &mut [f32]) {
        let image = shape.image().filter(|_| *self != Self::default());
        let Some(size) = image else { return out.copy_from_slice(x) };
        self.draw(rng).apply(self.rotate != 0.0, x, size, out);
    }

    fn draw(&self, rng: &mut Rng) -> Moved {
        let mut pixels = || if self.shift == 0 { 0.0 } else { f64::from(rng.below(2 * self.shift + 1)) - f64::from(self.shift) };
        let (down, right) = (pixels(), pixels());
        let mirrored = self.flip && rng.below(2) == 1;
        let turn = if self.rotate == 0.0 { 0.0 } else { self.rotate * (2.0 * f64::from(rng.uniform()) - 1.0) };
        Moved { down, right, mirrored, turn: turn * core::f64::consts::PI / 180.0 }
    }
}

/// One way to move an image: mirrored, then turned about its middle, then shifted.
struct Moved {
    down: f64,
    right: f64,
    mirrored: bool,
    /// Counter-clockwise, in radians.
    turn: f64,
}

impl Moved {
    /// Writes the image `x` of this size (height, width, channels) to `out`, moved. `between` computes what lies between pixels, as turns need it.
    fn apply(&self, between: bool, x: &[f32], (height, width, channels): (usize, usize, usize), out: &mut [f32]) {
        let at = |row: i64, column: i64, channel: usize| {
            let inside = (0..height as i64).contains(&row) && (0..width as i64).contains(&column);
            if inside { x[(row as usize * width + column as usize) * channels + channel] } else { 0.0 }
        };
        for (place, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let (row, column) = self.source(place / width, place % width, (height, width));
            if !between {
                let (row, column) = (row as i64, column as i64);
                pixel.iter_mut().enumerate().for_each(|(channel, value)| *value = at(row, column, channel));
                continue;
            }
            // Bilinear between the four pixels around it.
            let (top, left) = (libm::floor(row), libm::floor(column));
            let (down, right) = ((row - top) as f32, (column - left) as f32);
            let (top, left) = (top as i64, left as i64);
            for (channel, value) in pixel.iter_mut().enumerate() {
                let upper = (1.0 - right) * at(top, left, channel) + right * at(top, left + 1, channel);
                let lower = (1.0 - right) * at(top + 1, left, channel) + right * at(top + 1, left + 1, channel);
                *value = (1.0 - down) * upper + down * lower;
            }
        }
    }

    /// Where in the image what is to be at `(row, column)` comes from.
    fn source(&self, row: usize, column: usize, (height, width): (usize, usize)) -> (f64, f64) {
        let (middle_row, middle_column) = ((height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0);
        let (mut y, mut x) = (row as f64 - self.down, column as f64 - self.right);
        if self.turn != 0.0 {
            let (sin, cos) = (libm::sin(self.turn), libm::cos(self.turn));
            let (dy, dx) = (y - middle_row, x - middle_column);
            // Rows count downwards.
            (y, x) = (middle_row + sin * dx + cos * dy, middle_column + cos * dx - sin * dy);
        }
        (y, if self.mirrored { width as f64 - 1.0 - x } else { x })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(x: &[f32], edge: usize, channels: usize, moved: &Moved) -> Vec<f32> {
        (0..edge * edge * channels)
            .map(|i| {
                let (y, x_at) = moved.source(i / channels / edge, i / channels % edge, (edge, edge));
                let (y, x_at) = (libm::round(y), libm::round(x_at));
                let inside = (0.0..edge as f64).contains(&y) && (0.0..edge as f64).contains(&x_at);
                if inside { x[(y as usize * edge + x_at as usize) * channels + i % channels] } else { 0.0 }
            })
            .collect()
    }

    #[test]
    fn a_quarter_turn_a_mirror_and_a_shift_are_themselves() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let still = || Moved { down: 0.0, right: 0.0, mirrored: false, turn: 0.0 };
        let quarter = Moved { turn: core::f64::consts::FRAC_PI_2, ..still() };
        assert_eq!(moved(&x, 3, 1, &quarter), [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0], "counter-clockwise");
        assert_eq!(moved(&x, 3, 1, &Moved { mirrored: true, ..still() }), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]);
        assert_eq!(moved(&x, 3, 1, &Moved { down: 1.0, right: -1.0, ..still() }), [0.0, 0.0, 0.0, 2.0, 3.0, 0.0, 5.0, 6.0, 0.0]);
    }

    /// `tests/fixtures/extras/make.py` made the figures.
    #[test]
    fn images_are_moved_as_pytorch_moves_them() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../../../tests/fixtures/extras/reference.json")).unwrap();
        let (mut seen, numbers) = ([0; 3], |list: &serde_json::Value| -> Vec<f32> { serde_json::from_value(list.clone()).unwrap() });
        for case in all["moved"].as_array().unwrap() {
            let [height, width, channels]: [usize; 3] = serde_json::from_value(case["shape"].clone()).unwrap();
            let number = |key: &str| case[key].as_f64().unwrap();
            let turn = number("turn").to_radians();
            let moved = Moved { down: number("down"), right: number("right"), mirrored: case["mirrored"] == true, turn };
            seen = [seen[0] + usize::from(moved.mirrored), seen[1] + usize::from(turn != 0.0), seen[2] + usize::from(moved.down != 0.0)];
            let (image, wanted) = (numbers(&case["image"]), numbers(&case["moved"]));
            // What is not turned is moved by whole pixels, either way.
            for between in [true, turn != 0.0] {
                let mut out = vec![f32::NAN; image.len()];
                moved.apply(between, &image, (height, width, channels), &mut out);
                let off = out.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(out.len() == wanted.len() && off < 1e-5, "{case}: off by {off}");
            }
        }
        assert!(seen.iter().all(|n| *n > 2), "{seen:?}");
    }

    #[test]
    fn what_is_drawn_stays_within_what_is_set() {
        let augment = Augment { shift: 2, flip: true, rotate: 10.0 };
        let (mut shifts, mut mirrored) = (std::collections::BTreeSet::new(), 0);
        for i in 0..2000 {
            let one = augment.draw(&mut Rng::new(7, i));
            shifts.insert((one.down as i64, one.right as i64));
            mirrored += usize::from(one.mirrored);
            assert!(one.turn.abs() <= 10.0_f64.to_radians());
        }
        assert_eq!(shifts.len(), 25);
        assert!((900..1100).contains(&mirrored), "{mirrored}");
    }

    #[test]
    fn the_fast_way_and_the_turning_way_shift_alike() {
        let shape = Shape(vec![5, 4, 2]);
        let x: Vec<f32> = (0..40).map(|i| i as f32).collect();
        for stream in 0..20 {
            let (mut plain, mut turned) = (vec![0.0; 40], vec![0.0; 40]);
            Augment { shift: 2, flip: true, rotate: 0.0 }.apply(&x, &shape, &mut Rng::new(1, stream), &mut plain);
            // A turn of next to nothing.
            Augment { shift: 2, flip: true, rotate: 1e-9 }.apply(&x, &shape, &mut Rng::new(1, stream), &mut turned);
            assert!(plain.iter().zip(&turned).all(|(a, b)| (a - b).abs() < 1e-4), "{plain:?} and {turned:?}");
        }
    }

    #[test]
    fn rows_of_numbers_stay() {
        let mut out = [0.0; 3];
        Augment { shift: 2, flip: true, rotate: 5.0 }.apply(&[1.0, 2.0, 3.0], &Shape(vec![3]), &mut Rng::new(1, 0), &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0]);
    }
}
