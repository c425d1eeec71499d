//! What the invocations of a workgroup have, made one: a sum, the largest. Each comes twice, by halves in workgroup memory, which defines the result and which every
//! GPU can do, and within subgroups.

use super::{Abilities, Kernel, Program};
use crate::kernels::wgsl::Wgsl;

const ADDED_UP: &str = include_str!("../wgsl/added_up.wgsl");
const LARGEST: &str = include_str!("../wgsl/largest.wgsl");
const EXTREMES: &str = include_str!("../wgsl/extremes.wgsl");

/// Each with what takes its place where there are subgroups.
const WITHIN_SUBGROUPS: [(&str, &str); 3] = [
    (ADDED_UP, include_str!("../wgsl/added_up_subgroups.wgsl")),
    (LARGEST, include_str!("../wgsl/largest_subgroups.wgsl")),
    (EXTREMES, include_str!("../wgsl/extremes_subgroups.wgsl")),
];

/// A sum over the workgroup; joined to a kernel that names its `Part` and `LANES`.
pub(super) fn added_up() -> Wgsl {
    Wgsl::new(ADDED_UP)
}

/// The largest of the workgroup, beside [`added_up`].
pub(super) fn largest() -> Wgsl {
    Wgsl::new(LARGEST)
}

/// The smallest and largest that a workgroup saw.
pub(super) fn extremes() -> Wgsl {
    Wgsl::new(EXTREMES)
}

impl Program {
    /// The same for a GPU that can do `abilities`: sums within subgroups where it has them, in another order then.
    #[must_use]
    pub fn with(mut self, abilities: Abilities) -> Self {
        if abilities.subgroups {
            for file in self.kernels.iter_mut().flat_map(|kernel| &mut kernel.wgsl.files) {
                *file = WITHIN_SUBGROUPS.iter().find(|(portable, _)| portable == file).map_or(*file, |(_, within)| within);
            }
        }
        self
    }
}

impl Kernel {
    /// Whether it wants subgroups, which WGSL in a browser has to enable.
    #[must_use]
    pub fn wants_subgroups(&self) -> bool {
        self.wgsl.files.iter().any(|file| WITHIN_SUBGROUPS.iter().any(|(_, within)| within == file))
    }
}
