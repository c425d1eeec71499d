//! A run's state, taken out and put back: what makes it go on to the bit.

use serde::{Deserialize, Serialize};

use super::Trainer;
use crate::engine::{
    optimizers,
    quantization::ValueRange,
    rng::Rng,
    schedules::Heard,
    train::{Averaged, StepSizes},
};

/// Where in its run a trainer is, without the numbers it has learned there.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Steps taken.
    pub step: u64,
    /// Training samples used.
    pub seen: u64,
    /// Steps that the optimizer's memory knows of.
    remembered: u64,
    dropout: Rng,
}

/// A moment of a run, from which it goes on bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Steps taken.
    pub step: u64,
    /// Training samples used.
    pub seen: u64,
    /// Parameters.
    pub params: Vec<f32>,
    /// What the optimizer remembers.
    pub memory: optimizers::State,
    /// Key of the optimizer that remembers it; no other can read it.
    pub optimizer: String,
    /// Parameters held at zero; see [`Trainer::hold`].
    pub keep: Vec<f32>,
    /// Ranges of activations that quantization-aware training has learnt; see [`Trainer::ranges`].
    pub ranges: Vec<ValueRange>,
    /// Step sizes that it has learnt; see [`Trainer::step_sizes`].
    pub step_sizes: StepSizes,
    /// What was noted of the steps; see [`Trainer::noted`].
    pub noted: Vec<f32>,
    /// What the schedule was told; see [`Trainer::hear`].
    pub heard: Heard,
    /// Averages of parameters; see [`Trainer::weights`].
    pub averaged: Averaged,
    dropout: Rng,
}

impl Snapshot {
    /// A moment of parameters alone, without an optimizer's memory.
    #[must_use]
    pub fn bare(step: u64, params: Vec<f32>) -> Self {
        let (memory, optimizer) = (optimizers::State::default(), String::new());
        let (keep, ranges, step_sizes, noted) = (Vec::new(), Vec::new(), StepSizes::default(), Vec::new());
        let (heard, averaged) = (Heard::default(), Averaged::default());
        Self { step, seen: 0, params, memory, optimizer, keep, ranges, step_sizes, noted, heard, averaged, dropout: Rng::new(0, 0) }
    }
}

impl Trainer {
    /// The moment as it is.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            step: self.step,
            seen: self.seen,
            params: self.params.clone(),
            memory: self.memory.clone(),
            optimizer: self.rules.optimizer_key.clone(),
            keep: self.keep.clone(),
            ranges: self.fake.ranges.clone(),
            step_sizes: self.fake.steps.clone(),
            noted: self.noted.clone(),
            heard: self.heard,
            averaged: self.extra.as_ref().map_or_else(Averaged::default, |extra| extra.averaged().clone()),
            // A step that is half done is done anew.
            dropout: self.open.as_ref().map_or(&self.dropout, |open| &open.dropout).clone(),
        }
    }

    /// Goes on from `moment`. What another optimizer remembered there is of no use to this one: its memory starts anew then, and all
    /// else goes on. Errors: it belongs to another network.
    pub fn restore(&mut self, moment: &Snapshot) -> Result<(), String> {
        let n = self.params.len();
        let own = moment.optimizer == self.rules.optimizer_key;
        let fits = moment.params.len() == n
            && (!own || moment.memory.memory.iter().all(|m| m.len() == n))
            && (moment.keep.is_empty() || moment.keep.len() == n)
            && (moment.noted.is_empty() || moment.noted.len() == n)
            && (moment.averaged.weights.is_empty() || moment.averaged.weights.len() == n)
            && (moment.ranges.is_empty() || moment.ranges.len() == self.network.nodes().len());
        if !fits {
            return Err(format!("it has {} parameters, and this network needs {n}", moment.params.len()));
        }
        self.open = None;
        self.revision += 1;
        self.params.copy_from_slice(&moment.params);
        self.keep.clone_from(&moment.keep);
        if let Some(extra) = &mut self.extra {
            extra.restore(&moment.averaged);
        }
        self.fake.ranges.clone_from(&moment.ranges);
        self.fake.steps.clone_from(&moment.step_sizes);
        if self.note.is_some() {
            // Of a moment before anything was noted there is nothing.
            self.noted.clone_from(&moment.noted);
            self.noted.resize(n, 0.0);
        }
        (self.step, self.seen, self.dropout, self.heard) = (moment.step, moment.seen, moment.dropout.clone(), moment.heard);
        if own {
            self.memory.clone_from(&moment.memory);
            self.memory.fit(self.rules.optimizer.as_ref(), n);
        } else {
            self.memory = optimizers::State::new(self.rules.optimizer.as_ref(), n);
            self.fake.steps.memory = optimizers::State::default();
        }
        Ok(())
    }

    /// What steps taken elsewhere came to: parameters, the optimizer's memory slot after slot, and the smallest and largest of each of
    /// [`Trainer::ranges`]. Errors: another length.
    pub fn adopt(&mut self, state: &[f32]) -> Result<(), String> {
        let (n, slots) = (self.params.len(), self.memory.memory.len());
        let numbers = n * (1 + slots);
        if state.len() != numbers + 2 * self.fake.ranges.len() {
            return Err(format!("{} numbers came for {n} parameters with {slots} memory slots", state.len()));
        }
        self.params.copy_from_slice(&state[..n]);
        for (slot, numbers) in self.memory.memory.iter_mut().zip(state[n..numbers].chunks_exact(n.max(1))) {
            slot.copy_from_slice(numbers);
        }
        for (range, [min, max]) in self.fake.ranges.iter_mut().zip(state[numbers..].as_chunks().0) {
            *range = ValueRange { min: *min, max: *max };
        }
        Ok(())
    }

    /// Where the run is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { step: self.step, seen: self.seen, remembered: self.memory.step, dropout: self.dropout.clone() }
    }

    /// Back to where the run was when its parameters and the optimizer's memory were what they are now: steps that were taken elsewhere
    /// since then are lost.
    pub fn rewind(&mut self, place: &Place) {
        (self.step, self.seen, self.memory.step, self.dropout) = (place.step, place.seen, place.remembered, place.dropout.clone());
        self.open = None;
    }
}
