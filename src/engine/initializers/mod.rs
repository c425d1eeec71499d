//! Initialisation of weights: how large the first random numbers are, one file each. Biases start at zero.

mod he;
mod lecun;
mod normal;
mod orthogonal;
mod xavier;
mod zeros;

use super::{
    catalog::{Catalog, catalog},
    params::Values,
    rng::Rng,
    shape::TensorSpec,
};

/// Makes an initializer from checked values.
pub type Build = fn(&Values) -> Box<dyn Initializer>;

catalog! {
    /// Every initializer, in the order of the page's menu.
    Build, kind: "initialisation", field: "init", [
        he::UNIFORM,
        he::NORMAL,
        xavier::UNIFORM,
        xavier::NORMAL,
        lecun::UNIFORM,
        lecun::NORMAL,
        orthogonal::ENTRY,
        normal::ENTRY,
        zeros::ENTRY,
    ]
}

/// Those of [`CATALOG`] that a run can begin with before all of it is loaded.
pub const FIRST: Catalog<Build> = Catalog {
    entries: &[he::UNIFORM, he::NORMAL, xavier::UNIFORM, xavier::NORMAL, lecun::UNIFORM, lecun::NORMAL, normal::ENTRY, zeros::ENTRY],
    ..CATALOG
};

/// Fills a weight tensor.
pub trait Initializer: Send {
    /// Writes first values for the weight `tensor` describes.
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]);
}

/// Uniform numbers of mean zero and the given variance: a uniform number in `(−ℓ, ℓ)` has variance `ℓ²/3`.
fn fill_uniform(variance: f64, rng: &mut Rng, weights: &mut [f32]) {
    let limit = libm::sqrt(3.0 * variance) as f32;
    for w in weights {
        *w = rng.range(-limit, limit);
    }
}

/// Normal numbers of mean zero and the given variance.
fn fill_normal(variance: f64, rng: &mut Rng, weights: &mut [f32]) {
    let deviation = libm::sqrt(variance) as f32;
    for w in weights {
        *w = deviation * rng.normal();
    }
}
