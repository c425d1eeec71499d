//! Models for other runtimes: ONNX files, of floats or of whole numbers, that ONNX Runtime loads and Netron draws.
//!
//! The graph takes `input`, images as `[N, height, width, channels]` and anything else as `[N, I]`, and gives `output[N, O]`, before any
//! softmax. Codes of up to 4 bits lie in `INT4` tensors, wider ones in `INT8`; `docs/onnx.md` says what each layer becomes.

mod graph;
pub mod messages;
mod operators;
mod tensor;
mod weights;

use prost::Message;

use super::{error::SpecError, packed::PackedModel};
use graph::Graph;
use messages::{ModelProto, OperatorSetIdProto, StringStringEntryProto};

/// Version of the operators: the first with tensors of 4 bits.
pub const OPSET: i64 = 21;
/// Version of the file format that came with it.
pub const IR_VERSION: i64 = 10;

/// `model` as an ONNX file; `properties` are names and texts that go with it. Errors: an activation that ONNX does not know.
pub fn encode(model: &PackedModel, properties: &[(String, String)]) -> Result<Vec<u8>, SpecError> {
    Ok(build(model, properties)?.encode_to_vec())
}

/// What [`encode`] writes. Errors as there.
pub fn build(model: &PackedModel, properties: &[(String, String)]) -> Result<ModelProto, SpecError> {
    let mut graph = Graph::new(&model.input);
    for (i, layer) in model.layers.iter().enumerate() {
        graph.begin(i);
        operators::add(&mut graph, i, layer)?;
    }
    let property = |(key, value): &(String, String)| StringStringEntryProto { key: key.clone(), value: value.clone() };
    Ok(ModelProto {
        ir_version: IR_VERSION,
        producer_name: "whittle".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph.finish(model.outputs())),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: properties.iter().map(property).collect(),
    })
}
