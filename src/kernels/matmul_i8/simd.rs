//! Tiles of 4 rows × 8 units: eight 32-bit accumulators of four lanes, fed by the 16-bit dot product of pairs.

use wide::{bytemuck, f32x4, i16x8, i32x4};

use super::{
    super::{
        lanes::FUSED,
        panels::{Panels, WIDTH, with_bits},
    },
    Epilogue,
};

/// Rows of a tile.
const ROWS: usize = 4;

/// See [`super::matmul`].
pub fn run(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    if FUSED && matches!(w.bits(), 1 | 2 | 4) {
        // Never here: see the module beside this one. So the compiler leaves their code out.
        return;
    }
    with_bits!(w.bits(), all(rows, a, w, epilogue, y));
}

fn all<const BITS: u32, const PER: usize>(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let (units, words) = (w.units(), w.pairs() / PER);
    if words == 0 {
        y.chunks_exact_mut(units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..units]));
        return;
    }
    let a = a.as_chunks::<PER>().0;
    // Panel outside, rows inside: a panel stays in the first-level cache while all rows pass.
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        let epilogue = epilogue.units(first, last);
        let mut row = 0;
        while row + ROWS <= rows {
            let a: [&[[i32; PER]]; ROWS] = std::array::from_fn(|r| &a[(row + r) * words..(row + r + 1) * words]);
            for (r, sums) in tile::<BITS, PER, ROWS>(a, panel).into_iter().enumerate() {
                epilogue.write(sums.map(f32x4::from_i32x4), &mut y[(row + r) * units + first..(row + r) * units + last]);
            }
            row += ROWS;
        }
        while row < rows {
            let [sums] = tile::<BITS, PER, 1>([&a[row * words..(row + 1) * words]], panel);
            epilogue.write(sums.map(f32x4::from_i32x4), &mut y[row * units + first..row * units + last]);
            row += 1;
        }
    }
}

/// Sums of `R` rows over one panel; each row is as long as the panel.
#[inline]
fn tile<const BITS: u32, const PER: usize, const R: usize>(a: [&[[i32; PER]]; R], panel: &[[i16x8; 2]]) -> [[i32x4; 2]; R] {
    let mut sums = [[i32x4::ZERO; 2]; R];
    // Slices of one known length: the bounds are checked here, not in the loop.
    let a = a.map(|row| &row[..panel.len()]);
    for (word, lanes) in panel.iter().enumerate() {
        add::<BITS, PER, R>(&mut sums, a.map(|row| &row[word]), lanes);
    }
    sums
}

/// Adds the products of one word.
#[inline(always)]
fn add<const BITS: u32, const PER: usize, const R: usize>(sums: &mut [[i32x4; 2]; R], pairs: [&[i32; PER]; R], [low, high]: &[i16x8; 2]) {
    for field in 0..PER {
        let (low, high) = (codes::<BITS>(*low, field), codes::<BITS>(*high, field));
        for (sums, pairs) in sums.iter_mut().zip(pairs) {
            let pair: i16x8 = bytemuck::cast(i32x4::splat(pairs[field]));
            sums[0] += pair.dot(low);
            sums[1] += pair.dot(high);
        }
    }
}

/// See [`super::convolve`].
pub fn convolve(image: &[[i32; 2]], starts: impl Fn(usize) -> usize, offsets: &[usize], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let units = w.units();
    for (top, y) in y.chunks_mut((ROWS * units).max(1)).enumerate() {
        let height = y.len() / units;
        let starts: [usize; ROWS] = std::array::from_fn(|r| starts(top * ROWS + r.min(height - 1)));
        for (p, panel) in w.panels().enumerate() {
            let first = p * WIDTH;
            let last = units.min(first + WIDTH);
            let epilogue = epilogue.units(first, last);
            let sums = scattered_tile(image, starts, offsets, panel);
            for (sums, y) in sums.into_iter().zip(y.chunks_exact_mut(units)) {
                epilogue.write(sums.map(f32x4::from_i32x4), &mut y[first..last]);
            }
        }
    }
}

/// Sums of the words that lie `offsets` behind each start.
#[inline(never)]
fn scattered_tile(image: &[[i32; 2]], starts: [usize; ROWS], offsets: &[usize], panel: &[[i16x8; 2]]) -> [[i32x4; 2]; ROWS] {
    let Some(last) = offsets.last() else { return Default::default() };
    // Slices of one length: one look at the bounds serves all rows.
    let rows = starts.map(|start| &image[start..][..=*last]);
    let mut sums = [[i32x4::ZERO; 2]; ROWS];
    for (offset, lanes) in offsets.iter().zip(panel) {
        add::<8, 2, ROWS>(&mut sums, rows.map(|row| &row[*offset]), lanes);
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
