//! What comes into a layer for the samples of the calibration, against the grid that it is rounded to.

use super::{
    histogram::{self, Bars},
    optimize::Optimized,
};
use crate::{
    engine::{
        compress,
        error::SpecError,
        network::Network,
        packed::{ActivationScale, PackedLayer, PackedModel},
    },
    protocol::{Grid, Histogram, Inspect},
};

/// Bars over the whole range.
const BARS: usize = 80;

/// What comes into the layer that `inspect` names, in the optimized model with activations that are not rounded, for `samples[B, I]`. `None` for a network
/// without weights. Errors: a model that cannot be run.
pub(super) fn histogram(network: &Network, both: &Optimized, samples: &[f32], inspect: Inspect) -> Result<Option<Histogram>, SpecError> {
    let Some(layer) = histogram::choose(network, inspect.layer) else { return Ok(None) };
    let units = both.baseline.layers[layer].weights.as_ref().map_or(0, |weights| weights.units);
    let floats = both.model.layers.iter().map(|layer| PackedLayer { activation: None, ..layer.clone() });
    let floats = PackedModel { input: both.model.input.clone(), layers: floats.collect() };
    let mut values = Vec::new();
    compress::each_input(&floats, samples, |i, came| {
        if i == layer {
            values.extend_from_slice(came);
        }
    })?;
    let (low, high) = values.iter().fold((0.0_f32, 0.0_f32), |(low, high), v| (low.min(*v), high.max(*v)));
    let mut bars = Bars::new((low, high), BARS);
    let scale = both.model.layers[layer].activation;
    let mut codes = vec![0_i16; values.len()];
    if let Some(scale) = scale {
        scale.quantize_all(&values, &mut codes);
    }
    let (mut zeros, mut rounded, mut clipped, mut signal, mut noise) = (0, 0, 0, 0.0_f64, 0.0_f64);
    for (value, code) in values.iter().zip(&codes) {
        if *value == 0.0 {
            // They are most behind a ReLU, and are always exact.
            zeros += 1;
            continue;
        }
        bars.count(*value);
        let Some(scale) = scale else { continue };
        rounded += u64::from(*code == 0);
        let (least, most) = scale.ends();
        clipped += u64::from(*value > (most + 0.5) * scale.scale || *value < (least - 0.5) * scale.scale);
        signal += f64::from(*value).powi(2);
        noise += (f64::from(*value) - f64::from(*code) * f64::from(scale.scale)).powi(2);
    }
    let grid = scale.map(grid);
    Ok(Some(Histogram {
        layer,
        place: histogram::place(network, layer),
        unit: None,
        units,
        inputs: true,
        span: (low, high),
        bars: bars.counts,
        count: values.len() as u64,
        pruned: zeros,
        rounded,
        clipped,
        rmse: (noise / (values.len() as u64 - zeros).max(1) as f64).sqrt() as f32,
        snr: (noise > 0.0 && signal > 0.0).then(|| (10.0 * libm::log10(signal / noise)) as f32),
        reach: grid.as_ref().and_then(|grid| histogram::reach(&grid.levels, low.abs().max(high))),
        format: scale.map_or_else(|| "f32".into(), |scale| format!("int{}", scale.bits)),
        grid,
    }))
}

/// The levels of a scale.
fn grid(scale: ActivationScale) -> Grid {
    let (least, most) = scale.ends();
    let levels = (least as i32..=most as i32).map(|code| code as f32 * scale.scale).collect();
    Grid { bits: scale.bits, unit: None, group: None, even: true, levels, steps: (scale.scale, scale.scale) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{catalog::Pick, rng::Rng, shape::Shape},
        experiment::Compress,
        session::histogram::tests::optimized,
    };

    /// A network of two layers with a ReLU between, samples, and what is seen of what comes into its second one.
    fn seen(change: impl Fn(&mut Compress)) -> (Optimized, Vec<f32>, Histogram) {
        let picks = [Pick::new("dense").with("units", 12.0), Pick::new("relu"), Pick::new("dense").with("units", 3.0)];
        let network = Network::new(&picks, &Shape(vec![20])).unwrap();
        let mut rng = Rng::new(5, 0);
        let samples: Vec<f32> = (0..64 * 20).map(|_| rng.normal()).collect();
        let (.., both) = optimized(&network, &samples, change);
        let found = histogram(&network, &both, &samples, Inspect { layer: Some(2), inputs: true, ..Inspect::default() }).unwrap().unwrap();
        (both, samples, found)
    }

    #[test]
    fn every_value_is_counted_once_and_the_grid_is_that_of_the_model() {
        let (both, _, found) = seen(|c| (c.bits, c.activation_bits) = (1, 1));
        assert_eq!((found.layer, found.count, found.units), (2, 64 * 12, 3));
        assert_eq!(u64::from(found.bars.iter().sum::<u32>()) + found.pruned, found.count);
        assert!(found.pruned > 200 && found.span.0 == 0.0, "a ReLU leaves zeros, and nothing below");
        let (grid, scale) = (found.grid.unwrap(), both.model.layers[2].activation.unwrap());
        assert_eq!((grid.levels.len(), grid.steps.0), (256, scale.scale));
        assert!(grid.levels.contains(&0.0) && (found.reach.unwrap() - 1.0).abs() < 0.01, "min-max reaches all");
        assert!(found.clipped == 0 && found.rmse <= scale.scale / 2.0 && found.rmse > 0.0);
        let (.., floats) = seen(|c| c.bits = 1);
        assert_eq!((floats.grid, floats.reach, floats.format.as_str(), floats.rmse), (None, None, "f32", 0.0));
    }

    #[test]
    fn a_clip_by_hand_moves_the_outermost_level() {
        let (.., whole) = seen(|c| (c.bits, c.activation_bits) = (1, 1));
        let (.., half) = seen(|c| (c.bits, c.activation_bits, c.input_clips) = (1, 1, vec![0.0, 0.5]));
        assert!((half.reach.unwrap() - 0.5).abs() < 0.01 && half.clipped > 0);
        assert_eq!(half.span, whole.span);
        assert!((half.grid.unwrap().steps.0 - whole.grid.unwrap().steps.0 / 2.0).abs() < 1e-6);
        assert!(half.rmse > whole.rmse, "256 levels gain nothing from being closer");
    }
}
