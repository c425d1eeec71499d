//! Averages of weights.

use super::Averaged;

/// How weights are averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Average {
    /// Not at all.
    #[default]
    Off,
    /// An exponential moving average over steps (Polyak & Juditsky 1992).
    Exponential {
        /// What is kept of it in a step.
        decay: f64,
        /// The epoch from which on.
        from: f64,
    },
    /// The mean of the weights at the ends of epochs (Izmailov et al. 2018).
    Equal {
        /// The epoch from which on.
        from: f64,
    },
}

/// Averages under way.
pub struct Averaging {
    how: Average,
    pub averaged: Averaged,
}

impl Averaging {
    pub fn new(how: Average) -> Self {
        let equal = matches!(how, Average::Equal { .. });
        Self { how, averaged: Averaged { equal, ..Averaged::default() } }
    }

    /// Goes on from averages that were kept in the same way; else begins anew.
    pub fn restore(&mut self, averaged: &Averaged) {
        if self.how != Average::Off && averaged.equal == self.averaged.equal {
            self.averaged.clone_from(averaged);
        } else {
            *self = Self::new(self.how);
        }
    }

    /// Takes in parameters after a step that ended at `epoch`.
    pub fn take(&mut self, params: &[f32], epoch: f64, epoch_done: bool) {
        let fresh = match self.how {
            Average::Exponential { decay, from } if epoch >= from => (1.0 - decay) as f32,
            Average::Equal { from } if epoch >= from && epoch_done => 1.0 / (self.averaged.count + 1) as f32,
            _ => return,
        };
        let Averaged { weights, count, .. } = &mut self.averaged;
        if *count == 0 {
            weights.resize(params.len(), 0.0);
            weights.copy_from_slice(params);
        } else {
            weights.iter_mut().zip(params).for_each(|(w, p)| *w += fresh * (p - *w));
        }
        *count += 1;
    }
}
