//! A loss as text: refused at a character that there is, or computed. Brackets and spaces around it change nothing, a sign before it turns value and slope, and where
//! neither is a number the loss answers with none (what stops a run) rather than with a wrong one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use whittle::engine::losses::expression::{Expression, MAX_TEXT};
use whittle_fuzz::within;

const POINTS: [f64; 9] = [0.0, -0.0, 0.5, -1.5, 2.0, 1e-300, -1e300, f64::INFINITY, f64::NAN];

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fuzz_target!(|text: &str| {
    let length = text.chars().count();
    let expression = match within((1 << 16) + 64 * text.len(), || Expression::parse(text)) {
        Ok(expression) => expression,
        Err(fault) => {
            assert!(fault.at >= 1 && fault.at <= length.min(MAX_TEXT) + 1, "{text:?}: {fault}");
            return;
        }
    };
    assert!(length <= MAX_TEXT);
    for around in [format!("({text})"), format!(" {text}\t"), format!("+({text})")] {
        // It may be too long or too deep now.
        if let Ok(other) = Expression::parse(&around) {
            assert_eq!(other, expression, "{text:?} and {around:?}");
        }
    }
    let negative = Expression::parse(&format!("-({text})"));
    let sum = Expression::parse(&format!("({text})-({text})"));
    for y in POINTS {
        for p in POINTS {
            let (value, slope) = expression.at(y, p);
            let again = expression.at(y, p);
            assert!(value.to_bits() == again.0.to_bits() && slope.to_bits() == again.1.to_bits(), "{text:?} at {y}, {p}");
            if let Ok(negative) = &negative {
                let (v, s) = negative.at(y, p);
                assert!(same(v, -value) && same(s, -slope), "{text:?} at {y}, {p}: {value}, {slope} and {v}, {s}");
            }
            if let Ok(sum) = &sum {
                let (v, s) = sum.at(y, p);
                assert!(if value.is_finite() { v == 0.0 } else { v.is_nan() }, "{text:?} at {y}, {p}: {value} less itself is {v}");
                assert!(if slope.is_finite() { s == 0.0 } else { s.is_nan() }, "{text:?} at {y}, {p}: {slope} less itself is {s}");
            }
        }
    }
});
