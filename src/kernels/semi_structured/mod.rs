//! Semi-structured sparsity: of every four inputs in a row, a unit keeps one or two weights.
//!
//! `y[M, N] = Σ x[M, 4 g + position] · value + bias[N]` over the kept weights of each unit, group by group. Graphics processors know the pattern as 2:4
//! (Mishra et al. 2021, Accelerating sparse deep neural networks). Because every unit keeps as many in every group, weights stay in lanes, and a position takes two bits.

pub mod reference;
mod simd;

/// Inputs of a group.
pub const GROUP: usize = 4;
/// Most weights that a unit keeps in a group.
pub const MOST_KEPT: usize = 2;
/// Units of a panel.
const PANEL: usize = 16;
/// Vectors of a panel.
const QUADS: usize = PANEL / 4;

/// A matrix `[K, N]` of which each unit keeps at most `kept` weights in each group.
#[derive(Clone, Debug)]
pub struct SemiStructured {
    inputs: usize,
    units: usize,
    kept: usize,
    /// `[panels][groups][kept][quads]`: the same weight of four units side by side; zero where a unit has fewer.
    values: Vec<[f32; 4]>,
    /// Two bits for the position of each, likewise; a byte is four units.
    positions: Vec<[u8; QUADS]>,
}

/// The most weights that are not zero in any unit's group of four, at least 1, among values `[K, N]`. A unit's last group may be shorter.
#[must_use]
pub fn most_kept(values: &[f32], (_, units): (usize, usize)) -> usize {
    let groups = groups(values, units).flat_map(|rows| (0..units).map(|n| unit(rows, n, units)));
    groups.map(|group| group.filter(|(_, value)| *value != 0.0).count()).max().unwrap_or(0).max(1)
}

/// Four rows at a time.
fn groups(values: &[f32], units: usize) -> impl Iterator<Item = &[f32]> {
    values.chunks(GROUP * units.max(1))
}

/// Position and value of each weight of unit `n` in the rows of a group.
fn unit(rows: &[f32], n: usize, units: usize) -> impl Iterator<Item = (usize, f32)> {
    rows[n..].iter().step_by(units).copied().enumerate()
}

impl SemiStructured {
    /// Packs values `[K, N]`; `None` where a group has more than [`MOST_KEPT`] that are not zero.
    #[must_use]
    pub fn new(values: &[f32], (inputs, units): (usize, usize)) -> Option<Self> {
        let kept = most_kept(values, (inputs, units));
        if kept > MOST_KEPT {
            return None;
        }
        let slots = units.div_ceil(PANEL) * inputs.div_ceil(GROUP) * kept;
        let mut packed = Self { inputs, units, kept, values: vec![[0.0; 4]; slots * QUADS], positions: vec![[0; QUADS]; slots] };
        for (g, rows) in groups(values, units).enumerate() {
            for n in 0..units {
                let (panel, quad, lane) = (n / PANEL, n % PANEL / 4, n % 4);
                let slot = (panel * packed.groups() + g) * kept;
                for (j, (position, value)) in unit(rows, n, units).filter(|(_, value)| *value != 0.0).enumerate() {
                    packed.values[(slot + j) * QUADS + quad][lane] = value;
                    packed.positions[slot + j][quad] |= (position as u8) << (2 * lane);
                }
            }
        }
        Some(packed)
    }

    /// Weights that a unit keeps in a group: 1 or 2.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// Bytes that values and positions take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.values) + size_of_val(&*self.positions)
    }

    fn groups(&self) -> usize {
        self.inputs.div_ceil(GROUP)
    }
}

/// Products of `x[rows, K]` with 32-bit floats; `scratch` is grown once. Every sum takes its products in rising order, starting at its bias.
pub fn matmul(rows: usize, x: &[f32], w: &SemiStructured, bias: &[f32], y: &mut [f32], scratch: &mut Vec<f32>) {
    simd::run(rows, x, w, bias, y, scratch);
}
