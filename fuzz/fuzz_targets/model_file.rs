//! A model file with a checksum that holds, so that all of the reader is reached: refused in words, or a model that can be written in
//! every form and read again to the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use whittle::engine::artifact::{FORMS, Form, decode, encode};
use whittle_fuzz::{crc32, within};

/// Beyond what the limits of the page ask for (`network.rs`: 4 million parameters and 8 million activations), a deflated file or one of zeros may stand for much
/// more than its own length.
const MOST: usize = 400 << 20;
/// Larger models are read, but not written and read again: that takes longer than it finds. Deflate tries many ways to write, and takes longest.
const SMALL: [usize; 2] = [2048, 160];

fuzz_target!(|input: &[u8]| {
    let _ = decode(input);
    let Some((form, body)) = input.split_first() else { return };
    let mut file = b"WHTL\x01".to_vec();
    file.push(form % 8);
    file.extend_from_slice(&crc32(body).to_le_bytes());
    file.extend_from_slice(body);
    let read = match within(MOST, || decode(&file)) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    // NaN equals nothing, so models are compared by what is written of them.
    let first = encode(&read.model, Form::Packed, &read.meta);
    for form in FORMS.into_iter().filter(|form| first.len() < SMALL[usize::from(*form == Form::Deflate)]) {
        let file = encode(&read.model, form, &read.meta);
        let again = decode(&file).unwrap_or_else(|error| panic!("{form:?}: {error}"));
        assert_eq!(again.meta, read.meta);
        assert_eq!(again.model.layers.len(), read.model.layers.len());
        if !matches!(form, Form::Dense | Form::Masked) {
            assert!(encode(&again.model, Form::Packed, &again.meta) == first, "{form:?} gives another model");
        }
    }
});
