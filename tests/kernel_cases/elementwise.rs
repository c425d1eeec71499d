//! Exponential functions: the same bits on every target. Their errors are tested beside them.

use super::{Family, hash, values};
use whittle::kernels::elementwise::math;

pub const FAMILY: Family = Family { name: "elementwise", failures, hash: fixed, expected: 0x3503_61f2_211b_bb41 };

fn inputs() -> Vec<f32> {
    values(4001, 1).into_iter().enumerate().map(|(i, v)| v * [0.1, 1.0, 10.0, 100.0][i % 4]).collect()
}

/// A loop that the compiler may turn into vectors gives what each value alone gives.
fn compare(name: &str, function: impl Fn(f32) -> f32, found: &mut Vec<String>) {
    let x = inputs();
    let mut together = vec![0.0; x.len()];
    together.iter_mut().zip(&x).for_each(|(y, x)| *y = function(*x));
    for (x, y) in x.iter().zip(together) {
        let alone = function(std::hint::black_box(*x));
        if alone.to_bits() != y.to_bits() {
            found.push(format!("{name}({x}) is {alone} alone and {y} in company"));
        }
    }
}

fn failures() -> Vec<String> {
    let mut found = Vec::new();
    compare("exp", math::exp, &mut found);
    compare("sigmoid", math::sigmoid, &mut found);
    compare("tanh", math::tanh, &mut found);
    compare("Φ", |x| math::normal(x).0, &mut found);
    compare("φ", |x| math::normal(x).1, &mut found);
    found
}

fn fixed() -> u64 {
    let all: Vec<f32> =
        inputs().iter().flat_map(|x| [math::exp(*x), math::sigmoid(*x), math::tanh(*x), math::normal(*x).0, math::normal(*x).1]).collect();
    hash(&all)
}
