//! A search for the length of a step after which loss and slope are low enough: the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6).

/// The loss has to fall by this share of what the slope promises, and the slope to become this share of itself.
const FALL: f64 = 1e-4;
const FLATTEN: f64 = 0.9;
/// Losses are sums in single precision: one that is higher by no more than this share is not called so (Hager & Zhang 2005 do likewise), and the slope decides.
const ROUNDING: f64 = 1e-6;
/// Most looks.
const MOST: u32 = 25;
/// Lengths that differ by less, times the largest number of the direction, are one.
const ALIKE: f64 = 1e-9;

/// A length, the loss there, and its slope along the direction.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    t: f64,
    loss: f64,
    slope: f64,
}

/// A search under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Wolfe {
    /// Where the step begins.
    start: Point,
    /// Largest number of the direction.
    reach: f64,
    /// The length that is looked at.
    t: f64,
    before: Point,
    /// Two lengths between which one has to lie, once they are known.
    bracket: Option<[Point; 2]>,
    /// Which of the two is the lower.
    low: usize,
    /// The last look brought the two hardly nearer to each other.
    stuck: bool,
    looks: u32,
    found: f64,
}

impl Wolfe {
    /// Begins at a place with this loss and slope, the latter below 0, by a look at length `t`; `reach` is the largest number of the direction.
    #[must_use]
    pub fn new(t: f64, (loss, slope): (f64, f64), reach: f64) -> Self {
        let start = Point { t: 0.0, loss, slope };
        Self { start, reach, t, before: start, bracket: None, low: 0, stuck: false, looks: 0, found: 0.0 }
    }

    /// The length that the search has come to.
    #[must_use]
    pub fn found(&self) -> f64 {
        self.found
    }

    /// Told loss and slope at the length that was asked for: the next one to look at, or none when the search is done.
    pub fn advance(&mut self, loss: f64, slope: f64) -> Option<f64> {
        let now = Point { t: self.t, loss, slope };
        match self.bracket {
            None => self.widen(now),
            Some(bracket) => self.narrow(bracket, now),
        }
    }

    /// Whether the loss at a length is higher than the slope promises; one that is no number is.
    fn is_high(&self, now: &Point) -> bool {
        let Point { loss, slope, .. } = self.start;
        now.loss.is_nan() || now.loss > loss + FALL * now.t * slope + ROUNDING * loss.abs()
    }

    fn is_flat(&self, now: &Point) -> bool {
        now.slope.abs() <= -FLATTEN * self.start.slope
    }

    fn done(&mut self, t: f64) -> Option<f64> {
        self.found = t;
        None
    }

    /// Goes further until two lengths are known between which one has to lie.
    fn widen(&mut self, now: Point) -> Option<f64> {
        if self.looks >= MOST {
            let further = now.loss < self.start.loss;
            return self.done(if further { now.t } else { 0.0 });
        }
        if self.is_high(&now) || (self.looks > 1 && now.loss >= self.before.loss) {
            return self.enclose([self.before, now]);
        }
        if self.is_flat(&now) {
            return self.done(now.t);
        }
        if now.slope >= 0.0 {
            return self.enclose([self.before, now]);
        }
        let bounds = (now.t + 0.01 * (now.t - self.before.t), 10.0 * now.t);
        self.t = cubic(&self.before, &now, bounds);
        self.before = now;
        self.looks += 1;
        Some(self.t)
    }

    fn enclose(&mut self, bracket: [Point; 2]) -> Option<f64> {
        self.order(bracket);
        self.look_within(bracket)
    }

    fn order(&mut self, bracket: [Point; 2]) {
        // What is no number is not the lower.
        self.low = usize::from(bracket[0].loss.is_nan() || bracket[1].loss < bracket[0].loss);
        self.bracket = Some(bracket);
    }

    /// Brings the two nearer to each other.
    fn narrow(&mut self, mut bracket: [Point; 2], now: Point) -> Option<f64> {
        self.looks += 1;
        let (low, high) = (self.low, 1 - self.low);
        if self.is_high(&now) || now.loss >= bracket[low].loss {
            bracket[high] = now;
            self.order(bracket);
        } else {
            if self.is_flat(&now) {
                return self.done(now.t);
            }
            if now.slope * (bracket[high].t - bracket[low].t) >= 0.0 {
                bracket[high] = bracket[low];
            }
            bracket[low] = now;
            self.bracket = Some(bracket);
        }
        self.look_within(bracket)
    }

    fn look_within(&mut self, bracket: [Point; 2]) -> Option<f64> {
        let (least, most) = (bracket[0].t.min(bracket[1].t), bracket[0].t.max(bracket[1].t));
        if self.looks >= MOST || (most - least) * self.reach < ALIKE {
            return self.done(bracket[self.low].t);
        }
        let mut t = cubic(&bracket[0], &bracket[1], (least, most));
        // Too near to an end twice in a row, and it is moved in.
        let inset = 0.1 * (most - least);
        let near = (most - t).min(t - least) < inset;
        if near && (self.stuck || t >= most || t <= least) {
            t = if (t - most).abs() < (t - least).abs() { most - inset } else { least + inset };
            self.stuck = false;
        } else {
            self.stuck = near;
        }
        self.t = t;
        Some(t)
    }
}

/// Where the cubic through two points with these slopes is lowest, within bounds; their middle where it has no such place.
fn cubic(a: &Point, b: &Point, (least, most): (f64, f64)) -> f64 {
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    let square = d1 * d1 - a.slope * b.slope;
    if square.is_nan() || square < 0.0 {
        return f64::midpoint(least, most);
    }
    let d2 = square.sqrt();
    let (from, to) = if a.t <= b.t { (a, b) } else { (b, a) };
    let t = to.t - (to.t - from.t) * ((to.slope + d2 - d1) / (to.slope - from.slope + 2.0 * d2));
    if t.is_nan() { f64::midpoint(least, most) } else { t.max(least).min(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches along a function and its slope; the length, and how often it was looked at.
    fn search(f: impl Fn(f64) -> (f64, f64), t: f64) -> (f64, u32) {
        let mut wolfe = Wolfe::new(t, f(0.0), 1.0);
        let (mut t, mut looks) = (t, 0);
        loop {
            looks += 1;
            let (loss, slope) = f(t);
            match wolfe.advance(loss, slope) {
                Some(next) => t = next,
                None => return (wolfe.found(), looks),
            }
        }
    }

    #[test]
    fn both_conditions_hold_where_it_ends() {
        let functions: [fn(f64) -> (f64, f64); 4] = [
            |t| ((t - 3.0) * (t - 3.0), 2.0 * (t - 3.0)),
            |t| (libm::cos(t), -libm::sin(t) - 1e-3),
            |t| (libm::exp(-t) + 0.01 * t * t, -libm::exp(-t) + 0.02 * t),
            |t| (t * t * t * t - 2.0 * t, 4.0 * t * t * t - 2.0),
        ];
        for (i, f) in functions.iter().enumerate() {
            for first in [1e-3, 0.1, 1.0, 10.0] {
                let (t, looks) = search(f, first);
                let ((loss, slope), (at, tilt)) = (f(0.0), f(t));
                assert!(at <= loss + FALL * t * slope + ROUNDING * loss.abs(), "{i} from {first}: {t}");
                assert!(tilt.abs() <= FLATTEN * slope.abs(), "{i} from {first}: {t}");
                assert!(looks <= MOST, "{i} from {first}: {looks}");
            }
        }
    }

    #[test]
    fn it_ends_whatever_comes() {
        assert_eq!(search(|t| (if t == 0.0 { 1.0 } else { f64::NAN }, -1.0), 1.0).0, 0.0);
        assert_eq!(search(|t| (if t == 0.0 { 1.0 } else { f64::INFINITY }, -1.0), 1.0).0, 0.0);
        let (t, looks) = search(|t| (-t, -1.0), 1.0);
        assert!(t > 1.0 && looks <= MOST + 1, "a slope without end: {t}");
    }
}
