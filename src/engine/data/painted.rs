//! Points that somebody painted on the plane, each of one of four classes. They are text of the experiment, four signs a point, so that a link holds them.

use super::{Dataset, Samples, Task, split::held_out};
use crate::engine::{
    catalog::Info,
    error::{SpecError, grouped},
    rng::Rng,
    shape::Shape,
};

/// Catalogue key of the data.
pub const KEY: &str = "painted";
/// Link key of the points.
pub const POINTS_KEY: &str = "points";
/// Half the edge of the square on which points are painted.
pub const REACH: f32 = 6.0;
/// Most points: a link holds them all.
pub const MOST: usize = 300;
/// Fewest with which something can be learnt and tested.
pub const FEWEST: usize = 4;
/// Names of the classes.
pub const CLASSES: [&str; 4] = ["A", "B", "C", "D"];

/// What the catalogue says of them.
pub const INFO: Info = Info {
    key: KEY,
    label: "Painted points",
    help: teach!(
        "Points that you paint on the map, of up to four classes. Put one where the network is sure and wrong, or two classes into each other, and see what it makes of that."
    ),
    formula: "",
    source: teach!("As in ConvNetJS's demonstration of points of the plane (Karpathy 2014)"),
    params: &[],
};

/// Signs of base 64 that need no escape in a link (RFC 4648, section 5).
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Steps of a coordinate.
const STEPS: u32 = 1023;
/// Stream of the seed from which test points are drawn.
const STREAM: u64 = 7 << 32;

/// A point: where it lies, in steps of the square from its lower left corner, and its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    x: u32,
    y: u32,
    class: u32,
}

impl Spot {
    /// The point nearest to `(x, y)`, each at most [`REACH`] away from 0, of a class below 4.
    #[must_use]
    pub fn at(x: f32, y: f32, class: usize) -> Self {
        let step = |v: f32| ((v / REACH * 0.5 + 0.5).clamp(0.0, 1.0) * STEPS as f32).round() as u32;
        Self { x: step(x), y: step(y), class: class.min(CLASSES.len() - 1) as u32 }
    }

    /// Where it lies.
    #[must_use]
    pub fn place(self) -> [f32; 2] {
        [self.x, self.y].map(|step| (step as f32 / STEPS as f32 * 2.0 - 1.0) * REACH)
    }

    /// Its class.
    #[must_use]
    pub fn class(self) -> usize {
        self.class as usize
    }
}

/// The points that `text` holds. Errors, at `points`: text that is none, more than [`MOST`].
pub fn read(text: &str) -> Result<Vec<Spot>, SpecError> {
    let refused = || SpecError::Unreadable {
        field: POINTS_KEY.into(),
        value: text.chars().take(24).collect::<String>().into(),
        expected: "a list of points, four letters or digits each".into(),
    };
    let digits: Option<Vec<u32>> = text.bytes().map(|b| SIGNS.iter().position(|s| *s == b).map(|at| at as u32)).collect();
    let digits = digits.filter(|d| d.len().is_multiple_of(4)).ok_or_else(refused)?;
    if digits.len() / 4 > MOST {
        let reason = format!("{} points are more than the {MOST} that a link holds", grouped(digits.len() as u64 / 4));
        return Err(SpecError::Incompatible { field: POINTS_KEY.into(), reason });
    }
    let spot = |d: &[u32; 4]| {
        let all = d.iter().fold(0, |all, digit| all << 6 | digit);
        let class = all & 15;
        ((class as usize) < CLASSES.len()).then_some(Spot { x: all >> 14, y: all >> 4 & STEPS, class })
    };
    digits.as_chunks::<4>().0.iter().map(spot).collect::<Option<_>>().ok_or_else(refused)
}

/// The points as text.
#[must_use]
pub fn write(spots: &[Spot]) -> String {
    let mut text = String::with_capacity(spots.len() * 4);
    for spot in spots {
        let all = spot.x << 14 | spot.y << 4 | spot.class;
        text.extend([18, 12, 6, 0].map(|shift| char::from(SIGNS[(all >> shift & 63) as usize])));
    }
    text
}

/// What there is before anything was painted: a small heap of A, half surrounded by B.
#[must_use]
pub fn first() -> Vec<Spot> {
    let around = |radius: f32, from: f32, step: f32, class: usize| {
        move |i: u32| {
            let angle = from + step * i as f32;
            Spot::at(radius * libm::cosf(angle), radius * libm::sinf(angle) - 0.5, class)
        }
    };
    (0..8).map(around(1.2, 0.3, 0.8, 0)).chain((0..12).map(around(3.6, 0.1, 0.27, 1))).collect()
}

/// The data set that `text` holds, the [`first`] points where it is empty, split class by class. Errors: as [`read`]; too few points, or all of one class.
pub(super) fn dataset(text: &str, test_share: f64, seed: u64) -> Result<Dataset, SpecError> {
    let mut spots = if text.is_empty() { first() } else { read(text)? };
    let classes = spots.iter().map(|s| s.class() + 1).max().unwrap_or(0);
    let one = spots.first().is_some_and(|first| spots.iter().all(|s| s.class == first.class));
    if spots.len() < FEWEST || one {
        let reason = format!("paint at least {FEWEST} points, of two classes or more");
        return Err(SpecError::Incompatible { field: POINTS_KEY.into(), reason });
    }
    Rng::new(seed, STREAM).shuffle(&mut spots);
    let labels: Vec<u32> = spots.iter().map(|s| s.class).collect();
    let held = held_out(&labels, spots.len(), test_share);
    let part = |test: bool| {
        let mut samples = Samples::default();
        for (spot, _) in spots.iter().zip(&held).filter(|(_, held)| **held == test) {
            samples.len += 1;
            samples.inputs.extend(spot.place());
            samples.classes.push(spot.class);
        }
        samples
    };
    Ok(Dataset {
        key: KEY.into(),
        name: INFO.label.into(),
        shape: Shape(vec![2]),
        task: Task::Classes(CLASSES[..classes.max(2)].iter().map(ToString::to_string).collect()),
        features: vec!["x₁".into(), "x₂".into()],
        scaling: vec![(0.0, 1.0); 2],
        pipeline: None,
        train: part(false),
        validation: Samples::default(),
        test: part(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(count: usize) -> Vec<Spot> {
        (0..count).map(|i| Spot::at(i as f32 * 0.037 - 5.5, 5.9 - i as f32 * 0.03, i % 3)).collect()
    }

    #[test]
    fn points_survive_as_text() {
        let corners = [Spot::at(-REACH, -REACH, 0), Spot::at(REACH, REACH, 3), Spot::at(-99.0, 99.0, 9)];
        for spots in [vec![], corners.to_vec(), some(MOST)] {
            let text = write(&spots);
            assert_eq!(text.len(), spots.len() * 4);
            assert_eq!(read(&text), Ok(spots));
        }
        assert_eq!(corners[0].place(), [-REACH, -REACH]);
        assert_eq!((corners[2].place(), corners[2].class()), ([-REACH, REACH], 3));
        let [x, y] = Spot::at(1.234, -0.5, 1).place();
        assert!((x - 1.234).abs() < 0.006 && (y + 0.5).abs() < 0.006, "{x} {y}");
    }

    #[test]
    fn what_is_no_list_of_points_is_an_error_at_its_field() {
        for text in ["abc", "AAA.", "AAAé", "AAAE", "ÄÄ", &write(&some(MOST)).repeat(2)] {
            assert_eq!(read(text).unwrap_err().field(), POINTS_KEY, "{text}");
        }
        for spots in [some(1), some(3), vec![Spot::at(0.0, 0.0, 2); 9]] {
            assert_eq!(dataset(&write(&spots), 0.5, 1).unwrap_err().field(), POINTS_KEY);
        }
    }

    #[test]
    fn there_is_something_to_begin_with() {
        let data = dataset("", 0.5, 1).unwrap();
        assert_eq!((data.train.len + data.test.len, data.task.outputs()), (first().len(), 2));
    }

    #[test]
    fn a_set_holds_every_point_once_and_some_of_each_class_on_both_sides() {
        let spots = some(30);
        let data = dataset(&write(&spots), 0.4, 1).unwrap();
        assert_eq!((data.train.len, data.test.len, data.task.outputs()), (18, 12, 3));
        let mut all: Vec<(u32, u32, u32)> = [&data.train, &data.test]
            .iter()
            .flat_map(|s| s.inputs.chunks(2).zip(&s.classes).map(|(p, c)| (p[0].to_bits(), p[1].to_bits(), *c)))
            .collect();
        let mut wanted: Vec<_> = spots.iter().map(|s| (s.place()[0].to_bits(), s.place()[1].to_bits(), s.class)).collect();
        all.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(all, wanted);
        assert!((0..3).all(|c| data.train.classes.contains(&c) && data.test.classes.contains(&c)));
    }
}
