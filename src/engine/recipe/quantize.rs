//! Fewer bits per weight, and whole numbers between layers.

use super::{AtHand, Candidate, Step};
use crate::engine::{
    catalog::{Entry, Listing, Pick},
    compress::Settings,
    error::SpecError,
    params::{ParamSpec, Values},
    quantization::{
        calibration, ranges, rounding,
        settings::{self, ACTIVATION_BITS, BIAS_CORRECTION, BITS, CALIBRATION, FORMAT, OWN, PER_CHANNEL, RANGE, ROUNDING, SAMPLES, ZERO},
    },
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "quantize",
    label: "Quantize",
    help: teach!(
        "Stores weights in a few bits each, from here on: steps that train behind it train with rounded weights. Put it last to quantize after training, or before a fine-tuning step for quantization-aware training; floats of 16 and 8 bits are rounded to when they are stored, and not in training."
    ),
    formula: teach!(r"q = \operatorname{round}(w / s),\quad \hat w = s\, q"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    // In the order in which links hold them: a new one comes last.
    params: &[BITS, PER_CHANNEL, ACTIVATION_BITS, ROUNDING, BIAS_CORRECTION, FORMAT, ZERO, RANGE, CALIBRATION, SAMPLES, OWN],
    build: |values| {
        let own = values.usize(&OWN) != 0;
        let storage = Settings {
            format: settings::format(values.usize(&FORMAT), values.usize(&BITS)),
            granularity: settings::granularity(values.usize(&PER_CHANNEL)),
            affine: values.usize(&ZERO) != 0,
            range: picked(&ranges::LISTING, values, &RANGE),
            rounder: picked(&rounding::LISTING, values, &ROUNDING),
            correct_bias: values.usize(&BIAS_CORRECTION) != 0,
            activation_bits: settings::activation_width(values.usize(&ACTIVATION_BITS)),
            calibration: picked(&calibration::LISTING, values, &CALIBRATION),
            samples: values.usize(&SAMPLES),
            ..Settings::default()
        };
        Box::new(Quantize { storage, own })
    },
};

/// The entry that `spec`'s word stands for.
fn picked(listing: &Listing, values: &Values, spec: &ParamSpec) -> Pick {
    Pick::new(listing.entries[values.usize(spec).min(listing.entries.len() - 1)].key)
}

struct Quantize {
    /// How the candidate is stored from here on.
    storage: Settings,
    /// Whether single layers have bits of their own.
    own: bool,
}

impl Step for Quantize {
    fn begin(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        let widths = if self.own { at_hand.widths.to_vec() } else { Vec::new() };
        let refusal = match (self.own, widths.is_empty(), &candidate.initial) {
            (true, true, _) => "no layer has bits of its own: set them for single layers (widths), or leave this off (own)",
            (true, _, None) => "bits of single layers (widths) are those of layers before they were factorized: leave them off (own)",
            _ => "",
        };
        if !refusal.is_empty() {
            return Err(SpecError::Incompatible { field: super::CATALOG.field.into(), reason: refusal.into() });
        }
        // Weights are rounded with what they are multiplied with in use.
        candidate.fold()?;
        candidate.storage = Settings { widths, ..self.storage.clone() };
        candidate.ranges.clear();
        Ok(())
    }
}
