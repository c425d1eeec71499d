//! The data section: the weights of all layers in order, each followed by its biases; of normalizations their factors and summands.

use super::{ArtifactError, Layout, coded, reader::Reader, sparse};
use crate::engine::{
    network::MAX_PARAMS,
    packed::{PackedModel, Skips, Values, Weights},
    quantization::{Format, bits, codebook},
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
        let Some(weights) = &layer.weights else {
            let start = section.bytes.len();
            floats(&mut section.bytes, &layer.bias, layout);
            section.payload += (section.bytes.len() - start) as u64;
            continue;
        };
        let start = section.bytes.len();
        let mut positions = 0;
        match layout {
            Layout::Packed => packed(&mut section.bytes, weights),
            Layout::Bytes => bytewise(&mut section.bytes, weights),
            Layout::Sparse => positions = section.sparse(weights),
            Layout::Coded => coded::write(&mut section.bytes, weights),
        }
        floats(&mut section.bytes, &layer.bias, layout);
        section.payload += (section.bytes.len() - start - positions) as u64;
    }
    section
}

/// Appends codes or floats in order.
pub fn packed(out: &mut Vec<u8>, weights: &Weights) {
    match &weights.values {
        Values::F32(values) => floats(out, values, Layout::Packed),
        Values::Float { kind, codes, .. } => small(out, codes, kind.bits(), Layout::Packed),
        Values::Int { codes, .. } | Values::Codebook { codes, .. } => out.extend(codes),
    }
}

/// Appends a byte for each code, floats by planes.
pub fn bytewise(out: &mut Vec<u8>, weights: &Weights) {
    match &weights.values {
        Values::F32(values) => floats(out, values, Layout::Bytes),
        Values::Float { kind, codes, .. } => small(out, codes, kind.bits(), Layout::Bytes),
        Values::Int { .. } => out.extend(weights.codes().iter().map(|c| *c as u8)),
        Values::Codebook { .. } => out.extend(weights.places()),
    }
}

/// Codes of floats of 8 or 16 bits.
fn small(out: &mut Vec<u8>, codes: &[u16], bits: u32, layout: Layout) {
    match (bits, layout) {
        (8, _) => out.extend(codes.iter().map(|code| *code as u8)),
        (_, Layout::Bytes) => (0..2).for_each(|plane| out.extend(codes.iter().map(|code| code.to_le_bytes()[plane]))),
        _ => out.extend(codes.iter().flat_map(|code| code.to_le_bytes())),
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
            Values::Float { kind, codes, .. } => {
                // −0 is a zero, too, but another code: it is stored.
                let (positions, kept): (Vec<u32>, Vec<u16>) =
                    codes.iter().enumerate().filter(|(_, c)| **c != 0).map(|(i, c)| (i as u32, *c)).unzip();
                let mut bytes = Vec::new();
                small(&mut bytes, &kept, kind.bits(), Layout::Packed);
                (positions, bytes)
            }
            Values::Codebook { table, .. } => {
                let first = first(table);
                let kept = weights.places().into_iter().enumerate().filter(|(_, place)| *place >= first);
                let (positions, kept): (Vec<u32>, Vec<u8>) = kept.map(|(i, place)| (i as u32, place - first)).unzip();
                (positions, bits::pack_places(&kept, codebook::width(table.len() - usize::from(first))))
            }
            Values::Int { bits, zeros, .. } => {
                let (codes, steps) = (weights.codes(), weights.steps());
                let kept = codes.iter().zip(&steps).enumerate().filter(|(_, (_, steps))| **steps != 0);
                let (positions, kept): (Vec<u32>, Vec<i8>) = kept.map(|(i, (code, _))| (i as u32, *code)).unzip();
                (positions, bits::pack(&kept, value_bits(*bits, !zeros.is_empty())))
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

/// The place in a table of shared weights behind zero, if that is one.
fn first(table: &[f32]) -> u8 {
    u8::from(table.first() == Some(&0.0))
}

/// Bits of a code that is not zero: of −1 and +1 the sign says all, unless there are zero points.
fn value_bits(bits: u32, zeros: bool) -> u32 {
    if bits <= 2 && !zeros { 1 } else { bits }
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
    /// Biases: one a unit, or two.
    pub biases: usize,
    /// What weights are stored as.
    pub format: Format,
    /// Inputs that share a step size; 0 where all of a unit do.
    pub group: usize,
    /// Step sizes; empty for floats.
    pub scales: Vec<f32>,
    /// As many zero points, or none.
    pub zeros: Vec<i8>,
    /// Shared weights; empty where there are none.
    pub table: Vec<f32>,
    /// Bits of a gap and number of stored weights, in the sparse layout.
    pub gaps: Option<(u32, usize)>,
}

impl Plan {
    /// How many weights there are.
    pub fn len(&self) -> usize {
        self.inputs * self.units
    }

    /// Whether they are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self.format, Format::Int(_))
    }

    /// Most bytes that the weights and biases can take in the data section.
    pub fn most_bytes(&self, layout: Layout) -> u64 {
        let (len, bias) = (self.len() as u64, self.biases as u64 * 4);
        let gaps = self.gaps.map_or(0, |(width, _)| (2 * len * u64::from(width)).div_ceil(8));
        let way = if layout == Layout::Coded { coded::SLACK } else { 0 };
        self.weight_bytes(layout) + gaps + way + bias
    }

    /// Bytes of all weights, none left out.
    pub fn weight_bytes(&self, layout: Layout) -> u64 {
        match (layout, self.format) {
            (Layout::Bytes, Format::Int(_) | Format::Codebook(_)) => self.len() as u64,
            (_, format) => (self.len() as u64 * u64::from(format.bits())).div_ceil(8),
        }
    }

    /// Reads the weights and biases from the front of `data`; gives the bytes taken.
    pub fn read(&self, data: &[u8], layout: Layout) -> Result<(Values, Vec<f32>, usize), ArtifactError> {
        let mut cursor = Cursor::new(data);
        let values = match layout {
            Layout::Sparse => self.sparse(&mut cursor)?,
            Layout::Coded => coded::read(self, &mut cursor)?,
            Layout::Packed | Layout::Bytes => self.plain(&mut cursor, layout)?,
        };
        let bias = cursor.floats(self.biases, layout)?;
        Ok((values, bias, cursor.at))
    }

    /// All weights in order, packed or byte by byte.
    pub fn plain(&self, cursor: &mut Cursor<'_>, layout: Layout) -> Result<Values, ArtifactError> {
        match (self.format, layout) {
            (Format::F32, _) => Ok(Values::F32(cursor.floats(self.len(), layout)?)),
            (Format::Float(_), _) => self.small(cursor.small(self.len(), self.format.bits(), layout)?),
            (Format::Int(bits), Layout::Bytes) => {
                let codes: Vec<i8> = cursor.take(self.len())?.iter().map(|b| *b as i8).collect();
                Ok(self.codes(bits, bits::pack(&codes, bits)))
            }
            (Format::Int(bits), _) => Ok(self.codes(bits, cursor.take(bits::bytes(self.len(), bits))?.to_vec())),
            (Format::Codebook(_), Layout::Bytes) => self.shared(cursor.take(self.len())?),
            (Format::Codebook(bits), _) => self.shared(&bits::unpack_places(cursor.take(bits::bytes(self.len(), bits))?, bits, self.len())),
        }
    }

    /// As many weights, all of them zero where that can be stored. Errors: there is no value to share.
    pub fn empty(&self) -> Result<Weights, ArtifactError> {
        let values = match self.format {
            Format::F32 => Values::F32(vec![0.0; self.len()]),
            Format::Float(_) => self.small(vec![0; self.len()])?,
            Format::Int(bits) => self.codes(bits, vec![0; bits::bytes(self.len(), bits)]),
            Format::Codebook(_) => self.shared(&vec![0; self.len()])?,
        };
        Ok(Weights { inputs: self.inputs, units: self.units, values, skips: Skips::Nothing })
    }

    /// Errors: a code that stands for nothing.
    fn shared(&self, places: &[u8]) -> Result<Values, ArtifactError> {
        if places.iter().any(|place| usize::from(*place) >= self.table.len()) {
            return Err(ArtifactError::Invalid { what: "a code stands for no value of its layer".into() });
        }
        let codes = bits::pack_places(places, codebook::width(self.table.len()));
        Ok(Values::Codebook { table: self.table.clone(), codes })
    }

    fn codes(&self, bits: u32, codes: Vec<u8>) -> Values {
        Values::Int { bits, group: self.group, scales: self.scales.clone(), zeros: self.zeros.clone(), codes }
    }

    /// Errors: a code that is no number.
    fn small(&self, codes: Vec<u16>) -> Result<Values, ArtifactError> {
        match self.format {
            Format::Float(kind) if codes.iter().all(|code| kind.is_finite(*code)) => {
                Ok(Values::Float { kind, scales: self.scales.clone(), codes })
            }
            _ => Err(ArtifactError::Invalid { what: "a weight is no finite number".into() }),
        }
    }

    fn sparse(&self, cursor: &mut Cursor<'_>) -> Result<Values, ArtifactError> {
        let (width, count) = self.gaps.unwrap_or((1, 0));
        let (positions, taken) = sparse::read(&cursor.data[cursor.at..], width, count, self.len())?;
        cursor.take(taken)?;
        match self.format {
            Format::F32 => {
                let mut values = vec![0.0; self.len()];
                for (at, v) in positions.iter().zip(cursor.floats(count, Layout::Packed)?) {
                    let (unit, input) = (*at as usize / self.inputs, *at as usize % self.inputs);
                    values[input * self.units + unit] = v;
                }
                Ok(Values::F32(values))
            }
            Format::Float(_) => {
                let mut codes = vec![0; self.len()];
                for (at, code) in positions.iter().zip(cursor.small(count, self.format.bits(), Layout::Packed)?) {
                    codes[*at as usize] = code;
                }
                self.small(codes)
            }
            Format::Codebook(_) => {
                let first = first(&self.table);
                if first == 0 && count < self.len() {
                    return Err(ArtifactError::Invalid { what: "a weight that is not stored has no zero to stand for it".into() });
                }
                let width = codebook::width(self.table.len() - usize::from(first));
                let mut places = vec![0; self.len()];
                let stored = bits::unpack_places(cursor.take(bits::bytes(count, width))?, width, count);
                for (at, place) in positions.iter().zip(stored) {
                    places[*at as usize] = place.saturating_add(first);
                }
                self.shared(&places)
            }
            Format::Int(bits) => {
                let width = value_bits(bits, !self.zeros.is_empty());
                let stored = bits::unpack(cursor.take(bits::bytes(count, width))?, width, count);
                // What is not stored is a zero: the code of it where there is a zero point.
                let matrix = self.empty()?;
                let zero = |at: usize| self.zeros.get(matrix.place(at / self.inputs, at % self.inputs)).copied().unwrap_or(0);
                let mut codes: Vec<i8> = (0..self.len()).map(zero).collect();
                for (at, code) in positions.iter().zip(stored) {
                    codes[*at as usize] = code;
                }
                Ok(self.codes(bits, bits::pack(&codes, bits)))
            }
        }
    }
}

/// Reads the `count` numbers of a normalization from the front of `data`; gives the bytes taken.
pub fn constants(data: &[u8], count: usize, layout: Layout) -> Result<(Vec<f32>, usize), ArtifactError> {
    let mut cursor = Cursor::new(data);
    let values = cursor.floats(count, layout)?;
    Ok((values, cursor.at))
}

/// Reads from the front of the data section.
pub struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// From the start.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// A number of the file.
    pub fn number(&mut self) -> Result<usize, ArtifactError> {
        let mut reader = Reader::new(self.rest());
        let value = reader.number(MAX_PARAMS as usize * 4, "length")?;
        self.at = self.data.len() - reader.rest().len();
        Ok(value)
    }

    /// The next `bytes` bytes.
    pub fn take(&mut self, bytes: usize) -> Result<&'a [u8], ArtifactError> {
        let taken = self.at.checked_add(bytes).and_then(|end| self.data.get(self.at..end));
        self.at += bytes;
        taken.ok_or(ArtifactError::Truncated { what: "data" })
    }

    fn small(&mut self, count: usize, bits: u32, layout: Layout) -> Result<Vec<u16>, ArtifactError> {
        let bytes = self.take(count * bits as usize / 8)?;
        Ok(match (bits, layout) {
            (8, _) => bytes.iter().map(|b| u16::from(*b)).collect(),
            (_, Layout::Bytes) => (0..count).map(|i| u16::from_le_bytes([bytes[i], bytes[count + i]])).collect(),
            _ => bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect(),
        })
    }

    fn floats(&mut self, count: usize, layout: Layout) -> Result<Vec<f32>, ArtifactError> {
        let bytes = self.take(count * 4)?;
        Ok(match layout {
            Layout::Bytes => (0..count).map(|i| f32::from_le_bytes(std::array::from_fn(|plane| bytes[plane * count + i]))).collect(),
            _ => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        })
    }
}
