//! Weights of 4, 2 and 1 bits, with the 8-bit dot product of relaxed SIMD.
//!
//! That product multiplies signed bytes by bytes of seven bits and adds pairs. Codes become such bytes by a mask and a shift for sixteen of
//! them; activations, less their zero point, span nine bits and become signed bytes by taking off the middle `c` of their range. With
//! weights `w = α u + β` in bytes `u` and activations `a = q + c`,
//!
//! ```text
//! Σ a w  =  α Σ q u  +  β Σ q  +  c Σ w
//! ```
//!
//! in whole numbers: the same sums as by any other way. Browsers may differ in this instruction where the second byte has an eighth bit, or
//! where a pair leaves 16 bits; here neither happens.

use wide::{bytemuck, f32x4, i16x8, i32x4, u8x16};

use super::{
    super::{
        lanes,
        panels::{Panels, WIDTH},
    },
    Epilogue,
};

/// Rows of a tile.
const ROWS: usize = 4;

/// How codes of `BITS` bits lie in bytes and what they stand for.
struct Code<const BITS: u32>;

impl<const BITS: u32> Code<BITS> {
    const MASK: u8 = (1 << BITS) - 1;
    /// Codes in a byte.
    const FIELDS: usize = (8 / BITS) as usize;
    /// `w = α u + β`.
    const SLOPE: i32 = if BITS == 1 { -2 } else { 1 };
    const SHIFT: i32 = if BITS == 1 { 1 } else { -(1 << (BITS - 1)) };
}

/// Bytes of each lane that are added up in 16 bits: as many products of up to 128 · 15, in pairs, as fit.
const STEPS: usize = 8;

/// The product, where it goes this way; `false` where it does not. See [`super::matmul`].
pub fn run(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) -> bool {
    match w.bits() {
        4 => all::<4, 4, 4>(rows, a, w, epilogue, y),
        2 => all::<2, 8, 2>(rows, a, w, epilogue, y),
        1 => all::<1, 16, 1>(rows, a, w, epilogue, y),
        _ => return false,
    }
    true
}

/// Some rows of activations as bytes.
struct Bytes {
    /// `[row, word, field]`, four inputs each, in the order in which a unit's bytes hold them.
    values: Vec<i32>,
    /// `c` and `Σ q` of each row.
    terms: Vec<[i32; 2]>,
}

impl Bytes {
    /// `PER` codes lie in a lane.
    fn new<const BITS: u32, const PER: usize>(rows: usize, a: &[i32], w: &Panels) -> Self {
        let mut bytes = Self { values: Vec::with_capacity(rows * w.pairs() / 2), terms: Vec::with_capacity(rows) };
        let mut line = vec![0_u8; 2 * w.pairs()];
        let a: &[i16] = bytemuck::cast_slice(a);
        for row in a.chunks_exact((2 * w.pairs()).max(1)).take(rows) {
            let row = &row[..w.inputs()];
            let least = row.iter().fold(i16::MAX, |least, a| least.min(*a));
            let most = row.iter().fold(i16::MIN, |most, a| most.max(*a));
            debug_assert!(i32::from(most) - i32::from(least) < 256, "activations of more than one zero point: {least} to {most}");
            let middle = ((i32::from(least) + i32::from(most) + 1) >> 1) as i16;
            // Inputs that are not there keep their 0, whatever the codes.
            line.iter_mut().zip(row).for_each(|(q, a)| *q = (a - middle) as u8);
            let sum: i32 = row.iter().map(|a| i32::from(a - middle)).sum();
            for word in line.as_chunks::<PER>().0.as_chunks::<2>().0 {
                for field in 0..Code::<BITS>::FIELDS {
                    let place = |k: usize| word[(2 * field + k) / PER][(2 * field + k) % PER];
                    bytes.values.push(i32::from_le_bytes([place(0), place(PER), place(1), place(PER + 1)]));
                }
            }
            bytes.terms.push([i32::from(middle), sum]);
        }
        bytes
    }
}

/// `PER` codes lie in a lane, and `WORDS` words of them are [`STEPS`] steps.
fn all<const BITS: u32, const PER: usize, const WORDS: usize>(rows: usize, a: &[i32], w: &Panels, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let units = w.units();
    if w.pairs() == 0 {
        y.chunks_exact_mut(units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..units]));
        return;
    }
    let bytes = Bytes::new::<BITS, PER>(rows, a, w);
    let len = w.pairs() / 2;
    for (p, panel) in w.panels().enumerate() {
        let first = p * WIDTH;
        let last = units.min(first + WIDTH);
        let epilogue = epilogue.units(first, last);
        let weights = w.sums(p);
        let mut write = |row: usize, sums: [i32x4; 2]| {
            let [middle, sum] = bytes.terms[row].map(i32x4::splat);
            let whole = |v: usize| sums[v] * Code::<BITS>::SLOPE + sum * Code::<BITS>::SHIFT + middle * weights[v];
            epilogue.write([whole(0), whole(1)].map(f32x4::from_i32x4), &mut y[row * units + first..row * units + last]);
        };
        let row = |row: usize| &bytes.values[row * len..(row + 1) * len];
        let whole = rows / ROWS * ROWS;
        for top in (0..whole).step_by(ROWS) {
            let sums = tile::<BITS, WORDS, ROWS>(std::array::from_fn(|r| row(top + r)), panel);
            sums.into_iter().enumerate().for_each(|(r, sums)| write(top + r, sums));
        }
        for r in whole..rows {
            let [sums] = tile::<BITS, WORDS, 1>([row(r)], panel);
            write(r, sums);
        }
    }
}

/// `Σ q u` of `R` rows over one panel.
#[inline(never)]
fn tile<const BITS: u32, const WORDS: usize, const R: usize>(a: [&[i32]; R], panel: &[[i16x8; 2]]) -> [[i32x4; 2]; R] {
    let mut sums = [[i32x4::ZERO; 2]; R];
    let (parts, rest) = panel.as_chunks::<WORDS>();
    let tails = a.map(|row| &row[parts.len() * STEPS..]);
    let a = a.map(|row| &row.as_chunks::<STEPS>().0[..parts.len()]);
    for (i, words) in parts.iter().enumerate() {
        add::<BITS, R>(&mut sums, a.map(|row| &row[i][..]), words);
    }
    add::<BITS, R>(&mut sums, tails, rest);
    sums
}

/// Adds the products of up to `STEPS` steps.
#[inline(always)]
fn add<const BITS: u32, const R: usize>(sums: &mut [[i32x4; 2]; R], a: [&[i32]; R], words: &[[i16x8; 2]]) {
    let fields = Code::<BITS>::FIELDS;
    // Sums of codes as they are, and of those that stand two bits higher.
    let (mut short, mut high) = ([[i16x8::ZERO; 2]; R], [[i16x8::ZERO; 2]; R]);
    for (word, lanes) in words.iter().enumerate() {
        for field in 0..fields {
            // One row, two bits: a mask does for every other field, without a shift.
            let stays = BITS == 2 && R == 1 && field % 2 == 1;
            let (shift, mask) =
                if stays { (BITS * (field as u32 - 1), Code::<BITS>::MASK << 2) } else { (BITS * field as u32, Code::<BITS>::MASK) };
            // A shift of pairs of bytes; what comes over from the neighbour is masked away.
            let codes: [u8x16; 2] = lanes.map(|lanes| bytemuck::cast((lanes >> shift) & splat(mask)));
            for ((short, high), row) in short.iter_mut().zip(&mut high).zip(a) {
                let q: u8x16 = bytemuck::cast(i32x4::splat(row[word * fields + field]));
                let to = if stays { high } else { short };
                to[0] += lanes::dot_pairs(q, codes[0]);
                to[1] += lanes::dot_pairs(q, codes[1]);
            }
        }
    }
    for ((sums, short), high) in sums.iter_mut().zip(short).zip(high) {
        // The two pairs of each unit.
        let low: [i16x8; 2] = [high[0] >> 2_u32, high[1] >> 2_u32];
        sums[0] += (short[0] + low[0]).dot(i16x8::ONE);
        sums[1] += (short[1] + low[1]).dot(i16x8::ONE);
    }
}

fn splat(byte: u8) -> i16x8 {
    i16x8::splat(i16::from_le_bytes([byte; 2]))
}
