//! Muon.

use std::{cell::RefCell, ops::Range};

use super::{Optimizer, adam::Adam, adamw::DECAY, keep, settle};
use crate::{
    engine::{
        catalog::Entry,
        network::Network,
        params::{ParamSpec, Scale},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "muon",
    label: "Muon",
    help: teach!(
        "Treats the weights of a hidden layer as one matrix and makes the momentum's directions all equally long before it steps, so that rare directions learn as fast as common ones. Biases, depthwise filters and the output layer follow AdamW; a step costs several products of matrices and runs on the CPU, which is slow for wide layers."
    ),
    formula: teach!(
        r"M \leftarrow \mu M + (1 - \mu)\, G,\quad W \leftarrow (1 - \eta\lambda)\, W - 0.2\,\eta \sqrt{\max(m, n)}\; \operatorname{NS}\left((1 - \mu)\, G + \mu M\right)"
    ),
    source: teach!(
        "Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks; Liu et al. 2025, Muon is scalable for LLM training (the step's length)"
    ),
    params: &[MOMENTUM, STEPS, DECAY],
    build: |v| {
        Box::new(Muon {
            momentum: v.get(&MOMENTUM),
            steps: v.usize(&STEPS),
            decay: v.get(&DECAY),
            adam: Adam::plain(),
            matrices: Vec::new(),
            scratch: RefCell::default(),
        })
    },
};

const MOMENTUM: ParamSpec = ParamSpec {
    key: "momentum",
    label: "Momentum μ",
    range: (0.0, 0.999),
    default: 0.95,
    help: teach!(
        "Share of the mean gradient that is kept from step to step. 0 follows each mini-batch; near 1 averages over many steps and reacts late."
    ),
    ..ParamSpec::NEW
};
const STEPS: ParamSpec = ParamSpec {
    key: "steps",
    label: "Newton–Schulz steps",
    range: (1.0, 10.0),
    scale: Scale::Integer,
    default: 5.0,
    help: teach!(
        "How often the polynomial is applied that pulls all directions towards one length. One leaves weak directions weak; five bring most of them between 0.7 and 1.2, and more cost time."
    ),
    formula: teach!(r"X \leftarrow a X + b\, X X^\top X + c\, (X X^\top)^2 X,\quad X_0 = \frac{M}{\lVert M \rVert_F}"),
    ..ParamSpec::NEW
};

/// The polynomial's coefficients: those with the steepest slope at zero that keep singular values within bounds.
const A: f64 = 3.4445;
const B: f64 = -4.775;
const C: f64 = 2.0315;
/// Smallest norm that is divided by.
const NOTHING: f64 = 1e-7;

struct Muon {
    momentum: f64,
    steps: usize,
    decay: f64,
    /// What moves all but the matrices.
    adam: Adam,
    matrices: Vec<Matrix>,
    scratch: RefCell<Scratch>,
}

/// Weights of a layer, `[rows, cols]`.
struct Matrix {
    span: Range<usize>,
    cols: usize,
}

/// Memory of a step: allocated for the largest matrix, then reused.
#[derive(Default)]
struct Scratch {
    /// What is made orthogonal, short side first: `[m, n]`.
    x: Vec<f64>,
    /// Products of its rows, the polynomial of these so far, and what they are computed in: `[m, m]`.
    gram: Vec<f64>,
    product: Vec<f64>,
    factor: Vec<f64>,
    spare: Vec<f64>,
}

impl Optimizer for Muon {
    /// The momentum, or Adam's mean; Adam's mean square.
    fn slots(&self) -> usize {
        2
    }

    fn meet(&mut self, network: &Network) {
        let last = network.nodes().iter().rposition(|node| !node.tensors.is_empty());
        let hidden = network.weights().filter(|(layer, tensor, _)| Some(*layer) != last && [2, 4].contains(&tensor.shape.len()));
        self.matrices = hidden.map(|(_, tensor, span)| Matrix { span, cols: tensor.shape.last().map_or(1, |n| *n) }).collect();
    }

    fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        settle(step, memory);
        let mut from = 0;
        for matrix in &self.matrices {
            self.others(step, lr, from..matrix.span.start, param, grad, memory);
            self.step(matrix, lr, param, grad, memory);
            from = matrix.span.end;
        }
        self.others(step, lr, from..param.len(), param, grad, memory);
    }

    fn wgsl(&self) -> Option<Wgsl> {
        None
    }

    fn rule(&self, _: u64, _: f32) -> [f32; 4] {
        [0.0; 4]
    }
}

impl Muon {
    /// AdamW for the parameters of `span`.
    fn others(&self, step: u64, lr: f32, span: Range<usize>, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        let [m, v] = memory else { return };
        let (grad, m, v) = (&grad[span.clone()], &mut m[span.clone()], &mut v[span.clone()]);
        self.adam.move_by(step, lr, keep(lr, self.decay), &mut param[span], grad, (m, v));
    }

    fn step(&self, matrix: &Matrix, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
        let [mean, _] = memory else { return };
        let span = matrix.span.clone();
        let (param, grad, mean) = (&mut param[span.clone()], &grad[span.clone()], &mut mean[span]);
        let (kept, fresh) = (self.momentum as f32, (1.0 - self.momentum) as f32);
        mean.iter_mut().zip(grad).for_each(|(m, g)| *m = kept * *m + fresh * g);
        let (rows, cols) = (grad.len() / matrix.cols.max(1), matrix.cols);
        let (m, n) = (rows.min(cols), rows.max(cols));
        let scratch = &mut *self.scratch.borrow_mut();
        // Nesterov's look ahead, and the short side first.
        let ahead = grad.iter().zip(&*mean).map(|(g, m)| f64::from(fresh) * f64::from(*g) + f64::from(kept) * f64::from(*m));
        scratch.x.clear();
        scratch.x.resize(m * n, 0.0);
        for (i, v) in ahead.enumerate() {
            let (r, c) = (i / cols, i % cols);
            scratch.x[if rows <= cols { r * n + c } else { c * n + r }] = v;
        }
        scratch.orthogonalize(m, n, self.steps);
        let (keep, rate) = (keep(lr, self.decay), 0.2 * f64::from(lr) * libm::sqrt(n as f64));
        for (i, p) in param.iter_mut().enumerate() {
            let (r, c) = (i / cols, i % cols);
            let direction = scratch.x[if rows <= cols { r * n + c } else { c * n + r }];
            *p = keep * *p - (rate * direction) as f32;
        }
    }
}

impl Scratch {
    /// Newton–Schulz on `x[m, n]`. Every iterate is a polynomial in `x xᵀ` times `x`: it is found in `m × m` numbers, in f64 since squaring costs digits.
    fn orthogonalize(&mut self, m: usize, n: usize, steps: usize) {
        let Self { x, gram, product, factor, spare } = self;
        let norm = libm::sqrt(x.iter().map(|v| v * v).sum::<f64>()).max(NOTHING);
        x.iter_mut().for_each(|v| *v /= norm);
        [&mut *gram, product, factor].into_iter().for_each(|square| square.resize(m * m, 0.0));
        spare.resize(m * n, 0.0);
        for (i, row) in x.chunks_exact(n).enumerate() {
            for (j, other) in x.chunks_exact(n).enumerate().take(i + 1) {
                let sum = row.iter().zip(other).map(|(a, b)| a * b).sum();
                (gram[i * m + j], gram[j * m + i]) = (sum, sum);
            }
        }
        product[..m * m].fill(0.0);
        (0..m).for_each(|i| product[i * m + i] = 1.0);
        for _ in 0..steps {
            // The factor Q = a + b G + c G², by which x is multiplied; then G becomes Q G Q, all of which commute.
            multiply(m, m, &gram[..m * m], &gram[..m * m], &mut factor[..m * m]);
            factor.iter_mut().zip(&*gram).take(m * m).for_each(|(f, g)| *f = C * *f + B * g);
            (0..m).for_each(|i| factor[i * m + i] += A);
            multiply(m, m, &factor[..m * m], &product[..m * m], &mut spare[..m * m]);
            product[..m * m].copy_from_slice(&spare[..m * m]);
            multiply(m, m, &factor[..m * m], &gram[..m * m], &mut spare[..m * m]);
            multiply(m, m, &spare[..m * m], &factor[..m * m], &mut gram[..m * m]);
        }
        multiply(m, n, &product[..m * m], &x[..m * n], &mut spare[..m * n]);
        x[..m * n].copy_from_slice(&spare[..m * n]);
    }
}

/// `out[m, n] = a[m, m] b[m, n]`.
fn multiply(m: usize, n: usize, a: &[f64], b: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (a, out) in a.chunks_exact(m).zip(out.chunks_exact_mut(n)) {
        for (a, b) in a.iter().zip(b.chunks_exact(n)) {
            out.iter_mut().zip(b).for_each(|(o, b)| *o += a * b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn the_short_way_is_the_iteration() {
        let (m, n) = (5, 9);
        let mut rng = Rng::new(3, 0);
        let start: Vec<f64> = (0..m * n).map(|_| f64::from(rng.normal())).collect();
        let mut scratch = Scratch { x: start.clone(), ..Scratch::default() };
        scratch.orthogonalize(m, n, 5);
        let norm = start.iter().map(|v| v * v).sum::<f64>().sqrt();
        let mut x: Vec<f64> = start.iter().map(|v| v / norm).collect();
        for _ in 0..5 {
            let gram = |i: usize, j: usize| (0..n).map(|k| x[i * n + k] * x[j * n + k]).sum::<f64>();
            let g: Vec<f64> = (0..m * m).map(|at| gram(at / m, at % m)).collect();
            let (mut squared, mut next) = (vec![0.0; m * m], vec![0.0; m * n]);
            multiply(m, m, &g, &g, &mut squared);
            let factor: Vec<f64> = (0..m * m).map(|i| A * f64::from(u8::from(i / m == i % m)) + B * g[i] + C * squared[i]).collect();
            multiply(m, n, &factor, &x, &mut next);
            x = next;
        }
        for (short, long) in scratch.x.iter().zip(&x) {
            assert!((short - long).abs() < 1e-10, "{short} and {long}");
        }
        // All directions about equally long.
        for i in 0..m {
            let length = x[i * n..(i + 1) * n].iter().map(|v| v * v).sum::<f64>();
            assert!((0.4..1.5).contains(&length), "{length}");
        }
    }
}
