//! Lottery tickets: a mask that was found by training, and the first weights under it (Frankle & Carbin 2019, The lottery ticket hypothesis).

use super::Mask;
use crate::engine::{initializers::Initializer, network::Network, rng::Rng};

/// The first parameters of `network` again, as `rule` draws them from `rng` (of the same seed and stream as those that were trained), with what `mask`
/// removes at zero: training that holds the mask from here on trains the ticket.
#[must_use]
pub fn rewind(network: &Network, rule: &dyn Initializer, rng: &mut Rng, mask: &Mask) -> Vec<f32> {
    let mut params = network.init(rule, rng);
    mask.apply(&mut params);
    params
}
