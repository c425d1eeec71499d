//! Rounds of boosting: gradients, then a tree per sum.

use std::sync::Arc;

use super::{Settings, grow::Grower};
use crate::engine::learners::{
    Fit, Model, PIECE, Progress, Table, Target,
    link::{Link, sigmoid, softmax},
    table::{mean, shares},
    tree::{
        columns::Columns,
        nodes::Tree,
        trees::{Combine, Store, Trees},
    },
};

/// A model under way.
pub struct Boosting {
    table: Arc<Table>,
    settings: Settings,
    columns: Columns,
    ready: bool,
    link: Link,
    sums: usize,
    /// Sums of the trees so far, `[rows, sums]`.
    raw: Vec<f64>,
    /// Gradient and curvature of the loss of each row, `[sums, rows]`, at the beginning of the round.
    slopes: Vec<(f32, f32)>,
    grower: Option<Grower>,
    /// Trees of this round that are there; the model gets them together.
    round: Vec<Tree<f32>>,
    model: Trees,
    done: usize,
}

impl Boosting {
    pub fn new(table: &Arc<Table>, settings: Settings) -> Self {
        let (link, start) = match &table.target {
            Target::Values(values) => (Link::Values, vec![mean(values) as f32]),
            Target::Classes { of, count } => {
                let logs: Vec<f64> = shares(of, *count).iter().map(|share| libm::log(share.max(1e-6))).collect();
                let middle = logs.iter().sum::<f64>() / *count as f64;
                match Link::classes(*count) {
                    Link::Binary => (Link::Binary, vec![(logs[1] - logs[0]) as f32]),
                    link => (link, logs.iter().map(|log| (log - middle) as f32).collect()),
                }
            }
        };
        let sums = start.len();
        let raw = start.iter().map(|v| f64::from(*v)).collect::<Vec<_>>().repeat(table.rows);
        let combine = Combine::Sum { start, link };
        let model = Trees { features: table.features, outputs: table.outputs(), combine, store: Store::Floats(Vec::new()) };
        Self {
            table: table.clone(),
            columns: Columns::new(table, settings.bins),
            settings,
            ready: false,
            link,
            sums,
            raw,
            slopes: vec![(0.0, 0.0); table.rows * sums],
            grower: None,
            round: Vec::new(),
            model,
            done: 0,
        }
    }

    /// Gradients and curvatures where the sums are now.
    fn slopes(&mut self) {
        let (rows, mut answer) = (self.table.rows, vec![0.0; self.sums]);
        for (row, raw) in self.raw.chunks_exact(self.sums).enumerate() {
            match &self.table.target {
                Target::Values(values) => self.slopes[row] = ((raw[0] - f64::from(values[row])) as f32, 1.0),
                Target::Classes { of, .. } if self.link == Link::Binary => {
                    let share = sigmoid(raw[0]);
                    self.slopes[row] = ((share - f64::from(of[row])) as f32, (share * (1.0 - share)) as f32);
                }
                Target::Classes { of, .. } => {
                    answer.copy_from_slice(raw);
                    softmax(&mut answer);
                    for (class, share) in answer.iter().enumerate() {
                        let target = f64::from(u8::from(of[row] as usize == class));
                        self.slopes[class * rows + row] = ((share - target) as f32, (share * (1.0 - share)) as f32);
                    }
                }
            }
        }
    }

    fn finished(&self) -> bool {
        self.done >= self.settings.rounds
    }
}

impl Fit for Boosting {
    fn advance(&mut self) -> Progress {
        let mut work = PIECE / 4;
        if !self.ready {
            self.ready = self.columns.go_on(&self.table);
            work = if self.ready { work / 2 } else { 0 };
        }
        while work > 0 && !self.finished() {
            let mut grower = match self.grower.take() {
                Some(grower) => grower,
                None => {
                    if self.round.is_empty() {
                        self.slopes();
                    }
                    Grower::new(&self.columns)
                }
            };
            let at = self.round.len();
            let slopes = &self.slopes[at * self.table.rows..(at + 1) * self.table.rows];
            if !grower.go_on(&self.columns, slopes, &self.settings, &mut work) {
                self.grower = Some(grower);
                break;
            }
            self.round.push(grower.finish(&self.columns, &self.settings, &mut self.raw[at..], self.sums));
            if self.round.len() == self.sums {
                if let Store::Floats(trees) = &mut self.model.store {
                    trees.append(&mut self.round);
                }
                self.done += 1;
                // A piece ends where a step does: whoever draws a curve looks at every round.
                break;
            }
        }
        Progress { done: self.done, of: self.settings.rounds, unit: "rounds", finished: self.finished() }
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}
