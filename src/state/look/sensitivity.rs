//! Bits for each layer by itself: what one layer's rounding costs, and the widths that cost least within so many bytes.
//!
//! Costs of layers are added up as if they did not depend on each other (Dong et al. 2019, HAWQ, do likewise): a plan's cost is an estimate, and the comparison says what
//! it really is.

use crate::protocol::{LayerSensitivity, Sensitivity, WidthEffect};

/// Layers up to which every combination of widths is looked at.
const EXACT: usize = 6;

/// A width for each layer with weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Bits, 32 for floats.
    pub widths: Vec<u32>,
    /// Bytes of all codes and scales.
    pub bytes: u64,
    /// What it is expected to cost: a rise of the loss, or points lost.
    pub cost: f64,
}

/// What a layer can be, the widest first.
type Options = Vec<(u32, u64, f64)>;

/// Bits, bytes and cost of what each layer can be, with the cost that `cost` says.
fn options(found: &Sensitivity, cost: impl Fn(&WidthEffect) -> f64) -> Vec<Options> {
    let of = |layer: &LayerSensitivity| {
        let rounded = layer.widths.iter().map(|w| (w.bits, w.bytes, cost(w).max(0.0)));
        std::iter::once((32, 4 * layer.weights, 0.0)).chain(rounded).collect()
    };
    found.layers.iter().map(of).collect()
}

fn plan(options: &[Options], places: &[usize]) -> Plan {
    let chosen = || options.iter().zip(places).map(|(options, at)| options[*at]);
    Plan { widths: chosen().map(|o| o.0).collect(), bytes: chosen().map(|o| o.1).sum(), cost: chosen().map(|o| o.2).sum() }
}

/// Bytes of all layers at the same width.
#[must_use]
pub fn uniform(found: &Sensitivity, bits: u32) -> Option<u64> {
    options(found, |_| 0.0).iter().map(|of| of.iter().find(|o| o.0 == bits).map(|o| o.1)).sum()
}

/// The widths that fit into `bytes` and are expected to raise the loss least; of equals the smaller. `None` where even the narrowest do not fit.
#[must_use]
pub fn best(found: &Sensitivity, bytes: u64) -> Option<Plan> {
    let options = options(found, |w| f64::from(w.loss) - f64::from(found.loss));
    if options.len() > EXACT {
        let plan = narrowed(&options, |plan| plan.bytes <= bytes, |_| true);
        return (plan.bytes <= bytes).then_some(plan);
    }
    exact(&options, |plan| plan.bytes <= bytes, |a, b| a.cost < b.cost || a.cost == b.cost && a.bytes < b.bytes)
}

/// The smallest model that is expected to lose at most so many `points` (hundredths of accuracy or R²); of equals the one that loses least.
#[must_use]
pub fn smallest(found: &Sensitivity, points: f64) -> Option<Plan> {
    let options = options(found, |w| (f64::from(found.score) - f64::from(w.score)) * 100.0);
    if options.len() > EXACT {
        return Some(narrowed(&options, |_| false, |plan| plan.cost <= points));
    }
    exact(&options, |plan| plan.cost <= points, |a, b| a.bytes < b.bytes || a.bytes == b.bytes && a.cost < b.cost)
}

/// Looks at every combination that `fits`.
fn exact(options: &[Options], fits: impl Fn(&Plan) -> bool, better: impl Fn(&Plan, &Plan) -> bool) -> Option<Plan> {
    let mut places = vec![0; options.len()];
    let mut best: Option<Plan> = None;
    loop {
        let this = plan(options, &places);
        if fits(&this) && best.as_ref().is_none_or(|best| better(&this, best)) {
            best = Some(this);
        }
        // The next combination, as a number whose digits are places.
        let Some(at) = (0..places.len()).find(|i| places[*i] + 1 < options[*i].len()) else { return best };
        places[at] += 1;
        places[..at].fill(0);
    }
}

/// From floats on, narrows the layer that costs least for each byte that it saves, as long as the plan then `may` be, until it is `done`; gives the last plan.
fn narrowed(options: &[Options], done: impl Fn(&Plan) -> bool, may: impl Fn(&Plan) -> bool) -> Plan {
    let mut places = vec![0; options.len()];
    loop {
        let this = plan(options, &places);
        if done(&this) {
            return this;
        }
        // Any narrower width of any layer, not the next alone: what was measured need not rise evenly.
        let steps = options.iter().enumerate().flat_map(|(i, of)| (places[i] + 1..of.len()).map(move |to| (i, to)));
        let rate = |(i, to): (usize, usize)| {
            let (from, narrow) = (options[i][places[i]], options[i][to]);
            let mut next = places.clone();
            next[i] = to;
            let allowed = narrow.1 < from.1 && may(&plan(options, &next));
            allowed.then(|| ((narrow.2 - from.2) / (from.1 - narrow.1) as f64, i, to))
        };
        let Some((_, i, to)) = steps.filter_map(rate).min_by(|a, b| a.0.total_cmp(&b.0)) else { return this };
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
    use crate::engine::rng::Rng;

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

    fn rises(found: &Sensitivity) -> Vec<Options> {
        options(found, |w| f64::from(w.loss) - f64::from(found.loss))
    }

    #[test]
    fn exact_is_never_worse_than_greedy_or_all_alike_and_all_fit() {
        for seed in 0..40 {
            let found = sensitivity(1 + seed as usize % 5, seed);
            let options = rises(&found);
            for bits in [32, 8, 4, 3, 2] {
                let budget = uniform(&found, bits).unwrap();
                let (exact, greedy) = (best(&found, budget).unwrap(), narrowed(&options, |plan| plan.bytes <= budget, |_| true));
                let alike: f64 = options.iter().map(|of| of.iter().find(|o| o.0 == bits).unwrap().2).sum();
                assert!(exact.bytes <= budget && greedy.bytes <= budget);
                assert!(exact.cost <= greedy.cost && exact.cost <= alike + 1e-9, "{exact:?} {greedy:?} {alike}");
            }
            assert_eq!(best(&found, uniform(&found, 2).unwrap() - 1), None, "nothing is over the budget");
            assert!(best(&found, u64::MAX).unwrap().widths.iter().all(|w| *w == 32));
        }
    }

    #[test]
    fn many_layers_are_narrowed_one_by_one() {
        let found = sensitivity(9, 4);
        let budget = uniform(&found, 4).unwrap();
        let plan = best(&found, budget).unwrap();
        assert!(plan.bytes <= budget && plan.widths.len() == 9);
        assert_eq!(best(&found, 10), None);
        let plan = smallest(&found, 6.0).unwrap();
        assert!(plan.cost <= 6.0 && plan.bytes < uniform(&found, 32).unwrap());
    }

    #[test]
    fn the_smallest_within_points_is_found() {
        for seed in 0..20 {
            let mut found = sensitivity(3, seed);
            for width in found.layers.iter_mut().flat_map(|l| &mut l.widths) {
                width.score = 0.95 - 0.01 * (9 - width.bits) as f32;
            }
            for points in [0.0, 1.0, 2.5, 7.0, 30.0] {
                let plan = smallest(&found, points).unwrap();
                let options = options(&found, |w| (f64::from(found.score) - f64::from(w.score)) * 100.0);
                let greedy = narrowed(&options, |_| false, |plan| plan.cost <= points);
                assert!(plan.cost <= points && plan.bytes <= greedy.bytes, "{points}: {plan:?} {greedy:?}");
            }
            assert!(smallest(&found, 0.0).unwrap().widths.iter().all(|w| *w == 32));
            assert!(smallest(&found, 100.0).unwrap().widths.iter().all(|w| *w == 2));
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
