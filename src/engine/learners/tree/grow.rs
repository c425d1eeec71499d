//! Grows a tree: node after node, feature after feature, in pieces.

use super::{
    columns::Columns,
    nodes::{Branch, LEAF, Learnt, Tree},
    tally::{Criterion, Tally},
};
use crate::engine::{learners::Target, rng::Rng};

/// How a tree grows.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub criterion: Criterion,
    /// Deepest level.
    pub max_depth: usize,
    /// Fewest samples of a leaf.
    pub min_leaf: usize,
    /// Features that are looked at per node, constant ones not counted.
    pub features: usize,
    /// Whether thresholds are drawn at random, one per feature, instead of searched (Geurts, Ernst & Wehenkel 2006).
    pub random: bool,
}

/// A tree under way.
pub struct Grower {
    rules: Rules,
    rng: Rng,
    /// How often each row of the table counts.
    weights: Vec<u32>,
    /// Rows that count, those of a node side by side.
    rows: Vec<u32>,
    /// All that counts.
    total: f64,
    waiting: Vec<Waiting>,
    current: Option<Current>,
    tree: Tree<f32>,
    left: Tally,
    right: Tally,
    /// Room to sort: bin and row, or rows of a bin.
    keys: Vec<u64>,
    starts: Vec<u32>,
    sorted: Vec<u32>,
}

/// A node that is still to be looked at.
struct Waiting {
    from: usize,
    to: usize,
    depth: usize,
    /// Whose right node it is.
    right_of: Option<usize>,
}

/// The node that is looked at.
struct Current {
    from: usize,
    to: usize,
    depth: usize,
    tally: Tally,
    /// Features; those before `next` have been looked at.
    order: Vec<u32>,
    next: usize,
    /// How many that were not constant.
    seen: usize,
    best: Option<Best>,
}

#[derive(Clone, Copy)]
struct Best {
    purity: f64,
    feature: usize,
    threshold: f32,
    /// The last bin that goes left.
    code: u16,
}

impl Grower {
    /// A tree of the rows that `weights` counts, of which there is one at least.
    pub fn new(target: &Target, weights: Vec<u32>, rules: Rules, rng: Rng) -> Self {
        let rows: Vec<u32> = (0..weights.len() as u32).filter(|row| weights[*row as usize] > 0).collect();
        let tally = Tally::new(target, rules.criterion);
        Self {
            rules,
            rng,
            total: weights.iter().map(|w| f64::from(*w)).sum(),
            waiting: vec![Waiting { from: 0, to: rows.len(), depth: 0, right_of: None }],
            weights,
            rows,
            current: None,
            tree: Tree { nodes: Vec::new(), values: Vec::new(), learnt: Some(Vec::new()) },
            left: tally.clone(),
            right: tally,
            keys: Vec::new(),
            starts: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// Grows on until `work` row visits are spent, or it is finished: then the tree is given away.
    pub fn go_on(&mut self, columns: &Columns, target: &Target, work: &mut usize) -> Option<Tree<f32>> {
        loop {
            let Some(mut current) = self.current.take().or_else(|| self.open(columns, target)) else {
                return Some(std::mem::replace(&mut self.tree, Tree { nodes: Vec::new(), values: Vec::new(), learnt: None }));
            };
            while current.next < current.order.len() && current.seen < self.rules.features {
                if *work == 0 {
                    self.current = Some(current);
                    return None;
                }
                let feature = self.draw(&mut current);
                self.look(&mut current, feature, columns, target);
                *work = work.saturating_sub(current.to - current.from + 16);
            }
            self.close(&current, columns, target);
        }
    }

    /// The next node, with all that has to be known of it before its features are looked at.
    fn open(&mut self, columns: &Columns, target: &Target) -> Option<Current> {
        let Waiting { from, to, depth, right_of } = self.waiting.pop()?;
        let at = self.tree.nodes.len();
        if let Some(parent) = right_of {
            self.tree.nodes[parent].right = at as u32;
        }
        let mut tally = Tally::new(target, self.rules.criterion);
        self.rows[from..to].iter().for_each(|row| tally.add(target, *row as usize, f64::from(self.weights[*row as usize])));
        let impurity = tally.impurity();
        self.tree.nodes.push(Branch { feature: LEAF, right: 0, threshold: 0.0 });
        tally.answer(&mut self.tree.values);
        if let Some(learnt) = &mut self.tree.learnt {
            learnt.push(Learnt { share: tally.weight / self.total, impurity, gain: 0.0 });
        }
        let ends = depth >= self.rules.max_depth || to - from < 2 * self.rules.min_leaf.max(1) || impurity <= f64::EPSILON;
        let order = if ends { Vec::new() } else { (0..columns.features as u32).collect() };
        Some(Current { from, to, depth, tally, order, next: 0, seen: 0, best: None })
    }

    /// A feature that was not looked at: the next one, or one drawn where not all are looked at.
    fn draw(&mut self, current: &mut Current) -> usize {
        if self.rules.features < current.order.len() {
            let other = current.next + self.rng.below((current.order.len() - current.next) as u32) as usize;
            current.order.swap(current.next, other);
        }
        current.next += 1;
        current.order[current.next - 1] as usize
    }

    /// Looks for a better split at `feature`.
    fn look(&mut self, current: &mut Current, feature: usize, columns: &Columns, target: &Target) {
        let codes = columns.codes(feature);
        let rows = &self.rows[current.from..current.to];
        let range = rows.iter().fold((u16::MAX, 0), |(low, high), row| {
            let code = codes[*row as usize];
            (code.min(low), code.max(high))
        });
        if range.0 >= range.1 {
            return;
        }
        current.seen += 1;
        if self.rules.random {
            self.look_once(current, feature, range, columns, target);
        } else {
            self.look_everywhere(current, feature, range, columns, target);
        }
    }

    /// At one threshold, drawn between the least and the largest value.
    fn look_once(&mut self, current: &mut Current, feature: usize, range: (u16, u16), columns: &Columns, target: &Target) {
        let (low, high) = (columns.bin(feature, range.0).1, columns.bin(feature, range.1).0);
        let drawn = low + self.rng.uniform() * (high - low);
        let threshold = if drawn.is_finite() && drawn >= low && drawn < high { drawn } else { low };
        let (code, codes) = (columns.below(feature, threshold), columns.codes(feature));
        self.left.clear();
        let mut count = 0;
        for row in self.rows[current.from..current.to].iter().map(|row| *row as usize).filter(|row| codes[*row] <= code) {
            self.left.add(target, row, f64::from(self.weights[row]));
            count += 1;
        }
        self.right.copy(&current.tally);
        for row in self.rows[current.from..current.to].iter().map(|row| *row as usize).filter(|row| codes[*row] <= code) {
            self.right.add(target, row, -f64::from(self.weights[row]));
        }
        self.consider(current, count, Best { purity: 0.0, feature, threshold, code });
    }

    /// Between any two values that are there.
    fn look_everywhere(&mut self, current: &mut Current, feature: usize, range: (u16, u16), columns: &Columns, target: &Target) {
        let codes = columns.codes(feature);
        self.sort(current, codes, range);
        self.left.clear();
        self.right.copy(&current.tally);
        for at in 1..self.sorted.len() {
            let (row, next) = (self.sorted[at - 1] as usize, self.sorted[at] as usize);
            let weight = f64::from(self.weights[row]);
            self.left.add(target, row, weight);
            self.right.add(target, row, -weight);
            if codes[row] != codes[next] {
                // The threshold is worked out for what is best alone.
                self.consider(current, at, Best { purity: 0.0, feature, threshold: f32::NAN, code: codes[row] });
            }
        }
        if let Some(best) = current.best.as_mut().filter(|best| best.feature == feature && best.threshold.is_nan()) {
            let upper = self.sorted.iter().map(|row| codes[*row as usize]).find(|code| *code > best.code);
            best.threshold = columns.between(feature, best.code, upper.unwrap_or(best.code));
        }
    }

    /// Takes a split, whose parts `left` and `right` are with `count` samples on the left, if it is better than the best so far; of equals the first.
    fn consider(&self, current: &mut Current, count: usize, split: Best) {
        let least = self.rules.min_leaf.max(1);
        if count < least || current.to - current.from - count < least {
            return;
        }
        let purity = self.left.purity() + self.right.purity();
        if current.best.is_none_or(|best| purity > best.purity) {
            current.best = Some(Best { purity, ..split });
        }
    }

    /// Rows of the node by the bins of a column: counted where there are few bins between the outermost, else compared. Both are stable.
    fn sort(&mut self, current: &Current, codes: &[u16], (low, high): (u16, u16)) {
        let rows = &self.rows[current.from..current.to];
        let bins = usize::from(high - low) + 1;
        self.sorted.clear();
        if bins <= 2 * rows.len() {
            self.starts.clear();
            self.starts.resize(bins + 1, 0);
            rows.iter().for_each(|row| self.starts[usize::from(codes[*row as usize] - low) + 1] += 1);
            (1..=bins).for_each(|bin| self.starts[bin] += self.starts[bin - 1]);
            self.sorted.resize(rows.len(), 0);
            for row in rows {
                let start = &mut self.starts[usize::from(codes[*row as usize] - low)];
                self.sorted[*start as usize] = *row;
                *start += 1;
            }
        } else {
            self.keys.clear();
            self.keys.extend(rows.iter().map(|row| u64::from(codes[*row as usize]) << 32 | u64::from(*row)));
            self.keys.sort_unstable();
            self.sorted.extend(self.keys.iter().map(|key| *key as u32));
        }
    }

    /// Splits the node at what is best, or leaves it a leaf.
    fn close(&mut self, current: &Current, columns: &Columns, target: &Target) {
        let Some(best) = current.best else { return };
        let at = self.tree.nodes.len() - 1;
        let codes = columns.codes(best.feature);
        self.sorted.clear();
        let rows = &mut self.rows[current.from..current.to];
        self.sorted.extend(rows.iter().filter(|row| codes[**row as usize] > best.code));
        let mut kept = 0;
        for i in 0..rows.len() {
            if codes[rows[i] as usize] <= best.code {
                rows[kept] = rows[i];
                kept += 1;
            }
        }
        rows[kept..].copy_from_slice(&self.sorted);
        let node = &mut self.tree.nodes[at];
        (node.feature, node.threshold) = (best.feature as u32, best.threshold);
        self.gain(current, kept, at, target);
        let (middle, depth) = (current.from + kept, current.depth + 1);
        self.waiting.push(Waiting { from: middle, to: current.to, depth, right_of: Some(at) });
        self.waiting.push(Waiting { from: current.from, to: middle, depth, right_of: None });
    }

    /// By how much the split of node `at` lowers impurity.
    fn gain(&mut self, current: &Current, kept: usize, at: usize, target: &Target) {
        self.left.clear();
        self.right.clear();
        for (i, row) in self.rows[current.from..current.to].iter().map(|row| *row as usize).enumerate() {
            let side = if i < kept { &mut self.left } else { &mut self.right };
            side.add(target, row, f64::from(self.weights[row]));
        }
        let [whole, left, right] = [&current.tally, &self.left, &self.right].map(|part| part.weight * part.impurity());
        if let Some(learnt) = &mut self.tree.learnt {
            learnt[at].gain = ((whole - left - right) / self.total).max(0.0);
        }
    }
}
