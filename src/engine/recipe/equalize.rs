//! Neighbouring layers share the range of their weights out.

use super::{AtHand, Candidate, Step};
use crate::engine::{
    catalog::Entry,
    compress::{Layer, equalize},
    error::SpecError,
    packed::matrix,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "equalize",
    label: "Equalize layers",
    help: teach!(
        "Scales each channel between two layers so that its largest weights in both are alike, which changes no answer where ReLU, pooling or nothing stands between. Put it before quantizing with one scale per layer, where it is worth most; optimizers that train behind it meet weights of another size."
    ),
    formula: teach!(r"\hat W_1 = W_1 S^{-1},\quad \hat W_2 = S W_2,\quad s_i = \frac{1}{r_i^{(2)}} \sqrt{r_i^{(1)} r_i^{(2)}}"),
    source: teach!("Nagel et al. 2019, Data-free quantization through weight equalization and bias correction"),
    params: &[],
    build: |_| Box::new(Equalize),
};

struct Equalize;

impl Step for Equalize {
    fn begin(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        let Candidate { network, params, ranges, .. } = candidate;
        let ops: Vec<_> = network.nodes().iter().map(|node| node.layer.op()).collect();
        let mut left = &mut params[..];
        let mut layers = Vec::new();
        for (op, node) in ops.iter().zip(network.nodes()) {
            let (own, rest) = left.split_at_mut(node.span.len());
            left = rest;
            let (weights, bias) = own.split_at_mut(matrix(op).map_or(0, |(k, n)| k * n));
            layers.push(Layer { op, weights, bias });
        }
        equalize(&mut layers);
        // They were learnt for other weights.
        ranges.clear();
        Ok(())
    }
}
