//! Up or down, learnt by gradient descent.

use super::{Level, Problem, Rounder};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale},
    },
    kernels::{
        Scratch,
        matmul_f32::{Mat, matmul},
    },
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "adaround",
    label: "AdaRound",
    help: teach!(
        "Learns for every weight whether it goes to the level above or below it, so that the layer's answers to some training samples change least. A regularizer pushes each choice to one side by and by; better than the nearest level at few bits, and the slowest rule here."
    ),
    formula: teach!(
        r"\min_V \lVert X W - X \tilde W \rVert_F^2 + \lambda \sum_{ij} 1 - |2 h(V_{ij}) - 1|^\beta,\quad \tilde W = s \left( \lfloor W / s \rfloor + h(V) \right)"
    ),
    source: teach!("Nagel et al. 2020, Up or down? Adaptive rounding for post-training quantization"),
    params: &[STEPS, RATE],
    build: |values| Box::new(AdaRound { steps: values.usize(&STEPS), rate: values.f32(&RATE) }),
};

const STEPS: ParamSpec = ParamSpec {
    key: "steps",
    label: "Steps",
    range: (50.0, 5000.0),
    scale: Scale::Log,
    default: 300.0,
    help: teach!(
        "Steps of Adam for each layer. In the first fifth of them only the layer's answers count; with too few, choices are cut off rather than made."
    ),
    ..ParamSpec::NEW
};

const RATE: ParamSpec = ParamSpec {
    key: "rate",
    label: "Learning rate",
    range: (0.001, 0.1),
    scale: Scale::Log,
    default: 0.03,
    help: teach!(
        "Adam's learning rate for the variables behind the choices. They have a few units to go: with few steps it has to be large, and at the upper end choices flip to and fro."
    ),
    ..ParamSpec::NEW
};

/// Ends of the stretched sigmoid, of which 0 to 1 is used: it gets there in finite time.
const STRETCH: (f32, f32) = (-0.1, 1.1);
/// Rows in a step.
const BATCH: usize = 32;
/// Share of the steps in which the regularizer is silent.
const SILENT: f32 = 0.2;
/// Exponent of the regularizer at its first step and at the last: ever steeper at the ends, and flat between them.
const BETA: (f32, f32) = (20.0, 2.0);
/// Weight of the regularizer. The error of the outputs is counted in shares of what rounding to nearest adds for each weight, so that this means the
/// same in layers of any size and range.
const PENALTY: f32 = 50.0;

struct AdaRound {
    steps: usize,
    rate: f32,
}

impl Rounder for AdaRound {
    fn choose(&self, problem: &Problem<'_>, codes: &mut [i8]) {
        let rows = problem.rows.len() / problem.inputs.max(1);
        // Signs have no level above and below.
        if rows == 0 || problem.weights.is_empty() || problem.grid.bits == 1 {
            return;
        }
        let nearest = problem.error(codes);
        let unit = (nearest / problem.weights.len() as f64) as f32;
        if unit == 0.0 {
            return;
        }
        let mut course = Course::new(problem, unit, PENALTY);
        for step in 0..self.steps {
            course.step(step, self.steps, self.rate);
        }
        let mut found = vec![0; codes.len()];
        course.codes(&mut found);
        problem.take(&found, codes);
    }
}

/// The variables on their way. All matrices are `[K, N]`, as the products want them.
struct Course<'a> {
    problem: &'a Problem<'a>,
    /// What counts as an error of 1.
    unit: f32,
    penalty: f32,
    units: usize,
    choices: Vec<Choice>,
    /// The weights' distance from the floats.
    off: Vec<f32>,
    /// Its gradient.
    gradient: Vec<f32>,
    batch: Vec<f32>,
    /// What the outputs of the mini-batch are off.
    errors: Vec<f32>,
    scratch: Scratch,
}

/// Of one weight.
struct Choice {
    w: f32,
    scale: f32,
    /// The level below, in steps.
    floor: f32,
    low: f32,
    high: f32,
    zero: f32,
    /// Before the sigmoid.
    v: f32,
    /// The sigmoid.
    sigmoid: f32,
    /// Adam's means.
    moments: (f32, f32),
}

impl Choice {
    /// Moves the variable to `v`.
    fn put(&mut self, v: f32) {
        (self.v, self.sigmoid) = (v, 1.0 / (1.0 + libm::expf(-v)));
    }

    /// Share of the way from the level below to that above, 0 to 1.
    fn share(&self) -> f32 {
        (self.sigmoid * (STRETCH.1 - STRETCH.0) + STRETCH.0).clamp(0.0, 1.0)
    }

    /// Steps from 0 at some share of the way.
    fn steps(&self, share: f32) -> f32 {
        (self.floor + share).clamp(self.low, self.high)
    }
}

impl<'a> Course<'a> {
    fn new(problem: &'a Problem<'a>, unit: f32, penalty: f32) -> Self {
        let (inputs, units) = (problem.inputs, problem.units());
        let choices = (0..inputs * units).map(|at| {
            let (k, n) = (at / units, at % units);
            let (w, level) = (problem.weights[n * inputs + k], problem.grid.at(n, k));
            let at = w * level.inverse();
            let floor = libm::floorf(at);
            let share = (at - floor - STRETCH.0) / (STRETCH.1 - STRETCH.0);
            let Level { scale, low, high, zero, .. } = level;
            let mut choice = Choice { w, scale, floor, low, high, zero, v: 0.0, sigmoid: 0.5, moments: (0.0, 0.0) };
            choice.put(-libm::logf(1.0 / share - 1.0));
            choice
        });
        let batch = BATCH.min(problem.rows.len() / inputs);
        Self {
            problem,
            unit,
            penalty,
            units,
            choices: choices.collect(),
            off: vec![0.0; inputs * units],
            gradient: vec![0.0; inputs * units],
            batch: vec![0.0; batch * inputs],
            errors: vec![0.0; batch * units],
            scratch: Scratch::default(),
        }
    }

    /// Rows of step `step`: as far apart as can be, so that the patches of one image do not come together.
    fn gather(&mut self, step: usize) {
        let inputs = self.problem.inputs;
        let (all, rows) = (self.problem.rows.len() / inputs, self.batch.len() / inputs);
        let apart = all / rows;
        for (i, to) in self.batch.chunks_exact_mut(inputs).enumerate() {
            let from = i * apart + step % apart;
            to.copy_from_slice(&self.problem.rows[from * inputs..(from + 1) * inputs]);
        }
    }

    /// A step of Adam: the outputs' squared error, summed over units and averaged over rows, and the regularizer.
    fn step(&mut self, step: usize, steps: usize, rate: f32) {
        self.gather(step);
        let Self { choices, off, gradient, batch, errors, scratch, units, .. } = self;
        let (inputs, units, rows) = (self.problem.inputs, *units, batch.len() / self.problem.inputs);
        for (off, choice) in off.iter_mut().zip(&*choices) {
            *off = choice.steps(choice.share()) * choice.scale - choice.w;
        }
        matmul((rows, units, inputs), Mat::rows(batch, inputs), Mat::rows(off, units), errors, false, scratch);
        matmul((inputs, units, rows), Mat::rows(batch, inputs).transposed(), Mat::rows(errors, units), gradient, false, scratch);
        let beta = beta(step, steps);
        let (b1, b2) = (0.9_f32, 0.999_f32);
        let count = step as i32 + 1;
        // The powers of both rates, by which the first means are too small.
        let (c1, c2) = (1.0 - libm::powf(b1, count as f32), 1.0 - libm::powf(b2, count as f32));
        let per_row = 2.0 / (rows as f32 * self.unit);
        for (choice, gradient) in choices.iter_mut().zip(&*gradient) {
            let share = choice.share();
            let mut slope = 0.0;
            // A pruned weight stays zero; a choice that has come to an end of the stretched sigmoid is made.
            if choice.w != 0.0 && share > 0.0 && share < 1.0 {
                let within = choice.floor + share;
                if within >= choice.low && within <= choice.high {
                    slope = gradient * per_row * choice.scale;
                }
                if let Some(beta) = beta {
                    let side = 2.0 * share - 1.0;
                    slope -= self.penalty * 2.0 * beta * side.signum() * libm::powf(side.abs(), beta - 1.0);
                }
                slope *= (STRETCH.1 - STRETCH.0) * choice.sigmoid * (1.0 - choice.sigmoid);
            }
            let (mean, square) = choice.moments;
            let (mean, square) = (b1 * mean + (1.0 - b1) * slope, b2 * square + (1.0 - b2) * slope * slope);
            choice.moments = (mean, square);
            if mean != 0.0 {
                choice.put(choice.v - rate * (mean / c1) / ((square / c2).sqrt() + 1e-8));
            }
        }
    }

    /// The codes `[N, K]` of the sides chosen by now.
    fn codes(&self, codes: &mut [i8]) {
        for (at, choice) in self.choices.iter().enumerate() {
            let up = f32::from(u8::from(choice.share() >= 0.5));
            let steps = if choice.w == 0.0 { 0.0 } else { choice.steps(up) };
            codes[at % self.units * self.problem.inputs + at / self.units] = (steps + choice.zero) as i8;
        }
    }
}

/// Exponent of the regularizer in a step; `None` while it is silent.
fn beta(step: usize, steps: usize) -> Option<f32> {
    let from = SILENT * steps as f32;
    let at = step as f32;
    (at >= from).then(|| BETA.1 + (BETA.0 - BETA.1) * (1.0 - (at - from) / (steps as f32 - from)).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quantization::rounding::{
        Grid,
        tests::{columns, fixture, floats, number},
    };

    /// The first steps and the last against `torch.optim.Adam`.
    #[test]
    fn steps_are_those_of_pytorch() {
        for case in fixture("adaround") {
            let (inputs, units, steps) = (number(&case["inputs"]), number(&case["units"]), number(&case["steps"]));
            let (weights, rows, scales) = (columns(&floats(&case["weights"]), units), floats(&case["rows"]), floats(&case["scales"]));
            let grid = Grid { bits: number(&case["bits"]) as u32, group: 0, groups: 1, scales: &scales, zeros: &[] };
            let problem = Problem { weights: &weights, inputs, grid, rows: &rows };
            let mut course = Course::new(&problem, 1.0, case["penalty"].as_f64().unwrap() as f32);
            let shown: Vec<usize> = case["shown"].as_array().unwrap().iter().map(number).collect();
            for (choice, start) in course.choices.iter_mut().zip(floats(&case["start"])) {
                let was = choice.steps(choice.share()) * choice.scale;
                assert!((was - choice.w).abs() < 1e-5, "it begins with the weights themselves");
                choice.put(start);
            }
            let mut compared = 0;
            for step in 0..steps {
                course.step(step, steps, case["rate"].as_f64().unwrap() as f32);
                let Some(at) = shown.iter().position(|s| *s == step + 1) else { continue };
                for (choice, want) in course.choices.iter().zip(floats(&case["shares"][at])) {
                    assert!((choice.share() - want).abs() < 2e-3, "after step {}: {} instead of {want}", step + 1, choice.share());
                }
                compared += 1;
            }
            assert_eq!(compared, shown.len());
        }
    }
}
