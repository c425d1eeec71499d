//! What a learning curve over the number of training samples says.

use super::{Fate, Row, SIZES, Spread, Study};
use crate::state::{Task, format, look::series::Series};

/// Below this many hundredths between the curves nothing is said of a gap.
const CLOSE: f64 = 2.0;

/// One size of the training set, over all repeats that are trained.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Size {
    /// Training samples.
    pub samples: usize,
    /// Samples that it is judged on.
    pub tested: usize,
    /// Score on what was learnt from.
    pub train: Spread,
    /// Score on test samples.
    pub test: Spread,
    /// Loss on test samples.
    pub loss: Spread,
    /// Repeats that are trained, and all of them.
    pub done: usize,
    /// See `done`.
    pub of: usize,
}

impl Size {
    pub(super) fn row(&self, task: Task) -> Row {
        let or_none = |text: String| if self.done > 0 { text } else { "–".into() };
        Row {
            name: or_none(format!("{} samples", format::count(self.samples as u64))),
            train: or_none(format::count(self.samples as u64)),
            test: or_none(format::count(self.tested as u64)),
            train_score: or_none(self.train.score(task)),
            score: or_none(self.test.score(task)),
            loss: or_none(self.loss.loss()),
            state: format!("{} of {}", self.done, self.of),
        }
    }
}

impl Study {
    /// By rising size.
    #[must_use]
    pub fn sizes(&self) -> Vec<Size> {
        let size = |at: usize| {
            let pieces: Vec<_> = self.pieces.iter().skip(at).step_by(SIZES).collect();
            let done: Vec<_> = pieces.iter().filter_map(|p| if let Fate::Done(a) = &p.fate { Some(a) } else { None }).collect();
            let spread = |figure: &dyn Fn(&crate::protocol::Answers) -> f32| {
                Spread::of(&done.iter().map(|a| f64::from(figure(a))).collect::<Vec<_>>())
            };
            Size {
                samples: done.first().map_or(0, |a| a.train.samples),
                tested: done.first().map_or(0, |a| a.test.samples),
                train: spread(&|a| a.train.score),
                test: spread(&|a| a.test.score),
                loss: spread(&|a| a.test.loss),
                done: done.len(),
                of: pieces.len(),
            }
        };
        (0..SIZES).map(size).collect()
    }

    /// Two lines over the number of samples, each between two thin ones a standard deviation away.
    #[must_use]
    pub fn size_series(&self, task: Task) -> Vec<Series> {
        let scale = if task == Task::Classification { 100.0 } else { 1.0 };
        let sizes = self.sizes();
        let line = |name: &str, color_var, of: &dyn Fn(&Size) -> Spread| {
            let at = |deviations: f64| {
                let point = |s: &Size| (s.samples as f64, (of(s).mean + deviations * of(s).sd) * scale);
                sizes.iter().filter(|s| s.done > 0).map(point).collect::<Vec<_>>()
            };
            let one =
                |name: String, dash: &'static [f64], width, points| Series { name, about: String::new(), color_var, dash, width, points };
            let mut lines = vec![one(name.into(), &[], 2.0, at(0.0))];
            if sizes.iter().any(|s| s.done > 1) {
                lines.push(one(format!("{name} + sd"), &[2.0, 3.0], 1.0, at(1.0)));
                lines.push(one(format!("{name} − sd"), &[2.0, 3.0], 1.0, at(-1.0)));
            }
            lines
        };
        let mut all = line("Training", "--baseline", &|s| s.train);
        all.extend(line("Test", "--optimized", &|s| s.test));
        all
    }

    /// How far the curves are apart at the end, and whether more samples still help.
    pub(super) fn sizes_words(&self, task: Task) -> String {
        let sizes: Vec<Size> = self.sizes().into_iter().filter(|s| s.done > 0).collect();
        let (Some(last), Some(half)) = (sizes.last(), sizes.get(sizes.len() / 2)) else { return String::new() };
        if !self.over() {
            return String::new();
        }
        let gap = 100.0 * (last.train.mean - last.test.mean);
        let gained = 100.0 * (last.test.mean - half.test.mean);
        let doubt = 100.0 * last.test.sd.max(half.test.sd);
        let more = if gained > doubt.max(CLOSE / 4.0) {
            "the test curve still rises, so more samples may help"
        } else {
            "the test curve is flat by then, so more samples of this kind promise little"
        };
        let apart = if gap > CLOSE {
            format!(
                "it is {} on what was learnt from, a gap of {gap:.1} hundredths: the model overfits",
                task.score(last.train.mean as f32)
            )
        } else {
            format!("it is {} on what was learnt from: hardly a gap", task.score(last.train.mean as f32))
        };
        format!(
            "{} on test samples is {} with {} training samples; {apart}. Between {} and {} samples it changed by {gained:+.1} hundredths: {more}.",
            task.score_name(),
            last.test.score(task),
            format::count(last.samples as u64),
            format::count(half.samples as u64),
            format::count(last.samples as u64),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, *};
    use crate::{engine::data::Selection, experiment::Experiment, protocol::Evaluation};

    #[test]
    fn sizes_are_gathered_over_repeats() {
        let mut study = Study::new(Kind::Sizes { repeats: 2 }, &Experiment::default());
        assert_eq!(study.pieces.len(), 20);
        while let Some(at) = study.call() {
            let piece = &study.pieces[at];
            let Selection::Share { share, seed } = piece.selection else { panic!() };
            assert_eq!(seed, piece.seed);
            let judged = |score: f64, samples| Evaluation { loss: 0.5, score: score as f32, mae: None, confusion: vec![1], samples };
            let off = if at < 10 { 0.01 } else { -0.01 };
            let answers = crate::protocol::Answers {
                train: judged(0.99, (100.0 * share) as usize),
                test: judged(0.5 + 0.4 * share + off, 50),
                given: vec![],
                actual: vec![],
            };
            study.tell(at, answers);
        }
        let sizes = study.sizes();
        assert_eq!(sizes.iter().map(|s| s.samples).collect::<Vec<_>>(), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        assert!((sizes[4].test.mean - 0.7).abs() < 1e-6 && (sizes[4].test.sd - 0.02 / 2.0_f64.sqrt()).abs() < 1e-6);
        let series = study.size_series(Task::Classification);
        assert_eq!(series.len(), 6);
        assert!((series[3].points[9].1 - 90.0).abs() < 1e-3 && series[4].points[9].1 > series[3].points[9].1);
        let words = study.words(Task::Classification);
        assert!(words.contains("overfits") && words.contains("still rises"), "{words}");
        assert_eq!(study.rows(Task::Classification)[9].state, "2 of 2");
    }
}
