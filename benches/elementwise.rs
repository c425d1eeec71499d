//! Exponential functions over slices, next to `libm`'s: `cargo bench --bench elementwise`.
//!
//! An element is a value.

mod harness;
#[path = "harness/pair.rs"]
mod pair;

use criterion::Criterion;
use harness::{criterion, values};
use pair::pair;
use whittle::kernels::elementwise::math;

const LEN: usize = 4096;

fn main() {
    let mut criterion = criterion();
    let x: Vec<f32> = values(LEN, 1).iter().map(|v| 6.0 * v).collect();
    compare(&mut criterion, "exp", &x, math::exp, libm::expf);
    compare(&mut criterion, "sigmoid", &x, math::sigmoid, |x| 1.0 / (1.0 + libm::expf(-x)));
    compare(&mut criterion, "tanh", &x, math::tanh, libm::tanhf);
    let gelu = |x: f32| x * 0.5 * libm::erfcf(-x * core::f32::consts::FRAC_1_SQRT_2);
    compare(&mut criterion, "gelu", &x, |x| x * math::normal(x).0, gelu);
}

fn compare(criterion: &mut Criterion, name: &str, x: &[f32], fast: impl Fn(f32) -> f32, reference: impl Fn(f32) -> f32) {
    let (mut y, mut z) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    pair(
        criterion,
        &format!("elementwise {name}, {LEN} values"),
        x.len(),
        || y.iter_mut().zip(x).for_each(|(y, x)| *y = fast(*x)),
        || z.iter_mut().zip(x).for_each(|(z, x)| *z = reference(*x)),
    );
}
