//! The recipes that a search can try, from cheap to dear.

use crate::{engine::catalog::Pick, state::recipe::word};

/// What a recipe takes out of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removes {
    /// Nothing.
    Nothing,
    /// Single weights.
    Weights,
    /// Whole neurons and filters.
    Units,
}

/// A recipe, and what the search knows of it beforehand.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its steps.
    pub recipe: Vec<Pick>,
    /// What goes.
    pub removes: Removes,
    /// Share of it, 0 to 1.
    pub share: f64,
    /// Bits of a weight.
    pub bits: u32,
    /// Whether these bits are a place in a table of values that weights share, and not a level.
    pub shared: bool,
    /// Round in which it is tried: 0 rounds after training, 1 removes at once, 2 trains an epoch, 3 learns from the trained model for some.
    pub round: usize,
}

impl Plan {
    /// Whether this removes at least as much of the same and stores it in no more bits: its file is no larger, up to what entropy coding makes of other numbers.
    #[must_use]
    pub fn is_at_least_as_small_as(&self, other: &Self) -> bool {
        (self.removes, self.shared) == (other.removes, other.shared) && self.share >= other.share && self.bits <= other.bits
    }
}

/// The step that lets weights share values.
const CLUSTER: &str = "cluster";

/// Rounds.
pub const ROUNDS: usize = 4;

/// All of them, those of a round side by side. The first is the trained model in 32-bit floats, against which all others are held.
#[must_use]
pub fn list() -> Vec<Plan> {
    let mut plans =
        vec![Plan { recipe: vec![quantize(32, false)], removes: Removes::Nothing, share: 0.0, bits: 32, shared: false, round: 0 }];
    let mut put = |round, removes, share, bits, recipe: Vec<Pick>| {
        let shared = recipe.iter().any(|pick| pick.key == CLUSTER);
        plans.push(Plan { recipe, removes, share, bits, shared, round });
    };
    for bits in [8, 6, 5, 4, 3, 2] {
        for integer in [true, false] {
            put(0, Removes::Nothing, 0.0, bits, vec![quantize(bits, integer)]);
        }
    }
    for share in [0.5, 0.7, 0.8, 0.9] {
        for bits in [8, 5, 4, 3] {
            put(1, Removes::Weights, share, bits, vec![prune(share), quantize(bits, true)]);
        }
    }
    for bits in [5, 4, 3] {
        put(1, Removes::Nothing, 0.0, bits, vec![cluster(bits, 0.0)]);
    }
    for share in [0.25, 0.5, 0.7] {
        for bits in [8, 4] {
            put(1, Removes::Units, share, bits, vec![narrow(share), quantize(bits, true)]);
        }
    }
    for share in [0.7, 0.8, 0.9] {
        for bits in [8, 5, 4] {
            put(2, Removes::Weights, share, bits, vec![prune(share), tune(1.0), quantize(bits, true)]);
        }
    }
    for share in [0.25, 0.5, 0.7] {
        for bits in [8, 4] {
            put(2, Removes::Units, share, bits, vec![narrow(share), tune(1.0), quantize(bits, true)]);
        }
    }
    for bits in [4, 3, 2] {
        put(2, Removes::Nothing, 0.0, bits, vec![quantize(bits, true), tune(1.0)]);
    }
    for bits in [3, 2] {
        put(2, Removes::Nothing, 0.0, bits, vec![cluster(bits, 1.0)]);
    }
    for share in [0.7, 0.8, 0.9] {
        put(2, Removes::Weights, share, 4, vec![prune(share), tune(1.0), cluster(4, 0.0)]);
    }
    for share in [0.8, 0.9, 0.95] {
        for bits in [5, 4] {
            put(3, Removes::Weights, share, bits, vec![prune(share).with("over", 1.0), distill(2.0), quantize(bits, true), tune(1.0)]);
        }
    }
    for share in [0.8, 0.9, 0.95] {
        for bits in [4, 3] {
            put(3, Removes::Weights, share, bits, vec![prune(share).with("over", 1.0), distill(1.0), cluster(bits, 1.0)]);
        }
    }
    for share in [0.5, 0.7, 0.85] {
        for bits in [8, 4] {
            put(3, Removes::Units, share, bits, vec![narrow(share), distill(2.0), quantize(bits, true), tune(1.0)]);
        }
    }
    for bits in [4, 3, 2] {
        put(3, Removes::Nothing, 0.0, bits, vec![quantize(bits, true), distill(2.0)]);
    }
    plans
}

fn quantize(bits: u32, integer: bool) -> Pick {
    let pick = Pick::new("quantize").with("bits", word("quantize", "bits", &bits.to_string()));
    if integer { pick.with("act", word("quantize", "act", "int8")) } else { pick }
}

/// Shared weights, as in Deep Compression (Han et al. 2016), tuned for some epochs.
fn cluster(bits: u32, epochs: f64) -> Pick {
    let pick = Pick::new(CLUSTER);
    // Settings that are the default are left out, as links leave them out.
    let pick = if bits == 4 { pick } else { pick.with("bits", f64::from(bits)) };
    if epochs == 0.0 { pick } else { pick.with("tune", epochs) }
}

fn prune(share: f64) -> Pick {
    Pick::new("prune").with("share", share)
}

fn narrow(share: f64) -> Pick {
    prune(share).with("what", word("prune", "what", "units"))
}

fn tune(epochs: f64) -> Pick {
    Pick::new("fine-tune").with("epochs", epochs)
}

fn distill(epochs: f64) -> Pick {
    Pick::new("distill").with("epochs", epochs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, link};

    #[test]
    fn there_are_enough_and_all_can_be_carried_out() {
        let plans = list();
        assert!(plans.len() >= 60, "{}", plans.len());
        assert!(plans.is_sorted_by_key(|p| p.round) && plans.iter().all(|p| p.round < ROUNDS));
        for (i, plan) in plans.iter().enumerate() {
            let experiment = Experiment { recipe: plan.recipe.clone(), ..Experiment::default() };
            assert_eq!(experiment.validate(), Ok(()), "{:?}", plan.recipe);
            let (back, notices, errors) = link::decode(&link::encode(&experiment));
            assert_eq!((back, notices.len(), errors.len()), (experiment.normal(), 0, 0));
            assert!(plans[..i].iter().all(|p| p.recipe != plan.recipe), "{:?} comes twice", plan.recipe);
        }
    }
}
