//! Tiles of 4 rows × 8 units.
//!
//! A few rows unpack codes in registers as they go. Many rows share the work: a stretch of a panel is unpacked into a few kilobytes
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
const MANY: usize = 8;
/// Inputs unpacked at a time: 4 kB of floats.
const STRETCH: usize = 128;

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
    let whole = rows / ROWS * ROWS;
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        let epilogue = epilogue.units(first, last);
        if rows >= MANY {
            let y = Target { y: &mut *y, units, first, last };
            many::<BITS, PER>(rows, x, inputs, panel, epilogue, y);
            continue;
        }
        for row in (0..whole).step_by(ROWS) {
            let x: [&[f32]; ROWS] = std::array::from_fn(|r| &x[(row + r) * inputs..(row + r + 1) * inputs]);
            for (r, sums) in tile::<BITS, PER, ROWS, 1>(x, [panel]).into_iter().enumerate() {
                epilogue.write(sums[0], &mut y[(row + r) * units + first..(row + r) * units + last]);
            }
        }
    }
    if rows < MANY {
        for row in whole..rows {
            single::<BITS, PER>(&x[row * inputs..(row + 1) * inputs], w, epilogue, &mut y[row * units..(row + 1) * units]);
        }
    }
}

/// One row: four panels at a time, so that there are enough sums to add to.
fn single<const BITS: u32, const PER: usize>(x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    const WIDE: usize = 4;
    let mut panels = w.panels();
    let mut write = |first: usize, sums: [f32x4; 2]| {
        let last = (first + WIDTH).min(y.len());
        epilogue.units(first, last).write(sums, &mut y[first..last]);
    };
    let mut first = 0;
    while let Some(panel) = panels.next() {
        if first + WIDE * WIDTH <= w.units() {
            let group = [panel, panels.next().unwrap_or_default(), panels.next().unwrap_or_default(), panels.next().unwrap_or_default()];
            let [sums] = tile::<BITS, PER, 1, WIDE>([x], group);
            sums.into_iter().enumerate().for_each(|(p, sums)| write(first + p * WIDTH, sums));
            first += WIDE * WIDTH;
        } else {
            let [[sums]] = tile::<BITS, PER, 1, 1>([x], [panel]);
            write(first, sums);
            first += WIDTH;
        }
    }
}

/// The outputs of one panel: columns `first` to `last` of rows of `units`.
struct Target<'a> {
    y: &'a mut [f32],
    units: usize,
    first: usize,
    last: usize,
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
        let (weights, last) = (&weights[..here], start + here == inputs);
        let epilogue = last.then_some(epilogue);
        let mut row = 0;
        while row + ROWS <= rows {
            let x: [&[f32]; ROWS] = std::array::from_fn(|r| &x[(row + r) * inputs + start..(row + r) * inputs + start + here]);
            stretch(x, weights, at == 0, epilogue, &mut y, row);
            row += ROWS;
        }
        while row < rows {
            stretch([&x[row * inputs + start..row * inputs + start + here]], weights, at == 0, epilogue, &mut y, row);
            row += 1;
        }
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

/// Sums of `R` rows over `P` panels.
#[inline]
fn tile<const BITS: u32, const PER: usize, const R: usize, const P: usize>(
    x: [&[f32]; R],
    panels: [&[[i16x8; 2]]; P],
) -> [[[f32x4; 2]; P]; R] {
    let mut sums = [[[f32x4::ZERO; 2]; P]; R];
    let whole = (x[0].len() / (2 * PER)).min(panels[0].len());
    // Whole words, as arrays: the bounds are checked here, not in the loop.
    let fronts = x.map(|row| &row.as_chunks::<2>().0.as_chunks::<PER>().0[..whole]);
    let full = panels.map(|panel| &panel[..whole]);
    for word in 0..whole {
        let (fields, lanes) = (fronts.map(|row| &row[word]), full.map(|panel| &panel[word]));
        for field in 0..PER {
            add::<BITS, R, P>(&mut sums, lanes, field, 0, fields.map(|f| f[field][0]));
            add::<BITS, R, P>(&mut sums, lanes, field, 1, fields.map(|f| f[field][1]));
        }
    }
    let tails = x.map(|row| &row[whole * 2 * PER..]);
    for k in 0..tails[0].len() {
        add::<BITS, R, P>(&mut sums, panels.map(|panel| &panel[whole]), k / 2, k % 2, tails.map(|row| row[k]));
    }
    sums
}

/// Adds the products of one input.
#[inline]
fn add<const BITS: u32, const R: usize, const P: usize>(
    sums: &mut [[[f32x4; 2]; P]; R],
    lanes: [&[i16x8; 2]; P],
    field: usize,
    parity: usize,
    x: [f32; R],
) {
    let x = x.map(f32x4::splat);
    for (p, lanes) in lanes.into_iter().enumerate() {
        let codes = lanes.map(|lanes| codes::<BITS>(bytemuck::cast(lanes), field, parity));
        for (sums, x) in sums.iter_mut().zip(x) {
            sums[p][0] = mul_add(x, codes[0], sums[p][0]);
            sums[p][1] = mul_add(x, codes[1], sums[p][1]);
        }
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
