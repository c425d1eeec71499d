//! A tile of the product held in registers: `R` rows by `V` vectors of four columns.
//!
//! A browser's compiler has fifteen registers for wasm vectors on x86. Four rows by two vectors leave room for the operands and for the
//! products on their way to the sums; where multiplication and addition are one instruction, there is none on its way, and six rows fit.
//! Every sum takes its products in rising order, so a tile gives the same bits as the plain loop, natively and in wasm, unless the
//! build fuses ([`crate::kernels::lanes`]).
//!
//! The loops over `k` are functions of their own, never inlined: within a large function browsers run out of registers and keep
//! the running sums in memory, which costs a factor of four. For the same reason they are not unrolled.

use wide::f32x4;

use super::Start;
use crate::kernels::lanes::{FUSED, mul_add};

/// Most rows of a tile.
pub const ROWS: usize = if FUSED { 6 } else { 4 };
/// The tallest tile for `rows` more rows. Not every height has its own code: it would be loaded by everyone, and used for a last tile.
pub const fn height(rows: usize) -> usize {
    match rows {
        0 => 0,
        1 => 1,
        2 | 3 => 2,
        4 | 5 => 4,
        _ => ROWS,
    }
}

/// The same for [`columns`], which have three too: the lines of the usual kernel over one channel.
pub const fn column_height(rows: usize) -> usize {
    if rows == 3 { 3 } else { height(rows) }
}

/// Columns of a full tile.
pub const COLUMNS: usize = 8;

/// The running sums of a tile.
type Sums<const R: usize, const V: usize> = [[f32x4; V]; R];

/// Where a tile's sums lie: `columns` values in each row, rows `stride` apart. A tile may have more rows than there are.
pub struct Target<'a> {
    /// The product from the tile's first value on.
    pub c: &'a mut [f32],
    /// Distance between rows.
    pub stride: usize,
    /// Columns to write; the tile may be wider.
    pub columns: usize,
    /// Where the sums start; a row begins with the tile's first column.
    pub start: Start<'a>,
}

/// How the left matrix's values for a tile lie: `count` runs of `len` values of `k`, runs `stride` apart.
///
/// A plain product is one run. The gradient by a convolution's weights has one for each row of its output.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    /// Number of runs.
    pub count: usize,
    /// Values of `k` in a run.
    pub len: usize,
    /// Distance between the starts of runs.
    pub stride: usize,
}

/// Calls `$run::<R, $v>` with the height, one of those that [`height`] gives, as a constant.
macro_rules! with_height {
    ($height:expr, $run:ident::<$v:ident>($($arg:expr),*)) => {
        match $height {
            1 => $run::<1, $v>($($arg),*),
            2 => $run::<2, $v>($($arg),*),
            4 => $run::<4, $v>($($arg),*),
            6 if ROWS > 4 => $run::<6, $v>($($arg),*),
            height => debug_assert!(height == 0, "a tile of {height} rows"),
        }
    };
}

/// `c[r] (+)= Σ_k a[starts[r] + k] · b[k]` for up to [`ROWS`] rows, with a packed panel `b[K][V]`.
pub fn rows<const V: usize>(a: &[f32], starts: &[usize], b: &[[f32; 4]], target: Target<'_>) {
    with_height!(starts.len(), rows_of::<V>(a, starts, b, target));
}

/// `c[r] (+)= Σ_k a[starts[r] + offsets[k]] · b[k]` for up to [`ROWS`] rows, with a packed panel `b[K][V]`; the last offset is the largest.
///
/// So a convolution goes without a copy of every patch.
pub fn scattered<const V: usize>(a: &[f32], starts: &[usize], offsets: &[usize], b: &[[f32; 4]], target: Target<'_>) {
    with_height!(starts.len(), scattered_of::<V>(a, starts, offsets, b, target));
}

/// `c[r] (+)= Σ_k a[r + k · step] · b[k]` for `height` rows, with a packed panel `b[K][V]`: the left matrix lies transposed.
pub fn columns<const V: usize>(a: &[f32], height: usize, step: usize, runs: Runs, b: &[[f32; 4]], target: Target<'_>) {
    if height == 3 {
        return columns_of::<3, V>(a, step, runs, b, target);
    }
    with_height!(height, columns_of::<V>(a, step, runs, b, target));
}

/// Tiles of `height` rows below each other, from a packed left matrix `a[tiles][K][height]`: `c[height · i + r] (+)= Σ_k a[i][k][r] · b[k]`.
pub fn packed<const V: usize>(a: &[f32], height: usize, b: &[[f32; 4]], target: Target<'_>) {
    with_height!(height, packed_of::<V>(a, b, target));
}

#[inline(never)]
fn rows_of<const R: usize, const V: usize>(a: &[f32], starts: &[usize], b: &[[f32; 4]], target: Target<'_>) {
    let Some(starts) = starts.first_chunk::<R>() else { return };
    let mut sums = target.sums::<R, V>();
    let a = starts.map(|start| &a[start..][..b.len() / V]);
    for (p, b) in b.chunks_exact(V).enumerate() {
        step(&mut sums, a.map(|row| row[p]), b);
    }
    target.finish(&sums);
}

#[inline(never)]
fn scattered_of<const R: usize, const V: usize>(a: &[f32], starts: &[usize], offsets: &[usize], b: &[[f32; 4]], target: Target<'_>) {
    let (Some(starts), Some(last)) = (starts.first_chunk::<R>(), offsets.last()) else { return };
    let mut sums = target.sums::<R, V>();
    // Slices of one length: one look at the bounds serves all rows.
    let a = starts.map(|start| &a[start..][..=*last]);
    for (offset, b) in offsets.iter().zip(b.chunks_exact(V)) {
        step(&mut sums, a.map(|row| row[*offset]), b);
    }
    target.finish(&sums);
}

#[inline(never)]
fn columns_of<const R: usize, const V: usize>(a: &[f32], stride: usize, runs: Runs, b: &[[f32; 4]], target: Target<'_>) {
    let mut sums = target.sums::<R, V>();
    for (run, b) in b.chunks_exact(runs.len * V).take(runs.count).enumerate() {
        let mut at = run * runs.stride;
        for b in b.chunks_exact(V) {
            let column = &a[at..at + R];
            step(&mut sums, std::array::from_fn(|r| column[r]), b);
            at += stride;
        }
    }
    target.finish(&sums);
}

#[inline(never)]
fn packed_of<const R: usize, const V: usize>(a: &[f32], b: &[[f32; 4]], target: Target<'_>) {
    let Target { c, stride, columns, start } = target;
    let a = a.as_chunks::<R>().0;
    for (a, c) in a.chunks_exact(b.len() / V).zip(c.chunks_mut(R * stride)) {
        let target = Target { c, stride, columns, start };
        let mut sums = target.sums::<R, V>();
        for (a, b) in a.iter().zip(b.chunks_exact(V)) {
            step(&mut sums, *a, b);
        }
        target.finish(&sums);
    }
}

/// `c[4 V] (+)= Σ_k a[k] · b[k]`: one row by `V / 2` packed panels that lie one behind the other.
#[inline(never)]
pub fn beside<const V: usize>(a: &[f32], b: &[f32], target: Target<'_>) {
    let mut sums = target.sums::<1, V>();
    let mut panels = b.as_chunks::<COLUMNS>().0.chunks_exact(a.len());
    // Slices of one length: one look at the bounds serves all panels.
    let panels: [&[[f32; COLUMNS]]; V] = std::array::from_fn(|v| if v % 2 == 0 { panels.next().unwrap_or_default() } else { &[] });
    for (p, a) in a.iter().enumerate() {
        let b: [[f32; 4]; V] = std::array::from_fn(|v| {
            let quads = panels[v / 2 * 2][p].as_chunks::<4>().0;
            quads[v % 2]
        });
        step(&mut sums, [*a], &b);
    }
    target.finish(&sums);
}

/// `c[4 V] (+)= Σ_k a[k] · b[k · stride ..]`: one row by a right matrix where it lies.
#[inline(never)]
pub fn strip<const V: usize>(a: &[f32], b: &[f32], stride: usize, c: &mut [f32], start: Start<'_>) {
    let target = Target { c, stride: 0, columns: 4 * V, start };
    let mut sums = target.sums::<1, V>();
    let mut at = 0;
    for a in a {
        step(&mut sums, [*a], &b[at..at + 4 * V].as_chunks::<4>().0[..V]);
        at += stride;
    }
    target.finish(&sums);
}

/// The same for up to four columns that may be the last.
pub fn sliver(a: &[f32], b: &[f32], stride: usize, c: &mut [f32], start: Start<'_>) {
    match c.len() {
        1 => sliver_of::<1>(a, b, stride, c, start),
        2 => sliver_of::<2>(a, b, stride, c, start),
        3 => sliver_of::<3>(a, b, stride, c, start),
        _ => strip::<1>(a, b, stride, c, start),
    }
}

#[inline(never)]
fn sliver_of<const C: usize>(a: &[f32], b: &[f32], stride: usize, c: &mut [f32], start: Start<'_>) {
    let target = Target { c, stride: 0, columns: C, start };
    let mut sums = target.sums::<1, 1>();
    for (p, a) in a.iter().enumerate() {
        let b = &b[p * stride..][..C];
        step(&mut sums, [*a], &[std::array::from_fn(|j| if j < C { b[j] } else { 0.0 })]);
    }
    target.finish(&sums);
}

/// One `k`: a column of `a` times a row of `b`.
#[inline(always)]
fn step<const R: usize, const V: usize>(sums: &mut Sums<R, V>, a: [f32; R], b: &[[f32; 4]]) {
    let b: [f32x4; V] = std::array::from_fn(|v| f32x4::new(b[v]));
    for (sums, a) in sums.iter_mut().zip(a) {
        let a = f32x4::splat(a);
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum = mul_add(a, b, *sum);
        }
    }
}

impl Target<'_> {
    /// The sums to start with; columns that are not there are zero.
    #[inline(always)]
    fn sums<const R: usize, const V: usize>(&self) -> Sums<R, V> {
        match self.start {
            Start::Zero => [[f32x4::ZERO; V]; R],
            // Not by `from_fn`, which would be out of line, and give the sums an address.
            Start::Kept => {
                let mut sums = [[f32x4::ZERO; V]; R];
                for (r, sums) in sums.iter_mut().enumerate() {
                    if let Some(row) = self.c.get(r * self.stride..r * self.stride + self.columns) {
                        *sums = quads(row);
                    }
                }
                sums
            }
            Start::Row(row) => [quads(&row[..self.columns]); R],
        }
    }

    #[inline(always)]
    fn finish<const R: usize, const V: usize>(self, sums: &Sums<R, V>) {
        for (r, sums) in sums.iter().enumerate() {
            let Some(row) = self.c.get_mut(r * self.stride..r * self.stride + self.columns) else { return };
            for (v, sum) in sums.iter().enumerate() {
                match row.get_mut(4 * v..4 * v + 4) {
                    Some(quad) => quad.copy_from_slice(&sum.to_array()),
                    None => store_part(*sum, row, 4 * v),
                }
            }
        }
    }
}

#[inline(always)]
fn quads<const V: usize>(row: &[f32]) -> [f32x4; V] {
    std::array::from_fn(|v| match row.get(4 * v..4 * v + 4) {
        Some(quad) => f32x4::new([quad[0], quad[1], quad[2], quad[3]]),
        None => part(row, 4 * v),
    })
}

/// Fewer than four columns, zeros beyond. By value and out of line, so that the sums need no address and stay in registers.
#[inline(never)]
fn part(row: &[f32], at: usize) -> f32x4 {
    let mut quad = [0.0; 4];
    for (q, value) in quad.iter_mut().zip(row.iter().skip(at)) {
        *q = *value;
    }
    f32x4::new(quad)
}

#[inline(never)]
fn store_part(sum: f32x4, row: &mut [f32], at: usize) {
    for (value, sum) in row.iter_mut().skip(at).zip(sum.to_array()) {
        *value = sum;
    }
}
