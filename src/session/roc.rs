//! Draws ROC and precision-recall curves of both models of a comparison: some test samples at a time, then class by class.

use super::samples::Both;
use crate::{
    engine::{
        data::Dataset,
        roc::{Curve, Ranking, THRESHOLDS},
    },
    protocol::{self, ClassRoc},
};

/// Points of a curve that are sent, at most.
const POINTS: usize = 200;
/// Samples per slice.
const CHUNK: usize = 128;

/// Under way.
#[derive(Default)]
pub(super) struct Roc {
    /// Samples that are through.
    samples: usize,
    /// What both models say of them: probabilities `[S, C]`.
    said: [Vec<f64>; 2],
    /// Classes that are through.
    classes: Vec<[ClassRoc; 2]>,
}

impl Roc {
    /// A slice; what came of it once all classes are through.
    pub fn advance(&mut self, data: &Dataset, pair: &mut dyn Both) -> Option<protocol::Roc> {
        let (width, classes) = (data.shape.len(), data.task.outputs());
        if self.samples < data.test.len {
            let (from, to) = (self.samples, (self.samples + CHUNK).min(data.test.len));
            for (side, said) in self.said.iter_mut().enumerate() {
                pair.probabilities(side, &data.test.inputs[from * width..to * width], to - from, said);
            }
            self.samples = to;
            return None;
        }
        if self.classes.len() < classes {
            let class = self.classes.len();
            let one = |said: &Vec<f64>| {
                let scores: Vec<f64> = said.iter().skip(class).step_by(classes).copied().collect();
                of_class(&Ranking::new(&scores, |i| data.test.classes[i] as usize == class))
            };
            self.classes.push([one(&self.said[0]), one(&self.said[1])]);
        }
        (self.classes.len() >= classes).then(|| protocol::Roc { samples: self.samples, classes: std::mem::take(&mut self.classes) })
    }
}

fn of_class(ranking: &Ranking) -> ClassRoc {
    let called = |threshold: f64| {
        let table = ranking.at(threshold);
        [table.false_positives, table.true_positives]
    };
    ClassRoc {
        all: ranking.all,
        auc: ranking.auc(),
        average_precision: ranking.average_precision(),
        roc: ranking.corners(Curve::Roc, POINTS),
        precision_recall: ranking.corners(Curve::PrecisionRecall, POINTS),
        at: THRESHOLDS.map(called).to_vec(),
    }
}
