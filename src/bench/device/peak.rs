//! The most that one core does: loops that live in registers, with nothing to load or store and enough independent sums to keep
//! every unit busy.
//!
//! The functions are out of line and hold as few vectors as fit the sixteen registers of x86, so that neither this compiler nor a
//! browser's keeps one in memory.

use std::hint::black_box;

use wide::{f32x4, i16x8, i32x4};

use crate::kernels::lanes;

/// Steps of a loop before it turns.
const UNROLL: usize = 4;
/// Independent sums of the loops in floats. A multiplication and an addition take about eight cycles, and a core begins two a cycle.
const FLOAT_SUMS: usize = 10;
/// Independent sums of the loop in whole numbers, each with a factor of its own.
const WHOLE_SUMS: usize = 5;

/// Operations of one turn of [`multiply_add`]: a multiplication and an addition in each of four lanes.
pub const FLOAT_OPERATIONS: u64 = (UNROLL * FLOAT_SUMS * 4 * 2) as u64;
/// Operations of one turn of [`dot`]: eight multiplications and eight additions, to the pair's product and to the sum.
pub const WHOLE_OPERATIONS: u64 = (UNROLL * WHOLE_SUMS * 8 * 2) as u64;

/// `turns` times `sum = sum · a + b`, two roundings, in every sum. Gives the total of the sums, lane by lane.
#[inline(never)]
pub fn multiply_add(turns: u32) -> [f32; 4] {
    floats::<false>(turns)
}

/// The same with one rounding, where the build has the instruction.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
#[inline(never)]
pub fn fused_multiply_add(turns: u32) -> [f32; 4] {
    floats::<true>(turns)
}

#[inline(always)]
fn floats<const FUSED: bool>(turns: u32) -> [f32; 4] {
    let (a, b) = black_box((f32x4::splat(0.5), f32x4::splat(0.25)));
    let mut sums: [f32x4; FLOAT_SUMS] = std::array::from_fn(|i| f32x4::splat(i as f32));
    for _ in 0..turns {
        for _ in 0..UNROLL {
            for sum in &mut sums {
                *sum = if FUSED { lanes::mul_add(*sum, a, b) } else { *sum * a + b };
            }
        }
    }
    sums.iter().fold(f32x4::ZERO, |total, sum| total + *sum).to_array()
}

/// `turns` times `sum = sum + a · b`, the 16-bit dot product of pairs that the kernels for whole numbers are made of; `a` is another
/// one at each step. Gives the total of the sums, lane by lane.
#[inline(never)]
pub fn dot(turns: u32) -> [i32; 4] {
    let (mut a, one) = black_box((i16x8::splat(1), i16x8::splat(3)));
    let b: [i16x8; WHOLE_SUMS] = black_box(std::array::from_fn(|i| i16x8::splat(i as i16 + 1)));
    let mut sums = [i32x4::ZERO; WHOLE_SUMS];
    for _ in 0..turns {
        for _ in 0..UNROLL {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += a.dot(b);
            }
            a += one;
        }
    }
    sums.iter().fold(i32x4::ZERO, |total, sum| total + *sum).to_array()
}

/// Operations of one turn of [`dot_bytes`]: sixteen multiplications, and sixteen additions to pairs and to sums.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
pub const BYTE_OPERATIONS: u64 = 2 * WHOLE_OPERATIONS;

/// As [`dot`] with the relaxed dot product of bytes, which takes twice as many at once. Gives the total of the sums of the first lanes.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
#[inline(never)]
pub fn dot_bytes(turns: u32) -> [i32; 4] {
    let (mut a, one) = black_box((wide::u8x16::splat(1), wide::u8x16::splat(3)));
    let b: [wide::u8x16; WHOLE_SUMS] = black_box(std::array::from_fn(|i| wide::u8x16::splat(i as u8 + 1)));
    let mut sums = [i16x8::ZERO; WHOLE_SUMS];
    for _ in 0..turns {
        for _ in 0..UNROLL {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += lanes::dot_pairs(a, b);
            }
            a += one;
        }
    }
    let total = sums.iter().fold(i16x8::ZERO, |total, sum| total + *sum).to_array();
    std::array::from_fn(|i| i32::from(total[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loops_compute_what_they_count() {
        for turns in [0_u32, 1, 2, 7, 100] {
            let steps = turns as usize * UNROLL;
            let mut counted = 0;
            let mut total = 0.0_f32;
            for i in 0..FLOAT_SUMS {
                let mut sum = i as f32;
                for _ in 0..steps {
                    sum = sum * 0.5 + 0.25;
                    counted += 2 * 4;
                }
                total += sum;
            }
            assert_eq!((multiply_add(turns), counted), ([total; 4], u64::from(turns) * FLOAT_OPERATIONS), "{turns}");

            let (mut whole, mut counted) = (0_i32, 0);
            for step in 0..steps {
                let a = (1_i16).wrapping_add((step as i16).wrapping_mul(3));
                for i in 0..WHOLE_SUMS {
                    let product = i32::from(a) * (i as i32 + 1);
                    whole = whole.wrapping_add(product).wrapping_add(product);
                    counted += 2 * 8;
                }
            }
            assert_eq!((dot(turns), counted), ([whole; 4], u64::from(turns) * WHOLE_OPERATIONS), "{turns}");
        }
    }
}
