//! Weights against their grid: bars, levels and errors of a finished comparison.

use super::optimize::Optimized;
use crate::{
    engine::{
        network::Network,
        packed::{Values, Weights, matrix},
        quantization::{max_code, nearest},
    },
    order,
    protocol::{Grid, Histogram, Inspect},
};

/// Bars over the whole range; odd, so that zero lies in the middle of one.
const BARS: usize = 81;

/// The weights that `inspect` asks for. `keep` says which parameters live, `bits` how many each was meant to get. `None` for a
/// network without weights.
pub(super) fn histogram(network: &Network, both: &Optimized, keep: &[f32], bits: u32, inspect: Inspect) -> Option<Histogram> {
    let layer = choose(network, inspect.layer)?;
    let (original, packed) = (both.baseline.layers[layer].weights.as_ref()?, both.model.layers[layer].weights.as_ref()?);
    let Values::F32(values) = &original.values else { return None };
    let (units, start) = (original.units, network.nodes()[layer].span.start);
    let unit = inspect.unit.filter(|u| *u < units);
    let steps = Steps::new(packed, units, &both.removed[layer]);

    let living: Vec<(f32, usize)> = values
        .iter()
        .enumerate()
        .map(|(at, w)| (at, *w, at % units))
        .filter(|(at, _, n)| unit.is_none_or(|u| u == *n) && keep.get(start + at) != Some(&0.0) && !both.removed[layer].contains(n))
        .map(|(_, w, n)| (w, n))
        .collect();
    let reach = living.iter().fold(0.0_f32, |far, (w, _)| far.max(w.abs()));
    let mut bars = vec![0; BARS];
    let (mut rounded, mut clipped, mut signal, mut noise) = (0, 0, 0.0_f64, 0.0_f64);
    for (w, n) in &living {
        let share = if reach > 0.0 { (w / reach + 1.0) / 2.0 } else { 0.5 };
        bars[((share * BARS as f32) as usize).min(BARS - 1)] += 1;
        let Some(step) = steps.of(*n) else { continue };
        let stored = nearest(*w, step, bits);
        rounded += u64::from(stored == 0.0);
        clipped += u64::from(bits > 1 && w.abs() > (max_code(bits) as f32 + 0.5) * step);
        signal += f64::from(*w).powi(2);
        noise += (f64::from(*w) - f64::from(stored)).powi(2);
    }
    let count = values.len() / if unit.is_some() { units } else { 1 };
    Some(Histogram {
        layer,
        unit,
        units,
        reach,
        bars,
        count: count as u64,
        pruned: (count - living.len()) as u64,
        rounded,
        clipped,
        rmse: (noise / living.len().max(1) as f64).sqrt() as f32,
        snr: (noise > 0.0 && signal > 0.0).then(|| (10.0 * libm::log10(signal / noise)) as f32),
        grid: steps.grid(packed.bits(), bits, unit),
    })
}

fn choose(network: &Network, wanted: Option<usize>) -> Option<usize> {
    let has = |i: &usize| network.nodes().get(*i).is_some_and(|n| matrix(&n.layer.op()).is_some());
    wanted.filter(has).or_else(|| (0..network.nodes().len()).find(has))
}

/// Step sizes by unit of the original layer.
struct Steps {
    /// `None` for a removed unit; empty for floats.
    by_unit: Vec<Option<f32>>,
    /// Each unit has its own.
    own: bool,
}

impl Steps {
    fn new(packed: &Weights, units: usize, removed: &[usize]) -> Self {
        let Values::Int { scales, .. } = &packed.values else { return Self { by_unit: Vec::new(), own: false } };
        let own = scales.len() > 1;
        let mut left = scales.iter().copied();
        let step = |unit: usize| {
            if removed.contains(&unit) {
                None
            } else if own {
                left.next()
            } else {
                scales.first().copied()
            }
        };
        Self { by_unit: (0..units).map(step).collect(), own }
    }

    fn of(&self, unit: usize) -> Option<f32> {
        self.by_unit.get(unit).copied().flatten()
    }

    /// The grid of `unit`, or of the unit in the middle.
    fn grid(&self, stored: u32, bits: u32, unit: Option<usize>) -> Option<Grid> {
        let step_of = |unit: usize| self.of(unit).unwrap_or_default();
        let mut units: Vec<usize> = (0..self.by_unit.len()).filter(|unit| self.by_unit[*unit].is_some()).collect();
        order::sort(&mut units, &|a, b| step_of(a).total_cmp(&step_of(b)));
        let (finest, coarsest) = (step_of(*units.first()?), step_of(*units.last()?));
        let of = unit.unwrap_or(units[units.len() / 2]);
        let step = self.of(of)?;
        let most = max_code(stored);
        let codes = (-most..=most).filter(|code| stored > 1 || *code != 0);
        Some(Grid { bits, unit: self.own.then_some(of), levels: codes.map(|code| code as f32 * step).collect(), steps: (finest, coarsest) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{
            catalog::Pick,
            data::{Dataset, Samples, Task},
            losses,
            pruning::Manual,
            rng::Rng,
            shape::Shape,
        },
        experiment::{BIT_WIDTHS, Compress},
        session::optimize::{self, Learnt},
    };

    fn network() -> Network {
        let picks = [Pick::new("dense").with("units", 12.0), Pick::new("relu"), Pick::new("dense").with("units", 3.0)];
        Network::new(&picks, &Shape(vec![20])).unwrap()
    }

    fn data() -> Dataset {
        let samples = Samples { len: 2, inputs: vec![0.5; 40], classes: vec![0, 1], values: Vec::new() };
        Dataset {
            key: "test".into(),
            name: "Test".into(),
            shape: Shape(vec![20]),
            task: Task::Classes(vec!["a".into(), "b".into(), "c".into()]),
            features: Vec::new(),
            scaling: Vec::new(),
            validation: Samples::default(),
            train: samples.clone(),
            test: samples,
        }
    }

    /// What the optimizer makes of random weights, and the histogram of it.
    fn seen(change: impl Fn(&mut Compress), inspect: Inspect) -> (Network, Vec<f32>, Optimized, Histogram) {
        let network = network();
        let mut rng = Rng::new(8, 0);
        let params: Vec<f32> = (0..network.params()).map(|_| rng.normal()).collect();
        let mut compress = Compress::default();
        change(&mut compress);
        let (entry, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
        let loss = (entry.build)(&values);
        let both =
            optimize::optimize(&network, &params, &compress, &Manual::default(), &Learnt::default(), (&data(), loss.as_ref()), "").unwrap();
        let keep = optimize::as_numbers(&both.kept);
        let found = histogram(&network, &both, &keep, BIT_WIDTHS[compress.bits], inspect).unwrap();
        (network, params, both, found)
    }

    #[test]
    fn levels_and_errors_are_those_of_the_stored_weights() {
        for (bits, width) in BIT_WIDTHS.iter().enumerate().skip(1) {
            for per_channel in [0, 1] {
                let change = |c: &mut Compress| (c.bits, c.per_channel) = (bits, per_channel);
                let (_, params, both, found) = seen(change, Inspect::default());
                let stored = both.model.layers[0].weights.as_ref().unwrap().to_f32();
                let square: f64 = params.iter().zip(&stored).map(|(w, s)| f64::from(w - s).powi(2)).sum();
                assert!((f64::from(found.rmse) - (square / 240.0).sqrt()).abs() < 1e-6, "{width} bits");
                assert_eq!(found.rounded, stored.iter().filter(|s| **s == 0.0).count() as u64, "{width} bits");
                let grid = found.grid.unwrap();
                assert_eq!(grid.levels.len(), if *width == 1 { 2 } else { (1 << width) - 1 }, "{width} bits");
                assert_eq!(grid.unit.is_some(), per_channel == 1);
                assert!(grid.steps.0 <= grid.steps.1 && (per_channel == 1 || grid.steps.0 == grid.steps.1));
                // Each stored weight of the drawn unit is one of the levels.
                let unit = grid.unit.unwrap_or(0);
                assert!(stored.iter().skip(unit).step_by(12).all(|s| grid.levels.contains(s)), "{width} bits");
            }
        }
    }

    #[test]
    fn every_weight_is_counted_once() {
        let (.., found) = seen(|c| (c.sparsity, c.bits) = (0.5, 4), Inspect::default());
        assert_eq!((found.layer, found.units, found.count), (0, 12, 240));
        assert_eq!(u64::from(found.bars.iter().sum::<u32>()) + found.pruned, 240);
        assert!(found.pruned > 80 && found.bars.len() % 2 == 1);
        assert_eq!((found.bars[0] + found.bars[BARS - 1] >= 1, found.bars[BARS / 2]), (true, 0), "the smallest are pruned");
        let (.., one) = seen(|c| c.bits = 4, Inspect { layer: Some(2), unit: Some(1) });
        assert_eq!((one.layer, one.unit, one.count, one.grid.unwrap().unit), (2, Some(1), 12, Some(1)));
        let (.., other) = seen(|_| {}, Inspect { layer: Some(1), unit: Some(99) });
        assert_eq!((other.layer, other.unit), (0, None), "what is not there is not asked for");
    }

    #[test]
    fn floats_have_no_grid_and_removed_units_are_pruned() {
        let (.., found) = seen(|c| c.bits = 0, Inspect::default());
        assert_eq!((found.grid, found.rmse, found.snr, found.clipped), (None, 0.0, None, 0));
        let units = |c: &mut Compress| (c.sparsity, c.pruner, c.bits) = (0.5, Pick::new("units"), 3);
        let (_, params, both, found) = seen(units, Inspect::default());
        assert_eq!(both.removed[0].len(), 6);
        assert_eq!(found.pruned, 6 * 20);
        // Units that are left keep their own step: the error is that of the stored weights.
        let left: Vec<usize> = (0..12).filter(|n| !both.removed[0].contains(n)).collect();
        let stored = both.model.layers[0].weights.as_ref().unwrap().to_f32();
        let pairs = (0..20).flat_map(|k| left.iter().enumerate().map(move |(i, n)| (k * 12 + n, k * 6 + i)));
        let square: f64 = pairs.map(|(a, b)| f64::from(params[a] - stored[b]).powi(2)).sum();
        assert!((f64::from(found.rmse) - (square / 120.0).sqrt()).abs() < 1e-6);
        let (.., gone) = seen(units, Inspect { layer: None, unit: both.removed[0].first().copied() });
        assert_eq!((gone.pruned, gone.count, gone.grid), (20, 20, None));
    }

    #[test]
    fn one_bit_with_pruned_weights_has_three_levels() {
        let (.., found) = seen(|c| (c.sparsity, c.bits, c.per_channel) = (0.5, 7, 0), Inspect::default());
        let grid = found.grid.unwrap();
        assert_eq!((grid.bits, grid.levels.len(), grid.levels[1]), (1, 3, 0.0));
        assert_eq!((found.rounded, found.clipped), (0, 0));
    }
}
