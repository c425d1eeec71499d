//! Whole-number weights with a step size for each group of inputs of a unit, and, if wanted, a zero point:
//!
//! `y[M, N] = bias[N] + Σ_g scale[g, N] · (Σ_{k in g} a[M, k] · q[k, N] − zero[g, N] · Σ_{k in g} a[M, k])`
//!
//! Groups are added in rising order, each rounded once. The kernels for packed weights run over each group alone. With whole-number activations
//! what stands in brackets is exact: a group has at most [`LONGEST`] inputs, and so its sums hold in the 24 bits of a float.

pub mod reference;

use wide::bytemuck;

use super::{
    matmul_i8::{self, Epilogue},
    matmul_low_bit,
    panels::Panels,
};

/// Most inputs of a group: `256 · 255 · 255 < 2²⁴`.
pub const LONGEST: usize = 256;

/// Codes of a matrix `[K, N]`, group by group.
#[derive(Clone, Debug)]
pub struct Grouped {
    inputs: usize,
    units: usize,
    group: usize,
    panels: Vec<Panels>,
    /// `[groups, N]`.
    scales: Vec<f32>,
    /// `[groups, N]`, or empty where all are 0.
    zeros: Vec<f32>,
    /// 1 and 0 for each unit: what the kernels inside are handed.
    ones: Vec<f32>,
    nothing: Vec<f32>,
}

/// Memory that is grown once.
#[derive(Debug, Default)]
pub struct Scratch {
    floats: Vec<f32>,
    pairs: Vec<i32>,
    sums: Vec<f32>,
    totals: Vec<f32>,
}

impl Grouped {
    /// Packs codes `[N, K]` of `bits` bits in groups of `group` inputs (1 to [`LONGEST`]), the last of which may be shorter. `scales` and `zeros`
    /// are `[groups, N]`; no zeros mean 0.
    #[must_use]
    pub fn new(codes: &[i8], (inputs, units): (usize, usize), bits: u32, group: usize, scales: Vec<f32>, zeros: Vec<f32>) -> Self {
        debug_assert!((1..=LONGEST).contains(&group), "groups of {group}");
        let panels = (0..inputs).step_by(group.max(1)).map(|start| {
            let len = group.min(inputs - start);
            let part: Vec<i8> =
                codes.chunks_exact(inputs.max(1)).take(units).flat_map(|row| row[start..start + len].iter().copied()).collect();
            Panels::new(&part, (len, units), bits)
        });
        Self { inputs, units, group, panels: panels.collect(), scales, zeros, ones: vec![1.0; units], nothing: vec![0.0; units] }
    }

    /// Bytes that codes, step sizes and zero points take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.panels.iter().map(Panels::bytes).sum::<usize>() + size_of_val(&*self.scales) + size_of_val(&*self.zeros)
    }

    /// Runs `product`, which writes the sums of group `g` and what its activations add up to row by row, for all groups.
    fn all(
        &self,
        rows: usize,
        bias: &[f32],
        y: &mut [f32],
        scratch: &mut Scratch,
        mut product: impl FnMut(&mut Scratch, &Panels, usize, Epilogue<'_>),
    ) {
        let units = self.units;
        y.chunks_exact_mut(units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&bias[..units]));
        scratch.sums.resize(rows * units, 0.0);
        scratch.totals.resize(rows, 0.0);
        for (g, panels) in self.panels.iter().enumerate() {
            product(scratch, panels, g * self.group, Epilogue { scale: &self.ones, bias: &self.nothing });
            let scales = &self.scales[g * units..(g + 1) * units];
            let rows = y.chunks_exact_mut(units.max(1)).zip(scratch.sums.chunks_exact(units.max(1))).zip(&scratch.totals);
            if self.zeros.is_empty() {
                for ((y, sums), _) in rows {
                    y.iter_mut().zip(sums).zip(scales).for_each(|((y, sum), scale)| *y += scale * sum);
                }
            } else {
                let zeros = &self.zeros[g * units..(g + 1) * units];
                for ((y, sums), total) in rows {
                    let terms = sums.iter().zip(zeros).zip(scales);
                    y.iter_mut().zip(terms).for_each(|(y, ((sum, zero), scale))| *y += scale * (sum - zero * total));
                }
            }
        }
    }
}

/// With 32-bit activations `x[rows, K]`. Writes `y[rows, N]`. Sums over the inputs of a group run in rising order.
pub fn matmul(rows: usize, x: &[f32], w: &Grouped, bias: &[f32], y: &mut [f32], scratch: &mut Scratch) {
    w.all(rows, bias, y, scratch, |scratch, panels, start, epilogue| {
        let len = panels.inputs();
        scratch.floats.clear();
        for (row, total) in x.chunks_exact(w.inputs).zip(&mut scratch.totals[..rows]) {
            let part = &row[start..start + len];
            scratch.floats.extend_from_slice(part);
            *total = part.iter().fold(0.0, |sum, x| sum + x);
        }
        matmul_low_bit::matmul(rows, &scratch.floats, panels, epilogue, &mut scratch.sums);
    });
}

/// With 8-bit activations `a`, `stride ≥ K` apart, less their zero point (−255 … 255, all of a row within 255 of each other). Writes `y[rows, N]`.
pub fn matmul_codes(rows: usize, (a, stride): (&[i16], usize), w: &Grouped, bias: &[f32], y: &mut [f32], scratch: &mut Scratch) {
    w.all(rows, bias, y, scratch, |scratch, panels, start, epilogue| {
        let (len, wide) = (panels.inputs(), 2 * panels.pairs());
        scratch.pairs.clear();
        scratch.pairs.resize(rows * panels.pairs(), 0);
        let padded: &mut [i16] = bytemuck::cast_slice_mut(&mut scratch.pairs);
        for ((row, padded), total) in a.chunks_exact(stride).zip(padded.chunks_exact_mut(wide)).zip(&mut scratch.totals[..rows]) {
            let part = &row[start..start + len];
            padded[..len].copy_from_slice(part);
            *total = part.iter().map(|a| i32::from(*a)).sum::<i32>() as f32;
        }
        matmul_i8::matmul(rows, &scratch.pairs, panels, epilogue, &mut scratch.sums);
    });
}
