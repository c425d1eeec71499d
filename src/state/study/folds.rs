//! What a cross-validation says.

use super::{Spread, Study};
use crate::{
    engine::data::Selection,
    protocol::Evaluation,
    state::{Task, format},
};

impl Study {
    /// Mean and deviation of a figure over the folds that are done, each counted once.
    #[must_use]
    pub fn spread(&self, figure: &dyn Fn(&Evaluation) -> f32) -> Spread {
        Spread::of(&self.answers().map(|(_, a)| f64::from(figure(&a.test))).collect::<Vec<_>>())
    }

    /// Whether folds follow each other in time.
    #[must_use]
    pub fn in_time(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece.selection, Selection::Forward { .. }))
    }

    /// Score over folds, loss over folds, and how much better the samples are answered that were learnt from.
    pub(super) fn folds_words(&self, task: Task) -> String {
        let trained = self.answers().count();
        if trained == 0 || !self.over() {
            return String::new();
        }
        let tested: usize = self.answers().map(|(_, a)| a.test.samples).sum();
        let (score, loss) = (self.spread(&|e| e.score), self.spread(&|e| e.loss));
        let known = Spread::of(&self.answers().map(|(_, a)| f64::from(a.train.score)).collect::<Vec<_>>());
        let what = if self.in_time() {
            "windows, each later in time than all that its model learnt from; the first ones are learnt from alone, and early folds have few"
        } else {
            "samples of the whole data set, each answered by a model that did not learn from it"
        };
        format!(
            "{} is {} over {trained} folds, loss {}: {} {what}. On what they learnt from the models reach {}.",
            task.score_name(),
            score.score(task),
            loss.loss(),
            format::count(tested as u64),
            task.score(known.mean as f32),
        )
    }
}
