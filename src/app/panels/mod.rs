//! Panels that show what the worker reports: the network, the comparison, curves, samples, tables.

mod compare;
mod curves;
mod network;
mod network_links;
mod network_paint;
mod size_bar;

pub use compare::CompareCard;
pub use curves::Curves;
pub use network::NetworkDrawing;
pub use size_bar::SizeBar;
