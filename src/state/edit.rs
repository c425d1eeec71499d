//! How controls change the experiment: at once where a run can take it, as a draft where a new run is needed.

use std::sync::Arc;

use super::{Page, Phase};
use crate::{
    experiment::{Effect, Experiment},
    protocol::RunId,
};

/// What a change asks of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draft {
    /// Nothing changed.
    Same,
    /// Tell the running worker.
    Live,
    /// Ask the user whether a new run may start.
    Waiting,
}

impl Page {
    /// Changes what the controls say. A live change goes to the run as well as to a waiting draft; one that needs a new run
    /// only makes or changes the draft.
    pub fn edit(&mut self, effect: Effect, change: impl Fn(&mut Experiment)) -> Draft {
        let before = self.shown().clone();
        let changed = |from: &Experiment| {
            let mut to = from.clone();
            change(&mut to);
            // One form for one experiment, so that equal ones are found to be equal.
            Arc::new(to.normal())
        };
        match effect {
            Effect::Live => {
                self.experiment = changed(&self.experiment);
                self.draft = self.draft.as_deref().map(changed);
            }
            Effect::Restart => {
                self.layer_failure = None;
                self.failures.remove("model");
                self.draft = Some(changed(&before));
            }
        }
        self.draft.take_if(|draft| **draft == *self.experiment);
        match (*before == **self.shown(), effect) {
            (true, _) => Draft::Same,
            (false, Effect::Live) => Draft::Live,
            (false, Effect::Restart) => Draft::Waiting,
        }
    }

    /// Forgets the draft.
    pub fn undo_draft(&mut self) {
        self.draft = None;
        self.layer_failure = None;
    }

    /// Begins a new run of `experiment` and forgets everything of the old one but the records; the number to start it under.
    pub fn begin(&mut self, experiment: Arc<Experiment>) -> RunId {
        let run = RunId(self.run.0 + 1);
        *self = Self {
            run,
            phase: if self.engine.is_some() { Phase::Starting } else { Phase::Engine },
            engine: self.engine.take(),
            // The old report stands until the new one comes, so that the page does not flicker; only numbers go.
            model: self.model.take(),
            data: self.data.take().filter(|_| experiment.data == self.experiment.data),
            experiment,
            tried: self.tried.clone(),
            runs: self.runs.clone(),
            next_note: self.next_note,
            ..Self::default()
        };
        run
    }
}
