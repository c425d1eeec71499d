//! Principal components of what a kernel sees.

use super::{COMPONENTS, Fitted, Rows, linalg::axes, stats::mean};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "kernel-pca",
    label: "Kernel PCA",
    help: teach!(
        "Principal components of how alike rows are, so that they can follow curves: rings come apart along a line. It compares each row with training rows, at most 500 spread evenly over them, which all have to be kept."
    ),
    formula: teach!(
        r"z_k(x) = \sum_i \frac{v_{k,i}}{\sqrt{\lambda_k}}\, \tilde\kappa(x_i, x),\quad \kappa = e^{-\gamma \lVert x - x' \rVert^2} \text{ or } (\gamma\, x^\top x' + 1)^d"
    ),
    source: teach!("Schölkopf, Smola & Müller 1998, Nonlinear component analysis as a kernel eigenvalue problem"),
    params: &[COMPONENTS, KERNEL, GAMMA, DEGREE],
    build: fit,
};

const KERNEL: ParamSpec = ParamSpec {
    key: "kernel",
    label: "Kernel",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "rbf", label: "RBF" }, Word { key: "poly", label: "Polynomial" }]),
    help: teach!(
        "RBF calls rows alike that lie near each other, and knows nothing beyond. The polynomial one sees products of columns, as that step makes them, without making them."
    ),
    ..ParamSpec::NEW
};
const GAMMA: ParamSpec = ParamSpec {
    key: "gamma",
    label: "Width γ",
    range: (0.0, 100.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!(
        "How fast likeness falls with distance; 0 takes one over the number of columns. A large one makes every row alike to itself alone."
    ),
    ..ParamSpec::NEW
};
const DEGREE: ParamSpec = ParamSpec {
    key: "degree",
    label: "Degree",
    range: (2.0, 5.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!("Degree of the polynomial kernel; the other has none. High ones follow the largest rows alone."),
    ..ParamSpec::NEW
};

/// Most training rows that are compared with: the time grows with their third power.
const MOST: usize = 500;

/// How alike two rows are.
#[derive(Clone, Copy)]
struct Kernel {
    poly: bool,
    gamma: f64,
    degree: i32,
}

impl Kernel {
    fn of(self, a: &[f64], b: &[f64]) -> f64 {
        let pairs = a.iter().zip(b);
        if self.poly {
            let base = self.gamma * pairs.map(|(a, b)| a * b).sum::<f64>() + 1.0;
            (0..self.degree).fold(1.0, |power, _| power * base)
        } else {
            libm::exp(-self.gamma * pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f64>())
        }
    }
}

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let (len, width) = (rows.len(), rows.width());
    let gamma = if values.get(&GAMMA) > 0.0 { values.get(&GAMMA) } else { 1.0 / width as f64 };
    let kernel = Kernel { poly: values.usize(&KERNEL) == 1, gamma, degree: values.usize(&DEGREE) as i32 };
    let n = len.min(MOST);
    let kept: Vec<f64> = (0..n).flat_map(|i| rows.values[i * len / n * width..][..width].iter().copied()).collect();
    let mut alike: Vec<f64> = kept.chunks_exact(width).flat_map(|a| kept.chunks_exact(width).map(|b| kernel.of(a, b))).collect();
    let size: f64 = alike.iter().step_by(n + 1).sum();
    let means: Vec<f64> = alike.chunks_exact(n).map(mean).collect();
    let whole = mean(&means);
    for (row, own) in alike.chunks_exact_mut(n).zip(&means) {
        row.iter_mut().zip(&means).for_each(|(v, other)| *v += whole - own - other);
    }
    let found = axes(&alike, n)?;
    let total: f64 = found.iter().map(|(value, _)| value.max(0.0)).sum();
    let largest = found.first().map_or(0.0, |(value, _)| *value);
    // What is left of equal numbers when their mean is taken off is rounding.
    if total <= n as f64 * f64::EPSILON * size {
        return Err("all rows are alike".into());
    }
    // What is left of the others is rounding.
    let there = found.iter().filter(|(value, _)| *value > 1e-10 * largest);
    let mut weights: Vec<Vec<f64>> = there.map(|(value, axis)| axis.iter().map(|v| v / value.sqrt()).collect()).collect();
    weights.truncate(values.usize(&COMPONENTS));
    let names = (1..=weights.len()).map(|i| format!("kernel PC {i}")).collect();
    let explained = found.iter().map(|(value, _)| value.max(0.0) / total).collect();
    let map = move |row: &[f64], out: &mut Vec<f64>| {
        let seen: Vec<f64> = kept.chunks_exact(width).map(|other| kernel.of(row, other)).collect();
        let own = mean(&seen);
        out.extend(weights.iter().map(|w| {
            let centred = seen.iter().zip(&means).map(|(v, other)| v - own - other + whole);
            w.iter().zip(centred).map(|(w, v)| w * v).sum::<f64>()
        }));
    };
    Ok(Fitted::projection(names, explained, false, Box::new(map)))
}
