//! Input by input, each error made up for by the inputs that follow.

use super::{Problem, Rounder, hessian};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "gptq",
    label: "GPTQ",
    help: teach!(
        "Rounds a layer input by input, and after each moves the weights that are still floats so that they make up for the error, as the inputs of some training samples tell. The layer's answers stay close where its weights do not, which counts at 4 bits and fewer; with few samples it fits those."
    ),
    formula: teach!(r"w_j \leftarrow w_j - \frac{w_i - \hat w_i}{[H^{-1}]_{ii}} [H^{-1}]_{ij}\ (j > i),\quad H = 2 X^\top X + \lambda I"),
    source: teach!("Frantar et al. 2022, GPTQ: accurate post-training quantization for generative pre-trained transformers"),
    params: &[DAMP, ORDER],
    build: |values| Box::new(Gptq { damp: values.get(&DAMP) / 100.0, by_activity: values.usize(&ORDER) != 0 }),
};

const DAMP: ParamSpec = ParamSpec {
    key: "damp",
    label: "Damping λ",
    unit: "%",
    range: (0.01, 100.0),
    scale: Scale::Log,
    default: 1.0,
    help: teach!(
        "What is added to the diagonal of the Hessian, as a share of its mean. Little of it trusts few samples too much; a lot of it comes back to the nearest level."
    ),
    formula: teach!(r"\lambda = \frac{p}{K} \sum_i H_{ii}"),
    ..ParamSpec::NEW
};

const ORDER: ParamSpec = ParamSpec {
    key: "order",
    label: "Order",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "index", label: "As they come" }, Word { key: "activity", label: "Strongest inputs first" }]),
    default: 0.0,
    help: teach!(
        "Which inputs are rounded first, while many others can still make up for the error. Strongest first (act-order) serves those that matter most; the last ones have nobody left."
    ),
    formula: teach!(r"H_{i_1 i_1} \ge H_{i_2 i_2} \ge \dots"),
    ..ParamSpec::NEW
};

/// Inputs that make up for each other's errors at most: the work grows with the cube. A layer with more is rounded in runs of so many.
pub const RUN: usize = 1024;

struct Gptq {
    /// Share of the mean of the diagonal.
    damp: f64,
    by_activity: bool,
}

impl Rounder for Gptq {
    fn choose(&self, problem: &Problem<'_>, codes: &mut [i8]) {
        let mut found = codes.to_vec();
        for from in (0..problem.inputs).step_by(RUN) {
            let among = from..(from + RUN).min(problem.inputs);
            let mut order: Vec<usize> = among.clone().collect();
            if self.by_activity {
                let activity = hessian::activity(problem.rows, problem.inputs, among.clone());
                crate::order::sort(&mut order, &|a, b| activity[b - from].total_cmp(&activity[a - from]).then(a.cmp(&b)));
            }
            // From the last place down, as rows of a lower triangle reach.
            order.reverse();
            round(problem, &order, self.damp, &mut found);
        }
        // Weights that are moved beyond the outermost level are cut off there: with few levels that can cost more than it brings.
        problem.take(&found, codes);
    }
}

/// Rounds the inputs `order`, the last first.
fn round(problem: &Problem<'_>, order: &[usize], damp: f64, codes: &mut [i8]) {
    let (inputs, units) = (problem.inputs, problem.units());
    let hessian::Inverse { size, values } = hessian::inverse(problem.rows, inputs, order, damp);
    let weight = |k: usize, n: usize| problem.weights[n * inputs + k];
    // `[place, N]`: what is left to be stored.
    let mut left: Vec<f64> = order.iter().flat_map(|k| (0..units).map(move |n| f64::from(weight(*k, n)))).collect();
    let mut errors = vec![0.0; units];
    for (a, k) in order.iter().enumerate().rev() {
        let row = &values[a * size..=a * size + a];
        let (before, own) = left.split_at_mut(a * units);
        for (n, (w, error)) in own[..units].iter().zip(&mut errors).enumerate() {
            let level = problem.grid.at(n, *k);
            // A pruned weight stays zero, whatever was to be made up for.
            let steps = if weight(*k, n) == 0.0 { 0.0 } else { level.nearest(*w as f32) };
            codes[n * inputs + k] = level.code(steps);
            *error = (w - f64::from(steps * level.scale)) / row[a];
        }
        for (times, others) in row.iter().zip(before.chunks_exact_mut(units.max(1))).filter(|(times, _)| **times != 0.0) {
            others.iter_mut().zip(&errors).for_each(|(w, error)| *w -= error * times);
        }
    }
}
