//! The style sheet's colours: every theme is whole, text and marks stand out, and classes can be told apart by people who see
//! fewer colours.

use std::collections::BTreeMap;

use whittle::state::look::colour::Rgb;

const TOKENS: &str = include_str!("../style/tokens.css");

type Theme = BTreeMap<&'static str, &'static str>;

/// The custom properties of the first rule whose selector ends with `selector`.
fn theme(selector: &str) -> Theme {
    let rule = TOKENS.split_once(&format!("{selector} {{")).unwrap_or_else(|| panic!("{selector}")).1;
    let rule = rule.split_once('}').expect("its end").0;
    rule.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": ")).filter(|(name, _)| name.starts_with("--")).collect()
}

fn themes() -> [(&'static str, Theme); 2] {
    [("light", theme("[data-theme=\"light\"]")), ("dark", theme("[data-theme=\"dark\"]"))]
}

fn colour(theme: &Theme, name: &str) -> Rgb {
    Rgb::parse(theme[name]).unwrap_or_else(|| panic!("{name}: {}", theme[name]))
}

/// Contrast as WCAG defines it, 1 to 21.
fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How a colour is seen with one kind of cones missing, on linear RGB. Machado, Oliveira & Fernandes 2009, A physiologically-based
/// model for simulation of color vision deficiency, severity 1.
const EYES: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("protanopia", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    ("deuteranopia", [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    ("tritanopia", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
];

fn times(matrix: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(v).map(|(m, v)| m * v).sum())
}

/// CIE L*a*b* (D65) of a colour as `eyes` see it.
fn lab(Rgb(rgb): Rgb, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = rgb.map(|part| {
        let v = f64::from(part) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let seen = times(eyes, linear).map(|v| v.clamp(0.0, 1.0));
    let xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
    let [x, y, z] = times(&xyz, seen);
    let [x, y, z] = [x / 0.95047, y, z / 1.08883].map(|v: f64| if v > 0.008856 { v.cbrt() } else { 7.787 * v + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Colour difference CIEDE2000; about 1 is just noticeable side by side.
fn difference([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let mean = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
    let g = 0.5 * (1.0 - (mean.powi(7) / (mean.powi(7) + 25f64.powi(7))).sqrt());
    let (a1, a2) = ((1.0 + g) * a1, (1.0 + g) * a2);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        d if d > 180.0 => d - 360.0,
        d if d < -180.0 => d + 360.0,
        d => d,
    };
    let middle = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(middle - 30.0) + 0.24 * cos(2.0 * middle) + 0.32 * cos(3.0 * middle + 6.0) - 0.2 * cos(4.0 * middle - 63.0);
    let rotation = (2.0 * 30.0 * (-((middle - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    let rotation = -rotation * 2.0 * (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let dl = (l2 - l1) / (1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt());
    let dc = (c2 - c1) / (1.0 + 0.045 * c);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * c * t);
    (dl * dl + dc * dc + dh * dh + rotation * dc * dh).sqrt()
}

#[test]
fn differences_are_those_of_the_published_pairs() {
    // Sharma, Wu & Dalal 2005, The CIEDE2000 color-difference formula, table 1.
    for (a, b, wanted) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ] {
        assert!((difference(a, b) - wanted).abs() < 1e-4, "{a:?} {b:?}: {}", difference(a, b));
    }
}

#[test]
fn the_dark_theme_is_the_same_however_it_is_chosen() {
    assert_eq!(theme("[data-theme=\"dark\"]"), theme(":root:not([data-theme])"));
    let [(_, light), (_, dark)] = themes();
    assert!(light.keys().eq(dark.keys()) && light.len() > 20);
}

#[test]
fn text_and_marks_stand_out() {
    let mut faint = Vec::new();
    for (name, theme) in themes() {
        let mut check = |what: &str, on: &str, least: f32| {
            let found = contrast(colour(&theme, what), colour(&theme, on));
            if found < least {
                faint.push(format!("{name}: {what} on {on} is {found:.2}:1, wanted {least}:1"));
            }
        };
        for ground in ["--bg", "--surface", "--surface-2"] {
            for text in ["--ink", "--ink-2", "--ink-3", "--baseline", "--optimized", "--warn", "--bad"] {
                check(text, ground, 4.5);
            }
        }
        for mark in [
            "--pos",
            "--neg",
            "--class-2",
            "--class-3",
            "--right",
            "--wrong",
            "--pin-1",
            "--pin-2",
            "--pin-3",
            "--pin-4",
            "--focus",
            "--line-strong",
        ] {
            check(mark, "--surface", 3.0);
        }
        check("--on-optimized", "--optimized", 4.5);
    }
    assert!(faint.is_empty(), "{}", faint.join("\n"));
}

#[test]
fn colours_that_stand_beside_each_other_can_be_told_apart_by_everyone() {
    let mut close = Vec::new();
    for (name, theme) in themes() {
        // The classes of a plane, the judgement of a prediction, pinned runs, the two models.
        for (group, least) in [
            (&["--neg", "--pos", "--class-2", "--class-3"][..], 18.0),
            (&["--right", "--wrong"], 18.0),
            (&["--pin-1", "--pin-2", "--pin-3", "--pin-4"], 18.0),
            (&["--baseline", "--optimized"], 15.0),
        ] {
            for (i, a) in group.iter().enumerate() {
                for b in &group[..i] {
                    for (eyes, matrix) in &EYES {
                        let found = difference(lab(colour(&theme, a), matrix), lab(colour(&theme, b), matrix));
                        if found < least {
                            close.push(format!("{name}: {a} and {b} differ by {found:.1} with {eyes}, wanted {least}"));
                        }
                    }
                }
            }
        }
    }
    assert!(close.is_empty(), "{}", close.join("\n"));
}
