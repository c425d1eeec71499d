//! Exponential functions that loops can apply to whole vectors.
//!
//! Each is a straight line of additions, multiplications, at most one division, and choices between two computed values: the
//! compiler turns a loop over one into vector instructions, and the bits are the same natively and in wasm. The polynomials
//! are minimax fits made for this file; `tests` below hold them to the stated errors against `libm` in `f64`.

/// Adding it to a number below 2²² leaves the nearest whole number in the low bits: `1.5 · 2²³`.
const ROUNDER: f32 = 12_582_912.0;
/// ln 2 in two parts: products of the first with whole numbers up to 2⁸ are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// `e^x`, within 2 units in the last place. Below `e^-86.6` it is 0 (so that no subnormal numbers, which are slow everywhere,
/// come from it), above the largest number infinity; NaN gives NaN.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    // Beyond these ends the result is 0 or infinity anyway; the exponent below must not run over.
    let inside = if x > 89.0 { 89.0 } else { x };
    let inside = if inside < -86.6 { -86.6 } else { inside };
    let rounded = inside * core::f32::consts::LOG2_E + ROUNDER;
    let n = rounded - ROUNDER;
    let r = (inside - n * LN_2_HIGH) - n * LN_2_LOW;
    // e^r = 1 + r + r² p(r) for |r| ≤ ½ ln 2.
    let p = 0.001_381_459_9;
    let p = p * r + 0.008_368_717;
    let p = p * r + 0.041_668_39;
    let p = p * r + 0.166_665_21;
    let p = p * r + 0.499_999_94;
    let e = 1.0 + (r + r * r * p);
    // Half of 2ⁿ, since 2¹²⁸ has no exponent of its own.
    let half_power = f32::from_bits(rounded.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(126) << 23);
    let y = e * half_power * 2.0;
    if x < -86.6 { 0.0 } else { y }
}

/// `1 / (1 + e^-x)`, within 3 units in the last place.
#[inline(always)]
#[must_use]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Hyperbolic tangent, within 3 units in the last place.
#[inline(always)]
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let far = 1.0 - 2.0 / (1.0 + exp(2.0 * a));
    // Near zero the difference above would lose digits: a + a³ p(a²) for a ≤ 0.625.
    let u = a * a;
    let p = -0.005_704_985;
    let p = p * u + 0.020_639_084;
    let p = p * u - 0.053_739_715;
    let p = p * u + 0.133_314_42;
    let p = p * u - 0.333_332_8;
    let near = a + a * u * p;
    (if a < 0.625 { near } else { far }).copysign(x)
}

/// `Φ(x)`, the probability that a standard normal number is below `x`, within 2.5e-7; and its density `φ(x) = e^{-x²/2} / √(2π)`.
#[inline(always)]
#[must_use]
pub fn normal(x: f32) -> (f32, f32) {
    let bell = exp(-0.5 * x * x);
    // Φ(-|x|) = e^{-x²/2} t p(t) with t = 1 / (1 + 0.3 |x|).
    let t = 1.0 / (1.0 + 0.3 * x.abs());
    let p = 0.033_458_233;
    let p = p * t - 0.146_582_93;
    let p = p * t + 0.185_467_06;
    let p = p * t - 0.031_999_37;
    let p = p * t + 0.115_868_57;
    let p = p * t + 0.104_037_51;
    let p = p * t + 0.120_079_62;
    let p = p * t + 0.119_671_31;
    let tail = bell * t * p;
    (if x > 0.0 { 1.0 - tail } else { tail }, bell * 0.398_942_3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of both signs and all sizes, and the named ones.
    fn inputs() -> impl Iterator<Item = f32> {
        let sizes = (0..2_000_000_u32).map(|i| f32::from_bits(i.wrapping_mul(2147)));
        let dense = (-200_000..200_000).map(|i| i as f32 * 5e-4);
        sizes.flat_map(|x| [x, -x]).chain(dense).filter(|x| x.is_finite())
    }

    /// Distance in units in the last place of the true value, and where it is largest.
    fn worst(got: fn(f32) -> f32, wanted: fn(f64) -> f64, range: std::ops::RangeInclusive<f32>) -> (f64, f32) {
        inputs().filter(|x| range.contains(x)).fold((0.0, 0.0), |worst, x| {
            let truth = wanted(f64::from(x));
            let unit = f64::from(f32::EPSILON) * truth.abs().max(f64::from(f32::MIN_POSITIVE));
            let off = (f64::from(got(x)) - truth).abs() / unit;
            if off > worst.0 || off.is_nan() { (off, x) } else { worst }
        })
    }

    #[test]
    fn errors_are_as_stated() {
        let sigmoid64 = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        for (name, (off, x), limit) in [
            ("exp", worst(exp, libm::exp, -86.0..=88.7), 2.0),
            ("sigmoid", worst(sigmoid, sigmoid64, -86.0..=1e30), 3.0),
            ("tanh", worst(tanh, libm::tanh, -1e30..=1e30), 3.0),
        ] {
            println!("{name}: {off} units at {x}");
            assert!(off <= limit, "{name}: {off} units at {x}");
        }
        for x in inputs() {
            let truth = 0.5 * libm::erfc(-f64::from(x) * core::f64::consts::FRAC_1_SQRT_2);
            assert!((f64::from(normal(x).0) - truth).abs() < 2.5e-7, "Φ({x})");
            let density = libm::exp(-0.5 * f64::from(x) * f64::from(x)) * 0.398_942_280_401_432_7;
            assert!((f64::from(normal(x).1) - density).abs() < 2.5e-7, "φ({x})");
        }
    }

    #[test]
    fn ends_are_sensible() {
        let inf = f32::INFINITY;
        assert_eq!([exp(-inf), exp(-100.0), exp(0.0), exp(89.0), exp(inf)], [0.0, 0.0, 1.0, inf, inf]);
        assert_eq!([sigmoid(-inf), sigmoid(0.0), sigmoid(inf)], [0.0, 0.5, 1.0]);
        assert_eq!([tanh(-inf), tanh(-20.0), tanh(0.0), tanh(inf)], [-1.0, -1.0, 0.0, 1.0]);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0_f32).to_bits());
        assert_eq!([normal(-inf).0, normal(inf).0, normal(inf).1], [0.0, 1.0, 0.0]);
        assert!((normal(0.0).0 - 0.5).abs() < 1e-7);
        assert!([exp(f32::NAN), sigmoid(f32::NAN), tanh(f32::NAN), normal(f32::NAN).0].iter().all(|y| y.is_nan()));
    }
}
