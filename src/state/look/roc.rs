//! ROC and precision-recall curves as lines, dots, tables and words.

use crate::{
    engine::roc::{Curve, THRESHOLDS, Table},
    protocol::{ClassRoc, Roc},
    state::format,
};

/// Place of the threshold ½ in [`THRESHOLDS`], with which a reader begins.
pub const HALF: usize = 56;

/// The class that is looked at first: of two the second, which is what such data ask for ("ill", "survived").
#[must_use]
pub fn first_class(classes: usize) -> usize {
    usize::from(classes == 2)
}

/// Names of both axes, x first.
#[must_use]
pub fn axes(curve: Curve) -> [&'static str; 2] {
    match curve {
        Curve::Roc => ["False positive rate", "True positive rate (recall)"],
        Curve::PrecisionRecall => ["Recall", "Precision"],
    }
}

/// What is drawn, in a sentence or two: the class `name` at a step, and the areas under both models' curves; or why there is nothing to draw.
#[must_use]
pub fn words(step: u64, both: &[ClassRoc; 2], name: &str) -> String {
    let step = format::count(step);
    match both[0].all.map(u64::from) {
        [others, 0] => {
            format!("Step {step}: none of the {} test samples is of class {name}, so that no curve can be drawn.", format::count(others))
        }
        [0, own] => {
            format!("Step {step}: all {} test samples are of class {name}, so that there is no rest to tell it from.", format::count(own))
        }
        [others, own] => format!(
            "Step {step}: class {name}, {} of {} test samples. AUC {} → {}, average precision {} → {}.",
            format::count(own),
            format::count(own + others),
            area(both[0].auc),
            area(both[1].auc),
            area(both[0].average_precision),
            area(both[1].average_precision)
        ),
    }
}

/// An area under a curve; a dash where there is none.
#[must_use]
pub fn area(area: Option<f64>) -> String {
    area.map_or_else(|| "–".into(), |v| format!("{v:.4}"))
}

/// A threshold as it is written: "0.5".
#[must_use]
pub fn threshold(at: usize) -> String {
    format::number(THRESHOLDS[at.min(THRESHOLDS.len() - 1)])
}

fn in_box((x, y): (f64, f64), (width, height): (f64, f64)) -> (f64, f64) {
    (x * width, (1.0 - y) * height)
}

/// A curve in a box of `size`, points as SVG writes them; empty where there is nothing to draw. Precision stays between two points, as average precision takes it.
#[must_use]
pub fn points(of: &ClassRoc, curve: Curve, size: (f64, f64)) -> String {
    let (mut out, mut last): (Vec<String>, _) = (Vec::new(), 0.0);
    let mut put = |place| {
        let (x, y) = in_box(place, size);
        out.push(format!("{x:.1},{y:.1}"));
    };
    if of.all.contains(&0) {
        return String::new();
    }
    for place in of.corners(curve).iter().filter_map(|called| Table::of(*called, of.all).place(curve)) {
        if curve == Curve::PrecisionRecall {
            put((last, place.1));
        }
        put(place);
        last = place.0;
    }
    out.join(" ")
}

/// Where the threshold at a place of [`THRESHOLDS`] lies on a curve in a box of `size`; `None` where none is called the class, so that precision is a share of
/// nothing, and where there is no curve.
#[must_use]
pub fn dot(of: &ClassRoc, curve: Curve, at: usize, size: (f64, f64)) -> Option<(f64, f64)> {
    of.table(at).place(curve).filter(|_| !of.all.contains(&0)).map(|place| in_box(place, size))
}

/// Both ends of the line of a model that guesses, in a box of `size`: the diagonal, or the share of the class.
#[must_use]
pub fn chance(of: &ClassRoc, curve: Curve, size: (f64, f64)) -> [(f64, f64); 2] {
    let share = f64::from(of.all[1]) / (of.all.map(f64::from).iter().sum::<f64>()).max(1.0);
    match curve {
        Curve::Roc => [(0.0, 0.0), (1.0, 1.0)],
        Curve::PrecisionRecall => [(0.0, share), (1.0, share)],
    }
    .map(|place| in_box(place, size))
}

fn share(value: Option<f64>) -> String {
    format::percent(value.unwrap_or(f64::NAN))
}

/// What both models come to at a threshold: name, fp32, optimized.
#[must_use]
pub fn measures(both: &[ClassRoc; 2], at: usize) -> Vec<(&'static str, [String; 2])> {
    let tables = [0, 1].map(|side| both[side].table(at));
    vec![
        ("Precision", tables.map(|t| share(t.precision()))),
        ("Recall", tables.map(|t| share(t.recall()))),
        ("F1", tables.map(|t| share(t.f1()))),
        ("Specificity", tables.map(|t| share(t.specificity()))),
    ]
}

/// The threshold at a place of [`THRESHOLDS`] in words for who cannot see the dot.
#[must_use]
pub fn spoken(both: &[ClassRoc; 2], at: usize) -> String {
    let said = |side: usize| {
        let table = both[side].table(at);
        format!("precision {}, recall {}", share(table.precision()), share(table.recall()))
    };
    format!("{}; baseline: {}; optimized: {}", threshold(at), said(0), said(1))
}

/// A row of the table behind the chart: a threshold, and where both models lie, x and y of each.
#[must_use]
pub fn row(both: &[ClassRoc; 2], curve: Curve, at: usize) -> (String, [String; 4]) {
    let place = |side: usize| {
        let table = both[side].table(at);
        match curve {
            Curve::Roc => [share(table.false_positive_rate()), share(table.recall())],
            Curve::PrecisionRecall => [share(table.recall()), share(table.precision())],
        }
    };
    let ([a, b], [c, d]) = (place(0), place(1));
    (threshold(at), [a, b, c, d])
}

/// Each class, its test samples, and of both models AUC and average precision.
#[must_use]
pub fn by_class(roc: &Roc, names: &[String]) -> Vec<(String, [String; 5])> {
    let row = |(i, both): (usize, &[ClassRoc; 2])| {
        let name = names.get(i).cloned().unwrap_or_else(|| i.to_string());
        let [a, b] = both;
        (name, [format::count(u64::from(a.all[1])), area(a.auc), area(b.auc), area(a.average_precision), area(b.average_precision)])
    };
    roc.classes.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::roc::Ranking;

    const BOX: (f64, f64) = (100.0, 50.0);

    fn class(scores: &[f64], own: &[usize]) -> ClassRoc {
        let ranking = Ranking::new(scores, |i| own.contains(&i));
        let called = |t: f64| {
            let table = ranking.at(t);
            [table.false_positives, table.true_positives]
        };
        ClassRoc {
            all: ranking.all,
            auc: ranking.auc(),
            average_precision: ranking.average_precision(),
            roc: ranking.corners(Curve::Roc, 50),
            precision_recall: ranking.corners(Curve::PrecisionRecall, 50),
            at: THRESHOLDS.map(called).to_vec(),
        }
    }

    /// Right, wrong, right, wrong, by falling probability.
    fn some() -> ClassRoc {
        class(&[0.9, 0.8, 0.7, 0.2], &[0, 2])
    }

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn the_reader_begins_in_the_middle() {
        assert_eq!(THRESHOLDS[HALF], 0.5);
        assert_eq!((threshold(HALF).as_str(), threshold(1).as_str(), threshold(999).as_str()), ("0.5", "0.0001", "1"));
        assert_eq!((first_class(2), first_class(3), first_class(1)), (1, 0, 0));
    }

    #[test]
    fn curves_are_drawn_through_their_corners() {
        // One right of two, then one wrong of two, and so on: y falls from the top.
        assert_eq!(points(&some(), Curve::Roc, BOX), "0.0,50.0 0.0,25.0 50.0,25.0 50.0,0.0 100.0,0.0");
        // Precision 1, 1/2, 2/3, 1/2: it stays until recall rises.
        assert_eq!(
            points(&some(), Curve::PrecisionRecall, BOX),
            "0.0,0.0 50.0,0.0 50.0,25.0 50.0,25.0 50.0,16.7 100.0,16.7 100.0,25.0 100.0,25.0"
        );
        assert_eq!(chance(&some(), Curve::Roc, BOX), [(0.0, 50.0), (100.0, 0.0)]);
        assert_eq!(chance(&some(), Curve::PrecisionRecall, BOX), [(0.0, 25.0), (100.0, 25.0)]);
    }

    #[test]
    fn the_dot_is_where_the_threshold_lies() {
        // At ½ three are called the class: two right, one wrong.
        assert_eq!(dot(&some(), Curve::Roc, HALF, BOX), Some((50.0, 0.0)));
        let (x, y) = dot(&some(), Curve::PrecisionRecall, HALF, BOX).unwrap();
        assert!((x - 100.0).abs() < 1e-9 && (y - 50.0 / 3.0).abs() < 1e-9);
        // At 1 none is.
        assert_eq!(dot(&some(), Curve::Roc, 112, BOX), Some((0.0, 50.0)));
        assert_eq!(dot(&some(), Curve::PrecisionRecall, 112, BOX), None);
    }

    #[test]
    fn numbers_at_a_threshold_are_those_of_its_table() {
        let both = [some(), some()];
        let said: Vec<String> = measures(&both, HALF).into_iter().map(|(name, [v, _])| format!("{name} {}", plain(&v))).collect();
        assert_eq!(said, ["Precision 66.7 %", "Recall 100.0 %", "F1 80.0 %", "Specificity 50.0 %"]);
        assert_eq!(measures(&both, 112)[0].1[0], "–", "a share of none");
        assert_eq!(
            plain(&spoken(&both, HALF)),
            "0.5; baseline: precision 66.7 %, recall 100.0 %; optimized: precision 66.7 %, recall 100.0 %"
        );
        let (at, shares) = row(&both, Curve::Roc, HALF);
        assert_eq!((at.as_str(), shares.map(|s| plain(&s))), ("0.5", ["50.0 %", "100.0 %", "50.0 %", "100.0 %"].map(String::from)));
        assert_eq!(row(&both, Curve::PrecisionRecall, 112).1, ["0.0\u{a0}%", "–", "0.0\u{a0}%", "–"]);
    }

    #[test]
    fn areas_are_told_and_an_empty_class_is_said() {
        let said = words(1200, &[some(), some()], "cat");
        assert_eq!(said, "Step 1,200: class cat, 2 of 4 test samples. AUC 0.7500 → 0.7500, average precision 0.8333 → 0.8333.");
        let none = class(&[0.9, 0.1], &[]);
        assert!(words(0, &[none.clone(), none.clone()], "cat").contains("none of the 2 test samples is of class cat"));
        assert_eq!((points(&none, Curve::PrecisionRecall, BOX), dot(&none, Curve::Roc, HALF, BOX)), (String::new(), None));
        let all = class(&[0.9, 0.1], &[0, 1]);
        assert!(words(0, &[all.clone(), all], "cat").contains("all 2 test samples are of class cat"));
        let roc = Roc { samples: 4, classes: vec![[some(), some()], [none.clone(), none]] };
        assert_eq!(
            by_class(&roc, &["cat".into()]),
            [
                ("cat".into(), ["2", "0.7500", "0.7500", "0.8333", "0.8333"].map(String::from)),
                ("1".into(), ["0", "–", "–", "–", "–"].map(String::from))
            ]
        );
    }
}
