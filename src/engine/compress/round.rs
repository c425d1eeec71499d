//! Rounds packed weights anew, by what comes into their layers.

use super::shrink::Slim;
use crate::engine::{
    layers::Op,
    packed::{PackedModel, Values},
    quantization::{
        bits,
        rounding::{Grid, Problem, Rounder},
    },
};

/// Gives the whole-number weights of `model` the codes that `rounder` chooses. `slim` holds the floats that were packed, `rows` what comes into each
/// layer (see [`super::inputs::rows`]). Step sizes stay.
pub fn round(model: &mut PackedModel, slim: &[Slim], rows: &[Vec<f32>], rounder: &dyn Rounder) {
    for ((layer, slim), rows) in model.layers.iter_mut().zip(slim).zip(rows) {
        let (Some(weights), Some(floats)) = (&mut layer.weights, &slim.matrix) else { continue };
        let (inputs, units) = (weights.inputs, weights.units);
        let mut chosen = weights.codes();
        let Values::Int { bits, group, scales, zeros, codes } = &mut weights.values else { continue };
        let columns: Vec<f32> = (0..units).flat_map(|n| floats.weights.iter().skip(n).step_by(units).copied()).collect();
        let groups = if *group == 0 { 1 } else { inputs.div_ceil(*group) };
        let grid = Grid { bits: *bits, group: *group, groups, scales, zeros };
        if matches!(layer.op, Op::Depthwise(_)) {
            // Each unit has inputs of its own.
            for (n, (own, chosen)) in columns.chunks_exact(inputs.max(1)).zip(chosen.chunks_exact_mut(inputs.max(1))).enumerate() {
                let rows: Vec<f32> = rows.iter().skip(n).step_by(units).copied().collect();
                rounder.choose(&Problem { weights: own, inputs, grid: grid.unit(n), rows: &rows }, chosen);
            }
        } else {
            rounder.choose(&Problem { weights: &columns, inputs, grid, rows }, &mut chosen);
        }
        *codes = bits::pack(&chosen, *bits);
    }
}
