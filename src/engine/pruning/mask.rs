//! Which parameters are alive.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{network::Network, packed::matrix};

/// One flag per parameter of a network: alive or held at zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    keep: Vec<bool>,
}

impl Mask {
    /// Everything alive.
    #[must_use]
    pub fn all(params: usize) -> Self {
        Self { keep: vec![true; params] }
    }

    /// One flag per parameter, `true` for alive.
    #[must_use]
    pub fn flags(&self) -> &[bool] {
        &self.keep
    }

    /// Whether parameter `at` is alive.
    #[must_use]
    pub fn keeps(&self, at: usize) -> bool {
        self.keep[at]
    }

    /// Kills or revives parameter `at`.
    pub fn set(&mut self, at: usize, keep: bool) {
        self.keep[at] = keep;
    }

    /// Sets every dead parameter to zero.
    pub fn apply(&self, params: &mut [f32]) {
        for (p, keep) in params.iter_mut().zip(&self.keep) {
            *p = if *keep { *p } else { 0.0 };
        }
    }

    /// Share of weights (not biases) that are dead, per layer; 0 for layers without weights.
    #[must_use]
    pub fn layer_sparsity(&self, network: &Network) -> Vec<f32> {
        let mut shares = vec![0.0; network.nodes().len()];
        for (layer, _, span) in network.weights() {
            let (dead, all) = (self.dead(span.clone()), span.len());
            shares[layer] = dead as f32 / all.max(1) as f32;
        }
        shares
    }

    /// Share of all weights (not biases) that are dead.
    #[must_use]
    pub fn sparsity(&self, network: &Network) -> f32 {
        let (dead, all) = network.weights().fold((0, 0), |(d, a), (_, _, span)| (d + self.dead(span.clone()), a + span.len()));
        dead as f32 / all.max(1) as f32
    }

    fn dead(&self, span: std::ops::Range<usize>) -> usize {
        self.keep[span].iter().filter(|k| !**k).count()
    }
}

/// Weights that a person pruned or revived by hand: they override the pruner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manual {
    /// Flat parameter index → alive.
    edits: BTreeMap<usize, bool>,
}

impl Manual {
    /// Prunes (`keep = false`) or revives the weight from input `from` to unit `to` of layer `layer`, seen as a `[K, N]` matrix.
    /// Gives `false`, and changes nothing, where there is no such weight.
    pub fn set(&mut self, network: &Network, layer: usize, from: usize, to: usize, keep: bool) -> bool {
        let Some(node) = network.nodes().get(layer) else { return false };
        let Some((inputs, units)) = matrix(&node.layer.op()) else { return false };
        if from >= inputs || to >= units {
            return false;
        }
        self.edits.insert(node.span.start + from * units + to, keep);
        true
    }

    /// Forgets all edits.
    pub fn clear(&mut self) {
        self.edits.clear();
    }

    /// Whether nothing was edited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Flat parameter index and whether it is to live, in rising order.
    pub fn edits(&self) -> impl Iterator<Item = (usize, bool)> {
        self.edits.iter().map(|(at, keep)| (*at, *keep))
    }

    /// Overrides `mask`; edits beyond its end (of another network) are ignored.
    pub fn apply(&self, mask: &mut Mask) {
        for (at, keep) in self.edits() {
            if at < mask.keep.len() {
                mask.set(at, keep);
            }
        }
    }
}
