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
/// Rows of a block when it does not: a block of the product stays there too.
const LOW_BLOCK: usize = 32;
/// Panels from which a left matrix is packed that has contiguous rows, or contiguous columns.
const ROWS_PAY: usize = 12;
const COLUMNS_PAY: usize = 4;

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
    let Scratch { a: tiles, b: panels, .. } = scratch;
    let depth = k.div_ceil(k.div_ceil(DEPTH));
    for first in (0..k).step_by(depth) {
        let rows = first..k.min(first + depth);
        let block = Block { m, n, depth: rows.len(), a: a.skip_columns(first), start: if first > 0 { Start::Kept } else { start } };
        let panels = pack::packed(b, rows, n, panels);
        if pays_to_pack(a, n) {
            block.run_packed(panels, c, tiles);
        } else {
            block.run(panels, c);
        }
    }
}

/// Whether the left matrix is used often enough (once per panel) to be packed. Where neither rows nor columns are contiguous there
/// is no other way.
fn pays_to_pack(a: Mat<'_>, n: usize) -> bool {
    let uses = if a.column_stride == 1 {
        ROWS_PAY
    } else if a.row_stride == 1 {
        COLUMNS_PAY
    } else {
        0
    };
    n >= uses * COLUMNS
}

/// One block of `k`.
struct Block<'a> {
    m: usize,
    n: usize,
    depth: usize,
    a: Mat<'a>,
    start: Start<'a>,
}

impl Block<'_> {
    fn run_packed(&self, panels: &[f32], c: &mut [f32], tiles: &mut Vec<f32>) {
        let height = if self.depth * self.n <= SMALL_RIGHT { LOW_BLOCK } else { BLOCK_ROWS };
        for top in (0..self.m).step_by(height) {
            let bottom = self.m.min(top + height);
            let tiles = pack::tiles(self.a, top..bottom, self.depth, tiles);
            for panel in pack::panels(self.n) {
                let b = panel.values(panels, self.depth);
                let target = self.target(&mut c[..bottom * self.n], top, panel);
                match panel.width {
                    COLUMNS => tile::packed::<2>(tiles, b, target),
                    _ => tile::packed::<1>(tiles, b, target),
                }
            }
        }
    }

    fn run(&self, panels: &[f32], c: &mut [f32]) {
        let height = if self.depth * self.n <= SMALL_RIGHT { ROWS } else { BLOCK_ROWS };
        for top in (0..self.m).step_by(height) {
            let bottom = self.m.min(top + height);
            for panel in pack::panels(self.n) {
                let b = panel.values(panels, self.depth);
                for i in (top..bottom).step_by(ROWS) {
                    self.tile(i, ROWS.min(bottom - i), panel, b, self.target(c, i, panel));
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

    fn target<'t>(&'t self, c: &'t mut [f32], row: usize, panel: Panel) -> Target<'t> {
        let c = &mut c[row * self.n + panel.start..];
        Target { c, stride: self.n, columns: panel.columns, start: self.start.skip_columns(panel.start) }
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
