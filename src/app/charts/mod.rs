//! Drawing on canvases: colours of the theme, sharp pixels, sizes that follow the page.

mod canvas;
mod watch;

pub use canvas::{Tiles, fit};
pub use watch::{palette, size_of};
