//! Tiles of 4 rows × 8 units, over stretches of widened weights.

use wide::{bytemuck, f32x4};

use super::{
    super::{
        matmul_low_bit::{STRETCH, Target, stretches},
        panels::WIDTH,
    },
    Codes, Epilogue, Kind, SmallFloats,
};

/// See [`super::matmul`].
pub fn run(rows: usize, x: &[f32], w: &SmallFloats, epilogue: Epilogue<'_>, y: &mut [f32]) {
    if w.inputs == 0 {
        y.chunks_exact_mut(w.units.max(1)).take(rows).for_each(|y| y.copy_from_slice(&epilogue.bias[..w.units]));
        return;
    }
    match &w.codes {
        Codes::Wide(codes) => all(rows, x, w, codes, epilogue, y),
        Codes::Narrow(codes) => all(rows, x, w, codes, epilogue, y),
    }
}

fn all<C: Copy + Into<u32>>(rows: usize, x: &[f32], w: &SmallFloats, codes: &[[C; WIDTH]], epilogue: Epilogue<'_>, y: &mut [f32]) {
    let mut weights = [[f32x4::ZERO; 2]; STRETCH];
    for (p, panel) in codes.chunks_exact(w.inputs).enumerate() {
        let first = p * WIDTH;
        let last = w.units.min(first + WIDTH);
        let mut y = Target { y: &mut *y, units: w.units, first, last };
        for (at, panel) in panel.chunks(STRETCH).enumerate() {
            widen(w.kind, panel, &mut weights);
            let done = at * STRETCH + panel.len() == w.inputs;
            let epilogue = done.then(|| epilogue.units(first, last));
            stretches(rows, (x, w.inputs), at * STRETCH, &weights[..panel.len()], epilogue, &mut y);
        }
    }
}

/// A loop over equal arrays, which the compiler turns into vector instructions.
fn widen<C: Copy + Into<u32>>(kind: Kind, codes: &[[C; WIDTH]], weights: &mut [[f32x4; 2]]) {
    let (shift, factor, sign) = (kind.shift(), kind.factor(), kind.bits() - 1);
    for (codes, weights) in codes.iter().zip(weights) {
        let wide: [f32; WIDTH] = codes.map(|code| {
            let code: u32 = code.into();
            f32::from_bits((code & ((1 << sign) - 1)) << shift | (code >> sign) << 31) * factor
        });
        *weights = bytemuck::cast(wide);
    }
}
