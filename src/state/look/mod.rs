//! How things look, as far as it can be computed without a page: colours, places, hit tests, sentences.

pub mod arena;
pub mod benchmark;
pub mod clip;
pub mod colour;
pub mod confusion;
pub mod contrast;
pub mod curves;
pub mod digit;
pub mod exits;
pub mod field;
pub mod footprint;
pub mod latency;
pub mod network;
pub mod pareto;
pub mod points;
pub mod profile;
pub mod recommend;
pub mod runs;
pub mod scale;
pub mod sensitivity;
pub mod series;
pub mod size;
pub mod targets;
pub mod unit_words;
pub mod versus;
pub mod weights;
