//! Timing repeated calls on this device: two models in alternation, so that drift of the machine cancels.
//!
//! Timers of browsers are coarse, so calls are timed in blocks long enough for the timer; percentiles are over blocks of the
//! mean time per call in each.

use super::clock::Clock;
use crate::protocol::Timing;

/// Block length, ms: twenty times the coarsest timer.
const BLOCK_MS: f64 = 2.0;

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
        self.spent += took;
        self.blocks.push(took / f64::from(self.calls));
    }
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
        if took >= BLOCK_MS || calls >= 1 << 20 {
            return calls;
        }
        let grow = if took > 0.0 { (BLOCK_MS / took).clamp(1.5, 8.0) } else { 8.0 };
        calls = (f64::from(calls) * grow).ceil() as u32;
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
}
