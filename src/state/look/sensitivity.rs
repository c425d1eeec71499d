//! Bits for each layer by itself: what one layer's rounding costs, and the widths that cost least within so many bytes.
//!
//! Costs of layers are added up as if they did not depend on each other (Dong et al. 2019, HAWQ, do likewise): a plan's cost is an estimate, and the comparison says what
//! it really is.

use crate::protocol::{LayerSensitivity, Sensitivity};

/// Layers up to which every combination of widths is looked at.
const EXACT: usize = 6;

/// A width for each layer with weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Bits, 32 for floats.
    pub widths: Vec<u32>,
    /// Bytes of all codes and scales.
    pub bytes: u64,
    /// By how much the loss is expected to rise.
    pub rise: f64,
}

/// What a layer can be: its bits, bytes and rise of the loss, the widest first.
fn options(layer: &LayerSensitivity, loss: f32) -> Vec<(u32, u64, f64)> {
    let rise = |l: f32| (f64::from(l) - f64::from(loss)).max(0.0);
    std::iter::once((32, 4 * layer.weights, 0.0)).chain(layer.widths.iter().map(|w| (w.bits, w.bytes, rise(w.loss)))).collect()
}

fn plan(options: &[Vec<(u32, u64, f64)>], places: &[usize]) -> Plan {
    let chosen = || options.iter().zip(places).map(|(options, at)| options[*at]);
    Plan { widths: chosen().map(|o| o.0).collect(), bytes: chosen().map(|o| o.1).sum(), rise: chosen().map(|o| o.2).sum() }
}

/// Bytes of all layers at the same width.
#[must_use]
pub fn uniform(found: &Sensitivity, bits: u32) -> Option<u64> {
    let bytes = |layer: &LayerSensitivity| options(layer, found.loss).iter().find(|o| o.0 == bits).map(|o| o.1);
    found.layers.iter().map(bytes).sum()
}

/// The widths that fit into `bytes` and are expected to cost least; of equals the smaller. `None` where even the narrowest do not fit.
#[must_use]
pub fn best(found: &Sensitivity, bytes: u64) -> Option<Plan> {
    if found.layers.len() <= EXACT { exact(found, bytes) } else { greedy(found, bytes) }
}

/// Looks at every combination.
#[must_use]
pub fn exact(found: &Sensitivity, bytes: u64) -> Option<Plan> {
    let options: Vec<_> = found.layers.iter().map(|layer| options(layer, found.loss)).collect();
    let mut places = vec![0; options.len()];
    let mut best: Option<Plan> = None;
    loop {
        let this = plan(&options, &places);
        let better = |best: &Plan| this.rise < best.rise || this.rise == best.rise && this.bytes < best.bytes;
        if this.bytes <= bytes && best.as_ref().is_none_or(better) {
            best = Some(this);
        }
        // The next combination, as a number whose digits are places.
        let Some(at) = (0..places.len()).find(|i| places[*i] + 1 < options[*i].len()) else { return best };
        places[at] += 1;
        places[..at].fill(0);
    }
}

/// From floats on, narrows the layer that costs least for each byte that it saves, until all fit.
#[must_use]
pub fn greedy(found: &Sensitivity, bytes: u64) -> Option<Plan> {
    let options: Vec<_> = found.layers.iter().map(|layer| options(layer, found.loss)).collect();
    let mut places = vec![0; options.len()];
    loop {
        let this = plan(&options, &places);
        if this.bytes <= bytes {
            return Some(this);
        }
        // Any narrower width of any layer, not the next alone: a measured loss need not rise evenly.
        let steps = options.iter().enumerate().flat_map(|(i, of)| (places[i] + 1..of.len()).map(move |to| (i, to)));
        let cost = |(i, to): (usize, usize)| {
            let (from, to) = (options[i][places[i]], options[i][to]);
            (to.1 < from.1).then(|| (to.2 - from.2) / (from.1 - to.1) as f64)
        };
        let (_, i, to) = steps.filter_map(|(i, to)| Some((cost((i, to))?, i, to))).min_by(|a, b| a.0.total_cmp(&b.0))?;
        places[i] = to;
    }
}

/// `widths` with another one for layer `at`, of `layers`; those beyond the list have `rest` bits, and are left out at its end.
#[must_use]
pub fn with_width(widths: &[u32], (at, layers): (usize, usize), bits: u32, rest: u32) -> Vec<u32> {
    let mut all: Vec<u32> = (0..layers).map(|i| if i == at { bits } else { widths.get(i).copied().unwrap_or(rest) }).collect();
    while all.last() == Some(&rest) {
        all.pop();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::rng::Rng, protocol::WidthEffect};

    fn sensitivity(layers: usize, seed: u64) -> Sensitivity {
        let mut rng = Rng::new(seed, 0);
        let layer = |layer| {
            let weights = u64::from(rng.below(5000) + 50);
            let mut loss = 0.1;
            let widths = [8, 4, 3, 2].map(|bits| {
                loss += rng.uniform() * 0.1;
                WidthEffect { bits, loss, score: 0.9, bytes: (weights * u64::from(bits)).div_ceil(8) + 40 }
            });
            LayerSensitivity { layer, weights, units: 10, widths: widths.to_vec() }
        };
        Sensitivity { samples: 100, loss: 0.1, score: 0.95, layers: (0..layers).map(layer).collect() }
    }

    #[test]
    fn exact_is_never_worse_than_greedy_or_all_alike_and_all_fit() {
        for seed in 0..40 {
            let found = sensitivity(1 + seed as usize % 5, seed);
            for bits in [32, 8, 4, 3, 2] {
                let budget = uniform(&found, bits).unwrap();
                let (exact, greedy) = (exact(&found, budget).unwrap(), greedy(&found, budget).unwrap());
                let alike: f64 = found
                    .layers
                    .iter()
                    .map(|l| l.widths.iter().find(|w| w.bits == bits).map_or(0.0, |w| f64::from(w.loss) - f64::from(found.loss)))
                    .sum();
                assert!(exact.bytes <= budget && greedy.bytes <= budget);
                assert!(exact.rise <= greedy.rise && exact.rise <= alike + 1e-9, "{exact:?} {greedy:?} {alike}");
            }
            let least = uniform(&found, 2).unwrap();
            assert!(exact(&found, least - 1).is_none() && greedy(&found, least - 1).is_none(), "nothing is over the budget");
            assert!(exact(&found, u64::MAX).unwrap().widths.iter().all(|w| *w == 32));
        }
    }

    #[test]
    fn the_layer_that_matters_keeps_its_bits() {
        let mut found = sensitivity(2, 1);
        for (layer, harm) in found.layers.iter_mut().zip([1.0, 0.001]) {
            layer.weights = 1000;
            for (i, width) in layer.widths.iter_mut().enumerate() {
                width.loss = 0.1 + harm * (i as f32 + 1.0);
                width.bytes = u64::from(width.bits) * 125;
            }
        }
        let plan = best(&found, 1000 + 250).unwrap();
        assert_eq!((plan.widths, plan.bytes), (vec![8, 2], 1250));
    }

    #[test]
    fn lists_stay_short() {
        assert_eq!(with_width(&[], (1, 3), 32, 8), [8, 32]);
        assert_eq!(with_width(&[8, 32], (1, 3), 8, 8), [] as [u32; 0]);
        assert_eq!(with_width(&[4], (2, 3), 2, 8), [4, 8, 2]);
    }
}
