//! Panels that show what the worker reports: the network, the comparison, curves, samples, tables.

mod network;
mod network_links;
mod network_paint;

pub use network::NetworkDrawing;
