//! The path of a lasso as a drawing: lines, their names, what is pointed at, the table, and words.

use super::{
    arrow::Way,
    scale::{Axis, extent},
};
use crate::{order, protocol::LassoView, state::format};

/// Room around the lines for axes and names: left, top, right, bottom, in pixels.
const MARGIN: (f64, f64, f64, f64) = (46.0, 10.0, 104.0, 24.0);
/// Most names beside lines; the table has all.
const NAMES: usize = 8;
/// Most letters of such a name.
const LETTERS: usize = 13;
/// Height of a line of text, in pixels.
const LETTER: f64 = 13.0;
/// Every how many penalties have a column in the table.
const EVERY: usize = 6;

/// A column, and one of the penalties, from 0.
pub type Spot = (usize, usize);

/// The line of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which column, from 0.
    pub column: usize,
    /// Its corners in pixels, as SVG writes them.
    pub points: String,
    /// Whether it has a weight at the chosen penalty.
    pub kept: bool,
    /// Its name, cut short, and how far down it stands; `None` where another name is there already.
    pub name: Option<(String, f64)>,
}

/// Lines in a rectangle.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Penalties, the highest on the left.
    pub x: Axis,
    /// Weights.
    pub y: Axis,
    /// All columns, in the order in which they get a weight.
    pub lines: Vec<Line>,
    /// Where the chosen penalty lies across.
    pub chosen: f64,
    /// Where the lines end on the right, and where they begin and end from the top.
    pub ends: (f64, f64, f64),
}

/// Numbers of a view: penalties, and weights `[columns, penalties]`.
fn numbers(view: &LassoView) -> (Vec<f64>, Vec<f32>) {
    (view.alphas.to_vec().into_iter().map(f64::from).collect(), view.weights.to_vec())
}

/// Where the weight of a line first differs from 0.
fn first(line: &[f32]) -> Option<usize> {
    line.iter().position(|w| *w != 0.0)
}

/// Columns in the order in which they get a weight, of those that get it together the largest first.
fn by_entry(weights: &[f32], per: usize) -> Vec<usize> {
    let lines: Vec<&[f32]> = weights.chunks_exact(per.max(1)).collect();
    let mut places: Vec<usize> = (0..lines.len()).collect();
    let entry = |at: usize| first(lines[at]).unwrap_or(usize::MAX);
    let size = |at: usize| lines[at].last().map_or(0.0, |w| w.abs());
    order::sort(&mut places, &|a, b| entry(a).cmp(&entry(b)).then(size(b).total_cmp(&size(a))));
    places
}

/// Lines of a view with these names in a rectangle of `(width, height)` pixels; `None` where there is no room, or nothing to draw.
#[must_use]
pub fn draw(view: &LassoView, names: &[String], (w, h): (f64, f64)) -> Option<Drawing> {
    let (alphas, weights) = numbers(view);
    let (left, top, right, bottom) = MARGIN;
    if w < left + right + 80.0 || h < top + bottom + 60.0 {
        return None;
    }
    let range = (*alphas.last()?, *alphas.first()?);
    let (low, high) = extent(weights.iter().map(|w| f64::from(*w)).chain([0.0]), 0.04)?;
    let low = if view.magnitudes { 0.0 } else { low };
    let (x, y) = (Axis::log(range, w - right, left), Axis::linear((low, high), h - bottom, top));
    let per = alphas.len();
    let ordered = by_entry(&weights, per);
    let end = |at: usize| weights[at * per + per - 1];
    let mut longest = ordered.clone();
    order::sort(&mut longest, &|a, b| end(b).abs().total_cmp(&end(a).abs()));
    let mut taken: Vec<(usize, f64)> = Vec::new();
    for at in longest.into_iter().filter(|at| end(*at) != 0.0) {
        let place = y.at(f64::from(end(at)));
        if taken.len() < NAMES && taken.iter().all(|(_, other)| (place - other).abs() >= LETTER) {
            taken.push((at, place));
        }
    }
    let line = |column: usize| {
        let corner = |(alpha, w): (&f64, &f32)| format!("{:.1},{:.1}", x.at(*alpha), y.at(f64::from(*w)));
        let own = &weights[column * per..(column + 1) * per];
        Line {
            column,
            points: alphas.iter().zip(own).map(corner).collect::<Vec<_>>().join(" "),
            kept: own.get(view.chosen).is_some_and(|w| *w != 0.0),
            name: taken.iter().find(|(at, _)| *at == column).map(|(_, place)| (short(names.get(column).map_or("", |n| n)), *place)),
        }
    };
    let lines = ordered.into_iter().map(line).collect();
    let chosen = x.at(alphas.get(view.chosen).copied().unwrap_or(range.0));
    Some(Drawing { x, y, lines, chosen, ends: (w - right, top, h - bottom) })
}

fn short(name: &str) -> String {
    if name.chars().count() > LETTERS { name.chars().take(LETTERS - 1).chain(['…']).collect() } else { name.into() }
}

/// The weight nearest to a place in pixels: of the nearest penalty the nearest line.
#[must_use]
pub fn nearest(view: &LassoView, drawing: &Drawing, (x, y): (f64, f64)) -> Option<Spot> {
    let (alphas, weights) = numbers(view);
    let far = |place: f64, to: f64| (place - to).abs();
    let across = |at: &usize| far(drawing.x.at(alphas[*at]), x);
    let at = (0..alphas.len()).min_by(|a, b| across(a).total_cmp(&across(b)))?;
    let upwards = |column: &usize| far(drawing.y.at(f64::from(weights[column * alphas.len() + at])), y);
    let column = drawing.lines.iter().map(|line| line.column).min_by(|a, b| upwards(a).total_cmp(&upwards(b)))?;
    Some((column, at))
}

/// Where a spot lies in pixels.
#[must_use]
pub fn place(view: &LassoView, drawing: &Drawing, (column, at): Spot) -> Option<(f64, f64)> {
    let (alphas, weights) = numbers(view);
    Some((drawing.x.at(*alphas.get(at)?), drawing.y.at(f64::from(*weights.get(column * alphas.len() + at)?))))
}

/// Where an arrow key leads from a spot: up and down to the line that got its weight before or next, left and right to a higher or lower penalty; to begin with to the first line at the chosen one.
#[must_use]
pub fn walk(view: &LassoView, spot: Option<Spot>, way: Way) -> Option<Spot> {
    let (alphas, weights) = numbers(view);
    let ordered = by_entry(&weights, alphas.len());
    let Some((column, at)) = spot else { return Some((*ordered.first()?, view.chosen)) };
    let place = ordered.iter().position(|other| *other == column)?;
    let line = |place: usize| ordered[place.min(ordered.len() - 1)];
    Some(match way {
        Way::Up => (line(place.saturating_sub(1)), at),
        Way::Down => (line(place + 1), at),
        Way::Left => (column, at.saturating_sub(1)),
        Way::Right => (column, (at + 1).min(alphas.len() - 1)),
    })
}

/// What is at a spot, or how many columns are left: "alcohol: weight 0.212 at α = 0.0043; its first at α = 0.3".
#[must_use]
pub fn words(view: &LassoView, names: &[String], spot: Option<Spot>) -> String {
    let (alphas, weights) = numbers(view);
    let per = alphas.len();
    let alpha = |at: usize| format::number(alphas.get(at).copied().unwrap_or(f64::NAN));
    let Some((column, at)) = spot.filter(|(column, at)| (column + 1) * per <= weights.len() && *at < per) else {
        let kept = weights.iter().skip(view.chosen).step_by(per.max(1)).filter(|w| **w != 0.0).count();
        return format!("At α = {} (dashed) {kept} of {} columns have a weight, and stay.", alpha(view.chosen), names.len());
    };
    let own = &weights[column * per..(column + 1) * per];
    let begins = first(own).map_or_else(|| "it never has one".into(), |at| format!("its first at α = {}", alpha(at)));
    let name = names.get(column).map_or("", |n| n);
    format!("{name}: weight {} at α = {}; {begins}.", digits(own[at]), alpha(at))
}

fn digits(weight: f32) -> String {
    format::number((f64::from(weight) * 1e4).round() / 1e4)
}

/// A column of the data in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The penalty at which it gets a weight.
    pub first: String,
    /// Its weights at the penalties of the table.
    pub weights: Vec<String>,
}

/// The table: penalties at the head of its columns and which of them is the chosen one, and its rows in the order in which columns get a weight.
#[must_use]
pub fn table(view: &LassoView, names: &[String]) -> (Vec<(String, bool)>, Vec<Row>) {
    let (alphas, weights) = numbers(view);
    let per = alphas.len();
    let shown: Vec<usize> = (0..per).filter(|at| at % EVERY == 0 || at + 1 == per || *at == view.chosen).collect();
    let heads = shown.iter().map(|at| (format::number(alphas[*at]), *at == view.chosen)).collect();
    let row = |column: usize| {
        let own = &weights[column * per..(column + 1) * per];
        let begins = first(own).map_or_else(|| "–".into(), |at| format::number(alphas[at]));
        let weights = shown.iter().map(|at| digits(own[*at])).collect();
        Row { name: names.get(column).cloned().unwrap_or_default(), first: begins, weights }
    };
    (heads, by_entry(&weights, per).into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::F32s;

    /// Three columns at four penalties: the second comes first, the first never.
    fn view() -> (LassoView, Vec<String>) {
        let weights = [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.7, 0.8, 0.0, 0.0, -0.1, -0.4];
        let view =
            LassoView { alphas: F32s::from(&[1.0, 0.1, 0.01, 0.001][..]), weights: F32s::from(&weights[..]), chosen: 1, magnitudes: false };
        (view, ["never", "first", "a column with a very long name"].map(String::from).into())
    }

    #[test]
    fn lines_come_in_the_order_of_their_weights_and_the_highest_penalty_is_on_the_left() {
        let (view, names) = view();
        let drawing = draw(&view, &names, (500.0, 240.0)).expect("room");
        assert_eq!(drawing.lines.iter().map(|l| l.column).collect::<Vec<_>>(), [1, 2, 0]);
        assert_eq!(drawing.lines.iter().map(|l| l.kept).collect::<Vec<_>>(), [true, false, false]);
        assert!(drawing.x.at(1.0) < drawing.chosen && drawing.chosen < drawing.x.at(0.001));
        assert_eq!(drawing.chosen, drawing.x.at(f64::from(0.1_f32)));
        let shown: Vec<_> = drawing.lines.iter().filter_map(|l| l.name.as_ref()).map(|(name, _)| &name[..]).collect();
        assert_eq!(shown, ["first", "a column wit…"]);
        assert!(
            draw(&view, &names, (120.0, 240.0)).is_none()
                && draw(&LassoView { alphas: F32s::default(), ..view }, &names, (500.0, 240.0)).is_none()
        );
    }

    #[test]
    fn what_is_pointed_at_is_the_nearest_weight() {
        let (view, names) = view();
        let drawing = draw(&view, &names, (500.0, 240.0)).expect("room");
        for spot in [(1, 1), (1, 3), (2, 3), (2, 2)] {
            let (x, y) = place(&view, &drawing, spot).expect("a place");
            assert_eq!(nearest(&view, &drawing, (x + 4.0, y - 2.0)), Some(spot));
        }
        assert_eq!(words(&view, &names, Some((1, 2))), "first: weight 0.7 at α = 0.01; its first at α = 0.1.");
        assert_eq!(words(&view, &names, Some((0, 2))), "never: weight 0 at α = 0.01; it never has one.");
        for spot in [None, Some((9, 0)), Some((0, 9))] {
            assert_eq!(words(&view, &names, spot), "At α = 0.1 (dashed) 1 of 3 columns have a weight, and stay.");
        }
    }

    #[test]
    fn arrow_keys_walk_lines_and_penalties() {
        let (view, _) = view();
        let from = walk(&view, None, Way::Up);
        assert_eq!(from, Some((1, 1)));
        assert_eq!(walk(&view, from, Way::Up), from);
        assert_eq!(walk(&view, from, Way::Down), Some((2, 1)));
        assert_eq!(walk(&view, Some((0, 3)), Way::Down), Some((0, 3)));
        assert_eq!((walk(&view, from, Way::Left), walk(&view, from, Way::Right)), (Some((1, 0)), Some((1, 2))));
        assert_eq!(walk(&view, Some((1, 3)), Way::Right), Some((1, 3)));
    }

    #[test]
    fn the_table_has_both_ends_and_the_chosen_penalty() {
        let (view, names) = view();
        let (heads, rows) = table(&view, &names);
        assert_eq!(heads, [("1".into(), false), ("0.1".into(), true), ("0.001".into(), false)]);
        assert_eq!(rows[0], Row { name: "first".into(), first: "0.1".into(), weights: ["0", "0.5", "0.8"].map(String::from).into() });
        assert_eq!((rows[2].name.as_str(), rows[2].first.as_str()), ("never", "–"));
    }
}
