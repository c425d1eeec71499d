//! How an answer changes the page that only parts of it ask for that are loaded later; it is loaded with them.

use std::sync::Arc;

use super::{
    Page,
    look::{benchmark::Benchmarked, profile::layers},
    tried,
};
use crate::protocol::{Benchmark, LabNews, Late};

impl Page {
    /// Takes an answer. Those of other runs change nothing.
    pub fn hear(&mut self, late: Late) {
        if late.run().is_some_and(|run| run != self.run) {
            return;
        }
        match late {
            Late::Benchmark { news, .. } => self.benchmark_news(news),
            Late::Recipe { ask, experiment, news, .. } => self.recipe_news(ask, experiment, news),
            Late::Timed { experiment, latency, .. } => self.timed(&experiment, &latency),
            Late::Sensitivity { step, news, .. } => self.sensing = Some(Arc::new((step, news))),
            Late::Exits { step, exits, .. } => self.exits = Some(Arc::new((step, exits))),
            Late::Importance { step, news, .. } => self.importance = Some(Arc::new((step, news))),
            Late::Contrast { step, contrast, .. } => self.contrast = Some(Arc::new((step, contrast))),
            Late::Roc { step, roc, .. } => self.roc = Some(Arc::new((step, roc))),
            Late::Table { ask, news } => self.table = Some(Arc::new((ask, news))),
            Late::Learner { report, .. } => self.learner = Some(Arc::new(report)),
            // Trials are run by workers of their own.
            Late::Answers { .. } => {}
            Late::Text { ask, step, news, .. } => self.written = Some(Arc::new((ask, step, news))),
            Late::Lab { news, .. } => self.lab_news(news),
            Late::Features { view, .. } => self.features = Some(Arc::new(view)),
            Late::Seen { ask, seen, .. } => self.recipe_seen(ask, seen),
            Late::Model { step, checksum, .. } => self.keep_model(step, checksum),
            Late::Weights { histogram, .. } => self.weights = Some(Arc::new(histogram)),
        }
    }

    fn lab_news(&mut self, news: LabNews) {
        if let LabNews::Snapshots(found) = &news {
            let task = self.task();
            tried::record_together(Arc::make_mut(&mut self.tried), found, task);
        }
        Arc::make_mut(&mut self.lab).hear(news);
    }

    fn benchmark_news(&mut self, news: Benchmark) {
        self.benchmark = None;
        match news {
            Benchmark::Working { share, what } => self.benchmark = Some((share, what)),
            Benchmark::Stopped => {}
            Benchmark::Done { rows, gpu } => {
                let layers = match (&self.latency, &self.model, &self.compared) {
                    (Some(latency), Some(model), Some(compared)) => layers(latency, model, Some(&compared.report)),
                    // The settings changed meanwhile: the times are of another model.
                    _ => Vec::new(),
                };
                self.benchmarked = Some(Arc::new(Benchmarked { rows, gpu, layers }));
            }
        }
    }
}
