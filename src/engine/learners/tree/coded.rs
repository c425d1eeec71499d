//! Trees in 8 bits: a row is rounded up to the levels of a grid per feature once, and all comparisons are of bytes.

use super::{
    nodes::{Branch, LEAF, Tree},
    trees::{Combine, Trees},
};

/// Trees of codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Coded {
    /// Threshold of code 0, per feature.
    pub lows: Vec<f32>,
    /// From one threshold to the next, per feature; 0 where all are the same.
    pub steps: Vec<f32>,
    /// Value of code 0 in a leaf, and from one to the next.
    pub value_low: f32,
    pub value_step: f32,
    pub trees: Vec<Tree<u8>>,
}

/// Highest code of a threshold. What lies above them all has one more.
const HIGHEST: f32 = 254.0;

impl Coded {
    /// Thresholds evenly between the least and the largest one of each feature, values between those of all nodes; shares of classes in 255ths.
    pub fn new(model: &Trees, trees: &[Tree<f32>]) -> Self {
        let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); model.features];
        for node in trees.iter().flat_map(|tree| &tree.nodes).filter(|node| node.feature != LEAF) {
            let range = &mut ranges[node.feature as usize];
            *range = (range.0.min(node.threshold), range.1.max(node.threshold));
        }
        // Divided first: the difference of two large numbers may be none.
        let grid = |(low, high): (f32, f32), most: f32| if low <= high { (low, high / most - low / most) } else { (0.0, 0.0) };
        let (lows, steps): (Vec<f32>, Vec<f32>) = ranges.into_iter().map(|range| grid(range, HIGHEST)).unzip();
        let (value_low, value_step) = if matches!(model.combine, Combine::Shares) {
            (0.0, 1.0 / 255.0)
        } else {
            let values = trees.iter().flat_map(|tree| &tree.values);
            grid(values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v))), 255.0)
        };
        let nearest =
            |v: f32, low: f32, step: f32, most: f32| if step > 0.0 { libm::rintf(v / step - low / step).clamp(0.0, most) as u8 } else { 0 };
        let code = |node: &Branch<f32>| {
            let threshold = match node.feature {
                LEAF => 0,
                feature => nearest(node.threshold, lows[feature as usize], steps[feature as usize], HIGHEST),
            };
            Branch { feature: node.feature, right: node.right, threshold }
        };
        let two = matches!(model.combine, Combine::Shares) && model.outputs == 2;
        let coded = |tree: &Tree<f32>| {
            let mut values: Vec<u8> = tree.values.iter().map(|v| nearest(*v, value_low, value_step, 255.0)).collect();
            if two {
                values.chunks_exact_mut(2).for_each(|pair| pair[0] = 255 - pair[1]);
            }
            Tree { nodes: tree.nodes.iter().map(code).collect(), values, learnt: tree.learnt.clone() }
        };
        let trees = trees.iter().map(coded).collect();
        Self { lows, steps, value_low, value_step, trees }
    }

    /// Threshold of a code.
    pub fn threshold(&self, feature: usize, code: u8) -> f32 {
        self.lows[feature] + f32::from(code) * self.steps[feature]
    }

    /// Value of a code.
    pub fn value(&self, code: u8) -> f64 {
        f64::from(self.value_low) + f64::from(code) * f64::from(self.value_step)
    }

    /// A row in codes: of each feature the first threshold that it is not above, so that it is above a threshold where its code is. What is no number is
    /// above none.
    pub fn encode(&self, row: &[f32], codes: &mut [u8]) {
        for (((code, x), low), step) in codes.iter_mut().zip(row).zip(&self.lows).zip(&self.steps) {
            *code = if *step > 0.0 { libm::ceilf((x - low) / step).clamp(0.0, HIGHEST + 1.0) as u8 } else { u8::from(x > low) };
        }
    }
}
