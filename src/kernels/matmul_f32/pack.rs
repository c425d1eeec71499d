//! The right matrix rearranged into panels that a tile reads from start to end.

use wide::f32x4;

use super::{
    Mat,
    tile::{COLUMNS, ROWS, height},
};

/// Columns `start ..` of a product that one panel covers, and where the panel lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    /// First column.
    pub start: usize,
    /// Columns of the product it covers, at most [`COLUMNS`].
    pub columns: usize,
    /// Columns it holds: 4 or 8, zeros beyond those it covers.
    pub width: usize,
}

impl Panel {
    /// Its part of `packed` panels of depth `depth`, in quads.
    pub fn values(self, packed: &[f32], depth: usize) -> &[[f32; 4]] {
        packed[self.start * depth..][..self.width * depth].as_chunks::<4>().0
    }
}

/// The panels of `columns` columns, in order. Panel `j` of depth `k` begins at value `8 k j`.
pub fn panels(columns: usize) -> impl Iterator<Item = Panel> {
    (0..columns).step_by(COLUMNS).map(move |start| {
        let covered = COLUMNS.min(columns - start);
        Panel { start, columns: covered, width: if covered <= COLUMNS / 2 { COLUMNS / 2 } else { COLUMNS } }
    })
}

/// Values of one row of all panels of `columns` columns.
pub fn width(columns: usize) -> usize {
    columns.next_multiple_of(COLUMNS / 2)
}

/// Panels of rows `rows` of `b[K, columns]`: `b` itself where it is one panel that lies in order, else a copy in `buffer`.
pub fn packed<'a>(b: Mat<'a>, rows: std::ops::Range<usize>, columns: usize, buffer: &'a mut Vec<f32>) -> &'a [f32] {
    if (columns == COLUMNS || columns == COLUMNS / 2) && b.row_stride == columns && b.column_stride == 1 {
        return &b.data[rows.start * columns..rows.end * columns];
    }
    pack(b, rows, columns, buffer);
    buffer
}

/// Copies rows `rows` of `b[K, columns]` to `packed`, panel after panel. `packed` grows when needed and never shrinks.
fn pack(b: Mat<'_>, rows: std::ops::Range<usize>, columns: usize, packed: &mut Vec<f32>) {
    let depth = rows.len();
    let len = depth * width(columns);
    if packed.len() < len {
        packed.resize(len, 0.0);
    }
    for panel in panels(columns) {
        let to = &mut packed[panel.start * depth..][..panel.width * depth];
        let from = &b.data[rows.start * b.row_stride + panel.start * b.column_stride..];
        if b.column_stride == 1 {
            copy_rows(from, b.row_stride, panel, to);
        } else {
            gather(from, b, panel, to);
        }
    }
}

fn copy_rows(from: &[f32], stride: usize, panel: Panel, to: &mut [f32]) {
    if panel.columns == COLUMNS {
        for (p, to) in to.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
            to.copy_from_slice(&from[p * stride..][..COLUMNS]);
        }
        return;
    }
    for (p, to) in to.chunks_exact_mut(panel.width).enumerate() {
        // Not `copy_from_slice`: in wasm a copy of unknown length is a call, which for a few values takes longer than they do.
        let from = &from[p * stride..][..panel.columns];
        for (j, to) in to.iter_mut().enumerate() {
            *to = if j < panel.columns { from[j] } else { 0.0 };
        }
    }
}

/// Rows `rows` of `a[.., depth]` as tiles `[tiles][depth][ROWS]` and, if rows are left, lower ones behind them as [`height`] says, in `buffer`.
pub fn tiles<'a>(a: Mat<'_>, rows: std::ops::Range<usize>, depth: usize, buffer: &'a mut Vec<f32>) -> &'a [f32] {
    let len = rows.len() * depth;
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    let (mut rest, mut first) = (&mut buffer[..len], rows.start);
    while first < rows.end {
        let height = height(rows.end - first);
        let (tile, behind) = rest.split_at_mut(height * depth);
        let from = &a.data[first * a.row_stride..];
        (rest, first) = (behind, first + height);
        match (a.row_stride, a.column_stride) {
            (1, step) if height == ROWS => {
                for (p, to) in tile.as_chunks_mut::<ROWS>().0.iter_mut().enumerate() {
                    to.copy_from_slice(&from[p * step..][..ROWS]);
                }
            }
            (step, 1) if height == ROWS => turn(std::array::from_fn(|r| &from[r * step..][..depth]), tile.as_chunks_mut().0),
            (row, column) => {
                for r in 0..height {
                    spread((0..depth).map(|p| &from[r * row + p * column]), &mut tile[r..], height);
                }
            }
        }
    }
    &buffer[..len]
}

/// Rows that are turned by shuffles within vectors.
const QUAD: usize = 4;

/// Rows of `tile.len()` values to columns of [`ROWS`] values.
fn turn(rows: [&[f32]; ROWS], tile: &mut [[f32; ROWS]]) {
    let rows = rows.map(|row| row[..tile.len()].as_chunks::<QUAD>());
    let (squares, rest) = tile.as_chunks_mut::<QUAD>();
    for (i, square) in squares.iter_mut().enumerate() {
        let rows = rows.map(|(quads, _)| &quads[i]);
        let upper = f32x4::transpose(std::array::from_fn(|r| f32x4::new(*rows[r]))).map(f32x4::to_array);
        for (c, column) in square.iter_mut().enumerate() {
            *column = std::array::from_fn(|r| if r < QUAD { upper[c][r] } else { rows[r][c] });
        }
    }
    for (i, column) in rest.iter_mut().enumerate() {
        *column = rows.map(|(_, rest)| rest[i]);
    }
}

/// One row, its values `height` apart.
fn spread<'a>(row: impl Iterator<Item = &'a f32>, tile: &mut [f32], height: usize) {
    for (to, value) in tile.iter_mut().step_by(height).zip(row) {
        *to = *value;
    }
}

/// Columns outermost: a column of a transposed matrix is contiguous.
fn gather(from: &[f32], b: Mat<'_>, panel: Panel, to: &mut [f32]) {
    if panel.columns < panel.width {
        to.fill(0.0);
    }
    for j in 0..panel.columns {
        let column = &from[j * b.column_stride..];
        for (p, to) in to[j..].iter_mut().step_by(panel.width).enumerate() {
            *to = column[p * b.row_stride];
        }
    }
}
