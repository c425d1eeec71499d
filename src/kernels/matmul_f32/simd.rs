//! The product in register tiles over packed panels.
//!
//! Loops from outside in: blocks of `k` (so that a panel stays in the first-level cache), blocks of rows, panels of columns,
//! tiles of rows. Between blocks of `k` the running sums wait in `c`, which leaves their bits as they are.

use std::ops::Range;

use super::{
    Mat, Packed, Start,
    pack::{self, Panel},
    tile::{self, COLUMNS, ROWS, Runs, Target},
};
use crate::kernels::Scratch;

/// Largest depth of a panel: 8 columns of it are 16 KiB.
const DEPTH: usize = 512;
/// Right matrices up to this many values stay in the first-level cache as a whole.
const SMALL_RIGHT: usize = 4096;
/// Rows of a block when the right matrix is larger: a block of the left matrix stays in the second-level cache.
const BLOCK_ROWS: usize = 16 * ROWS;
/// Rows of a block when it does not: a block of the product stays there too.
const LOW_BLOCK: usize = 8 * ROWS;
/// Panels from which a left matrix is packed that has contiguous rows, or contiguous columns.
const ROWS_PAY: usize = 4;
const COLUMNS_PAY: usize = 4;

/// Rows from which on a product is taken in tiles.
const FEW: usize = 4;

/// See [`super::matmul`] and [`super::affine`].
pub fn run((m, n, k): (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], start: Start<'_>, scratch: &mut Scratch) {
    if without_products((m, n, k), c, start) {
        return;
    }
    if m < FEW && a.column_stride == 1 && b.column_stride == 1 {
        return few_rows((m, n, k), a, b, c, start);
    }
    let Scratch { a: tiles, b: buffer, .. } = scratch;
    for rows in blocks(k) {
        let panels = pack::packed(b, rows.clone(), n, buffer);
        Block::new((m, n), a, rows, start).product(panels, c, tiles);
    }
}

/// See [`super::affine_packed`].
pub fn run_packed(m: usize, a: Mat<'_>, b: &Packed, c: &mut [f32], start: Start<'_>, scratch: &mut Scratch) {
    let (k, n) = (b.depth, b.columns);
    if without_products((m, n, k), c, start) {
        return;
    }
    for rows in blocks(k) {
        let panels = b.block(rows.clone());
        let block = Block::new((m, n), a, rows, start);
        if m < FEW && a.column_stride == 1 {
            block.few_rows(panels, c);
        } else {
            block.product(panels, c, &mut scratch.a);
        }
    }
}

/// Whether a product has none to add up, and what it starts with is all of it; then that is written.
fn without_products((m, n, k): (usize, usize, usize), c: &mut [f32], start: Start<'_>) -> bool {
    if m * n != 0 && k == 0 {
        match start {
            Start::Zero => c[..m * n].fill(0.0),
            Start::Kept => {}
            Start::Row(row) => c[..m * n].chunks_exact_mut(n).for_each(|c| c.copy_from_slice(&row[..n])),
        }
    }
    m * n * k == 0
}

/// The blocks of `k`, nearly alike.
pub fn blocks(k: usize) -> impl Iterator<Item = Range<usize>> {
    let depth = k.div_ceil(k.div_ceil(DEPTH).max(1)).max(1);
    (0..k).step_by(depth).map(move |first| first..k.min(first + depth))
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

impl<'a> Block<'a> {
    /// Inputs `rows` of a product whose sums begin at `start`.
    fn new((m, n): (usize, usize), a: Mat<'a>, rows: Range<usize>, start: Start<'a>) -> Self {
        let start = if rows.start > 0 { Start::Kept } else { start };
        Self { m, n, depth: rows.len(), a: a.skip_columns(rows.start), start }
    }

    fn product(&self, panels: &[f32], c: &mut [f32], tiles: &mut Vec<f32>) {
        if pays_to_pack(self.a, self.n) {
            self.run_packed(panels, c, tiles);
        } else {
            self.run(panels, c);
        }
    }

    /// Row by row, four panels at a time, so that there are enough sums to add to.
    fn few_rows(&self, panels: &[f32], c: &mut [f32]) {
        const WIDE: usize = 4;
        let whole = self.n / (WIDE * COLUMNS);
        for (i, c) in c.chunks_exact_mut(self.n).enumerate().take(self.m) {
            let a = &self.a.data[i * self.a.row_stride..][..self.depth];
            for (j, panels) in panels.chunks_exact(WIDE * COLUMNS * self.depth).enumerate().take(whole) {
                let first = j * WIDE * COLUMNS;
                let target = Target { c: &mut c[first..], stride: self.n, columns: WIDE * COLUMNS, start: self.start.skip_columns(first) };
                tile::beside::<{ 2 * WIDE }>(a, panels, target);
            }
            for panel in pack::panels(self.n).skip(whole * WIDE) {
                let b = panel.values(panels, self.depth);
                let target = Target {
                    c: &mut c[panel.start..],
                    stride: self.n,
                    columns: panel.columns,
                    start: self.start.skip_columns(panel.start),
                };
                match panel.width {
                    COLUMNS => tile::rows::<2>(a, &[0], b, target),
                    _ => tile::rows::<1>(a, &[0], b, target),
                }
            }
        }
    }

    fn run_packed(&self, panels: &[f32], c: &mut [f32], tiles: &mut Vec<f32>) {
        let height = if self.depth * self.n <= SMALL_RIGHT { LOW_BLOCK } else { BLOCK_ROWS };
        for top in (0..self.m).step_by(height) {
            let bottom = self.m.min(top + height);
            let tiles = pack::tiles(self.a, top..bottom, self.depth, tiles);
            let whole = (bottom - top) / ROWS * ROWS;
            for panel in pack::panels(self.n) {
                let b = panel.values(panels, self.depth);
                let (tiles, mut lower) = tiles.split_at(whole * self.depth);
                self.packed(tiles, ROWS, panel, b, (&mut c[..(top + whole) * self.n], top));
                let mut row = top + whole;
                while row < bottom {
                    let height = tile::height(bottom - row);
                    let (tile, behind) = lower.split_at(height * self.depth);
                    self.packed(tile, height, panel, b, (&mut c[..(row + height) * self.n], row));
                    (lower, row) = (behind, row + height);
                }
            }
        }
    }

    /// Tiles of `height` rows by one panel, into the rows of `c` from `row` on.
    fn packed(&self, tiles: &[f32], height: usize, panel: Panel, b: &[[f32; 4]], (c, row): (&mut [f32], usize)) {
        if tiles.is_empty() {
            return;
        }
        let target = self.target(c, row, panel);
        match panel.width {
            COLUMNS => tile::packed::<2>(tiles, height, b, target),
            _ => tile::packed::<1>(tiles, height, b, target),
        }
    }

    fn run(&self, panels: &[f32], c: &mut [f32]) {
        let height = if self.depth * self.n <= SMALL_RIGHT { ROWS } else { BLOCK_ROWS };
        for top in (0..self.m).step_by(height) {
            let bottom = self.m.min(top + height);
            for panel in pack::panels(self.n) {
                let b = panel.values(panels, self.depth);
                let mut i = top;
                while i < bottom {
                    let height = tile::height(bottom - i);
                    self.tile(i, height, panel, b, self.target(&mut c[..(i + height) * self.n], i, panel));
                    i += height;
                }
            }
        }
    }

    fn tile(&self, i: usize, height: usize, panel: Panel, b: &[[f32; 4]], target: Target<'_>) {
        let a = &self.a.data[i * self.a.row_stride..];
        if self.a.column_stride == 1 {
            let starts: [usize; ROWS] = std::array::from_fn(|r| r * self.a.row_stride);
            let starts = &starts[..height];
            match panel.width {
                COLUMNS => tile::rows::<2>(a, starts, b, target),
                _ => tile::rows::<1>(a, starts, b, target),
            }
        } else {
            let runs = Runs { count: 1, len: self.depth, stride: 0 };
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
        while j < n {
            let width = (n - j).min(4);
            tile::sliver(a, &b.data[j..], b.row_stride, &mut c[j..j + width], start.skip_columns(j));
            j += width;
        }
    }
}
