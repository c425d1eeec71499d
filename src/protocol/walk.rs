//! A step of training on one sample, with all its numbers, for the page to walk through.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    /// Its number, from 1.
    pub step: u64,
    /// The training sample, from 0.
    pub sample: usize,
    /// Training samples.
    pub of: usize,
    /// What came in.
    pub input: Numbers,
    /// What should have come out: a class's name, or a number.
    pub wanted: String,
    /// Layers in order.
    pub layers: Vec<WalkLayer>,
    /// Key of the loss.
    pub loss_key: String,
    /// The loss.
    pub loss: f32,
    /// Its formula with these numbers; empty where it has too many.
    pub filled: String,
    /// Key of the optimizer.
    pub optimizer: String,
    /// Settings of it that are not at their defaults.
    pub settings: BTreeMap<String, f64>,
    /// The learning rate of this step.
    pub lr: f32,
    /// What makes this step differ from those of the run, or from the formulas.
    pub notes: Vec<String>,
}

/// A layer of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalkLayer {
    /// Key in the catalogue.
    pub key: String,
    /// What came in.
    pub input: Numbers,
    /// What came out.
    pub output: Numbers,
    /// Gradient of the loss by what came out; empty where nothing needs it.
    pub gradient: Numbers,
    /// Its parameters.
    pub tensors: Vec<WalkTensor>,
    /// Single outputs taken apart, where they are weighted sums: those of the first units, or of each of the first channels the largest.
    pub sums: Vec<Sum>,
    /// What is to be known of this layer in a step on one sample; empty where nothing is.
    pub note: String,
}

/// An output of a layer as the sum that it is: bias, and weight times input for each input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    /// Where it stands in the output, an index for each dimension.
    pub place: Vec<usize>,
    /// The terms that count most, the largest first.
    pub terms: Vec<Term>,
    /// How many others there are.
    pub others: usize,
    /// What those add up to.
    pub rest: f32,
    /// The bias.
    pub bias: f32,
    /// All of it: what came out.
    pub output: f32,
    /// Gradient of the loss by it; `None` where nothing needs it.
    pub slope: Option<f32>,
}

/// A weight times an input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The weight that the layer computed with.
    pub weight: f32,
    /// What came in.
    pub input: f32,
    /// Gradient of the loss by the weight, of all outputs that it has a part in.
    pub gradient: f32,
    /// What the update did to the weight.
    pub moved: Move,
}

/// A tensor of parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalkTensor {
    /// As PyTorch names it.
    pub name: String,
    /// It is a running statistic, which no gradient moves.
    pub statistic: bool,
    /// The numbers that the layer computed with.
    pub used: Numbers,
    /// Gradient of the loss by them.
    pub gradient: Numbers,
    /// The parameters that moved most, the furthest first.
    pub moves: Vec<Move>,
    /// How many parameters there are.
    pub count: usize,
}

/// What the update did to a parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Where it stands in its tensor, an index for each dimension.
    pub place: Vec<usize>,
    /// The parameter before.
    pub before: f32,
    /// The gradient that the optimizer saw.
    pub gradient: f32,
    /// What the optimizer remembers of it, before and after.
    pub memory: Vec<(f32, f32)>,
    /// The parameter after.
    pub after: f32,
}

/// Numbers of a tensor, the first of each dimension.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Shape of all of it; empty where there is none.
    pub shape: Vec<usize>,
    /// How many planes, rows and columns are here.
    pub size: [usize; 3],
    /// The numbers, `[planes, rows, columns]`.
    pub values: Vec<f32>,
}

impl Numbers {
    /// Most numbers of a row, and rows of a table.
    const TABLE: [usize; 2] = [16, 16];
    /// Most planes, rows and columns of a map.
    const MAPS: [usize; 3] = [8, 28, 28];

    /// The first numbers of `values`, which have this `shape`. What has more than two dimensions is planes of its first two.
    #[must_use]
    pub fn cut(shape: &[usize], values: &[f32]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let (rows, columns, planes) = match *shape {
            [rows, columns] => (rows, columns, 1),
            [rows, columns, ref rest @ ..] => (rows, columns, rest.iter().product()),
            _ => (1, values.len(), 1),
        };
        let size = match shape.len() {
            0..=2 => [1, rows.min(Self::TABLE[0]), columns.min(Self::TABLE[1])],
            _ => [planes.min(Self::MAPS[0]), rows.min(Self::MAPS[1]), columns.min(Self::MAPS[2])],
        };
        let mut kept = Vec::with_capacity(size.iter().product());
        for plane in 0..size[0] {
            for row in 0..size[1] {
                kept.extend((0..size[2]).filter_map(|column| values.get((row * columns + column) * planes + plane)));
            }
        }
        Self { shape: shape.to_vec(), size, values: kept }
    }

    /// How many numbers are not here.
    #[must_use]
    pub fn more(&self) -> usize {
        if self.shape.is_empty() { 0 } else { self.shape.iter().product::<usize>() - self.values.len() }
    }

    /// Whether it is to be drawn as maps, not written as a table.
    #[must_use]
    pub fn maps(&self) -> bool {
        self.shape.len() > 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_is_cut_and_says_so() {
        let all: Vec<f32> = (0..20 * 3).map(|i| i as f32).collect();
        let table = Numbers::cut(&[20, 3], &all);
        assert_eq!((table.size, table.more()), ([1, 16, 3], 12));
        assert_eq!(table.values, all[..48]);
        // The channels of an image lie side by side.
        let image = Numbers::cut(&[2, 2, 3], &all[..12]);
        assert_eq!(image.values, [0.0, 3.0, 6.0, 9.0, 1.0, 4.0, 7.0, 10.0, 2.0, 5.0, 8.0, 11.0]);
        assert_eq!((Numbers::cut(&[4], &all[..4]).size, Numbers::cut(&[], &[]).more()), ([1, 1, 4], 0));
    }
}
