//! What a step of training can do beyond the plain one: changed samples, a second look from elsewhere, gradients that are kept in bounds, and weights that are
//! averaged.
//!
//! The trainer knows the trait alone, so that who makes no [`Extras`] does not link them.

mod augment;
mod average;
mod gradient;
mod mixup;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use augment::Augment;
pub use average::Average;
use average::Averaging;
use mixup::Mixup;

use super::super::{data::Samples, rng::Rng, shape::Shape};

/// Streams of the seed; each step, or each sample of a run, has one of its own, so that nothing of them has to be kept to go on.
mod stream {
    pub const NOISE: u64 = 5 << 32;
    pub const MIX: u64 = 6 << 32;
    pub const AUGMENT: u64 = 7 << 32;
}

/// What a trainer asks at the turns of a step.
pub trait Extra: Send {
    /// A step begins: `step` steps and `seen` samples of the run lie before it.
    fn begin(&mut self, step: u64, seen: u64, batch: usize);

    /// Changes the samples of a piece of the step. True: `piece.values` hold shares of classes, `[b, O]`, in place of classes.
    fn gather(&mut self, piece: Piece<'_>) -> bool;

    /// `gradient`, that of the loss over the whole mini-batch, is there. True: the mini-batch is to be looked at again, at [`Extra::elsewhere`].
    fn again(&mut self, params: &[f32], gradient: &[f32], keep: &[f32]) -> bool;

    /// The parameters at which the mini-batch is looked at, where those are not the trainer's own.
    fn elsewhere(&self) -> Option<&[f32]>;

    /// Changes the gradient, penalties and all, that parameters will move by. `keep` is 0 for those held at zero; empty where none is.
    fn bound(&mut self, gradient: &mut [f32], keep: &[f32]);

    /// The parameters have moved, and `epoch` epochs are over, the last of them just now where `epoch_done`.
    fn moved(&mut self, params: &[f32], epoch: f64, epoch_done: bool);

    /// Averages so far.
    fn averaged(&self) -> &Averaged;

    /// Puts other averages in place of these; none where those were kept in another way.
    fn restore(&mut self, averaged: &Averaged);

    /// Sets the average of some parameters: all from `from` on, as many as there are `values`. Where none is kept yet it does nothing.
    fn set(&mut self, from: usize, values: &[f32]);

    /// Holds averages at zero where `keep` is 0; an empty one holds none.
    fn hold(&mut self, keep: &[f32]);
}

/// Some samples of a mini-batch.
pub struct Piece<'a> {
    /// The training samples.
    pub data: &'a Samples,
    /// Shape of one of them.
    pub shape: &'a Shape,
    /// The network's outputs.
    pub outputs: usize,
    /// Which samples the mini-batch is of.
    pub order: &'a [u32],
    /// Which of these the piece is of.
    pub range: Range<usize>,
    /// Their inputs `[b, I]`, to be changed.
    pub inputs: &'a mut [f32],
    /// Their classes, `[b]`, or none: those that count for the score.
    pub classes: &'a mut [u32],
    /// Their values, `[b]`, or none.
    pub values: &'a mut Vec<f32>,
}

/// Averages of parameters over steps or epochs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Averaged {
    /// One for each parameter; empty where nothing is averaged yet.
    pub weights: Vec<f32>,
    /// Over how many.
    pub count: u64,
    /// They are means over the ends of epochs, not moving ones over steps.
    pub equal: bool,
}

/// Numbers of the extras; all changeable mid-run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controls {
    /// Longest gradient, as a vector; 0 for no limit.
    pub clip: f64,
    /// Largest size of a single gradient; 0 for no limit.
    pub clip_value: f64,
    /// Variance of the noise on gradients in the first step; 0 for none.
    pub noise: f64,
    /// How far sharpness-aware minimization climbs; 0 for not at all.
    pub sam: f64,
    /// Both parameters of the Beta distribution that mixing shares come from; 0 mixes nothing.
    pub mixup: f64,
    /// How images are moved.
    pub augment: Augment,
    /// How weights are averaged.
    pub average: Average,
}

impl Controls {
    /// What does all this in a run of seed `seed`; `None` where there is nothing to do.
    #[must_use]
    pub fn extras(&self, seed: u64) -> Option<Box<dyn Extra>> {
        let busy = *self != Self::default();
        busy.then(|| {
            let averaging = Averaging::new(self.average);
            let extras = Extras {
                controls: self.clone(),
                seed,
                averaging,
                mixup: Mixup::default(),
                climbed: None,
                step: 0,
                seen: 0,
                row: Vec::new(),
            };
            Box::new(extras) as Box<dyn Extra>
        })
    }
}

/// See [`Controls`].
struct Extras {
    controls: Controls,
    seed: u64,
    averaging: Averaging,
    mixup: Mixup,
    /// Where the second look of a step is from, and whether it is under way.
    climbed: Option<(Vec<f32>, bool)>,
    step: u64,
    seen: u64,
    /// The other sample of a mixture.
    row: Vec<f32>,
}

impl Extra for Extras {
    fn begin(&mut self, step: u64, seen: u64, batch: usize) {
        (self.step, self.seen) = (step, seen);
        if let Some((_, under_way)) = &mut self.climbed {
            *under_way = false;
        }
        if self.controls.mixup > 0.0 {
            self.mixup.draw(self.controls.mixup, batch, &mut Rng::new(self.seed, stream::MIX + step));
        }
    }

    fn gather(&mut self, piece: Piece<'_>) -> bool {
        let (width, mixes) = (piece.shape.len(), self.controls.mixup > 0.0);
        let Self { controls: Controls { augment, .. }, seed, seen, row, mixup, .. } = self;
        let sample = |at: usize, out: &mut [f32]| {
            let from = piece.order[at] as usize * width;
            let x = &piece.data.inputs[from..from + width];
            augment.apply(x, piece.shape, &mut Rng::new(*seed, stream::AUGMENT + *seen + at as u64), out);
        };
        row.resize(width, 0.0);
        for (at, x) in piece.range.clone().zip(piece.inputs.chunks_exact_mut(width)) {
            sample(at, x);
            if mixes {
                sample(mixup.partner(at), row);
                mixup.blend(x, row);
            }
        }
        mixes && mixup.targets(piece.data, piece.order, piece.range, (piece.classes, piece.values), piece.outputs)
    }

    fn again(&mut self, params: &[f32], gradient: &[f32], keep: &[f32]) -> bool {
        if self.controls.sam == 0.0 {
            return false;
        }
        let (climbed, under_way) = self.climbed.get_or_insert_with(|| (vec![0.0; params.len()], false));
        *under_way = !*under_way;
        if *under_way {
            gradient::climb(self.controls.sam, params, gradient, keep, climbed);
        }
        *under_way
    }

    fn elsewhere(&self) -> Option<&[f32]> {
        self.climbed.as_ref().filter(|(_, under_way)| *under_way).map(|(climbed, _)| &climbed[..])
    }

    fn bound(&mut self, gradient: &mut [f32], keep: &[f32]) {
        gradient.iter_mut().zip(keep).for_each(|(g, k)| *g *= k);
        gradient::clip(self.controls.clip, self.controls.clip_value, gradient);
        if self.controls.noise > 0.0 {
            gradient::add_noise(self.controls.noise, self.step, &mut Rng::new(self.seed, stream::NOISE + self.step), gradient);
        }
    }

    fn moved(&mut self, params: &[f32], epoch: f64, epoch_done: bool) {
        self.averaging.take(params, epoch, epoch_done);
    }

    fn averaged(&self) -> &Averaged {
        &self.averaging.averaged
    }

    fn restore(&mut self, averaged: &Averaged) {
        self.averaging.restore(averaged);
    }

    fn set(&mut self, from: usize, values: &[f32]) {
        if let Some(there) = self.averaging.averaged.weights.get_mut(from..from + values.len()) {
            there.copy_from_slice(values);
        }
    }

    fn hold(&mut self, keep: &[f32]) {
        self.averaging.averaged.weights.iter_mut().zip(keep).for_each(|(w, k)| *w *= k);
    }
}
