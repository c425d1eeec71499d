//! A race of optimizers from the same first weights over the same mini-batches: who goes next, how all of them went, and who won. It knows neither workers nor clock, and whoever
//! drives it may have several on their way at once.

use std::fmt::Write as _;

use super::{
    Task, format,
    look::{curves::HUES, series::Series},
};
use crate::{
    engine::{
        catalog::Pick,
        optimizers,
        params::{ParamSpec, Scale},
    },
    experiment::{BATCH, Experiment},
    protocol::Lap,
};

/// Most in a race.
pub const MOST: usize = 8;
/// Steps of each one's own range test.
pub const TEST_STEPS: usize = 200;
/// Steps of a range test, as a page sets them.
pub const STEPS: ParamSpec = ParamSpec {
    key: "steps",
    label: "Mini-batches",
    range: (20.0, 2000.0),
    scale: Scale::Integer,
    default: TEST_STEPS as f64,
    help: teach!("Over how many steps the learning rate grows. More make a smoother curve and take longer; few jump past the best rates."),
    ..ParamSpec::NEW
};
/// Learning rates that an experiment can have.
const RATES: (f64, f64) = (1e-5, 10.0);
/// Dashes of those behind the first four.
const DASHES: [&[f64]; 2] = [&[], &[6.0, 4.0]];

/// Where learning rates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// All have that of the experiment.
    Shared,
    /// Each has its own.
    Own,
    /// Each has that of its own range test.
    Test,
}

/// What became of a racer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has not begun.
    Waiting,
    /// Its learning rate is looked for.
    Testing,
    /// It trains.
    Running,
    /// It has arrived.
    Done,
    /// It did not: why.
    Failed(String),
}

/// One in a race.
#[derive(Clone, Debug, PartialEq)]
pub struct Racer {
    /// The optimizer.
    pub optimizer: Pick,
    /// Its learning rate; `None` until its range test has found one.
    pub lr: Option<f64>,
    /// What became of it.
    pub fate: Fate,
    /// How it went so far.
    pub lap: Lap,
}

/// What is measured over a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Loss of mini-batches.
    TrainLoss,
    /// Loss on samples that it does not train on.
    Loss,
    /// Accuracy or R² on them.
    Score,
}

/// What it is measured over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Training samples seen.
    Seen,
    /// Seconds of training alone.
    Seconds,
}

/// What a racer is to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leg {
    /// A range test.
    Test,
    /// A lap with this learning rate.
    Lap(f64),
}

/// A race.
#[derive(Clone, Debug, PartialEq)]
pub struct Race {
    /// Those in it.
    pub racers: Vec<Racer>,
    /// Epochs of a lap.
    pub epochs: f64,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Place among racers.
    pub racer: usize,
    /// The optimizer's name.
    pub name: &'static str,
    /// Its learning rate.
    pub lr: String,
    /// Loss and score where it is now.
    pub loss: String,
    /// See `loss`.
    pub score: String,
    /// Seconds of training.
    pub seconds: String,
    /// What becomes of it.
    pub state: String,
    /// It won.
    pub winner: bool,
}

/// The learning rate that an optimizer is usually begun with: PyTorch's default, or its paper's.
#[must_use]
pub fn usual(optimizer: &str) -> f64 {
    match optimizer {
        "nadam" => 0.002,
        "sgd" | "momentum" | "nesterov" | "adagrad" | "rmsprop" => 0.01,
        "adadelta" | "lbfgs" => 1.0,
        "lion" => 1e-4,
        _ => 0.001,
    }
}

/// A learning rate that an experiment can have, of a few digits.
#[must_use]
pub fn tidy(lr: f64) -> f64 {
    let lr = if lr.is_finite() { lr.clamp(RATES.0, RATES.1) } else { RATES.0 };
    format!("{lr:.2e}").parse().unwrap_or(lr)
}

impl Race {
    /// Of at most [`MOST`] optimizers, each with the learning rate that it is usually begun with or was given; `shared` is that of the experiment.
    #[must_use]
    pub fn new(optimizers: &[(Pick, Option<f64>)], source: Source, shared: f64, epochs: f64) -> Self {
        let racer = |(optimizer, own): &(Pick, Option<f64>)| {
            let lr = match source {
                Source::Shared => Some(shared),
                Source::Own => Some(own.unwrap_or_else(|| usual(&optimizer.key))),
                Source::Test => None,
            };
            Racer { optimizer: optimizer.clone(), lr, fate: Fate::Waiting, lap: Lap::default() }
        };
        Self { racers: optimizers.iter().take(MOST).map(racer).collect(), epochs }
    }

    /// The next to begin; `None` where all have.
    pub fn call(&mut self) -> Option<usize> {
        let at = self.racers.iter().position(|r| r.fate == Fate::Waiting)?;
        self.racers[at].fate = Fate::Testing;
        Some(at)
    }

    /// What a racer that has begun is to do.
    pub fn leg(&mut self, at: usize) -> Leg {
        match self.racers[at].lr {
            None => Leg::Test,
            Some(lr) => {
                self.racers[at].fate = Fate::Running;
                Leg::Lap(lr)
            }
        }
    }

    /// The experiment of a racer, as it trains.
    #[must_use]
    pub fn experiment(&self, at: usize, base: &Experiment) -> Experiment {
        let racer = &self.racers[at];
        let mut experiment = base.clone();
        experiment.optimizer = racer.optimizer.clone();
        if racer.optimizer.key == optimizers::FULL_BATCH {
            // It sees all training samples at each step, or nothing at all; a mini-batch takes in no more than there are.
            experiment.train.batch = BATCH.range.1 as usize;
        }
        experiment.train.lr = racer.lr.map_or(base.train.lr, tidy);
        experiment
    }

    /// What a range test has found: the rate of the steepest fall. One that found nothing ends the racer's way.
    pub fn tested(&mut self, at: usize, found: Option<f64>) {
        match found {
            Some(lr) => self.racers[at].lr = Some(tidy(lr)),
            None => self.fail(at, "its loss fell at no learning rate".into()),
        }
    }

    /// How a lap goes.
    pub fn tell(&mut self, at: usize, lap: Lap) {
        if lap.done {
            self.racers[at].fate = if lap.diverged { Fate::Failed("its loss left the range of numbers".into()) } else { Fate::Done };
        }
        self.racers[at].lap = lap;
    }

    /// A racer cannot go on.
    pub fn fail(&mut self, at: usize, reason: String) {
        self.racers[at].fate = Fate::Failed(reason);
    }

    /// Those on their way stay where they are, and no other begins.
    pub fn stop(&mut self) {
        for racer in &mut self.racers {
            if !matches!(racer.fate, Fate::Done | Fate::Failed(_)) {
                racer.fate = Fate::Failed("stopped".into());
            }
        }
    }

    /// Whether all have arrived, or never will.
    #[must_use]
    pub fn over(&self) -> bool {
        self.racers.iter().all(|r| matches!(r.fate, Fate::Done | Fate::Failed(_)))
    }

    /// The share of the whole race that is done, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let share = |r: &Racer| if matches!(r.fate, Fate::Done | Fate::Failed(_)) { 1.0 } else { f64::from(r.lap.share) };
        self.racers.iter().map(share).sum::<f64>() / self.racers.len().max(1) as f64
    }

    /// Those that arrived, the lowest loss first.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let last = |at: usize| self.racers[at].lap.points.last().map_or(f32::INFINITY, |p| p.loss);
        let mut order: Vec<usize> = (0..self.racers.len()).filter(|at| self.racers[*at].fate == Fate::Done).collect();
        crate::order::sort(&mut order, &|a, b| last(a).total_cmp(&last(b)).then(a.cmp(&b)));
        order
    }

    /// A line each.
    #[must_use]
    pub fn series(&self, measure: Measure, over: Over, task: Task) -> Vec<Series> {
        let scale = if task == Task::Classification { 100.0 } else { 1.0 };
        let line = |(at, racer): (usize, &Racer)| {
            let y = |p: &crate::protocol::LapPoint| match measure {
                Measure::TrainLoss => p.train_loss.map(f64::from),
                Measure::Loss => Some(f64::from(p.loss)),
                Measure::Score => Some(f64::from(p.score) * scale),
            };
            let x = |p: &crate::protocol::LapPoint| if over == Over::Seen { p.seen as f64 } else { p.seconds };
            Series {
                name: name(&racer.optimizer).into(),
                about: racer.lr.map_or_else(String::new, |lr| format!("learning rate {}", format::number(lr))),
                color_var: HUES[at % HUES.len()],
                dash: DASHES[at / HUES.len() % DASHES.len()],
                width: 2.0,
                points: racer.lap.points.iter().filter_map(|p| Some((x(p), y(p)?))).collect(),
            }
        };
        self.racers.iter().enumerate().map(line).collect()
    }

    /// The table, in the order of the race.
    #[must_use]
    pub fn rows(&self, task: Task) -> Vec<Row> {
        let winner = self.order().first().copied().filter(|_| self.over());
        let row = |(racer, r): (usize, &Racer)| {
            let last = r.lap.points.last();
            Row {
                racer,
                name: name(&r.optimizer),
                lr: r.lr.map_or_else(|| "–".into(), format::number),
                loss: last.map_or_else(|| "–".into(), |p| format::loss(f64::from(p.loss))),
                score: last.map_or_else(|| "–".into(), |p| task.score(p.score)),
                seconds: last.map_or_else(|| "–".into(), |p| format::duration(p.seconds * 1000.0)),
                state: match &r.fate {
                    Fate::Waiting => "waits".into(),
                    Fate::Testing if r.lr.is_none() => "looks for its rate".into(),
                    Fate::Testing | Fate::Running => format::percent0(f64::from(r.lap.share)),
                    Fate::Done => "done".into(),
                    Fate::Failed(reason) => reason.clone(),
                },
                winner: winner == Some(racer),
            }
        };
        self.racers.iter().enumerate().map(row).collect()
    }

    /// Who won, in words; empty while it goes on.
    #[must_use]
    pub fn words(&self, task: Task) -> String {
        if !self.over() {
            return String::new();
        }
        let order = self.order();
        let Some((racer, last)) = order.first().and_then(|at| Some((&self.racers[*at], self.racers[*at].lap.points.last()?))) else {
            return "None of them arrived.".into();
        };
        let on = if racer.lap.validation { "validation" } else { "test" };
        let mut words = format!(
            "{} won: after {} samples its loss on {} {on} samples is the lowest, {} ({}).",
            name(&racer.optimizer),
            format::count(last.seen),
            format::count(racer.lap.samples as u64),
            format::loss(f64::from(last.loss)),
            task.named(last.score),
        );
        if let Some((second, at)) = order.get(1).and_then(|at| Some((&self.racers[*at], self.racers[*at].lap.points.last()?))) {
            // Writing to a string does not fail.
            let _ = write!(words, " {} is next with {}.", name(&second.optimizer), format::loss(f64::from(at.loss)));
        }
        // The first in time to be as good as the least of those that arrived is in the end.
        let goal = order.iter().filter_map(|at| Some(self.racers[*at].lap.points.last()?.loss)).fold(f32::NEG_INFINITY, f32::max);
        let when = |at: usize| self.racers[at].lap.points.iter().find(|p| p.loss <= goal).map_or(f64::INFINITY, |p| p.seconds);
        let soonest = order.iter().copied().reduce(|best, at| if when(at) < when(best) { at } else { best });
        if let Some(at) = soonest.filter(|_| order.len() > 1) {
            let _ = write!(
                words,
                " {} was the first to be as good as the last of them in the end, after {}.",
                name(&self.racers[at].optimizer),
                format::duration(when(at) * 1000.0),
            );
        }
        words
    }
}

/// What an optimizer is called.
#[must_use]
pub fn name(optimizer: &Pick) -> &'static str {
    optimizers::LISTING.find(&optimizer.key).map_or("?", |info| info.label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::LapPoint;

    fn lap(losses: &[f32], done: bool) -> Lap {
        let point = |(i, loss): (usize, &f32)| LapPoint {
            seen: 100 * i as u64,
            seconds: i as f64,
            train_loss: (i > 0).then_some(*loss),
            loss: *loss,
            score: 1.0 - loss,
        };
        Lap { share: 1.0, points: losses.iter().enumerate().map(point).collect(), done, samples: 50, ..Lap::default() }
    }

    fn race(source: Source) -> Race {
        Race::new(&[(Pick::new("adam"), None), (Pick::new("sgd"), Some(0.2)), (Pick::new("lion"), None)], source, 0.003, 5.0)
    }

    #[test]
    fn rates_come_from_where_they_should() {
        let rates = |source| race(source).racers.iter().map(|r| r.lr).collect::<Vec<_>>();
        assert_eq!(rates(Source::Shared), [Some(0.003); 3]);
        assert_eq!(rates(Source::Own), [Some(0.001), Some(0.2), Some(1e-4)]);
        assert_eq!(rates(Source::Test), [None; 3]);
        let full = Race::new(&[(Pick::new(optimizers::FULL_BATCH), None)], Source::Shared, 0.5, 5.0).experiment(0, &Experiment::default());
        assert_eq!(BATCH.check(full.train.batch as f64), Ok(131_072.0), "as many as an experiment can have, and it can");
        for entry in optimizers::LISTING.entries {
            assert!((RATES.0..=RATES.1).contains(&usual(entry.key)), "{}", entry.key);
        }
        assert_eq!((tidy(0.012_345), tidy(1e-7), tidy(f64::NAN), tidy(99.0)), (0.0123, 1e-5, 1e-5, 10.0));
    }

    #[test]
    fn a_race_goes_to_its_end() {
        let mut race = race(Source::Test);
        assert_eq!((race.call(), race.call()), (Some(0), Some(1)));
        assert_eq!(race.leg(0), Leg::Test);
        race.tested(0, Some(0.012_345));
        assert_eq!(race.leg(0), Leg::Lap(0.0123));
        race.tested(1, None);
        race.tell(0, lap(&[1.0, 0.5], false));
        assert!(!race.over() && race.words(Task::Classification).is_empty());
        assert_eq!(race.call(), Some(2));
        race.tested(2, Some(0.1));
        race.leg(2);
        race.tell(2, lap(&[1.0, 0.2, 0.19], true));
        race.tell(0, lap(&[1.0, 0.5, 0.1], true));
        assert_eq!((race.over(), race.call(), race.order()), (true, None, vec![0, 2]));
        let words = race.words(Task::Classification);
        assert!(words.contains("Adam won") && words.contains("200 samples") && words.contains("50 test samples"), "{words}");
        assert!(words.contains("Lion is next with 0.19"), "{words}");
        assert!(words.contains("Adam was the first to be as good as the last"), "{words}");
        let rows = race.rows(Task::Classification);
        assert_eq!(rows.iter().map(|r| r.winner).collect::<Vec<_>>(), [true, false, false]);
        assert!(rows[1].state.contains("no learning rate") && rows[1].loss == "–");
        let experiment = race.experiment(0, &Experiment::default());
        assert_eq!((experiment.optimizer.key.as_str(), experiment.train.lr), ("adam", 0.0123));
    }

    #[test]
    fn those_that_diverge_or_are_stopped_never_win() {
        let mut race = race(Source::Shared);
        for _ in 0..3 {
            let at = race.call().unwrap();
            race.leg(at);
        }
        race.tell(0, Lap { diverged: true, ..lap(&[1.0, 0.01], true) });
        race.tell(1, lap(&[1.0, 0.4], true));
        race.stop();
        assert_eq!((race.over(), race.order(), race.share()), (true, vec![1], 1.0));
        assert!(race.words(Task::Regression).contains("SGD won"));
    }

    #[test]
    fn a_line_each_over_samples_or_seconds() {
        let mut race = race(Source::Own);
        race.tell(1, lap(&[1.0, 0.4], false));
        let lines = race.series(Measure::TrainLoss, Over::Seconds, Task::Classification);
        assert_eq!((lines.len(), &lines[1].points[..]), (3, &[(1.0, f64::from(0.4_f32))][..]));
        let lines = race.series(Measure::Score, Over::Seen, Task::Classification);
        assert_eq!(lines[1].points[1].0, 100.0);
        assert!((lines[1].points[1].1 - 60.0).abs() < 1e-4);
        let all = Race::new(&vec![(Pick::new("adam"), None); 9], Source::Own, 0.1, 1.0);
        let lines = all.series(Measure::Loss, Over::Seen, Task::Classification);
        assert_eq!(lines.len(), MOST);
        let looks: std::collections::BTreeSet<_> = lines.iter().map(|l| (l.color_var, l.dash.len())).collect();
        assert_eq!(looks.len(), MOST, "all can be told apart");
    }
}
