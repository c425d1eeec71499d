//! Rules against transcriptions of their papers; `tests/fixtures/rounding/make.py` made the figures.

use serde_json::Value;

use super::*;
use crate::engine::{catalog::Pick, rng::Rng};

pub(super) fn fixture(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../../tests/fixtures/rounding/reference.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

pub(super) fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

pub(super) fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// `[K, N]` as `[N, K]`.
pub(super) fn columns(values: &[f32], units: usize) -> Vec<f32> {
    (0..units).flat_map(|n| values.iter().skip(n).step_by(units).copied()).collect()
}

fn nearest(problem: &Problem<'_>) -> Vec<i8> {
    let inputs = problem.inputs;
    let code = |(at, w): (usize, &f32)| {
        let level = problem.grid.at(at / inputs, at % inputs);
        level.code(if *w == 0.0 { 0.0 } else { level.nearest(*w) })
    };
    problem.weights.iter().enumerate().map(code).collect()
}

fn rule(pick: &Pick) -> Box<dyn Rounder> {
    let (entry, values) = CATALOG.resolve(pick).unwrap();
    (entry.build)(&values)
}

#[test]
fn gptq_gives_the_codes_of_the_paper() {
    let cases = fixture("gptq");
    assert!(cases.len() >= 5);
    for (i, case) in cases.iter().enumerate() {
        let (inputs, units, group) = (number(&case["inputs"]), number(&case["units"]), number(&case["group"]));
        let (weights, rows, scales) = (columns(&floats(&case["weights"]), units), floats(&case["rows"]), floats(&case["scales"]));
        let groups = if group == 0 { 1 } else { inputs.div_ceil(group) };
        let grid = Grid { bits: number(&case["bits"]) as u32, group, groups, scales: &scales, zeros: &[] };
        let problem = Problem { weights: &weights, inputs, grid, rows: &rows };
        let damp = case["damp"].as_f64().unwrap();
        let pick = Pick::new("gptq").with("damp", damp * 100.0).with("order", number(&case["order"]) as f64);
        let near = nearest(&problem);
        let mut codes = near.clone();
        rule(&pick).choose(&problem, &mut codes);
        let want: Vec<i8> = case["codes"].as_array().unwrap().iter().map(|c| c.as_i64().unwrap() as i8).collect();
        assert_eq!(codes, want, "case {i}");
        assert!(problem.error(&codes) < problem.error(&near) && codes != near, "case {i}");
    }
}

/// What comes in is correlated, as it is in networks, and some weights are pruned.
#[test]
fn rules_that_look_answer_better_and_keep_zeros() {
    let (count, inputs, units) = (64, 40, 12);
    let mut rng = Rng::new(5, 0);
    let mix: Vec<f32> = (0..10 * inputs).map(|_| rng.normal()).collect();
    let mut rows = Vec::new();
    for _ in 0..count {
        let hidden: Vec<f32> = (0..10).map(|_| rng.normal()).collect();
        rows.extend((0..inputs).map(|k| (0..10).map(|h| hidden[h] * mix[h * inputs + k]).sum::<f32>().max(0.0) + 0.1 * rng.normal()));
    }
    let weights: Vec<f32> = (0..units * inputs).map(|_| if rng.uniform() < 0.3 { 0.0 } else { rng.normal() }).collect();
    for bits in [1, 2, 3, 4, 8] {
        let most = super::super::max_code(bits) as f32;
        for (scales, zeros) in
            [(vec![2.0 / most; units], Vec::new()), (vec![2.5 / most], Vec::new()), (vec![2.2 / most; units], vec![1; units])]
        {
            if bits == 1 && !zeros.is_empty() {
                continue;
            }
            let grid = Grid { bits, group: 0, groups: 1, scales: &scales, zeros: &zeros };
            let problem = Problem { weights: &weights, inputs, grid, rows: &rows };
            let near = nearest(&problem);
            for pick in [
                Pick::new("nearest"),
                Pick::new("gptq"),
                Pick::new("gptq").with("order", 1.0),
                Pick::new("gptq").with("damp", 100.0),
                Pick::new("adaround").with("steps", 200.0),
            ] {
                let mut codes = near.clone();
                rule(&pick).choose(&problem, &mut codes);
                let (error, before) = (problem.error(&codes), problem.error(&near));
                if pick.key == "nearest" || (pick.key == "adaround" && bits == 1) {
                    assert_eq!(codes, near);
                } else {
                    // A few steps leave little to choose, and so does heavy damping; beside many what was clipped is most of the error.
                    let share = if !(3..8).contains(&bits) || pick.params.contains_key("damp") { 1.0 } else { 0.8 };
                    assert!(error < share * before, "{pick:?}, {bits} bits: {error} instead of {before}");
                    let units = problem.errors(&codes).into_iter().zip(problem.errors(&near));
                    assert!(units.into_iter().all(|(error, before)| error <= before), "{pick:?}, {bits} bits: no unit is worse");
                }
                for (at, (w, code)) in weights.iter().zip(&codes).enumerate() {
                    let level = grid.at(at / inputs, at % inputs);
                    assert!(*w != 0.0 || level.value(*code) == 0.0, "{pick:?}, {bits} bits: a pruned weight came back");
                    let steps = f32::from(*code) - level.zero;
                    assert!(level.low <= steps && steps <= level.high, "{pick:?}, {bits} bits: {code} is no code");
                }
                let mut again = near.clone();
                rule(&pick).choose(&problem, &mut again);
                assert_eq!(again, codes);
            }
        }
    }
}

/// Nothing to look at, nothing to round, numbers that are none: no rule panics, and without samples the nearest level is all that is known.
#[test]
fn rules_bear_what_is_odd() {
    let scales = [0.5, 0.0];
    let grid = Grid { bits: 4, group: 0, groups: 1, scales: &scales, zeros: &[] };
    for pick in [Pick::new("gptq"), Pick::new("adaround")] {
        for (rows, plain) in [(vec![], true), (vec![0.0; 6], true), (vec![f32::INFINITY; 3], false), (vec![f32::NAN; 3], false)] {
            let problem = Problem { weights: &[0.3, -0.9, 1.3, 0.0, 0.0, 0.0], inputs: 3, grid, rows: &rows };
            let near = nearest(&problem);
            let mut codes = near.clone();
            rule(&pick).choose(&problem, &mut codes);
            assert!(!plain || codes == near, "{pick:?} on {rows:?}");
        }
        rule(&pick).choose(&Problem { weights: &[], inputs: 0, grid, rows: &[] }, &mut []);
    }
}
