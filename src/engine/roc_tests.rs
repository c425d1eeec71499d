use super::*;
use crate::engine::rng::Rng;

fn rank(scores: &[f64], labels: &[bool]) -> Ranking {
    Ranking::new(scores, |i| labels[i])
}

/// Scores in twentieths, so that many are alike, and labels that go with them somewhat.
fn drawn(seed: u64, samples: usize) -> (Vec<f64>, Vec<bool>) {
    let mut rng = Rng::new(seed, 0);
    let scores: Vec<f64> = (0..samples).map(|_| f64::from((rng.uniform() * 20.0) as u8) / 20.0).collect();
    let labels = scores.iter().map(|s| f64::from(rng.uniform()) < 0.2 + 0.5 * s).collect();
    (scores, labels)
}

/// Area under a curve of corners, by trapezoids (ROC) or steps (precision-recall).
fn area(ranking: &Ranking, curve: Curve, corners: &[[u32; 2]]) -> f64 {
    let places = corners.iter().map(|c| Table::of(*c, ranking.all).place(curve).unwrap());
    let (mut sum, mut last) = (0.0, (0.0, 0.0));
    for (x, y) in places {
        sum += (x - last.0) * if curve == Curve::Roc { (y + last.1) / 2.0 } else { y };
        last = (x, y);
    }
    sum
}

/// `tests/fixtures/roc/make.py` made the figures.
#[test]
fn curves_areas_and_tables_are_those_of_scikit_learn() {
    let all: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/roc/reference.json")).unwrap();
    for case in all["cases"].as_array().unwrap() {
        let name = &case["name"];
        let list = |value: &serde_json::Value| value.as_array().unwrap().iter().map(serde_json::Value::as_f64).collect::<Vec<_>>();
        let near = |got: Option<f64>, want: Option<f64>, what: &str| match (got, want) {
            (Some(got), Some(want)) => assert!((got - want).abs() <= 1e-14, "{what} of {name}: {got} instead of {want}"),
            _ => assert_eq!(got, want, "{what} of {name}"),
        };
        let scores: Vec<f64> = list(&case["scores"]).into_iter().flatten().collect();
        let labels: Vec<bool> = list(&case["labels"]).into_iter().map(|v| v == Some(1.0)).collect();
        let ranking = rank(&scores, &labels);
        let tables: Vec<Table> = ranking.steps.iter().map(|step| Table::of(step.1, ranking.all)).collect();

        let (fpr, tpr, thresholds) = (list(&case["roc"]["fpr"]), list(&case["roc"]["tpr"]), list(&case["roc"]["thresholds"]));
        assert_eq!((tables.len() + 1, ranking.steps.len()), (fpr.len(), thresholds.len()), "{name}: a point for each score, and none");
        assert!([fpr[0], tpr[0]].into_iter().flatten().all(|v| v == 0.0));
        for (i, table) in tables.iter().enumerate() {
            near(table.false_positive_rate(), fpr[i + 1], "false positive rate");
            near(table.recall(), tpr[i + 1], "true positive rate");
            near(Some(ranking.steps[i].0), thresholds[i], "threshold");
        }
        if case["precision_recall"].is_object() {
            let (precision, recall) = (list(&case["precision_recall"]["precision"]), list(&case["precision_recall"]["recall"]));
            assert_eq!((tables.len(), tables.len()), (precision.len(), recall.len()), "{name}");
            for (i, table) in tables.iter().enumerate() {
                near(table.precision(), precision[i], "precision");
                near(table.recall(), recall[i], "recall");
            }
        }
        near(ranking.auc(), case["auc"].as_f64(), "AUC");
        near(ranking.average_precision(), case["average_precision"].as_f64(), "average precision");
        for want in case["tables"].as_array().unwrap() {
            let got = ranking.at(want["threshold"].as_f64().unwrap());
            let counts = [got.true_positives, got.false_positives, got.false_negatives, got.true_negatives];
            assert_eq!(list(&want["counts"]), counts.map(|c| Some(f64::from(c))), "{name} at {}", want["threshold"]);
            near(got.precision(), want["precision"].as_f64(), "precision");
            near(got.recall(), want["recall"].as_f64(), "recall");
            near(got.f1(), want["f1"].as_f64(), "F1");
            near(got.specificity(), want["specificity"].as_f64(), "specificity");
        }
    }
}

#[test]
fn reversed_scores_have_the_rest_of_the_area() {
    for seed in 0..20 {
        let (scores, labels) = drawn(seed, 60);
        let reversed: Vec<f64> = scores.iter().map(|s| 1.0 - s).collect();
        let sum = rank(&scores, &labels).auc().unwrap() + rank(&reversed, &labels).auc().unwrap();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        // What tells the class from the rest tells the rest from the class.
        let others: Vec<bool> = labels.iter().map(|l| !l).collect();
        assert_eq!(rank(&scores, &labels).auc(), rank(&reversed, &others).auc());
    }
}

#[test]
fn only_the_order_of_scores_counts() {
    for seed in 0..20 {
        let (scores, labels) = drawn(seed, 60);
        let bent: Vec<f64> = scores.iter().map(|s| libm::exp(3.0 * s) - 20.0).collect();
        let (plain, bent) = (rank(&scores, &labels), rank(&bent, &labels));
        assert_eq!((plain.auc(), plain.average_precision()), (bent.auc(), bent.average_precision()));
        let counts = |r: &Ranking| r.steps.iter().map(|s| s.1).collect::<Vec<_>>();
        assert_eq!(counts(&plain), counts(&bent));
        // And that of samples does not.
        let mut places: Vec<usize> = (0..scores.len()).collect();
        places.reverse();
        let turned = rank(&places.iter().map(|i| scores[*i]).collect::<Vec<_>>(), &places.iter().map(|i| labels[*i]).collect::<Vec<_>>());
        assert_eq!(turned, plain);
    }
}

#[test]
fn the_area_is_how_often_a_sample_of_the_class_is_above_another() {
    let (scores, labels) = drawn(7, 80);
    let (mut above, mut pairs) = (0.0, 0.0);
    for (own, _) in scores.iter().zip(&labels).filter(|(_, label)| **label) {
        for (other, _) in scores.iter().zip(&labels).filter(|(_, label)| !**label) {
            pairs += 1.0;
            above += if own > other {
                1.0
            } else if own == other {
                0.5
            } else {
                0.0
            };
        }
    }
    assert!((rank(&scores, &labels).auc().unwrap() - above / pairs).abs() < 1e-12);
}

#[test]
fn corners_give_the_whole_curve_and_are_thinned_only_beyond_what_is_asked_for() {
    for seed in 0..10 {
        let (scores, labels) = drawn(seed, 400);
        let ranking = rank(&scores, &labels);
        for curve in [Curve::Roc, Curve::PrecisionRecall] {
            let want = if curve == Curve::Roc { ranking.auc() } else { ranking.average_precision() }.unwrap();
            let corners = ranking.corners(curve, usize::MAX);
            assert!(corners.len() <= ranking.steps.len() + 1);
            assert!((area(&ranking, curve, &corners) - want).abs() < 1e-12, "{curve:?}");
        }
    }
    // Fine scores: every sample is a step.
    let mut rng = Rng::new(1, 0);
    let labels: Vec<bool> = (0..5000).map(|_| rng.uniform() < 0.3).collect();
    let scores: Vec<f64> = labels.iter().map(|l| f64::from(rng.uniform()) + if *l { 0.4 } else { 0.0 }).collect();
    let ranking = rank(&scores, &labels);
    for curve in [Curve::Roc, Curve::PrecisionRecall] {
        let all = ranking.corners(curve, usize::MAX);
        let few = ranking.corners(curve, 150);
        assert!(all.len() > 1000 && few.len() <= 150 && few.len() > 50, "{curve:?}: {} of {}", few.len(), all.len());
        assert!(few.iter().all(|c| all.contains(c)), "only real corners are left");
        assert_eq!((few.first(), few.last()), (all.first(), all.last()));
        assert!((area(&ranking, curve, &few) - area(&ranking, curve, &all)).abs() < 0.01, "{curve:?}");
    }
    // A perfect order has three corners: none, all of the class, all.
    let ranking = rank(&[0.9, 0.8, 0.7, 0.2, 0.1], &[true, true, true, false, false]);
    assert_eq!(ranking.corners(Curve::Roc, 9), [[0, 0], [0, 3], [2, 3]]);
    assert_eq!(ranking.corners(Curve::PrecisionRecall, 9), [[0, 1], [0, 3], [2, 3]]);
}

#[test]
fn a_share_of_no_samples_is_none_and_nothing_is_nan() {
    let empty = rank(&[], &[]);
    assert_eq!((empty.auc(), empty.average_precision(), empty.at(0.5)), (None, None, Table::default()));
    assert_eq!((empty.corners(Curve::Roc, 5), empty.corners(Curve::PrecisionRecall, 5)), (vec![[0, 0]], Vec::new()));
    let table = Table::default();
    assert_eq!((table.precision(), table.recall(), table.specificity(), table.f1()), (None, None, None, None));
    assert_eq!((table.place(Curve::Roc), table.place(Curve::PrecisionRecall)), (None, None));
    // A model that says nothing sensible is never sure.
    let broken = rank(&[f64::NAN, 0.5, f64::NAN], &[true, true, false]);
    assert_eq!((broken.steps.len(), broken.at(0.5).true_positives, broken.at(0.0).true_positives), (2, 1, 2));
    assert_eq!(broken.auc(), Some(0.75));
}

#[test]
fn thresholds_rise_from_0_to_1_and_are_numbers_that_people_type() {
    assert!(THRESHOLDS.windows(2).all(|w| w[0] < w[1]));
    assert_eq!((THRESHOLDS[0], THRESHOLDS[112]), (0.0, 1.0));
    assert!(THRESHOLDS.contains(&0.5) && THRESHOLDS.contains(&0.29) && THRESHOLDS.contains(&0.999));
    assert!(THRESHOLDS.iter().all(|t| THRESHOLD.check(*t).is_ok() && format!("{t}").len() <= 6));
}

#[test]
fn probabilities_are_those_of_softmax_and_keep_what_is_near_1_apart() {
    let mut p = Vec::new();
    probabilities(&[0.0, libm::logf(3.0)], &mut p);
    probabilities(&[30.0, 0.0], &mut p);
    probabilities(&[31.0, 0.0], &mut p);
    assert!((p[1] - 0.75).abs() < 1e-7 && (p[0] + p[1] - 1.0).abs() < 1e-15);
    assert!(p[2] < p[4] && p[4] < 1.0, "32 bits would take both for 1");
}
