//! Hinge losses for several classes.

use super::{Loss, Target};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Values},
    },
    kernels::wgsl::Wgsl,
};

pub(super) const PLAIN: Entry<super::Build> = Entry {
    key: "hinge",
    label: "Multi-class hinge",
    help: teach!(
        "Asks that the right class lead every other by a margin, and costs what is missing; a class that trails by enough costs nothing. As in a support vector machine, samples that are safely right stop teaching, and outputs are no probabilities."
    ),
    formula: teach!(r"L = \frac{1}{B\,C}\sum_b \sum_{i \ne y_b} \max\left(0,\, m - z_{b,y_b} + z_{b,i}\right)"),
    source: teach!(
        "Weston & Watkins 1999, Support vector machines for multi-class pattern recognition; Crammer & Singer 2001 take the largest term alone"
    ),
    params: &[MARGIN],
    build: |v| build(v, false),
};

pub(super) const SQUARED: Entry<super::Build> = Entry {
    key: "squared-hinge",
    label: "Squared hinge",
    help: teach!(
        "The hinge with what is missing squared: the gradient fades as the margin is reached, which trains more smoothly. Classes that are far off on the wrong side pull much harder than in the plain hinge."
    ),
    formula: teach!(r"L = \frac{1}{B\,C}\sum_b \sum_{i \ne y_b} \max\left(0,\, m - z_{b,y_b} + z_{b,i}\right)^2"),
    source: teach!("Tang 2013, Deep learning using linear support vector machines"),
    params: &[MARGIN],
    build: |v| build(v, true),
};

const MARGIN: ParamSpec = ParamSpec {
    key: "margin",
    label: "Margin m",
    range: (0.0, 5.0),
    default: 1.0,
    help: teach!(
        "Lead that the right class should have. Since weights can grow it mostly sets their scale; with 0 any lead at all suffices, and outputs that are all alike already cost nothing."
    ),
    ..ParamSpec::NEW
};

fn build(values: &Values, squared: bool) -> Box<dyn Loss> {
    Box::new(Hinge { margin: values.f32(&MARGIN), squared })
}

/// Of targets that are shares of several classes: the mean over what each would cost.
struct Hinge {
    margin: f32,
    squared: bool,
}

impl Hinge {
    /// What a lead that lacks `short` costs, and the slope of that.
    fn cost(&self, short: f32) -> (f32, f32) {
        match (short > 0.0, self.squared) {
            // NaN is not below zero either, and is to be seen.
            (false, _) => (if short.is_nan() { short } else { 0.0 }, 0.0),
            (true, false) => (short, 1.0),
            (true, true) => (short * short, 2.0 * short),
        }
    }
}

impl Loss for Hinge {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        let scale = 1.0 / (batch * outputs) as f32;
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            g.fill(0.0);
            for class in 0..outputs {
                let share = target.at(b, class, outputs);
                if share == 0.0 {
                    continue;
                }
                let mut back = 0.0;
                for other in (0..outputs).filter(|other| *other != class) {
                    let (cost, slope) = self.cost(self.margin - z[class] + z[other]);
                    sum += share * cost;
                    g[other] += share * slope * scale;
                    back += slope;
                }
                g[class] -= share * back * scale;
            }
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, outputs: usize) -> f32 {
        sum * (1.0 / (batch * outputs) as f32)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        Some(wgsl!("hinge.wgsl").with("MARGIN", f64::from(self.margin)).with("SQUARED", f64::from(u8::from(self.squared))))
    }
}
