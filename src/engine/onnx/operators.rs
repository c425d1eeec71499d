//! Which operators of ONNX a layer becomes.

use super::{
    graph::Graph,
    tensor::{float, floats, int, int64, ints},
    weights::{self, Order},
};
use crate::engine::{
    activations,
    catalog::Pick,
    error::SpecError,
    layers::{Attention, Cell, Conv2dShape, Op, Recurrent, norm, position},
    packed::{PackedLayer, Values},
};

/// Adds `layer`, layer `i` of its model. Errors: an activation that no catalogue entry has, or ONNX does not know.
pub fn add(graph: &mut Graph, i: usize, layer: &PackedLayer) -> Result<(), SpecError> {
    match &layer.op {
        Op::Dense { .. } => dense(graph, layer),
        Op::Conv2d(shape) => convolution(graph, layer, shape, false),
        Op::Depthwise(shape) => convolution(graph, layer, shape, true),
        Op::Pool2d { size, stride, average, .. } => {
            graph.channels_first();
            let settings = vec![ints("kernel_shape", &[*size; 2]), ints("strides", &[*stride; 2])];
            graph.apply(if *average { "AveragePool" } else { "MaxPool" }, Vec::new(), settings);
        }
        Op::GlobalPool { .. } => {
            graph.channels_first();
            graph.apply("GlobalAveragePool", Vec::new(), Vec::new());
            graph.single_pixel();
            graph.row();
        }
        Op::Activation(pick) => return activation(graph, pick),
        Op::Affine { channels } => {
            let (by, plus) = layer.bias.split_at(*channels);
            let dims = graph.channel_dims(*channels);
            let by = graph.constant(floats(graph.name("scale"), &dims, by.iter().copied()));
            let plus = graph.constant(floats(graph.name("shift"), &dims, plus.iter().copied()));
            graph.apply("Mul", vec![by], Vec::new());
            graph.apply("Add", vec![plus], Vec::new());
        }
        Op::LayerNorm { channels } => {
            graph.channels_last();
            let (scale, shift) = layer.bias.split_at(*channels);
            let scale = graph.constant(floats(graph.name("scale"), &[*channels], scale.iter().copied()));
            let shift = graph.constant(floats(graph.name("shift"), &[*channels], shift.iter().copied()));
            // Over the last dimension, which is its default.
            graph.apply("LayerNormalization", vec![scale, shift], vec![float("epsilon", norm::EPSILON)]);
        }
        Op::Recurrent(sizes) => recurrent(graph, layer, sizes),
        Op::Embedding { steps, size, .. } => {
            if let Some(weights) = &layer.weights {
                let table = weights::add(graph, weights, Order::Matrix);
                graph.look_up(table, *steps, *size);
            }
        }
        Op::Position { positions, channels } => {
            let before = graph.as_steps(*positions, *channels);
            let waves = (0..*positions).flat_map(|at| (0..*channels).map(move |channel| position::wave(at, channel, *channels)));
            let waves = graph.constant(floats(graph.name("waves"), &[*positions, *channels], waves));
            graph.apply("Add", vec![waves], Vec::new());
            graph.as_before(before);
        }
        Op::Attention(sizes) => attention(graph, layer, sizes),
        Op::Add { .. } => {
            if let Some(from) = layer.skip(i) {
                let skipped = graph.value_before(from);
                graph.apply("Add", vec![skipped], Vec::new());
            }
        }
        Op::Flatten => graph.row(),
        // The network to its end, without heads.
        Op::Identity | Op::Exit { .. } => {}
    }
    Ok(())
}

fn dense(graph: &mut Graph, layer: &PackedLayer) {
    graph.row();
    let Some(weights) = &layer.weights else { return };
    round_input(graph, layer);
    let weight = weights::add(graph, weights, Order::Matrix);
    graph.apply("MatMul", vec![weight], Vec::new());
    let bias = bias(graph, layer, &[1, layer.bias.len()]);
    graph.apply("Add", vec![bias], Vec::new());
}

/// Weights are the floats that they stand for.
fn attention(graph: &mut Graph, layer: &PackedLayer, sizes: &Attention) {
    let Some(weights) = &layer.weights else { return };
    let params = [&weights.to_f32()[..], &layer.bias].concat();
    let (weights, biases) = sizes.split(&params);
    let (e, t, d) = (sizes.channels, sizes.positions, sizes.width());
    let before = graph.as_steps(t, e);
    let input = graph.value();
    let project = |graph: &mut Graph, which: usize, name: &str, input: &str| {
        let weight = graph.constant(floats(graph.name(&format!("{name}.weight")), &[e, e], weights[which].iter().copied()));
        let bias = graph.constant(floats(graph.name(&format!("{name}.bias")), &[e], biases[which].iter().copied()));
        let product = graph.node("MatMul", graph.name(&format!("{name}.MatMul")), vec![input.into(), weight], Vec::new());
        graph.node("Add", graph.name(name), vec![product, bias], Vec::new())
    };
    let apart = graph.constant(int64(graph.name("heads.shape"), &[0, t, sizes.heads, d]));
    let together = graph.constant(int64(graph.name("shape"), &[0, t, e]));
    // Heads before positions; of keys, positions last.
    let parts = [("queries", [0, 2, 1, 3]), ("keys", [0, 2, 3, 1]), ("values", [0, 2, 1, 3])];
    let [queries, keys, values] = std::array::from_fn(|which| {
        let (name, turn) = parts[which];
        let all = project(graph, which, name, &input);
        let split = graph.node("Reshape", graph.name(&format!("{name}.heads")), vec![all, apart.clone()], Vec::new());
        graph.node("Transpose", graph.name(&format!("{name}.turned")), vec![split], vec![ints("perm", &turn)])
    });
    let mut scores = graph.node("MatMul", graph.name("scores"), vec![queries, keys], Vec::new());
    let scale = graph.constant(floats(graph.name("scale"), &[1], std::iter::once(1.0 / (d as f32).sqrt())));
    scores = graph.node("Mul", graph.name("scaled"), vec![scores, scale], Vec::new());
    if sizes.causal {
        let hidden = (0..t * t).map(|at| if at % t > at / t { HIDDEN } else { 0.0 });
        let hidden = graph.constant(floats(graph.name("mask"), &[t, t], hidden));
        scores = graph.node("Add", graph.name("masked"), vec![scores, hidden], Vec::new());
    }
    // Over the last dimension, which is its default.
    let shares = graph.node("Softmax", graph.name("Softmax"), vec![scores], Vec::new());
    let seen = graph.node("MatMul", graph.name("seen"), vec![shares, values], Vec::new());
    let seen = graph.node("Transpose", graph.name("seen.turned"), vec![seen], vec![ints("perm", &[0, 2, 1, 3])]);
    let seen = graph.node("Reshape", graph.name("seen.all"), vec![seen, together], Vec::new());
    let out = project(graph, 3, "out", &seen);
    graph.take(out);
    graph.as_before(before);
}

/// Added to the score of a position that is not to be seen: nothing is left of it.
const HIDDEN: f32 = -1e30;

/// Weights are the floats that they stand for, gates in ONNX's order.
fn recurrent(graph: &mut Graph, layer: &PackedLayer, sizes: &Recurrent) {
    let Some(weights) = &layer.weights else { return };
    let (values, columns, units) = (weights.to_f32(), sizes.columns(), sizes.units);
    let (op, gates): (&str, &[usize]) = match sizes.cell {
        Cell::Plain => ("RNN", &[0]),
        // Input, output, forget, cell.
        Cell::Lstm => ("LSTM", &[0, 3, 1, 2]),
        // Update, reset, new.
        Cell::Gru => ("GRU", &[1, 0, 2]),
    };
    let places = || gates.iter().flat_map(|gate| (0..units).map(move |unit| gate * units + unit));
    let matrix = |from: usize, rows: usize| {
        let row = |column: usize| (from..from + rows).map(move |k| (k, column));
        places().flat_map(row).map(|(k, column)| values[k * columns + column]).collect::<Vec<f32>>()
    };
    let (input, state) = (matrix(0, sizes.features), matrix(sizes.features, units));
    let bias =
        (0..2).flat_map(|which| places().map(move |column| (which, column))).map(|(which, column)| layer.bias[which * columns + column]);
    let names = [
        graph.constant(floats(graph.name("weight"), &[1, columns, sizes.features], input.into_iter())),
        graph.constant(floats(graph.name("state.weight"), &[1, columns, units], state.into_iter())),
        graph.constant(floats(graph.name("bias"), &[1, 2 * columns], bias)),
    ];
    let mut settings = vec![int("hidden_size", units)];
    if sizes.cell == Cell::Gru {
        // The state's bias is inside the reset, as in PyTorch.
        settings.push(int("linear_before_reset", 1));
    }
    graph.recurrent(op, sizes, names, settings);
}

/// Filters that look at all channels, or at one each.
fn convolution(graph: &mut Graph, layer: &PackedLayer, shape: &Conv2dShape, depthwise: bool) {
    graph.channels_first();
    let Some(weights) = &layer.weights else { return };
    // No kernel of ours multiplies whole numbers channel by channel.
    let rounded = !depthwise && round_input(graph, layer);
    let (groups, channels) = if depthwise { (shape.filters, 1) } else { (1, shape.input.2) };
    let weight = weights::add(graph, weights, Order::Filters { channels, kernel: shape.kernel });
    // Zeros before the first row, and as many as the last window needs behind the last.
    let behind =
        |input: usize, output: usize| (output.saturating_sub(1) * shape.stride + shape.kernel).saturating_sub(input + shape.padding);
    let pads = [shape.padding, shape.padding, behind(shape.input.0, shape.output.0), behind(shape.input.1, shape.output.1)];
    let settings =
        vec![ints("kernel_shape", &[shape.kernel; 2]), ints("strides", &[shape.stride; 2]), ints("pads", &pads), int("group", groups)];
    let units = layer.bias.len();
    if rounded {
        graph.apply("Conv", vec![weight], settings);
        let bias = bias(graph, layer, &[1, units, 1, 1]);
        graph.apply("Add", vec![bias], Vec::new());
    } else {
        let bias = bias(graph, layer, &[units]);
        graph.apply("Conv", vec![weight, bias], settings);
    }
}

/// Rounds the input as the layer's own kernel does, where both sides are whole numbers, and says whether.
fn round_input(graph: &mut Graph, layer: &PackedLayer) -> bool {
    let whole = layer.weights.as_ref().is_some_and(|w| matches!(w.values, Values::Int { .. }));
    let activation = layer.activation.filter(|_| whole);
    if let Some(activation) = activation {
        weights::round(graph, activation);
    }
    activation.is_some()
}

/// The biases, in a shape that adds one to each unit.
///
/// Behind weights in whole numbers that is no plain list: where it is one, ONNX Runtime rounds it to steps of input times weight, or takes
/// a kernel that rounds the input to 8 bits although it was to stay as it is. That would be another model than the one that was measured.
fn bias(graph: &mut Graph, layer: &PackedLayer, dims: &[usize]) -> String {
    graph.constant(floats(graph.name("bias"), dims, layer.bias.iter().copied()))
}

fn activation(graph: &mut Graph, pick: &Pick) -> Result<(), SpecError> {
    let (entry, values) = activations::CATALOG.resolve(pick)?;
    let plain = match entry.key {
        "linear" => return Ok(()),
        "relu" => "Relu",
        // In its exact form, which is the operator's default, too.
        "gelu" => "Gelu",
        "tanh" => "Tanh",
        "sigmoid" => "Sigmoid",
        "leaky-relu" => {
            let slope = entry.params.iter().find(|spec| spec.key == "slope").map_or(0.0, |spec| values.f32(spec));
            graph.apply("LeakyRelu", Vec::new(), vec![float("alpha", slope)]);
            return Ok(());
        }
        "silu" => {
            let x = graph.value();
            graph.apply("Sigmoid", Vec::new(), Vec::new());
            graph.apply("Mul", vec![x], Vec::new());
            return Ok(());
        }
        other => {
            return Err(SpecError::UnknownName {
                field: "model".into(),
                kind: "ONNX operator for".into(),
                value: other.into(),
                known: "relu, leaky-relu, gelu, silu, tanh, sigmoid, linear".into(),
            });
        }
    };
    graph.apply(plain, Vec::new(), Vec::new());
    Ok(())
}
