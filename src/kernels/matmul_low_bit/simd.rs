//! Tiles of 4 rows × 8 units.
//!
//! One row unpacks codes in registers as it goes. Several rows share the work: a stretch of a panel is unpacked into a few kilobytes
//! of stack once, and all rows pass over it. Sums are added in the same order either way.

use wide::{bytemuck, f32x4, i16x8, i32x4};

use super::{
    super::{
        lanes::mul_add,
        panels::{Panels, WIDTH, flip, with_bits},
    },
    Epilogue,
};

/// Rows of a tile.
const ROWS: usize = 4;
/// Rows from which on unpacking once for all pays.
const MANY: usize = 4;
/// Inputs unpacked at a time: 4 kB of floats.
pub const STRETCH: usize = 128;

/// See [`super::matmul`].
pub fn run(rows: usize, x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    with_bits!(w.bits(), all(rows, x, w, epilogue, y));
}

fn all<const BITS: u32, const PER: usize>(rows: usize, x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let (units, inputs) = (w.units(), w.inputs());
    if inputs == 0 {
        y.chunks_exact_mut(units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..units]));
        return;
    }
    if rows < MANY {
        for (x, y) in x.chunks_exact(inputs).zip(y.chunks_exact_mut(units.max(1))).take(rows) {
            single::<BITS, PER>(x, w, epilogue, y);
        }
        return;
    }
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        many::<BITS, PER>(rows, x, inputs, panel, epilogue.units(first, last), Target { y: &mut *y, units, first, last });
    }
}

/// One row: two panels at a time, so that there are enough sums to add to.
fn single<const BITS: u32, const PER: usize>(x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let mut write = |first: usize, sums: [f32x4; 2]| {
        let last = (first + WIDTH).min(y.len());
        epilogue.units(first, last).write(sums, &mut y[first..last]);
    };
    let mut panels = w.panels().enumerate();
    while let Some((p, panel)) = panels.next() {
        let first = p * WIDTH;
        match panels.next() {
            Some((_, next)) => {
                let sums = tile::<BITS, PER, 2>(x, [panel, next]);
                write(first, sums[0]);
                write(first + WIDTH, sums[1]);
            }
            None => write(first, tile::<BITS, PER, 1>(x, [panel])[0]),
        }
    }
}

/// The outputs of one panel: columns `first` to `last` of rows of `units`.
pub struct Target<'a> {
    pub y: &'a mut [f32],
    pub units: usize,
    pub first: usize,
    pub last: usize,
}

impl Target<'_> {
    fn row(&mut self, row: usize) -> &mut [f32] {
        &mut self.y[row * self.units + self.first..row * self.units + self.last]
    }
}

/// All rows over one panel, stretch by stretch; `y` holds the sums in between.
fn many<const BITS: u32, const PER: usize>(
    rows: usize,
    x: &[f32],
    inputs: usize,
    panel: &[[i16x8; 2]],
    epilogue: Epilogue<'_>,
    mut y: Target<'_>,
) {
    let mut weights = [[f32x4::ZERO; 2]; STRETCH];
    let words = STRETCH / (2 * PER);
    for (at, panel) in panel.chunks(words).enumerate() {
        let start = at * words * 2 * PER;
        let here = (panel.len() * 2 * PER).min(inputs - start);
        for (word, weights) in panel.iter().zip(weights.chunks_mut(2 * PER)) {
            for field in 0..PER {
                weights[2 * field] = word.map(|lanes| codes::<BITS>(bytemuck::cast(lanes), field, 0));
                weights[2 * field + 1] = word.map(|lanes| codes::<BITS>(bytemuck::cast(lanes), field, 1));
            }
        }
        let epilogue = (start + here == inputs).then_some(epilogue);
        stretches(rows, (x, inputs), start, &weights[..here], epilogue, &mut y);
    }
}

/// Adds the products of all rows of `x[rows, inputs]` over the stretch of weights that begins at input `start`; with an epilogue, they are the last.
pub fn stretches(
    rows: usize,
    (x, inputs): (&[f32], usize),
    start: usize,
    weights: &[[f32x4; 2]],
    epilogue: Option<Epilogue<'_>>,
    y: &mut Target<'_>,
) {
    let here = |row: usize| &x[row * inputs + start..row * inputs + start + weights.len()];
    let whole = rows / ROWS * ROWS;
    for row in (0..whole).step_by(ROWS) {
        stretch::<ROWS>(std::array::from_fn(|r| here(row + r)), weights, start == 0, epilogue, y, row);
    }
    for row in whole..rows {
        stretch([here(row)], weights, start == 0, epilogue, y, row);
    }
}

/// Adds the products of `R` rows over one stretch; with an epilogue, they are the last.
#[inline]
fn stretch<const R: usize>(
    x: [&[f32]; R],
    weights: &[[f32x4; 2]],
    first: bool,
    epilogue: Option<Epilogue<'_>>,
    y: &mut Target<'_>,
    row: usize,
) {
    let mut sums = [[f32x4::ZERO; 2]; R];
    if !first {
        for (r, sums) in sums.iter_mut().enumerate() {
            let so_far = y.row(row + r);
            let mut padded = [0.0; WIDTH];
            padded[..so_far.len()].copy_from_slice(so_far);
            *sums = bytemuck::cast(padded);
        }
    }
    let x = x.map(|row| &row[..weights.len()]);
    for (k, weights) in weights.iter().enumerate() {
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = f32x4::splat(x[k]);
            sums[0] = mul_add(x, weights[0], sums[0]);
            sums[1] = mul_add(x, weights[1], sums[1]);
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        let y = y.row(row + r);
        match epilogue {
            Some(epilogue) => epilogue.write(sums, y),
            None => y.copy_from_slice(&bytemuck::cast::<_, [f32; WIDTH]>(sums)[..y.len()]),
        }
    }
}

/// Sums of one row over `P` panels.
#[inline]
fn tile<const BITS: u32, const PER: usize, const P: usize>(x: &[f32], panels: [&[[i16x8; 2]]; P]) -> [[f32x4; 2]; P] {
    let mut sums = [[f32x4::ZERO; 2]; P];
    // Whole words, as arrays: the bounds are checked here, not in the loop.
    let words = x.as_chunks::<2>().0.as_chunks::<PER>().0;
    let whole = words.len().min(panels[0].len());
    let full = panels.map(|panel| &panel[..whole]);
    for (word, fields) in words[..whole].iter().enumerate() {
        let lanes = full.map(|panel| &panel[word]);
        for (field, [even, odd]) in fields.iter().enumerate() {
            add::<BITS, P>(&mut sums, lanes, field, 0, *even);
            add::<BITS, P>(&mut sums, lanes, field, 1, *odd);
        }
    }
    for (k, x) in x[whole * 2 * PER..].iter().enumerate() {
        add::<BITS, P>(&mut sums, panels.map(|panel| &panel[whole]), k / 2, k % 2, *x);
    }
    sums
}

/// Adds the products of one input.
#[inline]
fn add<const BITS: u32, const P: usize>(sums: &mut [[f32x4; 2]; P], lanes: [&[i16x8; 2]; P], field: usize, parity: usize, x: f32) {
    let x = f32x4::splat(x);
    for (sums, lanes) in sums.iter_mut().zip(lanes) {
        let codes = lanes.map(|lanes| codes::<BITS>(bytemuck::cast(lanes), field, parity));
        sums[0] = mul_add(x, codes[0], sums[0]);
        sums[1] = mul_add(x, codes[1], sums[1]);
    }
}

/// The codes of field `field` of even (0) or odd (1) lanes, as floats.
#[inline]
fn codes<const BITS: u32>(lanes: i32x4, field: usize, parity: usize) -> f32x4 {
    // Even lanes are the lower halves of 32 bits: 16 more bits lie above them.
    let above = (if parity == 0 { 32 } else { 16 }) - BITS * (field as u32 + 1);
    let lanes = lanes ^ i32x4::splat((u32::from(flip(BITS)) * 0x1_0001) as i32);
    let codes = (lanes << above) >> (32 - BITS);
    f32x4::from_i32x4(if BITS == 1 { codes | i32x4::ONE } else { codes })
}
