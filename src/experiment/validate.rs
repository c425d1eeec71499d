//! Whether an experiment can run: every value within its range, every name known, and a network that can be built.

use super::{
    Compress, Experiment, FIELDS, LAYER_LISTS, LISTS, PICKS, VERSION,
    fields::{BALANCE, DURING, FLIP, MIXUP, ROTATE, SAM, SHIFT},
    table::{self, MAX_SEED},
    teacher,
};
use crate::engine::{
    data::{Task, painted, text},
    error::SpecError,
    layers::{self, Builder},
    losses::{self, expression::MAX_TEXT},
    network::Network,
    pruning::criteria,
    quantization::Granularity,
    shape::Shape,
};

/// The choice of pruning with regrowth, and the scopes that it suits.
const REGROW: usize = 3;
const SINGLE: [&str; 2] = ["global", "layer"];

impl Compress {
    /// Whether what goes, what it is ranked by, and when suit each other. Errors: they do not, at the criterion or at the time.
    pub(super) fn check(&self) -> Result<(), SpecError> {
        criteria::check(&self.pruner.key, &self.criterion.key)?;
        if self.during == REGROW && !SINGLE.contains(&self.pruner.key.as_str()) {
            let reason =
                format!("regrow moves single weights, and {} removes more at a time: use it with {}", self.pruner.key, SINGLE.join(" or "));
            return Err(SpecError::Incompatible { field: DURING.key.into(), reason });
        }
        Ok(())
    }
}

impl Experiment {
    /// Whether all can be used that can be judged without the data. Errors: the first value out of its range or name that is
    /// unknown, with its link key; two choices of pruning that do not suit each other; too many layers; a version that is newer than this build.
    pub fn validate(&self) -> Result<(), SpecError> {
        self.check_settings()?;
        self.check_texts()
    }

    /// As [`Experiment::validate`], of numbers, choices and layers alone.
    fn check_settings(&self) -> Result<(), SpecError> {
        if self.version > VERSION {
            let reason = format!("{} is newer than this Whittle, which reads up to {VERSION}", self.version);
            return Err(SpecError::Incompatible { field: table::VERSION_KEY.into(), reason });
        }
        for field in FIELDS {
            field.spec.check((field.get)(self))?;
        }
        for field in PICKS {
            let (pick, listing) = ((field.get)(self), field.listing);
            let info = listing.find(&pick.key)?;
            pick.values(info.params).map_err(|error| {
                let path = format!("{}.{}", field.key, error.field());
                error.at(&path)
            })?;
        }
        self.compress.check()?;
        for list in LISTS {
            list.check((list.get)(self))?;
        }
        if self.seed > MAX_SEED {
            return Err(table::seed_error(&self.seed.to_string()));
        }
        Ok(())
    }

    /// As [`Experiment::validate`], of what links hold as text: lists of links and of single layers, points, names of files, a formula.
    fn check_texts(&self) -> Result<(), SpecError> {
        self.hand.check()?;
        self.csv.check()?;
        painted::read(&self.points)?;
        formula(&self.formula)?;
        teacher::check(&self.teacher)?;
        for list in LAYER_LISTS {
            list.check(&self.compress)?;
            if self.compress.qat != 0 && !(list.get)(&self.compress).is_empty() {
                let reason = format!(
                    "single layers ({}) are set for rounding after training, and this rounds all layers alike: clear them first",
                    list.key
                );
                return Err(SpecError::Incompatible { field: "qat".into(), reason });
            }
        }
        Ok(())
    }
}

/// Whether a formula fits into a link; what it says is read where it is used. Errors: it is too long.
pub(super) fn formula(text: &str) -> Result<(), SpecError> {
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    let reason = format!("a formula has at most {MAX_TEXT} characters, each a plain one");
    Err(SpecError::Incompatible { field: losses::FORMULA_KEY.into(), reason })
}

/// The network of `experiment` for samples of shape `input`, once all of it is found to be valid. Errors: as
/// [`Experiment::validate`]; a loss that does not suit the task; quantization-aware training to floats, or with learned steps to grids that have none; a layer that cannot take what comes in; a network too large; a link by hand that is not there.
pub fn plan(experiment: &Experiment, input: &Shape, task: &Task) -> Result<Network, SpecError> {
    experiment.check_texts()?;
    if experiment.train.balance != 0 && matches!(task, Task::Value { .. }) {
        let reason = "class weights need classes, and this data set asks for a number: switch them off";
        return Err(SpecError::Incompatible { field: BALANCE.key.into(), reason: reason.into() });
    }
    let train = &experiment.train;
    for (field, set) in [(&SHIFT, train.shift != 0), (&FLIP, train.flip != 0), (&ROTATE, train.rotate != 0.0)] {
        if set && input.image().is_none() {
            let reason = "this data set has no images to move: set it back to its default";
            return Err(SpecError::Incompatible { field: field.key.into(), reason: reason.into() });
        }
    }
    if train.sam != 0.0 && experiment.compress.qat != 0 {
        let reason = "sharpness-aware minimization looks at floats, and quantization-aware training (qat) rounds them: use one of the two";
        return Err(SpecError::Incompatible { field: SAM.key.into(), reason: reason.into() });
    }
    if experiment.compress.qat != 0 && experiment.compress.format != 0 {
        let reason = "quantization-aware training rounds to whole numbers: choose them as the weight format (format=int), or switch it off";
        return Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() });
    }
    let whole_steps = !matches!(experiment.compress.granularity(), Granularity::Group(_)) && experiment.compress.zero == 0;
    if experiment.compress.learns_steps() && (!whole_steps || experiment.compress.weight_format().bits() == 1) {
        let reason = "step sizes are learned (qat=lsq) for symmetric weights of 2 bits and more, with scales per tensor or per channel";
        return Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() });
    }
    if experiment.model.iter().any(|pick| pick.key == layers::EMBEDDING) {
        tokens(experiment)?;
    }
    let network = plan_by(layers::build, experiment, input, task)?;
    experiment.hand.fits(&network)?;
    if network.whole_batch() {
        whole_batch(experiment, &network)?;
    }
    if let Some(at) = network.exits().next() {
        exits(experiment, at, task)?;
    }
    Ok(network)
}

/// As [`plan`], of layers that `build` knows, where nothing is set that runs do not begin with before all of the session is there: no text, nothing rounded in training.
pub fn plan_by(build: Builder, experiment: &Experiment, input: &Shape, task: &Task) -> Result<Network, SpecError> {
    experiment.check_settings()?;
    losses::check(&experiment.loss.key, task)?;
    let ends_in_image = Network::shape_after(build, &experiment.model, input)?.0.len() > 1;
    Network::built_by(build, &experiment.layers(ends_in_image, task.outputs()), input)
}

/// What a network that reads tokens cannot have. Errors: data of something else, or tokens that are mixed or made features of.
fn tokens(experiment: &Experiment) -> Result<(), SpecError> {
    if !text::is_text(&experiment.data.key) {
        let reason = format!("an embedding reads tokens, and this data set has none: choose a text ({})", text::TEXTS.join(", "));
        return Err(SpecError::Incompatible { field: "model".into(), reason });
    }
    let set = [(MIXUP.key, experiment.train.mixup != 0.0), ("features", !experiment.features.is_empty())];
    if let Some((field, _)) = set.into_iter().find(|(_, set)| *set) {
        let reason = "an embedding reads tokens, and of these nothing in between can be made: leave it out".into();
        return Err(SpecError::Incompatible { field: field.into(), reason });
    }
    Ok(())
}

/// What a network with an early exit at layer `at` cannot have. Errors: a task without classes; quantization-aware training.
fn exits(experiment: &Experiment, at: usize, task: &Task) -> Result<(), SpecError> {
    if matches!(task, Task::Value { .. }) {
        let reason = "a head leaves when it is sure of a class, and this data set asks for a number: take it out".into();
        return Err(SpecError::Layer { layer: at + 1, name: layers::EXIT.into(), reason });
    }
    if experiment.compress.qat != 0 {
        let reason = "what an early exit's head sees is not rounded in training: round after training, or take the exits out";
        return Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() });
    }
    Ok(())
}

/// What a network that normalizes by the statistics of whole mini-batches cannot have. Errors: quantization-aware training, a mini-batch too large.
fn whole_batch(experiment: &Experiment, network: &Network) -> Result<(), SpecError> {
    if experiment.compress.qat != 0 {
        let reason = "batch normalization is folded into weights after training, so they cannot be rounded before: use layernorm, or round after training";
        return Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() });
    }
    let most = MAX_BATCH_VALUES / network.kept().max(1);
    if experiment.train.batch > most {
        let reason = format!(
            "batch normalization takes a mini-batch through the network in one piece, and the memory for that holds {most} samples"
        );
        return Err(SpecError::Incompatible { field: "batch".into(), reason });
    }
    Ok(())
}

/// Most values that a mini-batch keeps for its way back where it is not cut into pieces: 128 MB.
const MAX_BATCH_VALUES: usize = 32_000_000;
