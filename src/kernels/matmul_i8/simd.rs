//! Tiles of 4 rows × 8 units: eight 32-bit accumulators of four lanes, fed by the 16-bit dot product of pairs.

use wide::{bytemuck, f32x4, i16x8, i32x4};

use super::{
    super::panels::{Panels, WIDTH, per_lane, with_bits},
    Epilogue,
};

/// Rows of a tile.
const ROWS: usize = 4;

/// See [`super::matmul`].
pub fn run(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    with_bits!(w.bits(), all(rows, a, w, epilogue, y));
}

fn all<const BITS: u32>(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let (units, pairs) = (w.units(), w.pairs());
    if pairs == 0 {
        y.chunks_exact_mut(units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..units]));
        return;
    }
    // Panel outside, rows inside: a panel stays in the first-level cache while all rows pass.
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        let epilogue = Epilogue { scale: &epilogue.scale[first..last], bias: &epilogue.bias[first..last] };
        let mut row = 0;
        while row + ROWS <= rows {
            let a: [&[i32]; ROWS] = std::array::from_fn(|r| &a[(row + r) * pairs..(row + r + 1) * pairs]);
            let sums = tile::<BITS, ROWS>(a, panel);
            for (r, sums) in sums.into_iter().enumerate() {
                finish(sums, epilogue, &mut y[(row + r) * units + first..(row + r) * units + last]);
            }
            row += ROWS;
        }
        while row < rows {
            let sums = tile::<BITS, 1>([&a[row * pairs..(row + 1) * pairs]], panel);
            finish(sums[0], epilogue, &mut y[row * units + first..row * units + last]);
            row += 1;
        }
    }
}

/// Sums of `R` rows over one panel.
#[inline]
fn tile<const BITS: u32, const R: usize>(a: [&[i32]; R], panel: &[[i16x8; 2]]) -> [[i32x4; 2]; R] {
    let mut sums = [[i32x4::ZERO; 2]; R];
    let per = per_lane(BITS);
    // Slices of one known length: the bounds are checked here, not in the loop.
    let a = a.map(|row| &row[..panel.len() * per]);
    for (word, [low, high]) in panel.iter().enumerate() {
        for field in 0..per {
            let (low, high) = (codes::<BITS>(*low, field), codes::<BITS>(*high, field));
            for (sums, a) in sums.iter_mut().zip(a) {
                let pair: i16x8 = bytemuck::cast(i32x4::splat(a[word * per + field]));
                sums[0] += pair.dot(low);
                sums[1] += pair.dot(high);
            }
        }
    }
    sums
}

/// The codes of field `field` of each lane, as 16-bit numbers.
#[inline]
fn codes<const BITS: u32>(lanes: i16x8, field: usize) -> i16x8 {
    let codes = (lanes << (16 - BITS * (field as u32 + 1))) >> (16 - BITS);
    // One bit reads as 0 or −1, and stands for +1 or −1.
    if BITS == 1 { codes | i16x8::ONE } else { codes }
}

/// Sums to outputs; `y` is as long as the panel has units.
#[inline]
fn finish(sums: [i32x4; 2], epilogue: Epilogue<'_>, y: &mut [f32]) {
    let sums = sums.map(f32x4::from_i32x4);
    let sums: [f32; WIDTH] = bytemuck::cast(sums);
    for ((y, sum), (scale, bias)) in y.iter_mut().zip(sums).zip(epilogue.scale.iter().zip(epilogue.bias)) {
        *y = sum * scale + bias;
    }
}
