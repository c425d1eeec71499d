//! Initialisation of weights: how large the first random numbers are, one file each. Biases start at zero.

mod he;

use super::{catalog::Catalog, params::Values, rng::Rng, shape::TensorSpec};

/// Makes an initializer from checked values.
pub type Build = fn(&Values) -> Box<dyn Initializer>;

/// Every initializer, in the order of the page's menu.
pub const CATALOG: Catalog<Build> = Catalog { kind: "initialisation", field: "init", entries: &[he::ENTRY] };

/// Fills a weight tensor.
pub trait Initializer: Send {
    /// Writes first values for the weight `tensor` describes.
    fn fill(&self, tensor: &TensorSpec, rng: &mut Rng, weights: &mut [f32]);
}
