//! A piece of a GPU kernel: what a catalogue's member adds to the kernels that hold it.

/// Whether this build runs on a GPU. In the browser only one module does; in the others a piece is an empty one, and what makes it next to no code.
const CARRIED: bool = cfg!(any(not(target_arch = "wasm32"), feature = "gpu"));

/// WGSL text and the numbers that its `override`s get when a pipeline is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wgsl {
    /// Files, joined in this order.
    pub files: Vec<&'static str>,
    /// Name and value of each `override`.
    pub constants: Vec<(&'static str, f64)>,
}

impl Wgsl {
    /// One file without settings.
    #[must_use]
    pub fn new(file: &'static str) -> Self {
        if CARRIED { Self { files: vec![file], constants: Vec::new() } } else { Self::default() }
    }

    /// The same with one `override` set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        if CARRIED {
            self.constants.push((name, value));
        }
        self
    }

    /// The same with `other` behind it.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        if CARRIED {
            self.files.extend(&other.files);
            self.constants.extend(&other.constants);
        }
        self
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.files.join("\n")
    }
}
