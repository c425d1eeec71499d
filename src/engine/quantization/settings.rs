//! What can be chosen when weights and activations become small numbers: by an experiment's sliders, and by a step of a recipe.

use super::{Format, Granularity, WIDTHS, calibration, ranges, rounding};
use crate::{
    engine::{
        catalog::Listing,
        compress,
        params::{ParamSpec, Scale, Word},
    },
    kernels::small_floats::Kind,
};

/// The words of a switch.
pub const OFF_ON: &[Word] = &[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }];

/// The entries of a catalogue as words, in its order.
const fn words<const N: usize>(listing: &Listing) -> [Word; N] {
    let mut words = [Word { key: "", label: "" }; N];
    let mut at = 0;
    while at < N {
        words[at] = Word { key: listing.entries[at].key, label: listing.entries[at].label };
        at += 1;
    }
    words
}

const ROUNDINGS: [Word; rounding::LISTING.entries.len()] = words(&rounding::LISTING);
const RANGES: [Word; ranges::LISTING.entries.len()] = words(&ranges::LISTING);
const CALIBRATIONS: [Word; calibration::LISTING.entries.len()] = words(&calibration::LISTING);

/// What weights are stored as, by the choices of [`FORMAT`] and [`BITS`].
#[must_use]
pub fn format(format: usize, bits: usize) -> Format {
    match FLOAT_FORMATS.get(format) {
        Some(Some(kind)) => Format::Float(*kind),
        _ => Format::of_bits(WIDTHS.get(bits).copied().unwrap_or(32)),
    }
}

/// Which weights share a scale, by the choice of [`PER_CHANNEL`].
#[must_use]
pub fn granularity(choice: usize) -> Granularity {
    GRANULARITIES.get(choice).copied().unwrap_or(Granularity::Channel)
}

/// Bits of activations, 32 or 8 to 2, by the choice of [`ACTIVATION_BITS`].
#[must_use]
pub fn activation_width(choice: usize) -> u32 {
    if choice == 0 { 32 } else { 9 - choice.clamp(1, 7) as u32 }
}

const BIT_WORDS: &[Word] = &[
    Word { key: "32", label: "32 (float)" },
    Word { key: "8", label: "8" },
    Word { key: "6", label: "6" },
    Word { key: "5", label: "5" },
    Word { key: "4", label: "4" },
    Word { key: "3", label: "3" },
    Word { key: "2", label: "2" },
    Word { key: "1", label: "1" },
    // A width that came later: places are kept in saved runs.
    Word { key: "7", label: "7" },
];
/// Bits of whole-number weights, in the order of [`WIDTHS`].
pub const BITS: ParamSpec = ParamSpec {
    key: "bits",
    label: "Weight bits",
    unit: "bits",
    range: (0.0, 8.0),
    scale: Scale::Choice(BIT_WORDS),
    default: 1.0,
    help: teach!("How many bits store one weight. 8 is almost free, 4 needs care, 1 keeps only the sign."),
    formula: teach!(r"q = \operatorname{round}(w / s),\quad \hat w = s\, q"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
};
/// Formats of floats in the order of [`FORMAT`]; the first leaves it to the width.
pub const FLOAT_FORMATS: [Option<Kind>; 5] = [None, Some(Kind::F16), Some(Kind::Bf16), Some(Kind::E4m3), Some(Kind::E5m2)];
/// Whole numbers, or which floats.
pub const FORMAT: ParamSpec = ParamSpec {
    key: "format",
    label: "Weight format",
    range: (0.0, 4.0),
    scale: Scale::Choice(&[
        Word { key: "int", label: "Whole numbers, in weight bits" },
        Word { key: "fp16", label: "float16" },
        Word { key: "bf16", label: "bfloat16" },
        Word { key: "e4m3", label: "float8 E4M3" },
        Word { key: "e5m2", label: "float8 E5M2" },
    ]),
    default: 0.0,
    help: teach!(
        "Whole numbers times a step size, in as many bits as are chosen, or floats of 16 or 8 bits in their place. Floats are fine near zero and coarse far from it: 16 bits lose next to nothing, E4M3 has more digits, E5M2 more range; they are multiplied as 32-bit floats."
    ),
    formula: teach!(r"\hat w = s\, (-1)^{\sigma}\, 2^{e - \text{bias}}\, (1 + m / 2^M)"),
    source: teach!(
        "Micikevicius et al. 2022, FP8 formats for deep learning; Kalamkar et al. 2019, A study of bfloat16 for deep learning training"
    ),
    ..ParamSpec::NEW
};
/// Granularities in the order of [`PER_CHANNEL`].
pub const GRANULARITIES: [Granularity; 5] =
    [Granularity::Tensor, Granularity::Channel, Granularity::Group(128), Granularity::Group(64), Granularity::Group(32)];
/// Which weights share a scale.
pub const PER_CHANNEL: ParamSpec = ParamSpec {
    key: "scale",
    label: "Scales",
    range: (0.0, 4.0),
    scale: Scale::Choice(&[
        Word { key: "tensor", label: "Per tensor" },
        Word { key: "channel", label: "Per channel" },
        Word { key: "g128", label: "Per group of 128 inputs" },
        Word { key: "g64", label: "Per group of 64 inputs" },
        Word { key: "g32", label: "Per group of 32 inputs" },
    ]),
    default: 1.0,
    help: teach!(
        "One step size for a whole layer, one for each output unit, or one for each group of inputs of a unit. Per channel costs four bytes a unit and keeps small weights alive beside large ones; groups follow the weights more closely still, which pays at 4 bits and fewer, for four bytes each."
    ),
    formula: teach!(r"\hat w_{ij} = s_{i,\lfloor j / g \rfloor}\, q_{ij}"),
    source: teach!(
        "Krishnamoorthi 2018, Quantizing deep convolutional networks for efficient inference; Shen et al. 2020, Q-BERT (groups)"
    ),
    ..ParamSpec::NEW
};
/// Whether whole numbers have a zero point.
pub const ZERO: ParamSpec = ParamSpec {
    key: "zero",
    label: "Weight zero point",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "symmetric", label: "Symmetric" }, Word { key: "affine", label: "Affine" }]),
    default: 0.0,
    help: teach!(
        "Symmetric levels reach equally far to both sides of zero. Affine ones have a zero point, a whole number for each scale, and so lie where the weights are: worth it where those are lopsided, for a byte a scale and a correction in every sum."
    ),
    formula: teach!(r"\hat w = s\, (q - z),\quad \sum_k a_k (q_k - z) = \sum_k a_k q_k - z \sum_k a_k"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    ..ParamSpec::NEW
};
/// What flows between layers.
pub const ACTIVATION_BITS: ParamSpec = ParamSpec {
    key: "act",
    label: "Activations",
    range: (0.0, 7.0),
    scale: Scale::Choice(&[
        Word { key: "fp32", label: "32-bit float" },
        Word { key: "int8", label: "8-bit integer" },
        Word { key: "int7", label: "7-bit integer" },
        Word { key: "int6", label: "6-bit integer" },
        Word { key: "int5", label: "5-bit integer" },
        Word { key: "int4", label: "4-bit integer" },
        Word { key: "int3", label: "3-bit integer" },
        Word { key: "int2", label: "2-bit integer" },
    ]),
    default: 0.0,
    help: teach!(
        "What flows between layers. 8-bit integers, with ranges measured on training samples, let whole dot products run in integer arithmetic; fewer bits show what that costs in accuracy, and are computed on 8-bit codes, so they save no time here."
    ),
    formula: teach!(r"q = \operatorname{clamp}\left(\operatorname{round}(x / s) + z,\, -2^{b-1},\, 2^{b-1} - 1\right)"),
    source: teach!("Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference"),
    ..ParamSpec::NEW
};
/// How many training samples ranges of activations are measured on.
pub const SAMPLES: ParamSpec = ParamSpec {
    key: "samples",
    label: "Calibration samples",
    unit: "samples",
    range: (*compress::SAMPLES.start() as f64, *compress::SAMPLES.end() as f64),
    scale: Scale::Integer,
    default: compress::CALIBRATION_SAMPLES as f64,
    help: teach!(
        "Training samples on which ranges of activations are measured. A few may miss what others bring; beyond a few hundred little changes, and each change of a setting takes longer."
    ),
    formula: teach!(r"r = \operatorname{calib}\left(x_1, \dots, x_n\right)"),
    source: teach!("Wu et al. 2020, Integer quantization for deep learning inference: principles and empirical evaluation"),
};
/// Whether biases take back what rounding adds on average.
pub const BIAS_CORRECTION: ParamSpec = ParamSpec {
    key: "biasfix",
    label: "Bias correction",
    range: (0.0, 1.0),
    scale: Scale::Choice(OFF_ON),
    default: 0.0,
    help: teach!(
        "On: what rounding adds to a unit's answers on average over some training samples is taken back through its bias, layer by layer. It costs no byte and no time in use, and helps where errors of a unit all point one way; errors that cancel on average stay."
    ),
    formula: teach!(r"b \leftarrow b + \mathbb{E}[x W] - \mathbb{E}[\hat x \hat W]"),
    source: teach!("Nagel et al. 2019, Data-free quantization through weight equalization and bias correction"),
    ..ParamSpec::NEW
};

/// To which of the two levels around it a weight goes: [`rounding::CATALOG`] as words, with its settings at their defaults.
pub const ROUNDING: ParamSpec = ParamSpec {
    key: "round",
    label: "Rounding",
    range: (0.0, ROUNDINGS.len() as f64 - 1.0),
    scale: Scale::Choice(&ROUNDINGS),
    default: 0.0,
    help: teach!(
        "To which of the two levels around it a weight goes. GPTQ and AdaRound look at training samples and keep the layers' answers rather than their weights; weights that were trained rounded stay as they are."
    ),
    ..ParamSpec::NEW
};

/// Up to which weight the levels of whole numbers reach: [`ranges::CATALOG`] as words, with its settings at their defaults.
pub const RANGE: ParamSpec = ParamSpec {
    key: "range",
    label: "Weight range",
    range: (0.0, RANGES.len() as f64 - 1.0),
    scale: Scale::Choice(&RANGES),
    default: 0.0,
    help: teach!(
        "Up to which weight the levels of whole numbers reach; what lies beyond becomes the outermost one. A narrow range stores most weights more finely and clips a few; by percentile it leaves out one in a thousand."
    ),
    formula: teach!(r"q = \operatorname{clamp}\left(\operatorname{round}(w / s),\, -q_{\max},\, q_{\max}\right)"),
    source: teach!("Banner, Nahshan & Soudry 2019, Post training 4-bit quantization of convolutional networks for rapid-deployment"),
    ..ParamSpec::NEW
};

/// How ranges of activations are found: [`calibration::CATALOG`] as words, with its settings at their defaults.
pub const CALIBRATION: ParamSpec = ParamSpec {
    key: "calib",
    label: "Activation range",
    range: (0.0, CALIBRATIONS.len() as f64 - 1.0),
    scale: Scale::Choice(&CALIBRATIONS),
    default: 0.0,
    help: teach!(
        "How the range of what comes into a layer is found on some training samples. Min-max clips none of them; the others leave outliers out, so that all else is rounded more finely. Ranges that training has learnt are taken as they are."
    ),
    formula: teach!(r"r = \operatorname{calib}\left(x_1, \dots, x_n\right)"),
    source: teach!("Wu et al. 2020, Integer quantization for deep learning inference: principles and empirical evaluation"),
    ..ParamSpec::NEW
};

/// Whether layers of a recipe's model take the bits that the experiment sets for single ones.
pub const OWN: ParamSpec = ParamSpec {
    key: "own",
    label: "Bits of single layers",
    range: (0.0, 1.0),
    scale: Scale::Choice(OFF_ON),
    default: 0.0,
    help: teach!(
        "On: layers that have bits of their own, as the table of layers sets them, take those, in training behind this step as well; all others take the bits above. Few bits where a layer bears them save bytes that cost no accuracy."
    ),
    source: teach!("Wang et al. 2019, HAQ: hardware-aware automated quantization with mixed precision"),
    ..ParamSpec::NEW
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_order_of_what_they_stand_for() {
        let keys = |spec: ParamSpec| match spec.scale {
            Scale::Choice(words) => words.iter().map(|w| w.key).collect::<Vec<_>>(),
            _ => unreachable!("{} has words", spec.key),
        };
        assert_eq!(keys(BITS).iter().map(|key| key.parse().unwrap()).collect::<Vec<u32>>(), WIDTHS);
        assert_eq!(
            keys(ACTIVATION_BITS).iter().map(|key| key[key.len() - 1..].parse().unwrap()).collect::<Vec<u32>>(),
            [2, 8, 7, 6, 5, 4, 3, 2]
        );
        assert_eq!((1..8).map(activation_width).collect::<Vec<_>>(), [8, 7, 6, 5, 4, 3, 2]);
        assert_eq!((keys(FORMAT).len(), keys(PER_CHANNEL).len()), (FLOAT_FORMATS.len(), GRANULARITIES.len()));
        for (spec, listing) in [(ROUNDING, rounding::LISTING), (RANGE, ranges::LISTING), (CALIBRATION, calibration::LISTING)] {
            assert!(keys(spec).into_iter().eq(listing.entries.iter().map(|e| e.key)), "{}", spec.key);
            assert_eq!(spec.key, listing.field);
        }
    }
}
