//! Two clouds.

use super::{Generator, PARAMS};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "gaussians",
    label: "Gaussians",
    help: teach!(
        "Two bell-shaped clouds, wider with more noise. A straight line is the best answer there is, and a model without hidden layer finds it."
    ),
    formula: teach!(r"x \sim \mathcal N(\mu_y, \sigma^2 I)"),
    source: teach!("After the data sets of TensorFlow Playground (Smilkov & Carter 2016)"),
    params: PARAMS,
    build: |_| Box::new(Gaussians),
};

struct Gaussians;

impl Generator for Gaussians {
    fn classes(&self) -> &'static [&'static str] {
        &["lower left", "upper right"]
    }

    fn point(&self, class: usize, _: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let centre = if class == 0 { -2.0 } else { 2.0 };
        let spread = 0.5 + 3.0 * noise;
        // A normal number is unbounded; the plane that is drawn is not.
        let mut near = || centre + (spread * rng.normal()).clamp(-6.0, 6.0);
        ([near(), near()], class as f32)
    }
}
