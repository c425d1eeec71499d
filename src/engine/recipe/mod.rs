//! Recipes: ordered steps that make a trained network small, such as "prune 70 % gradually, fine-tune for 3 epochs, quantize to 4 bits".
//! One file per step.
//!
//! A step changes a [`Candidate`]. Some act at once, others train it for some epochs ([`Step::training`]); whoever carries a recipe out does
//! the training, so that it can be cut into slices, and watched, and stopped.

mod candidate;
mod cluster;
mod distill;
mod drop_layer;
mod equalize;
mod fine_tune;
mod linalg;
mod low_rank;
mod prune;
mod quantize;
mod regrow;
mod rewind;

use super::{
    catalog::catalog,
    compress::Calibration,
    error::SpecError,
    network::Network,
    params::{ParamSpec, Scale, Values},
};
pub use candidate::Candidate;
pub use cluster::Tied;
pub use drop_layer::blocks;

/// Makes a step from checked values.
pub type Build = fn(&Values) -> Box<dyn Step>;

catalog! {
    /// Every step, in the order of the page's menu.
    Build, kind: "step", field: "recipe", [
        prune::ENTRY,
        fine_tune::ENTRY,
        quantize::ENTRY,
        cluster::ENTRY,
        distill::ENTRY,
        low_rank::ENTRY,
        rewind::ENTRY,
        equalize::ENTRY,
        drop_layer::ENTRY,
        regrow::ENTRY,
    ]
}

/// A step of a recipe.
pub trait Step: Send {
    /// What it does at once. Errors: a candidate to which it cannot be applied.
    fn begin(&self, candidate: &mut Candidate, at_hand: &AtHand<'_>) -> Result<(), SpecError>;

    /// How it trains the candidate after that; `None` where it does not.
    fn training(&self) -> Option<Training> {
        None
    }

    /// How often it trains, one time after another, each with a learning rate that falls anew. More than once only where [`Step::training`] is something.
    fn rounds(&self) -> u32 {
        1
    }

    /// What it does between two of these trainings.
    fn between(&self, _candidate: &mut Candidate, _round: u32, _at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        Ok(())
    }

    /// What is to be held at zero from now on, when the share `done` (0 to 1) of its training is behind it: 1 for a living parameter, 0 for a held
    /// one. `None` leaves that as it is. Asked [`LOOKS`] times, at even distances, the first time before the first step.
    fn hold(&self, _now: &Now<'_>, _done: f64, _at_hand: &AtHand<'_>) -> Result<Option<Vec<f32>>, SpecError> {
        Ok(None)
    }

    /// Whether it looks at where training takes the weights ([`Calibration::movement`]).
    fn notes_movement(&self) -> bool {
        false
    }

    /// What it does when its training is over.
    fn end(&self, _candidate: &mut Candidate, _at_hand: &AtHand<'_>) -> Result<(), SpecError> {
        Ok(())
    }
}

/// How often [`Step::hold`] is asked during a step's training.
pub const LOOKS: u32 = 20;

/// How a step trains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Passes over the training set.
    pub epochs: f64,
    /// Learning rate, as a share of the experiment's; it falls to zero along half a cosine.
    pub rate: f64,
    /// Whether it learns from the answers of the model with which the recipe began, and how.
    pub teacher: Option<Teacher>,
}

/// How much a student listens to its teacher.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Teacher {
    /// Temperature by which the logits of both are divided.
    pub temperature: f32,
    /// Share of the loss that is about the teacher's answers; the rest is about the labels.
    pub alpha: f32,
}

/// A network in the middle of a step's training.
pub struct Now<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its parameters.
    pub params: &'a [f32],
    /// What is held at zero; empty while nothing is.
    pub keep: &'a [f32],
}

/// What steps may look at besides the candidate.
pub struct AtHand<'a> {
    /// Some training samples.
    pub calibration: Calibration<'a>,
    /// Bits of single layers with weights that the experiment sets, in order, 32 for floats.
    pub widths: &'a [u32],
}

/// Epochs of a step that trains.
const EPOCHS: ParamSpec = ParamSpec {
    key: "epochs",
    label: "Epochs",
    range: (0.1, 50.0),
    scale: Scale::Log,
    default: 2.0,
    help: teach!("Passes over the training set. A step that changed much needs more of them before the network has made up for it."),
    ..ParamSpec::NEW
};

/// Learning rate of a step that trains.
const RATE: ParamSpec = ParamSpec {
    key: "rate",
    label: "Learning rate, share",
    range: (0.01, 2.0),
    scale: Scale::Log,
    default: 0.5,
    help: teach!(
        "Learning rate at the beginning, as a share of the experiment's; it falls to zero along half a cosine. A trained network needs smaller steps than a fresh one."
    ),
    formula: teach!(r"\eta_t = r\,\eta \cdot \tfrac{1}{2}\left(1 + \cos \frac{\pi t}{T}\right)"),
    ..ParamSpec::NEW
};
