//! `c[M, N] (+)= a[M, K] · b[K, N]` in 32-bit floats.

mod reference;

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
}

/// Matrix product. `size` is `(M, N, K)`; `c` is row-major `[M, N]`; with `add`, the product is added to what `c` holds.
///
/// Sums run over `k` in rising order on every target, so results are the same bits natively and in wasm.
pub fn matmul(size: (usize, usize, usize), a: Mat<'_>, b: Mat<'_>, c: &mut [f32], add: bool, _scratch: &mut Scratch) {
    reference::run(size, a, b, c, add);
}
