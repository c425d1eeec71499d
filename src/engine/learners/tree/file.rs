//! Trees as bytes: node after node, left before right, so that no place of a node has to be stored.
//!
//! A node begins with a number: 0 for a leaf with values, then, where leaves hold shares of classes, one per class for a leaf that is sure of it, then one per feature for
//! a split, behind which stands its threshold.

use super::{
    coded::Coded,
    nodes::{Branch, LEAF, Tree},
    trees::{Combine, Store, Trees},
};
use crate::engine::{
    artifact::{ArtifactError, reader::Reader},
    learners::{
        Model,
        codec::{LIMIT, floats, invalid, number, read_floats},
        link::Link,
        matrix::Matrix,
    },
};

/// A number of a tree: a float, or a code.
trait Number: Copy + PartialOrd + Default {
    /// The share of a class that a leaf is sure of.
    const SURE: Self;
    /// What a share leaves to the other one of two.
    fn rest(self) -> Self;
    fn put(self, out: &mut Vec<u8>);
    fn get(reader: &mut Reader<'_>) -> Result<Self, ArtifactError>;
}

impl Number for f32 {
    const SURE: Self = 1.0;

    fn rest(self) -> Self {
        1.0 - self
    }

    fn put(self, out: &mut Vec<u8>) {
        floats(out, &[self]);
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, ArtifactError> {
        Ok(read_floats(reader, 1, "number of a tree")?[0])
    }
}

impl Number for u8 {
    const SURE: Self = 255;

    fn rest(self) -> Self {
        255 - self
    }

    fn put(self, out: &mut Vec<u8>) {
        out.push(self);
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, ArtifactError> {
        reader.byte("code of a tree")
    }
}

/// What leaves of a model hold.
#[derive(Clone, Copy)]
struct Leaves {
    shares: bool,
    wide: usize,
    features: usize,
}

impl Leaves {
    /// Classes that a leaf may be sure of.
    fn classes(self) -> usize {
        if self.shares { self.wide } else { 0 }
    }

    /// Values that are stored: of two shares the second.
    fn from(self) -> usize {
        usize::from(self.shares && self.wide == 2)
    }

    fn write<T: Number>(self, tree: &Tree<T>, out: &mut Vec<u8>) {
        for (at, node) in tree.nodes.iter().enumerate() {
            if node.feature != LEAF {
                number(out, 1 + self.classes() + node.feature as usize);
                node.threshold.put(out);
                continue;
            }
            let values = tree.value(at, self.wide);
            let sure = values.iter().position(|v| *v == T::SURE);
            let alone = values.iter().filter(|v| **v != T::default()).count() == 1;
            match sure.filter(|_| self.shares && alone) {
                Some(class) => number(out, 1 + class),
                None => {
                    number(out, 0);
                    values[self.from()..].iter().for_each(|v| v.put(out));
                }
            }
        }
    }

    fn read<T: Number>(self, reader: &mut Reader<'_>, room: &mut usize) -> Result<Tree<T>, ArtifactError> {
        let mut tree = Tree { nodes: Vec::new(), values: Vec::new(), learnt: None };
        // Splits whose right node is to come.
        let mut open: Vec<usize> = Vec::new();
        loop {
            *room = room.checked_sub(self.wide).ok_or_else(|| invalid("its trees are too large"))?;
            let kind = reader.number(self.classes() + self.features, "kind of a node")?;
            let at = tree.nodes.len();
            let values = tree.values.len();
            tree.values.resize(values + self.wide, T::default());
            let leaf = Branch { feature: LEAF, right: 0, threshold: T::default() };
            if kind > self.classes() {
                let feature = (kind - self.classes() - 1) as u32;
                tree.nodes.push(Branch { feature, right: 0, threshold: T::get(reader)? });
                open.push(at);
                continue;
            }
            tree.nodes.push(leaf);
            if kind > 0 {
                tree.values[values + kind - 1] = T::SURE;
            } else {
                for place in self.from()..self.wide {
                    tree.values[values + place] = T::get(reader)?;
                }
                if self.from() == 1 {
                    tree.values[values] = tree.values[values + 1].rest();
                }
            }
            match open.pop() {
                Some(parent) => tree.nodes[parent].right = at as u32 + 1,
                None => return Ok(tree),
            }
        }
    }
}

/// Ways to combine, and whether the trees are codes; the numbers are those of the file.
mod kind {
    pub const SHARES: u8 = 0;
    pub const MEAN: u8 = 1;
    pub const SUM: u8 = 2;
    pub const CODES: u8 = 128;
}

pub fn write(model: &Trees, out: &mut Vec<u8>) {
    let combine = match &model.combine {
        Combine::Shares => kind::SHARES,
        Combine::Mean => kind::MEAN,
        Combine::Sum { .. } => kind::SUM,
    };
    out.push(combine | if matches!(model.store, Store::Codes(_)) { kind::CODES } else { 0 });
    number(out, model.features);
    match &model.combine {
        Combine::Shares => number(out, model.outputs),
        Combine::Mean => {}
        Combine::Sum { start, link } => {
            out.push(*link as u8);
            number(out, start.len());
            floats(out, start);
        }
    }
    number(out, model.count());
    let leaves = leaves(&model.combine, model.outputs, model.features);
    match &model.store {
        Store::Floats(trees) => trees.iter().for_each(|tree| leaves.write(tree, out)),
        Store::Codes(coded) => {
            let grid = [coded.lows.as_slice(), &coded.steps].concat();
            Matrix::new(2, model.features, grid).write(out);
            floats(out, &[coded.value_low, coded.value_step]);
            coded.trees.iter().for_each(|tree| leaves.write(tree, out));
        }
    }
}

fn leaves(combine: &Combine, outputs: usize, features: usize) -> Leaves {
    Leaves { shares: matches!(combine, Combine::Shares), wide: combine.wide(outputs), features }
}

/// Reads what [`write`] wrote.
pub fn read(reader: &mut Reader<'_>) -> Result<Box<dyn Model>, ArtifactError> {
    let kind = reader.byte("kind of trees")?;
    let features = reader.number(1 << 20, "number of features")?;
    let (combine, outputs) = match kind & !kind::CODES {
        kind::SHARES => (Combine::Shares, reader.number(1 << 16, "number of classes")?),
        kind::MEAN => (Combine::Mean, 1),
        kind::SUM => {
            let link = Link::read(reader)?;
            let sums = reader.number(1 << 16, "number of sums")?;
            let start = read_floats(reader, sums, "start")?;
            if !link.takes(sums) {
                return Err(invalid("there are more or fewer sums than the model has"));
            }
            (Combine::Sum { start, link }, link.outputs(sums))
        }
        _ => return Err(invalid("trees answer together in a way that is not known")),
    };
    let count = reader.number(LIMIT, "number of trees")?;
    if outputs == 0 || features == 0 {
        return Err(invalid("it has no inputs or no answers"));
    }
    let leaves = leaves(&combine, outputs, features);
    let mut room = LIMIT;
    let store = if kind & kind::CODES == 0 {
        Store::Floats((0..count).map(|_| leaves.read(reader, &mut room)).collect::<Result<_, _>>()?)
    } else {
        let grid = Matrix::read(reader, "grid of thresholds")?;
        if (grid.rows, grid.columns) != (2, features) {
            return Err(invalid("its grid does not fit its features"));
        }
        let values = grid.values();
        let (lows, steps) = values.split_at(features);
        let ends = read_floats(reader, 2, "grid of values")?;
        let trees = (0..count).map(|_| leaves.read(reader, &mut room)).collect::<Result<_, _>>()?;
        Store::Codes(Coded { lows: lows.to_vec(), steps: steps.to_vec(), value_low: ends[0], value_step: ends[1], trees })
    };
    Ok(Box::new(Trees { features, outputs, combine, store }))
}
