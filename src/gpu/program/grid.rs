//! How many workgroups a kernel gets, and which tile a matrix product.

use crate::{engine::error::SpecError, kernels::wgsl::Wgsl};

/// Workgroups in one dimension that every GPU has.
const MOST: usize = 65_535;

/// One invocation for each of `n` values, 256 a workgroup; `flat.wgsl` counts alike.
pub fn flat(n: usize) -> Result<[u32; 3], SpecError> {
    groups(n.div_ceil(256))
}

/// `n` workgroups, at least one; those beyond one dimension go on in the second.
pub fn groups(n: usize) -> Result<[u32; 3], SpecError> {
    let groups = n.max(1);
    let wide = groups.min(MOST);
    Ok([wide as u32, within(groups.div_ceil(wide))?, 1])
}

/// The kernel of [`flat`].
pub fn flat_wgsl() -> Wgsl {
    Wgsl::new(include_str!("../wgsl/flat.wgsl"))
}

/// The two tiles of a product of floats.
const TILES: [&str; 2] = [include_str!("../../kernels/matmul_f32/matmul_f32.wgsl"), include_str!("../../kernels/matmul_f32/small.wgsl")];

/// Tiles of a product `[rows, cols]` in `parts`, and their kernel.
pub fn tiles(rows: usize, cols: usize, parts: usize) -> Result<([u32; 3], Wgsl), SpecError> {
    tiles_of(TILES, (rows, cols), parts, 1)
}

/// Tiles of so many products `[rows, cols]`, one after the other in z.
pub fn tiles_each(rows: usize, cols: usize, products: usize) -> Result<([u32; 3], Wgsl), SpecError> {
    tiles_of(TILES, (rows, cols), products, products)
}

/// [`tiles`] of a whole-number product.
pub fn tiles_i8(rows: usize, cols: usize) -> Result<([u32; 3], Wgsl), SpecError> {
    tiles_of(
        [include_str!("../../kernels/matmul_i8/matmul_i8.wgsl"), include_str!("../../kernels/matmul_i8/small.wgsl")],
        (rows, cols),
        1,
        1,
    )
}

/// Large tiles where there are enough of them to fill a GPU, and where each of `products` fills one by half.
fn tiles_of(
    [large, small]: [&'static str; 2],
    (rows, cols): (usize, usize),
    z: usize,
    products: usize,
) -> Result<([u32; 3], Wgsl), SpecError> {
    let count = |edge: usize| (rows.div_ceil(edge), cols.div_ceil(edge));
    let (many, wide) = count(64);
    let (file, (x, y)) = match many * wide * products >= 64 && cols >= 32 && (products == 1 || rows >= 32) {
        true => (large, (many, wide)),
        false => (small, count(16)),
    };
    Ok(([within(x)?, within(y)?, within(z)?], Wgsl::new(file)))
}

/// Most rows of a product for which there are kernels of their own: a tile would be empty but for those.
const FEW_ROWS: usize = 4;

/// Workgroups of a kernel for few rows, each for `edge` columns of one row; `None` where there are too many rows, or columns.
pub fn few_rows(rows: usize, cols: usize, edge: usize) -> Option<[u32; 3]> {
    let groups = cols.div_ceil(edge);
    (rows <= FEW_ROWS && groups <= MOST).then_some([groups as u32, rows as u32, 1])
}

/// In how many parts a sum of `depth` products for `[rows, cols]` is taken: few outputs of long sums would leave a GPU idle.
pub fn parts(rows: usize, cols: usize, depth: usize) -> usize {
    let tiles = rows.div_ceil(16) * cols.div_ceil(16);
    (depth / 128).min(128 / tiles).max(1)
}

pub fn within(groups: usize) -> Result<u32, SpecError> {
    if groups > MOST {
        let (value, limit) = (groups as u64, MOST as u64);
        return Err(SpecError::TooLarge { what: "workgroups on the GPU".into(), value, limit });
    }
    Ok(groups as u32)
}
