//! ONNX files: what stands in them, and that ONNX Runtime computes from them what our runner does (`fixtures/onnx/make.py`).

mod compress_support;

use std::{collections::HashSet, path::Path};

use compress_support::{attentive, conv, dense, inputs, networks, normalized, params, recurrent, settings};
use prost::Message;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use whittle::engine::{
    activations,
    catalog::Pick,
    compress::{Calibration, Settings, compress},
    inference::Runner,
    layers::Op,
    network::Network,
    onnx::{
        self,
        messages::{GraphProto, ModelProto, NodeProto, TensorProto, data_type},
    },
    packed::{PackedLayer, PackedModel, Values},
    quantization::{Format, Granularity},
    shape::Shape,
};
use whittle::kernels::small_floats::Kind;

/// Samples of a case.
const SAMPLES: usize = 4;

struct Case {
    name: String,
    model: PackedModel,
    /// Fixed inputs `[SAMPLES, I]`.
    x: Vec<f32>,
}

fn case(name: &str, network: &Network, settings: &Settings) -> Case {
    let x = inputs(network, SAMPLES, 41);
    let model = compress(network, &params(network, 40), None, settings, &Calibration::of(&x)).expect(name).model;
    Case { name: name.into(), model, x }
}

/// Small models with every operator, and every way in which weights are stored.
fn cases() -> Vec<Case> {
    let networks = networks();
    let of = |name: &str| &networks.iter().find(|(key, _)| *key == name).expect("it exists").1;
    let int8 = |settings: Settings| Settings { activation_bits: 8, ..settings };
    let bits = |bits: u32| settings(0.0, "global", bits);
    let whole = |s: Settings| Settings { granularity: Granularity::Tensor, ..s };
    let picks = ["leaky-relu", "silu", "gelu", "tanh", "sigmoid", "linear", "relu"];
    let mut bends: Vec<Pick> = picks.iter().flat_map(|key| [dense(9), Pick::new(key)]).collect();
    bends[1] = Pick::new("leaky-relu").with("slope", 0.3);
    bends.push(dense(3));
    let bends = Network::new(&bends, &Shape(vec![7])).expect("a network");
    let single = [Pick::new("depthwise"), Pick::new("relu"), Pick::new("flatten"), dense(3)];
    let single = Network::new(&single, &Shape(vec![5, 4, 1])).expect("a network");
    let mut all = vec![
        case("depthwise of one channel, 8 bits, int8 activations", &single, &int8(bits(8))),
        case("activations, fp32", &bends, &bits(32)),
        case("one layer, fp32", of("one layer"), &bits(32)),
        case("mlp, 8 bits, int8 activations, one scale", of("mlp"), &whole(int8(bits(8)))),
        case("cnn valid, fp32", of("cnn valid"), &bits(32)),
        case("cnn valid, 4 bits, half the units", of("cnn valid"), &settings(0.5, "units", 4)),
        case("cnn same, 8 bits, int8 activations", of("cnn same"), &int8(bits(8))),
        case("cnn same, 4 bits, int8 activations, one scale", of("cnn same"), &whole(int8(bits(4)))),
        case("separable, fp32", of("separable"), &bits(32)),
        case("separable, 8 bits, int8 activations", of("separable"), &int8(bits(8))),
        case("separable, 3 bits, half the units", of("separable"), &settings(0.5, "units", 3)),
        case("dense on image, 8 bits, int8 activations, half the units", of("dense on image"), &int8(settings(0.5, "units", 8))),
        case("mlp, pruned, 8 bits, int8 activations", of("mlp"), &int8(settings(0.9, "global", 8))),
    ];
    for width in 1..=8 {
        if width != 7 {
            all.push(case(&format!("mlp, {width} bits, int8 activations"), of("mlp"), &int8(bits(width))));
            all.push(case(&format!("sigmoid mlp, {width} bits"), of("sigmoid mlp"), &bits(width)));
        }
    }
    for (name, sparsity, bits) in [("mlp", 0.0, 4), ("mlp", 0.5, 5), ("cnn same", 0.7, 2), ("separable", 0.0, 3)] {
        let shared = Settings { format: Format::Codebook(bits), ..settings(sparsity, "global", 32) };
        all.push(case(&format!("{name}, pruned by {sparsity}, codebook of {bits} bits"), of(name), &shared));
    }
    for (name, network) in normalized().into_iter().chain(recurrent()).chain(attentive()) {
        all.push(case(&format!("{name}, fp32"), &network, &bits(32)));
    }
    let blocks = normalized().into_iter().find(|(name, _)| *name == "residual blocks").expect("it exists").1;
    all.push(case("residual blocks, 8 bits, int8 activations, half the units", &blocks, &int8(settings(0.5, "units", 8))));
    all.push(case("residual, 4 bits", of("residual"), &bits(4)));
    all
}

fn graph(model: &PackedModel) -> GraphProto {
    let file = onnx::encode(model, &[]).expect("it is written");
    ModelProto::decode(&*file).expect("it is read").graph.expect("a graph")
}

fn ops(graph: &GraphProto) -> Vec<&str> {
    graph.node.iter().map(|n| n.op_type.as_str()).collect()
}

fn constant<'a>(graph: &'a GraphProto, name: &str) -> &'a TensorProto {
    graph.initializer.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn floats(tensor: &TensorProto) -> Vec<f32> {
    assert_eq!(tensor.data_type, data_type::FLOAT, "{}", tensor.name);
    tensor.raw_data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Codes of 8 or 4 bits.
fn codes(tensor: &TensorProto) -> Vec<i8> {
    let count = tensor.dims.iter().product::<i64>() as usize;
    match tensor.data_type {
        data_type::INT8 => tensor.raw_data.iter().map(|b| *b as i8).collect(),
        data_type::INT4 => {
            let halves = tensor.raw_data.iter().flat_map(|b| [(*b << 4) as i8 >> 4, *b as i8 >> 4]);
            halves.take(count).collect()
        }
        other => panic!("{}: type {other}", tensor.name),
    }
}

fn attribute(node: &NodeProto, name: &str) -> Vec<i64> {
    let found = node.attribute.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("{} has no {name}", node.name));
    found.i.map_or_else(|| found.ints.clone(), |i| vec![i])
}

fn dims(info: &onnx::messages::ValueInfoProto) -> Vec<String> {
    let tensor = info.value_type.as_ref().and_then(|t| t.tensor_type.as_ref()).expect("a tensor");
    assert_eq!(tensor.elem_type, data_type::FLOAT);
    let dims = &tensor.shape.as_ref().expect("a shape").dim;
    dims.iter().map(|d| d.dim_param.clone().or(d.dim_value.map(|v| v.to_string())).expect("a dimension")).collect()
}

#[test]
fn every_value_is_made_once_before_it_is_taken() {
    for Case { name, model, .. } in cases() {
        let graph = graph(&model);
        let mut known: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(known.len(), graph.initializer.len(), "{name}: two constants of one name");
        known.insert("input");
        let mut nodes = HashSet::new();
        for node in &graph.node {
            assert!(node.input.iter().all(|i| known.contains(i.as_str())), "{name}: {node:?}");
            assert!(node.output.iter().all(|o| known.insert(o)), "{name}: {node:?}");
            assert!(nodes.insert(&node.name), "{name}: two nodes {}", node.name);
        }
        assert!(known.contains("output"), "{name}");
        let taken: HashSet<&String> = graph.node.iter().flat_map(|n| &n.input).collect();
        assert!(graph.initializer.iter().all(|t| taken.contains(&t.name)), "{name}: a constant is not used");
        assert_eq!(dims(&graph.output[0]), ["N".to_string(), model.outputs().to_string()], "{name}");
        let input = model.input.0.iter().map(ToString::to_string);
        assert_eq!(dims(&graph.input[0]), std::iter::once("N".to_string()).chain(input).collect::<Vec<_>>(), "{name}");
    }
}

/// Shape of a layer's weights in ONNX.
fn onnx_shape(op: &Op) -> Vec<usize> {
    match op {
        Op::Dense { inputs, outputs } => vec![*inputs, *outputs],
        Op::Embedding { tokens, size, .. } => vec![*tokens, *size],
        Op::Conv2d(s) => vec![s.filters, s.input.2, s.kernel, s.kernel],
        Op::Depthwise(s) => vec![s.filters, 1, s.kernel, s.kernel],
        other => panic!("{other:?} has weights"),
    }
}

/// Where the weight of input `k` (`[ky, kx, channel]` of a filter) to `unit` lies there.
fn onnx_place(op: &Op, k: usize, unit: usize) -> usize {
    let filter = |channels: usize, places: usize| (unit * channels + k % channels) * places + k / channels;
    match op {
        Op::Dense { outputs, .. } => k * outputs + unit,
        Op::Embedding { size, .. } => k * size + unit,
        Op::Conv2d(s) => filter(s.input.2, s.kernel * s.kernel),
        Op::Depthwise(s) => filter(1, s.kernel * s.kernel),
        other => panic!("{other:?} has weights"),
    }
}

/// All weights and scales of every layer, read back from the file, are those of the model; a removed unit is in neither.
/// What ONNX has no form for lies in the file as the floats that it stands for; activations of few bits are clipped before they are rounded.
#[test]
fn grids_without_a_form_of_their_own_are_floats() {
    let network = Network::new(&[dense(9)], &Shape(vec![70])).expect("a network");
    let base = Settings { activation_bits: 4, ..settings(0.0, "global", 4) };
    let grouped = Settings { granularity: Granularity::Group(32), ..base.clone() };
    let affine = Settings { affine: true, ..base.clone() };
    for (settings, whole) in [(Settings { format: Format::Float(Kind::Bf16), ..base.clone() }, false), (grouped, true), (affine, true)] {
        let model = case("grid", &network, &settings).model;
        let graph = graph(&model);
        let weights = model.layers[0].weights.as_ref().expect("weights");
        assert_eq!(floats(constant(&graph, "layers.0.weight")), weights.to_f32(), "{settings:?}");
        assert_eq!(graph.node.iter().any(|node| node.op_type == "Clip"), whole, "{settings:?}");
    }
}

#[test]
fn weights_and_scales_are_those_of_the_model() {
    let (mut kinds, mut scales_of, mut shared, mut empty) = (HashSet::new(), HashSet::new(), HashSet::new(), 0);
    for Case { name, model, .. } in cases() {
        let graph = graph(&model);
        for (i, PackedLayer { op, weights, bias, activation }) in model.layers.iter().enumerate() {
            // Gates of recurrent layers lie in another order there, and the matrices of attention apart; ONNX Runtime finds the same answers.
            let Some(weights) = weights.as_ref().filter(|_| !matches!(op, Op::Recurrent(_) | Op::Attention(_))) else { continue };
            let (k, n) = (weights.inputs, weights.units);
            let (shape, at) = (onnx_shape(op), |k: usize, unit: usize| onnx_place(op, k, unit));
            let layer = |what: &str| constant(&graph, &format!("layers.{i}.{what}"));
            let same_shape = |tensor: &TensorProto| tensor.dims == shape.iter().map(|d| *d as i64).collect::<Vec<_>>();
            // Rows that are looked up get no bias.
            if !bias.is_empty() {
                assert_eq!(&floats(layer("bias")), bias, "{name}");
            }
            match &weights.values {
                Values::F32(_) | Values::Float { .. } => {
                    let (values, stored) = (weights.to_f32(), layer("weight"));
                    assert!(same_shape(stored), "{name}, layer {i}: {:?}", stored.dims);
                    let stored = floats(stored);
                    assert!((0..k).all(|k| (0..n).all(|unit| stored[at(k, unit)] == values[k * n + unit])), "{name}, layer {i}");
                }
                Values::Codebook { table, .. } => {
                    let (stored, ours) = (layer("weight.codes"), weights.places());
                    assert!(same_shape(stored), "{name}, layer {i}: {:?}", stored.dims);
                    assert_eq!(floats(layer("weight.table")), *table, "{name}, layer {i}");
                    let narrow = ours.iter().all(|place| *place < 16);
                    let kind = if narrow { data_type::UINT4 } else { data_type::UINT8 };
                    assert_eq!(stored.data_type, kind, "{name}, layer {i}");
                    let halves = |b: &u8| if narrow { vec![b & 15, b >> 4] } else { vec![*b] };
                    let stored: Vec<u8> = stored.raw_data.iter().flat_map(halves).collect();
                    assert!((0..n).all(|unit| (0..k).all(|x| stored[at(x, unit)] == ours[unit * k + x])), "{name}, layer {i}");
                    shared.insert(narrow);
                }
                Values::Int { bits, scales, .. } => {
                    let stored = layer("weight.codes");
                    assert!(same_shape(stored), "{name}, layer {i}: {:?}", stored.dims);
                    let kind = if *bits <= 4 { data_type::INT4 } else { data_type::INT8 };
                    assert_eq!(stored.data_type, kind, "{name}, layer {i}");
                    assert_eq!(stored.raw_data.len(), if *bits <= 4 { (k * n).div_ceil(2) } else { k * n }, "{name}, layer {i}");
                    let (stored, ours) = (codes(stored), weights.codes());
                    assert!((0..n).all(|unit| (0..k).all(|x| stored[at(x, unit)] == ours[unit * k + x])), "{name}, layer {i}");
                    // A unit of zeros has no step; zeros of any step are the same.
                    let steps: Vec<f32> = scales.iter().map(|s| if *s == 0.0 { 1.0 } else { *s }).collect();
                    assert_eq!(floats(layer("weight.scale")), steps, "{name}");
                    empty += scales.iter().filter(|s| **s == 0.0).count();
                    kinds.insert((*bits <= 4, activation.is_some()));
                    scales_of.insert(scales.len() > 1);
                    let depthwise = matches!(op, Op::Depthwise(_));
                    let rounded = graph.initializer.iter().any(|t| t.name == format!("layers.{i}.input.scale"));
                    assert_eq!(rounded, activation.is_some() && !depthwise, "{name}, layer {i}");
                    if let Some(activation) = activation.filter(|_| rounded) {
                        assert_eq!(floats(layer("input.scale")), [activation.scale], "{name}");
                        assert_eq!(codes(layer("input.zero")), [activation.zero as i8], "{name}");
                    }
                }
            }
        }
    }
    assert!(empty > 0, "a unit of which nothing is left");
    assert_eq!(shared.len(), 2, "codes of 4 bits and of 8");
    assert_eq!((kinds.len(), scales_of.len()), (4, 2), "both widths with and without rounded activations, and both kinds of scales");
}

#[test]
fn a_row_needs_nothing_turned_and_an_image_only_what_looks_at_it() {
    let float = |picks: &[Pick], input: Vec<usize>| {
        let network = Network::new(picks, &Shape(input)).expect("a network");
        graph(&PackedModel::dense(&network, &params(&network, 3)))
    };
    let relu = || Pick::new("relu");
    assert_eq!(ops(&float(&[dense(4), relu(), Pick::new("dropout"), dense(2)], vec![5])), ["MatMul", "Add", "Relu", "MatMul", "Add"]);
    assert_eq!(ops(&float(&[dense(4)], vec![3, 3, 2])), ["Flatten", "MatMul", "Add"], "a dense layer reads an image as it lies");
    let cnn = float(&[conv(3, 3, 2, 0.0), relu(), conv(4, 3, 1, 1.0), Pick::new("maxpool"), Pick::new("flatten"), dense(2)], vec![9, 8, 2]);
    assert_eq!(ops(&cnn), ["Transpose", "Conv", "Relu", "Conv", "MaxPool", "Transpose", "Flatten", "MatMul", "Add"]);
    // 9 rows of stride 2 make 5 outputs, which reach one row beyond; 8 columns make 4, which end at the last.
    assert_eq!(attribute(&cnn.node[1], "pads"), [1, 1, 1, 0]);
    assert_eq!((attribute(&cnn.node[1], "strides"), attribute(&cnn.node[3], "pads")), (vec![2, 2], vec![0; 4]));
    assert_eq!(
        ops(&float(&[Pick::new("globalpool"), dense(2)], vec![4, 4, 3])),
        ["Transpose", "GlobalAveragePool", "Flatten", "MatMul", "Add"]
    );
    assert_eq!(
        ops(&float(&[Pick::new("maxpool")], vec![4, 4, 3])),
        ["Transpose", "MaxPool", "Transpose", "Flatten"],
        "the output is a row"
    );
    assert_eq!(ops(&float(&[Pick::new("dropout")], vec![4])), ["Identity"]);
}

#[test]
fn rounded_layers_say_so_before_they_multiply() {
    let all = cases();
    let find = |name: &str| graph(&all.iter().find(|c| c.name == name).expect("it exists").model);
    let mlp = find("mlp, 4 bits, int8 activations");
    let layer = ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "MatMul", "Add"];
    assert_eq!(ops(&mlp), [&layer[..], &["Relu"], &layer, &["Relu"], &layer].concat());
    assert_eq!(attribute(&mlp.node[2], "axis"), [1], "a unit is a column");
    let separable = find("separable, 8 bits, int8 activations");
    let conv = ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv", "Add"];
    let depthwise = ["DequantizeLinear", "Conv"];
    let want = [
        &["Transpose"],
        &conv[..],
        &["Sigmoid"],
        &depthwise,
        &["Tanh"],
        &conv,
        &["Relu"],
        &depthwise,
        &["GlobalAveragePool", "Flatten"],
        &layer,
    ];
    assert_eq!(ops(&separable), want.concat());
    let groups: Vec<_> = separable.node.iter().filter(|n| n.op_type == "Conv").map(|n| attribute(n, "group")[0]).collect();
    assert_eq!(groups, [1, 6, 1, 7]);
}

#[test]
fn removed_units_are_not_in_the_file() {
    let (_, network) = networks().remove(2);
    let (params, x) = (params(&network, 40), inputs(&network, SAMPLES, 41));
    let small = compress(&network, &params, None, &settings(0.5, "units", 32), &Calibration::of(&x)).expect("it fits");
    let (before, after) = (PackedModel::dense(&network, &params), small.model);
    let units = |removed: &[usize], of: i64| of - removed.len() as i64;
    let (first, second) = (units(&small.removed[0], 17), units(&small.removed[2], 9));
    assert!(first + second <= 13);
    let graph = graph(&after);
    let shapes: Vec<_> = [0, 2, 4].map(|i| constant(&graph, &format!("layers.{i}.weight")).dims.clone()).into();
    assert_eq!(shapes, [vec![13, first], vec![first, second], vec![second, 4]]);
    let bytes = |model: &PackedModel| onnx::encode(model, &[]).expect("it is written").len() as i64;
    let weights = |a: i64, b: i64| 13 * a + a + a * b + b + b * 4;
    let saved = 4 * (weights(17, 9) - weights(first, second));
    assert!((bytes(&before) - bytes(&after) - saved).abs() < 16, "four bytes for each weight and bias that is gone");
}

#[test]
fn every_activation_has_an_operator() {
    for entry in activations::LISTING.entries {
        let network = Network::new(&[dense(3), Pick::new(entry.key), dense(2)], &Shape(vec![4])).expect(entry.key);
        let graph = graph(&PackedModel::dense(&network, &params(&network, 3)));
        let own = graph.node.len() - 4;
        assert_eq!(own, if entry.key == "linear" { 0 } else { 1 + usize::from(entry.key == "silu") }, "{}", entry.key);
    }
    let unknown = PackedModel {
        input: Shape(vec![4]),
        layers: vec![PackedLayer { op: Op::Activation(Pick::new("hat")), weights: None, bias: Vec::new(), activation: None }],
    };
    assert!(onnx::encode(&unknown, &[]).expect_err("no such activation").to_string().contains("\"hat\""));
}

#[test]
fn the_file_says_who_wrote_it_and_what_it_is_told() {
    let (_, network) = networks().remove(0);
    let told = [("experiment".to_string(), "data=iris".to_string()), ("classes".to_string(), "[\"a\",\"é\"]".to_string())];
    let file = onnx::encode(&PackedModel::dense(&network, &params(&network, 3)), &told).expect("it is written");
    let model = ModelProto::decode(&*file).expect("it is read");
    assert_eq!((model.producer_name.as_str(), model.producer_version.as_str()), ("whittle", env!("CARGO_PKG_VERSION")));
    assert_eq!((model.ir_version, model.opset_import[0].version), (10, 21));
    let props: Vec<_> = model.metadata_props.into_iter().map(|p| (p.key, p.value)).collect();
    assert_eq!(props, told);
}

/// The file that ONNX Runtime ran: without the version, which says nothing of the graph.
fn pinned(model: &PackedModel) -> Vec<u8> {
    let mut file = onnx::build(model, &[]).expect("it is built");
    file.producer_version.clear();
    file.encode_to_vec()
}

/// Writes files and inputs for `fixtures/onnx/make.py`: `WRITE_ONNX=folder cargo test --test onnx`.
#[test]
fn files_for_onnx_runtime_are_written_on_request() {
    let Some(folder) = std::env::var_os("WRITE_ONNX") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).expect("a folder");
    let mut list = Vec::new();
    for (i, Case { name, model, x }) in cases().into_iter().enumerate() {
        std::fs::write(folder.join(format!("{i}.onnx")), pinned(&model)).expect("a file");
        list.push(json!({ "name": name, "file": format!("{i}.onnx"), "x": x }));
    }
    std::fs::write(folder.join("cases.json"), serde_json::to_vec(&list).expect("JSON")).expect("a file");
}

#[test]
fn onnx_runtime_computes_what_our_runner_does() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/onnx/reference.json")).expect("the fixture is JSON");
    let cases = cases();
    assert_eq!(fixture["cases"].as_array().map(Vec::len), Some(cases.len()));
    let mut wrong = Vec::new();
    for (Case { name, model, x }, recorded) in cases.iter().zip(fixture["cases"].as_array().expect("cases")) {
        assert_eq!(recorded["name"].as_str(), Some(name.as_str()));
        let sum: String = Sha256::digest(pinned(model)).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(recorded["sha256"].as_str(), Some(sum.as_str()), "{name}: not the file that ONNX Runtime ran; make the fixture anew");
        let want: Vec<f32> = recorded["y"].as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number") as f32).collect();
        let got = Runner::new(model).expect(name).run(x, SAMPLES).to_vec();
        assert_eq!(got.len(), want.len(), "{name}");
        let size = want.iter().fold(1.0_f32, |m, v| m.max(v.abs()));
        let (worst, off) = want.iter().zip(&got).fold((0.0_f32, 0), |(worst, off), (want, got)| {
            let by = (want - got).abs();
            (worst.max(by), off + usize::from(by > 1e-5 * size))
        });
        let step = last_step(model);
        if worst > step.max(1e-5 * size) || off * 10 > want.len() {
            wrong.push(format!("{name}: off by {worst} (a step is {step}), {off} of {} outputs differ", want.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What one activation of the last layer rounded the other way would change in an output, at most; 0 where nothing is rounded.
fn last_step(model: &PackedModel) -> f32 {
    let last = model.layers.iter().rev().find_map(|l| Some((l.weights.as_ref()?, l.activation?)));
    last.map_or(0.0, |(weights, activation)| activation.scale * weights.to_f32().iter().fold(0.0_f32, |m, w| m.max(w.abs())))
}
