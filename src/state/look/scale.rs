//! From a value to a place on an axis, and the round numbers to write beside it.

/// An axis: values from `lo` to `hi` over places from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    lo: f64,
    hi: f64,
    log: bool,
    from: f64,
    to: f64,
}

impl Axis {
    /// A linear axis; a range without width is widened.
    #[must_use]
    pub fn linear((lo, hi): (f64, f64), from: f64, to: f64) -> Self {
        let (lo, hi) = widened(lo, hi);
        Self { lo, hi, log: false, from, to }
    }

    /// A logarithmic axis. Values up to 0 have no place on it; a range that has them begins a decade below its end.
    #[must_use]
    pub fn log((lo, hi): (f64, f64), from: f64, to: f64) -> Self {
        let hi = if hi > 0.0 { hi } else { 1.0 };
        let lo = if lo > 0.0 { lo.min(hi) } else { hi / 10.0 };
        let (lo, hi) = if hi / lo < 1.02 { (lo / 1.5, hi * 1.5) } else { (lo, hi) };
        Self { lo, hi, log: true, from, to }
    }

    /// The range of values.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        (self.lo, self.hi)
    }

    /// The place of a value.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            libm::log(value.max(f64::MIN_POSITIVE) / self.lo) / libm::log(self.hi / self.lo)
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        self.from + share * (self.to - self.from)
    }

    /// The value at a place.
    #[must_use]
    pub fn value(&self, place: f64) -> f64 {
        let share = (place - self.from) / (self.to - self.from);
        if self.log { self.lo * libm::pow(self.hi / self.lo, share) } else { self.lo + share * (self.hi - self.lo) }
    }

    /// About `count` round values within the range.
    #[must_use]
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if self.log { log_ticks(self.lo, self.hi, count) } else { ticks(self.lo, self.hi, count) }
    }
}

fn widened(lo: f64, hi: f64) -> (f64, f64) {
    match (lo.is_finite(), hi.is_finite()) {
        (true, true) if hi - lo > 1e-12 * hi.abs().max(lo.abs()).max(1e-12) => (lo, hi),
        (true, true) => {
            let pad = if lo == 0.0 { 1.0 } else { lo.abs() * 0.1 };
            (lo.min(hi) - pad, lo.max(hi) + pad)
        }
        _ => (0.0, 1.0),
    }
}

/// The round distance (1, 2 or 5 times a power of ten) that gives about `count` ticks over `span`.
#[must_use]
pub fn tick_step(span: f64, count: usize) -> f64 {
    let raw = span / count.max(1) as f64;
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    let digit = raw / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|r| digit <= r * 1.01).unwrap_or(10.0);
    round * power
}

/// Round values from `lo` to `hi`, about `count` of them.
#[must_use]
pub fn ticks(lo: f64, hi: f64, count: usize) -> Vec<f64> {
    if hi.partial_cmp(&lo) != Some(std::cmp::Ordering::Greater) || !(hi - lo).is_finite() {
        return Vec::new();
    }
    let step = tick_step(hi - lo, count);
    let first = libm::ceil(lo / step - 1e-9) as i64;
    let last = libm::floor(hi / step + 1e-9) as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// 1, 2 and 5 times powers of ten from `lo` to `hi`, thinned to powers where that is more than `count`.
#[must_use]
pub fn log_ticks(lo: f64, hi: f64, count: usize) -> Vec<f64> {
    if !(lo > 0.0 && hi > lo && hi.is_finite()) {
        return Vec::new();
    }
    let powers = libm::floor(libm::log10(lo)) as i32..=libm::ceil(libm::log10(hi)) as i32;
    let of = |digits: &[f64]| -> Vec<f64> {
        let all = powers.clone().flat_map(|p| digits.iter().map(move |d| d * libm::pow(10.0, f64::from(p))));
        all.filter(|v| (lo * 0.999..=hi * 1.001).contains(v)).collect()
    };
    let choices: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    let mut best = Vec::new();
    for digits in choices {
        best = of(digits);
        if best.len() <= count {
            break;
        }
    }
    if best.len() < 2 {
        return ticks(lo, hi, count);
    }
    let every = best.len().div_ceil(count.max(1));
    best.into_iter().step_by(every).collect()
}

/// The range of finite values, with a margin of `pad` of its width on both sides; `None` when there are none.
#[must_use]
pub fn extent(values: impl IntoIterator<Item = f64>, pad: f64) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for v in values.into_iter().filter(|v| v.is_finite()) {
        let (lo, hi) = range.unwrap_or((v, v));
        range = Some((lo.min(v), hi.max(v)));
    }
    range.map(|(lo, hi)| (lo - (hi - lo) * pad, hi + (hi - lo) * pad))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
    }

    #[test]
    fn ticks_are_round_and_inside() {
        type Case = ((f64, f64, usize), &'static [f64]);
        let cases: &[Case] = &[
            ((0.0, 1.0, 5), &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            ((0.83, 0.97, 3), &[0.85, 0.9, 0.95]),
            ((-3.0, 3.0, 4), &[-2.0, 0.0, 2.0]),
            ((0.0, 40.0, 5), &[0.0, 10.0, 20.0, 30.0, 40.0]),
            ((1.0, 1.0, 5), &[]),
            ((f64::NAN, 1.0, 5), &[]),
        ];
        for ((lo, hi, count), want) in cases {
            let got = ticks(*lo, *hi, *count);
            assert!(got.len() == want.len() && got.iter().zip(*want).all(|(a, b)| close(*a, *b)), "{lo} to {hi}: {got:?}");
        }
    }

    #[test]
    fn log_ticks_thin_out_over_many_decades() {
        assert_eq!(log_ticks(1.0, 10.0, 6).len(), 4);
        assert_eq!(log_ticks(1000.0, 250_000.0, 4).iter().map(|v| v.round()).collect::<Vec<_>>(), [1000.0, 10_000.0, 100_000.0]);
        assert!(log_ticks(1e-6, 1e9, 5).len() <= 8);
        assert_eq!(log_ticks(30.0, 38.0, 4).len(), 5, "within one digit the ticks are linear");
        assert!(log_ticks(0.0, 1.0, 5).is_empty());
    }

    #[test]
    fn places_and_values_are_each_others_inverse() {
        for axis in [Axis::linear((2.0, 12.0), 100.0, 0.0), Axis::log((2.0, 2000.0), 0.0, 300.0)] {
            for place in [0.0, 25.0, 60.0, 100.0] {
                assert!(close(axis.at(axis.value(place)), place), "{axis:?}");
            }
        }
        assert!(close(Axis::linear((0.0, 10.0), 0.0, 100.0).at(5.0), 50.0));
        assert!(close(Axis::log((1.0, 100.0), 0.0, 100.0).at(10.0), 50.0));
    }

    #[test]
    fn ranges_without_width_are_widened() {
        let (lo, hi) = Axis::linear((0.9, 0.9), 0.0, 1.0).range();
        assert!(lo < 0.9 && hi > 0.9);
        let (lo, hi) = Axis::log((0.0, 0.0), 0.0, 1.0).range();
        assert!(lo > 0.0 && hi > lo);
        let (lo, hi) = Axis::log((500.0, 500.0), 0.0, 1.0).range();
        assert!(lo < 500.0 && hi > 500.0);
        assert!(Axis::linear((f64::NAN, 1.0), 0.0, 1.0).at(0.5).is_finite());
        assert_eq!(extent([1.0, f64::NAN, 3.0], 0.5), Some((0.0, 4.0)));
        assert_eq!(extent([f64::INFINITY], 0.1), None);
    }
}
