//! Samples that leave early: of each block, those of which a head is sure enough do not go on to the layers behind it.

use super::{
    Runner,
    operation::{Operation, Work},
};
use crate::{
    engine::train::argmax,
    kernels::{elementwise::math::exp, pool2d},
};

/// From here on no sample leaves early: a probability cannot be larger.
pub const NEVER: f32 = 1.0;

/// An exit's head: means of each channel where there is more than one position, and a dense layer to the classes.
pub struct Head {
    pub positions: usize,
    pub channels: usize,
    pub dense: Box<dyn Operation>,
}

impl Operation for Head {
    fn run(&self, batch: usize, x: &[f32], y: &mut [f32], work: &mut Work) {
        if self.positions == 1 {
            return self.dense.run(batch, x, y, work);
        }
        // Taken out while the dense layer has the rest of the memory.
        let mut means = std::mem::take(&mut work.means);
        means.resize(batch * self.channels, 0.0);
        pool2d::mean_forward(self.positions, self.channels, x, &mut means);
        self.dense.run(batch, &means, y, work);
        work.means = means;
    }

    fn kernel(&self) -> String {
        self.dense.kernel()
    }

    fn held(&self) -> usize {
        self.dense.held()
    }
}

/// Where samples leave, and the memory that it takes to go on with the others.
#[derive(Default)]
pub(super) struct Exits {
    /// Steps that are exits, in order.
    pub steps: Vec<usize>,
    /// For each, the steps up to it whose outputs are read behind it.
    pub read: Vec<Vec<usize>>,
    /// Least probability of the likeliest class at which a sample leaves.
    pub threshold: f32,
    /// [`Runner::leave`], where samples may; a pointer, so that who never sets a threshold does not link it.
    pub leave: Option<Leave>,
    /// Samples of a block that have not left, by their place in it.
    pub left: Vec<usize>,
    /// Their inputs.
    pub input: Vec<f32>,
    /// Which of `left` stay.
    pub stay: Vec<usize>,
    /// Where each sample of the last run left: the exit's place among them, or how many there are where it went to the end.
    pub taken: Vec<usize>,
}

type Leave = fn(&mut Runner, &[f32], usize, usize);

/// The largest of the probabilities that `logits` stand for.
#[must_use]
pub fn confidence(logits: &[f32]) -> f32 {
    let max = logits[argmax(logits)];
    1.0 / logits.iter().map(|z| exp(z - max)).sum::<f32>()
}

/// Keeps the rows `stay` of `rows`, each of `width` values, and moves them together.
fn gather(rows: &mut [f32], width: usize, stay: &[usize]) {
    for (to, from) in stay.iter().enumerate().filter(|(to, from)| to != *from) {
        rows.copy_within(from * width..(from + 1) * width, to * width);
    }
}

impl Runner {
    /// Lets samples leave from now on where a head gives its likeliest class at least this probability, 0 to 1. At 1 none leaves, as in a runner that was
    /// just made; at 0 all do, at the first exit.
    pub fn set_exit(&mut self, threshold: f32) {
        self.exits.threshold = threshold;
        self.exits.leave = (threshold < NEVER && !self.exits.steps.is_empty()).then_some(Self::leave);
    }

    /// Layers at which samples can leave, in order.
    #[must_use]
    pub fn exits(&self) -> &[usize] {
        &self.exits.steps
    }

    /// Whether samples may leave early.
    #[must_use]
    pub fn leaves(&self) -> bool {
        self.exits.leave.is_some()
    }

    /// Where each sample of the last run left: at the exit with this place in [`Runner::exits`], or at the end where it is their number.
    #[must_use]
    pub fn taken(&self) -> &[usize] {
        &self.exits.taken
    }

    /// What all heads and the end say to `batch` samples `x[B, I]`: `take` is handed the sample, the exit's place in [`Runner::exits`] or, for the end, their
    /// number, and the answer `[O]`.
    pub fn run_all(&mut self, x: &[f32], batch: usize, mut take: impl FnMut(usize, usize, &[f32])) {
        let (outputs, mut done) = (self.outputs().max(1), 0);
        while done < batch {
            let here = self.block.min(batch - done);
            let x = &x[done * self.input..(done + here) * self.input];
            for i in 0..self.steps.len() {
                self.step(i, x, here);
            }
            let heads = self.exits.steps.iter().map(|step| &self.outputs[*step][..]);
            let end = self.end.map_or(x, |i| &self.outputs[i][..]);
            for (place, rows) in heads.chain([end]).enumerate() {
                for (i, row) in rows[..here * outputs].chunks_exact(outputs).enumerate() {
                    take(done + i, place, row);
                }
            }
            done += here;
        }
    }

    /// Takes a block of samples through the layers, up to where each leaves, and writes their answers behind the first `done` ones.
    fn leave(&mut self, x: &[f32], here: usize, done: usize) {
        let outputs = self.outputs();
        let mut exits = std::mem::take(&mut self.exits);
        exits.left.clear();
        exits.left.extend(0..here);
        exits.input.clear();
        exits.input.extend_from_slice(x);
        let mut place = 0;
        for i in 0..self.steps.len() {
            if exits.left.is_empty() {
                break;
            }
            self.step(i, &exits.input, exits.left.len());
            if exits.steps.get(place) != Some(&i) {
                continue;
            }
            exits.stay.clear();
            for (row, sample) in exits.left.iter().enumerate() {
                let answer = &self.outputs[i][row * outputs..(row + 1) * outputs];
                // What is no number is never sure.
                if confidence(answer) >= exits.threshold {
                    self.logits[(done + sample) * outputs..(done + sample + 1) * outputs].copy_from_slice(answer);
                    exits.taken[done + sample] = place;
                } else {
                    exits.stay.push(row);
                }
            }
            if exits.stay.len() < exits.left.len() {
                gather(&mut exits.input, self.input, &exits.stay);
                for step in &exits.read[place] {
                    gather(&mut self.outputs[*step], self.steps[*step].outputs, &exits.stay);
                }
                for (to, from) in exits.stay.iter().enumerate() {
                    exits.left[to] = exits.left[*from];
                }
                exits.left.truncate(exits.stay.len());
            }
            place += 1;
        }
        let last = self.end.map_or(&exits.input[..], |i| &self.outputs[i][..]);
        for (row, sample) in exits.left.iter().enumerate() {
            self.logits[(done + sample) * outputs..(done + sample + 1) * outputs]
                .copy_from_slice(&last[row * outputs..(row + 1) * outputs]);
        }
        self.exits = exits;
    }
}
