//! Fake quantization: floats rounded to the grid on which they will be stored, so that training sees what rounding does.
//!
//! The way back is the straight-through estimator (Bengio, Léonard & Courville 2013, Estimating or propagating gradients through
//! stochastic neurons for conditional computation; Jacob et al. 2018): the gradient passes unchanged where a value was rounded to the
//! nearest step, and is zero where it lay beyond the outermost one and was clipped, as in PyTorch's `fake_quantize_per_tensor_affine`.
//! One bit is a sign, which clips nothing (Courbariaux, Bengio & David 2015, BinaryConnect).
//!
//! Step sizes can be learnt as well (Esser et al. 2020, Learned step size quantization): a rounded weight changes with its step by its code, less how many
//! steps the weight itself is long, and by the outermost code where it is clipped.

use super::{Codes, Scheme, ValueRange, max_code, round};
use crate::engine::packed::ActivationScale;

/// Rounds weight matrices; its memory is reused.
#[derive(Default)]
pub struct WeightGrid(Codes);

impl WeightGrid {
    /// `rounded[K, N]` is what [`super::quantize`] stores of `values[K, N]`, to the bit; `passes` is 1 where the gradient passes, else 0.
    pub fn round(&mut self, values: &[f32], size: (usize, usize), scheme: &Scheme, rounded: &mut [f32], passes: &mut [f32]) {
        self.write(values, size, scheme, &[], rounded);
        self.pass(values, size, scheme, passes);
    }

    /// [`WeightGrid::round`] by `steps`, as many as [`Scheme::learned`] says, of which those that are 0 are found here. `slopes[K, N]` is by how much a rounded weight
    /// changes with its step size.
    pub fn round_learned(
        &mut self,
        values: &[f32],
        (inputs, units): (usize, usize),
        scheme: &Scheme,
        steps: &mut [f32],
        [rounded, passes, slopes]: [&mut [f32]; 3],
    ) {
        self.write(values, (inputs, units), scheme, steps, rounded);
        steps.copy_from_slice(&self.0.scales[..steps.len()]);
        let most = max_code(scheme.bits) as f32;
        let rows = values.chunks_exact(units.max(1)).zip(passes.chunks_exact_mut(units.max(1))).zip(slopes.chunks_exact_mut(units.max(1)));
        for ((row, passes), slopes) in rows {
            for (n, (w, (passes, slope))) in row.iter().zip(passes.iter_mut().zip(slopes)).enumerate() {
                let scale = steps[if steps.len() == 1 { 0 } else { n }];
                let long = if scale > 0.0 { w * (1.0 / scale) } else { 0.0 };
                let within = -most < long && long < most;
                *passes = f32::from(u8::from(within));
                *slope = if within { round(long) - long } else { long.clamp(-most, most) };
            }
        }
    }

    /// Finds codes and writes what they stand for.
    fn write(&mut self, values: &[f32], (inputs, units): (usize, usize), scheme: &Scheme, known: &[f32], rounded: &mut [f32]) {
        let Self(found) = self;
        found.find(values, (inputs, units), scheme, known);
        let (group, groups) = if found.group == 0 { (inputs.max(1), 1) } else { (found.group, inputs.div_ceil(found.group)) };
        let place = |n: usize, k: usize| if found.scales.len() == 1 { 0 } else { n * groups + k / group };
        let zero = |at: usize| found.zeros.get(at).map_or(0.0, |zero| f32::from(*zero));
        for (n, codes) in found.codes.chunks_exact(inputs.max(1)).enumerate() {
            for (k, (code, to)) in codes.iter().zip(rounded.iter_mut().skip(n).step_by(units.max(1))).enumerate() {
                let at = place(n, k);
                *to = (f32::from(*code) - zero(at)) * found.scales[at];
            }
        }
    }

    /// Where the gradient passes the codes found last.
    fn pass(&self, values: &[f32], (inputs, units): (usize, usize), scheme: &Scheme, passes: &mut [f32]) {
        let Self(found) = self;
        let (group, groups) = if found.group == 0 { (inputs.max(1), 1) } else { (found.group, inputs.div_ceil(found.group)) };
        let place = |n: usize, k: usize| if found.scales.len() == 1 { 0 } else { n * groups + k / group };
        let zero = |at: usize| found.zeros.get(at).map_or(0.0, |zero| f32::from(*zero));
        let (least, most) = match (scheme.bits, scheme.has_zero()) {
            (1, _) => (f32::NEG_INFINITY, f32::INFINITY),
            (bits, true) => (-f32::from(1_u8 << (bits - 1)), f32::from((1_u8 << (bits - 1)) - 1)),
            (bits, false) => (-max_code(bits) as f32, max_code(bits) as f32),
        };
        for (k, (row, passes)) in values.chunks_exact(units.max(1)).zip(passes.chunks_exact_mut(units.max(1))).enumerate() {
            for (n, (w, passes)) in row.iter().zip(passes).enumerate() {
                let at = place(n, k);
                let scale = found.scales[at];
                let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
                let code = round(w * inverse) + zero(at);
                *passes = f32::from(u8::from(least <= code && code <= most));
            }
        }
    }
}

/// What comes into a layer in training, rounded to its grid on its way.
#[derive(Default)]
pub struct Input {
    /// The grid; `None`, and values pass as they are, until a range is known.
    pub scale: Option<ActivationScale>,
    /// ValueRange of the training samples that came in since it was last taken.
    pub seen: ValueRange,
    rounded: Vec<f32>,
}

impl Input {
    /// Makes room for `len` values.
    pub fn fit(&mut self, len: usize) {
        if self.rounded.len() < len {
            self.rounded.resize(len, 0.0);
        }
    }

    /// `x` as the layer gets it. In training (`train`) its range is noted.
    pub fn forward<'a>(&'a mut self, x: &'a [f32], train: bool) -> &'a [f32] {
        if train {
            self.seen.include(x);
        }
        if let Some(scale) = self.scale {
            let rounded = &mut self.rounded[..x.len()];
            scale.quantize_all_f32(x, rounded);
            rounded.iter_mut().for_each(|v| *v *= scale.scale);
        }
        self.last(x)
    }

    /// What the last [`Input::forward`] made of `x`.
    #[must_use]
    pub fn last<'a>(&'a self, x: &'a [f32]) -> &'a [f32] {
        if self.scale.is_some() { &self.rounded[..x.len()] } else { x }
    }

    /// Makes the gradient `dx` zero where `x` was clipped.
    pub fn backward(&self, x: &[f32], dx: &mut [f32]) {
        let Some(scale) = self.scale else { return };
        let (low, high) = scale.ends();
        let inverse = 1.0 / scale.scale;
        for (dx, x) in dx.iter_mut().zip(x) {
            let steps = round(x * inverse);
            *dx *= f32::from(u8::from(low <= steps && steps <= high));
        }
    }
}
