//! Whether an experiment can run: every value within its range, every name known, and a network that can be built.

use super::{
    Experiment, FIELDS, LISTS, PICKS, VERSION,
    table::{self, MAX_SEED},
};
use crate::engine::{
    data::Task,
    error::SpecError,
    layers::{self, Builder},
    network::Network,
    shape::Shape,
};

impl Experiment {
    /// Whether all can be used that can be judged without the data. Errors: the first value out of its range or name that is
    /// unknown, with its link key; too many layers; a version that is newer than this build.
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
        for list in LISTS {
            list.check((list.get)(self))?;
        }
        self.hand.check()?;
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
