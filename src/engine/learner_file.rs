//! A fitted learner as a file of its own: what the learner writes of itself, with what it was fitted on beside it.
//!
//! `WHLF`, a version, the length of the description (four bytes, little-endian), the description as JSON (the same as a network's file has), and the bytes of
//! [`learners::encode`], which end in their own checksum.

use super::learners::{self, Model};

const MAGIC: &[u8; 4] = b"WHLF";
const VERSION: u8 = 1;
/// Bytes before the description.
const HEAD: usize = MAGIC.len() + 1 + 4;

/// Whether these bytes begin as such a file does.
#[must_use]
pub fn is_learner(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// A file of `model` with what `meta` says, and how many bytes of it are the model.
#[must_use]
pub fn encode(model: &dyn Model, meta: &str) -> (Vec<u8>, usize) {
    let payload = learners::encode(model);
    let mut out = Vec::with_capacity(HEAD + meta.len() + payload.len());
    out.extend_from_slice(MAGIC);
    out.push(VERSION);
    out.extend((meta.len() as u32).to_le_bytes());
    out.extend_from_slice(meta.as_bytes());
    out.extend_from_slice(&payload);
    (out, payload.len())
}

/// The model in `bytes`, and what is said beside it. Errors, in words: another file, a newer or a damaged one.
pub fn decode(bytes: &[u8]) -> Result<(Box<dyn Model>, String), String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("this is no file of a learner")?;
    let (version, rest) = rest.split_first().ok_or("the file ends early")?;
    if *version != VERSION {
        return Err(format!("the file has version {version}, this Whittle reads {VERSION}"));
    }
    let (length, rest) = rest.split_first_chunk::<4>().ok_or("the file ends early")?;
    let length = u32::from_le_bytes(*length) as usize;
    let (meta, payload) = rest.split_at_checked(length).ok_or("the file ends early")?;
    let meta = std::str::from_utf8(meta).map_err(|e| format!("its description cannot be read ({e})"))?;
    let model = learners::decode(payload).map_err(|e| e.to_string())?;
    Ok((model, meta.into()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{
        catalog::Pick,
        learners::{Table, Target},
    };

    #[test]
    fn a_file_comes_back_as_it_was_and_damage_is_an_error() {
        let inputs = vec![0.0, 1.0, 2.0, 3.0];
        let target = Target::Classes { of: vec![0, 0, 1, 1], count: 2 };
        let table = Arc::new(Table { rows: 4, features: 1, inputs: inputs.clone(), target });
        let learner = learners::build(&Pick::new("linear")).unwrap();
        let mut fit = learner.fit(&table, 1).unwrap();
        learners::finish(fit.as_mut());
        let (bytes, payload) = encode(fit.model(), r#"{"experiment":""}"#);
        assert!(is_learner(&bytes) && payload < bytes.len());
        let (model, meta) = decode(&bytes).unwrap();
        assert_eq!(meta, r#"{"experiment":""}"#);
        let (mut a, mut b) = (vec![0.0; 8], vec![0.0; 8]);
        fit.model().predict(&inputs, 4, &mut a);
        model.predict(&inputs, 4, &mut b);
        assert_eq!(a, b);
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(decode(b"WHLF\x02").is_err_and(|e| e.contains("version 2")));
    }
}
