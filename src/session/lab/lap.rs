//! A lap of a race: some epochs of training from the first weights, with its seconds, judged on the way.

use super::{Bench, Work};
use crate::{
    engine::{
        data::Samples,
        error::SpecError,
        losses::Loss,
        network::Tape,
        train::{Score, Trainer},
    },
    experiment::Experiment,
    protocol::{LabNews, Lap, LapPoint},
    session::{
        build,
        clock::Clock,
        evaluate::{self, Judge, Trained},
    },
};

/// Moments at which a lap is judged.
const MOMENTS: u64 = 60;
/// Samples that it is judged on, at most.
const SAMPLES: usize = 1000;
/// Training between two looks at the clock, ms: many times what a browser rounds a moment to.
const SLICE_MS: f64 = 5.0;

/// Under way.
pub(super) struct Race {
    trainer: Trainer,
    /// A loss of its own, for the samples that it is judged on.
    loss: Box<dyn Loss>,
    /// Those samples.
    samples: Samples,
    judge: Option<Judge>,
    tape: Tape,
    /// Training samples in all.
    last: u64,
    seconds: f64,
    /// Losses since the last moment, summed, and of how many samples.
    sum: (f64, usize),
    lap: Lap,
}

impl Race {
    /// Training by the experiment of the run for `epochs` with the learning rate `lr`. Errors: whatever of the experiment cannot be used.
    pub fn new(epochs: f64, lr: f64, bench: &Bench<'_>) -> Result<Self, SpecError> {
        let mut experiment = Experiment::clone(bench.experiment);
        (experiment.train.lr, experiment.train.epochs) = (lr, epochs);
        let data = bench.data;
        let trainer = build::trainer(&experiment, data)?;
        let validation = data.validation.len > 0;
        let samples = if validation { &data.validation } else { &data.test }.first(SAMPLES, data.shape.len());
        let lap = Lap { samples: samples.len, validation, ..Lap::default() };
        Ok(Self {
            trainer,
            loss: build::loss(&experiment, data)?,
            samples,
            // The first moment is that of the first weights.
            judge: Some(Judge::default()),
            tape: Tape::default(),
            last: (libm::ceil(epochs * data.train.len as f64) as u64).max(1),
            seconds: 0.0,
            sum: (0.0, 0),
            lap,
        })
    }

    /// Whether it is time to be judged after a step that came from `before` samples.
    fn due(&self, before: u64) -> bool {
        let seen = self.trainer.place().seen;
        let moment = |seen: u64| seen * MOMENTS / self.last;
        seen >= self.last || moment(before) != moment(seen)
    }

    /// Trains for a while, up to the next moment.
    fn train(&mut self, bench: &Bench<'_>, clock: &dyn Clock) {
        let began = clock.now();
        loop {
            let before = self.trainer.place().seen;
            let report = self.trainer.advance(&bench.data.train, &mut Score::default());
            let now = clock.now();
            if let Some(report) = report {
                self.sum = (self.sum.0 + f64::from(report.loss) * report.samples as f64, self.sum.1 + report.samples);
                self.lap.diverged = !report.loss.is_finite();
                if self.lap.diverged || self.due(before) {
                    self.judge = Some(Judge::default());
                    self.seconds += (now - began) / 1000.0;
                    return;
                }
            }
            if now - began >= SLICE_MS {
                self.seconds += (now - began) / 1000.0;
                return;
            }
        }
    }
}

impl Work for Race {
    fn advance(&mut self, bench: &Bench<'_>, clock: &dyn Clock) -> Result<bool, SpecError> {
        let Some(judge) = &mut self.judge else {
            self.train(bench, clock);
            return Ok(false);
        };
        let (network, params) = (&self.trainer.network, self.trainer.weights());
        let chunk = evaluate::chunk(network);
        let mut trained = Trained { network, params, tape: &mut self.tape };
        if !judge.advance_on(&self.samples, bench.data, self.loss.as_ref(), &mut trained, chunk) {
            return Ok(false);
        }
        let judged = judge.result(&bench.data.task);
        self.judge = None;
        let (seen, (sum, count)) = (self.trainer.place().seen, std::mem::take(&mut self.sum));
        self.lap.diverged |= !judged.loss.is_finite();
        if !self.lap.diverged {
            let train_loss = (count > 0).then(|| (sum / count as f64) as f32);
            self.lap.points.push(LapPoint { seen, seconds: self.seconds, train_loss, loss: judged.loss, score: judged.score });
        }
        self.lap.share = (seen as f64 / self.last as f64).min(1.0) as f32;
        self.lap.done = self.lap.diverged || seen >= self.last;
        Ok(self.lap.done)
    }

    fn news(&self) -> LabNews {
        LabNews::Lap(self.lap.clone())
    }
}
