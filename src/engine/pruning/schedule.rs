//! When what is held at zero is chosen while a network trains, and how much of it.

/// Looks at the mask in an epoch, where it is chosen more than once.
const LOOKS: u64 = 4;
/// Share of the planned epochs after which nothing moves any more (Evci et al. 2020).
const SETTLED: f64 = 0.75;
/// Share of the living weights that the first look would drop (Evci et al. 2020).
const FIRST_TURNOVER: f64 = 0.3;

/// How pruning shapes training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum During {
    /// Not at all.
    Off,
    /// All at once, at the end of an epoch.
    Once,
    /// More and more between two epochs (Zhu & Gupta 2017); what is gone stays gone.
    Gradual {
        /// The epoch at which it begins.
        from: f64,
        /// That at which all is gone; where it is not later, that is at `from`.
        to: f64,
    },
    /// All at once, at the first look, and then the mask moves: see [`super::regrow`].
    Regrow,
}

/// [`During`] with the numbers that belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How.
    pub during: During,
    /// Share that is gone in the end, 0 to 1.
    pub sparsity: f64,
    /// Planned epochs.
    pub epochs: f64,
}

impl Schedule {
    /// Whether the mask is to be chosen, or chosen anew, when a step takes a run from `before` to `after` samples, of which `len` are an
    /// epoch; `chosen` says whether it has been chosen before. It follows from these alone, so that a run goes on from anywhere as it would have.
    #[must_use]
    pub fn due(&self, before: u64, after: u64, len: u64, chosen: bool) -> bool {
        let len = len.max(1);
        let looks = LOOKS * before / len < LOOKS * after / len;
        let epoch = |samples: u64| samples as f64 / len as f64;
        match self.during {
            During::Off => false,
            During::Once => !chosen && after.is_multiple_of(len),
            During::Gradual { from, to } => looks && epoch(after) >= from && (!chosen || epoch(before) < to.max(from)),
            During::Regrow => looks && (!chosen || epoch(after) <= SETTLED * self.epochs),
        }
    }

    /// Whether a run that is at `epoch` has a mask, where pruning was switched on before.
    #[must_use]
    pub fn begun(&self, epoch: f64) -> bool {
        match self.during {
            During::Off => false,
            During::Once | During::Regrow => true,
            During::Gradual { from, .. } => epoch >= from,
        }
    }

    /// Share that is gone at `epoch`.
    #[must_use]
    pub fn sparsity(&self, epoch: f64) -> f64 {
        let During::Gradual { from, to } = self.during else { return self.sparsity };
        let left = if to > from { 1.0 - ((epoch - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
        self.sparsity * (1.0 - left * left * left)
    }

    /// Share of the living weights that change places at `epoch`: a cosine that falls to 0.
    #[must_use]
    pub fn turnover(&self, epoch: f64) -> f64 {
        let done = (epoch / (SETTLED * self.epochs).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        0.5 * FIRST_TURNOVER * (1.0 + libm::cos(std::f64::consts::PI * done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(during: During) -> Schedule {
        Schedule { during, sparsity: 0.8, epochs: 8.0 }
    }

    /// Epochs at which the mask is chosen in steps of 10 of 100 samples, over 8 epochs.
    fn looks(during: During) -> Vec<f64> {
        let (schedule, mut chosen, mut at) = (schedule(during), false, Vec::new());
        for before in (0..800).step_by(10) {
            if schedule.due(before, before + 10, 100, chosen) {
                (chosen, _) = (true, at.push((before + 10) as f64 / 100.0));
            }
        }
        at
    }

    #[test]
    fn masks_are_chosen_when_they_should_be() {
        assert!(looks(During::Off).is_empty());
        assert_eq!(looks(During::Once), [1.0]);
        // A look is at the first step that reaches a quarter.
        assert_eq!(looks(During::Gradual { from: 1.0, to: 2.0 }), [1.0, 1.3, 1.5, 1.8, 2.0]);
        assert_eq!(looks(During::Gradual { from: 0.0, to: 0.0 }), [0.3], "late is better than never");
        assert_eq!(looks(During::Gradual { from: 3.0, to: 2.0 }), [3.0], "all at once");
        let regrow = looks(During::Regrow);
        assert_eq!((regrow[0], regrow[regrow.len() - 1], regrow.len()), (0.3, 6.0, 24));
    }

    #[test]
    fn sparsity_rises_as_a_cube_and_turnover_falls_as_a_cosine() {
        let gradual = schedule(During::Gradual { from: 2.0, to: 6.0 });
        let shares = [0.0, 2.0, 4.0, 6.0, 9.0].map(|epoch| gradual.sparsity(epoch));
        assert_eq!(shares, [0.0, 0.0, 0.8 * 0.875, 0.8, 0.8]);
        assert_eq!(schedule(During::Once).sparsity(0.5), 0.8);
        let turnover = [0.0, 3.0, 6.0, 7.0].map(|epoch| schedule(During::Regrow).turnover(epoch));
        assert!((turnover[0] - 0.3).abs() < 1e-12 && (turnover[1] - 0.15).abs() < 1e-12, "{turnover:?}");
        assert!(turnover[2] < 1e-12 && turnover[3] < 1e-12);
    }
}
