//! Files for the download button.

use serde::Serialize;
use serde_json::json;

use super::{optimize::Optimized, run::Run};
use crate::{
    engine::{
        artifact,
        data::{Dataset, Task},
        export, onnx,
        packed::PackedModel,
    },
    experiment::{json, link},
    protocol::{Form, RunError},
};

/// What a model file says beside the model, as JSON: the experiment as a link, classes or target, how inputs are scaled where
/// they are, and what they are where steps made them of others.
pub(super) fn meta(data: &Dataset, link: &str) -> String {
    let mut meta = json!({ "experiment": link });
    match &data.task {
        Task::Classes(names) => meta["classes"] = json!(names),
        Task::Value { name, shift, scale } => meta["target"] = json!({ "name": name, "shift": shift, "scale": scale }),
    }
    if data.pipeline.is_some() {
        meta["inputs"] = json!(data.features);
    }
    if data.scaling.iter().any(|s| *s != (0.0, 1.0)) {
        meta["scaling"] = json!(data.scaling);
    }
    meta.to_string()
}

/// Name and content of the file of the given form: exactly the bytes whose length the page shows. Errors: nothing has been
/// compared yet.
pub(super) fn file(run: &Run, form: Form) -> Result<(String, Vec<u8>), RunError> {
    let name = &run.experiment.data.key;
    let wanted = match form {
        Form::Dense => artifact::Form::Dense,
        Form::Masked => artifact::Form::Masked,
        Form::Packed => artifact::Form::Packed,
        Form::Sparse => artifact::Form::Sparse,
        Form::Deflate => artifact::Form::Deflate,
        Form::Safetensors => {
            let file = export::safetensors(&run.trainer.network, run.trainer.weights()).map_err(|e| RunError::File(e.to_string()))?;
            return Ok((format!("{name}.safetensors"), file));
        }
        Form::Json => return Ok((format!("{name}.json"), weights_json(run)?)),
        Form::OnnxFp32 => {
            let model = PackedModel::dense(&run.trainer.network, run.trainer.weights());
            return Ok((format!("{name}-fp32.onnx"), onnx_file(&model, &meta(&run.data, &link::encode(&run.experiment.without_goal())))?));
        }
        Form::Onnx => return Ok((format!("{name}.onnx"), onnx_file(&compared(run)?.model, &compared(run)?.meta)?)),
    };
    let compressed = compared(run)?;
    let model = if form == Form::Dense { &compressed.baseline } else { &compressed.model };
    Ok((format!("{name}.whittle"), artifact::encode(model, wanted, &compressed.meta)))
}

/// The models of the last comparison. Errors: there was none yet.
fn compared(run: &Run) -> Result<&Optimized, RunError> {
    let pair = run.pair.as_ref().ok_or_else(|| RunError::File("the model has not been compared yet; try again in a moment".into()))?;
    Ok(&pair.compressed)
}

/// An ONNX file of `model`, with what `meta` says as properties: texts as they are, anything else as JSON.
pub(super) fn onnx_file(model: &PackedModel, meta: &str) -> Result<Vec<u8>, RunError> {
    let meta: serde_json::Map<String, serde_json::Value> = serde_json::from_str(meta).map_err(|e| RunError::File(e.to_string()))?;
    let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), String::from);
    let properties: Vec<(String, String)> = meta.into_iter().map(|(key, value)| (key, text(value))).collect();
    onnx::encode(model, &properties).map_err(|e| RunError::File(e.to_string()))
}

/// The file of weights: experiment (in the form that `whittle run` reads), step, and every tensor in this engine's own layout (the
/// output unit last).
#[derive(Serialize)]
struct Weights<'a> {
    experiment: serde_json::Value,
    step: u64,
    tensors: Vec<Tensor<'a>>,
}

#[derive(Serialize)]
struct Tensor<'a> {
    name: String,
    shape: &'a [usize],
    // Written as the f32 they are, with few digits; through a JSON value each would become an f64 with many.
    values: &'a [f32],
}

fn weights_json(run: &Run) -> Result<Vec<u8>, RunError> {
    let named = run.trainer.network.nodes().iter().enumerate().flat_map(|(i, n)| n.tensors.iter().map(move |(t, span)| (i, t, span)));
    let tensors = named.map(|(i, t, span)| Tensor {
        name: format!("layers.{i}.{}", t.name),
        shape: &t.shape,
        values: &run.trainer.weights()[span.clone()],
    });
    let file = Weights { experiment: json::value(&run.experiment), step: run.trainer.step_count(), tensors: tensors.collect() };
    serde_json::to_vec(&file).map_err(|e| RunError::File(e.to_string()))
}
