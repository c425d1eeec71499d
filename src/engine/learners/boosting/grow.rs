//! One tree of boosting: the leaf whose split gains most is split next.

use super::Settings;
use crate::engine::learners::tree::{
    columns::Columns,
    nodes::{Branch, LEAF, Learnt, Tree},
};

/// Least curvature of a part: below, its answer would be noise.
const LEAST_CURVATURE: f64 = 1e-3;

/// Sums over samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    gradient: f64,
    curvature: f64,
    count: u32,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.count += other.count;
    }

    fn less(&self, other: &Self) -> Self {
        let (gradient, curvature) = (self.gradient - other.gradient, self.curvature - other.curvature);
        Self { gradient, curvature, count: self.count - other.count }
    }

    /// By how much the loss falls, twice, if these samples get their own answer.
    fn score(&self, l2: f64) -> f64 {
        self.gradient * self.gradient / (self.curvature + l2 + 1e-15)
    }
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    code: u16,
    left: Sums,
}

/// A leaf, or a node that was one.
struct Part {
    from: usize,
    to: usize,
    sums: Sums,
    /// Sums per bin of all features, while it is a leaf that may be split.
    bins: Vec<Sums>,
    split: Option<Split>,
    /// Places of its two parts.
    parts: Option<(usize, usize)>,
}

/// A tree under way.
pub struct Grower {
    rows: Vec<u32>,
    parts: Vec<Part>,
    leaves: usize,
    begun: bool,
    spare: Vec<u32>,
    /// Gradients and curvatures of the rows of a part, in their order.
    near: Vec<(f32, f32)>,
    /// Where the bins of each feature begin.
    starts: Vec<usize>,
}

impl Grower {
    pub fn new(columns: &Columns) -> Self {
        let mut starts = vec![0];
        (0..columns.features).for_each(|f| starts.push(starts[f] + columns.count(f)));
        let rows = (0..columns.rows as u32).collect();
        Self { rows, parts: Vec::new(), leaves: 1, begun: false, spare: Vec::new(), near: Vec::new(), starts }
    }

    /// Splits leaves until `work` row visits are spent or no split is left. `slopes[rows]` are gradients and curvatures. Says whether it is finished.
    pub fn go_on(&mut self, columns: &Columns, slopes: &[(f32, f32)], settings: &Settings, work: &mut usize) -> bool {
        if !self.begun {
            self.begun = true;
            let mut sums = Sums::default();
            slopes.iter().for_each(|(g, h)| sums.add(&Sums { gradient: f64::from(*g), curvature: f64::from(*h), count: 1 }));
            let mut root = Part { from: 0, to: self.rows.len(), sums, bins: Vec::new(), split: None, parts: None };
            root.bins = self.count(columns, slopes, root.from, root.to);
            root.split = self.best(columns, &root, settings);
            self.parts.push(root);
            *work = work.saturating_sub(self.rows.len() * columns.features);
        }
        while *work > 0 {
            let Some((at, split)) = self.next().filter(|_| self.leaves < settings.leaves) else { return true };
            *work = work.saturating_sub((self.parts[at].to - self.parts[at].from) * columns.features / 2 + self.starts[columns.features]);
            self.divide(at, split, columns, slopes, settings);
        }
        false
    }

    /// The leaf whose split gains most; of equals the first.
    fn next(&self) -> Option<(usize, Split)> {
        let mut best: Option<(usize, Split)> = None;
        for (at, part) in self.parts.iter().enumerate().filter(|(_, part)| part.parts.is_none()) {
            if let Some(split) = part.split.filter(|split| best.is_none_or(|(_, other)| split.gain > other.gain)) {
                best = Some((at, split));
            }
        }
        best
    }

    fn divide(&mut self, at: usize, split: Split, columns: &Columns, slopes: &[(f32, f32)], settings: &Settings) {
        let (from, to) = (self.parts[at].from, self.parts[at].to);
        let codes = columns.codes(split.feature);
        let rows = &mut self.rows[from..to];
        self.spare.clear();
        self.spare.extend(rows.iter().filter(|row| codes[**row as usize] > split.code));
        let mut kept = 0;
        for i in 0..rows.len() {
            if codes[rows[i] as usize] <= split.code {
                rows[kept] = rows[i];
                kept += 1;
            }
        }
        rows[kept..].copy_from_slice(&self.spare);
        let middle = from + kept;
        let part = |from, to, sums| Part { from, to, sums, bins: Vec::new(), split: None, parts: None };
        let (mut left, mut right) = (part(from, middle, split.left), part(middle, to, self.parts[at].sums.less(&split.left)));
        self.leaves += 1;
        // The smaller part is counted; the larger one is what it leaves.
        let whole = std::mem::take(&mut self.parts[at].bins);
        let (small, large) = if kept <= to - middle { (&mut left, &mut right) } else { (&mut right, &mut left) };
        if self.leaves < settings.leaves {
            small.bins = self.count(columns, slopes, small.from, small.to);
            large.bins = whole;
            large.bins.iter_mut().zip(&small.bins).for_each(|(l, s)| *l = l.less(s));
            for part in [small, large] {
                part.split = self.best(columns, part, settings);
                if part.split.is_none() {
                    part.bins = Vec::new();
                }
            }
        }
        self.parts[at].parts = Some((self.parts.len(), self.parts.len() + 1));
        self.parts.extend([left, right]);
    }

    /// Sums per bin of rows `from..to`.
    fn count(&mut self, columns: &Columns, slopes: &[(f32, f32)], from: usize, to: usize) -> Vec<Sums> {
        let rows = &self.rows[from..to];
        self.near.clear();
        self.near.extend(rows.iter().map(|row| slopes[*row as usize]));
        let mut bins = vec![Sums::default(); self.starts[columns.features]];
        for feature in 0..columns.features {
            let bins = &mut bins[self.starts[feature]..self.starts[feature + 1]];
            // A constant feature splits nothing.
            if bins.len() < 2 {
                continue;
            }
            let codes = columns.codes(feature);
            for (row, (g, h)) in rows.iter().zip(&self.near) {
                let bin = &mut bins[usize::from(codes[*row as usize])];
                bin.gradient += f64::from(*g);
                bin.curvature += f64::from(*h);
                bin.count += 1;
            }
        }
        bins
    }

    /// The split of `part` that gains most; of equals the first.
    fn best(&self, columns: &Columns, part: &Part, settings: &Settings) -> Option<Split> {
        let least = settings.min_leaf.max(1) as u32;
        if part.sums.count < 2 * least {
            return None;
        }
        let alone = part.sums.score(settings.l2);
        let mut best: Option<Split> = None;
        for feature in 0..columns.features {
            let mut left = Sums::default();
            let bins = &part.bins[self.starts[feature]..self.starts[feature + 1]];
            for (code, bin) in bins.iter().enumerate().take(bins.len().saturating_sub(1)) {
                left.add(bin);
                let right = part.sums.less(&left);
                if left.count < least || left.curvature < LEAST_CURVATURE {
                    continue;
                }
                if right.count < least || right.curvature < LEAST_CURVATURE {
                    break;
                }
                let gain = left.score(settings.l2) + right.score(settings.l2) - alone;
                if gain > best.map_or(0.0, |split| split.gain) {
                    best = Some(Split { gain, feature, code: code as u16, left });
                }
            }
        }
        best
    }

    /// The tree, and what it adds to the sum of each row, at every `stride`th of `raw`.
    pub fn finish(&self, columns: &Columns, settings: &Settings, raw: &mut [f64], stride: usize) -> Tree<f32> {
        let mut tree = Tree { nodes: Vec::new(), values: Vec::new(), learnt: None };
        let mut learnt = Vec::new();
        let mut waiting: Vec<(usize, Option<usize>)> = vec![(0, None)];
        while let Some((at, right_of)) = waiting.pop() {
            let part = &self.parts[at];
            let place = tree.nodes.len();
            if let Some(parent) = right_of {
                let parent: &mut Branch<f32> = &mut tree.nodes[parent];
                parent.right = place as u32;
            }
            let value = (-settings.learning_rate * part.sums.gradient / (part.sums.curvature + settings.l2 + 1e-15)) as f32;
            tree.values.push(value);
            let share = f64::from(part.sums.count) / self.rows.len() as f64;
            match (part.parts, part.split) {
                (Some((left, right)), Some(split)) => {
                    let threshold = columns.between(split.feature, split.code, split.code + 1);
                    tree.nodes.push(Branch { feature: split.feature as u32, right: 0, threshold });
                    learnt.push(Learnt { share, impurity: 0.0, gain: split.gain });
                    waiting.extend([(right, Some(place)), (left, None)]);
                }
                _ => {
                    tree.nodes.push(Branch { feature: LEAF, right: 0, threshold: 0.0 });
                    learnt.push(Learnt { share, impurity: 0.0, gain: 0.0 });
                    self.rows[part.from..part.to].iter().for_each(|row| raw[*row as usize * stride] += f64::from(value));
                }
            }
        }
        tree.learnt = Some(learnt);
        tree
    }
}
