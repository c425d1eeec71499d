//! Activations: elementwise functions between layers, one file each.

mod gelu;
mod leaky_relu;
mod linear;
mod relu;
mod sigmoid;
mod silu;
mod tanh;

use super::{catalog::catalog, params::Values};
use crate::kernels::wgsl::Wgsl;

/// Makes an activation from checked values.
pub type Build = fn(&Values) -> Box<dyn Activation>;

catalog! {
    /// Every activation, in the order of the page's menu.
    Build, kind: "activation", field: "model", [
        relu::ENTRY,
        leaky_relu::ENTRY,
        gelu::ENTRY,
        silu::ENTRY,
        tanh::ENTRY,
        sigmoid::ENTRY,
        linear::ENTRY,
    ]
}

/// An elementwise function and its derivative.
pub trait Activation: Send {
    /// `y = f(x)`, any length.
    fn forward(&self, x: &[f32], y: &mut [f32]);

    /// `dx = f'(x) · dy`; `y = f(x)` is at hand for functions whose derivative is cheaper from it.
    fn backward(&self, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]);

    /// Its form on the GPU: `activation(x)`, `slope(x, y)`, and `KEEPS_INPUT`, whether the slope needs `x`.
    fn wgsl(&self) -> Wgsl;
}
