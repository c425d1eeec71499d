//! What steps make of the data of a run, and a look at what one of them makes of test samples.

use crate::{
    engine::{
        data::Dataset,
        error::SpecError,
        features::{self, LISTING, LassoPath, NAMED, SEEN, Sight},
        layers,
        network::Network,
    },
    experiment::Experiment,
    protocol::{F32s, FeatureView, FromWorker, LassoView, Late, RunError, RunId},
};

/// See [`features::apply`]. Errors besides, at the layer: one that needs the image of which the steps make a row.
pub(super) fn made(experiment: &Experiment, data: &Dataset) -> Result<Dataset, SpecError> {
    let made = features::apply(&experiment.features, data)?;
    let after = |shape| Network::shape_after(layers::build, &experiment.model, shape);
    if experiment.is_network()
        && let Err(SpecError::Layer { layer, name, .. }) = after(&made.shape)
        && after(&data.shape).is_ok()
    {
        let reason = format!("it needs an image, and feature steps make a row of {} of each: take it out, or the steps", made.shape);
        return Err(SpecError::Layer { layer, name, reason });
    }
    Ok(made)
}

/// Answers [`ToWorker::Features`](crate::protocol::ToWorker::Features): step `step` of the run, or the one that tells most, and two columns of those that come in, or the two that tell most. Errors,
/// at the steps: there is no such step.
pub(super) fn say(
    run: RunId,
    experiment: &Experiment,
    data: &Dataset,
    step: Option<usize>,
    columns: Option<(usize, usize)>,
    out: &mut Vec<FromWorker>,
) -> Result<(), RunError> {
    let found = data.pipeline.as_ref().and_then(|pipeline| {
        let step = step.unwrap_or_else(|| pipeline.telling());
        Some((step, pipeline.sight(step)?))
    });
    let Some((step, sight)) = found else {
        let reason = "there is no such step to look at".into();
        return Err(RunError::Spec(SpecError::Incompatible { field: LISTING.field.into(), reason }));
    };
    let steps = experiment.features.iter().map(|pick| pick.key.clone()).collect();
    out.push(FromWorker::Late(Late::Features { run, view: view(steps, step, &sight, columns, data) }));
    Ok(())
}

fn view(steps: Vec<String>, step: usize, sight: &Sight<'_>, columns: Option<(usize, usize)>, data: &Dataset) -> FeatureView {
    let last = sight.names.len().min(NAMED) - 1;
    let (x, y) = columns.unwrap_or(sight.columns);
    let columns = (x.min(last), y.min(last));
    let made = sight.made.len();
    let labels: Vec<f32> = match &data.test.classes[..] {
        [] => data.test.values.iter().take(SEEN).copied().collect(),
        classes => classes.iter().take(SEEN).map(|class| *class as f32).collect(),
    };
    FeatureView {
        steps,
        step,
        names: sight.names[..=last].to_vec(),
        columns,
        made: sight.made.iter().take(2).cloned().collect(),
        before: narrow(sight.before.chunks_exact(sight.names.len()).flat_map(|row| [row[columns.0], row[columns.1]]).collect()),
        after: narrow(sight.after.chunks_exact(made).flat_map(|row| row.iter().take(2).copied()).collect()),
        labels: F32s::from(&labels[..]),
        total: data.test.len,
        loadings: narrow(sight.loadings.iter().take(NAMED).flatten().copied().collect()),
        lasso: sight.lasso.map(lasso),
    }
}

fn lasso(path: &LassoPath) -> LassoView {
    let per = path.alphas.len();
    LassoView {
        alphas: narrow(path.alphas.clone()),
        weights: narrow(path.weights.iter().take(NAMED * per).copied().collect()),
        // It is one of them.
        chosen: path.alphas.iter().position(|alpha| *alpha == path.chosen).unwrap_or(per.saturating_sub(1)),
        magnitudes: path.magnitudes,
    }
}

fn narrow(values: Vec<f64>) -> F32s {
    F32s::from(&values.into_iter().map(|v| v as f32).collect::<Vec<_>>()[..])
}
