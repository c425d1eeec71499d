//! Thumbnails: each experiment's data as a small drawing, made by code.

use leptos::prelude::*;
use libm::{cos, sin};

use crate::experiment::Experiment;

/// A mark: place in a square of 100, and whether it is of the second kind.
type Mark = (f64, f64, bool);

/// How the pixels of a picture are drawn: what the experiment does to them.
#[derive(Clone, Copy, PartialEq)]
enum Ink {
    Plain,
    /// Two of three are missing.
    Sparse,
    /// Of one sign or the other.
    Signs,
    /// A filter looks at nine of them.
    Filter,
}

/// The drawing of an experiment.
#[component]
pub fn Thumb(
    /// The experiment.
    experiment: Experiment,
) -> impl IntoView {
    let data = &experiment.data.key;
    let dots = marks(data).into_iter().map(|(x, y, second)| {
        let class = if second { "thumb-pos" } else { "thumb-neg" };
        view! { <circle class=class cx=format!("{x:.1}") cy=format!("{y:.1}") r="2.6" /> }
    });
    let dots = dots.collect_view();
    let ink = ink(&experiment);
    let pixels = glyph(data).map(|(rows, size)| pixels(rows, size, ink));
    let frame = (ink == Ink::Filter).then(|| view! { <rect class="thumb-frame" x="46.5" y="26.5" width="20" height="20" rx="1" /> });
    view! { <svg class="thumb" viewBox="0 0 100 100" aria-hidden="true">{dots} {pixels} {frame}</svg> }
}

fn ink(experiment: &Experiment) -> Ink {
    if experiment.model.iter().any(|p| p.key == "conv2d") {
        Ink::Filter
    } else if experiment.compress.sparsity >= 0.85 {
        Ink::Sparse
    } else if experiment.compress.weight_format().bits() <= 2 {
        Ink::Signs
    } else {
        Ink::Plain
    }
}

fn pixels(rows: &'static [&'static str], size: usize, ink: Ink) -> impl IntoView {
    let cell = 72.0 / size as f64;
    let edge = format!("{:.2}", cell * 0.9);
    let lit = rows.iter().enumerate().flat_map(|(y, row)| row.bytes().enumerate().filter(|(_, b)| *b == b'#').map(move |(x, _)| (x, y)));
    let drawn = lit.enumerate().filter(move |(i, _)| ink != Ink::Sparse || i % 3 == 0);
    let square = move |(i, (x, y)): (usize, (usize, usize))| {
        let class = match ink {
            Ink::Signs if noise(i) > 0.0 => "thumb-pos",
            Ink::Signs => "thumb-neg",
            _ => "thumb-ink",
        };
        let at = |v: usize| format!("{:.2}", 14.0 + v as f64 * cell);
        view! { <rect class=class x=at(x) y=at(y) width=edge.clone() height=edge.clone() /> }
    };
    drawn.map(square).collect_view()
}

/// Numbers that look random and are the same every time.
fn noise(i: usize) -> f64 {
    let x = sin(i as f64 * 12.9898) * 43_758.547;
    (x - x.floor()) * 2.0 - 1.0
}

fn marks(data: &str) -> Vec<Mark> {
    let each = |n: usize, f: &dyn Fn(usize, f64) -> Mark| (0..n).map(|i| f(i, i as f64 / n as f64)).collect::<Vec<_>>();
    let turn = std::f64::consts::TAU;
    match data {
        "circle" | "rings" => each(70, &|i, t| {
            let second = i % 2 == 0;
            let r = if second { 13.0 + 8.0 * noise(i) } else { 38.0 + 3.0 * noise(i) };
            let angle = turn * (t + 0.01 * noise(i + 7));
            (50.0 + r * cos(angle), 50.0 + r * sin(angle), second)
        }),
        "xor" => each(80, &|i, _| {
            let (x, y) = (noise(i * 3), noise(i * 5 + 1));
            let off = |v: f64| 50.0 + v * 36.0 + v.signum() * 4.0;
            (off(x), off(y), x * y > 0.0)
        }),
        "gaussians" | "gauss" => each(70, &|i, _| {
            let second = i % 2 == 0;
            let at = if second { 33.0 } else { 67.0 };
            let spread = |k: usize| 9.0 * (noise(k) + noise(k + 31) + noise(k + 77));
            (at + spread(i), 100.0 - at + spread(i + 500), second)
        }),
        "spiral" => each(80, &|i, t| {
            let second = i % 2 == 0;
            let angle = 1.6 * turn * t + if second { 0.0 } else { turn / 2.0 };
            (50.0 + 42.0 * t * cos(angle), 50.0 + 42.0 * t * sin(angle), second)
        }),
        "moons" => each(70, &|i, t| {
            let second = i % 2 == 0;
            let angle = turn / 2.0 * t;
            let jitter = 3.0 * noise(i);
            if second {
                (38.0 + 28.0 * cos(angle) + jitter, 58.0 - 28.0 * sin(angle) + jitter, true)
            } else {
                (62.0 - 28.0 * cos(angle) + jitter, 42.0 + 28.0 * sin(angle) + jitter, false)
            }
        }),
        "plane" | "hills" => each(81, &|i, _| {
            let (x, y) = ((i % 9) as f64, (i / 9) as f64);
            let value = if data == "plane" { x + y - 8.0 } else { sin(x * 0.8) * cos(y * 0.8) };
            (14.0 + 9.0 * x, 14.0 + 9.0 * y, value > 0.0)
        }),
        "iris" | "wine" | "breast-cancer" => each(60, &|i, _| {
            let second = i % 3 == 0;
            let at = if second { 30.0 } else { 62.0 };
            let spread = |k: usize| 8.0 * (noise(k) + noise(k + 31));
            (at + spread(i), at + spread(i + 300), second)
        }),
        "diabetes" => each(50, &|i, t| (12.0 + 76.0 * t, 82.0 - 60.0 * t + 14.0 * noise(i), i % 2 == 0)),
        _ => Vec::new(),
    }
}

fn glyph(data: &str) -> Option<(&'static [&'static str], usize)> {
    match data {
        "mnist10k" | "mnist" => Some((
            &[
                "...........",
                "...#####...",
                "..#.....#..",
                "........#..",
                ".......##..",
                ".....###...",
                "........#..",
                ".........#.",
                "..#.....##.",
                "...######..",
                "...........",
            ],
            11,
        )),
        "digits" => Some((&["..####..", ".#....#.", "......#.", ".....#..", "....#...", "...#....", "..#.....", ".######."], 8)),
        "fashion12k" => Some((
            &[
                "..##...##..",
                ".#########.",
                "###########",
                "##.#####.##",
                "##.#####.##",
                "...#####...",
                "...#####...",
                "...#####...",
                "...#####...",
                "...#####...",
                "...........",
            ],
            11,
        )),
        _ => None,
    }
}
