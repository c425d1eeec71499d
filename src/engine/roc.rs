//! How well probabilities tell one class from the rest at every threshold: the ROC curve and the precision-recall curve, the areas under them, and the
//! two-by-two table at a threshold.
//!
//! Figures are those of scikit-learn's `roc_curve`, `roc_auc_score`, `precision_recall_curve` and `average_precision_score` (Fawcett 2006, An introduction to
//! ROC analysis; Davis & Goadrich 2006, The relationship between precision-recall and ROC curves). A sample is called positive where its score is at least
//! the threshold. What scikit-learn warns about and gives as NaN or 0, a share of no samples, is `None` here.

use super::{
    contrast::log_softmax,
    params::{ParamSpec, Scale, Word},
};
use crate::order;

/// Which curve is drawn; places in the choice of [`CURVE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// True positive rate (recall) over false positive rate.
    Roc,
    /// Precision over recall.
    PrecisionRecall,
}

/// Words of [`CURVE`].
pub const CURVES: &[Word] = &[Word { key: "roc", label: "ROC" }, Word { key: "pr", label: "Precision-recall" }];

/// The choice of a curve.
pub const CURVE: ParamSpec = ParamSpec {
    key: "curve",
    label: "Curve",
    scale: Scale::Choice(CURVES),
    help: teach!(
        "Every point is a threshold above which a sample is called the class. ROC asks how many of the class are found against how many others are taken for it, and does not know how rare the class is; precision-recall asks how many of those found are right, which falls fast for a rare class."
    ),
    formula: teach!(r"\text{AUC} = P(s_+ > s_-) + \tfrac{1}{2} P(s_+ = s_-),\quad \text{AP} = \sum_n (R_n - R_{n-1})\, P_n"),
    source: teach!("Fawcett 2006, An introduction to ROC analysis"),
    ..ParamSpec::NEW
};

/// The threshold; the slider stops at [`THRESHOLDS`].
pub const THRESHOLD: ParamSpec = ParamSpec {
    key: "threshold",
    label: "Threshold",
    default: 0.5,
    help: teach!(
        "How likely the class has to be for a sample to be called that. 0 calls every sample the class, so that none is missed; 1 calls almost none, so that hardly one is wrong."
    ),
    formula: teach!(r"P = \frac{TP}{TP + FP},\quad R = \frac{TP}{TP + FN},\quad F_1 = \frac{2 P R}{P + R}"),
    source: teach!("Davis & Goadrich 2006, The relationship between precision-recall and ROC curves"),
    ..ParamSpec::NEW
};

/// Thresholds at which tables are counted: hundredths, and finer towards both ends, where the probabilities of a sure model lie.
pub const THRESHOLDS: [f64; 113] = thresholds();

const fn thresholds() -> [f64; 113] {
    const FINE: [f64; 6] = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005];
    const FINE_TOP: [f64; 6] = [0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999];
    let mut all = [0.0; 113];
    let mut i = 0;
    while i < 6 {
        all[1 + i] = FINE[i];
        all[106 + i] = FINE_TOP[i];
        i += 1;
    }
    let mut i = 1;
    while i < 100 {
        all[6 + i] = i as f64 / 100.0;
        i += 1;
    }
    all[112] = 1.0;
    all
}

/// What is right and wrong at a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Samples of the class that are called that.
    pub true_positives: u32,
    /// Others that are called that.
    pub false_positives: u32,
    /// Samples of the class that are missed.
    pub false_negatives: u32,
    /// Others that are let be.
    pub true_negatives: u32,
}

fn share(part: u32, rest: u32) -> Option<f64> {
    let all = u64::from(part) + u64::from(rest);
    (all > 0).then(|| f64::from(part) / all as f64)
}

impl Table {
    /// The table where so many samples `[others, of the class]` of `[others, of the class]` in all are called positive.
    #[must_use]
    pub fn of(called: [u32; 2], all: [u32; 2]) -> Self {
        Self {
            true_positives: called[1],
            false_positives: called[0],
            false_negatives: all[1].saturating_sub(called[1]),
            true_negatives: all[0].saturating_sub(called[0]),
        }
    }

    /// Share of those called positive that are, 0 to 1; `None` where none is called that.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.false_positives)
    }

    /// Share of the class that is found (true positive rate), 0 to 1; `None` for a class without samples.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.false_negatives)
    }

    /// Share of the others that are let be, 0 to 1; `None` where there are no others.
    #[must_use]
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.false_positives)
    }

    /// Share of the others that are called positive, 0 to 1; `None` where there are no others.
    #[must_use]
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.false_positives, self.true_negatives)
    }

    /// Harmonic mean of precision and recall, 0 to 1; `None` for a class without samples of which none is called that either.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        let (right, wrong) = (2 * u64::from(self.true_positives), u64::from(self.false_positives) + u64::from(self.false_negatives));
        (right + wrong > 0).then(|| right as f64 / (right + wrong) as f64)
    }

    /// Where it lies on a curve, both 0 to 1; `None` where one of the shares is of no samples.
    #[must_use]
    pub fn place(&self, curve: Curve) -> Option<(f64, f64)> {
        match curve {
            Curve::Roc => Some((self.false_positive_rate()?, self.recall()?)),
            Curve::PrecisionRecall => Some((self.recall()?, self.precision()?)),
        }
    }
}

/// Samples by falling score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Samples in all, `[others, of the class]`.
    pub all: [u32; 2],
    /// Each distinct score, the highest first, and how many samples `[others, of the class]` have at least that.
    pub steps: Vec<(f64, [u32; 2])>,
}

impl Ranking {
    /// Ranks samples by `scores`; `positive` says whether the sample at a place is of the class. A score that is no number is taken for 0.
    #[must_use]
    pub fn new(scores: &[f64], positive: impl Fn(usize) -> bool) -> Self {
        let score = |i: usize| if scores[i].is_nan() { 0.0 } else { scores[i] };
        let mut places: Vec<usize> = (0..scores.len()).collect();
        order::sort(&mut places, &|a, b| score(b).total_cmp(&score(a)));
        let mut ranking = Self::default();
        for i in places {
            ranking.all[usize::from(positive(i))] += 1;
            match ranking.steps.last_mut() {
                // Samples of the same score are called positive together.
                Some((last, counts)) if *last == score(i) => *counts = ranking.all,
                _ => ranking.steps.push((score(i), ranking.all)),
            }
        }
        ranking
    }

    /// What is right and wrong where a sample of a score of `threshold` or more is called positive.
    #[must_use]
    pub fn at(&self, threshold: f64) -> Table {
        let above = self.steps.partition_point(|(score, _)| *score >= threshold);
        let called = above.checked_sub(1).map_or([0, 0], |last| self.steps[last].1);
        Table::of(called, self.all)
    }

    /// Area under the ROC curve, 0 to 1: how often a sample of the class has a higher score than another, ties counted half. `None` where the class or the rest
    /// has no samples.
    #[must_use]
    pub fn auc(&self) -> Option<f64> {
        let [others, own] = self.all.map(u64::from);
        if others == 0 || own == 0 {
            return None;
        }
        // Twice the area in whole numbers: nothing is lost to rounding.
        let (mut twice, mut before) = (0, [0, 0]);
        for (_, counts) in &self.steps {
            let now = counts.map(u64::from);
            twice += (now[0] - before[0]) * (now[1] + before[1]);
            before = now;
        }
        Some(twice as f64 / 2.0 / (others * own) as f64)
    }

    /// Average precision, 0 to 1: precision at each step, weighed by how much recall rises there. `None` for a class without samples.
    #[must_use]
    pub fn average_precision(&self) -> Option<f64> {
        if self.all[1] == 0 {
            return None;
        }
        let (mut sum, mut before) = (0.0, 0);
        for (_, counts) in &self.steps {
            let [wrong, right] = *counts;
            sum += f64::from(right - before) * share(right, wrong).unwrap_or(0.0);
            before = right;
        }
        Some(sum / f64::from(self.all[1]))
    }

    /// Points of a curve for drawing, samples `[others, of the class]` that are called positive, rising: the corners, which give the curve exactly, and where
    /// those are more than `most` (2 or more), those of them that lie apart.
    /// The ROC curve begins at none, the precision-recall curve at the highest score.
    #[must_use]
    pub fn corners(&self, curve: Curve, most: usize) -> Vec<[u32; 2]> {
        let from = (curve == Curve::Roc).then_some([0, 0]);
        let mut corners: Vec<[u32; 2]> = Vec::new();
        for point in from.into_iter().chain(self.steps.iter().map(|step| step.1)) {
            while let [.., a, b] = corners[..]
                && straight(curve, a, b, point)
            {
                corners.pop();
            }
            corners.push(point);
        }
        let most = most.max(2);
        if corners.len() <= most {
            return corners;
        }
        let mut gap = 1.0 / most as f64;
        loop {
            let kept = self.spread(curve, &corners, gap);
            if kept.len() <= most {
                return kept;
            }
            gap *= 1.25;
        }
    }

    /// Those of `points` that lie `gap` or more from the one kept before, and both ends.
    fn spread(&self, curve: Curve, points: &[[u32; 2]], gap: f64) -> Vec<[u32; 2]> {
        let place = |point| Table::of(point, self.all).place(curve).unwrap_or((0.0, 0.0));
        let mut kept: Vec<[u32; 2]> = Vec::new();
        for (i, point) in points.iter().enumerate() {
            let far = kept.last().is_none_or(|last| {
                let (a, b) = (place(*last), place(*point));
                (a.0 - b.0).abs() + (a.1 - b.1).abs() >= gap
            });
            if far || i + 1 == points.len() {
                kept.push(*point);
            }
        }
        kept
    }
}

/// Whether `b` lies on the way from `a` to `c`, so that the curve is the same without it.
fn straight(curve: Curve, a: [u32; 2], b: [u32; 2], c: [u32; 2]) -> bool {
    let [a, b, c] = [a, b, c].map(|p| p.map(i64::from));
    match curve {
        Curve::Roc => (b[0] - a[0]) * (c[1] - b[1]) == (b[1] - a[1]) * (c[0] - b[0]),
        // A step: recall stays while precision falls, or precision while recall rises.
        Curve::PrecisionRecall => (a[1] == b[1] && b[1] == c[1]) || (a[0] * b[1] == a[1] * b[0] && b[0] * c[1] == b[1] * c[0]),
    }
}

/// Appends the probabilities of the classes, of which a model gives `logits` (before softmax).
pub fn probabilities(logits: &[f32], to: &mut Vec<f64>) {
    to.extend(log_softmax(logits).into_iter().map(libm::exp));
}

#[cfg(test)]
#[path = "roc_tests.rs"]
mod tests;
