//! Weights for other tools: safetensors in PyTorch's layout.
//!
//! Keys are those of a `torch.nn.Sequential` with one module per layer: `0.weight`, `0.bias`, … prefixed with `layers.`. Dense weights
//! are `[out, in]`, convolutions `[out, in, ky, kx]`, depthwise ones `[channels, 1, ky, kx]` (`groups = channels`). One difference remains: Whittle's images have their channels last, so the
//! inputs of the first dense layer after a flatten are in the order row, column, channel; the file's metadata says so.

use ndarray::{ArrayBase, ArrayView, ArrayViewMut, Axis, IxDyn, RawData};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};

use super::network::{Network, Node};

/// What the file's metadata says.
const LAYOUT: &str = "PyTorch layout; inputs of the first dense layer after a flatten are in the order row, column, channel";

/// The fp32 parameters of `network` as a safetensors file. Errors: none for parameters of that network.
pub fn safetensors(network: &Network, params: &[f32]) -> Result<Vec<u8>, SafeTensorError> {
    let mut tensors = Vec::new();
    for (i, node) in network.nodes().iter().enumerate() {
        for (spec, span) in &node.tensors {
            let ours = ArrayView::from_shape(IxDyn(&spec.shape), &params[span.clone()])
                .map_err(|_| SafeTensorError::InvalidTensorView(Dtype::F32, spec.shape.clone(), span.len()))?;
            let theirs = pytorch(ours);
            let bytes: Vec<u8> = theirs.iter().flat_map(|v| v.to_le_bytes()).collect();
            tensors.push((key(i, spec.name), theirs.shape().to_vec(), bytes));
        }
    }
    let views = tensors
        .iter()
        .map(|(key, shape, bytes)| Ok((key.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    // One entry alone: the order of several would differ from file to file.
    let metadata = [("whittle".to_string(), LAYOUT.to_string())].into_iter().collect();
    safetensors::serialize(views, Some(metadata))
}

/// The flat parameters of `network` out of a safetensors file that [`safetensors()`] (or PyTorch, in the same layout) wrote.
/// Errors: a file that cannot be read, or a tensor that is missing or has another shape or type; the text names it.
pub fn from_safetensors(network: &Network, file: &[u8]) -> Result<Vec<f32>, String> {
    let tensors = SafeTensors::deserialize(file).map_err(|e| format!("this is no safetensors file: {e}"))?;
    let mut params = vec![0.0; network.params()];
    for (i, node) in network.nodes().iter().enumerate() {
        read_layer(&tensors, i, node, &mut params)?;
    }
    Ok(params)
}

fn read_layer(tensors: &SafeTensors<'_>, layer: usize, node: &Node, params: &mut [f32]) -> Result<(), String> {
    for (spec, span) in &node.tensors {
        let key = key(layer, spec.name);
        let view = tensors.tensor(&key).map_err(|e| format!("{key}: {e}"))?;
        let ours = ArrayViewMut::from_shape(IxDyn(&spec.shape), &mut params[span.clone()]).map_err(|e| format!("{key}: {e}"))?;
        let mut wanted = pytorch(ours);
        if view.dtype() != Dtype::F32 || view.shape() != wanted.shape() {
            return Err(format!("{key} is {:?} {:?}; F32 {:?} is needed", view.dtype(), view.shape(), wanted.shape()));
        }
        for (value, bytes) in wanted.iter_mut().zip(view.data().as_chunks::<4>().0) {
            *value = f32::from_le_bytes(*bytes);
        }
    }
    Ok(())
}

fn key(layer: usize, name: &str) -> String {
    format!("layers.{layer}.{name}")
}

/// One of our tensors as PyTorch sees it, output unit first: `[in, out]` → `[out, in]`, `[ky, kx, in, out]` → `[out, in, ky, kx]`,
/// `[ky, kx, channel]` → `[channel, 1, ky, kx]` (a depthwise kernel has one input channel, which ours does not count).
fn pytorch<S: RawData>(tensor: ArrayBase<S, IxDyn>) -> ArrayBase<S, IxDyn> {
    match tensor.ndim() {
        2 => tensor.permuted_axes(IxDyn(&[1, 0])),
        3 => tensor.permuted_axes(IxDyn(&[2, 0, 1])).insert_axis(Axis(1)),
        4 => tensor.permuted_axes(IxDyn(&[3, 2, 0, 1])),
        _ => tensor,
    }
}
