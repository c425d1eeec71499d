//! The loss over a plane through the weights of a network (Li et al. 2018, Visualizing the loss landscape of neural nets): the plane's directions, and the points on it.

use nalgebra::DMatrix;

use super::{
    linalg::{Eigen, sign},
    network::Network,
    rng::Rng,
};

/// Added to lengths that are divided by.
const LITTLE: f64 = 1e-10;
/// A second direction that holds less than this share of the first's variance is rounding.
const FLAT: f64 = 1e-12;

/// A plane through some weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Two directions, as long as the parameters.
    pub directions: [Vec<f32>; 2],
    /// What each holds of a path's variance, 0 to 1; zeros for random ones.
    pub shares: [f64; 2],
}

impl Plane {
    /// Two random directions, filter by filter as long as the weights of `params`. `keep` is 0 for parameters that stay where they are; empty where none does.
    #[must_use]
    pub fn random(network: &Network, params: &[f32], keep: &[f32], rng: &mut Rng) -> Self {
        let directions = [(); 2].map(|()| {
            let mut direction: Vec<f32> = params.iter().map(|_| rng.normal()).collect();
            direction.iter_mut().zip(keep).for_each(|(d, k)| *d *= k);
            normalize(network, params, &mut direction);
            direction
        });
        Self { directions, shares: [0.0; 2] }
    }

    /// The two directions along which a `path` of parameters varies most: principal components of what each of its points but the last is away from the last.
    /// Running statistics, which no gradient moves, have no part in it. `None` for a path that has no two such directions.
    #[must_use]
    pub fn of_path(network: &Network, path: &[&[f32]]) -> Option<Self> {
        let (last, before) = path.split_last()?;
        let (rows, cols) = (before.len(), last.len());
        if rows < 2 || cols == 0 {
            return None;
        }
        let mut away = DMatrix::from_fn(rows, cols, |i, j| f64::from(before[i][j]) - f64::from(last[j]));
        for span in network.statistics() {
            away.columns_range_mut(span).fill(0.0);
        }
        for mut column in away.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        // Points are few and parameters many: the Gram matrix of the points has the same eigenvalues.
        let eigen = Eigen::of(&away * away.transpose())?;
        let (first, second, total) = (eigen.value(0), eigen.value(1), eigen.total());
        // What is no number is no direction either.
        if first.is_nan() || first <= 0.0 || second.is_nan() || second <= FLAT * first {
            return None;
        }
        let direction = |place: usize| {
            let vector = away.tr_mul(&eigen.vector(place));
            let length = vector.norm() * sign(&vector);
            vector.iter().map(|v| (v / length) as f32).collect()
        };
        Some(Self { directions: [direction(0), direction(1)], shares: [first / total, second / total] })
    }

    /// Where `params` lies on the plane through `middle`, as seen at a right angle: for directions of a path, which are at right angles themselves and of length 1.
    #[must_use]
    pub fn place(&self, middle: &[f32], params: &[f32]) -> [f64; 2] {
        [0, 1].map(|i| {
            let apart = params.iter().zip(middle).map(|(p, m)| f64::from(*p) - f64::from(*m));
            apart.zip(&self.directions[i]).map(|(a, d)| a * f64::from(*d)).sum()
        })
    }

    /// The parameters at `place` of the plane through `middle`.
    pub fn point(&self, middle: &[f32], place: [f64; 2], params: &mut Vec<f32>) {
        params.clear();
        let [one, two] = &self.directions;
        let at = |((m, a), b): ((&f32, &f32), &f32)| (f64::from(*m) + place[0] * f64::from(*a) + place[1] * f64::from(*b)) as f32;
        params.extend(middle.iter().zip(one).zip(two).map(at));
    }
}

/// Makes `direction` as long as the weights of `params` are, unit by unit (filter by filter), and zero where there are no weights: so that no layer's scale, which later layers can undo,
/// makes a valley look sharp or flat.
pub fn normalize(network: &Network, params: &[f32], direction: &mut [f32]) {
    let mut covered = 0;
    for (_, tensor, span) in network.weights() {
        direction[covered..span.start].fill(0.0);
        covered = span.end;
        // The unit is the last dimension.
        let units = tensor.shape.last().map_or(1, |n| *n).max(1);
        let (weights, part) = (&params[span.clone()], &mut direction[span]);
        for unit in 0..units {
            let square = |v: &[f32]| v.iter().skip(unit).step_by(units).map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>();
            let scale = libm::sqrt(square(weights)) / (libm::sqrt(square(part)) + LITTLE);
            part.iter_mut().skip(unit).step_by(units).for_each(|d| *d = (f64::from(*d) * scale) as f32);
        }
    }
    direction[covered..].fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, initializers, shape::Shape};

    fn network() -> (Network, Vec<f32>) {
        let picks = [Pick::new("dense").with("units", 5.0), Pick::new("tanh"), Pick::new("dense").with("units", 3.0)];
        let network = Network::new(&picks, &Shape(vec![4])).unwrap();
        let (entry, values) = initializers::CATALOG.resolve(&Pick::new("he")).unwrap();
        let params = network.init((entry.build)(&values).as_ref(), &mut Rng::new(3, 0));
        (network, params)
    }

    #[test]
    fn random_directions_are_as_long_as_the_weights_unit_by_unit() {
        let (network, params) = network();
        let mut keep = vec![1.0; params.len()];
        keep[1] = 0.0;
        let plane = Plane::random(&network, &params, &keep, &mut Rng::new(1, 7));
        assert_ne!(plane.directions[0], plane.directions[1]);
        for direction in &plane.directions {
            assert_eq!(direction[1], 0.0, "what is held stays");
            for (_, tensor, span) in network.weights() {
                let units = tensor.shape[1];
                for unit in 0..units {
                    let length = |v: &[f32]| v[span.clone()].iter().skip(unit).step_by(units).map(|v| v * v).sum::<f32>().sqrt();
                    assert!((length(direction) / length(&params) - 1.0).abs() < 1e-5, "unit {unit}");
                }
            }
            let weights: usize = network.weights().map(|(_, _, span)| span.len()).sum();
            let moved = direction.iter().filter(|d| **d != 0.0).count();
            assert_eq!(moved, weights - 1, "biases stay");
        }
    }

    #[test]
    fn a_path_in_a_plane_lies_in_the_plane_that_is_found() {
        let (network, params) = network();
        let mut rng = Rng::new(5, 1);
        let mut vector = || -> Vec<f32> { params.iter().map(|_| rng.normal()).collect() };
        let (a, b) = (vector(), vector());
        let at = |x: f32, y: f32| -> Vec<f32> { params.iter().zip(&a).zip(&b).map(|((p, a), b)| p + x * a + y * b).collect() };
        let path = [at(3.0, 1.0), at(2.0, -1.0), at(1.0, 0.5), at(0.5, 0.0), params.clone()];
        let points: Vec<&[f32]> = path.iter().map(|p| &p[..]).collect();
        let plane = Plane::of_path(&network, &points).unwrap();
        assert!((plane.shares[0] + plane.shares[1] - 1.0).abs() < 1e-6, "{:?}", plane.shares);
        for point in &path {
            let mut back = Vec::new();
            plane.point(&params, plane.place(&params, point), &mut back);
            assert!(back.iter().zip(point).all(|(b, p)| (b - p).abs() < 1e-4));
        }
    }

    #[test]
    fn what_is_no_plane_is_refused() {
        let (network, params) = network();
        let double: Vec<f32> = params.iter().map(|p| 2.0 * p).collect();
        let triple: Vec<f32> = params.iter().map(|p| 3.0 * p).collect();
        let nan = vec![f32::NAN; params.len()];
        assert_eq!(Plane::of_path(&network, &[]), None);
        assert_eq!(Plane::of_path(&network, &[&params, &double]), None);
        assert_eq!(Plane::of_path(&network, &[&params, &params, &params, &params]), None);
        assert_eq!(Plane::of_path(&network, &[&nan, &nan, &double, &params]), None);
        assert_eq!(Plane::of_path(&network, &[&triple, &double, &params]), None, "a line is no plane");
    }
}
