//! Constants of the graph, and settings of its operators.

use super::messages::{AttributeProto, TensorProto, attribute_type, data_type};

/// 32-bit floats of the shape `dims`; a single number where that is empty.
pub fn floats(name: String, dims: &[usize], values: impl Iterator<Item = f32>) -> TensorProto {
    tensor(name, dims, data_type::FLOAT, values.flat_map(f32::to_le_bytes).collect())
}

/// Whole numbers of 8 bits.
pub fn int8(name: String, dims: &[usize], values: impl Iterator<Item = i8>) -> TensorProto {
    tensor(name, dims, data_type::INT8, values.map(|v| v as u8).collect())
}

/// Whole numbers of 4 bits, −8 to 7.
pub fn int4(name: String, dims: &[usize], values: impl Iterator<Item = i8>) -> TensorProto {
    tensor(name, dims, data_type::INT4, halves(values.map(|v| v as u8)))
}

/// Whole numbers from 0: of 4 bits where none is larger than 15, else of 8.
pub fn places(name: String, dims: &[usize], values: &[u8]) -> TensorProto {
    if values.iter().all(|v| *v < 16) {
        return tensor(name, dims, data_type::UINT4, halves(values.iter().copied()));
    }
    tensor(name, dims, data_type::UINT8, values.to_vec())
}

/// Two to a byte, the earlier in the lower half.
fn halves(values: impl Iterator<Item = u8>) -> Vec<u8> {
    let values: Vec<u8> = values.map(|v| v & 0x0F).collect();
    values.chunks(2).map(|pair| pair[0] | pair.get(1).copied().unwrap_or(0) << 4).collect()
}

/// Whole numbers of 64 bits: dimensions.
pub fn int64(name: String, values: &[usize]) -> TensorProto {
    tensor(name, &[values.len()], data_type::INT64, values.iter().flat_map(|v| (*v as i64).to_le_bytes()).collect())
}

fn tensor(name: String, dims: &[usize], data_type: i32, raw_data: Vec<u8>) -> TensorProto {
    TensorProto { dims: dims.iter().map(|d| *d as i64).collect(), data_type, name, raw_data }
}

/// A setting that is a float.
pub fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f: Some(f), kind: attribute_type::FLOAT, ..AttributeProto::default() }
}

/// A setting that is a whole number.
pub fn int(name: &str, i: usize) -> AttributeProto {
    AttributeProto { name: name.into(), i: Some(i as i64), kind: attribute_type::INT, ..AttributeProto::default() }
}

/// A setting that is several whole numbers.
pub fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|v| *v as i64).collect();
    AttributeProto { name: name.into(), ints, kind: attribute_type::INTS, ..AttributeProto::default() }
}
