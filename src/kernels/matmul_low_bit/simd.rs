//! Tiles of 4 rows × 8 units.

use wide::{bytemuck, f32x4, i16x8, i32x4};

use super::{
    super::panels::{Panels, WIDTH, per_lane, with_bits},
    Epilogue,
};

/// Rows of a tile.
const ROWS: usize = 4;

/// See [`super::matmul`].
pub fn run(rows: usize, x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    with_bits!(w.bits(), all(rows, x, w, epilogue, y));
}

fn all<const BITS: u32>(rows: usize, x: &[f32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let (units, inputs) = (w.units(), w.inputs());
    if inputs == 0 {
        y.chunks_exact_mut(units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..units]));
        return;
    }
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        let epilogue = Epilogue { scale: &epilogue.scale[first..last], bias: &epilogue.bias[first..last] };
        let mut row = 0;
        while row + ROWS <= rows {
            let x: [&[f32]; ROWS] = std::array::from_fn(|r| &x[(row + r) * inputs..(row + r + 1) * inputs]);
            let sums = tile::<BITS, ROWS>(x, panel);
            for (r, sums) in sums.into_iter().enumerate() {
                finish(sums, epilogue, &mut y[(row + r) * units + first..(row + r) * units + last]);
            }
            row += ROWS;
        }
        while row < rows {
            let sums = tile::<BITS, 1>([&x[row * inputs..(row + 1) * inputs]], panel);
            finish(sums[0], epilogue, &mut y[row * units + first..row * units + last]);
            row += 1;
        }
    }
}

/// Sums of `R` rows over one panel.
#[inline]
fn tile<const BITS: u32, const R: usize>(x: [&[f32]; R], panel: &[[i16x8; 2]]) -> [[f32x4; 2]; R] {
    let mut sums = [[f32x4::ZERO; 2]; R];
    let per = per_lane(BITS);
    let whole = x[0].len() / (2 * per);
    let (full, rest) = panel.split_at(whole.min(panel.len()));
    let fronts = x.map(|row| &row[..full.len() * 2 * per]);
    for (word, lanes) in full.iter().enumerate() {
        for field in 0..per {
            for parity in 0..2 {
                add::<BITS, R>(&mut sums, lanes, field, parity, fronts.map(|row| row[(word * per + field) * 2 + parity]));
            }
        }
    }
    let tails = x.map(|row| &row[full.len() * 2 * per..]);
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

/// Sums to outputs; `y` is as long as the panel has units.
#[inline]
fn finish(sums: [f32x4; 2], epilogue: Epilogue<'_>, y: &mut [f32]) {
    let sums: [f32; WIDTH] = bytemuck::cast(sums);
    for ((y, sum), (scale, bias)) in y.iter_mut().zip(sums).zip(epilogue.scale.iter().zip(epilogue.bias)) {
        *y = sum * scale + bias;
    }
}
