//! The only source of randomness: a small generator that natively and in wasm gives the same numbers for a seed.

use serde::{Deserialize, Serialize};

/// xoshiro128++ 1.0, seeded through SplitMix64 (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng {
    state: [u32; 4],
}

impl Rng {
    /// A generator for `seed`; `stream` keeps independent uses (initialisation, shuffling, dropout) apart, so that adding a
    /// draw to one leaves the others as they were.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut mix = SplitMix(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (a, b) = (mix.next(), mix.next());
        Self { state: [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32 | 1] }
    }

    /// 32 uniform bits.
    pub fn next_u32(&mut self) -> u32 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(7).wrapping_add(s[0]);
        let t = s[1] << 9;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(11);
        result
    }

    /// Uniform in [0, 1), 24 bits.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in [lo, hi).
    pub fn range(&mut self, lo: f32, hi: f32) -> f32 {
        lo + (hi - lo) * self.uniform()
    }

    /// Uniform whole number in [0, n) without bias (Lemire 2019); 0 for n = 0.
    pub fn below(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let wide = u64::from(self.next_u32()) * u64::from(n);
            if wide as u32 >= threshold {
                return (wide >> 32) as u32;
            }
        }
    }

    /// Standard normal (Box & Muller 1958), through `libm` so that every target rounds alike.
    pub fn normal(&mut self) -> f32 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - f64::from(self.uniform())));
        let angle = core::f64::consts::TAU * f64::from(self.uniform());
        (radius * libm::cos(angle)) as f32
    }

    /// Shuffles in place (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
