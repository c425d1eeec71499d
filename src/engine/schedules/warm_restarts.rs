//! Cosine annealing with warm restarts.

use super::Schedule;
use crate::engine::{
    catalog::{Entry, Pick},
    error::SpecError,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "warm-restarts",
    label: "Cosine with warm restarts",
    help: teach!(
        "Follows half a cosine down, jumps back to the full learning rate, and follows a longer one. Each restart shakes weights out of where they had settled; the loss jumps there, and the best weights stand at the end of a cycle."
    ),
    formula: teach!(r"\eta_t = \eta \left(f + \frac{1 - f}{2} \left(1 + \cos \frac{\pi\, t_i}{T_i}\right)\right),\quad T_{i+1} = k\, T_i"),
    source: teach!("Loshchilov & Hutter 2017, SGDR: stochastic gradient descent with warm restarts"),
    params: &[FIRST, GROWTH, FINAL],
    build: |v| Box::new(Restarts { first: v.get(&FIRST), growth: v.get(&GROWTH), last: v.get(&FINAL) }),
};

const FIRST: ParamSpec = ParamSpec {
    key: "first",
    label: "First cycle T₀",
    unit: "epochs",
    range: (1.0, 1000.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!(
        "Epochs from the start to the first restart. Short cycles explore, long ones settle; a run does best to end where a cycle does: with the defaults after 3, 9 or 21 epochs."
    ),
    ..ParamSpec::NEW
};
const GROWTH: ParamSpec = ParamSpec {
    key: "growth",
    label: "Growth k",
    range: (1.0, 4.0),
    scale: Scale::Integer,
    default: 2.0,
    help: teach!(
        "How many times longer each cycle is than the one before. 1 makes all alike; larger ones leave fewer restarts for the end."
    ),
    ..ParamSpec::NEW
};
const FINAL: ParamSpec = ParamSpec {
    key: "final",
    label: "Final share f",
    range: (0.0, 1.0),
    default: 0.0,
    help: teach!(
        "Share of the learning rate that is left at the end of each cycle. 1 never changes it; 0 comes to rest before each restart."
    ),
    ..ParamSpec::NEW
};

/// Epochs at which the cycles of `pick` end that are over within `epochs`; `None` for a schedule without restarts. Errors: a setting that is unknown or out of its range.
pub fn cycle_ends(pick: &Pick, epochs: f64) -> Result<Option<Vec<u32>>, SpecError> {
    if pick.key != ENTRY.key {
        return Ok(None);
    }
    let values = pick.values(ENTRY.params)?;
    let (mut ends, mut at, mut length) = (Vec::new(), values.get(&FIRST), values.get(&FIRST));
    while at <= epochs {
        ends.push(at as u32);
        length *= values.get(&GROWTH);
        at += length;
    }
    Ok(Some(ends))
}

struct Restarts {
    first: f64,
    growth: f64,
    last: f64,
}

impl Schedule for Restarts {
    fn factor(&self, epoch: f64, _: f64) -> f64 {
        let (mut at, mut length) = (epoch, self.first);
        if self.growth <= 1.0 {
            at = libm::fmod(at, length);
        }
        while at >= length {
            at -= length;
            length *= self.growth;
        }
        self.last + (1.0 - self.last) * 0.5 * (1.0 + libm::cos(core::f64::consts::PI * at / length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_end_where_the_rate_jumps_back() {
        let ends = |pick: &Pick, epochs| cycle_ends(pick, epochs).unwrap();
        let pick = Pick::new("warm-restarts");
        assert_eq!(ends(&pick, 20.9), Some(vec![3, 9]));
        assert_eq!(ends(&pick, 21.0), Some(vec![3, 9, 21]));
        let alike = pick.clone().with("first", 4.0).with("growth", 1.0);
        assert_eq!((ends(&alike, 13.0), ends(&alike, 3.0)), (Some(vec![4, 8, 12]), Some(Vec::new())));
        for (pick, end) in [(&pick, 9.0), (&alike, 8.0)] {
            let values = pick.values(ENTRY.params).unwrap();
            let rule = (ENTRY.build)(&values);
            assert!(rule.factor(end - 1e-6, 99.0) < 1e-3 && rule.factor(end, 99.0) == 1.0);
        }
        assert_eq!(ends(&Pick::new("cosine"), 20.0), None);
        assert!(cycle_ends(&pick.with("first", 0.0), 20.0).is_err());
    }
}
