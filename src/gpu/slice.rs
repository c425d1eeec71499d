//! What a slice of training steps brings to the GPU, as plain data: made where the run is, used where the GPU is.

use serde::{Deserialize, Serialize};

use crate::engine::{catalog::Pick, data::Samples, layers::Noise, network::Network, quantization::ValueRange, rng::Rng, train::Rounding};

/// Numbers that a step reports: mean loss; hits, or the sum of squared errors; the sum of absolute errors; nothing.
pub const REPORT: usize = 4;

/// Most words that the samples and random bits of a slice may take, 16 MB: large mini-batches get shorter slices.
const MOST_WORDS: usize = 4 << 20;
/// Most steps of a slice.
const MOST_STEPS: usize = 256;
/// Words of a record as it crosses.
const WORDS: usize = 9;

/// What a program for the GPU is made of: two that are equal run the same kernels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Layers, in order.
    pub layers: Vec<Pick>,
    /// Shape of one sample.
    pub input: Vec<usize>,
    /// Loss.
    pub loss: Pick,
    /// Optimizer.
    pub optimizer: Pick,
    /// Largest mini-batch.
    pub batch: usize,
    /// Whether targets are classes.
    pub classes: bool,
    /// Whether the weights into a unit are kept within a norm.
    pub max_norm: bool,
    /// What training rounds to; `None` for floats.
    pub rounding: Option<Rounding>,
    /// Most steps of a slice.
    pub steps: usize,
}

/// What a step brings; `step.wgsl` holds the same record.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    /// Samples in the mini-batch.
    pub samples: u32,
    /// Where its samples begin in the list.
    pub first: u32,
    /// Place within the slice.
    pub index: u32,
    /// The optimizer's numbers.
    pub rule: [f32; 4],
    /// L1, L2 and max-norm.
    pub penalty: [f32; 3],
}

/// Random bits of a dropout layer for a step: `width` a sample, from word `offset` of the step on; 1 for a value that stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// How they are drawn.
    pub noise: Noise,
    /// Values per sample.
    pub width: usize,
    /// First word.
    pub offset: usize,
}

/// All random bits of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    /// In the order in which the CPU draws.
    pub list: Vec<Draw>,
    /// Words for one step.
    pub words: usize,
    /// Samples that the CPU takes through at once: see [`Network::piece`] and [`Network::whole_batch`].
    piece: usize,
}

impl Draws {
    /// What mini-batches of up to `batch` samples of `network` want.
    #[must_use]
    pub fn of(network: &Network, batch: usize) -> Self {
        let piece = if network.whole_batch() { usize::MAX } else { network.piece() };
        let mut draws = Self { piece, ..Self::default() };
        for layer in network.nodes().iter().map(|node| &node.layer) {
            let Some(noise) = layer.noise() else { continue };
            let width = layer.output().len();
            draws.list.push(Draw { noise, width, offset: draws.words });
            draws.words += (batch * width).div_ceil(32);
        }
        draws
    }

    /// Most steps of a slice of mini-batches of `batch` samples: at least one.
    #[must_use]
    pub fn steps(&self, batch: usize) -> usize {
        (MOST_WORDS / (batch + self.words).max(1)).clamp(1, MOST_STEPS)
    }

    /// Draws for `samples` samples into the words of a step, piece by piece and number by number as the CPU does.
    fn fill(&self, samples: usize, bits: &mut [u32], rng: &mut Rng) {
        for from in (0..samples).step_by(self.piece.max(1)) {
            let to = samples.min(from + self.piece);
            for draw in &self.list {
                for i in from * draw.width..to * draw.width {
                    let stays = rng.next_u32() >= draw.noise.threshold;
                    bits[draw.offset + i / 32] |= u32::from(stays) << (i % 32);
                }
            }
        }
    }
}

/// The steps of a slice, to be filled one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    /// A record each.
    pub records: Vec<Record>,
    /// Numbers of the samples of all mini-batches, one after the other.
    pub order: Vec<u32>,
    /// Random bits of all steps, [`Draws::words`] a step.
    pub bits: Vec<u32>,
}

impl Slice {
    /// Adds a step on the samples numbered `order`. `rule` is the optimizer's for this step; `penalty` L1, L2 and max-norm; `rng` what dropout draws from.
    pub fn push(&mut self, draws: &Draws, order: &[u32], rule: [f32; 4], penalty: [f32; 3], rng: &mut Rng) {
        let (samples, first, index) = (order.len() as u32, self.order.len() as u32, self.records.len() as u32);
        self.records.push(Record { samples, first, index, rule, penalty });
        self.order.extend_from_slice(order);
        let start = self.bits.len();
        self.bits.resize(start + draws.words, 0);
        draws.fill(order.len(), &mut self.bits[start..], rng);
    }

    /// Steps so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it has no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records as words, to cross between two modules.
    #[must_use]
    pub fn record_words(&self) -> Vec<u32> {
        self.records.iter().flat_map(Record::words).collect()
    }

    /// The slice whose records crossed as `words`. A rest that makes no record is left out.
    #[must_use]
    pub fn from_words(words: &[u32], order: Vec<u32>, bits: Vec<u32>) -> Self {
        Self { records: words.as_chunks().0.iter().enumerate().map(|(i, w)| Record::read(i as u32, w)).collect(), order, bits }
    }
}

impl Record {
    /// All but its place in the slice.
    fn words(&self) -> [u32; WORDS] {
        let ([a, b, c, d], [l1, l2, norm]) = (self.rule.map(f32::to_bits), self.penalty.map(f32::to_bits));
        [self.samples, self.first, a, b, c, d, l1, l2, norm]
    }

    fn read(index: u32, &[samples, first, rule @ .., l1, l2, norm]: &[u32; WORDS]) -> Self {
        Self { samples, first, index, rule: rule.map(f32::from_bits), penalty: [l1, l2, norm].map(f32::from_bits) }
    }
}

/// What `samples` should give, as numbers: classes, or values.
#[must_use]
pub fn targets(samples: &Samples) -> Vec<f32> {
    if samples.values.is_empty() { samples.classes.iter().map(|c| *c as f32).collect() } else { samples.values.clone() }
}

/// A word for each parameter of `network`: bit 0 alive, bit 1 a weight, which penalties act on, bit 3 a running statistic, which no rule moves. `keep` is 1 for a living one, 0 for one
/// held at zero, or empty for all.
#[must_use]
pub fn traits(network: &Network, keep: &[f32]) -> Vec<u32> {
    let mut traits = vec![1_u32; network.params()];
    traits.iter_mut().zip(keep).for_each(|(t, k)| *t = u32::from(*k != 0.0));
    network.weights().for_each(|(_, _, span)| traits[span].iter_mut().for_each(|t| *t |= 2));
    network.statistics().for_each(|span| traits[span].iter_mut().for_each(|t| *t |= 8));
    traits
}

/// The range of activations of each of so many `layers`, smallest and largest: `learnt`, or nothing where that is empty.
#[must_use]
pub fn ranges(layers: usize, learnt: &[ValueRange]) -> Vec<f32> {
    let learnt = learnt.iter().copied().chain(std::iter::repeat(ValueRange::NOTHING));
    learnt.take(layers).flat_map(|range| [range.min, range.max]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::shape::Shape;

    #[test]
    fn a_slice_crosses_unchanged() {
        let dropout = Pick::new("dropout").with("rate", 0.5);
        let network = Network::new(&[dropout, Pick::new("dense").with("units", 2.0)], &Shape(vec![40])).expect("a network");
        let draws = Draws::of(&network, 3);
        assert_eq!((draws.words, draws.list.len()), (4, 1), "120 bits");
        let mut slice = Slice::default();
        let mut rng = Rng::new(1, 0);
        slice.push(&draws, &[4, 1, 7], [0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7], &mut rng);
        slice.push(&draws, &[2], [1.0; 4], [0.0; 3], &mut rng);
        assert_eq!((slice.records[1].first, slice.records[1].index, slice.bits.len()), (3, 1, 8));
        assert_eq!(slice.bits[5..], [slice.bits[5] & 0xff, 0, 0], "the second has 40 bits");
        assert_eq!(Slice::from_words(&slice.record_words(), slice.order.clone(), slice.bits.clone()), slice);
    }

    #[test]
    fn slices_of_large_batches_are_short() {
        let draws = Draws::default();
        assert_eq!((draws.steps(32), draws.steps(65_536), draws.steps(usize::MAX / 2)), (256, 64, 1));
    }

    /// A network that is taken through in one piece on the CPU draws for all samples of a layer before the next layer.
    #[test]
    fn draws_of_a_whole_batch_come_layer_by_layer() {
        let dropout = || Pick::new("dropout").with("rate", 0.5);
        let layers = [dropout(), Pick::new("dense").with("units", 2000.0), Pick::new("batchnorm"), dropout()];
        let network = Network::new(&layers, &Shape(vec![2000])).expect("a network");
        assert!(network.piece() < 10, "else there is nothing to see");
        let draws = Draws::of(&network, 10);
        let mut slice = Slice::default();
        slice.push(&draws, &[0; 10], [0.0; 4], [0.0; 3], &mut Rng::new(1, 0));
        let mut rng = Rng::new(1, 0);
        for draw in &draws.list {
            for i in 0..10 * draw.width {
                let stays = rng.next_u32() >= draw.noise.threshold;
                assert_eq!(slice.bits[draw.offset + i / 32] >> (i % 32) & 1, u32::from(stays), "{i}");
            }
        }
    }

    #[test]
    fn biases_live_and_bear_no_penalty() {
        let network = Network::new(&[Pick::new("dense").with("units", 2.0)], &Shape(vec![1])).expect("a network");
        assert_eq!(traits(&network, &[]), [3, 3, 1, 1]);
        assert_eq!(traits(&network, &[0.0, 1.0, 1.0, 0.0]), [2, 3, 1, 0]);
        let network = Network::new(&[Pick::new("batchnorm")], &Shape(vec![1])).expect("a network");
        assert_eq!(traits(&network, &[]), [1, 1, 9, 9], "statistics are no parameters");
    }
}
