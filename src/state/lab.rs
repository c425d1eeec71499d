//! What the page knows of the optimizer lab.

use std::sync::Arc;

use crate::protocol::{Checkup, LabNews, Rates, Snapshots, Surface, Walk};

/// What was found out about training of the run under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lab {
    /// The last range test, or the one under way.
    pub rates: Option<Rates>,
    /// The share of a surface under way that is done.
    pub sounding: Option<f32>,
    /// The last surface.
    pub surface: Option<Surface>,
    /// How every layer is.
    pub checkup: Option<Checkup>,
    /// The last step on one sample.
    pub walk: Option<Arc<Walk>>,
    /// The last snapshot ensemble, or the one under way.
    pub snapshots: Option<Snapshots>,
    /// Something is under way.
    pub busy: bool,
}

impl Lab {
    /// Takes news.
    pub fn hear(&mut self, news: LabNews) {
        self.busy = match &news {
            LabNews::Rates(rates) => !rates.done,
            LabNews::Snapshots(snapshots) => !snapshots.done,
            news => matches!(news, LabNews::Sounding(_)),
        };
        self.sounding = None;
        match news {
            LabNews::Rates(rates) => self.rates = Some(rates),
            LabNews::Sounding(share) => self.sounding = Some(share),
            LabNews::Surface(surface) => self.surface = Some(surface),
            LabNews::Checkup(checkup) => self.checkup = Some(checkup),
            LabNews::Walk(walk) => self.walk = Some(Arc::from(walk)),
            // Half a test says little.
            LabNews::Stopped => {
                self.rates.take_if(|rates| !rates.done);
                self.snapshots.take_if(|snapshots| !snapshots.done);
            }
            LabNews::Snapshots(snapshots) => self.snapshots = Some(snapshots),
            // Laps are of the race's own workers.
            LabNews::Lap(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_stays_and_what_was_begun_goes() {
        let mut lab = Lab::default();
        lab.hear(LabNews::Rates(Rates { share: 0.5, ..Rates::default() }));
        assert!(lab.busy && lab.rates.is_some());
        lab.hear(LabNews::Stopped);
        assert!(!lab.busy && lab.rates.is_none());
        lab.hear(LabNews::Rates(Rates { share: 1.0, done: true, ..Rates::default() }));
        lab.hear(LabNews::Sounding(0.1));
        assert!(lab.busy && lab.sounding == Some(0.1));
        lab.hear(LabNews::Stopped);
        assert!(lab.rates.is_some() && lab.sounding.is_none() && !lab.busy);
        lab.hear(LabNews::Surface(Surface::default()));
        assert!(lab.surface.is_some() && lab.rates.is_some() && !lab.busy);
    }
}
