//! The networks that whole steps and whole models are timed on.

use whittle::engine::{catalog::Pick, initializers, network::Network, rng::Rng, shape::Shape};

/// Dense layers with an activation between each two.
pub fn mlp(activation: &str, units: &[f64]) -> Vec<Pick> {
    let mut picks: Vec<Pick> = units.iter().flat_map(|units| [Pick::new("dense").with("units", *units), Pick::new(activation)]).collect();
    picks.pop();
    picks
}

/// Two 3×3 convolutions of 8 and 16 filters, each with ReLU and pooling, then dense layers.
pub fn cnn(units: &[f64]) -> Vec<Pick> {
    let mut picks = Vec::new();
    for filters in [8.0, 16.0] {
        picks.extend([Pick::new("conv2d").with("filters", filters), Pick::new("relu"), Pick::new("maxpool")]);
    }
    picks.push(Pick::new("flatten"));
    picks.extend(mlp("relu", units));
    picks
}

/// The network of `picks` for samples of the given shape, and fixed parameters for it.
pub fn network(input: Vec<usize>, picks: &[Pick]) -> (Network, Vec<f32>) {
    let network = Network::new(picks, &Shape(input)).unwrap();
    let init = initializers::CATALOG.resolve(&Pick::new("he")).map(|(e, v)| (e.build)(&v)).unwrap();
    let params = network.init(init.as_ref(), &mut Rng::new(1, 0));
    (network, params)
}
