//! Two half moons.

use super::{Generator, PARAMS};
use crate::engine::{catalog::Entry, rng::Rng};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "moons",
    label: "Two moons",
    help: teach!("Two half moons that reach into each other. A straight line gets most points right, and a small network the rest."),
    formula: "",
    source: teach!("As scikit-learn's make_moons (Pedregosa et al. 2011)"),
    params: PARAMS,
    build: |_| Box::new(Moons),
};

/// From scikit-learn's units to the plane's.
const SCALE: f32 = 2.8;

struct Moons;

impl Generator for Moons {
    fn classes(&self) -> &'static [&'static str] {
        &["upper moon", "lower moon"]
    }

    fn point(&self, class: usize, t: f32, noise: f32, rng: &mut Rng) -> ([f32; 2], f32) {
        let angle = t * core::f32::consts::PI;
        let (x, y) = (libm::cosf(angle), libm::sinf(angle));
        let (x, y) = if class == 0 { (x, y) } else { (1.0 - x, 0.5 - y) };
        // scikit-learn centres nothing; here the plane is centred on the two moons.
        let mut stray = || (noise * rng.normal()).clamp(-1.0, 1.0);
        ([(x - 0.5 + stray()) * SCALE, (y - 0.25 + stray()) * SCALE], class as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, data::generators::dataset};

    /// `tests/fixtures/extras/make.py` made the figures.
    #[test]
    fn points_without_noise_are_those_of_scikit_learn() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../../../tests/fixtures/extras/reference.json")).unwrap();
        for case in all["moons"].as_array().unwrap() {
            let [upper, lower] = ["upper", "lower"].map(|key| case[key].as_f64().unwrap());
            let n = upper + lower;
            let pick = Pick::new(ENTRY.key).with("n", n).with("balance", upper / n).with("noise", 0.0);
            let data = dataset(&pick, 0.5, 1).unwrap();
            let parts = [&data.train, &data.test];
            let own = parts.iter().flat_map(|part| part.inputs.chunks_exact(2).zip(&part.classes)).collect::<Vec<_>>();
            assert_eq!(own.len() as f64, n);
            for (class, moon) in case["points"].as_array().unwrap().iter().enumerate() {
                let points: Vec<f32> = serde_json::from_value(moon.clone()).unwrap();
                assert_eq!(points.len(), 2 * [upper, lower][class] as usize);
                for point in points.chunks_exact(2) {
                    // The plane is centred on the two moons.
                    let wanted = [(point[0] - 0.5) * SCALE, (point[1] - 0.25) * SCALE];
                    let there = |(xy, of): &&(&[f32], &u32)| **of as usize == class && (0..2).all(|i| (xy[i] - wanted[i]).abs() < 1e-5);
                    assert_eq!(own.iter().filter(there).count(), 1, "{wanted:?} of moon {class}");
                }
            }
        }
    }
}
