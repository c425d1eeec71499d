//! The range that holds a share of all values.

use super::{Calibrator, Needs, Seen};
use crate::engine::{catalog::Entry, params::ParamSpec, quantization::ValueRange};

const SHARE: ParamSpec = ParamSpec {
    key: "share",
    label: "Percentile p",
    unit: "%",
    range: (80.0, 100.0),
    default: 99.9,
    help: teach!(
        "How many of the values lie within the range, half of the others at either end. 100 is min-max; much below 99, what the layer has to say is cut off."
    ),
    formula: teach!(r"P(r_{\min} \le x \le r_{\max}) = p"),
    ..ParamSpec::NEW
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "percentile",
    label: "Percentile",
    help: teach!(
        "Leaves out the outermost values, the same share at both ends, counted in a histogram. Robust against outliers; what share is right differs from layer to layer."
    ),
    formula: teach!(r"r_{\min} = Q_{(1-p)/2}(x),\quad r_{\max} = Q_{(1+p)/2}(x)"),
    source: teach!("Wu et al. 2020, Integer quantization for deep learning inference: principles and empirical evaluation"),
    params: &[SHARE],
    build: |values| Box::new(Percentile { share: values.get(&SHARE) / 100.0 }),
};

struct Percentile {
    share: f64,
}

impl Calibrator for Percentile {
    fn needs(&self) -> Needs {
        Needs::Histogram
    }

    /// To edges of bins, as ONNX Runtime's percentile calibrator does.
    fn range(&self, seen: &Seen, _: u32) -> ValueRange {
        let (histogram, whole) = (&seen.histogram, seen.whole);
        let (total, cut) = (histogram.total() as f64, (1.0 - self.share) / 2.0);
        if total == 0.0 || cut <= 0.0 {
            return whole;
        }
        // The first bin up to which so large a share lies.
        let first = |share: f64| {
            let mut sum = 0.0;
            histogram.counts.iter().position(|count| {
                sum += f64::from(*count);
                sum / total >= share
            })
        };
        let edge = |share: f64| histogram.edge(first(share).unwrap_or(histogram.counts.len()));
        ValueRange { min: edge(cut).max(whole.min), max: edge(1.0 - cut).min(whole.max) }
    }
}
