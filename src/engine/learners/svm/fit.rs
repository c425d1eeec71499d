//! Learns pair after pair of classes, or values at once.

use std::sync::Arc;

use super::{
    Settings,
    kernel::Kernel,
    model::Svm,
    platt::{FOLDS, Sigmoid},
    smo::Smo,
};
use crate::engine::{
    data::folds,
    learners::{Fit, Model, PIECE, Progress, Table, Target, matrix::Matrix, table::mean},
};

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
    /// Samples of a fold whose sums are being taken.
    held: Option<Held>,
    /// For each pair of classes the sums of its samples by those who did not learn from them, and whether they are of its first class.
    sums: Vec<Vec<(f64, bool)>>,
}

/// What was learnt without a fold, and the fold's samples that it is still to be asked about.
struct Held {
    pair: usize,
    weights: Vec<(usize, f64)>,
    offset: f64,
    rows: Vec<(usize, bool)>,
}

/// What is told apart.
#[derive(Clone, Copy)]
enum Problem {
    Pair(usize, usize),
    Values,
    /// A pair again, by its place among all, without one of its folds.
    Fold(usize, usize, usize, usize),
}

/// Progress of a problem that is solved.
const WHOLE: usize = 1000;

impl Machine {
    pub fn new(table: &Arc<Table>, settings: Settings) -> Self {
        let pairs = |count: usize| (0..count).flat_map(move |a| (a + 1..count).map(move |b| (a, b)));
        let mut problems: Vec<Problem> = match &table.target {
            Target::Values(_) => vec![Problem::Values],
            Target::Classes { count, .. } => pairs(*count).map(|(a, b)| Problem::Pair(a, b)).collect(),
        };
        let offsets = match &table.target {
            Target::Values(values) => vec![-mean(values) as f32],
            Target::Classes { .. } => vec![0.0; problems.len()],
        };
        let (kernel, weights) = (settings.kernel(table), vec![Vec::new(); problems.len()]);
        let sums = vec![Vec::new(); problems.len()];
        if let (true, Target::Classes { of, count }) = (settings.probability, &table.target) {
            let there = |class: usize| of.iter().any(|c| *c as usize == class);
            for (pair, (a, b)) in pairs(*count).enumerate().filter(|(_, (a, b))| there(*a) && there(*b)) {
                problems.extend((0..FOLDS).map(|fold| Problem::Fold(pair, a, b, fold)));
            }
        }
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
            held: None,
            sums,
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
        if self.finished() {
            self.fit_sigmoids();
        }
    }

    /// Makes probabilities of the sums, where that is wanted.
    fn fit_sigmoids(&mut self) {
        if let (true, Target::Classes { .. }) = (self.settings.probability, &self.table.target) {
            let of = |sums: &Vec<(f64, bool)>| if sums.is_empty() { Sigmoid::CERTAIN } else { Sigmoid::fitted(sums) };
            self.model.sigmoids = self.sums.iter().map(of).collect();
        }
    }

    /// The samples of a pair: those to learn from, and those of the fold that is held out, each with whether it is of the pair's first class.
    fn parted(&self, a: usize, b: usize, fold: usize) -> [Vec<(usize, bool)>; 2] {
        let Target::Classes { of, .. } = &self.table.target else { return [Vec::new(), Vec::new()] };
        let rows: Vec<usize> = (0..of.len()).filter(|row| [a, b].contains(&(of[*row] as usize))).collect();
        let classes: Vec<u32> = rows.iter().map(|row| of[*row]).collect();
        let folds = folds(&classes, rows.len(), FOLDS, None);
        let part = |held: bool| {
            let chosen = rows.iter().zip(&folds).filter(|(_, at)| (**at == fold) == held);
            chosen.map(|(row, _)| (*row, of[*row] as usize == a)).collect()
        };
        [part(false), part(true)]
    }

    /// Ends learning without a fold: its samples are to be asked.
    fn hold(&self, (pair, a, b, fold): (usize, usize, usize, usize), solver: &Smo) -> Held {
        let [learnt, rows] = self.parted(a, b, fold);
        let firsts = learnt.iter().filter(|(_, first)| *first).count();
        // Where only one class is left to learn from, all are of that.
        let offset = match firsts {
            0 => 1.0,
            n if n == learnt.len() => -1.0,
            _ => solver.offset(),
        };
        Held { pair, weights: solver.weights(), offset, rows }
    }

    /// Asks for the sums of held samples until about `work` multiply-adds are spent. True when all are there.
    fn ask(&mut self, held: &mut Held, work: &mut usize) -> bool {
        while *work > 0 {
            let Some((row, first)) = held.rows.pop() else { return true };
            let x = self.table.row(row);
            let parts = held.weights.iter().map(|(other, weight)| weight * self.kernel.at(self.table.row(*other), x));
            self.sums[held.pair].push((parts.sum::<f64>() - held.offset, first));
            *work = work.saturating_sub((1 + held.weights.len()) * self.table.features);
        }
        held.rows.is_empty()
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
            (Problem::Fold(_, a, b, fold), Target::Classes { .. }) => {
                let [learnt, _] = self.parted(a, b, fold);
                let signs = learnt.iter().map(|(_, first)| if *first { 1.0 } else { -1.0 }).collect();
                let p = vec![-1.0; learnt.len()];
                Smo::new(&self.table, kernel, c, learnt.into_iter().map(|(row, _)| row).collect(), signs, p)
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
    let vectors = Matrix::new(at, table.features, vectors);
    Svm { kernel, counts, values, vectors, weights, offsets: offsets.to_vec(), sigmoids: Vec::new() }
}

impl Fit for Machine {
    fn advance(&mut self) -> Progress {
        let mut work = PIECE;
        while work > 0 && !self.finished() {
            if let Some(mut held) = self.held.take() {
                if self.ask(&mut held, &mut work) {
                    self.at += 1;
                    self.done = self.at * WHOLE;
                    if self.finished() {
                        self.fit_sigmoids();
                    }
                } else {
                    self.held = Some(held);
                }
                continue;
            }
            let mut solver = self.solver.take().unwrap_or_else(|| self.begin(self.problems[self.at]));
            if solver.go_on(&self.table, &mut work) {
                if let Problem::Fold(pair, a, b, fold) = self.problems[self.at] {
                    self.held = Some(self.hold((pair, a, b, fold), &solver));
                    continue;
                }
                self.take(&solver);
                self.at += 1;
                self.skip();
                self.done = self.at * WHOLE;
            } else {
                // One problem alone shows how it goes on; of several each shows when it is there.
                if self.weights.len() == 1 && self.at == 0 {
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
