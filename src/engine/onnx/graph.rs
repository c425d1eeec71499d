//! The graph while it is built: one operator behind the other, and how the value between them lies.
//!
//! Ours are images with channels last, ONNX's with channels first. An image is turned before the first operator that needs it so, and turned
//! back where it becomes a row, so that weights behind a flatten keep their order. Elementwise functions take either.

use super::{
    messages::{
        AttributeProto, Dimension, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorType, TypeProto, ValueInfoProto, data_type,
    },
    tensor::{int, int64, ints},
};
use crate::engine::{layers::Recurrent, shape::Shape};

/// Name of the batch's dimension.
const BATCH: &str = "N";
/// Names of what goes in and out.
const INPUT: &str = "input";
const OUTPUT: &str = "output";

/// How the values of a sample lie.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lies {
    /// `[N, I]`.
    Row,
    /// `[N, height, width, channels]`.
    ChannelsLast,
    /// `[N, channels, height, width]`.
    ChannelsFirst,
    /// `[N, steps, features]`.
    Sequence,
}

/// A graph under construction.
pub struct Graph {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    input: Vec<usize>,
    /// Name of the value that the last operator gave.
    value: String,
    lies: Lies,
    /// What names begin with: the layer.
    prefix: String,
    /// What came into each layer so far, and how it lies.
    before: Vec<(String, Lies)>,
}

impl Graph {
    /// Takes images as `[N, height, width, channels]`, steps as `[N, steps, features]`, anything else as rows `[N, I]`.
    pub fn new(input: &Shape) -> Self {
        let lies = match input.0.len() {
            2 => Lies::Sequence,
            3 => Lies::ChannelsLast,
            _ => Lies::Row,
        };
        Self {
            nodes: Vec::new(),
            constants: Vec::new(),
            input: if lies == Lies::Row { vec![input.len()] } else { input.0.clone() },
            value: INPUT.into(),
            lies,
            prefix: String::new(),
            before: Vec::new(),
        }
    }

    /// What follows belongs to layer `layer`, the next one.
    pub fn begin(&mut self, layer: usize) {
        self.before.push((self.value.clone(), self.lies));
        self.prefix = format!("layers.{layer}");
    }

    /// `name` as one of the layer.
    pub fn name(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// Adds a constant and gives its name.
    pub fn constant(&mut self, tensor: TensorProto) -> String {
        let name = tensor.name.clone();
        self.constants.push(tensor);
        name
    }

    /// An operator on what `input` names; gives the name of its value.
    pub fn node(&mut self, op: &str, name: String, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
        self.nodes.push(NodeProto { input, output: vec![name.clone()], name: name.clone(), op_type: op.into(), attribute });
        name
    }

    /// An operator on the value so far, and `more`.
    pub fn apply(&mut self, op: &str, more: Vec<String>, attribute: Vec<AttributeProto>) {
        let mut input = vec![std::mem::take(&mut self.value)];
        input.extend(more);
        self.value = self.node(op, self.name(op), input, attribute);
    }

    /// The value so far, by name.
    pub fn value(&self) -> String {
        self.value.clone()
    }

    /// Puts an image's channels first.
    pub fn channels_first(&mut self) {
        if self.lies == Lies::ChannelsLast {
            self.apply("Transpose", Vec::new(), vec![ints("perm", &[0, 3, 1, 2])]);
            self.lies = Lies::ChannelsFirst;
        }
    }

    /// Puts an image's channels last.
    pub fn channels_last(&mut self) {
        if self.lies == Lies::ChannelsFirst {
            self.apply("Transpose", Vec::new(), vec![ints("perm", &[0, 2, 3, 1])]);
            self.lies = Lies::ChannelsLast;
        }
    }

    /// Makes `steps` of `features` values of an image, row by row.
    fn steps(&mut self, name: &str, steps: usize, features: usize) {
        let shape = self.constant(int64(self.name(&format!("{name}.shape")), &[0, steps, features]));
        let value = std::mem::take(&mut self.value);
        self.value = self.node("Reshape", self.name(name), vec![value, shape], Vec::new());
        self.lies = Lies::Sequence;
    }

    /// The recurrent operator `op` of weights and biases `more` on the value so far, which becomes its last state, or all states.
    pub fn recurrent(&mut self, op: &str, sizes: &Recurrent, more: [String; 3], attribute: Vec<AttributeProto>) {
        if self.lies != Lies::Sequence {
            self.channels_last();
            self.steps("Steps", sizes.steps, sizes.features);
        }
        // ONNX has steps outermost.
        let steps = self.node("Transpose", self.name("Time"), vec![self.value.clone()], vec![ints("perm", &[1, 0, 2])]);
        let input = std::iter::once(steps).chain(more).collect();
        let name = self.name(op);
        // All states, then the last one.
        let output = if sizes.sequence { vec![name.clone()] } else { vec![String::new(), name.clone()] };
        self.nodes.push(NodeProto { input, output, name: name.clone(), op_type: op.into(), attribute });
        self.value = name;
        if sizes.sequence {
            self.value = self.node("Transpose", self.name("States"), vec![self.value.clone()], vec![ints("perm", &[2, 0, 1, 3])]);
            self.steps("Squeeze", sizes.steps, sizes.units);
        } else {
            self.apply("Flatten", Vec::new(), vec![int("axis", 2)]);
            self.lies = Lies::Row;
        }
    }

    /// Makes of whole numbers, `steps` of them, their rows of `table`, as an image of one column.
    pub fn look_up(&mut self, table: String, steps: usize, size: usize) {
        self.apply("Cast", Vec::new(), vec![int("to", data_type::INT64 as usize)]);
        let tokens = std::mem::take(&mut self.value);
        self.value = self.node("Gather", self.name("Gather"), vec![table, tokens], Vec::new());
        let shape = self.constant(int64(self.name("image.shape"), &[0, steps, 1, size]));
        self.apply("Reshape", vec![shape], Vec::new());
        self.lies = Lies::ChannelsLast;
    }

    /// Makes `[N, positions, channels]` of the value, and gives what [`Graph::as_before`] needs to undo it.
    pub fn as_steps(&mut self, positions: usize, channels: usize) -> Option<String> {
        if self.lies == Lies::Sequence {
            return None;
        }
        self.channels_last();
        let shape = self.node("Shape", self.name("Shape"), vec![self.value.clone()], Vec::new());
        self.steps("Steps", positions, channels);
        Some(shape)
    }

    /// Undoes [`Graph::as_steps`].
    pub fn as_before(&mut self, shape: Option<String>) {
        if let Some(shape) = shape {
            let value = std::mem::take(&mut self.value);
            self.value = self.node("Reshape", self.name("Image"), vec![value, shape], Vec::new());
            self.lies = Lies::ChannelsLast;
        }
    }

    /// Goes on from the value that `name` names, of the same shape.
    pub fn take(&mut self, name: String) {
        self.value = name;
    }

    /// The shape in which one number for each of `channels` channels meets the value.
    pub fn channel_dims(&self, channels: usize) -> Vec<usize> {
        if self.lies == Lies::ChannelsFirst { vec![channels, 1, 1] } else { vec![channels] }
    }

    /// What came into layer `layer`, by name, in the way in which the value so far lies; it has the same shape.
    pub fn value_before(&mut self, layer: usize) -> String {
        let Some((value, lies)) = self.before.get(layer).cloned() else { return self.value() };
        let turn = match (lies, self.lies) {
            (Lies::ChannelsLast, Lies::ChannelsFirst) => [0, 3, 1, 2],
            (Lies::ChannelsFirst, Lies::ChannelsLast) => [0, 2, 3, 1],
            _ => return value,
        };
        self.node("Transpose", self.name("skipped"), vec![value], vec![ints("perm", &turn)])
    }

    /// Says that the value is an image of a single pixel, which lies either way.
    pub fn single_pixel(&mut self) {
        self.lies = Lies::ChannelsLast;
    }

    /// Makes a row of an image, its channels last.
    pub fn row(&mut self) {
        if self.lies == Lies::ChannelsFirst {
            self.apply("Transpose", Vec::new(), vec![ints("perm", &[0, 2, 3, 1])]);
        }
        if self.lies != Lies::Row {
            self.apply("Flatten", Vec::new(), vec![int("axis", 1)]);
            self.lies = Lies::Row;
        }
    }

    /// The finished graph, whose output is a row of `outputs` values.
    pub fn finish(mut self, outputs: usize) -> GraphProto {
        self.prefix = "end".into();
        self.row();
        if self.nodes.is_empty() {
            self.apply("Identity", Vec::new(), Vec::new());
        }
        if let Some(last) = self.nodes.last_mut() {
            last.output = vec![OUTPUT.into()];
        }
        GraphProto {
            node: self.nodes,
            name: "whittle".into(),
            initializer: self.constants,
            input: vec![info(INPUT, &self.input)],
            output: vec![info(OUTPUT, &[outputs])],
        }
    }
}

/// Floats of so many samples as come.
fn info(name: &str, sample: &[usize]) -> ValueInfoProto {
    let known = |d: &usize| Dimension { dim_value: Some(*d as i64), dim_param: None };
    let batch = Dimension { dim_value: None, dim_param: Some(BATCH.into()) };
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(sample.iter().map(known)).collect() };
    let tensor = TensorType { elem_type: data_type::FLOAT, shape: Some(shape) };
    ValueInfoProto { name: name.into(), value_type: Some(TypeProto { tensor_type: Some(tensor) }) }
}
