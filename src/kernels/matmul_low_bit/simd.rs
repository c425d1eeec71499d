//! Tiles of 4 rows × 8 units.

use wide::{bytemuck, f32x4, i16x8, i32x4};

use super::{
    super::panels::{Panels, WIDTH, with_bits},
    Epilogue,
};

/// Rows of a tile.
const ROWS: usize = 4;

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
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        let epilogue = epilogue.units(first, last);
        let mut row = 0;
        while row + ROWS <= rows {
            let x: [&[f32]; ROWS] = std::array::from_fn(|r| &x[(row + r) * inputs..(row + r + 1) * inputs]);
            for (r, sums) in tile::<BITS, PER, ROWS>(x, panel).into_iter().enumerate() {
                epilogue.write(sums, &mut y[(row + r) * units + first..(row + r) * units + last]);
            }
            row += ROWS;
        }
        while row < rows {
            let [sums] = tile::<BITS, PER, 1>([&x[row * inputs..(row + 1) * inputs]], panel);
            epilogue.write(sums, &mut y[row * units + first..row * units + last]);
            row += 1;
        }
    }
}

/// Sums of `R` rows over one panel.
#[inline]
fn tile<const BITS: u32, const PER: usize, const R: usize>(x: [&[f32]; R], panel: &[[i16x8; 2]]) -> [[f32x4; 2]; R] {
    let mut sums = [[f32x4::ZERO; 2]; R];
    let whole = x[0].len() / (2 * PER);
    let (full, rest) = panel.split_at(whole.min(panel.len()));
    // Whole words, as arrays: the bounds are checked here, not in the loop.
    let fronts = x.map(|row| &row.as_chunks::<2>().0.as_chunks::<PER>().0[..full.len()]);
    for (word, lanes) in full.iter().enumerate() {
        let fields = fronts.map(|row| &row[word]);
        for field in 0..PER {
            add::<BITS, R>(&mut sums, lanes, field, 0, fields.map(|f| f[field][0]));
            add::<BITS, R>(&mut sums, lanes, field, 1, fields.map(|f| f[field][1]));
        }
    }
    let tails = x.map(|row| &row[full.len() * 2 * PER..]);
    if let [lanes] = rest {
        for k in 0..tails[0].len() {
            add::<BITS, R>(&mut sums, lanes, k / 2, k % 2, tails.map(|row| row[k]));
        }
    }
    sums
}

/// Adds the products of one input.
#[inline]
fn add<const BITS: u32, const R: usize>(sums: &mut [[f32x4; 2]; R], lanes: &[i16x8; 2], field: usize, parity: usize, x: [f32; R]) {
    let codes = lanes.map(|lanes| codes::<BITS>(bytemuck::cast(lanes), field, parity));
    for (sums, x) in sums.iter_mut().zip(x) {
        let x = f32x4::splat(x);
        sums[0] += x * codes[0];
        sums[1] += x * codes[1];
    }
}

/// The codes of field `field` of even (0) or odd (1) lanes, as floats.
#[inline]
fn codes<const BITS: u32>(lanes: i32x4, field: usize, parity: usize) -> f32x4 {
    // Even lanes are the lower halves of 32 bits: 16 more bits lie above them.
    let above = (if parity == 0 { 32 } else { 16 }) - BITS * (field as u32 + 1);
    let codes = (lanes << above) >> (32 - BITS);
    f32x4::from_i32x4(if BITS == 1 { codes | i32x4::ONE } else { codes })
}
