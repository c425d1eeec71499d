//! Fits the weights: which method goes with which loss and penalty, and the pieces in which it works.

use std::sync::Arc;

use super::{Settings, descent::Descent, lbfgs::Lbfgs, logistic::Logistic, model::Linear, proximal::Proximal, squares::Squares};
use crate::engine::learners::{
    Fit, Model, PIECE, Progress, Table, Target,
    link::Link,
    table::{mean, shares},
};

/// A fit under way.
pub struct Fitting {
    table: Arc<Table>,
    method: Method,
    model: Linear,
    done: usize,
    of: usize,
    finished: bool,
}

enum Method {
    Squares(Squares),
    Descent(Descent),
    /// The loss where it is being evaluated, and who wants to know it.
    Logistic(Logistic, Search),
}

enum Search {
    Smooth(Lbfgs),
    L1(Proximal),
}

impl Fitting {
    pub fn new(table: &Arc<Table>, settings: Settings) -> Self {
        let method = match &table.target {
            Target::Values(values) if settings.l1() > 0.0 => Method::Descent(Descent::new(table, values, settings)),
            Target::Values(values) => Method::Squares(Squares::new(table, values, settings.l2())),
            Target::Classes { of, count } => {
                let logistic = Logistic::new(of, *count, table.features, settings.l2());
                let search = if settings.l1() > 0.0 {
                    Search::L1(Proximal::new(&logistic, table, settings.l1()))
                } else {
                    Search::Smooth(Lbfgs::new(logistic.parameters()))
                };
                Method::Logistic(logistic, search)
            }
        };
        Self { table: table.clone(), method, model: constant(table), done: 0, of: settings.max_iter, finished: false }
    }
}

/// Answers every row with the mean, or with the shares of the classes, each taken as one sample larger than it is, so that none is impossible.
pub fn constant(table: &Table) -> Linear {
    let (of, count) = match &table.target {
        Target::Values(values) => return Linear::new(vec![0.0; table.features], vec![mean(values) as f32], Link::Values),
        Target::Classes { of, count } => (of, *count),
    };
    let all = of.len() as f64;
    let logs: Vec<f64> = shares(of, count).iter().map(|share| libm::log(share * all + 1.0)).collect();
    let intercepts = if count == 2 { vec![(logs[1] - logs[0]) as f32] } else { logs.iter().map(|l| *l as f32).collect() };
    Linear::new(vec![0.0; table.features * intercepts.len()], intercepts, Link::classes(count))
}

impl Fit for Fitting {
    fn advance(&mut self) -> Progress {
        if !self.finished {
            let (stepped, converged) = match &mut self.method {
                Method::Squares(squares) => (true, squares.step(&self.table)),
                Method::Descent(descent) => (true, descent.pass(&self.table)),
                Method::Logistic(logistic, search) => step(logistic, search, &self.table),
            };
            self.done += usize::from(stepped);
            self.finished = converged || self.done >= self.of;
            if stepped || self.finished {
                self.model = match &self.method {
                    Method::Squares(squares) => squares.model(),
                    Method::Descent(descent) => descent.model(),
                    Method::Logistic(logistic, Search::Smooth(search)) => logistic.model(search.best()),
                    Method::Logistic(logistic, Search::L1(search)) => logistic.model(search.best()),
                };
            }
        }
        Progress { done: self.done, of: self.of, unit: "iterations", finished: self.finished }
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}

/// A few rows of the loss, and a step where it is known. Says whether an iteration is over, and whether all is.
fn step(logistic: &mut Logistic, search: &mut Search, table: &Table) -> (bool, bool) {
    let at = match search {
        Search::Smooth(search) => search.asked(),
        Search::L1(search) => search.asked(),
    };
    let rows = PIECE / (2 * logistic.parameters()).max(1) + 1;
    let Some(loss) = logistic.evaluate(at, table, rows) else { return (false, false) };
    match search {
        Search::Smooth(search) => search.tell(loss, logistic.gradient()),
        Search::L1(search) => search.tell(loss, logistic.gradient(), table.features * logistic.sums()),
    }
}
