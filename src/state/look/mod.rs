//! How things look, as far as it can be computed without a page: colours, places, hit tests, sentences.

pub mod colour;
pub mod curves;
pub mod network;
pub mod series;
pub mod size;
pub mod unit_words;
