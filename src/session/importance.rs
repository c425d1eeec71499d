//! What each column of a table is to both models of a comparison, some rows at a time.

use std::sync::Arc;

use super::{clock::Clock, samples::Both};
use crate::{
    engine::{
        data::Dataset,
        error::SpecError,
        importance::{REPEATS, Sheet, Survey},
    },
    experiment::Experiment,
    protocol::{self, ImportanceNews},
};

/// News are said at the pace of the eye, ms.
const NEWS_MS: f64 = 100.0;

/// Under way.
pub(super) struct Importance {
    sheet: Arc<Sheet>,
    /// Of which comparison; `None` before the first.
    of: Option<(u64, Arc<Experiment>)>,
    surveys: [Survey; 2],
    /// Rows that are asked.
    x: Vec<f32>,
    /// When news were last said, ms.
    said: f64,
}

impl Importance {
    /// Of the test samples of `data`, by the seed of the experiment. Errors: data without columns, see [`Sheet::of`].
    pub fn new(data: &Dataset, seed: u64) -> Result<Self, SpecError> {
        let sheet = Arc::new(Sheet::of(data, seed)?);
        let surveys = [Survey::new(sheet.clone()), Survey::new(sheet.clone())];
        Ok(Self { sheet, of: None, surveys, x: Vec::new(), said: 0.0 })
    }

    /// A slice: `chunk` rows of the comparison `pair` at `step` under `experiment`. Begins anew where that is another one than before. What there is to say, and whether that was the
    /// last of it.
    pub fn advance(
        &mut self,
        (step, experiment): (u64, &Arc<Experiment>),
        pair: &mut dyn Both,
        chunk: usize,
        clock: &dyn Clock,
    ) -> (Option<ImportanceNews>, bool) {
        if self.of.as_ref().is_none_or(|of| of.0 != step || !Arc::ptr_eq(&of.1, experiment)) {
            self.of = Some((step, experiment.clone()));
            self.surveys = [0, 1].map(|_| Survey::new(self.sheet.clone()));
        }
        for (side, survey) in self.surveys.iter_mut().enumerate() {
            let Some(rows) = survey.ask(chunk, &mut self.x) else { continue };
            survey.hear(pair.say(side, &self.x, rows));
            let now = clock.now();
            let news = (now - self.said >= NEWS_MS).then(|| {
                self.said = now;
                ImportanceNews::Working(0.5 * self.surveys.iter().map(Survey::share).sum::<f32>())
            });
            return (news, false);
        }
        let [baseline, optimized] = &self.surveys;
        let found = protocol::Importance {
            rows: self.sheet.rows(),
            repeats: REPEATS,
            score: [baseline.score(), optimized.score()],
            columns: baseline.influences().into_iter().zip(optimized.influences()).map(|(a, b)| [a, b]).collect(),
        };
        (Some(ImportanceNews::Done(found)), true)
    }
}
