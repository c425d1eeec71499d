//! What the small model is for: the device it should run on, and the limits it should keep. None of it changes a number of a run.

use serde::{Deserialize, Serialize};

use super::Experiment;
use crate::engine::params::{ParamSpec, Scale, Word};

/// Device and limits; ranges and help are in [`FIELDS`](super::FIELDS). A limit of 0 is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Goal {
    /// Index of the device among the words of `target`.
    pub target: usize,
    /// Most bytes of the file, kB (1000 bytes).
    pub kb: f64,
    /// Most that may be lost of the score, points: hundredths of accuracy or R².
    pub drop: f64,
    /// Most time for one sample on this device, ms.
    pub ms: f64,
}

impl Goal {
    /// Whether any limit is set.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.kb > 0.0 || self.drop > 0.0 || self.ms > 0.0
    }
}

impl Experiment {
    /// The same without its goal: what its numbers and files follow from.
    #[must_use]
    pub fn without_goal(&self) -> Self {
        Self { goal: Goal::default(), ..self.clone() }
    }
}

/// Devices in the order of their figures (`state/look/targets.rs`).
const TARGETS: &[Word] = &[
    Word { key: "none", label: "None" },
    Word { key: "m0", label: "Cortex-M0+ (RP2040)" },
    Word { key: "m4", label: "Cortex-M4F (STM32F411)" },
    Word { key: "m7", label: "Cortex-M7 (STM32H743)" },
    Word { key: "esp32s3", label: "ESP32-S3" },
    Word { key: "pi4", label: "Raspberry Pi 4" },
    Word { key: "phone", label: "Phone" },
    Word { key: "laptop", label: "Laptop" },
];

pub(super) const TARGET: ParamSpec = ParamSpec {
    key: "target",
    label: "Target",
    range: (0.0, TARGETS.len() as f64 - 1.0),
    scale: Scale::Choice(TARGETS),
    default: 0.0,
    help: teach!(
        "The device that the optimized model is held against: its flash for the file, its memory for what flows between layers. Milliseconds there are an estimate from published figures, not a measurement; it changes nothing about the model."
    ),
    formula: teach!(r"t \approx \max\left(\frac{1}{f} \sum_l c_{p(l)}\, \mathrm{MAC}_l,\; \frac{\text{weights}}{\text{bandwidth}}\right)"),
    source: teach!("Williams, Waterman & Patterson 2009, Roofline; Lai, Suda & Chandra 2018, CMSIS-NN"),
    ..ParamSpec::NEW
};

pub(super) const MAX_KB: ParamSpec = ParamSpec {
    key: "maxkb",
    label: "At most",
    unit: "kB",
    range: (0.0, 100_000.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!("Largest file that the search for a recipe may end with, in thousands of bytes. 0 sets no limit."),
    formula: teach!(r"\text{bytes}(f) \le b"),
    source: teach!("He et al. 2018, AMC: AutoML for model compression and acceleration on mobile devices"),
};

pub(super) const MAX_DROP: ParamSpec = ParamSpec {
    key: "maxdrop",
    label: "Lose at most",
    unit: "points",
    range: (0.0, 100.0),
    default: 0.0,
    help: teach!(
        "Most that the score may fall against the trained model, in hundredths of accuracy or R². 0 sets no limit; the same test samples choose and judge, so a winner by a hair may be luck."
    ),
    formula: teach!(r"\text{score}(f_0) - \text{score}(f) \le d / 100"),
    source: teach!("He et al. 2018, AMC: AutoML for model compression and acceleration on mobile devices"),
    ..ParamSpec::NEW
};

pub(super) const MAX_MS: ParamSpec = ParamSpec {
    key: "maxms",
    label: "Within",
    unit: "ms",
    range: (0.0, 1000.0),
    scale: Scale::Log,
    default: 0.0,
    help: teach!("Longest that one sample may take, measured on this device and not on the target. 0 sets no limit."),
    formula: teach!(r"t_{50}(f) \le t"),
    source: teach!("Cai et al. 2019, ProxylessNAS: direct neural architecture search on target task and hardware"),
};
