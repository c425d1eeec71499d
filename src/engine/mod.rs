//! Training, pure Rust: no DOM, no clock, no hidden randomness.
//!
//! Each kind of thing a person can choose (layer, loss, optimizer, …) is a folder with a trait and one list; a new member is
//! one file and its line in the list, and menus, links, help and tests follow from it.

pub mod activations;
pub mod artifact;
pub mod catalog;
pub mod compress;
pub mod contrast;
pub mod data;
pub mod early_exit;
pub mod error;
pub mod export;
pub mod features;
pub mod fold;
pub mod groups;
pub mod importance;
pub mod inference;
pub mod initializers;
pub mod landscape;
pub mod layers;
pub mod learner_file;
pub mod learners;
mod linalg;
mod links;
pub mod losses;
pub mod network;
pub mod onnx;
pub mod optimizers;
pub mod packed;
pub mod params;
pub mod pruning;
pub mod quantization;
pub mod recipe;
pub mod rng;
pub mod roc;
pub mod schedules;
pub mod shape;
pub mod train;
pub mod writing;
