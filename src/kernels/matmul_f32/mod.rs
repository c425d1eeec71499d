//! `c[M, N] (+)= a[M, K] · b[K, N]` in 32-bit floats.

pub(super) mod pack;
pub mod reference;
mod simd;
pub(super) mod tile;

use super::Scratch;

/// A matrix somewhere in a slice: element `(row, column)` lies at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a> {
    /// The values.
    pub data: &'a [f32],
    /// Distance between rows.
    pub row_stride: usize,
    /// Distance between columns.
    pub column_stride: usize,
}

impl<'a> Mat<'a> {
    /// Row-major with rows of `columns` values.
    #[must_use]
    pub fn rows(data: &'a [f32], columns: usize) -> Self {
        Self { data, row_stride: columns, column_stride: 1 }
    }

    /// The same values seen as the transposed matrix.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { data: self.data, row_stride: self.column_stride, column_stride: self.row_stride }
    }

    /// The matrix without its first `columns` columns.
    fn skip_columns(self, columns: usize) -> Self {
        Self { data: &self.data[columns * self.column_stride..], ..self }
    }
}

/// Where the sums of a product start.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// At zero.
    Zero,
    /// At what `c` holds.
    Kept,
    /// Every row of `c` at this row, `[N]`: a bias.
    Row(&'a [f32]),
}

impl<'a> Start<'a> {
    /// The same without its first `column` columns.
    pub(super) fn skip_columns(self, column: usize) -> Self {
        match self {
            Self::Row(row) => Self::Row(&row[column..]),
            other => other,
        }
    }
}

/// A right matrix `[K, N]` packed once for many products: panels of eight columns, in blocks of `k`.
#[derive(Clone, Debug)]
pub struct Packed {
    depth: usize,
    columns: usize,
    /// A block's panels behind another's.
    panels: Vec<f32>,
}

impl Packed {
    /// Packs `b[depth, columns]`.
    #[must_use]
    pub fn new(b: Mat<'_>, depth: usize, columns: usize) -> Self {
        let (mut panels, mut block) = (Vec::new(), Vec::new());
        for rows in simd::blocks(depth) {
            let values = pack::width(columns) * rows.len();
            panels.extend_from_slice(&pack::packed(b, rows, columns, &mut block)[..values]);
        }
        Self { depth, columns, panels }
    }

    /// The panels of one block.
    fn block(&self, rows: std::ops::Range<usize>) -> &[f32] {
        let width = pack::width(self.columns);
        &self.panels[width * rows.start..width * rows.end]
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.panels)
    }
}

/// [`affine`] with a right matrix that is packed already: the same bits.
pub fn affine_packed(rows: usize, a: Mat<'_>, b: &Packed, bias: &[f32], c: &mut [f32], scratch: &mut Scratch) {
    simd::run_packed(rows, a, b, c, Start::Row(&bias[..b.columns]), scratch);
}

/// Matrix product. `size` is `(M, N, K)`; `c` is row-major `[M, N]`; with `add`, the product is added to what `c` holds.
///
/// Every sum runs over `k` in rising order and starts at what `c` holds (or at zero), one product after the other: the fast
/// version gives the same bits as the plain loop, natively and in wasm. Matrices may overlap themselves (strides of 0, or rows
/// nearer to each other than they are long).
pub fn matmul(size: (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], add: bool, scratch: &mut Scratch) {
    simd::run(size, a, b, c, if add { Start::Kept } else { Start::Zero }, scratch);
}

/// `c[M, N] = bias[N] + a · b`, a dense layer: [`matmul`] whose sums start at the bias. `c` is overwritten.
pub fn affine(size: (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, bias: &[f32], c: &mut [f32], scratch: &mut Scratch) {
    simd::run(size, a, b, c, Start::Row(&bias[..size.1]), scratch);
}
