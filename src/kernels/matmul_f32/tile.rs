//! A tile of the product held in registers: `R` rows by `V` vectors of four columns.
//!
//! Four rows by two vectors fill the sixteen registers that a browser's compiler has for wasm vectors on x86, with room for the
//! operands. Every sum takes its products in rising order and is never contracted to a fused multiply-add, so a tile gives the
//! same bits as the plain loop, natively and in wasm.
//!
//! The loops over `k` are functions of their own, never inlined: within a large function browsers run out of registers and keep
//! the running sums in memory, which costs a factor of four.

use super::Start;
use wide::f32x4;

/// Most rows of a tile.
pub const ROWS: usize = 4;
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
/// A plain product is one run. A convolution has one for each row of its kernel (or of its image), which is how it goes without
/// a copy of every patch.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    /// Number of runs.
    pub count: usize,
    /// Values of `k` in a run.
    pub len: usize,
    /// Distance between the starts of runs.
    pub stride: usize,
}

/// `c[r] (+)= Σ_k a[starts[r] + k] · b[k]`, with a packed panel `b[K][V]`.
pub fn rows<const V: usize>(a: &[f32], starts: &[usize], runs: Runs, b: &[[f32; 4]], target: Target<'_>) {
    match *starts {
        [s0, s1, s2, s3] => rows_of::<4, V>(a, [s0, s1, s2, s3], runs, b, target),
        [s0, s1, s2] => rows_of::<3, V>(a, [s0, s1, s2], runs, b, target),
        [s0, s1] => rows_of::<2, V>(a, [s0, s1], runs, b, target),
        [s0] => rows_of::<1, V>(a, [s0], runs, b, target),
        _ => unreachable!("a tile has one to four rows"),
    }
}

/// `c[r] (+)= Σ_k a[r + k · step] · b[k]` for `height` rows, with a packed panel `b[K][V]`: the left matrix lies transposed.
pub fn columns<const V: usize>(a: &[f32], height: usize, step: usize, runs: Runs, b: &[[f32; 4]], target: Target<'_>) {
    match height {
        4 => columns_of::<4, V>(a, step, runs, b, target),
        3 => columns_of::<3, V>(a, step, runs, b, target),
        2 => columns_of::<2, V>(a, step, runs, b, target),
        1 => columns_of::<1, V>(a, step, runs, b, target),
        _ => unreachable!("a tile has one to four rows"),
    }
}

#[inline(never)]
fn rows_of<const R: usize, const V: usize>(a: &[f32], starts: [usize; R], runs: Runs, b: &[[f32; 4]], target: Target<'_>) {
    let mut sums = target.sums::<R, V>();
    for (run, b) in b.chunks_exact(runs.len * V).take(runs.count).enumerate() {
        let a = starts.map(|start| &a[start + run * runs.stride..][..runs.len]);
        for (p, b) in b.chunks_exact(V).enumerate() {
            step(&mut sums, a.map(|row| row[p]), b);
        }
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

/// Tiles below each other, from a packed left matrix `a[tiles][K][4]`: `c[4 i + r] (+)= Σ_k a[i][k][r] · b[k]`.
#[inline(never)]
pub fn packed<const V: usize>(a: &[[f32; ROWS]], b: &[[f32; 4]], target: Target<'_>) {
    let Target { c, stride, columns, start } = target;
    for (a, c) in a.chunks_exact(b.len() / V).zip(c.chunks_mut(ROWS * stride)) {
        let target = Target { c, stride, columns, start };
        let mut sums = target.sums::<ROWS, V>();
        for (a, b) in a.iter().zip(b.chunks_exact(V)) {
            step(&mut sums, *a, b);
        }
        target.finish(&sums);
    }
}

/// Tiles of `R` rows one behind the other, `c.len()` permitting: `c[i] (+)= Σ_k a[i · gap + offsets[k]] · b[k]`.
///
/// For sums so short that a call for each tile would cost more than its arithmetic.
#[inline(never)]
pub fn train<const R: usize, const V: usize>(a: &[f32], gap: usize, offsets: &[usize], b: &[[f32; 4]], target: Target<'_>) {
    let Target { c, stride, columns, start } = target;
    for (i, c) in c.chunks_mut(R * stride).enumerate() {
        let target = Target { c, stride, columns, start };
        let mut sums = target.sums::<R, V>();
        for (offset, b) in offsets.iter().zip(b.chunks_exact(V)) {
            let a = &a[i * R * gap + offset..];
            let column = std::array::from_fn(|r| a[r * gap]);
            step(&mut sums, column, b);
        }
        target.finish(&sums);
    }
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

/// One `k`: a column of `a` times a row of `b`.
#[inline(always)]
fn step<const R: usize, const V: usize>(sums: &mut Sums<R, V>, a: [f32; R], b: &[[f32; 4]]) {
    let b: [f32x4; V] = std::array::from_fn(|v| f32x4::new(b[v]));
    for (sums, a) in sums.iter_mut().zip(a) {
        let a = f32x4::splat(a);
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum += a * b;
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
