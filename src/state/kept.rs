//! Results that outlive a reload: runs with their curves, and everything tried.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Page, RunRecord, Tried, runs::thinned};

/// Most points tried that are kept, the newest.
const TRIED: usize = 150;
/// Most points of the curves of a run that is not pinned.
const POINTS: usize = 100;

/// Results of an earlier load of the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Runs, oldest first.
    pub runs: Vec<RunRecord>,
    /// Models tried, oldest first.
    pub tried: Vec<Tried>,
}

impl Kept {
    /// Reads what [`Page::kept_runs`] and [`Page::kept_tried`] wrote. What an older page wrote otherwise is left out, piece by piece.
    #[must_use]
    pub fn read(runs: &str, tried: &str) -> Self {
        Self { runs: each(runs), tried: each(tried) }
    }
}

impl Page {
    /// The runs as text, to be kept: all but the one under way, which has a state of its own, unless it is pinned.
    #[must_use]
    pub fn kept_runs(&self) -> String {
        let kept = self.runs.iter().filter(|r| r.pinned || !r.current).map(|run| {
            // Text knows no infinite numbers.
            let finite: Vec<_> = run.history.iter().filter(|p| p.train_loss.is_finite() && p.train_score.is_finite()).copied().collect();
            let most = if run.pinned { finite.len() } else { POINTS };
            RunRecord { history: Arc::new(thinned(&finite, most)), ..run.clone() }
        });
        serde_json::to_string(&kept.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// What was tried as text, to be kept.
    #[must_use]
    pub fn kept_tried(&self) -> String {
        let finite: Vec<_> = self.tried.iter().filter(|t| t.score.is_finite()).collect();
        serde_json::to_string(&finite[finite.len().saturating_sub(TRIED)..]).unwrap_or_default()
    }

    /// Takes over results of an earlier load, the runs under new numbers; later runs are numbered above them. Where the run that was
    /// under way then goes on now (`resumed`), its record is that of the new run, pinned if it was.
    pub fn adopt(&mut self, kept: Kept, resumed: bool) {
        let (going, mut runs): (Vec<_>, Vec<_>) = kept.runs.into_iter().partition(|r| resumed && r.current);
        self.repin = going.into_iter().rev().find(|r| r.pinned).map(|r| r.hue);
        for (run, id) in runs.iter_mut().zip(self.run.0 + 1..) {
            (run.id, run.current) = (id, false);
        }
        self.run.0 += runs.len() as u32;
        runs.extend(self.runs.iter().cloned());
        self.runs = Arc::new(runs);
        let mut tried: Vec<_> = kept.tried.into_iter().map(|t| Tried { current: false, ..t }).collect();
        tried.extend(self.tried.iter().cloned());
        self.tried = Arc::new(tried);
    }
}

fn each<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let values: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    values.into_iter().filter_map(|v| serde_json::from_value(v).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tried::tests::tried, *};
    use crate::experiment::Experiment;

    #[test]
    fn what_was_tried_comes_back_and_broken_pieces_stay_out() {
        let mut page = Page::new(Experiment::default());
        let timed = Tried { ms: Some(0.25), current: true, ..tried(0.95, 20, |e| e.compress.bits = 4) };
        page.tried = Arc::new(vec![tried(0.9, 10, |_| {}), tried(f32::NAN, 1, |_| {}), timed]);
        let text = page.kept_tried();
        let mut fresh = Page::new(Experiment::default());
        fresh.adopt(Kept::read("", &text), true);
        assert_eq!(fresh.tried.iter().map(|t| (t.bytes, t.ms)).collect::<Vec<_>>(), [(10, None), (20, Some(0.25))]);
        assert!(fresh.tried.iter().all(|t| !t.current));
        let broken = text.replacen("\"score\":0.9,", "\"score\":\"?\",", 1);
        assert_eq!(Kept::read("no list", &broken).tried.len(), 1);
    }
}
