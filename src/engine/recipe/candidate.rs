//! What a recipe works on.

use crate::engine::{
    catalog::Pick,
    compress::{self, Calibration, Compressed, Settings, shrink},
    error::SpecError,
    fold::{self, Folded},
    layers::Op,
    network::Network,
    quantization::ValueRange,
};

/// A network on its way to being small, and how it will be stored.
pub struct Candidate {
    /// The network as it is by now.
    pub network: Network,
    /// Its parameters.
    pub params: Vec<f32>,
    /// 1 for a living parameter, 0 for one held at zero; empty while none is.
    pub keep: Vec<f32>,
    /// The parameters with which its training began; `None` where a step has made another network of it, which never had any.
    pub initial: Option<Vec<f32>>,
    /// Range of what comes into each layer, where quantization-aware training has learnt it; empty otherwise.
    pub ranges: Vec<ValueRange>,
    /// How it will be stored. Nothing is pruned then: that has happened by now.
    pub storage: Settings,
}

impl Candidate {
    /// A trained network before the first step; `initial` is what its parameters were at step 0.
    #[must_use]
    pub fn new(network: Network, params: Vec<f32>, initial: Vec<f32>) -> Self {
        Self { network, params, keep: Vec::new(), initial: Some(initial), ranges: Vec::new(), storage: Settings::default() }
    }

    /// The model that is stored and run. Errors: as [`compress::compress`].
    pub fn pack(&self, calibration: &Calibration<'_>) -> Result<Compressed, SpecError> {
        let settings = Settings { ranges: self.ranges.clone(), ..self.storage.clone() };
        compress::compress(&self.network, &self.params, None, &settings, calibration)
    }

    /// Holds parameters at zero from now on.
    pub fn hold(&mut self, keep: Vec<f32>) {
        self.params.iter_mut().zip(&keep).for_each(|(p, keep)| *p *= keep);
        self.keep = keep;
    }

    /// Takes units (per layer, in rising order) out for good: a network of narrower layers takes the place of this one. Errors: a layer
    /// that cannot be made narrower.
    pub fn narrow(&mut self, removed: &[Vec<usize>]) -> Result<(), SpecError> {
        if removed.iter().all(Vec::is_empty) {
            return Ok(());
        }
        // Normalizations stay: the narrower network trains on with them.
        let stay = vec![false; self.network.nodes().len()];
        let (slim, _) = shrink::shrink(&self.network, &self.params, &stay, removed);
        let picks: Vec<Pick> = self.network.nodes().iter().zip(&slim).map(|(node, layer)| resized(&node.pick, &layer.op)).collect();
        let network = Network::new(&picks, self.network.input())?;
        let mut params = Vec::with_capacity(network.params());
        let (mut keep, mut initial) = (Vec::new(), self.initial.as_ref().map(|_| Vec::with_capacity(network.params())));
        for (node, layer) in self.network.nodes().iter().zip(&slim) {
            let gather = |numbers: &[f32], to: &mut Vec<f32>| match (&layer.matrix, &layer.norm) {
                (Some(left), _) => left.gather(&numbers[node.span.clone()], to),
                (None, Some(left)) => left.gather(&numbers[node.span.clone()], to),
                (None, None) => {}
            };
            match (&layer.matrix, &layer.norm) {
                (Some(left), _) => {
                    params.extend(&left.weights);
                    params.extend(&left.bias);
                }
                (None, Some(left)) => params.extend(&left.params),
                (None, None) => continue,
            }
            if !self.keep.is_empty() {
                gather(&self.keep, &mut keep);
            }
            if let (Some(to), Some(from)) = (&mut initial, &self.initial) {
                gather(from, to);
            }
        }
        (self.network, self.params, self.keep, self.initial) = (network, params, keep, initial);
        self.ranges.clear();
        Ok(())
    }

    /// Folds batch normalizations into the layers before them, for good: they are gone then, and what trains on are the weights as they are used.
    /// Those that nothing can take in stay. Errors: none for a network that could be built.
    pub fn fold(&mut self) -> Result<(), SpecError> {
        let Folded { params: folded, gone } = fold::fold(&self.network, &self.params);
        if !gone.contains(&true) {
            return Ok(());
        }
        let folded = self.without(&gone, &folded)?;
        *self = Self { initial: None, ..folded };
        Ok(())
    }

    /// What is left without the layers that are `gone`, of the parameters `params`. Errors: layers that cannot be put together.
    pub fn without(&self, gone: &[bool], params: &[f32]) -> Result<Self, SpecError> {
        let stays = || self.network.nodes().iter().zip(gone).filter(|(_, gone)| !**gone).map(|(node, _)| node);
        let mut picks: Vec<Pick> = stays().map(|node| node.pick.clone()).collect();
        let places: Vec<usize> = (0..gone.len()).map(|i| gone[..i].iter().filter(|gone| !**gone).count()).collect();
        Self::lead_around(&self.network, &mut picks, &places, gone);
        let network = Network::new(&picks, self.network.input())?;
        let left = |numbers: &[f32]| stays().flat_map(|node| numbers.get(node.span.clone()).unwrap_or_default()).copied().collect();
        Ok(Self {
            network,
            params: left(params),
            keep: left(&self.keep),
            initial: self.initial.as_ref().map(|initial| left(initial)),
            ranges: Vec::new(),
            storage: self.storage.clone(),
        })
    }

    /// Gives the skip connections of `picks`, layers made of those of `network`, their new lengths: `places[i]` is where what came into layer `i` comes in
    /// now. Those of layers that are `gone` went with them.
    pub fn lead_around(network: &Network, picks: &mut [Pick], places: &[usize], gone: &[bool]) {
        for (i, place) in places.iter().enumerate().filter(|(i, _)| !gone[*i]) {
            if let Some(from) = network.skip(i) {
                picks[*place].params.insert("back".into(), (place - places[from]) as f64);
            }
        }
    }

    /// Puts another network in its place, that is not this one with something left out.
    pub fn replace(&mut self, network: Network, params: Vec<f32>, keep: Vec<f32>) {
        (self.network, self.params, self.keep) = (network, params, keep);
        (self.initial, self.ranges) = (None, Vec::new());
    }
}

/// The pick of a layer that computes `op`, which is `pick` with other sizes.
fn resized(pick: &Pick, op: &Op) -> Pick {
    match op {
        Op::Dense { outputs, .. } => pick.clone().with("units", *outputs as f64),
        Op::Conv2d(shape) => pick.clone().with("filters", shape.filters as f64),
        _ => pick.clone(),
    }
}
