//! Timing repeated calls on this device: two models in alternation, so that drift of the machine cancels.
//!
//! Timers of browsers are coarse, so calls are timed in blocks long enough for the timer; percentiles are over blocks of the
//! mean time per call in each.

use super::clock::Clock;
use crate::protocol::Timing;

/// Block length, ms: twenty times the coarsest timer.
const BLOCK_MS: f64 = 2.0;
/// A block shorter than this says more of the timer than of the model, ms.
const SHORT_MS: f64 = BLOCK_MS / 4.0;
/// Most calls in a block.
const MOST_CALLS: u32 = 1 << 20;

/// A measurement of one call (of model 0 and model 1) under way.
pub(super) struct Duel {
    batch: usize,
    /// Time to spend on each side, ms.
    budget: f64,
    sides: [Side; 2],
}

#[derive(Default)]
struct Side {
    /// Calls per block; 0 until the first block has shown how long a call takes.
    calls: u32,
    spent: f64,
    blocks: Vec<f64>,
}

impl Duel {
    /// At least `budget` ms per side, and at least five blocks.
    pub fn new(batch: usize, budget: f64) -> Self {
        Self { batch, budget, sides: [Side::default(), Side::default()] }
    }

    /// One block of each side, the first one alternating; `call(side)` is one call. True when done.
    pub fn advance(&mut self, clock: &dyn Clock, mut call: impl FnMut(usize)) -> bool {
        let first = self.sides[0].blocks.len() % 2;
        for side in [first, 1 - first] {
            self.sides[side].block(clock, || call(side));
        }
        self.sides.iter().all(|s| s.spent >= self.budget && s.blocks.len() >= 5)
    }

    /// Result of both sides.
    pub fn timings(&self) -> [Timing; 2] {
        [0, 1].map(|i| {
            let side = &self.sides[i];
            let mut sorted = side.blocks.clone();
            sorted.sort_by(f64::total_cmp);
            Timing {
                batch: self.batch,
                p50: percentile(&sorted, 0.5),
                p95: percentile(&sorted, 0.95),
                calls: side.blocks.len() as u64 * u64::from(side.calls),
            }
        })
    }
}

impl Side {
    fn block(&mut self, clock: &dyn Clock, mut call: impl FnMut()) {
        if self.calls == 0 {
            self.calls = warm_up(clock, &mut call);
        }
        let start = clock.now();
        for _ in 0..self.calls {
            call();
        }
        let took = clock.now() - start;
        if took < SHORT_MS && self.calls < MOST_CALLS {
            // Something else held the processor up during the warm-up, and calls looked slow: longer blocks from here on.
            self.calls = grown(self.calls, took);
            self.spent = 0.0;
            self.blocks.clear();
            return;
        }
        self.spent += took;
        self.blocks.push(took / f64::from(self.calls));
    }
}

/// How many calls come nearer to a block, where `calls` took `took` ms.
fn grown(calls: u32, took: f64) -> u32 {
    let grow = if took > 0.0 { (BLOCK_MS / took).clamp(1.5, 8.0) } else { 8.0 };
    (f64::from(calls) * grow).ceil() as u32
}

/// Calls until they fill a block, which warms caches and compilers up; gives how many that takes.
fn warm_up(clock: &dyn Clock, call: &mut impl FnMut()) -> u32 {
    let mut calls = 1;
    loop {
        let start = clock.now();
        for _ in 0..calls {
            call();
        }
        let took = clock.now() - start;
        if took >= BLOCK_MS || calls >= MOST_CALLS {
            return calls;
        }
        calls = grown(calls, took);
    }
}

/// Nearest-rank percentile of rising values; 0 for none.
fn percentile(sorted: &[f64], share: f64) -> f64 {
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
    fn a_stall_while_warming_up_does_not_end_in_blocks_that_the_clock_cannot_see() {
        let time = Cell::new(0.0);
        let clock = || (time.get() / 0.1_f64).floor() * 0.1;
        let calls = Cell::new(0);
        let mut duel = Duel::new(1, 10.0);
        let mut slices = 0;
        // The first call of each model waits 5 ms for the processor.
        let call = |_| {
            calls.set(calls.get() + 1);
            time.set(time.get() + if calls.get() == 1 || calls.get() == 3 { 5.0 } else { 0.001 });
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
