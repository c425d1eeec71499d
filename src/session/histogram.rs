//! Weights against their grid: bars, levels and errors of a finished comparison.

use super::optimize::Optimized;
use crate::{
    engine::{
        compress::Factors,
        layers::Op,
        network::Network,
        packed::{Values, Weights, matrix},
        quantization::{Format, max_code},
    },
    order,
    protocol::{Grid, Histogram, Inspect},
};

/// Bars over the whole range; odd, so that zero lies in the middle of one.
const BARS: usize = 81;

/// The weights that `inspect` asks for. `keep` says which parameters live, `format` what each was meant to be stored as. `None` for a
/// network without weights.
pub(super) fn histogram(network: &Network, both: &Optimized, keep: &[f32], format: Format, inspect: Inspect) -> Option<Histogram> {
    let layer = choose(network, inspect.layer)?;
    let (original, packed) = (both.baseline.layers[layer].weights.as_ref()?, both.model.layers[layer].weights.as_ref()?);
    // A layer may have a width of its own; one bit became two where it needs a zero.
    let format = if (format, packed.bits()) == (Format::Int(1), 2) { format } else { packed.format() };
    let Values::F32(values) = &original.values else { return None };
    let (units, start) = (original.units, network.nodes()[layer].span.start);
    let unit = inspect.unit.filter(|u| *u < units);
    let left = Left::new(network, both, layer, original);
    let grids = Grids::new(packed);
    let stored = packed.to_f32();

    let living: Vec<(f32, usize, usize)> = values
        .iter()
        .enumerate()
        .map(|(at, w)| (at, *w, at / units, at % units))
        .filter(|(at, _, _, n)| unit.is_none_or(|u| u == *n) && keep.get(start + at) != Some(&0.0) && !both.removed[layer].contains(n))
        // As they were before they were rounded.
        .map(|(_, w, k, n)| (w * left.factor(k, n), k, n))
        .collect();
    let most = living.iter().fold(0.0_f32, |far, (w, ..)| far.max(w.abs()));
    let mut bars = Bars::new((-most, most), BARS);
    let (mut rounded, mut clipped, mut signal, mut noise) = (0, 0, 0.0_f64, 0.0_f64);
    for (w, k, n) in &living {
        bars.count(*w);
        let (false, Some(k), Some(n)) = (format == Format::F32, left.inputs[*k], left.units[*n]) else { continue };
        let stored = stored[k * packed.units + n];
        rounded += u64::from(stored == 0.0);
        clipped += u64::from(format != Format::Int(1) && grids.clips(packed.place(n, k), *w));
        signal += f64::from(*w).powi(2);
        noise += (f64::from(*w) - f64::from(stored)).powi(2);
    }
    let count = values.len() / if unit.is_some() { units } else { 1 };
    let drawn = grids.drawn(packed, format, unit, &left.units);
    // The largest of the weights that share the drawn grid.
    let largest = drawn.as_ref().map_or(0.0, |(_, at)| {
        let shares = |k: usize, n: usize| left.inputs[k].zip(left.units[n]).is_some_and(|(k, n)| packed.place(n, k) == *at);
        living.iter().filter(|(_, k, n)| shares(*k, *n)).fold(0.0_f32, |far, (w, ..)| far.max(w.abs()))
    });
    let grid = drawn.map(|(grid, _)| grid);
    Some(Histogram {
        layer,
        place: place(network, layer),
        unit,
        units,
        inputs: false,
        span: (-most, most),
        bars: bars.counts,
        count: count as u64,
        pruned: (count - living.len()) as u64,
        rounded,
        clipped,
        rmse: (noise / living.len().max(1) as f64).sqrt() as f32,
        snr: (noise > 0.0 && signal > 0.0).then(|| (10.0 * libm::log10(signal / noise)) as f32),
        reach: grid.as_ref().filter(|grid| grid.even && grid.bits > 1).and_then(|grid| reach(&grid.levels, largest)),
        format: format.name(),
        grid,
    })
}

/// The outermost of `levels` as a share of the largest magnitude.
pub(super) fn reach(levels: &[f32], largest: f32) -> Option<f32> {
    let outermost = levels.iter().fold(0.0_f32, |far, level| far.max(level.abs()));
    (largest > 0.0 && outermost > 0.0).then_some(outermost / largest)
}

/// Values counted in equally wide bars.
pub(super) struct Bars {
    span: (f32, f32),
    /// How many lie in each.
    pub counts: Vec<u32>,
}

impl Bars {
    /// So many, over `span`.
    pub fn new(span: (f32, f32), bars: usize) -> Self {
        Self { span, counts: vec![0; bars] }
    }

    /// Counts a value within the span; all lie in the middle of one without width.
    pub fn count(&mut self, value: f32) {
        let ((low, high), bars) = (self.span, self.counts.len());
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        self.counts[((share * bars as f32) as usize).min(bars - 1)] += 1;
    }
}

pub(super) fn choose(network: &Network, wanted: Option<usize>) -> Option<usize> {
    let has = |i: &usize| weighted(network, *i);
    wanted.filter(has).or_else(|| (0..network.nodes().len()).find(has))
}

/// The place of `layer` among the layers with weights.
pub(super) fn place(network: &Network, layer: usize) -> usize {
    (0..layer).filter(|i| weighted(network, *i)).count()
}

fn weighted(network: &Network, layer: usize) -> bool {
    network.nodes().get(layer).is_some_and(|n| matrix(&n.layer.op()).is_some())
}

/// Where the inputs and units of the original layer lie in the packed one; `None` where they were removed.
struct Left {
    inputs: Vec<Option<usize>>,
    units: Vec<Option<usize>>,
    factors: Option<Factors>,
}

impl Left {
    fn new(network: &Network, both: &Optimized, layer: usize, original: &Weights) -> Self {
        let op = |i: usize| network.nodes()[i].layer.op();
        // Channels come from the layer with units before this one; filters of single channels hand them on.
        let makes = |i: &usize| !matches!(op(*i), Op::Depthwise(_)) && matrix(&op(*i)).is_some();
        let before = (0..layer).rev().find(makes);
        let gone = |i: usize, unit: usize| both.removed[i].contains(&unit);
        let dead = |channel: usize| before.is_some_and(|i| matrix(&op(i)).is_some_and(|(_, units)| gone(i, channel % units.max(1))));
        let alone = matches!(op(layer), Op::Depthwise(_));
        Self {
            inputs: places((0..original.inputs).map(|k| alone || !dead(k))),
            units: places((0..original.units).map(|n| !(gone(layer, n) || alone && dead(n)))),
            factors: both.factors.get(layer).cloned().flatten(),
        }
    }

    /// By what the weight of input `k` and unit `n` was multiplied before it was rounded.
    fn factor(&self, k: usize, n: usize) -> f32 {
        let (Some(factors), Some(k), Some(n)) = (&self.factors, self.inputs[k], self.units[n]) else { return 1.0 };
        factors.rows[k] * factors.columns[n]
    }
}

/// Counts those that are there.
fn places(there: impl Iterator<Item = bool>) -> Vec<Option<usize>> {
    let mut next = 0;
    there
        .map(|there| {
            next += usize::from(there);
            there.then(|| next - 1)
        })
        .collect()
}

/// The grids of a packed layer.
struct Grids<'a> {
    /// Step sizes; empty for floats of 16 bits and more.
    scales: &'a [f32],
    zeros: &'a [i8],
    /// Bits of whole numbers; `None` for floats.
    bits: Option<u32>,
    /// Grids of a unit.
    groups: usize,
}

impl<'a> Grids<'a> {
    fn new(packed: &'a Weights) -> Self {
        match &packed.values {
            Values::F32(_) | Values::Codebook { .. } => Self { scales: &[], zeros: &[], bits: None, groups: 1 },
            Values::Float { scales, .. } => Self { scales, zeros: &[], bits: None, groups: 1 },
            Values::Int { bits, group, scales, zeros, .. } => {
                let groups = if *group == 0 { 1 } else { packed.inputs.div_ceil(*group) };
                Self { scales, zeros, bits: Some(*bits), groups }
            }
        }
    }

    /// The outermost codes of grid `at`, less its zero point.
    fn ends(&self, at: usize, bits: u32) -> (i32, i32) {
        match self.zeros.get(at) {
            Some(zero) => (-(1 << (bits - 1)) - i32::from(*zero), (1 << (bits - 1)) - 1 - i32::from(*zero)),
            None => (-max_code(bits), max_code(bits)),
        }
    }

    /// Whether `w` lies more than half a step beyond grid `at`. A sign clips nothing, and nor do floats.
    fn clips(&self, at: usize, w: f32) -> bool {
        let (Some(bits @ 2..), Some(scale)) = (self.bits, self.scales.get(at)) else { return false };
        let (low, high) = self.ends(at, bits);
        w > (high as f32 + 0.5) * scale || w < (low as f32 - 0.5) * scale
    }

    /// The grid of `unit`, or of the unit in the middle, and its place. `left` tells where the original units are now.
    fn drawn(&self, packed: &Weights, format: Format, unit: Option<usize>, left: &[Option<usize>]) -> Option<(Grid, usize)> {
        let own = self.scales.len() > 1;
        // Original unit, its group, and where their grid is.
        let all = left.iter().enumerate().filter_map(|(unit, now)| now.map(|now| (unit, now)));
        let all: Vec<(usize, usize, usize)> = all
            .flat_map(|(unit, now)| (0..self.groups).map(move |group| (unit, group, now * self.groups + group)))
            .map(|(unit, group, at)| (unit, group, if own { at } else { 0 }))
            .filter(|(.., at)| *at < self.scales.len())
            .collect();
        let step = |i: usize| self.scales[all[i].2];
        let mut by_step: Vec<usize> = (0..all.len()).collect();
        order::sort(&mut by_step, &|a, b| step(a).total_cmp(&step(b)));
        let (finest, coarsest) = (step(*by_step.first()?), step(*by_step.last()?));
        let among: Vec<usize> = by_step.into_iter().filter(|i| unit.is_none_or(|unit| all[*i].0 == unit)).collect();
        let (of, group, at) = all[*among.get(among.len() / 2)?];
        let (scale, smallest) = (self.scales[at], if let Format::Float(kind) = format { kind.decode(1) } else { 1.0 });
        let levels = match (&packed.values, self.bits) {
            (Values::Float { kind, .. }, _) => {
                let positive: Vec<f32> =
                    (1..1 << (kind.bits() - 1)).filter(|c| kind.is_finite(*c)).map(|c| kind.decode(c) * scale).collect();
                positive.iter().rev().map(|level| -level).chain([0.0]).chain(positive.iter().copied()).collect()
            }
            (_, Some(bits)) => {
                let (low, high) = self.ends(at, bits);
                (low..=high).filter(|code| bits > 1 || *code != 0).map(|code| code as f32 * scale).collect()
            }
            _ => return None,
        };
        let grid = Grid {
            bits: format.bits(),
            unit: own.then_some(of),
            group: (self.groups > 1).then_some(group),
            even: self.bits.is_some(),
            levels,
            steps: (finest * smallest, coarsest * smallest),
        };
        Some((grid, at))
    }
}

#[cfg(test)]
pub(super) mod tests {
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

    /// Samples of 20 values, of which nobody minds the class.
    fn data(inputs: &[f32]) -> Dataset {
        let len = inputs.len() / 20;
        let samples = Samples { len, inputs: inputs.to_vec(), classes: vec![0; len], values: Vec::new() };
        Dataset {
            pipeline: None,
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

    /// What the optimizer makes of random weights for samples of 20 values, and the settings that it followed.
    pub fn optimized(network: &Network, samples: &[f32], change: impl Fn(&mut Compress)) -> (Vec<f32>, Compress, Optimized) {
        let mut rng = Rng::new(8, 0);
        let params: Vec<f32> = (0..network.params()).map(|_| rng.normal()).collect();
        let mut compress = Compress::default();
        change(&mut compress);
        let (entry, values) = losses::CATALOG.resolve(&Pick::new("cross-entropy")).unwrap();
        let loss = (entry.build)(&values);
        let (hand, learnt, data) = (Manual::default(), Learnt::default(), data(samples));
        let both = optimize::optimize(network, &params, &compress, &hand, &learnt, (&data, loss.as_ref()), "").unwrap();
        (params, compress, both)
    }

    /// What becomes of a network of 12 units and 3, and the histogram of it.
    fn seen(change: impl Fn(&mut Compress), inspect: Inspect) -> (Network, Vec<f32>, Optimized, Histogram) {
        let network = network();
        let (params, compress, both) = optimized(&network, &[0.5; 40], change);
        let keep = optimize::as_numbers(&both.kept);
        let found = histogram(&network, &both, &keep, compress.weight_format(), inspect).unwrap();
        (network, params, both, found)
    }

    #[test]
    fn a_clip_by_hand_is_where_the_levels_end() {
        for (per_channel, zero) in [(0, 0), (1, 0), (1, 1), (3, 0)] {
            let hand = |share: f64| move |c: &mut Compress| (c.bits, c.per_channel, c.zero, c.clips) = (4, per_channel, zero, vec![share]);
            let (.., half) = seen(hand(0.5), Inspect::default());
            let (.., whole) = seen(hand(1.0), Inspect::default());
            // A zero point may move the ends by half a step.
            let near = |found: f32, wanted: f32| (found - wanted).abs() < if zero == 1 { 0.08 } else { 1e-5 };
            assert!(near(half.reach.unwrap(), 0.5) && near(whole.reach.unwrap(), 1.0), "{:?}, {:?}", half.reach, whole.reach);
            assert!(half.clipped > 0 && whole.clipped == 0, "scale {per_channel}, zero {zero}");
            let (.., second) = seen(hand(0.5), Inspect { layer: Some(2), ..Inspect::default() });
            assert_eq!((second.place, half.place), (1, 0));
            assert!(second.clipped == 0 || second.reach.unwrap() > 0.5, "the other layer goes by the rule");
        }
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

    /// Each stored weight of the drawn unit is one of the levels, and the error is that of the stored weights, whatever grid they have.
    #[test]
    fn other_grids_have_levels_of_their_own() {
        // Place of the width, place of the format, whether there are zero points, levels.
        let grids = [(4, 0, 1, 16), (6, 0, 1, 4), (1, 3, 0, 253), (1, 4, 0, 247), (1, 2, 0, 0)];
        for (per_channel, (bits, format, zero, levels)) in [0, 1].into_iter().flat_map(|p| grids.map(|g| (p, g))) {
            let change = |c: &mut Compress| (c.per_channel, c.bits, c.format, c.zero) = (per_channel, bits, format, zero);
            let (_, params, both, found) = seen(change, Inspect::default());
            let stored = both.model.layers[0].weights.as_ref().unwrap().to_f32();
            let square: f64 = params.iter().zip(&stored).map(|(w, s)| f64::from(w - s).powi(2)).sum();
            assert!((f64::from(found.rmse) - (square / 240.0).sqrt()).abs() < 1e-6, "{}", found.format);
            let Some(grid) = found.grid else {
                assert_eq!((found.format.as_str(), found.clipped), ("bf16", 0));
                continue;
            };
            assert!(grid.levels.is_sorted() && grid.levels.contains(&0.0), "{}", found.format);
            assert_eq!((grid.levels.len(), grid.even), (levels, zero == 1), "{}", found.format);
            let unit = grid.unit.unwrap_or(0);
            assert!(stored.iter().skip(unit).step_by(12).all(|s| grid.levels.contains(s)), "{}", found.format);
        }
    }

    /// Weights are shown as they were before they were rounded, which they may have been to another level than the nearest.
    #[test]
    fn equalized_weights_are_shown_beside_their_own_levels() {
        for (rounder, equalize) in [("gptq", 0), ("nearest", 1), ("gptq", 1)] {
            let change = |c: &mut Compress| (c.bits, c.per_channel, c.rounder, c.equalize) = (4, 0, Pick::new(rounder), equalize);
            let (_, params, both, found) = seen(change, Inspect::default());
            let stored = both.model.layers[0].weights.as_ref().unwrap().to_f32();
            let factors = both.factors.first().cloned().flatten();
            assert_eq!(factors.as_ref().is_some_and(|f| f.columns.iter().any(|f| *f != 1.0)), equalize == 1);
            let factor = |at: usize| factors.as_ref().map_or(1.0, |f| f.rows[at / 12] * f.columns[at % 12]);
            let square: f64 = params.iter().zip(&stored).enumerate().map(|(at, (w, s))| f64::from(w * factor(at) - s).powi(2)).sum();
            assert!((f64::from(found.rmse) - (square / 240.0).sqrt()).abs() < 1e-6, "{rounder}, {equalize}");
            assert!(stored.iter().all(|s| found.grid.as_ref().unwrap().levels.contains(s)), "{rounder}, {equalize}");
        }
    }

    #[test]
    fn every_weight_is_counted_once() {
        let (.., found) = seen(|c| (c.sparsity, c.bits) = (0.5, 4), Inspect::default());
        assert_eq!((found.layer, found.units, found.count), (0, 12, 240));
        assert_eq!(u64::from(found.bars.iter().sum::<u32>()) + found.pruned, 240);
        assert!(found.pruned > 80 && found.bars.len() % 2 == 1);
        assert_eq!((found.bars[0] + found.bars[BARS - 1] >= 1, found.bars[BARS / 2]), (true, 0), "the smallest are pruned");
        let (.., one) = seen(|c| c.bits = 4, Inspect { layer: Some(2), unit: Some(1), inputs: false });
        assert_eq!((one.layer, one.unit, one.count, one.grid.unwrap().unit), (2, Some(1), 12, Some(1)));
        let (.., other) = seen(|_| {}, Inspect { layer: Some(1), unit: Some(99), inputs: false });
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
        let (.., gone) = seen(units, Inspect { unit: both.removed[0].first().copied(), ..Inspect::default() });
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
