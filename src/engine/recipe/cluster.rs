//! Few values for all the weights of a layer.

use super::{AtHand, Candidate, RATE, Step, Training};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    packed::matrix,
    params::{ParamSpec, Scale, Word},
    quantization::{
        Format,
        codebook::{self, Start},
    },
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "cluster",
    label: "Cluster (shared weights)",
    help: teach!(
        "Gathers the weights of each layer into clusters by k-means and gives all of a cluster one value, so that a few bits say which; pruned weights stay 0. From here on training moves the shared values: the gradients of a cluster are added up (max-norm is not applied then). Huffman codes make the file smaller still."
    ),
    formula: teach!(
        r"\arg\min_{c} \sum_{k} \sum_{w \in C_k} (w - c_k)^2,\quad c_k \leftarrow c_k - \eta \sum_{w \in C_k} \frac{\partial L}{\partial w}"
    ),
    source: teach!(
        "Han, Mao & Dally 2016, Deep compression: compressing deep neural networks with pruning, trained quantization and Huffman coding"
    ),
    params: &[BITS, START, TUNE, RATE, DRAW],
    build: |values| {
        let start = match values.usize(&START) {
            0 => Start::Linear,
            1 => Start::Density,
            _ => Start::Random(values.get(&DRAW) as u64),
        };
        Box::new(Cluster { bits: values.get(&BITS) as u32, start, tune: values.get(&TUNE), rate: values.get(&RATE) })
    },
};

const BITS: ParamSpec = ParamSpec {
    key: "bits",
    label: "Bits",
    range: (1.0, 8.0),
    scale: Scale::Integer,
    default: 4.0,
    help: teach!(
        "A layer has 2 to the power of this many values. At 4 bits there are 16, which is nearly free; at 2 bits there are 4, and tuning is needed."
    ),
    formula: teach!(r"k = 2^b"),
    ..ParamSpec::NEW
};

const START: ParamSpec = ParamSpec {
    key: "init",
    label: "Clusters begin",
    range: (0.0, 2.0),
    scale: Scale::Choice(&[
        Word { key: "linear", label: "Linear" },
        Word { key: "density", label: "By density" },
        Word { key: "random", label: "Random" },
    ]),
    default: 0.0,
    help: teach!(
        "Where k-means begins. Evenly over the range gives large weights, which are few and matter most, values of their own; by density or on random weights most values lie near zero, where most weights are."
    ),
    ..ParamSpec::NEW
};

const TUNE: ParamSpec = ParamSpec {
    key: "tune",
    label: "Tuning",
    unit: "epochs",
    range: (0.0, 50.0),
    default: 0.0,
    help: teach!(
        "Epochs of training in which the shared values move and no weight changes its cluster. 0 leaves them where k-means put them, which is not where the loss is least."
    ),
    ..ParamSpec::NEW
};

const DRAW: ParamSpec = ParamSpec {
    key: "draw",
    label: "Draw",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!("Seed of a random beginning. Another number begins on other weights, and k-means may end elsewhere."),
    ..ParamSpec::NEW
};

struct Cluster {
    bits: u32,
    start: Start,
    tune: f64,
    rate: f64,
}

impl Step for Cluster {
    fn begin(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        candidate.storage.format = Format::Codebook(self.bits);
        candidate.storage.clusters = self.start;
        candidate.ranges.clear();
        candidate.share();
        Ok(())
    }

    fn training(&self) -> Option<Training> {
        (self.tune > 0.0).then_some(Training { epochs: self.tune, rate: self.rate, teacher: None })
    }
}

/// Which parameters have one value between them.
#[derive(Debug, Default)]
pub struct Tied {
    /// The cluster of each parameter; [`Tied::ALONE`] for those that belong to none.
    of: Vec<u32>,
    sums: Vec<f32>,
}

impl Tied {
    /// Of a parameter in no cluster.
    const ALONE: u32 = u32::MAX;

    /// Gives all of a cluster the sum of their gradients. Those that began alike then stay alike under any optimizer. What is held at zero, where `keep`
    /// is 0, adds nothing.
    pub fn add_up(&mut self, gradient: &mut [f32], keep: &[f32]) {
        let Self { of, sums } = self;
        sums.fill(0.0);
        for (at, (g, cluster)) in gradient.iter().zip(&*of).enumerate() {
            if let Some(sum) = sums.get_mut(*cluster as usize) {
                *sum += g * keep.get(at).copied().unwrap_or(1.0);
            }
        }
        for (g, cluster) in gradient.iter_mut().zip(&*of) {
            if let Some(sum) = sums.get(*cluster as usize) {
                *g = *sum;
            }
        }
    }
}

impl Candidate {
    /// Gives weights that are to share values the values that they share, where storage asks for that: each layer's own, none to what is held at zero. What
    /// has no more values than that keeps them. Says which are tied; `None` where weights are their own.
    pub fn share(&mut self) -> Option<Tied> {
        let Format::Codebook(bits) = self.storage.format else { return None };
        let mut tied = Tied { of: vec![Tied::ALONE; self.params.len()], sums: Vec::new() };
        for node in self.network.nodes() {
            let Some((inputs, units)) = matrix(&node.layer.op()) else { continue };
            let span = node.span.start..node.span.start + inputs * units;
            let lives = |at: &usize| self.keep.get(*at).is_none_or(|keep| *keep != 0.0);
            let own: Vec<f32> = span.clone().filter(lives).map(|at| self.params[at]).collect();
            let zeros = own.len() < span.len() || own.contains(&0.0);
            let values = codebook::shared(&own, codebook::most(bits, zeros), self.storage.clusters);
            for at in span.filter(lives).collect::<Vec<_>>() {
                let place = codebook::nearest(&values, self.params[at]);
                self.params[at] = values[place];
                tied.of[at] = (tied.sums.len() + place) as u32;
            }
            tied.sums.resize(tied.sums.len() + values.len(), 0.0);
        }
        Some(tied)
    }
}
