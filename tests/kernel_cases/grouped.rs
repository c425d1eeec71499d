//! Whole-number weights with scales for groups of inputs and zero points: groups are added in the reference's order, each of them exact where
//! activations are whole numbers.

use super::{Family, activations, codes, difference, hash, rounding, sizes, values};
use whittle::kernels::grouped::{
    Grouped, Scratch, matmul, matmul_codes,
    reference::{self, Plain},
};

pub const FAMILY: Family = Family { name: "grouped", failures, hash: fixed, expected: 0xc596_3291_e423_1be0 };

/// A matrix: codes, scales and zero points.
struct Matrix {
    size: (usize, usize),
    bits: u32,
    group: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
    zeros: Vec<i8>,
}

impl Matrix {
    /// `affine` puts zero points at either end, and in between.
    fn new((inputs, units): (usize, usize), bits: u32, group: usize, affine: bool) -> Self {
        let grids = inputs.div_ceil(group) * units;
        let least = -(1_i32 << (bits - 1));
        let zero = |i: usize| if affine { [least, -1 - least, 0][i % 3] as i8 } else { 0 };
        Self {
            size: (inputs, units),
            bits,
            group,
            codes: codes(inputs * units, bits, 1),
            scales: values(grids, 3),
            zeros: (0..grids).map(zero).collect(),
        }
    }

    fn packed(&self) -> Grouped {
        let zeros = if self.zeros.iter().all(|z| *z == 0) { Vec::new() } else { self.zeros.iter().map(|z| f32::from(*z)).collect() };
        Grouped::new(&self.codes, self.size, self.bits, self.group, self.scales.clone(), zeros)
    }

    fn plain(&self) -> Plain<'_> {
        Plain { codes: &self.codes, group: self.group, scales: &self.scales, zeros: &self.zeros }
    }
}

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    let mut scratch = Scratch::default();
    for (i, (m, n, k)) in sizes().enumerate() {
        for bits in [1, 2, 3, 4, 5, 6, 7, 8] {
            let (group, affine) =
                ([1, 5, 32, 64, 128, 256][(i + bits as usize) % 6], bits > 1 && (i / 6 + bits as usize).is_multiple_of(2));
            let matrix = Matrix::new((k, n), bits, group, affine);
            let (x, a, bias) = (values(m * k, 2), activations(m * k, (m + n + k) as u64), values(n, 4));
            let what = format!("{bits} bits in groups of {group}, affine {affine}, {m}x{n}x{k}");
            let (mut got, mut wanted) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            matmul(m, &x, &matrix.packed(), &bias, &mut got, &mut scratch);
            reference::floats((m, n, k), &x, &matrix.plain(), &bias, &mut wanted);
            found.extend(difference(&format!("{what}, floats"), &got, &wanted, rounding(k, 256.0)));
            // Rows may lie farther apart than they are long.
            let stride = k.max(1) + 3;
            let mut apart = vec![77; m * stride];
            (0..m).for_each(|row| apart[row * stride..row * stride + k].copy_from_slice(&a[row * k..(row + 1) * k]));
            matmul_codes(m, (&apart, stride), &matrix.packed(), &bias, &mut got, &mut scratch);
            reference::codes((m, n, k), &a, &matrix.plain(), &bias, &mut wanted);
            found.extend(difference(&format!("{what}, codes"), &got, &wanted, 0.0));
        }
    }
    found
}

fn fixed() -> u64 {
    let (m, n, k) = (9, 21, 200);
    let (x, a, bias) = (values(m * k, 5), activations(m * k, 5), values(n, 7));
    let mut scratch = Scratch::default();
    let mut results = Vec::new();
    for (bits, group, affine) in [(1, 64, false), (2, 32, true), (3, 128, true), (4, 32, false), (4, 256, true), (8, 64, true)] {
        let packed = Matrix::new((k, n), bits, group, affine).packed();
        let mut y = vec![0.0; m * n];
        matmul(m, &x, &packed, &bias, &mut y, &mut scratch);
        results.extend_from_slice(&y);
        matmul_codes(m, (&a, k), &packed, &bias, &mut y, &mut scratch);
        results.extend_from_slice(&y);
    }
    hash(&results)
}
