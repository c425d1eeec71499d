//! Matrix product: sizes below, at and above each tile and block, every way a matrix may lie.

use super::{Family, difference, hash, rounding, values};
use whittle::kernels::{
    Scratch,
    matmul_f32::{Mat, Packed, Start, affine, affine_packed, matmul, reference},
};

pub const FAMILY: Family = Family { name: "matmul_f32", failures, hash: fixed, expected: 0xd242_25e3_1c57_9342 };

/// Rows and columns around the tiles (4 or 6 by 8), the strip of 32 and the blocks of 64 and 96 rows; depths around the block of 512.
const EDGES: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13];
const LARGE: &[(usize, usize, usize)] = &[
    (1, 31, 40),
    (1, 32, 40),
    (2, 33, 40),
    (3, 71, 3),
    (63, 130, 70),
    (64, 16, 511),
    (65, 17, 512),
    (5, 9, 513),
    (4, 8, 1030),
    (33, 100, 64),
    (95, 40, 66),
    (97, 33, 127),
    (101, 70, 600),
];

/// How a matrix lies.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Rows,
    Transposed,
    /// Rows with a gap behind each.
    Gaps,
    /// A gap behind each value.
    Strided,
}
const LAYOUTS: [Layout; 4] = [Layout::Rows, Layout::Transposed, Layout::Gaps, Layout::Strided];

fn lay(data: &[f32], rows: usize, columns: usize, layout: Layout) -> Mat<'_> {
    match layout {
        Layout::Rows => Mat::rows(data, columns),
        Layout::Transposed => Mat::rows(data, rows).transposed(),
        Layout::Gaps => Mat { data, row_stride: columns + 3, column_stride: 1 },
        Layout::Strided => Mat { data, row_stride: 2 * columns + 1, column_stride: 2 },
    }
}

fn failures() -> Vec<String> {
    let small = EDGES.iter().flat_map(|m| EDGES.iter().flat_map(move |n| EDGES.iter().map(move |k| (*m, *n, *k))));
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    for size in small.chain(LARGE.iter().copied()) {
        let (m, n, k) = size;
        let (a, b, c) = (values(2 * (m + 1) * (k + 3), 1), values(2 * (k + 1) * (n + 3), 2), values(m * n, 3));
        for (la, lb, add) in LAYOUTS.iter().flat_map(|a| LAYOUTS.iter().flat_map(move |b| [false, true].map(|add| (a, b, add)))) {
            let (left, right) = (lay(&a, m, k, *la), lay(&b, k, n, *lb));
            let (mut got, mut wanted) = (c.clone(), c.clone());
            matmul(size, left, right, &mut got, add, &mut scratch);
            reference::run(size, left, right, &mut wanted, if add { Start::Kept } else { Start::Zero });
            found.extend(difference(&format!("{m}x{n}x{k} {la:?} {lb:?} add {add}"), &got, &wanted, rounding(k, 1.0)));
            affine(size, left, right, &b[..n], &mut got, &mut scratch);
            reference::run(size, left, right, &mut wanted, Start::Row(&b[..n]));
            found.extend(difference(&format!("{m}x{n}x{k} {la:?} {lb:?} from a bias"), &got, &wanted, rounding(k, 1.0)));
            let mut packed = c.clone();
            affine_packed(m, left, &Packed::new(right, k, n), &b[..n], &mut packed, &mut scratch);
            // However a product is prepared and batched, its bits stay.
            found.extend(difference(&format!("{m}x{n}x{k} {la:?} {lb:?} packed before"), &packed, &got, 0.0));
        }
    }
    // A step of 0: the same row, or the same value, over and over.
    let (a, b) = (values(9, 4), values(40, 5));
    for (left, right) in [
        (Mat { data: &a, row_stride: 0, column_stride: 1 }, Mat::rows(&b, 4)),
        (Mat::rows(&a, 0), Mat { data: &b, row_stride: 0, column_stride: 1 }),
        (Mat { data: &a, row_stride: 0, column_stride: 0 }, Mat { data: &b, row_stride: 1, column_stride: 0 }),
    ] {
        for m in [1, 5] {
            let (mut got, mut wanted) = (vec![0.0; m * 4], vec![0.0; m * 4]);
            matmul((m, 4, 9), left, right, &mut got, false, &mut scratch);
            reference::run((m, 4, 9), left, right, &mut wanted, Start::Zero);
            found.extend(difference(&format!("{m}x4x9 with steps of 0"), &got, &wanted, rounding(9, 1.0)));
        }
    }
    found
}

fn fixed() -> u64 {
    let mut scratch = Scratch::default();
    let (a, b) = (values(70 * 600, 6), values(600 * 30, 7));
    let mut c = vec![0.25; 70 * 30];
    matmul((70, 30, 600), Mat::rows(&a, 600), Mat::rows(&b, 30), &mut c, true, &mut scratch);
    let mut row = vec![0.0; 30];
    matmul((1, 30, 600), Mat::rows(&a, 600), Mat::rows(&b, 30), &mut row, false, &mut scratch);
    hash(c.iter().chain(&row))
}
