//! The learning-rate range test of a run.

use super::{Bench, Work};
use crate::{
    engine::{
        catalog::Pick,
        error::SpecError,
        schedules,
        train::{RangeTest, Sweep},
    },
    protocol::{LabNews, Rates},
    session::{build, clock::Clock},
};

/// First and last learning rate.
const FROM: f64 = 1e-6;
const TO: f64 = 10.0;
/// Fewest and most steps.
const STEPS: (usize, usize) = (20, 2000);

/// Under way.
pub(super) struct Test {
    test: RangeTest,
    done: bool,
}

impl Test {
    /// Of the experiment's training, from the first weights (`fresh`) or those at hand. Errors: whatever of the experiment cannot be used.
    pub fn new(steps: usize, fresh: bool, bench: &Bench<'_>) -> Result<Self, SpecError> {
        let mut trainer = build::trainer(bench.experiment, bench.data)?;
        if !fresh {
            let refused = |reason| SpecError::Incompatible { field: "lr".into(), reason };
            trainer.restore(&bench.trainer.snapshot()).map_err(refused)?;
        }
        let (constant, values) = schedules::CATALOG.resolve(&Pick::new("constant"))?;
        let sweep = Sweep { from: FROM, to: TO, steps: steps.clamp(STEPS.0, STEPS.1) };
        Ok(Self { test: RangeTest::new(trainer, (constant.build)(&values), sweep), done: false })
    }
}

impl Work for Test {
    fn advance(&mut self, bench: &Bench<'_>, _: &dyn Clock) -> Result<bool, SpecError> {
        self.done = self.test.advance(&bench.data.train);
        Ok(self.done)
    }

    fn news(&self) -> LabNews {
        let suggestion = self.test.suggestion().filter(|_| self.done).map(|s| (s.steepest, s.tenth));
        let points = self.test.points().iter().map(|p| (p.rate, p.loss, p.smoothed)).collect();
        LabNews::Rates(Rates { share: self.test.share() as f32, points, suggestion, done: self.done })
    }
}
