//! Timing repeated calls on this device: two models in alternation, so that drift of the machine cancels.
//!
//! Timers of browsers are coarse, so calls are timed in blocks long enough for the timer; percentiles are over blocks of the
//! mean time per call in each.

use super::clock::Clock;
use crate::{
    engine::data::Dataset,
    protocol::{LatencyReport, Timing},
};

/// Block length, ms: twenty times the coarsest timer.
const BLOCK_MS: f64 = 2.0;
/// A block shorter than this says more of the timer, which browsers let tick ten times a millisecond, than of the model, ms.
const SHORT_MS: f64 = 0.75 * BLOCK_MS;
/// Most calls in a block.
const MOST_CALLS: u32 = 1 << 20;

/// A measurement of one call (of model 0 and model 1) under way.
pub(super) struct Duel {
    batch: usize,
    /// Time to spend on each side, ms.
    budget: f64,
    /// Blocks timed so far, of both sides.
    turn: usize,
    sides: [Side; 2],
}

/// The samples of calls with one sample each.
#[derive(Default)]
pub(super) struct Turns([usize; 2]);

impl Turns {
    /// Test samples that take turns, at most.
    const SAMPLES: usize = 256;

    /// The next of `data`'s test samples for `side`: where samples `leave` early they take unequal times, so one after the other, the same for both sides;
    /// elsewhere always the first.
    pub fn next<'a>(&mut self, side: usize, data: &'a Dataset, leave: bool) -> &'a [f32] {
        let width = data.shape.len();
        let at = self.0[side] % data.test.len.clamp(1, Self::SAMPLES);
        self.0[side] += usize::from(leave);
        &data.test.inputs[at * width..(at + 1) * width]
    }
}

/// Blocks of calls of one thing.
#[derive(Default)]
pub(super) struct Side {
    /// Calls per block; 0 until the warm-up has shown how many fill one.
    calls: u32,
    /// Calls of the next try to fill a block.
    trial: u32,
    /// Time taken by the pieces of a call that is not done, ms.
    open: f64,
    /// Time of all blocks, ms.
    pub spent: f64,
    /// Mean time of a call in each block, ms.
    pub blocks: Vec<f64>,
}

/// Where a few calls took so long that the median says little of the time spent, a measurement ends after so many times its budget.
const PATIENCE: f64 = 3.0;

impl Duel {
    /// At least `budget` ms of median calls per side, and at least five blocks.
    pub fn new(batch: usize, budget: f64) -> Self {
        Self { batch, budget, turn: 0, sides: [Side::default(), Side::default()] }
    }

    /// One block of one side, or one try of its warm-up: a few milliseconds, or one call where that takes longer. The side that goes
    /// first alternates; `call(side)` is one call. True when done.
    pub fn advance(&mut self, clock: &dyn Clock, mut call: impl FnMut(usize)) -> bool {
        let (round, second) = (self.turn / 2, self.turn % 2);
        let side = (round + second) % 2;
        let piece = || {
            call(side);
            true
        };
        if self.sides[side].block(clock, piece) {
            self.turn += 1;
        }
        self.turn.is_multiple_of(2) && self.sides.iter().all(|s| s.enough(self.budget))
    }

    /// Result of both sides, the baseline being model 0, where nothing else is measured.
    pub fn report(&self) -> LatencyReport {
        let [baseline, optimized] = self.timings();
        LatencyReport { baseline: vec![baseline], optimized: vec![optimized], ..LatencyReport::default() }
    }

    /// Result of both sides.
    pub fn timings(&self) -> [Timing; 2] {
        [0, 1].map(|i| {
            let side = &self.sides[i];
            let sorted = side.sorted();
            Timing { batch: self.batch, p50: percentile(&sorted, 0.5), p95: percentile(&sorted, 0.95), calls: side.counted() }
        })
    }
}

impl Side {
    /// A block, or a try of its warm-up. `piece` does a piece of a call and is true when that ends the call: where one call fills a
    /// block, this does no more than a piece of it. True when a block was timed.
    pub fn block(&mut self, clock: &dyn Clock, mut piece: impl FnMut() -> bool) -> bool {
        let warm = self.calls > 0;
        let calls = if warm { self.calls } else { self.trial.max(1) };
        let start = clock.now();
        let mut done = true;
        for _ in 0..calls {
            done = piece();
            while !done && calls > 1 {
                done = piece();
            }
        }
        let took = std::mem::take(&mut self.open) + clock.now() - start;
        if !done {
            self.open = took;
            return false;
        }
        if !warm {
            // Warms caches and compilers up, and shows how many calls fill a block.
            if took >= BLOCK_MS || calls >= MOST_CALLS {
                self.calls = calls;
            } else {
                self.trial = grown(calls, took);
            }
            return false;
        }
        if took < SHORT_MS && self.calls < MOST_CALLS {
            // Something else held the processor up during the warm-up, and calls looked slow: longer blocks from here on.
            self.calls = grown(self.calls, took);
            self.spent = 0.0;
            self.blocks.clear();
            return false;
        }
        self.spent += took;
        self.blocks.push(took / f64::from(self.calls));
        true
    }

    fn enough(&self, budget: f64) -> bool {
        let median = || percentile(&self.sorted(), 0.5) * self.counted() as f64;
        self.blocks.len() >= 5 && self.spent >= budget && (self.spent >= PATIENCE * budget || median() >= budget)
    }

    /// Calls timed.
    pub fn counted(&self) -> u64 {
        self.blocks.len() as u64 * u64::from(self.calls)
    }

    fn sorted(&self) -> Vec<f64> {
        crate::order::ascending(&self.blocks)
    }
}

/// How many calls come nearer to a block, where `calls` took `took` ms.
fn grown(calls: u32, took: f64) -> u32 {
    let grow = if took > 0.0 { (BLOCK_MS / took).clamp(1.5, 8.0) } else { 8.0 };
    (f64::from(calls) * grow).ceil() as u32
}

/// Nearest-rank percentile of rising values; 0 for none.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted[rank.min(sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn percentiles_by_nearest_rank() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), 10.0);
        assert_eq!(percentile(&values, 0.95), 19.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_long_call_is_timed_piece_by_piece() {
        let time = Cell::new(0.0);
        let clock = || time.get();
        let (mut side, mut pieces) = (Side::default(), 0);
        let mut block = || {
            side.block(&clock, || {
                time.set(time.get() + 10.0);
                pieces += 1;
                pieces % 3 == 0
            })
        };
        let timed: Vec<bool> = (0..9).map(|_| block()).collect();
        assert_eq!(timed, [false, false, false, false, false, true, false, false, true], "a warm-up, then every third piece ends a call");
        assert_eq!((side.blocks, side.spent), (vec![30.0, 30.0], 60.0));
    }

    #[test]
    fn tells_a_slow_model_from_a_quick_one_with_a_coarse_clock() {
        let time = Cell::new(0.0);
        let clock = || (time.get() / 0.1_f64).floor() * 0.1;
        let mut duel = Duel::new(1, 30.0);
        while !duel.advance(&clock, |side| time.set(time.get() + if side == 0 { 0.03 } else { 0.01 })) {}
        let [slow, quick] = duel.timings();
        assert!((slow.p50 - 0.03).abs() < 0.002 && (quick.p50 - 0.01).abs() < 0.001, "{slow:?} {quick:?}");
        assert!(slow.calls >= 900 && slow.p95 >= slow.p50);
    }

    #[test]
    fn sides_take_turns_and_a_piece_is_one_block_of_one_side() {
        let time = Cell::new(0.0);
        let clock = || time.get();
        let order = std::cell::RefCell::new(Vec::new());
        let mut duel = Duel::new(1, 40.0);
        loop {
            let before = order.borrow().len();
            let done = duel.advance(&clock, |side| {
                order.borrow_mut().push(side);
                time.set(time.get() + 3.0);
            });
            assert_eq!(order.borrow().len() - before, 1, "one call fills a block here");
            if done {
                break;
            }
        }
        // Two calls each to warm up and begin, then turns: 0 1, 1 0, 0 1, …
        assert_eq!(order.borrow()[..10], [0, 0, 1, 1, 1, 0, 0, 1, 1, 0]);
        assert!(duel.timings().iter().all(|t| t.p50 * t.calls as f64 >= 40.0));
    }

    #[test]
    fn a_stall_while_warming_up_does_not_end_in_blocks_that_the_clock_cannot_see() {
        let time = Cell::new(0.0);
        let clock = || (time.get() / 0.1_f64).floor() * 0.1;
        let calls = [Cell::new(0), Cell::new(0)];
        let mut duel = Duel::new(1, 10.0);
        let mut slices = 0;
        // The first call of each model waits 5 ms for the processor.
        let call = |side: usize| {
            calls[side].set(calls[side].get() + 1);
            time.set(time.get() + if calls[side].get() == 1 { 5.0 } else { 0.001 });
        };
        while !duel.advance(&clock, call) {
            slices += 1;
            assert!(slices < 100, "it comes to an end");
        }
        for timing in duel.timings() {
            assert!((timing.p50 - 0.001).abs() < 0.000_2, "{timing:?}");
        }
    }
}
