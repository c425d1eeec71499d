//! How controls change the experiment: at once where a run can take it, as a draft where a new run is needed.

use std::sync::Arc;

use super::{Page, Phase, look::network::MaskEdit, reduce::same_models};
use crate::{
    engine::error::SpecError,
    experiment::{ByHand, Effect, Experiment, diff},
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
                let running = changed(&self.experiment);
                if !same_models(&running, &self.experiment) {
                    // Times of the old models would stand beside the sizes of the new ones.
                    self.latency = None;
                }
                self.experiment = running;
                self.draft = self.draft.as_deref().map(changed);
            }
            Effect::Restart => {
                self.layer_failure = None;
                self.failures.remove("model");
                self.draft = Some(changed(&before));
            }
        }
        self.settle_hand();
        self.draft.take_if(|draft| **draft == *self.experiment);
        match (*before == **self.shown(), effect) {
            (true, _) => Draft::Same,
            (false, Effect::Live) => Draft::Live,
            (false, Effect::Restart) => Draft::Waiting,
        }
    }

    /// Links pruned by hand belong to a network: a draft with the same one has those of the run, another has none.
    fn settle_hand(&mut self) {
        let Some(draft) = &mut self.draft else { return };
        let rebuilt =
            diff(&self.experiment, draft).iter().any(|c| c.effect == Effect::Restart && (c.key == "data" || c.key.starts_with("model")));
        let hand = if rebuilt { ByHand::default() } else { self.experiment.hand.clone() };
        if draft.hand != hand {
            Arc::make_mut(draft).hand = hand;
        }
    }

    /// What is pruned by hand once a link of the running network is pruned or revived. Errors: more than a link can hold.
    pub fn with_link(&self, MaskEdit { link, keep }: MaskEdit) -> Result<ByHand, SpecError> {
        let mut hand = self.experiment.hand.clone();
        hand.set(link, keep, self.experiment.compress.sparsity > 0.0);
        hand.check()?;
        Ok(hand)
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
            data: self.data.take().filter(|_| experiment.data == self.experiment.data && experiment.csv == self.experiment.csv),
            experiment,
            tried: self.tried.clone(),
            runs: self.runs.clone(),
            benchmarked: self.benchmarked.take(),
            table: self.table.take(),
            next_note: self.next_note,
            repin: self.repin.take(),
            ..Self::default()
        };
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::catalog::Pick, experiment::Link};

    #[test]
    fn links_by_hand_are_live_and_go_with_their_network() {
        let mut page = Page::new(Experiment::default());
        let link = Link { layer: 0, from: 0, to: 3 };
        let hand = page.with_link(MaskEdit { link, keep: false }).unwrap();
        assert_eq!(page.edit(Effect::Live, |e| e.hand = hand.clone()), Draft::Live);
        assert!(page.experiment.hand.cut.contains(&link) && page.draft.is_none());

        page.edit(Effect::Restart, |e| e.seed = 5);
        assert_eq!(page.draft.as_ref().unwrap().hand, hand, "other first weights keep them");
        page.edit(Effect::Restart, |e| e.model[0] = Pick::new("dense").with("units", 9.0));
        assert!(page.draft.as_ref().unwrap().hand.is_empty(), "another network has none of them");
        page.edit(Effect::Restart, |e| e.model = Experiment::default().model);
        page.edit(Effect::Restart, |e| e.seed = 1);
        assert!(page.draft.is_none(), "back at the run itself");

        page.edit(Effect::Live, |e| e.compress.sparsity = 0.5);
        let revived = page.with_link(MaskEdit { link, keep: true }).unwrap();
        assert!(revived.cut.is_empty() && revived.keep.contains(&link), "and the pruner may not take it");
    }

    #[test]
    fn what_a_link_cannot_hold_is_refused_and_nothing_is_lost() {
        let mut page = Page::new(Experiment::default());
        let mut refused = None;
        for i in 0..400 {
            match page.with_link(MaskEdit { link: Link { layer: 0, from: i * 2, to: i % 5 }, keep: false }) {
                Ok(hand) => drop(page.edit(Effect::Live, |e| e.hand = hand.clone())),
                Err(error) => {
                    refused = Some((i, error));
                    break;
                }
            }
        }
        let (kept, error) = refused.expect("a link is finite");
        assert_eq!((page.experiment.hand.cut.len(), error.field()), (kept, "cut"));
        assert!(crate::experiment::link::encode(&page.experiment).len() < 2000);
    }
}
