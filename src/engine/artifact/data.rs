//! The data section: the weights of all layers in order, each followed by its biases.

use super::{ArtifactError, Layout, sparse};
use crate::engine::{
    packed::{PackedModel, Values, Weights},
    quantization::bits,
};

/// A written data section.
pub struct Section {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Of which weights and biases.
    pub payload: u64,
    /// For each layer with weights, in the sparse layout: bits of a gap, and how many weights are stored.
    pub gaps: Vec<(u32, usize)>,
}

/// Writes the weights of `model`.
pub fn write(model: &PackedModel, layout: Layout) -> Section {
    let mut section = Section { bytes: Vec::new(), payload: 0, gaps: Vec::new() };
    for layer in &model.layers {
        let Some(weights) = &layer.weights else { continue };
        let start = section.bytes.len();
        let mut positions = 0;
        match layout {
            Layout::Packed => packed(&mut section.bytes, weights),
            Layout::Bytes => bytewise(&mut section.bytes, weights),
            Layout::Sparse => positions = section.sparse(weights),
        }
        floats(&mut section.bytes, &layer.bias, layout);
        section.payload += (section.bytes.len() - start - positions) as u64;
    }
    section
}

fn packed(out: &mut Vec<u8>, weights: &Weights) {
    match &weights.values {
        Values::F32(values) => floats(out, values, Layout::Packed),
        Values::Int { codes, .. } => out.extend(codes),
    }
}

fn bytewise(out: &mut Vec<u8>, weights: &Weights) {
    match &weights.values {
        Values::F32(values) => floats(out, values, Layout::Bytes),
        Values::Int { .. } => out.extend(weights.codes().iter().map(|c| *c as u8)),
    }
}

impl Section {
    /// Appends a layer's gaps and nonzero values; gives the bytes of the gaps.
    fn sparse(&mut self, weights: &Weights) -> usize {
        let (positions, values) = match &weights.values {
            Values::F32(values) => {
                // Unit by unit, like codes.
                let units = weights.units;
                let by_unit = (0..units).flat_map(|n| values[n..].iter().step_by(units));
                let (positions, kept): (Vec<u32>, Vec<f32>) =
                    by_unit.enumerate().filter(|(_, w)| **w != 0.0).map(|(i, w)| (i as u32, *w)).unzip();
                let mut bytes = Vec::new();
                floats(&mut bytes, &kept, Layout::Packed);
                (positions, bytes)
            }
            Values::Int { bits, .. } => {
                let (positions, kept): (Vec<u32>, Vec<i8>) =
                    weights.codes().iter().enumerate().filter(|(_, c)| **c != 0).map(|(i, c)| (i as u32, *c)).unzip();
                (positions, bits::pack(&kept, value_bits(*bits)))
            }
        };
        let width = sparse::width(&positions);
        let gaps = sparse::write(&positions, width);
        self.gaps.push((width, positions.len()));
        self.bytes.extend(&gaps);
        self.bytes.extend(values);
        gaps.len()
    }
}

/// Bits of a code that is not zero: of −1 and +1 the sign says all.
fn value_bits(bits: u32) -> u32 {
    if bits <= 2 { 1 } else { bits }
}

fn floats(out: &mut Vec<u8>, values: &[f32], layout: Layout) {
    if layout == Layout::Bytes {
        (0..4).for_each(|plane| out.extend(values.iter().map(|v| v.to_le_bytes()[plane])));
    } else {
        out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }
}

/// What the structure says of a layer's weights.
pub struct Plan {
    /// Inputs.
    pub inputs: usize,
    /// Units.
    pub units: usize,
    /// 32, or 1 to 8.
    pub bits: u32,
    /// Step sizes; empty for floats.
    pub scales: Vec<f32>,
    /// Bits of a gap and number of stored weights, in the sparse layout.
    pub gaps: Option<(u32, usize)>,
}

impl Plan {
    fn len(&self) -> usize {
        self.inputs * self.units
    }

    /// Most bytes that the weights and biases can take in the data section.
    pub fn most_bytes(&self, layout: Layout) -> u64 {
        let (len, bias) = (self.len() as u64, self.units as u64 * 4);
        let gaps = self.gaps.map_or(0, |(width, _)| (2 * len * u64::from(width)).div_ceil(8));
        match (layout, self.bits) {
            (Layout::Bytes, 1..=8) => len + bias,
            (_, bits) => (len * u64::from(bits)).div_ceil(8) + gaps + bias,
        }
    }

    /// Reads the weights and biases from the front of `data`; gives the bytes taken.
    pub fn read(&self, data: &[u8], layout: Layout) -> Result<(Values, Vec<f32>, usize), ArtifactError> {
        let mut cursor = Cursor { data, at: 0 };
        let values = match layout {
            Layout::Packed if self.bits == 32 => Values::F32(cursor.floats(self.len(), layout)?),
            Layout::Bytes if self.bits == 32 => Values::F32(cursor.floats(self.len(), layout)?),
            Layout::Packed => self.codes(cursor.take(bits::bytes(self.len(), self.bits))?.to_vec()),
            Layout::Bytes => {
                let codes: Vec<i8> = cursor.take(self.len())?.iter().map(|b| *b as i8).collect();
                self.codes(bits::pack(&codes, self.bits))
            }
            Layout::Sparse => self.sparse(&mut cursor)?,
        };
        let bias = cursor.floats(self.units, layout)?;
        Ok((values, bias, cursor.at))
    }

    fn codes(&self, codes: Vec<u8>) -> Values {
        Values::Int { bits: self.bits, scales: self.scales.clone(), codes }
    }

    fn sparse(&self, cursor: &mut Cursor<'_>) -> Result<Values, ArtifactError> {
        let (width, count) = self.gaps.unwrap_or((1, 0));
        let (positions, taken) = sparse::read(&cursor.data[cursor.at..], width, count, self.len())?;
        cursor.take(taken)?;
        if self.bits == 32 {
            let mut values = vec![0.0; self.len()];
            for (at, v) in positions.iter().zip(cursor.floats(count, Layout::Packed)?) {
                let (unit, input) = (*at as usize / self.inputs, *at as usize % self.inputs);
                values[input * self.units + unit] = v;
            }
            return Ok(Values::F32(values));
        }
        let width = value_bits(self.bits);
        let mut codes = vec![0_i8; self.len()];
        for (at, code) in positions.iter().zip(bits::unpack(cursor.take(bits::bytes(count, width))?, width, count)) {
            codes[*at as usize] = code;
        }
        Ok(self.codes(bits::pack(&codes, self.bits)))
    }
}

struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], ArtifactError> {
        let taken = self.at.checked_add(bytes).and_then(|end| self.data.get(self.at..end));
        self.at += bytes;
        taken.ok_or(ArtifactError::Truncated { what: "data" })
    }

    fn floats(&mut self, count: usize, layout: Layout) -> Result<Vec<f32>, ArtifactError> {
        let bytes = self.take(count * 4)?;
        Ok(match layout {
            Layout::Bytes => (0..count).map(|i| f32::from_le_bytes(std::array::from_fn(|plane| bytes[plane * count + i]))).collect(),
            _ => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        })
    }
}
