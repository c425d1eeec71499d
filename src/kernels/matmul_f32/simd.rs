//! The product in register tiles over packed panels.
//!
//! Loops from outside in: blocks of `k` (so that a panel stays in the first-level cache), blocks of rows, panels of columns,
//! tiles of rows. Between blocks of `k` the running sums wait in `c`, which leaves their bits as they are.

use super::{
    Mat, Start,
    pack::{self, Panel},
    tile::{self, COLUMNS, ROWS, Runs, Target},
};
use crate::kernels::Scratch;

/// Largest depth of a panel: 8 columns of it are 16 KiB.
const DEPTH: usize = 512;
/// Right matrices up to this many values stay in the first-level cache as a whole.
const SMALL_RIGHT: usize = 4096;
/// Rows of a block when the right matrix is larger: a block of the left matrix stays in the second-level cache.
const BLOCK_ROWS: usize = 64;

/// See [`super::matmul`] and [`super::affine`].
pub fn run((m, n, k): (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], start: Start<'_>, scratch: &mut Scratch) {
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        match start {
            Start::Zero => c[..m * n].fill(0.0),
            Start::Kept => {}
            Start::Row(row) => c[..m * n].chunks_exact_mut(n).for_each(|c| c.copy_from_slice(&row[..n])),
        }
        return;
    }
    if m < ROWS && a.column_stride == 1 && b.column_stride == 1 {
        return few_rows((m, n, k), a, b, c, start);
    }
    let Scratch { a: copied, b: packed, .. } = scratch;
    let a = if a.column_stride == 1 || a.row_stride == 1 { a } else { contiguous(a, m, k, copied) };
    let depth = k.div_ceil(k.div_ceil(DEPTH));
    for first in (0..k).step_by(depth) {
        let rows = first..k.min(first + depth);
        let block = Block { n, depth: rows.len(), a: a.skip_columns(first), start: if first > 0 { Start::Kept } else { start } };
        block.run(m, pack::packed(b, rows, n, packed), c);
    }
}

/// One block of `k`.
struct Block<'a> {
    n: usize,
    depth: usize,
    a: Mat<'a>,
    start: Start<'a>,
}

impl Block<'_> {
    fn run(&self, m: usize, packed: &[f32], c: &mut [f32]) {
        let height = if self.depth * self.n <= SMALL_RIGHT { ROWS } else { BLOCK_ROWS };
        for top in (0..m).step_by(height) {
            let bottom = m.min(top + height);
            for panel in pack::panels(self.n) {
                let b = panel.values(packed, self.depth);
                for i in (top..bottom).step_by(ROWS) {
                    let target = Target {
                        c: &mut c[i * self.n + panel.start..],
                        stride: self.n,
                        columns: panel.columns,
                        start: self.start.skip_columns(panel.start),
                    };
                    self.tile(i, ROWS.min(bottom - i), panel, b, target);
                }
            }
        }
    }

    fn tile(&self, i: usize, height: usize, panel: Panel, b: &[[f32; 4]], target: Target<'_>) {
        let a = &self.a.data[i * self.a.row_stride..];
        let runs = Runs { count: 1, len: self.depth, stride: 0 };
        if self.a.column_stride == 1 {
            let step = self.a.row_stride;
            let starts = &[0, step, 2 * step, 3 * step][..height];
            match panel.width {
                COLUMNS => tile::rows::<2>(a, starts, runs, b, target),
                _ => tile::rows::<1>(a, starts, runs, b, target),
            }
        } else {
            match panel.width {
                COLUMNS => tile::columns::<2>(a, height, self.a.column_stride, runs, b, target),
                _ => tile::columns::<1>(a, height, self.a.column_stride, runs, b, target),
            }
        }
    }
}

/// One to three rows: reading the right matrix once is all the time there is, so it is not packed.
fn few_rows((m, n, k): (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], start: Start<'_>) {
    for i in 0..m {
        let a = &a.data[i * a.row_stride..][..k];
        let c = &mut c[i * n..][..n];
        let mut j = 0;
        while n - j >= 32 {
            tile::strip::<8>(a, &b.data[j..], b.row_stride, &mut c[j..j + 32], start.skip_columns(j));
            j += 32;
        }
        while n - j >= 8 {
            tile::strip::<2>(a, &b.data[j..], b.row_stride, &mut c[j..j + 8], start.skip_columns(j));
            j += 8;
        }
        for (j, c) in c.iter_mut().enumerate().skip(j) {
            let start = match start {
                Start::Zero => 0.0,
                Start::Kept => *c,
                Start::Row(row) => row[j],
            };
            *c = a.iter().enumerate().fold(start, |sum, (p, a)| sum + a * b.data[j + p * b.row_stride]);
        }
    }
}

/// A copy with contiguous rows, for a matrix strided both ways.
fn contiguous<'a>(a: Mat<'_>, m: usize, k: usize, copied: &'a mut Vec<f32>) -> Mat<'a> {
    if copied.len() < m * k {
        copied.resize(m * k, 0.0);
    }
    for (i, row) in copied[..m * k].chunks_exact_mut(k).enumerate() {
        for (p, value) in row.iter_mut().enumerate() {
            *value = a.data[i * a.row_stride + p * a.column_stride];
        }
    }
    Mat::rows(&copied[..m * k], k)
}
