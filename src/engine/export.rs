//! Weights for other tools: safetensors in PyTorch's layout.
//!
//! Keys are those of a `torch.nn.Sequential` with one module per layer: `0.weight`, `0.bias`, … prefixed with `layers.`. Dense weights
//! are `[out, in]`, convolutions `[out, in, ky, kx]`, depthwise ones `[channels, 1, ky, kx]` (`groups = channels`). One difference remains: Whittle's images have their channels last, so the
//! inputs of the first dense layer after a flatten are in the order row, column, channel; the file's metadata says so.

use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};

use super::network::{Network, Node};

/// What the file's metadata says.
const LAYOUT: &str = "PyTorch layout; inputs of the first dense layer after a flatten are in the order row, column, channel";

/// The fp32 parameters of `network` as a safetensors file. Errors: none for parameters of that network.
pub fn safetensors(network: &Network, params: &[f32]) -> Result<Vec<u8>, SafeTensorError> {
    let mut tensors = Vec::new();
    for (i, node) in network.nodes().iter().enumerate() {
        for (spec, span) in &node.tensors {
            let order = order(&spec.shape);
            let values = permute(&params[span.clone()], &spec.shape, &order);
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            tensors.push((key(i, spec.name), in_pytorch(&spec.shape, &order), bytes));
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
        let order = order(&spec.shape);
        let shape: Vec<usize> = order.iter().map(|d| spec.shape[*d]).collect();
        let wanted = in_pytorch(&spec.shape, &order);
        if view.dtype() != Dtype::F32 || view.shape() != wanted {
            return Err(format!("{key} is {:?} {:?}; F32 {wanted:?} is needed", view.dtype(), view.shape()));
        }
        let values: Vec<f32> = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(to, from)| back[*from] = to);
        params[span.clone()].copy_from_slice(&permute(&values, &shape, &back));
    }
    Ok(())
}

fn key(layer: usize, name: &str) -> String {
    format!("layers.{layer}.{name}")
}

/// PyTorch's shape of our tensor: a depthwise kernel has one input channel, which ours does not count.
fn in_pytorch(shape: &[usize], order: &[usize]) -> Vec<usize> {
    let mut there: Vec<usize> = order.iter().map(|d| shape[*d]).collect();
    if there.len() == 3 {
        there.insert(1, 1);
    }
    there
}

/// For each dimension of PyTorch's tensor, which of ours it is: `[in, out]` → `[out, in]`, `[ky, kx, in, out]` → `[out, in, ky, kx]`,
/// `[ky, kx, channel]` → `[channel, ky, kx]`.
fn order(shape: &[usize]) -> Vec<usize> {
    match shape.len() {
        2 => vec![1, 0],
        3 => vec![2, 0, 1],
        4 => vec![3, 2, 0, 1],
        n => (0..n).collect(),
    }
}

/// Row-major `values` of `shape` with dimension `i` of the result being dimension `order[i]`.
fn permute(values: &[f32], shape: &[usize], order: &[usize]) -> Vec<f32> {
    let mut strides = vec![1; shape.len()];
    for d in (1..shape.len()).rev() {
        strides[d - 1] = strides[d] * shape[d];
    }
    let mut out = Vec::with_capacity(values.len());
    let mut at = vec![0; order.len()];
    for _ in 0..values.len() {
        out.push(values[at.iter().zip(order).map(|(i, d)| i * strides[*d]).sum::<usize>()]);
        for (i, d) in at.iter_mut().zip(order).rev() {
            *i += 1;
            if *i < shape[*d] {
                break;
            }
            *i = 0;
        }
    }
    out
}
