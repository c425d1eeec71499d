//! Two thin layers in place of a thick one.

use super::{
    AtHand, Candidate, Step,
    linalg::{Factors, factorize},
};
use crate::engine::{
    catalog::{Entry, Pick},
    error::SpecError,
    layers::Op,
    network::Network,
    packed::matrix,
    params::ParamSpec,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "low-rank",
    label: "Factorize (low rank)",
    help: teach!(
        "Replaces a layer's matrix by two thin ones whose product is nearest to it, where that takes fewer weights: of a convolution, one of fewer filters and one of 1×1. Layers of which much of the energy lies in few directions shrink a lot; others stay as they are. Fine-tune after it."
    ),
    formula: teach!(r"W \approx U_r \Sigma_r V_r^\top,\quad \sum_{i \le r} \sigma_i^2 \ge e \sum_i \sigma_i^2"),
    source: teach!("Denton et al. 2014, Exploiting linear structure within convolutional networks for efficient evaluation"),
    params: &[ENERGY],
    build: |values| Box::new(LowRank { energy: values.get(&ENERGY) }),
};

const ENERGY: ParamSpec = ParamSpec {
    key: "energy",
    label: "Energy kept e",
    range: (0.3, 0.999),
    default: 0.9,
    help: teach!(
        "Share of the squares of each layer's weights that its factors keep. Less of it means a lower rank: smaller, and further from what was trained."
    ),
    ..ParamSpec::NEW
};

struct LowRank {
    energy: f64,
}

impl Step for LowRank {
    fn begin(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        let (mut picks, mut params, mut keep, mut found) = (Vec::new(), Vec::new(), Vec::new(), false);
        let mut places = Vec::new();
        for node in candidate.network.nodes() {
            places.push(picks.len());
            let own = &candidate.params[node.span.clone()];
            let (op, held) = (node.layer.op(), candidate.keep.get(node.span.clone()));
            match self.factors(&op, own) {
                Some((size, Factors { left, right, rank })) => {
                    found = true;
                    let [first, second] = pair(&node.pick, &op, rank);
                    picks.extend([first, second]);
                    params.extend(left);
                    params.extend(std::iter::repeat_n(0.0, rank));
                    params.extend(right);
                    params.extend(&own[size.0 * size.1..]);
                    // Zeros of the product are no zeros of its factors.
                    keep.resize(params.len(), 1.0);
                }
                None => {
                    picks.push(node.pick.clone());
                    params.extend(own);
                    keep.extend(held.unwrap_or_default());
                    keep.resize(params.len(), 1.0);
                }
            }
        }
        if !found {
            let reason = format!(
                "no layer has {:.1} % of its energy in so few directions that two thin layers take fewer weights; keep less energy",
                self.energy * 100.0
            );
            return Err(SpecError::Incompatible { field: super::CATALOG.field.into(), reason });
        }
        Candidate::lead_around(&candidate.network, &mut picks, &places, &vec![false; places.len()]);
        let network = Network::new(&picks, candidate.network.input())?;
        let held = keep.contains(&0.0);
        candidate.replace(network, params, if held { keep } else { Vec::new() });
        Ok(())
    }
}

impl LowRank {
    /// Size and factors of a layer's matrix, where they take fewer weights than it does.
    fn factors(&self, op: &Op, params: &[f32]) -> Option<((usize, usize), Factors)> {
        if op.computes_floats() || matches!(op, Op::Exit { .. }) {
            return None;
        }
        let size = matrix(op)?;
        let factors = factorize(&params[..size.0 * size.1], size, self.energy)?;
        (factors.rank * (size.0 + size.1) < size.0 * size.1).then_some((size, factors))
    }
}

/// The layers in the place of `pick`, which computes `op`.
fn pair(pick: &Pick, op: &Op, rank: usize) -> [Pick; 2] {
    match op {
        Op::Conv2d(shape) => {
            [pick.clone().with("filters", rank as f64), Pick::new(&pick.key).with("filters", shape.filters as f64).with("kernel", 1.0)]
        }
        _ => [pick.clone().with("units", rank as f64), pick.clone()],
    }
}
