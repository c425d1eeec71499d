//! The 3 × 3 convolution of images with one channel, the first layer of most image networks.
//!
//! Its sums are so short that calls and loops for each tile cost more than they do. So tiles lie along a row of positions, where
//! neighbours share two of three values, and a line of the kernel is one step: three weights of four filters, spread over the tile.

use wide::f32x4;

use super::Conv2dShape;
use crate::kernels::lanes::mul_add;

/// Kernel edge.
const EDGE: usize = 3;
/// Filters at a time.
const FILTERS: usize = 4;
/// Positions of a tile: their sums, three weights, three values and a product fill the registers.
const POSITIONS: usize = 7;

/// One line of the kernel, four filters.
type Line = [[f32; FILTERS]; EDGE];

/// Whether [`run`] knows this convolution.
pub fn suits(s: &Conv2dShape) -> bool {
    s.kernel == EDGE && s.input.2 == 1 && s.stride == 1 && s.filters.is_multiple_of(FILTERS)
}

/// `image` is padded, its rows `width` apart; writes `y[positions, filters]`.
pub fn run(s: &Conv2dShape, image: &[f32], width: usize, w: &[f32], bias: &[f32], y: &mut [f32]) {
    let columns = s.output.1;
    for first in (0..s.filters).step_by(FILTERS) {
        let quad = |values: &[f32]| values[first..].first_chunk::<FILTERS>().copied().unwrap_or_default();
        let lines: [Line; EDGE] = std::array::from_fn(|ky| std::array::from_fn(|kx| quad(&w[(ky * EDGE + kx) * s.filters..])));
        let bias = quad(bias);
        for (row, y) in y.chunks_exact_mut(columns * s.filters).enumerate() {
            let image = &image[row * width..(row + EDGE) * width];
            let (tiles, rest) = y.split_at_mut(columns / POSITIONS * POSITIONS * s.filters);
            row_of::<POSITIONS>(image, width, &lines, bias, tiles, first, s.filters);
            row_of::<1>(&image[columns / POSITIONS * POSITIONS..], width, &lines, bias, rest, first, s.filters);
        }
    }
}

/// Tiles of `R` positions beside each other, into four values from `first` on of each position's `stride`.
///
/// Not inlined, and how many lines there are is kept from the compiler, so that the loop over them stays one: see `matmul_f32::tile`.
#[inline(never)]
fn row_of<const R: usize>(image: &[f32], width: usize, lines: &[Line], bias: [f32; FILTERS], y: &mut [f32], first: usize, stride: usize) {
    let lines = std::hint::black_box(lines);
    for (i, y) in y.chunks_exact_mut(R * stride).enumerate() {
        let mut sums = [f32x4::new(bias); R];
        let mut at = i * R;
        for line in lines {
            let line: [f32x4; EDGE] = [f32x4::new(line[0]), f32x4::new(line[1]), f32x4::new(line[2])];
            let values = &image[at..at + R + EDGE - 1];
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = mul_add(f32x4::splat(values[r]), line[0], *sum);
                *sum = mul_add(f32x4::splat(values[r + 1]), line[1], *sum);
                *sum = mul_add(f32x4::splat(values[r + 2]), line[2], *sum);
            }
            at += width;
        }
        let mut to = first;
        for sum in sums {
            y[to..to + FILTERS].copy_from_slice(&sum.to_array());
            to += stride;
        }
    }
}
