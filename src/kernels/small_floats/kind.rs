//! Floats of 16 and 8 bits: what their bits mean.

/// A float format narrower than 32 bits: a sign, an exponent and a mantissa, with subnormal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IEEE 754 binary16: 5 bits of exponent, 10 of mantissa, up to 65,504.
    F16,
    /// bfloat16, the upper half of a 32-bit float: 8 bits of exponent, 7 of mantissa.
    Bf16,
    /// OCP 8-bit E4M3: no infinity, one NaN, up to 448 (Micikevicius et al. 2022, FP8 formats for deep learning).
    E4m3,
    /// OCP 8-bit E5M2: the upper half of a binary16, up to 57,344.
    E5m2,
}

/// All of them.
pub const KINDS: [Kind; 4] = [Kind::F16, Kind::Bf16, Kind::E4m3, Kind::E5m2];

impl Kind {
    /// Bits of a number: 16 or 8.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::F16 | Self::Bf16 => 16,
            Self::E4m3 | Self::E5m2 => 8,
        }
    }

    /// Bits of the mantissa, and the bias of the exponent.
    const fn layout(self) -> (u32, u32) {
        match self {
            Self::F16 => (10, 15),
            Self::Bf16 => (7, 127),
            Self::E4m3 => (3, 7),
            Self::E5m2 => (2, 15),
        }
    }

    /// The code of the largest number.
    const fn largest(self) -> u16 {
        match self {
            Self::F16 => 0x7bff,
            Self::Bf16 => 0x7f7f,
            Self::E4m3 => 0x7e,
            Self::E5m2 => 0x7b,
        }
    }

    /// The largest number.
    #[must_use]
    pub fn max(self) -> f32 {
        self.decode(self.largest())
    }

    /// Whether `code` is a number: neither infinite nor NaN, and no longer than [`Kind::bits`].
    #[must_use]
    pub fn is_finite(self, code: u16) -> bool {
        let sign = 1 << (self.bits() - 1);
        u32::from(code) < 2 * sign && u32::from(code) & (sign - 1) <= u32::from(self.largest())
    }

    /// The code of the number nearest to `x`, of two the one whose last bit is 0. Beyond the largest number by half a step or more it is infinity, or, in
    /// a format that has none, that number; NaN is NaN. What PyTorch does.
    #[must_use]
    pub fn encode(self, x: f32) -> u16 {
        let (mantissa, bias) = self.layout();
        let sign = ((x.to_bits() >> 31) << (self.bits() - 1)) as u16;
        let nan = match self {
            Self::F16 => 0x7e00,
            Self::Bf16 => 0x7fc0,
            Self::E4m3 | Self::E5m2 => 0x7f,
        };
        if x.is_nan() {
            return sign | nan;
        }
        let magnitude = x.abs().to_bits();
        let least_normal = (127 - bias + 1) << 23;
        let code = if magnitude < least_normal && bias < 127 {
            // Subnormal: whole steps of the smallest number. Adding 2²³ leaves no bits for a fraction.
            let steps = f32::from_bits(magnitude) * power_of_two(bias as i32 - 1 + mantissa as i32);
            ((steps + 8_388_608.0) - 8_388_608.0) as u32
        } else {
            // The lower bits are rounded away; a carry moves on into the exponent, which is what it should do.
            let shift = 23 - mantissa;
            let even = (magnitude >> shift) & 1;
            ((magnitude + (1 << (shift - 1)) - 1 + even) >> shift) - ((127 - bias) << mantissa)
        };
        let beyond = match self {
            Self::E4m3 => self.largest(),
            _ => self.largest() + 1,
        };
        sign | if code > u32::from(self.largest()) { beyond } else { code as u16 }
    }

    /// The number behind a code that is finite.
    #[must_use]
    pub fn decode(self, code: u16) -> f32 {
        let sign = (u32::from(code) >> (self.bits() - 1)) << 31;
        let magnitude = u32::from(code) & ((1 << (self.bits() - 1)) - 1);
        f32::from_bits((magnitude << self.shift()) | sign) * self.factor()
    }

    /// How far left exponent and mantissa are moved to lie where a 32-bit float has them.
    pub(super) const fn shift(self) -> u32 {
        23 - self.layout().0
    }

    /// What a number is multiplied by then, for the exponent's other bias: a power of two, so exact, for subnormal numbers too.
    pub(super) const fn factor(self) -> f32 {
        power_of_two(127 - self.layout().1 as i32)
    }
}

/// `2^exponent`, from −126 to 127.
const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((127 + exponent) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_code_is_the_nearest_to_its_own_number() {
        for kind in KINDS {
            for code in (0..=u16::MAX).filter(|code| kind.is_finite(*code)) {
                assert_eq!(kind.encode(kind.decode(code)), code, "{kind:?} {code:#x}");
            }
        }
    }

    #[test]
    fn ranges_are_those_of_the_formats() {
        assert_eq!(KINDS.map(Kind::max), [65504.0, 3.389_531_4e38, 448.0, 57344.0]);
        let smallest = KINDS.map(|kind| kind.decode(1));
        assert_eq!(smallest, [5.960_464_5e-8, 9.183_55e-41, 0.001_953_125, 1.525_878_9e-5]);
    }
}
