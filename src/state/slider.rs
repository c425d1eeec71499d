//! Where a slider stops: values that people would type themselves, in the parameter's own scale.

use crate::{
    engine::params::{ParamSpec, Scale},
    order,
};

const DECADE: [f64; 10] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
/// Decades that a logarithmic slider from zero reaches down.
const DEPTH: i32 = 5;

/// Every stop of the slider of `spec`, in order; its range's ends are the first and the last.
#[must_use]
pub fn stops(spec: &ParamSpec) -> Vec<f64> {
    let (min, max) = spec.range;
    let mut stops = match spec.scale {
        Scale::Choice(words) => (0..words.len()).map(|i| i as f64).collect(),
        Scale::Integer if max - min <= 128.0 => (min as i64..=max as i64).map(|i| i as f64).collect(),
        Scale::Integer => whole_numbers(min, max),
        Scale::Linear => even(min, max),
        Scale::Log => ratios(min, max),
    };
    stops.retain(|v| *v > min && *v < max);
    stops.insert(0, min);
    stops.push(max);
    stops.dedup();
    stops
}

/// Index of the stop nearest to `value`; on a logarithmic slider by ratio.
#[must_use]
pub fn nearest(spec: &ParamSpec, stops: &[f64], value: f64) -> usize {
    let place = |v: f64| if spec.scale == Scale::Log { libm::log(v.max(f64::MIN_POSITIVE)) } else { v };
    let wanted = place(value);
    let distance = |i: &usize| (place(stops[*i]) - wanted).abs();
    (0..stops.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// About a hundred even steps of 1, 2 or 5 times a power of ten.
fn even(min: f64, max: f64) -> Vec<f64> {
    let rough = (max - min) / 100.0;
    let power = 10f64.powi(libm::log10(rough).floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough * 0.999).unwrap_or(rough);
    let first = (min / step).ceil() as i64;
    let last = (max / step).floor() as i64;
    (first..=last).map(|i| tidy(i as f64 * step)).collect()
}

/// Ten stops a decade; a range that begins at 0 goes down five decades.
fn ratios(min: f64, max: f64) -> Vec<f64> {
    let top = libm::log10(max).ceil() as i32;
    let bottom = if min > 0.0 { libm::log10(min).floor() as i32 } else { top - DEPTH };
    (bottom..=top).flat_map(|e| DECADE.map(|m| tidy(m * 10f64.powi(e)))).filter(|v| *v >= 10f64.powi(bottom)).collect()
}

/// Every small number, then halves between powers of two (or the stops of a decade where the range is a decimal one).
fn whole_numbers(min: f64, max: f64) -> Vec<f64> {
    let binary = (max as u64).is_power_of_two();
    let mut stops: Vec<f64> = if binary {
        (0..24).flat_map(|e| [2f64.powi(e), 1.25 * 2f64.powi(e), 1.5 * 2f64.powi(e), 1.75 * 2f64.powi(e)]).collect()
    } else {
        (0..8).flat_map(|e| DECADE.map(|m| m * 10f64.powi(e))).collect()
    };
    stops.extend((min as i64..=(min as i64 + 8)).map(|v| v as f64));
    stops.retain(|v| v.fract() == 0.0);
    let mut stops = order::ascending(&stops);
    stops.dedup();
    stops
}

/// The number that its shortest decimal names: `3 · 0.1` becomes 0.3.
fn tidy(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{activations, initializers, layers, losses, optimizers, schedules},
        experiment::FIELDS,
    };

    fn every_spec() -> Vec<ParamSpec> {
        let listings =
            [layers::LISTING, activations::LISTING, losses::LISTING, optimizers::LISTING, schedules::LISTING, initializers::LISTING];
        let picks = listings.into_iter().flat_map(|l| l.entries).flat_map(|e| e.params.iter().copied());
        FIELDS.iter().map(|f| f.spec).chain(picks).collect()
    }

    #[test]
    fn every_parameter_has_a_usable_slider() {
        for spec in every_spec() {
            let stops = stops(&spec);
            let key = spec.key;
            assert!(stops.is_sorted() && stops.len() >= 2 && stops.len() <= 220, "{key}: {} stops", stops.len());
            for value in &stops {
                assert!(spec.check(*value).is_ok(), "{key}: {value}");
            }
            assert_eq!((stops[0], stops[stops.len() - 1]), spec.range, "{key}");
            let at = nearest(&spec, &stops, spec.default);
            assert!(at < stops.len(), "{key}");
        }
    }

    #[test]
    fn stops_are_numbers_that_people_type() {
        let spec = |range, scale| ParamSpec { key: "x", range, scale, ..ParamSpec::NEW };
        let log = spec((0.0, 0.1), Scale::Log);
        assert_eq!(&stops(&log)[..4], [0.0, 1e-6, 1.2e-6, 1.5e-6]);
        assert_eq!(stops(&log).last(), Some(&0.1));
        let linear = spec((0.0, 0.99), Scale::Linear);
        assert_eq!(&stops(&linear)[..4], [0.0, 0.01, 0.02, 0.03]);
        assert_eq!(stops(&linear).len(), 100);
        let width = stops(&spec((1.0, 4096.0), Scale::Integer));
        for wanted in [1.0, 7.0, 16.0, 24.0, 64.0, 96.0, 128.0, 4096.0] {
            assert!(width.contains(&wanted), "{wanted}");
        }
        assert_eq!(stops(&spec((0.0, 3.0), Scale::Integer)), [0.0, 1.0, 2.0, 3.0]);
        let lr = spec((1e-5, 10.0), Scale::Log);
        assert_eq!(stops(&lr)[nearest(&lr, &stops(&lr), 0.0031)], 0.003);
        assert_eq!(nearest(&log, &stops(&log), 0.0), 0);
    }
}
