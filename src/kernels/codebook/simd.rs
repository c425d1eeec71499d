//! Tiles of 4 rows × 8 units, over stretches of values that were looked up.

use wide::{bytemuck, f32x4};

use super::{
    super::{
        matmul_low_bit::{STRETCH, Target, stretches},
        panels::WIDTH,
    },
    Codebook, Epilogue, MOST,
};

/// See [`super::matmul`].
pub fn run(rows: usize, x: &[f32], w: &Codebook, epilogue: Epilogue<'_>, y: &mut [f32]) {
    if w.inputs == 0 {
        y.chunks_exact_mut(w.units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..w.units]));
        return;
    }
    match w.bits {
        1 => all::<1>(rows, x, w, epilogue, y),
        2 => all::<2>(rows, x, w, epilogue, y),
        3 => all::<3>(rows, x, w, epilogue, y),
        4 => all::<4>(rows, x, w, epilogue, y),
        5 => all::<5>(rows, x, w, epilogue, y),
        6 => all::<6>(rows, x, w, epilogue, y),
        7 => all::<7>(rows, x, w, epilogue, y),
        _ => all::<8>(rows, x, w, epilogue, y),
    }
}

fn all<const BITS: usize>(rows: usize, x: &[f32], w: &Codebook, epilogue: Epilogue<'_>, y: &mut [f32]) {
    let mut weights = [[f32x4::ZERO; 2]; STRETCH];
    for (p, panel) in w.codes.as_chunks::<BITS>().0.chunks_exact(w.inputs).enumerate() {
        let first = p * WIDTH;
        let last = w.units.min(first + WIDTH);
        let mut y = Target { y: &mut *y, units: w.units, first, last };
        for (at, panel) in panel.chunks(STRETCH).enumerate() {
            look_up(&w.table, panel, &mut weights);
            let done = at * STRETCH + panel.len() == w.inputs;
            let epilogue = done.then(|| epilogue.units(first, last));
            stretches(rows, (x, w.inputs), at * STRETCH, &weights[..panel.len()], epilogue, &mut y);
        }
    }
}

/// The values of eight units at each input.
fn look_up<const BITS: usize>(table: &[f32; MOST], panel: &[[u8; BITS]], weights: &mut [[f32x4; 2]]) {
    for (codes, weights) in panel.iter().zip(weights) {
        let mut word = [0; 8];
        word[..BITS].copy_from_slice(codes);
        let word = u64::from_le_bytes(word);
        // A code of 8 bits or fewer lies within the table: nothing is left to check.
        let values: [f32; WIDTH] = std::array::from_fn(|unit| table[usize::from((word >> (unit * BITS)) as u8 & (0xFF >> (8 - BITS)))]);
        *weights = bytemuck::cast(values);
    }
}
