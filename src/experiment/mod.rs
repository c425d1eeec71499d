//! One value that describes everything: the page's state, the link, the command line's input and a test's fixture.

pub mod json;
pub mod link;
pub mod presets;

mod csv;
mod damage;
mod diff;
mod fields;
mod goal;
mod hand;
mod layer_lists;
mod learner;
mod lists;
mod table;
mod teacher;
mod validate;

use serde::{Deserialize, Serialize};

pub use crate::engine::quantization::WIDTHS as BIT_WIDTHS;
use crate::engine::{
    catalog::Pick,
    data::{Damage, painted, table as table_of_own},
    pruning::{During, Schedule},
    quantization::{Format, Granularity, settings},
    schedules::LISTENER,
};
pub use csv::Csv;
pub use diff::{Change, diff, layer_effect};
pub use fields::{BATCH, Effect, FIELDS, Field, PICKS, PickField, SECTIONS, layer_listings};
pub use goal::Goal;
pub use hand::{ByHand, Link, WEIGHT};
pub use layer_lists::{CLIPS, INPUT_CLIPS, LAYER_LISTS, LayerList, WIDTHS};
pub use learner::{LEARNER, NETWORK, Shrink};
pub use lists::{FEATURES, LISTS, MAX_FEATURES, MAX_LAYERS, MAX_STEPS, MODEL, PickList, RECIPE};
pub use table::{MAX_SEED, Notice, Read};
pub use teacher::{MAX_TEACHERS, TEACHER_KEY, Teacher, file_checksum, teachers};
pub use validate::{plan, plan_by};

/// An experiment: the same value gives the same numbers on every run of an engine build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experiment {
    /// Version of the format.
    pub version: u32,
    /// Data set or generator, with its parameters.
    pub data: Pick,
    /// The reader's own file, where the data is one.
    pub csv: Csv,
    /// Painted points, where the data are such ([`painted`]); empty for those to begin with.
    pub points: String,
    /// What is done to it on purpose, to see what breaks.
    pub damage: Damage,
    /// Family of models that learns: a network, to which layers, loss, optimizer and schedule belong, or a learner, which has settings of its own.
    pub learner: Pick,
    /// Steps that make features of the columns, in order.
    pub features: Vec<Pick>,
    /// Hidden layers in order; the output layer (flatten where needed, then dense) follows from the data.
    pub model: Vec<Pick>,
    /// How weights begin.
    pub init: Pick,
    /// What training makes small.
    pub loss: Pick,
    /// What the loss says, where that is one of one's own: an expression of `y` and `p`, see [`crate::engine::losses::expression`].
    pub formula: String,
    /// Whose answers it learns from beside the labels, and a recipe's distilling steps do: models by checksum and name, see [`Teacher`].
    pub teacher: String,
    /// How weights move.
    pub optimizer: Pick,
    /// Learning rate over time.
    pub schedule: Pick,
    /// Numbers of training.
    pub train: Train,
    /// How the model is made small.
    pub compress: Compress,
    /// Steps that make the trained model small, in order; carried out when asked for.
    pub recipe: Vec<Pick>,
    /// Links pruned or revived by hand.
    pub hand: ByHand,
    /// What the small model is for.
    pub goal: Goal,
    /// Seed of everything random.
    pub seed: u64,
}

/// Numbers of training; ranges and help are in [`FIELDS`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is described by its ParamSpec in fields.rs")]
pub struct Train {
    pub lr: f64,
    pub batch: usize,
    pub epochs: f64,
    pub warmup: f64,
    pub l1: f64,
    pub l2: f64,
    pub max_norm: f64,
    /// Whether samples count by how rare their class is (1).
    pub balance: usize,
    /// Share of the loss that is about the teachers' answers, and the temperature of both.
    pub distill: f64,
    pub temperature: f64,
    pub clip: f64,
    pub clip_value: f64,
    pub noise: f64,
    pub sam: f64,
    /// How weights are averaged: not at all (0), moving (1), or over epochs (2).
    pub average: usize,
    pub decay: f64,
    pub average_from: usize,
    pub mixup: f64,
    pub shift: usize,
    pub flip: usize,
    pub rotate: f64,
    pub patience: usize,
    pub test_share: f64,
    pub validation: f64,
}

/// How the model is made small; ranges and help are in [`FIELDS`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "each is described by its ParamSpec in fields.rs")]
pub struct Compress {
    pub sparsity: f64,
    /// What goes: a pick of the pruners' catalogue.
    pub pruner: Pick,
    /// What it is ranked by: a pick of the criteria's catalogue.
    pub criterion: Pick,
    /// Whether pruning only shapes the optimized copy (0) or the training model's mask too: at once (1), gradually (2), or with regrowth (3).
    pub during: usize,
    /// Epochs between which it is gradual.
    pub prune_from: usize,
    pub prune_to: usize,
    pub bits: usize,
    pub format: usize,
    /// Bits of single layers that have weights, in order; those beyond it follow `bits` and `format`.
    pub widths: Vec<u32>,
    /// Up to which share of its largest weight the levels of a single layer with weights reach, in order: 0 for those that follow `range`, as those beyond it do.
    pub clips: Vec<f64>,
    /// The same of its activations, and of the largest that calibration sees.
    pub input_clips: Vec<f64>,
    /// Which weights share a scale: the first words are per tensor and per channel.
    pub per_channel: usize,
    pub zero: usize,
    /// How far levels of weights reach: a pick of the weight ranges' catalogue.
    pub range: Pick,
    pub activation_bits: usize,
    /// How far levels of activations reach: a pick of the calibrations' catalogue; and on how many samples that is measured.
    pub calibration: Pick,
    pub samples: usize,
    /// To which of two levels a weight goes: a pick of the roundings' catalogue.
    pub rounder: Pick,
    /// Whether layers share their ranges out before rounding, and biases make up for it behind it (1 each).
    pub equalize: usize,
    pub correct_bias: usize,
    /// Whether training computes with rounded weights and activations (1), and the epoch from which it does.
    pub qat: usize,
    pub qat_from: usize,
    /// How a fitted learner is made small; networks know nothing of it.
    pub shrink: Shrink,
    /// Least probability of the likeliest class at which samples leave at an early exit; 1 for never.
    pub exit: f64,
}

/// Version that this build writes.
pub const VERSION: u32 = 1;

impl Default for Experiment {
    fn default() -> Self {
        Self {
            version: VERSION,
            data: Pick::new("mnist10k"),
            csv: Csv::default(),
            points: String::new(),
            damage: Damage::default(),
            learner: Pick::new(NETWORK),
            features: Vec::new(),
            // The second has its catalogue's default, 32 units, which the plain form leaves out.
            model: vec![Pick::new("dense").with("units", 64.0), Pick::new("relu"), Pick::new("dense"), Pick::new("relu")],
            init: Pick::new("he"),
            loss: Pick::new("cross-entropy"),
            formula: String::new(),
            teacher: String::new(),
            optimizer: Pick::new("adam"),
            schedule: Pick::new("constant"),
            train: Train::default(),
            compress: Compress::default(),
            recipe: Vec::new(),
            hand: ByHand::default(),
            goal: Goal::default(),
            seed: 1,
        }
    }
}

/// Share of the training samples that is held out to choose by where none is set.
const FOR_CHOOSING: f64 = 0.1;

impl Train {
    /// Whether training does nothing beyond what every run can begin with.
    #[must_use]
    pub fn plain(&self) -> bool {
        let off = [self.balance, self.average, self.shift, self.flip] == [0; 4];
        off && [self.clip, self.clip_value, self.noise, self.sam, self.mixup, self.rotate, self.distill] == [0.0; 7]
    }
}

impl Default for Train {
    fn default() -> Self {
        Self {
            lr: fields::LR.default,
            batch: BATCH.default as usize,
            epochs: fields::EPOCHS.default,
            warmup: fields::WARMUP.default,
            l1: fields::L1.default,
            l2: fields::L2.default,
            max_norm: fields::MAX_NORM.default,
            balance: fields::BALANCE.default as usize,
            distill: fields::DISTILL.default,
            temperature: fields::TEMPERATURE.default,
            sam: fields::SAM.default,
            clip: fields::CLIP.default,
            clip_value: fields::CLIP_VALUE.default,
            noise: fields::NOISE.default,
            average: fields::AVERAGE.default as usize,
            decay: fields::DECAY.default,
            average_from: fields::AVERAGE_FROM.default as usize,
            mixup: fields::MIXUP.default,
            shift: fields::SHIFT.default as usize,
            flip: fields::FLIP.default as usize,
            rotate: fields::ROTATE.default,
            patience: fields::PATIENCE.default as usize,
            test_share: fields::TEST_SHARE.default,
            validation: fields::VALIDATION.default,
        }
    }
}

impl Default for Compress {
    fn default() -> Self {
        Self {
            sparsity: fields::SPARSITY.default,
            pruner: Pick::new("global"),
            criterion: Pick::new("magnitude"),
            during: fields::DURING.default as usize,
            prune_from: fields::PRUNE_FROM.default as usize,
            prune_to: fields::PRUNE_TO.default as usize,
            bits: fields::BITS.default as usize,
            format: fields::FORMAT.default as usize,
            widths: Vec::new(),
            clips: Vec::new(),
            input_clips: Vec::new(),
            per_channel: fields::PER_CHANNEL.default as usize,
            zero: fields::ZERO.default as usize,
            range: Pick::new("auto"),
            activation_bits: fields::ACTIVATION_BITS.default as usize,
            calibration: Pick::new("minmax"),
            samples: fields::SAMPLES.default as usize,
            rounder: Pick::new("nearest"),
            equalize: fields::EQUALIZE.default as usize,
            correct_bias: fields::BIAS_CORRECTION.default as usize,
            qat: fields::QAT.default as usize,
            qat_from: fields::QAT_FROM.default as usize,
            shrink: Shrink::default(),
            exit: fields::EXIT.default,
        }
    }
}

impl Compress {
    /// How pruning shapes training that is planned for `epochs`.
    #[must_use]
    pub fn schedule(&self, epochs: f64) -> Schedule {
        let during = match self.during {
            0 => During::Off,
            1 => During::Once,
            2 => During::Gradual { from: self.prune_from as f64, to: self.prune_to as f64 },
            _ => During::Regrow,
        };
        Schedule { during, sparsity: self.sparsity, epochs }
    }

    /// What weights are stored as.
    #[must_use]
    pub fn weight_format(&self) -> Format {
        settings::format(self.format, self.bits)
    }

    /// Which weights share a scale.
    #[must_use]
    pub fn granularity(&self) -> Granularity {
        settings::granularity(self.per_channel)
    }

    /// Whether quantization-aware training learns step sizes.
    #[must_use]
    pub const fn learns_steps(&self) -> bool {
        self.qat == fields::LSQ
    }

    /// Bits of activations: 32, or 8 to 2.
    #[must_use]
    pub fn activation_width(&self) -> u32 {
        settings::activation_width(self.activation_bits)
    }
}

impl Experiment {
    /// Share of the training samples that is held out for validation: the one that is set, or a tenth where early stopping or the schedule needs some to
    /// choose by. They never choose by the test samples.
    #[must_use]
    pub fn validation_share(&self) -> f64 {
        let asked = self.train.patience > 0 || self.schedule.key == LISTENER;
        if self.train.validation == 0.0 && asked { FOR_CHOOSING } else { self.train.validation }
    }

    /// All that says what is made small: two that differ give losses of other scales.
    #[must_use]
    pub fn objective(&self) -> (&Pick, &str, usize) {
        (&self.loss, &self.formula, self.train.balance)
    }

    /// All layers of the network: the model, then flatten where an image comes out, then dense with `outputs` units.
    #[must_use]
    pub fn layers(&self, ends_in_image: bool, outputs: usize) -> Vec<Pick> {
        let mut picks = self.model.clone();
        if ends_in_image {
            picks.push(Pick::new("flatten"));
        }
        picks.push(Pick::new("dense").with("units", outputs as f64));
        picks
    }

    /// The same experiment in its one plain form: settings that equal their default are left out. What links and files give back
    /// has this form.
    #[must_use]
    pub fn normal(&self) -> Self {
        let mut plain = self.clone();
        plain.version = VERSION;
        plain.formula = self.formula.trim().into();
        if self.data.key != table_of_own::KEY {
            plain.csv = Csv::default();
        }
        if self.data.key != painted::KEY {
            plain.points.clear();
        }
        for field in PICKS {
            let pick = (field.get)(self);
            let info = field.listing.find(&pick.key).ok();
            (field.set)(&mut plain, table::normal_pick(pick, info));
        }
        for list in LISTS {
            let picks = (list.get)(self).iter().map(|pick| table::normal_pick(pick, list.info(&pick.key).as_ref()));
            (list.set)(&mut plain, picks.collect());
        }
        plain
    }
}
