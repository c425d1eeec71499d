//! Looks for the recipe that makes the smallest model within limits, several side by side.

use std::{
    fmt::Write as _,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use serde_json::{Value, json};
use whittle::{
    experiment::{Experiment, FIELDS, link},
    protocol::{Bytes, Stage, ToWorker},
    state::{
        Task,
        budget::{Fate, Next, Search, Verdict},
        recipe_words,
    },
};

use crate::{
    driver::{Desk, RUN},
    native::Files,
    report,
};

/// The experiment with those limits that were given, by their link keys. Errors: a value out of its range; no limit at all.
pub fn limited(mut experiment: Experiment, limits: [(&str, Option<f64>); 3]) -> Result<Experiment, String> {
    for (key, value) in limits {
        if let (Some(value), Some(field)) = (value, FIELDS.iter().find(|f| f.spec.key == key)) {
            (field.set)(&mut experiment, field.spec.check(value).map_err(|e| e.to_string())?);
        }
    }
    if experiment.goal.is_limited() { Ok(experiment) } else { Err("no limit is set: --max-kb, --max-drop, --max-ms".into()) }
}

/// Trains the experiment, searches with `jobs` recipes at a time, and prints what was found. Errors: whatever the session refuses.
pub fn run(experiment: Experiment, files: &Files, jobs: usize, as_json: bool) -> Result<(), String> {
    let mut desk = Desk::start(experiment.clone(), files, false, true)?;
    desk.until_idle()?;
    let (Some(checkpoint), Some(summary)) = (desk.checkpoint.take(), desk.summary.take()) else {
        return Err("the run ended without a model".into());
    };
    let began = Instant::now();
    let task = if summary.baseline.confusion.is_empty() { Task::Regression } else { Task::Classification };
    let mut search = Search::new(experiment.goal.clone());
    let pool = Pool { search: Mutex::new(&mut search), told: Condvar::new() };
    std::thread::scope(|scope| {
        let work = || pool.work(&experiment, files, &checkpoint);
        let workers: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a search stopped unexpectedly".into())))
    })?;
    // Nothing else is at work from here on.
    let mut alone = Desk::resumed(experiment.clone(), files, checkpoint)?;
    while let Next::Time(id) = search.ask() {
        let came = cook(&mut alone, &search, id);
        search.timed(id, came.as_ref().map_err(Clone::clone));
    }
    let seconds = began.elapsed().as_secs_f64();
    report::print(&if as_json { format!("{}\n", value(&search, &experiment, seconds)) } else { text(&search, &experiment, task, seconds) })
}

/// What the threads share.
struct Pool<'a> {
    search: Mutex<&'a mut Search>,
    told: Condvar,
}

impl<'a> Pool<'a> {
    fn search(&self) -> MutexGuard<'_, &'a mut Search> {
        self.search.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries recipes out until none is left.
    fn work(&self, experiment: &Experiment, files: &Files, checkpoint: &Bytes) -> Result<(), String> {
        let mut desk = Desk::resumed(experiment.clone(), files, checkpoint.clone())?;
        let mut search = self.search();
        loop {
            match search.ask() {
                Next::Try(id) => {
                    let recipe = search.plan(id).recipe.clone();
                    drop(search);
                    let came = cook_steps(&mut desk, id, recipe);
                    search = self.search();
                    search.tell(id, came.as_ref().map_err(Clone::clone));
                    self.told.notify_all();
                }
                Next::Wait => search = self.told.wait(search).unwrap_or_else(PoisonError::into_inner),
                Next::Time(_) | Next::Over => return Ok(()),
            }
        }
    }
}

fn cook(desk: &mut Desk, search: &Search, id: usize) -> Result<Stage, String> {
    cook_steps(desk, id, search.plan(id).recipe.clone())
}

fn cook_steps(desk: &mut Desk, id: usize, recipe: Vec<whittle::engine::catalog::Pick>) -> Result<Stage, String> {
    desk.stages.clear();
    desk.say(ToWorker::Cook { run: RUN, ask: id as u32, recipe, every: false })?;
    desk.until_idle()?;
    desk.stages.pop().ok_or_else(|| "the recipe came to no end".into())
}

fn link_of(search: &Search, experiment: &Experiment, id: usize) -> String {
    link::encode(&Experiment { recipe: search.plan(id).recipe.clone(), ..experiment.without_goal() })
}

fn text(search: &Search, experiment: &Experiment, task: Task, seconds: f64) -> String {
    let mut out = String::new();
    for row in search.rows(task) {
        let mark = if row.picked { '*' } else { ' ' };
        // Writing to a string does not fail.
        let _ = writeln!(out, "{mark} {:>9}  {:>7}  {:<13}  {}  ({})", row.bytes, row.score, row.change, row.recipe, row.time);
    }
    let _ = writeln!(out, "{} {}", search.words(task), search.judged_on());
    if let Verdict::Found(id) = search.verdict() {
        let _ = writeln!(out, "{}", link_of(search, experiment, id));
    }
    let _ = writeln!(out, "{seconds:.1} s");
    out
}

fn value(search: &Search, experiment: &Experiment, seconds: f64) -> Value {
    let front = search.front();
    let tried = search.fates().iter().enumerate().map(|(id, fate)| {
        let recipe = recipe_words(&search.plan(id).recipe).replace('\u{a0}', " ");
        match fate {
            Fate::Judged(judged) => json!({
                "recipe": recipe, "score": report::short(judged.score), "test_score": report::short(judged.test), "validation_samples": judged.held_out, "points_lost": search.drop(judged), "bytes": judged.bytes,
                "ms": judged.alone.map(|(own, _)| own), "fp32_ms": judged.alone.map(|(_, fp32)| fp32),
                "front": front.contains(&id), "link": link_of(search, experiment, id),
            }),
            Fate::Skipped(why) => json!({ "recipe": recipe, "skipped": format!("{why:?}") }),
            Fate::Failed(reason) => json!({ "recipe": recipe, "failed": reason }),
            Fate::Waiting | Fate::Begun => json!({ "recipe": recipe }),
        }
    });
    let (pick, missed) = match search.verdict() {
        Verdict::Found(id) => (json!(id), Value::Null),
        Verdict::Missed(miss) => (Value::Null, json!({ "nearest": miss.id, "kb": miss.kb, "points": miss.points, "ms": miss.ms })),
        Verdict::Nothing => (Value::Null, Value::Null),
    };
    json!({ "recipes": tried.collect::<Vec<_>>(), "pick": pick, "missed": missed, "seconds": seconds })
}
