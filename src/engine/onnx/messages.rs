//! The messages of an ONNX file, with the field numbers of [`onnx.proto3`](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3): no
//! more than the fields that are written.

use prost::Message;

/// Kinds of numbers in a tensor: `TensorProto.DataType`.
pub mod data_type {
    /// 32-bit floats.
    pub const FLOAT: i32 = 1;
    /// Whole numbers of 8 bits from 0.
    pub const UINT8: i32 = 2;
    /// Signed whole numbers of 8 bits.
    pub const INT8: i32 = 3;
    /// Signed whole numbers of 32 bits.
    pub const INT32: i32 = 6;
    /// Signed whole numbers of 64 bits.
    pub const INT64: i32 = 7;
    /// Whole numbers of 4 bits from 0, two a byte, the first in the low half.
    pub const UINT4: i32 = 21;
    /// The same with a sign.
    pub const INT4: i32 = 22;
}

/// Kinds of attributes: `AttributeProto.AttributeType`.
pub mod attribute_type {
    /// One float.
    pub const FLOAT: i32 = 1;
    /// One whole number.
    pub const INT: i32 = 2;
    /// Several whole numbers.
    pub const INTS: i32 = 7;
}

/// A file.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// Version of the file format.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// Program that wrote it.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// Version of that program.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// What it computes.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// Versions of the operators.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// What else is to be known of it.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// A set of operators.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// Whose; empty for those of ONNX.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Which version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A text with a name.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// The name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The text.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// Operators, in an order in which they can be computed.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// The operators.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Weights and other constants.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// What comes in.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// What comes out.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// One operator.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// Names of the values that it takes.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the values that it gives.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Which operator.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// Its settings.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
}

/// A setting of an operator.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The float, where it is one.
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// The whole number, where it is one.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// The whole numbers, where it is several.
    #[prost(int64, repeated, tag = "8")]
    pub ints: Vec<i64>,
    /// One of [`attribute_type`].
    #[prost(int32, tag = "20")]
    pub kind: i32,
}

/// Constant numbers.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// Its shape; empty for a single number.
    #[prost(int64, repeated, tag = "1")]
    pub dims: Vec<i64>,
    /// One of [`data_type`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// Its name.
    #[prost(string, tag = "8")]
    pub name: String,
    /// The numbers, row-major, little-endian.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
}

/// Name and shape of a value that goes in or out.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its kind and shape.
    #[prost(message, optional, tag = "2")]
    pub value_type: Option<TypeProto>,
}

/// Kind and shape of a value; tensors alone.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// That of the tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
}

/// Kind and shape of a tensor: `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// One of [`data_type`].
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// Its shape.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// A shape.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// Its dimensions.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// One dimension of a shape, known or named: `TensorShapeProto.Dimension`.
#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    /// How long it is.
    #[prost(int64, optional, tag = "1")]
    pub dim_value: Option<i64>,
    /// What its length is called, where it is not known.
    #[prost(string, optional, tag = "2")]
    pub dim_param: Option<String>,
}
