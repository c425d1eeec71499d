//! One cycle of the learning rate.

use super::Schedule;
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "one-cycle",
    label: "One cycle",
    help: teach!(
        "Rises from a small learning rate to the full one, then falls to almost nothing, both along half a cosine. Allows rates several times higher than a constant one would bear, and so shorter runs; the last epochs do most of the settling."
    ),
    formula: teach!(
        r"\eta_{t < rT} = \frac{\eta}{d} + \left(\eta - \frac{\eta}{d}\right) s\left(\frac{t}{rT}\right),\quad \eta_{t \ge rT} = \eta - \left(\eta - \frac{\eta}{d\, e}\right) s\left(\frac{t - rT}{T - rT}\right),\quad s(u) = \frac{1 - \cos \pi u}{2}"
    ),
    source: teach!("Smith & Topin 2019, Super-convergence: very fast training of neural networks using large learning rates"),
    params: &[RISE, DIV, FINAL_DIV],
    build: |v| Box::new(OneCycle { rise: v.get(&RISE), start: 1.0 / v.get(&DIV), end: 1.0 / (v.get(&DIV) * v.get(&FINAL_DIV)) }),
};

const RISE: ParamSpec = ParamSpec {
    key: "rise",
    label: "Rising share r",
    range: (0.05, 0.95),
    default: 0.3,
    help: teach!(
        "Share of the planned epochs over which the rate rises. A short rise is a warm-up; a long one leaves little time to settle."
    ),
    ..ParamSpec::NEW
};
const DIV: ParamSpec = ParamSpec {
    key: "div",
    label: "Start divisor d",
    range: (1.0, 1000.0),
    scale: Scale::Log,
    default: 25.0,
    help: teach!("What the learning rate is divided by at the start. 1 begins with all of it; larger divisors begin more gently."),
    ..ParamSpec::NEW
};
const FINAL_DIV: ParamSpec = ParamSpec {
    key: "final-div",
    label: "Final divisor e",
    range: (1.0, 1e6),
    scale: Scale::Log,
    default: 1e4,
    help: teach!("What the rate of the start is divided by at the end. 1 comes back to it; large divisors come to rest."),
    ..ParamSpec::NEW
};

struct OneCycle {
    rise: f64,
    start: f64,
    end: f64,
}

impl Schedule for OneCycle {
    fn factor(&self, epoch: f64, epochs: f64) -> f64 {
        let done = if epochs > 0.0 { (epoch / epochs).clamp(0.0, 1.0) } else { 1.0 };
        let (from, to, share) =
            if done < self.rise { (self.start, 1.0, done / self.rise) } else { (1.0, self.end, (done - self.rise) / (1.0 - self.rise)) };
        from + (to - from) * 0.5 * (1.0 - libm::cos(core::f64::consts::PI * share))
    }
}
