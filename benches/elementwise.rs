//! Exponential functions over slices, next to `libm`'s: `cargo bench --bench elementwise`.

mod harness;

use harness::{case, head, values};
use whittle::kernels::elementwise::math;

const LEN: usize = 4096;

fn main() {
    head("elementwise, 4096 values", "Gvalue/s");
    let x: Vec<f32> = values(LEN, 1).iter().map(|v| 6.0 * v).collect();
    compare("exp", &x, math::exp, libm::expf);
    compare("sigmoid", &x, math::sigmoid, |x| 1.0 / (1.0 + libm::expf(-x)));
    compare("tanh", &x, math::tanh, libm::tanhf);
    compare("Φ and φ (GELU)", &x, |x| x * math::normal(x).0, |x| x * 0.5 * libm::erfcf(-x * core::f32::consts::FRAC_1_SQRT_2));
}

fn compare(name: &str, x: &[f32], fast: impl Fn(f32) -> f32, reference: impl Fn(f32) -> f32) {
    let (mut y, mut z) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    case(
        name,
        x.len(),
        || y.iter_mut().zip(x).for_each(|(y, x)| *y = fast(*x)),
        Some(&mut || z.iter_mut().zip(x).for_each(|(z, x)| *z = reference(*x))),
    );
}
