//! Sparse weights: only what is not zero is stored and multiplied.
//!
//! `y[M, N] = scale[N] · Σ x[M, index] · value + bias[N]` over the stored weights of each unit.

pub mod reference;
mod simd;

use super::matmul_i8::Epilogue;

/// Most inputs that a 16-bit index reaches.
pub const MAX_INPUTS: usize = 1 << 16;

/// Nonzero weights of a matrix `[K, N]`, unit by unit, with the input that each one reads.
#[derive(Clone, Debug)]
pub struct Sparse<V> {
    inputs: usize,
    /// Where each unit's weights begin, and where the last one's end.
    starts: Vec<u32>,
    index: Vec<u16>,
    values: Vec<V>,
}

impl<V: Copy + Default + PartialEq> Sparse<V> {
    /// The nonzero ones among `K` (at most [`MAX_INPUTS`]) `× N` values `[N, K]`.
    #[must_use]
    pub fn new(values: &[V], (inputs, units): (usize, usize)) -> Self {
        assert!(inputs <= MAX_INPUTS, "{inputs} inputs need wider indices");
        let mut sparse = Self { inputs, starts: vec![0], index: Vec::new(), values: Vec::new() };
        for n in 0..units {
            for (k, value) in values[n * inputs..(n + 1) * inputs].iter().enumerate() {
                if *value != V::default() {
                    sparse.index.push(k as u16);
                    sparse.values.push(*value);
                }
            }
            sparse.starts.push(sparse.index.len() as u32);
        }
        sparse
    }

    /// `N`.
    #[must_use]
    pub fn units(&self) -> usize {
        self.starts.len() - 1
    }

    /// Weights stored.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    /// Bytes that values, indices and starts take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.values) + size_of_val(&*self.index) + size_of_val(&*self.starts)
    }

    /// Indices and values of each unit.
    fn rows(&self) -> impl Iterator<Item = (&[u16], &[V])> {
        self.starts.windows(2).map(|w| {
            let span = w[0] as usize..w[1] as usize;
            (&self.index[span.clone()], &self.values[span])
        })
    }
}

/// With 32-bit activations `x[rows, K]`; values are floats or codes.
///
/// Each sum is four partial sums (of every fourth weight), added as `(s0 + s1) + (s2 + s3)`: short chains of additions, and the same
/// bits on every target and however rows are batched. `scratch` is grown once.
pub fn matmul<V: Copy + Default + PartialEq + Into<f32>>(
    rows: usize,
    x: &[f32],
    w: &Sparse<V>,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    simd::floats(rows, x, w, epilogue, y, scratch);
}

/// With 8-bit activations `a`, `stride ≥ K` apart, less their zero point (−255 … 255): exact in 32 bits, rounded once.
/// At most [`matmul_i8::MAX_INPUTS`](super::matmul_i8::MAX_INPUTS) inputs.
pub fn matmul_i8(rows: usize, (a, stride): (&[i16], usize), w: &Sparse<i8>, epilogue: Epilogue<'_>, y: &mut [f32], scratch: &mut Vec<i16>) {
    simd::integers(rows, (a, stride), w, epilogue, y, scratch);
}
