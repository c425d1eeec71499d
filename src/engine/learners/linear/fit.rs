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
        let (method, model) = match &table.target {
            Target::Values(values) => {
                let method = if settings.l1() > 0.0 {
                    Method::Descent(Descent::new(table, values, settings))
                } else {
                    Method::Squares(Squares::new(table, values, settings.l2()))
                };
                (method, Linear::new(vec![0.0; table.features], vec![mean(values) as f32], Link::Values))
            }
            Target::Classes { of, count } => {
                let logistic = Logistic::new(of, *count, table.features, settings.l2());
                let search = if settings.l1() > 0.0 {
                    Search::L1(Proximal::new(&logistic, table, settings.l1()))
                } else {
                    Search::Smooth(Lbfgs::new(logistic.parameters()))
                };
                let model = constant(of, *count, table.features);
                (Method::Logistic(logistic, search), model)
            }
        };
        Self { table: table.clone(), method, model, done: 0, of: settings.max_iter, finished: false }
    }
}

/// Answers with the shares of the classes, each taken as one sample larger than it is, so that none is impossible.
fn constant(of: &[u32], count: usize, features: usize) -> Linear {
    let all = of.len() as f64;
    let logs: Vec<f64> = shares(of, count).iter().map(|share| libm::log(share * all + 1.0)).collect();
    if count == 2 {
        Linear::new(vec![0.0; features], vec![(logs[1] - logs[0]) as f32], Link::Binary)
    } else {
        Linear::new(vec![0.0; features * count], logs.iter().map(|l| *l as f32).collect(), Link::Softmax)
    }
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
