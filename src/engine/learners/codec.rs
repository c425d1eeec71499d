//! The bytes of a model: `WHLN`, a version, a family, what the family writes, and a checksum over all of it.

use super::{Model, combined, knn, linear, naive_bayes, svm, tree};
use crate::engine::artifact::{ArtifactError, checksum::crc32, reader::Reader};

const MAGIC: &[u8; 4] = b"WHLN";
const VERSION: u8 = 1;
/// Most numbers of one kind that a file may promise: a forged length must not fill the memory.
pub(super) const LIMIT: usize = 1 << 26;

/// Families; the numbers are those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Weighted sums.
    Linear = 0,
    /// Decision trees.
    Trees = 1,
    /// Support vectors.
    Svm = 2,
    /// Samples.
    Knn = 3,
    /// Normal distributions.
    NaiveBayes = 4,
    /// A mean of models.
    Average = 5,
    /// Models and a last word.
    Stack = 6,
    /// Support vectors and sigmoids.
    SvmProbability = 7,
}

impl Tag {
    /// What a model of this family is called.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Linear => "Linear",
            Self::Trees => "Trees",
            Self::Svm | Self::SvmProbability => "Support vectors",
            Self::Knn => "Neighbours",
            Self::NaiveBayes => "Naive Bayes",
            Self::Average => "Average",
            Self::Stack => "Stack",
        }
    }
}

/// `model` as a file. Reading it back gives a model that predicts the same bits.
#[must_use]
pub fn encode(model: &dyn Model) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.push(VERSION);
    write(model, &mut out);
    out.extend(crc32(&out).to_le_bytes());
    out
}

/// The model in `bytes`. Errors: no file of ours, a newer or damaged one, or one that contradicts itself.
pub fn decode(bytes: &[u8]) -> Result<Box<dyn Model>, ArtifactError> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err(ArtifactError::NotAModel) };
    let version = *rest.first().ok_or(ArtifactError::Truncated { what: "version" })?;
    if version != VERSION {
        return Err(ArtifactError::Version { found: version, known: VERSION });
    }
    let end = bytes.len().checked_sub(4).filter(|end| *end > MAGIC.len()).ok_or(ArtifactError::Truncated { what: "checksum" })?;
    let (body, sum) = bytes.split_at(end);
    if crc32(body).to_le_bytes() != sum {
        return Err(ArtifactError::Damaged);
    }
    let mut reader = Reader::new(&body[MAGIC.len() + 1..]);
    let model = read(&mut reader, 0)?;
    if reader.rest().is_empty() { Ok(model) } else { Err(invalid("there is more behind the model")) }
}

/// A model inside a file: its family and its bytes.
pub(super) fn write(model: &dyn Model, out: &mut Vec<u8>) {
    out.push(model.tag() as u8);
    model.write(out);
}

/// Reads what [`write`] wrote; `depth` models stand around it.
pub(super) fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Box<dyn Model>, ArtifactError> {
    if depth > 4 {
        return Err(invalid("models are nested too deeply"));
    }
    match reader.byte("family")? {
        tag if tag == Tag::Linear as u8 => linear::read(reader),
        tag if tag == Tag::Trees as u8 => tree::read(reader),
        tag if tag == Tag::Svm as u8 => svm::read(reader, false),
        tag if tag == Tag::SvmProbability as u8 => svm::read(reader, true),
        tag if tag == Tag::Knn as u8 => knn::read(reader),
        tag if tag == Tag::NaiveBayes as u8 => naive_bayes::read(reader),
        tag if tag == Tag::Average as u8 => combined::read_average(reader, depth),
        tag if tag == Tag::Stack as u8 => combined::read_stack(reader, depth),
        _ => Err(invalid("there is no such family of models")),
    }
}

pub(super) fn invalid(what: &str) -> ArtifactError {
    ArtifactError::Invalid { what: what.into() }
}

/// A whole number in as few bytes as it needs, seven bits each; below 2³⁵, as [`Reader::number`] reads it.
pub(super) fn number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Floats, four bytes each.
pub(super) fn floats(out: &mut Vec<u8>, values: &[f32]) {
    values.iter().for_each(|v| out.extend(v.to_le_bytes()));
}

/// Reads `count` floats. Errors: the end, or what is no number.
pub(super) fn read_floats(reader: &mut Reader<'_>, count: usize, what: &'static str) -> Result<Vec<f32>, ArtifactError> {
    let bytes = reader.take(count.checked_mul(4).ok_or(ArtifactError::Truncated { what })?, what)?;
    let values: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(ArtifactError::Invalid { what: format!("{what} is no number") }) }
}

/// Reads two sizes whose product stays below [`LIMIT`].
pub(super) fn read_size(reader: &mut Reader<'_>, what: &'static str) -> Result<(usize, usize), ArtifactError> {
    let (a, b) = (reader.number(LIMIT, what)?, reader.number(LIMIT, what)?);
    if a.checked_mul(b).is_some_and(|all| all <= LIMIT) {
        Ok((a, b))
    } else {
        Err(ArtifactError::Invalid { what: format!("{what} is too large") })
    }
}
