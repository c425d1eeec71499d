//! Vector arithmetic of which a browser may have a relaxed form.
//!
//! Compiled with `relaxed-simd`, a multiplication and an addition are one instruction, rounded once. Which of the two it is there is left
//! to the browser, so the two builds of the worker may differ in the last place; each agrees with itself.

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
use wide::i16x8;
use wide::{f32x4, u8x16};

/// The engine build, as the badge and every summary name it.
pub const ENGINE: &str = if FUSED {
    "wasm simd128 relaxed-simd"
} else if cfg!(target_feature = "simd128") {
    "wasm simd128"
} else if cfg!(target_arch = "wasm32") {
    "wasm"
} else {
    "native"
};

/// Whether this build's [`mul_add`] may round once.
pub const FUSED: bool = cfg!(all(target_arch = "wasm32", target_feature = "relaxed-simd"));

/// `a · b + c`: two roundings, or one where relaxed SIMD fuses.
#[inline(always)]
pub fn mul_add(a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    {
        use bytemuck::cast;
        cast(core::arch::wasm32::f32x4_relaxed_madd(cast(a), cast(b), cast(c)))
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
    {
        a * b + c
    }
}

/// Products of signed bytes `a` and bytes `b` below 128, added in pairs.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
#[inline(always)]
pub fn dot_pairs(a: u8x16, b: u8x16) -> i16x8 {
    use bytemuck::cast;
    cast(core::arch::wasm32::i16x8_relaxed_dot_i8x16_i7x16(cast(a), cast(b)))
}

/// The values of `quad` that start at the bytes 0, 4, 8 or 12 of `bytes`: four positions, each written as its value's four bytes.
#[inline(always)]
pub fn pick(quad: f32x4, bytes: u8x16) -> f32x4 {
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    {
        use bytemuck::cast;
        cast(core::arch::wasm32::i8x16_relaxed_swizzle(cast(quad), cast(bytes)))
    }
    #[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
    {
        use bytemuck::cast;
        cast(core::arch::wasm32::i8x16_swizzle(cast(quad), cast(bytes)))
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let (quad, bytes) = (quad.to_array(), bytes.to_array());
        f32x4::new(std::array::from_fn(|lane| quad[usize::from(bytes[4 * lane] / 4) % 4]))
    }
}

/// `value` where it is larger than `best`, else `best`: NaN wins nothing.
#[inline(always)]
pub fn larger(best: f32x4, value: f32x4) -> f32x4 {
    // One instruction, whose answer to NaN hangs on the order of its operands.
    if cfg!(target_arch = "wasm32") {
        best.fast_max(value)
    } else if cfg!(target_arch = "x86_64") {
        value.fast_max(best)
    } else {
        value.simd_gt(best).select(value, best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_are_values() {
        let bytes = std::array::from_fn(|byte| [8, 0, 12, 8][byte / 4] + byte as u8 % 4);
        assert_eq!(pick(f32x4::new([1.0, 2.0, 3.0, 4.0]), u8x16::new(bytes)).to_array(), [3.0, 1.0, 4.0, 3.0]);
    }

    #[test]
    fn nan_is_larger_than_nothing() {
        let (best, value) = (f32x4::new([1.0, f32::NAN, 2.0, -0.0]), f32x4::new([f32::NAN, 1.0, 3.0, 0.0]));
        let [a, b, c, d] = larger(best, value).to_array();
        assert!(a == 1.0 && b.is_nan() && c == 3.0 && d.to_bits() == (-0.0_f32).to_bits());
    }
}
