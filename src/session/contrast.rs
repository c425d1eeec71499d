//! Holds the answers of both models of a comparison against each other, some test samples at a time.

use super::samples::{self, Both};
use crate::{
    engine::{
        contrast::{self, Bin, Change},
        data::Dataset,
        groups::{self, Split},
        train::argmax,
    },
    protocol::{self, Calibration, Group, Reliability},
};

/// Samples whose answer changed that are shown, at most.
const SHOWN: usize = 24;
/// Groups that are told of, at most.
const GROUPS: usize = 12;
/// Samples per slice.
const CHUNK: usize = 128;

/// Under way.
#[derive(Default)]
pub(super) struct Contrast {
    sums: contrast::Contrast,
    /// The first samples that are lost, and the first whose answer changed otherwise.
    changed: [Vec<usize>; 2],
    /// Features that split the samples, with what was counted on both sides.
    splits: Vec<(Split, [Counts; 2])>,
}

/// What was counted of a group.
#[derive(Clone, Copy, Default)]
struct Counts {
    samples: u32,
    changed: u32,
    right: [u32; 2],
}

impl Counts {
    /// Share of right answers of one model.
    fn accuracy(&self, side: usize) -> f64 {
        f64::from(self.right[side]) / f64::from(self.samples.max(1))
    }

    /// By how much accuracy fell.
    fn fall(&self) -> f64 {
        self.accuracy(0) - self.accuracy(1)
    }
}

impl Contrast {
    /// A slice; what came of it once all test samples are through.
    pub fn advance(&mut self, data: &Dataset, pair: &mut dyn Both) -> Option<protocol::Contrast> {
        let (width, outputs) = (data.shape.len(), data.task.outputs());
        let (from, to) = (self.sums.samples, (self.sums.samples + CHUNK).min(data.test.len));
        if from == 0 {
            self.splits = groups::splits(data).into_iter().map(|split| (split, Default::default())).collect();
        }
        let x = &data.test.inputs[from * width..to * width];
        let before = pair.say(0, x, to - from).to_vec();
        let after = pair.say(1, x, to - from);
        let rows = before.chunks_exact(outputs).zip(after.chunks_exact(outputs));
        for (i, ((before, after), actual)) in rows.zip(&data.test.classes[from..to]).enumerate() {
            let said = [before, after].map(argmax);
            for (split, sides) in &mut self.splits {
                let counts = &mut sides[split.side(&x[i * width..(i + 1) * width])];
                counts.samples += 1;
                counts.changed += u32::from(said[0] != said[1]);
                (0..2).for_each(|m| counts.right[m] += u32::from(said[m] == *actual as usize));
            }
            let list = match self.sums.add([before, after], *actual as usize) {
                Change::Same => continue,
                Change::Lost => &mut self.changed[0],
                Change::Gained | Change::Other => &mut self.changed[1],
            };
            if list.len() < SHOWN {
                list.push(from + i);
            }
        }
        (to == data.test.len).then(|| self.result(data, pair))
    }

    fn result(&self, data: &Dataset, pair: &mut dyn Both) -> protocol::Contrast {
        let [baseline, optimized] = self.sums.bins.map(|bins| calibration(&bins));
        let changed = self.changed.iter().flatten().take(SHOWN);
        protocol::Contrast {
            samples: self.sums.samples,
            agreement: self.sums.agreement() as f32,
            divergence: self.sums.mean_divergence() as f32,
            changes: self.sums.changes.clone(),
            groups: told(&self.splits),
            baseline,
            optimized,
            changed: changed.map(|i| samples::sample(data, pair, *i)).collect(),
        }
    }
}

/// Of each split with a change the side that lost more than the other, the widest gap between the two first.
fn told(splits: &[(Split, [Counts; 2])]) -> Vec<Group> {
    let mut found: Vec<(f64, Group)> = splits
        .iter()
        .filter(|(_, sides)| sides.iter().any(|s| s.changed > 0))
        .map(|(split, sides)| {
            let gap = sides[1].fall() - sides[0].fall();
            let worse = usize::from(gap >= 0.0);
            let (name, counts) = (split.names[worse].clone(), sides[worse]);
            let right = [0, 1].map(|m| counts.accuracy(m) as f32);
            (gap.abs(), Group { name, samples: counts.samples, changed: counts.changed, right })
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(GROUPS).map(|(_, group)| group).collect()
}

fn calibration(bins: &[Bin]) -> Calibration {
    let bin = |bin: &Bin| {
        let samples = f64::from(bin.samples.max(1));
        Reliability { samples: bin.samples, confidence: (bin.confidence / samples) as f32, right: (f64::from(bin.right) / samples) as f32 }
    };
    Calibration { error: contrast::calibration_error(bins) as f32, bins: bins.iter().map(bin).collect() }
}
