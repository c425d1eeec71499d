//! How well both models tell each class from the rest, at every threshold.

use serde::{Deserialize, Serialize};

use crate::engine::roc::{Curve, THRESHOLDS, Table};

/// ROC and precision-recall curves of both models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// Test samples.
    pub samples: usize,
    /// For each class, what the fp32 and what the optimized model know of it.
    pub classes: Vec<[ClassRoc; 2]>,
}

/// What a model knows of a class against all others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassRoc {
    /// Test samples `[others, of the class]`.
    pub all: [u32; 2],
    /// Area under the ROC curve, 0 to 1, of all samples; `None` where the class or the rest has none.
    pub auc: Option<f64>,
    /// Average precision, 0 to 1, of all samples; `None` for a class without samples.
    pub average_precision: Option<f64>,
    /// Corners of the ROC curve, samples `[others, of the class]` that are called the class, rising from none to all; so many at most that no more could be
    /// told apart in a drawing.
    pub roc: Vec<[u32; 2]>,
    /// The same of the precision-recall curve, from the highest probability to all.
    pub precision_recall: Vec<[u32; 2]>,
    /// Samples `[others, of the class]` that are called the class at each of [`THRESHOLDS`].
    pub at: Vec<[u32; 2]>,
}

impl ClassRoc {
    /// Corners of a curve.
    #[must_use]
    pub fn corners(&self, curve: Curve) -> &[[u32; 2]] {
        match curve {
            Curve::Roc => &self.roc,
            Curve::PrecisionRecall => &self.precision_recall,
        }
    }

    /// What is right and wrong at the threshold at this place of [`THRESHOLDS`]; beyond them as at the last.
    #[must_use]
    pub fn table(&self, at: usize) -> Table {
        Table::of(self.at.get(at.min(THRESHOLDS.len() - 1)).copied().unwrap_or_default(), self.all)
    }
}
