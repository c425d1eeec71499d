//! Learns pair after pair of classes, or values at once.

use std::sync::Arc;

use super::{Settings, kernel::Kernel, model::Svm, smo::Smo};
use crate::engine::learners::{Fit, Model, PIECE, Progress, Table, Target, matrix::Matrix, table::mean};

/// A machine under way.
pub struct Machine {
    table: Arc<Table>,
    settings: Settings,
    kernel: Kernel,
    problems: Vec<Problem>,
    /// Which of them is being solved, and how.
    at: usize,
    solver: Option<Smo>,
    /// What each row counts in each problem, `[problems]` of `(row, weight)`.
    weights: Vec<Vec<(usize, f64)>>,
    offsets: Vec<f32>,
    model: Svm,
    done: usize,
}

/// What is told apart.
#[derive(Clone, Copy)]
enum Problem {
    Pair(usize, usize),
    Values,
}

/// Progress of a problem that is solved.
const WHOLE: usize = 1000;

impl Machine {
    pub fn new(table: &Arc<Table>, settings: Settings) -> Self {
        let problems: Vec<Problem> = match &table.target {
            Target::Values(_) => vec![Problem::Values],
            Target::Classes { count, .. } => (0..*count).flat_map(|a| (a + 1..*count).map(move |b| Problem::Pair(a, b))).collect(),
        };
        let offsets = match &table.target {
            Target::Values(values) => vec![-mean(values) as f32],
            Target::Classes { .. } => vec![0.0; problems.len()],
        };
        let (kernel, weights) = (settings.kernel(table), vec![Vec::new(); problems.len()]);
        let mut machine = Self {
            model: model(table, kernel, &weights, &offsets),
            table: table.clone(),
            settings,
            kernel,
            problems,
            at: 0,
            solver: None,
            weights,
            offsets,
            done: 0,
        };
        machine.skip();
        machine
    }

    /// Passes over pairs of which a class has no sample: the other one wins, of two without any the first.
    fn skip(&mut self) {
        let Target::Classes { of, .. } = &self.table.target else { return };
        let there = |class: usize| of.iter().any(|c| *c as usize == class);
        while let Some(Problem::Pair(a, b)) = self.problems.get(self.at) {
            let (first, second) = (there(*a), there(*b));
            if first && second {
                break;
            }
            self.offsets[self.at] = if second { 1.0 } else { -1.0 };
            self.at += 1;
        }
        self.model = model(&self.table, self.kernel, &self.weights, &self.offsets);
    }

    fn begin(&self, problem: Problem) -> Smo {
        let (c, kernel) = (self.settings.c, self.kernel);
        match (problem, &self.table.target) {
            (Problem::Pair(a, b), Target::Classes { of, .. }) => {
                let rows: Vec<usize> = (0..of.len()).filter(|row| [a, b].contains(&(of[*row] as usize))).collect();
                let signs = rows.iter().map(|row| if of[*row] as usize == a { 1.0 } else { -1.0 }).collect();
                let p = vec![-1.0; rows.len()];
                Smo::new(&self.table, kernel, c, rows, signs, p)
            }
            (_, Target::Values(values)) => {
                let count = values.len();
                let signs = (0..2 * count).map(|t| if t < count { 1.0 } else { -1.0 }).collect();
                let p = (0..2 * count).map(|t| {
                    let value = f64::from(values[t % count]);
                    self.settings.epsilon + if t < count { -value } else { value }
                });
                Smo::new(&self.table, kernel, c, (0..count).collect(), signs, p.collect())
            }
            (Problem::Values, Target::Classes { .. }) => Smo::new(&self.table, kernel, c, Vec::new(), Vec::new(), Vec::new()),
        }
    }

    /// Takes over how far a problem is solved.
    fn take(&mut self, solver: &Smo) {
        self.weights[self.at] = solver.weights();
        self.offsets[self.at] = solver.offset() as f32;
        self.model = model(&self.table, self.kernel, &self.weights, &self.offsets);
    }

    fn finished(&self) -> bool {
        self.at >= self.problems.len()
    }
}

/// The machine of which each problem's rows count `weights`.
fn model(table: &Table, kernel: Kernel, weights: &[Vec<(usize, f64)>], offsets: &[f32]) -> Svm {
    let mut used = vec![false; table.rows];
    weights.iter().flatten().for_each(|(row, _)| used[*row] = true);
    let (classes, of): (usize, Box<dyn Fn(usize) -> usize + '_>) = match &table.target {
        Target::Values(_) => (1, Box::new(|_| 0)),
        Target::Classes { of, count } => (*count, Box::new(|row| of[row] as usize)),
    };
    let values = matches!(table.target, Target::Values(_));
    let mut places = vec![usize::MAX; table.rows];
    let (mut counts, mut vectors, mut at) = (vec![0; classes], Vec::new(), 0);
    for (class, count) in counts.iter_mut().enumerate() {
        for row in (0..table.rows).filter(|row| used[*row] && of(*row) == class) {
            places[row] = at;
            at += 1;
            *count += 1;
            vectors.extend_from_slice(table.row(row));
        }
    }
    let wide = if values { 1 } else { classes.saturating_sub(1) };
    let mut own = vec![0.0; at * wide];
    let pairs = (0..classes).flat_map(|a| (a + 1..classes).map(move |b| (a, b)));
    for (problem, (a, b)) in weights.iter().zip(pairs.chain([(0, 0)])) {
        for (row, weight) in problem {
            // A column for each other class.
            let column = if values || of(*row) == b { a } else { b - 1 };
            own[places[*row] * wide + column] = *weight as f32;
        }
    }
    let weights = Matrix::new(at, wide, own);
    Svm { kernel, counts, values, vectors: Matrix::new(at, table.features, vectors), weights, offsets: offsets.to_vec() }
}

impl Fit for Machine {
    fn advance(&mut self) -> Progress {
        let mut work = PIECE;
        while work > 0 && !self.finished() {
            let mut solver = self.solver.take().unwrap_or_else(|| self.begin(self.problems[self.at]));
            if solver.go_on(&self.table, &mut work) {
                self.take(&solver);
                self.at += 1;
                self.skip();
                self.done = self.at * WHOLE;
            } else {
                // One problem alone shows how it goes on; of several each shows when it is there.
                if self.problems.len() == 1 {
                    self.take(&solver);
                }
                self.done = self.done.max(self.at * WHOLE + (solver.way() * (WHOLE - 1) as f64) as usize);
                self.solver = Some(solver);
            }
        }
        let of = (self.problems.len() * WHOLE).max(1);
        Progress { done: if self.finished() { of } else { self.done }, of, unit: "‰", finished: self.finished() }
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}
