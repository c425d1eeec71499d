//! Whole-number weights as the kernels read them: packed, eight output units side by side.
//!
//! A panel holds 8 units. Its words run over the inputs: one word is two vectors of eight 16-bit lanes, and each lane holds
//! `⌊16 / bits⌋` codes of one unit: lane `2j` those of even inputs, lane `2j + 1` those of odd inputs, the earlier input in the
//! lower bits. One shift left and one right thus give a whole vector of codes, in the pairs that the 16-bit dot product multiplies.
//!
//! ```text
//! 4 bits, unit j:   lane 2j = w0 w2 w4 w6      lane 2j + 1 = w1 w3 w5 w7
//! ```
//!
//! 8, 4, 2 and 1 bits fill their lanes; 5 and 3 bits leave one bit of 16 unused; 6 bits lie in 8 (here, not in the file).

use wide::{bytemuck, i16x8, i32x4};

use super::lanes::FUSED;

#[cfg(target_endian = "big")]
compile_error!("pairs of 16-bit lanes are read as 32-bit words, the even input in the lower half");

/// Units side by side.
pub const WIDTH: usize = 8;

/// Codes of a matrix `[K, N]`.
#[derive(Clone, Debug)]
pub struct Panels {
    inputs: usize,
    units: usize,
    bits: u32,
    /// Words per panel.
    words: usize,
    /// `[panel, word, 2]`.
    lanes: Vec<i16x8>,
    /// What each unit's codes add up to, `[panel, 2]`, where relaxed SIMD shifts activations; else empty.
    sums: Vec<i32x4>,
}

impl Panels {
    /// Packs codes `[N, K]` that fit into `bits` bits (1 to 8; at one bit, −1 and +1).
    #[must_use]
    pub fn new(codes: &[i8], (inputs, units): (usize, usize), bits: u32) -> Self {
        let bits = if bits > 5 { 8 } else { bits };
        let words = inputs.div_ceil(2 * per_lane(bits));
        let mut lanes = vec![i16x8::splat(flip(bits) as i16); units.div_ceil(WIDTH) * words * 2];
        let flat: &mut [u16] = bytemuck::cast_slice_mut(&mut lanes);
        let mut sums = vec![i32x4::ZERO; if FUSED { units.div_ceil(WIDTH) * 2 } else { 0 }];
        let totals: &mut [i32] = bytemuck::cast_slice_mut(&mut sums);
        let field = (1_u16 << bits) - 1;
        for (n, row) in codes.chunks_exact(inputs.max(1)).take(units).enumerate() {
            if let Some(total) = totals.get_mut(n) {
                *total = row.iter().map(|code| i32::from(*code)).sum();
            }
            for (k, code) in row.iter().enumerate() {
                let (word, within) = (k / (2 * per_lane(bits)), k % (2 * per_lane(bits)));
                let lane = ((n / WIDTH) * words + word) * 2 * WIDTH + (n % WIDTH) * 2 + within % 2;
                let code = if bits == 1 { u16::from(*code < 0) } else { *code as i16 as u16 & field };
                flat[lane] ^= code << (within / 2 * bits as usize);
            }
        }
        Self { inputs, units, bits, words, lanes, sums }
    }

    /// `K`.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// `N`.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Bits of a code in memory: 8, 5, 4, 3, 2 or 1.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Pairs of inputs per row, whole words: how far apart rows of packed activations lie.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.words * per_lane(self.bits)
    }

    /// Bytes that the codes take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.lanes) + size_of_val(&*self.sums)
    }

    /// What the codes of the units of panel `panel` add up to.
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    pub(super) fn sums(&self, panel: usize) -> [i32x4; 2] {
        [self.sums[2 * panel], self.sums[2 * panel + 1]]
    }

    /// Words of each panel, two vectors each (units 0 to 3, 4 to 7).
    pub(super) fn panels(&self) -> impl Iterator<Item = &[[i16x8; 2]]> {
        self.lanes.as_chunks::<2>().0.chunks_exact(self.words.max(1))
    }
}

/// What is flipped in each lane: where relaxed SIMD multiplies bytes, codes of 4 and 2 bits are kept as what they are above the least.
pub(super) const fn flip(bits: u32) -> u16 {
    match bits {
        4 if FUSED => 0x8888,
        2 if FUSED => 0xaaaa,
        _ => 0,
    }
}

/// Codes in one 16-bit lane.
#[must_use]
pub const fn per_lane(bits: u32) -> usize {
    (16 / bits) as usize
}

/// Calls `run` with the width and the codes per lane as constants, so that shifts are constants in the inner loops.
macro_rules! with_bits {
    ($bits:expr, $run:ident ( $($arg:expr),* )) => {
        match $bits {
            1 => $run::<1, 16>($($arg),*),
            2 => $run::<2, 8>($($arg),*),
            3 => $run::<3, 5>($($arg),*),
            4 => $run::<4, 4>($($arg),*),
            5 => $run::<5, 3>($($arg),*),
            _ => $run::<8, 2>($($arg),*),
        }
    };
}
pub(super) use with_bits;
