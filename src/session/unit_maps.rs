//! What the little map of each unit shows.

use super::view::Scene;
use crate::{engine::network::Network, protocol::MapKind};

/// What the maps of a layer's units show, and their height and width. `cells` is the edge of a map over the plane, for plane data.
pub(super) fn kind(scene: &Scene<'_>, layer: usize, cells: Option<usize>) -> (MapKind, (usize, usize)) {
    let node = &scene.network.nodes()[layer];
    if let Some(cells) = cells {
        return (MapKind::Plane, (cells, cells));
    }
    if let Some((h, w, _)) = node.layer.output().image() {
        return (MapKind::Activation, (h, w));
    }
    let Some((h, w, channels)) = scene.data.shape.image() else { return (MapKind::Value, (1, 1)) };
    let first = scene.network.nodes()[..layer].iter().all(|n| n.tensors.is_empty());
    let sees_pixels = node.tensors.first().is_some_and(|(_, span)| span.len() == h * w * scene.network.units(layer));
    (if first && channels == 1 && sees_pixels { MapKind::Weights } else { MapKind::Response }, (h, w))
}

/// The maps of the drawn units, one after the other. `output` is what the layer says to the watched sample or over the plane;
/// `response` is made by [`response`] where maps of that kind are wanted.
pub(super) fn maps(
    scene: &Scene<'_>,
    layer: usize,
    drawn: &[usize],
    kind: MapKind,
    output: &[f32],
    response: Option<Vec<f32>>,
) -> Vec<f32> {
    match kind {
        MapKind::Weights => per_unit(&scene.params[scene.network.nodes()[layer].tensors[0].1.clone()], scene.network.units(layer), drawn),
        MapKind::Response => response.unwrap_or_default(),
        _ => per_unit(output, scene.network.units(layer), drawn),
    }
}

/// What dense units say to the watched sample, where their maps do not show it.
pub(super) fn values(network: &Network, layer: usize, drawn: &[usize], kind: MapKind, output: &[f32]) -> Vec<f32> {
    match kind {
        MapKind::Weights | MapKind::Response | MapKind::Value => per_unit(output, network.units(layer), drawn),
        _ => Vec::new(),
    }
}

/// Values of the drawn units, unit by unit, from rows of all units.
fn per_unit(rows: &[f32], total: usize, drawn: &[usize]) -> Vec<f32> {
    drawn.iter().flat_map(|u| rows.iter().skip(*u).step_by(total).copied()).collect()
}

/// For each drawn unit the mean input at which it says more than usual, less the mean input at which it says less, both weighted by
/// how much: `Σₙ (aₙ − ā) xₙ / ½ Σₙ |aₙ − ā|` over samples `xₙ` with activations `aₙ`. Zero for a unit that always says the same.
///
/// Shapes: inputs `[B, pixels, channels]`, outputs `[B, total]` → `[drawn, pixels]`, the mean over channels. Known as reverse
/// correlation (de Boer & Kuyper 1968, Triggered correlation).
pub(super) fn response(inputs: &[f32], (pixels, channels): (usize, usize), outputs: &[f32], total: usize, drawn: &[usize]) -> Vec<f32> {
    let samples = outputs.len() / total.max(1);
    let mut maps = vec![0.0_f32; drawn.len() * pixels];
    for (unit, map) in drawn.iter().zip(maps.chunks_exact_mut(pixels.max(1))) {
        let said = || outputs.iter().skip(*unit).step_by(total).copied();
        let mean = said().sum::<f32>() / samples.max(1) as f32;
        let weight = said().map(|a| (a - mean).abs()).sum::<f32>() / 2.0 * channels as f32;
        if weight <= f32::MIN_POSITIVE {
            continue;
        }
        for (a, x) in said().zip(inputs.chunks_exact(pixels * channels)) {
            let share = (a - mean) / weight;
            for (cell, pixel) in map.iter_mut().zip(x.chunks_exact(channels)) {
                *cell += share * pixel.iter().sum::<f32>();
            }
        }
    }
    maps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_responds_to_what_makes_it_fire() {
        // Two pixels: unit 0 says what the first is, unit 1 the opposite of the second, unit 2 is dead.
        let inputs = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
        let outputs = [1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(response(&inputs, (2, 1), &outputs, 3, &[0, 1, 2]), [1.0, 0.0, 0.0, -1.0, 0.0, 0.0]);
        assert_eq!(response(&inputs, (1, 2), &outputs, 3, &[0]), [0.5], "the mean over channels");
        assert!(response(&[], (2, 1), &[], 3, &[0]).iter().all(|v| *v == 0.0));
    }
}
