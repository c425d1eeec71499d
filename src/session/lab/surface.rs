//! The loss over a plane through the weights, one point after the other.

use super::{Bench, Work};
use crate::{
    engine::{data::Samples, error::SpecError, landscape::Plane, losses::Loss, network::Tape, rng::Rng},
    protocol::{LabNews, Surface},
    session::{
        build,
        clock::Clock,
        evaluate::{self, Judge, Trained},
    },
};

/// Training samples that losses are of, at most: the same at every point.
const SAMPLES: usize = 500;
/// Fewest and most points per edge.
const SIZE: (usize, usize) = (3, 61);
/// Stream of the seed from which random directions are drawn.
const STREAM: u64 = 40 << 32;
/// How far a plane goes beyond the path on it: this share of the path's length along each direction.
const BEYOND: f64 = 0.25;

/// Under way.
pub(super) struct Sounding {
    plane: Plane,
    middle: Vec<f32>,
    samples: Samples,
    loss: Box<dyn Loss>,
    /// The point at work.
    params: Vec<f32>,
    judge: Judge,
    tape: Tape,
    surface: Surface,
}

impl Sounding {
    /// Of `size × size` points. Errors: a path of fewer than three moments, or along a line.
    pub fn new(size: usize, path: bool, bench: &Bench<'_>) -> Result<Self, SpecError> {
        let size = size.clamp(SIZE.0, SIZE.1);
        let trainer = bench.trainer;
        // Moments of a run are of the weights that train, whether or not others are their averages.
        let middle = if path { &trainer.params[..] } else { trainer.weights() };
        let (plane, places) = if path {
            let moments: Vec<_> = bench.path().filter(|m| m.params.len() == middle.len()).collect();
            let points: Vec<&[f32]> = moments.iter().map(|m| &m.params[..]).chain([middle]).collect();
            let plane = Plane::of_path(&trainer.network, &points).ok_or_else(too_short)?;
            let steps = moments.iter().map(|m| m.step).chain([trainer.step_count()]);
            let places: Vec<_> = steps.zip(&points).map(|(step, point)| (step, plane.place(middle, point))).collect();
            (plane, places)
        } else {
            let mut rng = Rng::new(bench.experiment.seed, STREAM);
            (Plane::random(&trainer.network, middle, trainer.held(), &mut rng), Vec::new())
        };
        let edge = |i: usize| {
            let [low, high] = if path { around(places.iter().map(|(_, place)| place[i])) } else { [-1.0, 1.0] };
            (0..size).map(|at| low + (high - low) * at as f64 / (size - 1) as f64).collect::<Vec<_>>()
        };
        let samples = bench.data.train.first(SAMPLES, bench.data.shape.len());
        let surface = Surface {
            alphas: edge(0),
            betas: edge(1),
            losses: Vec::with_capacity(size * size),
            path: places.iter().map(|(step, [a, b])| (*step, *a, *b)).collect(),
            shares: (plane.shares[0], plane.shares[1]),
            samples: samples.len,
            step: trainer.step_count(),
        };
        let loss = build::loss(bench.experiment, bench.data)?;
        let (middle, params) = (middle.to_vec(), Vec::new());
        Ok(Self { plane, middle, samples, loss, params, judge: Judge::default(), tape: Tape::default(), surface })
    }

    fn points(&self) -> usize {
        self.surface.alphas.len() * self.surface.betas.len()
    }
}

impl Work for Sounding {
    fn advance(&mut self, bench: &Bench<'_>, _: &dyn Clock) -> Result<bool, SpecError> {
        let at = self.surface.losses.len();
        if self.params.is_empty() {
            let cols = self.surface.alphas.len();
            self.plane.point(&self.middle, [self.surface.alphas[at % cols], self.surface.betas[at / cols]], &mut self.params);
        }
        let network = &bench.trainer.network;
        let mut trained = Trained { network, params: &self.params, tape: &mut self.tape };
        if self.judge.advance_on(&self.samples, bench.data, self.loss.as_ref(), &mut trained, evaluate::chunk(network)) {
            self.surface.losses.push(std::mem::take(&mut self.judge).result(&bench.data.task).loss);
            self.params.clear();
        }
        Ok(self.surface.losses.len() == self.points())
    }

    fn news(&self) -> LabNews {
        let (done, all) = (self.surface.losses.len(), self.points());
        if done == all { LabNews::Surface(self.surface.clone()) } else { LabNews::Sounding(done as f32 / all as f32) }
    }
}

/// Ends of an edge that shows all `places` and some more.
fn around(places: impl Iterator<Item = f64>) -> [f64; 2] {
    let (low, high) = places.fold((0.0_f64, 0.0_f64), |(low, high), p| (low.min(p), high.max(p)));
    let more = BEYOND * (high - low).max(1e-6);
    [low - more, high + more]
}

fn too_short() -> SpecError {
    let reason = "a path takes three moments that do not lie on a line: train a few steps first".into();
    SpecError::Incompatible { field: "epochs".into(), reason }
}
