//! Drawing on canvases: colours of the theme, sharp pixels, sizes that follow the page, what is pointed at.

mod canvas;
mod line;
mod pointing;
mod uplot;
mod watch;

pub use canvas::{Tiles, fit};
pub use line::{DataTable, Line, LineChart};
pub use pointing::{leaves, moves, walks};
pub use watch::{palette, size_of};
