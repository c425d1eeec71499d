//! The model of all families of trees: one, many that are averaged, or many that are added up.

use super::{
    coded::Coded,
    nodes::{LEAF, Tree},
};
use crate::engine::learners::{Count, Description, Model, Node, Shrink, Shrinks, Split, codec::Tag, link::Link};

/// Trees, and what becomes of their answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Trees {
    pub features: usize,
    /// Answers per row.
    pub outputs: usize,
    pub combine: Combine,
    pub store: Store,
}

/// How trees answer together.
#[derive(Clone, Debug, PartialEq)]
pub enum Combine {
    /// The mean of shares of classes; leaves hold one per class.
    Shares,
    /// The mean of values.
    Mean,
    /// Sums that begin with `start`, to which tree `t` adds its one value at place `t` modulo their number.
    Sum { start: Vec<f32>, link: Link },
}

/// How the trees are stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Store {
    Floats(Vec<Tree<f32>>),
    Codes(Coded),
}

impl Combine {
    /// Values per leaf.
    pub fn wide(&self, outputs: usize) -> usize {
        if matches!(self, Self::Shares) { outputs } else { 1 }
    }

    /// Sums per row.
    pub fn sums(&self, outputs: usize) -> usize {
        if let Self::Sum { start, .. } = self { start.len() } else { outputs }
    }

    /// Trees of one round.
    fn round(&self) -> usize {
        if let Self::Sum { start, .. } = self { start.len() } else { 1 }
    }
}

impl Trees {
    /// Nodes, leaves, and the deepest level.
    fn size(&self) -> (usize, usize, usize) {
        fn of<T: Copy + PartialOrd>(trees: &[Tree<T>]) -> (usize, usize, usize) {
            trees.iter().fold((0, 0, 0), |(nodes, leaves, depth), tree| {
                (nodes + tree.nodes.len(), leaves + tree.leaves(), depth.max(tree.levels().into_iter().max().unwrap_or(0)))
            })
        }
        match &self.store {
            Store::Floats(trees) => of(trees),
            Store::Codes(coded) => of(&coded.trees),
        }
    }

    /// Bytes that it takes in a file.
    fn bytes(&self) -> usize {
        let mut bytes = Vec::new();
        super::file::write(self, &mut bytes);
        bytes.len()
    }

    /// How many trees there are.
    pub fn count(&self) -> usize {
        match &self.store {
            Store::Floats(trees) => trees.len(),
            Store::Codes(coded) => coded.trees.len(),
        }
    }

    /// Whether training is known, as it is until the model goes through a file.
    fn known(&self) -> bool {
        fn of<T>(trees: &[Tree<T>]) -> bool {
            trees.iter().all(|tree| tree.learnt.is_some())
        }
        match &self.store {
            Store::Floats(trees) => of(trees),
            Store::Codes(coded) => of(&coded.trees),
        }
    }

    /// Shares of the features in what all splits gained; the mean over trees, of each of which they add up to 1 (Breiman 2001).
    fn importances(&self) -> Vec<f32> {
        let mut all = vec![0.0; self.features];
        let mut add = |gains: &mut dyn Iterator<Item = (u32, f64)>| {
            let gains: Vec<_> = gains.filter(|(feature, _)| *feature != LEAF).collect();
            // Rounds of boosting learn less and less, and count as much as they learn.
            let of: f64 = if matches!(self.combine, Combine::Sum { .. }) { 1.0 } else { gains.iter().map(|(_, gain)| gain).sum() };
            if of > 0.0 {
                gains.iter().for_each(|(feature, gain)| all[*feature as usize] += gain / of);
            }
        };
        fn gains<'a, T: Copy>(tree: &'a Tree<T>) -> impl Iterator<Item = (u32, f64)> + 'a {
            tree.nodes.iter().zip(tree.learnt.iter().flatten()).map(|(node, learnt)| (node.feature, learnt.gain))
        }
        match &self.store {
            Store::Floats(trees) => trees.iter().for_each(|tree| add(&mut gains(tree))),
            Store::Codes(coded) => coded.trees.iter().for_each(|tree| add(&mut gains(tree))),
        }
        let total: f64 = all.iter().sum();
        if total > 0.0 { all.iter().map(|gain| (gain / total) as f32).collect() } else { Vec::new() }
    }

    /// Trees that `edit` makes of those there are.
    fn edited(&self, members: usize, edit: Edit) -> Self {
        let keep = self.combine.round().saturating_mul(members.max(1)).min(self.count());
        let wide = self.combine.wide(self.outputs);
        fn all<T: Copy + PartialOrd>(trees: &[Tree<T>], wide: usize, edit: Edit) -> Vec<Tree<T>> {
            trees.iter().map(|tree| edit.apply(tree, wide)).collect()
        }
        let store = match &self.store {
            Store::Floats(trees) => Store::Floats(all(&trees[..keep], wide, edit)),
            Store::Codes(coded) => Store::Codes(Coded { trees: all(&coded.trees[..keep], wide, edit), ..coded.clone() }),
        };
        Self { store, combine: self.combine.clone(), ..*self }
    }
}

/// What is done to each tree.
#[derive(Clone, Copy)]
struct Edit {
    depth: usize,
    alpha: f64,
}

impl Edit {
    fn apply<T: Copy + PartialOrd>(self, tree: &Tree<T>, wide: usize) -> Tree<T> {
        // What came through a file knows no answers inside, and stays as it is.
        if tree.learnt.is_none() {
            return tree.clone();
        }
        let tree = if self.depth < usize::MAX { tree.cut(wide, self.depth) } else { tree.clone() };
        if self.alpha > 0.0 { tree.simplified(wide, self.alpha) } else { tree }
    }
}

impl Model for Trees {
    fn features(&self) -> usize {
        self.features
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn predict(&self, inputs: &[f32], rows: usize, out: &mut [f32]) {
        let (wide, round) = (self.combine.wide(self.outputs), self.combine.round());
        let mut sums = vec![0.0; self.combine.sums(self.outputs)];
        let mut codes = vec![0; self.features];
        for (row, out) in inputs.chunks_exact(self.features.max(1)).zip(out.chunks_exact_mut(self.outputs.max(1))).take(rows) {
            match &self.combine {
                Combine::Sum { start, .. } => sums.iter_mut().zip(start).for_each(|(s, v)| *s = f64::from(*v)),
                Combine::Shares | Combine::Mean => sums.fill(0.0),
            }
            match &self.store {
                Store::Floats(trees) => {
                    for (t, tree) in trees.iter().enumerate() {
                        let value = tree.value(tree.leaf(row), wide);
                        sums[t % round..].iter_mut().zip(value).for_each(|(s, v)| *s += f64::from(*v));
                    }
                }
                Store::Codes(coded) => {
                    coded.encode(row, &mut codes);
                    for (t, tree) in coded.trees.iter().enumerate() {
                        let value = tree.value(tree.leaf(&codes), wide);
                        sums[t % round..].iter_mut().zip(value).for_each(|(s, q)| *s += coded.value(*q));
                    }
                }
            }
            self.answer(&mut sums, out);
        }
    }

    fn describe(&self) -> Description {
        let (nodes, leaves, depth) = self.size();
        let counts =
            vec![Count::new("trees", self.count()), Count::new("nodes", nodes), Count::new("leaves", leaves), Count::new("levels", depth)];
        let importances = if self.known() { self.importances() } else { Vec::new() };
        let eight_bits = matches!(self.store, Store::Codes(_));
        Description { eight_bits, counts, importances, trees: self.count(), ..Description::default() }
    }

    fn tree(&self, at: usize) -> Option<Vec<Node>> {
        let wide = self.combine.wide(self.outputs);
        match &self.store {
            Store::Floats(trees) => Some(nodes(trees.get(at)?, wide, |_, threshold| threshold, |value| value)),
            Store::Codes(coded) => {
                Some(nodes(coded.trees.get(at)?, wide, |feature, code| coded.threshold(feature, code), |code| coded.value(code) as f32))
            }
        }
    }

    fn shrinks(&self) -> Shrinks {
        let (known, sums) = (self.known(), matches!(self.combine, Combine::Sum { .. }));
        Shrinks { depth: known, alpha: known && !sums, members: self.count() > self.combine.round(), bits: true }
    }

    fn shrunk(&self, how: &Shrink) -> Box<dyn Model> {
        let alpha = if self.shrinks().alpha { how.ccp_alpha } else { 0.0 };
        let edited = self.edited(how.members, Edit { depth: how.max_depth, alpha });
        if let Store::Floats(trees) = &edited.store
            && how.eight_bits
        {
            let coded = Self { store: Store::Codes(Coded::new(&edited, trees)), ..edited.clone() };
            // The grid of a small tree can cost more than it saves.
            if coded.bytes() < edited.bytes() {
                return Box::new(coded);
            }
        }
        Box::new(edited)
    }

    fn tag(&self) -> Tag {
        Tag::Trees
    }

    fn write(&self, out: &mut Vec<u8>) {
        super::file::write(self, out);
    }
}

impl Trees {
    /// Answers from the sums over all trees.
    fn answer(&self, sums: &mut [f64], out: &mut [f32]) {
        match &self.combine {
            Combine::Sum { link, .. } => link.apply(sums, out),
            Combine::Mean => out[0] = (sums[0] / self.count().max(1) as f64) as f32,
            Combine::Shares => {
                // Rounded shares do not add up to as many as there are trees.
                let all: f64 = sums.iter().sum();
                out.iter_mut().zip(sums).for_each(|(o, s)| *o = if all > 0.0 { (*s / all) as f32 } else { 1.0 / self.outputs as f32 });
            }
        }
    }
}

/// A tree for people.
fn nodes<T: Copy + PartialOrd>(tree: &Tree<T>, wide: usize, threshold: impl Fn(usize, T) -> f32, value: impl Fn(T) -> f32) -> Vec<Node> {
    let node = |at: usize| {
        let node = &tree.nodes[at];
        let leaf = node.feature == LEAF;
        let split = (!leaf).then(|| Split {
            feature: node.feature,
            threshold: threshold(node.feature as usize, node.threshold),
            left: at as u32 + 1,
            right: node.right,
        });
        let learnt = tree.learnt.as_ref().map(|learnt| &learnt[at]);
        let values = if leaf || learnt.is_some() { tree.value(at, wide).iter().map(|v| value(*v)).collect() } else { Vec::new() };
        Node { split, share: learnt.map(|learnt| learnt.share as f32), value: values }
    };
    (0..tree.nodes.len()).map(node).collect()
}
