//! A tree as it is stored and run: nodes in the order root, left, right. Thresholds and values are floats, or codes of 8 bits.

/// A node. The left one stands behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branch<T> {
    /// Which feature it asks for; [`LEAF`] in a leaf.
    pub feature: u32,
    /// Place of the right node.
    pub right: u32,
    /// Left is what is not above it.
    pub threshold: T,
}

/// Feature of a leaf.
pub const LEAF: u32 = u32::MAX;

/// A tree of floats (`f32`) or codes (`u8`).
#[derive(Clone, Debug, PartialEq)]
pub struct Tree<T> {
    pub nodes: Vec<Branch<T>>,
    /// Answers of each node, `[nodes, wide]`.
    pub values: Vec<T>,
    /// What is known of the training samples; not stored.
    pub learnt: Option<Vec<Learnt>>,
}

/// What training knew of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learnt {
    /// Share of the samples that came here.
    pub share: f64,
    /// How mixed they are.
    pub impurity: f64,
    /// By how much its split lowers impurity, times the share.
    pub gain: f64,
}

impl<T: Copy + PartialOrd> Tree<T> {
    /// The leaf that `row` comes to.
    pub fn leaf(&self, row: &[T]) -> usize {
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            if node.feature == LEAF {
                return at;
            }
            at = if row[node.feature as usize] > node.threshold { node.right as usize } else { at + 1 };
        }
    }

    /// Answers of node `at`, of which each has `wide`.
    pub fn value(&self, at: usize, wide: usize) -> &[T] {
        &self.values[at * wide..(at + 1) * wide]
    }

    /// Leaves.
    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|n| n.feature == LEAF).count()
    }

    /// Level of each node, the root's being 0.
    pub fn levels(&self) -> Vec<usize> {
        let mut levels = vec![0; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, n)| n.feature != LEAF) {
            levels[at + 1] = levels[at] + 1;
            levels[node.right as usize] = levels[at] + 1;
        }
        levels
    }

    /// The same with the nodes that `ends` made leaves.
    pub fn pruned(&self, wide: usize, ends: &[bool]) -> Self {
        // New place of each node that stays.
        let mut places = vec![usize::MAX; self.nodes.len()];
        let (mut at, mut count) = (0, 0);
        while at < self.nodes.len() {
            places[at] = count;
            count += 1;
            at = if ends[at] { self.behind(at) } else { at + 1 };
        }
        let mut tree = Self {
            nodes: Vec::with_capacity(count),
            values: Vec::with_capacity(count * wide),
            learnt: self.learnt.as_ref().map(|_| Vec::new()),
        };
        for (at, node) in self.nodes.iter().enumerate().filter(|(at, _)| places[*at] != usize::MAX) {
            let leaf = ends[at] || node.feature == LEAF;
            let (feature, right) = if leaf { (LEAF, 0) } else { (node.feature, places[node.right as usize] as u32) };
            tree.nodes.push(Branch { feature, right, ..*node });
            tree.values.extend_from_slice(self.value(at, wide));
            if let (Some(to), Some(from)) = (&mut tree.learnt, &self.learnt) {
                to.push(Learnt { gain: if leaf { 0.0 } else { from[at].gain }, ..from[at] });
            }
        }
        tree
    }

    /// Place behind all that hangs on node `at`.
    fn behind(&self, mut at: usize) -> usize {
        while self.nodes[at].feature != LEAF {
            at = self.nodes[at].right as usize;
        }
        at + 1
    }

    /// The same cut off below level `depth`.
    pub fn cut(&self, wide: usize, depth: usize) -> Self {
        let ends: Vec<bool> = self.levels().iter().map(|level| *level >= depth).collect();
        self.pruned(wide, &ends)
    }

    /// Minimal cost-complexity pruning: the smallest subtree whose impurity plus `alpha` per leaf is least. From the leaves up, a node becomes a leaf
    /// where what hangs on it costs no less, which ends where cutting the weakest link again and again does.
    pub fn simplified(&self, wide: usize, alpha: f64) -> Self {
        let Some(learnt) = &self.learnt else { return self.clone() };
        let mut costs = vec![0.0; self.nodes.len()];
        let mut ends = vec![false; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let alone = learnt[at].share * learnt[at].impurity + alpha;
            if node.feature == LEAF {
                costs[at] = alone;
                continue;
            }
            let below = costs[at + 1] + costs[node.right as usize];
            // Sums of shares are rounded: what differs by no more than that is equal.
            ends[at] = alpha > 0.0 && alone <= below + 1e-14;
            costs[at] = if ends[at] { alone } else { below };
        }
        self.pruned(wide, &ends)
    }
}
