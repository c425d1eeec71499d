//! Text that teaches, in builds that show it.

/// A text that explains, or nothing in builds without the feature `page`: the worker shows none, so visitors do not load them twice.
macro_rules! teach {
    ($text:expr) => {{
        // A constant, so that what is not shown is not in the file.
        const TEXT: &str = if cfg!(feature = "page") { $text } else { "" };
        TEXT
    }};
}
