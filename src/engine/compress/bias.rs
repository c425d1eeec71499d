//! Bias correction: what rounding adds to a unit's answers on average is taken back through its bias.

use super::inputs;
use crate::engine::{
    error::SpecError,
    layers::Op,
    packed::{PackedLayer, PackedModel},
};

/// Corrects the biases of `model`, layer by layer, each behind those that are corrected already, for the samples `calibration[B, I]`; `floats` is the same
/// model before rounding. Layers are linear, so means of what comes in tell the mean of what goes out; of a recurrent layer the mean of what its gates get, to
/// which the first of its two biases is added.
///
/// Errors: an activation that no catalogue entry has.
pub fn correct(model: &mut PackedModel, floats: &PackedModel, calibration: &[f32]) -> Result<(), SpecError> {
    let wanted = inputs::rows(floats, calibration, |_| true)?;
    for i in 0..model.layers.len() {
        // Attention is not linear: means of what comes in do not tell that of what goes out.
        if model.layers[i].weights.is_none() || matches!(model.layers[i].op, Op::Attention(_) | Op::Embedding { .. }) {
            continue;
        }
        let found = inputs::rows(model, calibration, |layer| layer == i)?;
        let (found, wanted) = (outputs(&model.layers[i], &found[i]), outputs(&floats.layers[i], &wanted[i]));
        for ((bias, found), wanted) in model.layers[i].bias.iter_mut().zip(found).zip(wanted) {
            *bias += (wanted - found) as f32;
        }
    }
    Ok(())
}

/// The mean answer of each unit to `rows`, without its bias, which rounding leaves as it is.
fn outputs(layer: &PackedLayer, rows: &[f32]) -> Vec<f64> {
    let Some(weights) = &layer.weights else { return Vec::new() };
    let (units, own) = (weights.units.max(1), matches!(layer.op, Op::Depthwise(_)));
    // Of a depthwise layer a row holds what comes in for each unit.
    let width = if own { weights.len() } else { weights.inputs }.max(1);
    let mut means = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        means.iter_mut().zip(row).for_each(|(mean, x)| *mean += f64::from(*x));
    }
    let count = (rows.len() / width).max(1) as f64;
    let mut sums = vec![0.0; weights.units];
    for (k, row) in weights.to_f32().chunks_exact(units).enumerate() {
        for (n, (sum, w)) in sums.iter_mut().zip(row).enumerate() {
            *sum += f64::from(*w) * means[if own { k * units + n } else { k }] / count;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::engine::{catalog::Pick, network::Network, shape::Shape};

    fn floats(value: &Value) -> Vec<f32> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    /// `tests/fixtures/rounding/make.py` made the figures.
    #[test]
    fn biases_are_those_of_the_paper() {
        let all: Value = serde_json::from_str(include_str!("../../../tests/fixtures/rounding/reference.json")).unwrap();
        let case = &all["bias"];
        let sizes = floats(&case["sizes"]);
        let dense = |i: usize| Pick::new("dense").with("units", f64::from(sizes[i]));
        let network = Network::new(&[dense(1), Pick::new("relu"), dense(2)], &Shape(vec![sizes[0] as usize])).unwrap();
        let model = |weights: &Value| {
            let params: Vec<f32> = (0..2).flat_map(|i| [floats(&weights[i]), floats(&case["biases"][i])].concat()).collect();
            PackedModel::dense(&network, &params)
        };
        let (good, mut rounded) = (model(&case["weights"]), model(&case["rounded"]));
        correct(&mut rounded, &good, &floats(&case["rows"])).unwrap();
        for (layer, i) in [(0, 0), (2, 1)] {
            let want = floats(&case["corrected"][i]);
            assert!(rounded.layers[layer].bias.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-4), "layer {layer}");
            assert_ne!(rounded.layers[layer].bias, good.layers[layer].bias);
        }
    }
}
