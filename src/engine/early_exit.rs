//! What early exits save and what they cost: where samples leave at which threshold, how many answers are right then, and what an answer takes on average.

use super::{
    inference::{NEVER, confidence},
    layers::Op,
    packed::{PackedLayer, PackedModel},
    train::argmax,
};

/// Multiply-accumulates of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    /// To the end, with no head on the way: of a network from which nobody leaves.
    pub whole: u64,
    /// Of one that leaves at each exit, the heads before it and its own among them; the last goes to the end past all heads.
    pub at: Vec<u64>,
}

/// Those of `model`. Pooling and the like multiply nothing.
#[must_use]
pub fn costs(model: &PackedModel) -> Costs {
    let (mut so_far, mut heads, mut at) = (0, 0, Vec::new());
    for layer in &model.layers {
        let own = PackedLayer::macs(layer);
        so_far += own;
        if matches!(layer.op, Op::Exit { .. }) {
            heads += own;
            at.push(so_far);
        }
    }
    at.push(so_far);
    Costs { whole: so_far - heads, at }
}

/// What the heads and the end say to samples.
#[derive(Clone, Debug)]
pub struct Tally {
    exits: usize,
    /// `[samples, exits + 1]`: how sure each is, and whether it is right; the end is the last.
    answers: Vec<(f32, bool)>,
}

/// What comes of a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Samples that leave at each exit, and at the end.
    pub left: Vec<u32>,
    /// Of these how many are right.
    pub right: Vec<u32>,
    /// Multiply-accumulates of a sample, on average.
    pub macs: f64,
}

impl Outcome {
    /// Share of right answers of all samples, 0 to 1; 0 for none.
    #[must_use]
    pub fn score(&self) -> f64 {
        let sum = |of: &[u32]| of.iter().map(|n| f64::from(*n)).sum::<f64>();
        sum(&self.right) / sum(&self.left).max(1.0)
    }
}

impl Tally {
    /// Of a model with so many exits.
    #[must_use]
    pub fn new(exits: usize) -> Self {
        Self { exits, answers: Vec::new() }
    }

    /// Counts `answer[O]` of the next exit, or the end behind the last, to a sample of class `actual`.
    pub fn add(&mut self, answer: &[f32], actual: usize) {
        self.answers.push((confidence(answer), argmax(answer) == actual));
    }

    /// Where samples leave at `threshold`, 0 to 1; what they cost by `costs`.
    #[must_use]
    pub fn at(&self, threshold: f32, costs: &Costs) -> Outcome {
        let mut found = Outcome { left: vec![0; self.exits + 1], right: vec![0; self.exits + 1], macs: 0.0 };
        for answers in self.answers.chunks_exact(self.exits + 1) {
            let heads = &answers[..self.exits];
            let place = heads.iter().position(|(sure, _)| threshold < NEVER && *sure >= threshold).unwrap_or(self.exits);
            found.left[place] += 1;
            found.right[place] += u32::from(answers[place].1);
        }
        let samples = (self.answers.len() / (self.exits + 1)).max(1) as f64;
        let spent = found.left.iter().zip(&costs.at).map(|(n, macs)| f64::from(*n) * *macs as f64).sum::<f64>() / samples;
        // Where nobody leaves, heads are not asked.
        found.macs = if threshold < NEVER { spent } else { costs.whole as f64 };
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, network::Network, shape::Shape};

    /// Counted by hand.
    #[test]
    fn a_sample_costs_what_stands_before_where_it_leaves() {
        let dense = |units: f64| Pick::new("dense").with("units", units);
        let conv = Pick::new("conv2d").with("filters", 5.0).with("kernel", 3.0);
        let picks = [conv, Pick::new("exit"), Pick::new("flatten"), dense(6.0), Pick::new("exit"), dense(4.0)];
        let network = Network::new(&picks, &Shape(vec![4, 4, 2])).unwrap();
        let model = PackedModel::dense(&network, &vec![0.5; network.params()]);
        let (conv, head, rows, second, end) = (16 * 18 * 5, 5 * 4, 80 * 6, 6 * 4, 6 * 4);
        let found = costs(&model);
        assert_eq!(found.whole, conv + rows + end);
        assert_eq!(found.at, [conv + head, conv + head + rows + second, conv + head + rows + second + end]);
        assert_eq!(network.macs(), *found.at.last().unwrap());
    }

    #[test]
    fn samples_leave_where_a_head_is_sure() {
        let costs = Costs { whole: 100, at: vec![10, 50, 120] };
        let mut tally = Tally::new(2);
        // Of two classes: sure of the first, undecided, sure of the second.
        let (first, none, second) = ([9.0, 0.0], [0.0, 0.0], [0.0, 9.0]);
        for (answers, actual) in
            [([first, first, first], 0), ([none, second, first], 0), ([none, none, second], 1), ([second, none, none], 0)]
        {
            answers.iter().for_each(|answer| tally.add(answer, actual));
        }
        let at = tally.at(0.9, &costs);
        assert_eq!((&at.left[..], &at.right[..]), (&[2, 1, 1][..], &[1, 0, 1][..]));
        assert_eq!((at.macs, at.score()), ((10.0 + 50.0 + 120.0 + 10.0) / 4.0, 0.5));
        // Undecided is a half of each.
        assert_eq!(tally.at(0.5, &costs).left, [4, 0, 0]);
        assert_eq!(tally.at(0.0, &costs).macs, 10.0);
        let never = tally.at(1.0, &costs);
        assert_eq!((&never.left[..], never.macs, never.score()), (&[0, 0, 4][..], 100.0, 1.0));
    }
}
