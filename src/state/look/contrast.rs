//! What compression breaks, in words and rows.

use crate::{
    protocol::{Calibration, Contrast, Group},
    state::format,
};

/// What became of the answers of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub class: String,
    /// Right before, wrong now.
    pub lost: u32,
    /// Wrong before, right now.
    pub gained: u32,
    /// Wrong before and now, in another way.
    pub other: u32,
}

/// Classes of which an answer changed, those that lost most first.
#[must_use]
pub fn rows(contrast: &Contrast, classes: &[String]) -> Vec<Row> {
    let count = |i: usize| contrast.changes[i];
    let mut order: Vec<usize> = (0..contrast.changes.len()).filter(|i| count(*i) != [0; 3]).collect();
    crate::order::sort(&mut order, &|a, b| count(b)[0].cmp(&count(a)[0]).then(a.cmp(&b)));
    let row = |i: usize| {
        let [lost, gained, other] = count(i);
        Row { class: classes.get(i).cloned().unwrap_or_else(|| i.to_string()), lost, gained, other }
    };
    order.into_iter().map(row).collect()
}

/// A group in a cell: how its accuracy changed.
#[must_use]
pub fn group_words(group: &Group) -> String {
    format!("{} → {}", format::percent(f64::from(group.right[0])), format::percent(f64::from(group.right[1])))
}

/// The whole in a sentence or two.
#[must_use]
pub fn words(contrast: &Contrast) -> String {
    let sum = |at: usize| contrast.changes.iter().map(|c| u64::from(c[at])).sum::<u64>();
    let (lost, gained, other) = (sum(0), sum(1), sum(2));
    let agreement = f64::from(contrast.agreement);
    let samples = format::count(contrast.samples as u64);
    if lost + gained + other == 0 {
        return format!("Both models say the same of all {samples} test samples.");
    }
    // 99.96 % is not all of them.
    let share = format::percent((agreement * 1000.0).floor() / 1000.0);
    let elsewhere = if other > 0 { format!(", {} are wrong in another way", format::count(other)) } else { String::new() };
    format!(
        "Both say the same of {share} of {samples} test samples. {} that were right are wrong now, {} that were wrong are right{elsewhere}. Mean KL divergence {} nats.",
        format::count(lost),
        format::count(gained),
        format::number((f64::from(contrast.divergence) * 1e5).round() / 1e5),
    )
}

/// What a calibration says of a model, in a sentence.
#[must_use]
pub fn calibration_words(calibration: &Calibration) -> String {
    let sum = |f: fn(f32, f32) -> f32| {
        let bins = calibration.bins.iter().map(|b| f64::from(b.samples) * f64::from(f(b.confidence, b.right)));
        bins.sum::<f64>()
    };
    let leaning = if sum(|confidence, right| confidence - right) > 0.0 { "too sure" } else { "not sure enough" };
    let error = f64::from(calibration.error);
    let verdict = if error < 0.005 { "about as right as it is sure".into() } else { format!("on the whole {leaning}") };
    format!("ECE {}: {verdict}.", format::percent(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Reliability;

    fn calibration(confidence: f32, right: f32) -> Calibration {
        Calibration { error: (confidence - right).abs(), bins: vec![Reliability { samples: 10, confidence, right }] }
    }

    fn contrast(agreement: f32, changes: Vec<[u32; 3]>) -> Contrast {
        let (baseline, optimized) = (calibration(0.9, 0.8), calibration(0.7, 0.8));
        Contrast { samples: 2000, agreement, divergence: 0.012_34, changes, baseline, optimized, groups: Vec::new(), changed: Vec::new() }
    }

    #[test]
    fn changes_are_told_class_by_class() {
        let contrast = contrast(0.9996, vec![[1, 2, 0], [0, 0, 0], [4, 0, 1]]);
        let rows = rows(&contrast, &["cat".into(), "dog".into()]);
        assert_eq!(
            rows.iter().map(|r| (r.class.as_str(), r.lost, r.gained, r.other)).collect::<Vec<_>>(),
            [("2", 4, 0, 1), ("cat", 1, 2, 0)]
        );
        let said = words(&contrast).replace('\u{a0}', " ");
        assert!(
            said.contains("99.9 % of 2,000") && said.contains("5 that were right are wrong now, 2 that were wrong are right, 1 are wrong"),
            "{said}"
        );
        assert!(said.contains("0.01234 nats"), "{said}");
    }

    #[test]
    fn agreement_of_all_is_said_as_such() {
        assert!(words(&contrast(1.0, vec![[0; 3]; 2])).contains("the same of all 2,000"));
    }

    #[test]
    fn calibration_names_its_side() {
        let said = |c| calibration_words(&c).replace('\u{a0}', " ");
        assert_eq!(said(calibration(0.9, 0.8)), "ECE 10.0 %: on the whole too sure.");
        assert_eq!(said(calibration(0.7, 0.8)), "ECE 10.0 %: on the whole not sure enough.");
        assert!(said(calibration(0.8, 0.799)).contains("about as right"));
    }
}
