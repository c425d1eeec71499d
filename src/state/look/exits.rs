//! Where samples leave early, in words, rows and a curve.

use crate::{
    protocol::{ExitPoint, Exits, ModelReport},
    state::format,
};

/// What the threshold in use comes to.
#[must_use]
pub fn words(found: &Exits) -> String {
    let (here, whole) = (&found.here, found.whole as f64);
    let end = found.curve.last().map_or(here.score, |end| end.score);
    if here.threshold >= 1.0 {
        return format!("No sample leaves early: {} right.", format::percent(f64::from(end)));
    }
    format!(
        "{} of {} test samples leave early. An answer takes {} of the multiplications; {} are right, {} where all go to the end.",
        format::percent(f64::from(here.early)),
        format::count(found.samples as u64),
        format::percent(here.macs / whole.max(1.0)),
        format::percent(f64::from(here.score)),
        format::percent(f64::from(end))
    )
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The layer before the exit, or the end.
    pub name: String,
    /// Share of the samples that leave there, 0 to 1.
    pub share: f64,
    /// The same in words.
    pub left: String,
    /// Of these the share that is right.
    pub right: String,
    /// Multiply-accumulates of a sample that leaves there.
    pub macs: String,
}

/// Each exit, and the end. `model` names what stands before them.
#[must_use]
pub fn rows(found: &Exits, model: Option<&ModelReport>) -> Vec<Row> {
    let end = found.places.len().saturating_sub(1);
    let row = |(i, place): (usize, &crate::protocol::ExitPlace)| {
        let share = f64::from(place.left) / found.samples.max(1) as f64;
        let right = if place.left == 0 { f64::NAN } else { f64::from(place.right) / f64::from(place.left) };
        let before = place.layer.checked_sub(1).and_then(|at| model?.layers.get(at));
        Row {
            name: match before {
                _ if i == end => "The end".into(),
                Some(before) => format!("Exit {}, behind {}", i + 1, before.label),
                None => format!("Exit {}", i + 1),
            },
            share,
            left: format::percent(share),
            right: format::percent(right),
            macs: format::compact(place.macs as f64),
        }
    };
    found.places.iter().enumerate().map(row).collect()
}

/// The curve of accuracy against multiply-accumulates in a box of `size`: its points as SVG writes them, the point of the threshold in use, and what the ends
/// of both axes stand for (least and most multiply-accumulates, least and most accuracy).
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// `x,y x,y …`.
    pub points: String,
    /// Where the threshold in use lies.
    pub here: (f64, f64),
    /// Of the axes.
    pub ends: [String; 4],
}

/// See [`Curve`]; `None` for fewer than two points.
#[must_use]
pub fn curve(found: &Exits, (width, height): (f64, f64)) -> Option<Curve> {
    let all = || found.curve.iter().chain([&found.here]);
    let span =
        |of: fn(&ExitPoint) -> f64| all().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let cost = |p: &ExitPoint| p.macs;
    let score = |p: &ExitPoint| f64::from(p.score);
    if found.curve.len() < 2 {
        return None;
    }
    let (costs, scores) = (span(cost), span(score));
    let share = |v: f64, (low, high): (f64, f64)| if high > low { (v - low) / (high - low) } else { 0.5 };
    let place = |p: &ExitPoint| (width * share(cost(p), costs), height * (1.0 - share(score(p), scores)));
    let points: Vec<String> = found.curve.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let ends = [format::compact(costs.0), format::compact(costs.1), format::percent(scores.0), format::percent(scores.1)];
    Some(Curve { points: points.join(" "), here: place(&found.here), ends })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ExitPlace;

    fn found() -> Exits {
        let point = |threshold, early, score, macs| ExitPoint { threshold, early, score, macs };
        Exits {
            samples: 2000,
            whole: 100_000,
            places: vec![
                ExitPlace { layer: 3, macs: 20_000, left: 1200, right: 1140 },
                ExitPlace { layer: 6, macs: 60_000, left: 0, right: 0 },
                ExitPlace { layer: 8, macs: 101_000, left: 800, right: 640 },
            ],
            here: point(0.9, 0.6, 0.89, 52_400.0),
            curve: vec![point(0.0, 1.0, 0.8, 20_000.0), point(0.5, 0.9, 0.85, 28_000.0), point(1.0, 0.0, 0.9, 100_000.0)],
        }
    }

    #[test]
    fn words_say_what_leaving_saves_and_costs() {
        let said = words(&found()).replace('\u{a0}', " ");
        assert!(
            said.contains("60.0 % of 2,000 test samples leave early") && said.contains("takes 52.4 % of the multiplications"),
            "{said}"
        );
        assert!(said.contains("89.0 % are right, 90.0 % where all go to the end"), "{said}");
        let mut never = found();
        never.here.threshold = 1.0;
        assert!(words(&never).contains("No sample leaves early"));
    }

    #[test]
    fn each_exit_has_a_row() {
        let rows = rows(&found(), None);
        let said: Vec<String> =
            rows.iter().map(|r| format!("{} {} {} {}", r.name, r.left, r.right, r.macs).replace('\u{a0}', " ")).collect();
        assert_eq!(said, ["Exit 1 60.0 % 95.0 % 20.0 k", "Exit 2 0.0 % – 60.0 k", "The end 40.0 % 80.0 % 101 k"]);
    }

    #[test]
    fn the_curve_fills_its_box() {
        let curve = curve(&found(), (200.0, 80.0)).unwrap();
        assert_eq!(curve.points, "0.0,80.0 20.0,40.0 200.0,0.0");
        assert!((curve.here.0 - 81.0).abs() < 1e-9 && (curve.here.1 - 8.0).abs() < 1e-4, "{:?}", curve.here);
        assert_eq!(curve.ends.map(|e| e.replace('\u{a0}', " ")), ["20.0 k", "100 k", "80.0 %", "90.0 %"]);
        assert_eq!(super::curve(&Exits { curve: Vec::new(), ..found() }, (1.0, 1.0)), None);
    }
}
