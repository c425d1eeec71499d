//! Fewer bits per weight, and whole numbers between layers.

use super::{AtHand, Candidate, Step};
use crate::engine::{
    catalog::{Entry, Pick},
    error::SpecError,
    params::{ParamSpec, Scale, Word},
    quantization::{Format, Granularity, WIDTHS, rounding::LISTING as ROUNDINGS},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "quantize",
    label: "Quantize",
    help: teach!(
        "Stores weights in a few bits each, from here on: steps that train behind it train with rounded weights. Put it last to quantize after training, or before a fine-tuning step for quantization-aware training."
    ),
    formula: teach!(r"q = \operatorname{round}(w / s),\quad \hat w = s\, q"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    params: &[BITS, SCALES, ACTIVATIONS, ROUNDING, BIAS],
    build: |values| {
        Box::new(Quantize {
            bits: WIDTHS[values.usize(&BITS).min(WIDTHS.len() - 1)],
            per_channel: values.usize(&SCALES) != 0,
            activation_bits: if values.usize(&ACTIVATIONS) == 0 { 32 } else { 8 },
            rounder: Pick::new(ROUNDINGS.entries[values.usize(&ROUNDING).min(ROUNDINGS.entries.len() - 1)].key),
            correct_bias: values.usize(&BIAS) != 0,
        })
    },
};

/// In the order of [`WIDTHS`].
const BITS: ParamSpec = ParamSpec {
    key: "bits",
    label: "Weight bits",
    range: (0.0, WIDTHS.len() as f64 - 1.0),
    scale: Scale::Choice(&[
        Word { key: "32", label: "32 (float)" },
        Word { key: "8", label: "8" },
        Word { key: "6", label: "6" },
        Word { key: "5", label: "5" },
        Word { key: "4", label: "4" },
        Word { key: "3", label: "3" },
        Word { key: "2", label: "2" },
        Word { key: "1", label: "1" },
        Word { key: "7", label: "7" },
    ]),
    default: 1.0,
    help: teach!("How many bits store one weight. 8 is almost free, 4 needs care, 1 keeps only the sign."),
    ..ParamSpec::NEW
};

const SCALES: ParamSpec = ParamSpec {
    key: "scale",
    label: "Scales",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "tensor", label: "Per tensor" }, Word { key: "channel", label: "Per channel" }]),
    default: 1.0,
    help: teach!(
        "One step size for a whole layer, or one for each output unit. The second costs four bytes a unit and keeps small weights alive beside large ones."
    ),
    ..ParamSpec::NEW
};

const ACTIVATIONS: ParamSpec = ParamSpec {
    key: "act",
    label: "Activations",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "fp32", label: "32-bit float" }, Word { key: "int8", label: "8-bit integer" }]),
    default: 0.0,
    help: teach!("What flows between layers. 8-bit integers let whole dot products run in integer arithmetic."),
    ..ParamSpec::NEW
};

/// In the order of [`ROUNDINGS`].
const ROUNDING: ParamSpec = ParamSpec {
    key: "round",
    label: "Rounding",
    range: (0.0, ROUNDINGS.entries.len() as f64 - 1.0),
    scale: Scale::Choice(&[
        Word { key: "nearest", label: "To nearest" },
        Word { key: "gptq", label: "GPTQ" },
        Word { key: "adaround", label: "AdaRound" },
    ]),
    default: 0.0,
    help: teach!(
        "To which of the two levels around it a weight goes. GPTQ and AdaRound look at training samples and keep the layers' answers rather than their weights; weights that were trained rounded stay as they are."
    ),
    ..ParamSpec::NEW
};

const BIAS: ParamSpec = ParamSpec {
    key: "biasfix",
    label: "Bias correction",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }]),
    default: 0.0,
    help: teach!("Takes back through biases what rounding adds to answers on average over some training samples. It costs no byte."),
    formula: teach!(r"b \leftarrow b + \mathbb{E}[x W] - \mathbb{E}[\hat x \hat W]"),
    source: teach!("Nagel et al. 2019, Data-free quantization through weight equalization and bias correction"),
    ..ParamSpec::NEW
};

struct Quantize {
    bits: u32,
    per_channel: bool,
    activation_bits: u32,
    rounder: Pick,
    correct_bias: bool,
}

impl Step for Quantize {
    fn begin(&self, candidate: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        // Weights are rounded with what they are multiplied with in use.
        candidate.fold()?;
        let storage = &mut candidate.storage;
        (storage.format, storage.activation_bits) = (Format::of_bits(self.bits), self.activation_bits);
        storage.granularity = Granularity::channel(self.per_channel);
        (storage.rounder, storage.correct_bias) = (self.rounder.clone(), self.correct_bias);
        candidate.ranges.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_widths() {
        let Scale::Choice(words) = BITS.scale else { unreachable!("bits are words") };
        assert_eq!(words.iter().map(|w| w.key.parse().unwrap()).collect::<Vec<u32>>(), WIDTHS);
        let Scale::Choice(words) = ROUNDING.scale else { unreachable!("rules are words") };
        assert!(words.iter().map(|w| w.key).eq(ROUNDINGS.entries.iter().map(|e| e.key)));
    }
}
