//! Whether an experiment can run: every value within its range, every name known, and a network that can be built.

use super::{
    Compress, Experiment, FIELDS, LISTS, PICKS, VERSION,
    fields::DURING,
    table::{self, MAX_SEED},
    widths,
};
use crate::engine::{
    data::Task,
    error::SpecError,
    layers::{self, Builder},
    network::Network,
    pruning::criteria,
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
        self.hand.check()?;
        self.csv.check()?;
        widths::check(&self.compress.widths)?;
        if self.compress.qat != 0 && !self.compress.widths.is_empty() {
            let reason = "bits of single layers (widths) are for rounding after training, which rounds all layers alike: clear them first";
            return Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() });
        }
        if self.seed > MAX_SEED {
            return Err(table::seed_error(&self.seed.to_string()));
        }
        Ok(())
    }
}

/// The network of `experiment` for samples of shape `input`, once all of it is found to be valid. Errors: as
/// [`Experiment::validate`]; a loss that does not suit the task; quantization-aware training to floats; a layer that cannot take what comes in; a network too large; a link by hand that is not there.
pub fn plan(experiment: &Experiment, input: &Shape, task: &Task) -> Result<Network, SpecError> {
    plan_by(layers::build, experiment, input, task)
}

/// As [`plan`], of layers that `build` knows.
pub fn plan_by(build: Builder, experiment: &Experiment, input: &Shape, task: &Task) -> Result<Network, SpecError> {
    experiment.validate()?;
    if experiment.loss.key == "cross-entropy" && matches!(task, Task::Value { .. }) {
        let reason = "cross-entropy needs classes, and this data set asks for a number: choose mean squared error (mse)";
        return Err(SpecError::Incompatible { field: "loss".into(), reason: reason.into() });
    }
    if experiment.compress.qat != 0 && experiment.compress.format != 0 {
        let reason = "quantization-aware training rounds to whole numbers: choose them as the weight format (format=int), or switch it off";
        return Err(SpecError::Incompatible { field: "qat".into(), reason: reason.into() });
    }
    let ends_in_image = Network::shape_after(build, &experiment.model, input)?.image().is_some();
    let network = Network::built_by(build, &experiment.layers(ends_in_image, task.outputs()), input)?;
    experiment.hand.fits(&network)?;
    Ok(network)
}
