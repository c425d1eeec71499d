//! Entropy coding: deflate without its search for repeated strings.
//!
//! Weights have no repeated strings to speak of, only frequent values and runs of zeros. Searching for strings takes ten times
//! as long here and makes most files longer, since chance matches cost more than the codes they replace.

use miniz_oxide::{
    deflate::core::{CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params},
    inflate::decompress_to_vec_with_limit,
};

/// What to look for besides frequent bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Nothing: Huffman codes alone.
    Nothing,
    /// Runs of one byte.
    Runs,
}

/// The deflate stream of `bytes`.
pub fn squeeze(bytes: &[u8], search: Search) -> Vec<u8> {
    /// Effort that leaves deflate its best codes.
    const LEVEL: i32 = 6;
    let strategy = match search {
        Search::Nothing => CompressionStrategy::HuffmanOnly,
        Search::Runs => CompressionStrategy::RLE,
    };
    let mut state = CompressorOxide::new(create_comp_flags_from_zip_params(LEVEL, 0, strategy as i32));
    // What does not shrink grows by a few bytes per block of 32 kB.
    let mut out = vec![0; bytes.len() + bytes.len() / 8 + 1024];
    match compress(&mut state, bytes, &mut out, TDEFLFlush::Finish) {
        (TDEFLStatus::Done, _, written) => {
            out.truncate(written);
            out
        }
        _ => miniz_oxide::deflate::compress_to_vec(bytes, LEVEL as u8),
    }
}

/// What was squeezed, at most `limit` bytes; `None` if the stream is damaged or holds more.
pub fn expand(stream: &[u8], limit: usize) -> Option<Vec<u8>> {
    decompress_to_vec_with_limit(stream, limit).ok()
}
