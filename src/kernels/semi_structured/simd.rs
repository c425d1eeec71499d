//! Four units in the lanes of a vector: their inputs are picked out of the group's four by one shuffle.

use wide::{bytemuck, f32x4};

use super::{GROUP, PANEL, QUADS, SemiStructured};
use crate::kernels::lanes::{self, FUSED, mul_add};

/// Rows of a tile: as many as the registers hold beside what is picked.
const ROWS: usize = if FUSED { 5 } else { 4 };
/// Quads of a tile of so many rows.
const NARROW: usize = 2;

/// The bytes that put four positions of two bits, one per lane, in their places.
const PICKS: [[u8; 16]; 256] = {
    let mut picks = [[0; 16]; 256];
    let mut code = 0;
    while code < 256 {
        let mut byte = 0;
        while byte < 16 {
            picks[code][byte] = (((code >> (byte / 4 * 2)) % 4) * 4 + byte % 4) as u8;
            byte += 1;
        }
        code += 1;
    }
    picks
};

/// See [`super::matmul`].
pub fn run(rows: usize, x: &[f32], w: &SemiStructured, bias: &[f32], y: &mut [f32], scratch: &mut Vec<f32>) {
    if w.units == 0 {
        return;
    }
    let x = whole_groups(rows, x, w, scratch);
    if w.kept == 1 { panels::<1>(rows, x, w, bias, y) } else { panels::<2>(rows, x, w, bias, y) }
}

/// Rows of whole groups: `x` itself, or a copy with zeros behind each row.
fn whole_groups<'a>(rows: usize, x: &'a [f32], w: &SemiStructured, scratch: &'a mut Vec<f32>) -> &'a [[f32; GROUP]] {
    if w.inputs.is_multiple_of(GROUP) {
        return x.as_chunks().0;
    }
    scratch.clear();
    scratch.resize(rows * w.groups() * GROUP, 0.0);
    for (to, from) in scratch.chunks_exact_mut(w.groups() * GROUP).zip(x.chunks_exact(w.inputs)) {
        to[..w.inputs].copy_from_slice(from);
    }
    scratch.as_chunks().0
}

fn panels<const KEPT: usize>(rows: usize, x: &[[f32; GROUP]], w: &SemiStructured, bias: &[f32], y: &mut [f32]) {
    let (groups, units) = (w.groups(), w.units);
    for panel in 0..units.div_ceil(PANEL) {
        let slots = panel * groups * KEPT..(panel + 1) * groups * KEPT;
        let (values, positions) = (w.values.as_chunks::<QUADS>().0[slots.clone()].as_chunks().0, w.positions[slots].as_chunks().0);
        let (bias, start) = (&bias[panel * PANEL..], panel * PANEL);
        let mut row = 0;
        while rows - row >= ROWS {
            let x: [&[[f32; GROUP]]; ROWS] = std::array::from_fn(|r| &x[(row + r) * groups..][..groups]);
            for quad in (0..QUADS).step_by(NARROW).filter(|quad| start + 4 * quad < units) {
                let sums = tile::<ROWS, NARROW, KEPT>(x, values, positions, quad, bias);
                store(&sums, &mut y[row * units..], (units, start + 4 * quad));
            }
            row += ROWS;
        }
        for row in row..rows {
            let sums = tile::<1, QUADS, KEPT>([&x[row * groups..][..groups]], values, positions, 0, bias);
            store(&sums, &mut y[row * units..], (units, start));
        }
    }
}

/// `R` rows by `V` quads of a panel from `quad` on. Out of line, so that the sums stay in registers.
#[inline(never)]
fn tile<const R: usize, const V: usize, const KEPT: usize>(
    x: [&[[f32; GROUP]]; R],
    values: &[[[[f32; 4]; QUADS]; KEPT]],
    positions: &[[[u8; QUADS]; KEPT]],
    quad: usize,
    bias: &[f32],
) -> [[f32x4; V]; R] {
    let start: [f32x4; V] = std::array::from_fn(|v| {
        let bias = bias.get(4 * (quad + v)..).unwrap_or_default();
        f32x4::new(std::array::from_fn(|lane| bias.get(lane).copied().unwrap_or(0.0)))
    });
    let mut sums = [start; R];
    for (g, (values, positions)) in values.iter().zip(positions).enumerate() {
        let x = x.map(|row| f32x4::new(row[g]));
        for (values, positions) in values.iter().zip(positions) {
            let (Some(values), Some(positions)) = (values[quad..].first_chunk::<V>(), positions[quad..].first_chunk::<V>()) else { break };
            for v in 0..V {
                let (value, pick) = (f32x4::new(values[v]), bytemuck::cast(PICKS[usize::from(positions[v])]));
                for (sums, x) in sums.iter_mut().zip(x) {
                    sums[v] = mul_add(lanes::pick(x, pick), value, sums[v]);
                }
            }
        }
    }
    sums
}

/// Writes a tile's sums to rows of `units`, from `column` on, as far as there are columns.
fn store<const R: usize, const V: usize>(sums: &[[f32x4; V]; R], y: &mut [f32], (units, column): (usize, usize)) {
    for (sums, y) in sums.iter().zip(y.chunks_mut(units)) {
        for (y, sum) in y[column..].chunks_mut(4).zip(sums) {
            y.copy_from_slice(&sum.to_array()[..y.len()]);
        }
    }
}
