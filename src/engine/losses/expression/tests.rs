//! Tests of expressions.

use super::*;
use crate::engine::rng::Rng;

fn value(text: &str, y: f64, p: f64) -> f64 {
    Expression::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}")).at(y, p).0
}

#[test]
fn values_are_those_of_the_text() {
    for (text, wanted) in [
        ("(y - p)^2", 2.25),
        ("y-p-p", -3.5),
        ("-p^2", -4.0),
        ("2^3^2*p", 1024.0),
        ("p/4/2", 0.25),
        ("1 + 2 * p - 3", 2.0),
        ("--p", 2.0),
        ("2^-p", 0.25),
        ("abs(y - p) + step(p - y) + step(y - p)", 2.5),
        ("max(min(p, 3), 1e-3) * 1.5e2", 300.0),
        ("log(exp(p))", 2.0),
        ("sqrt(p*2) + 0*pi", 2.0),
        ("sigmoid(0*p) + tanh(0)", 0.5),
        ("log(e)*p", 2.0),
        (" ( ( p ) ) ", 2.0),
    ] {
        assert!((value(text, 0.5, 2.0) - wanted).abs() < 1e-12, "{text}: {}", value(text, 0.5, 2.0));
    }
}

#[test]
fn faults_say_where_and_what() {
    for (text, at, what) in [
        ("", 1, "something is missing"),
        ("y + 2", 1, "p, what the network says, is missing"),
        ("y - q", 5, "there is no \"q\"; known are y, p, e, pi, abs"),
        ("(y - p", 7, "a closing bracket is missing"),
        ("y - p)", 6, "\")\" was not expected here"),
        ("y * / p", 5, "\"/\" was not expected here"),
        ("min(p)", 6, "min takes 2 values"),
        ("abs p", 5, "abs needs an opening bracket"),
        ("abs(p, y)", 6, "a closing bracket is missing"),
        ("1.2.3 * p", 1, "\"1.2.3\" is no number"),
        ("1e999 * p", 1, "\"1e999\" is no number"),
        ("p p", 3, "\"p\" was not expected here"),
        ("p @ y", 3, "\"@\" was not expected here"),
        ("2e * p", 2, "\"e\" was not expected here"),
    ] {
        let fault = Expression::parse(text).expect_err(text);
        assert_eq!(fault.at, at, "{text}: {fault}");
        assert!(fault.what.contains(what), "{text}: {fault}");
    }
    let long = format!("p{}", " + p".repeat(60));
    assert!(Expression::parse(&long).unwrap_err().what.contains("longer than 120"));
    assert!(Expression::parse(&"(".repeat(100)).unwrap_err().what.contains("32 levels"));
    assert!(Expression::parse(&"-".repeat(100)).unwrap_err().what.contains("32 levels"));
    assert!(Expression::parse(&"2^".repeat(60)).unwrap_err().what.contains("32 levels"));
}

/// A random text that is an expression.
fn expression(depth: u32, rng: &mut Rng) -> String {
    let part = |rng: &mut Rng| expression(depth.saturating_sub(1), rng);
    match if depth == 0 { rng.below(3) } else { rng.below(10) } {
        0 => "y".into(),
        1 => "p".into(),
        2 => format!("{:.2}", rng.range(0.1, 3.0)),
        3 => format!("({} + {})", part(rng), part(rng)),
        4 => format!("({} - {})", part(rng), part(rng)),
        5 => format!("{} * {}", part(rng), part(rng)),
        6 => format!("{} / (1.5 + sigmoid({}))", part(rng), part(rng)),
        7 => format!("(0.2 + abs({}))^{}", part(rng), ["2", "0.5", "-1", "(1 + tanh(p))"][rng.below(4) as usize]),
        8 => format!("{}({})", ["abs", "tanh", "sigmoid", "step"][rng.below(4) as usize], part(rng)),
        _ => format!("{}({}, {})", ["min", "max"][rng.below(2) as usize], part(rng), part(rng)),
    }
}

#[test]
fn slopes_are_what_differences_say() {
    const STEP: f64 = 1e-5;
    let mut rng = Rng::new(4, 0);
    let (mut compared, mut corners) = (0, 0);
    while compared < 2000 {
        let text = expression(4, &mut rng);
        let expression = match Expression::parse(&text) {
            Ok(expression) => expression,
            Err(fault) if ["longer than", "is missing, so nothing"].iter().any(|what| fault.what.contains(what)) => continue,
            Err(fault) => panic!("{text}: {fault}"),
        };
        let (y, p) = (f64::from(rng.range(-2.0, 2.0)), f64::from(rng.range(-2.0, 2.0)));
        let at = |p: f64| expression.at(y, p).0;
        let slope = expression.at(y, p).1;
        let (left, right) = ((at(p) - at(p - STEP)) / STEP, (at(p + STEP) - at(p)) / STEP);
        let size = slope.abs().max(1.0);
        if !(at(p).abs() < 1e6 && size < 1e4) {
            continue;
        }
        if (left - right).abs() > 1e-2 * size {
            // A corner lies in between.
            corners += 1;
            continue;
        }
        compared += 1;
        assert!(
            (slope - 0.5 * (left + right)).abs() < 1e-3 * size,
            "{text} at y = {y}, p = {p}: {slope}, differences say {left} and {right}"
        );
    }
    assert!(corners < 100, "{corners} were left out");
}

#[test]
fn slopes_of_logarithms_and_powers_are_known() {
    for (text, p, wanted) in [
        ("log(p)", 0.25, 4.0),
        ("exp(2*p)", 0.5, 2.0 * core::f64::consts::E),
        ("sqrt(p)", 4.0, 0.25),
        ("p^p", 2.0, 4.0 * (2.0_f64.ln() + 1.0)),
        ("(p - 1)^2", 1.0, 0.0),
        ("(p - 1)^1", 1.0, 1.0),
        ("0 * log(y) + p^0", 3.0, 0.0),
        ("abs(p)", 0.0, 0.0),
    ] {
        let slope = Expression::parse(text).unwrap().at(0.5, p).1;
        assert!((slope - wanted).abs() < 1e-12, "{text}: {slope}");
    }
    assert!(value("log(p)", 0.0, -1.0).is_nan());
}

#[test]
fn no_text_makes_it_panic() {
    let pieces = [
        "y", "p", "(", ")", "+", "-", "*", "/", "^", ",", "abs", "min(", "max", "log", "e", "1", ".5", "1e", "9e9", " ", "é", "\u{0}",
        "\n", "😀", "pi", "step(",
    ];
    let mut rng = Rng::new(6, 0);
    let mut fine = 0;
    for _ in 0..20_000 {
        let text: String = (0..rng.below(12)).map(|_| pieces[rng.below(pieces.len() as u32) as usize]).collect();
        if let Ok(expression) = Expression::parse(&text) {
            fine += 1;
            for (y, p) in [(0.0, 0.0), (1.0, -1e300), (f64::NAN, f64::INFINITY)] {
                let _ = expression.at(y, p);
            }
        }
    }
    assert!(fine > 50, "{fine} of them were expressions");
    for _ in 0..20_000 {
        let text: String = (0..rng.below(40)).filter_map(|_| char::from_u32(rng.below(0x500))).collect();
        let _ = Expression::parse(&text);
    }
}
