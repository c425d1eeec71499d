//! Normal numbers of one spread, whatever the layer.

use super::{Initializer, fill_normal};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale},
    rng::Rng,
    shape::TensorSpec,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "normal",
    label: "Normal",
    help: teach!(
        "A bell curve of one spread for all layers, as nobody asks how many inputs they have. Where it is too wide signals grow from layer to layer until they overflow, where it is too narrow they fade: the health of layers shows it."
    ),
    formula: teach!(r"w \sim N(0, \sigma^2)"),
    source: teach!("Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"),
    params: &[STD],
    build: |v| Box::new(Normal { variance: v.get(&STD) * v.get(&STD) }),
};

const STD: ParamSpec = ParamSpec {
    key: "std",
    label: "Standard deviation σ",
    range: (0.001, 10.0),
    scale: Scale::Log,
    default: 1.0,
    help: teach!(
        "How widely weights spread. PyTorch's normal_ has 1, far too much for layers with many inputs; 0.01 to 0.1 was usual before rules that go by them."
    ),
    ..ParamSpec::NEW
};

struct Normal {
    variance: f64,
}

impl Initializer for Normal {
    fn fill(&self, _: &TensorSpec, rng: &mut Rng, weights: &mut [f32]) {
        fill_normal(self.variance, rng, weights);
    }
}
