//! Drawing on canvases: colours of the theme, sharp pixels, sizes that follow the page.

mod canvas;
mod line;
mod uplot;
mod watch;

pub use canvas::{Tiles, fit, lifted};
pub use line::{DataTable, Line, LineChart};
pub use watch::{palette, size_of};
