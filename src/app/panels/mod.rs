//! Panels that show what the worker reports: the network, the comparison, curves, samples, tables.

mod boundary_map;
mod class_bars;
mod compare;
mod confusion;
mod contrast;
mod curves;
mod draw_pad;
mod latency_table;
mod layer_checkup;
mod layer_widths;
mod learner;
mod loss_surface;
mod made_switch;
mod made_times;
mod network;
mod network_hand;
mod network_heads;
mod network_layers;
mod network_links;
mod network_paint;
mod network_profile;
mod network_tip;
mod optimizer_race;
mod painter;
mod pareto;
mod pareto_table;
mod rate_test;
mod recipe;
mod recipe_steps;
mod recommend;
mod residuals;
mod run_table;
mod run_versus;
mod sample_grid;
mod size_bar;
mod step_walk;
mod studies;
mod table_toggle;
mod teachers;
mod thumbnail;
mod weights;
mod weights_clip;
mod weights_table;

pub use boundary_map::{BoundaryMap, ClassMark};
pub use class_bars::ClassBars;
pub use compare::CompareCard;
pub use confusion::Confusion;
pub use contrast::WhatBreaks;
pub use curves::Curves;
pub use draw_pad::DrawPad;
pub use latency_table::LatencyTable;
pub use layer_checkup::LayerCheckup;
pub use layer_widths::LayerWidths;
pub use learner::LearnerStage;
pub use loss_surface::LossSurface;
pub use made_switch::MadeSwitch;
pub use made_times::MadeTimesTable;
pub use network::NetworkDrawing;
pub use network_hand::HandEdits;
pub use network_layers::LayerCosts;
pub use network_links::UnitLinks;
pub use network_tip::SpotTip;
pub use optimizer_race::OptimizerRace;
pub use painter::{PaintLayer, PaintTools, Painting};
pub use pareto::Pareto;
pub use rate_test::RateTest;
pub use recipe::RecipeBench;
pub use recipe_steps::{Begun, StepList};
pub use recommend::Recommend;
pub use residuals::Residuals;
pub use run_table::RunTable;
pub use sample_grid::SampleGrid;
pub use size_bar::SizeBar;
pub use step_walk::StepWalk;
pub use studies::Studies;
pub use table_toggle::TableToggle;
pub use teachers::TeacherList;
pub use thumbnail::Thumbnail;
pub use weights::WeightHistogram;

/// What a click on something that was tried does; a new run is announced before it starts.
const fn open_words(fresh: bool) -> &'static str {
    if fresh { "Open (new run)" } else { "Open" }
}
