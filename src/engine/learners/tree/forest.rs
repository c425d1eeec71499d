//! Random forests and extremely randomized trees: many trees that differ by chance, averaged.

use std::sync::Arc;

use super::{
    CCP_ALPHA, CRITERION, MIN_SAMPLES_LEAF,
    columns::{Columns, MOST_BINS},
    grow::{Grower, Rules},
    nodes::{Branch, LEAF, Learnt, Tree},
    rules,
    tally::Tally,
    trees::{Combine, Store, Trees},
};
use crate::engine::{
    catalog::Entry,
    learners::{Build, Fit, Model, PIECE, Progress, Table, Target},
    params::{ParamSpec, Scale, Values, Word},
    rng::Rng,
};

pub const FOREST: Entry<Build> = Entry {
    key: "forest",
    label: "Random forest",
    help: teach!(
        "Averages many trees, each grown on other samples and at each split shown other features, so that their mistakes differ and cancel. It is good without tuning and hard to overfit, but large, and each answer asks every tree."
    ),
    formula: teach!(r"\hat y(x) = \frac{1}{B} \sum_{b=1}^{B} T_b(x)"),
    source: teach!("Breiman 2001, Random forests"),
    params: &[N_ESTIMATORS, MAX_DEPTH, MAX_FEATURES, CRITERION, MIN_SAMPLES_LEAF, CCP_ALPHA],
    build: |values| Box::new(Plan::new(values, false)),
};

pub const EXTRA: Entry<Build> = Entry {
    key: "extra-trees",
    label: "Extremely randomized trees",
    help: teach!(
        "A forest whose trees see all samples, but draw one threshold per feature at random and keep the best of these. It grows faster and varies less than a random forest, and its trees are deeper."
    ),
    formula: teach!(r"t_j \sim \mathcal{U}\left( \min_i x_{ij},\, \max_i x_{ij} \right)"),
    source: teach!("Geurts, Ernst & Wehenkel 2006, Extremely randomized trees"),
    params: &[N_ESTIMATORS, MAX_DEPTH, MAX_FEATURES, CRITERION, MIN_SAMPLES_LEAF, CCP_ALPHA],
    build: |values| Box::new(Plan::new(values, true)),
};

const N_ESTIMATORS: ParamSpec = ParamSpec {
    key: "n-estimators",
    label: "Trees",
    range: (1.0, 500.0),
    scale: Scale::Integer,
    default: 100.0,
    help: teach!(
        "How many trees are averaged. One is a single, noisy tree; each more makes answers steadier by less and less, while size and time grow with their number."
    ),
    ..ParamSpec::NEW
};

const MAX_DEPTH: ParamSpec = ParamSpec { default: 20.0, ..super::MAX_DEPTH };

const MAX_FEATURES: ParamSpec = ParamSpec {
    key: "max-features",
    label: "Features per split",
    range: (0.0, 3.0),
    scale: Scale::Choice(&[
        Word { key: "auto", label: "√ for classes, all for values" },
        Word { key: "sqrt", label: "√" },
        Word { key: "log2", label: "log₂" },
        Word { key: "all", label: "All" },
    ]),
    default: 0.0,
    help: teach!(
        "How many features, drawn anew, a split may choose from. Few make trees differ, which averaging needs, but each is weaker; all leave the differences to the samples alone."
    ),
    ..ParamSpec::NEW
};

/// How many features a split looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Auto,
    Root,
    Log,
    All,
}

impl Share {
    fn of(self, features: usize, target: &Target) -> usize {
        let root = (libm::sqrt(features as f64) as usize).max(1);
        match (self, target) {
            (Self::Root, _) | (Self::Auto, Target::Classes { .. }) => root,
            (Self::Log, _) => (features.ilog2() as usize).max(1),
            (Self::All, _) | (Self::Auto, Target::Values(_)) => features,
        }
    }
}

/// What is to be grown.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub rules: Rules,
    pub features: Share,
    pub trees: usize,
    /// Whether each tree sees as many samples as there are, drawn with replacement.
    pub bootstrap: bool,
    /// Of cost-complexity pruning.
    pub alpha: f64,
}

impl Plan {
    fn new(values: &Values, random: bool) -> Self {
        Self {
            rules: Rules { max_depth: values.usize(&MAX_DEPTH), random, ..rules(values) },
            features: [Share::Auto, Share::Root, Share::Log, Share::All][values.usize(&MAX_FEATURES)],
            trees: values.usize(&N_ESTIMATORS),
            bootstrap: !random,
            alpha: values.get(&CCP_ALPHA),
        }
    }
}

/// Streams of the seed: one per tree for its samples, one for its splits.
const SAMPLES: u64 = 16 << 32;
const SPLITS: u64 = 17 << 32;

/// A forest under way.
pub struct Growing {
    table: Arc<Table>,
    columns: Columns,
    ready: bool,
    plan: Plan,
    seed: u64,
    grower: Option<Grower>,
    model: Trees,
    done: usize,
}

impl Growing {
    pub fn new(table: &Arc<Table>, plan: Plan, seed: u64) -> Self {
        let plan = Plan { rules: Rules { features: plan.features.of(table.features, &table.target), ..plan.rules }, ..plan };
        let combine = if matches!(table.target, Target::Classes { .. }) { Combine::Shares } else { Combine::Mean };
        // Until the first tree is there it is one leaf with all samples.
        let mut tally = Tally::new(&table.target, plan.rules.criterion);
        (0..table.rows).for_each(|row| tally.add(&table.target, row, 1.0));
        let mut values = Vec::new();
        tally.answer(&mut values);
        let learnt = Some(vec![Learnt { share: 1.0, impurity: tally.impurity(), gain: 0.0 }]);
        let leaf = Tree { nodes: vec![Branch { feature: LEAF, right: 0, threshold: 0.0 }], values, learnt };
        let model = Trees { features: table.features, outputs: table.outputs(), combine, store: Store::Floats(vec![leaf]) };
        Self { table: table.clone(), columns: Columns::new(table, MOST_BINS), ready: false, plan, seed, grower: None, model, done: 0 }
    }

    /// The tree numbered as many as are done.
    fn begin(&self) -> Grower {
        let rows = self.table.rows;
        let mut weights = vec![u32::from(!self.plan.bootstrap); rows];
        if self.plan.bootstrap {
            let mut rng = Rng::new(self.seed, SAMPLES + self.done as u64);
            (0..rows).for_each(|_| weights[rng.below(rows as u32) as usize] += 1);
        }
        Grower::new(&self.table.target, weights, self.plan.rules, Rng::new(self.seed, SPLITS + self.done as u64))
    }

    fn finished(&self) -> bool {
        self.done >= self.plan.trees
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done, of: self.plan.trees, unit: "trees", finished: self.finished() }
    }
}

impl Fit for Growing {
    fn advance(&mut self) -> Progress {
        let mut work = PIECE / 8;
        if !self.ready {
            self.ready = self.columns.go_on(&self.table);
            work = if self.ready { work / 2 } else { 0 };
        }
        // A piece ends where a tree does: whoever draws a curve looks at every one.
        if work > 0 && !self.finished() {
            let mut grower = self.grower.take().unwrap_or_else(|| self.begin());
            let Some(tree) = grower.go_on(&self.columns, &self.table.target, &mut work) else {
                self.grower = Some(grower);
                return self.progress();
            };
            let tree =
                if self.plan.alpha > 0.0 { tree.simplified(self.model.combine.wide(self.model.outputs), self.plan.alpha) } else { tree };
            if let Store::Floats(trees) = &mut self.model.store {
                if self.done == 0 {
                    trees.clear();
                }
                trees.push(tree);
            }
            self.done += 1;
        }
        self.progress()
    }

    fn model(&self) -> &dyn Model {
        &self.model
    }
}
