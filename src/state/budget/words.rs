//! What a search found, in words.

use super::{Fate, Judged, Search, Verdict};
use crate::state::{Task, format, recipe_words};

/// A recipe of the front in words, for a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The recipe.
    pub id: usize,
    /// Its steps.
    pub recipe: String,
    /// "95.1 %", on the samples that choose.
    pub score: String,
    /// The same on the test samples, where they do not choose.
    pub test: Option<String>,
    /// "−0.4 points".
    pub change: String,
    /// "7.20 kB".
    pub bytes: String,
    /// Median time, where it was measured alone, and how that compares to fp32; otherwise the comparison alone, for both models slow down alike beside others.
    pub time: String,
    /// Whether it is the one to take.
    pub picked: bool,
}

impl Search {
    /// The front and the one to take, the smallest first. That one may be off the front, where what beats it is too slow.
    #[must_use]
    pub fn rows(&self, task: Task) -> Vec<Row> {
        let picked = if let Verdict::Found(id) = self.verdict() { Some(id) } else { None };
        let mut ids = self.front();
        if let Some(id) = picked.filter(|id| !ids.contains(id)) {
            ids.push(id);
            crate::order::sort(&mut ids, &|a, b| self.before(a, b));
        }
        let rows = ids.into_iter().filter_map(|id| {
            let Fate::Judged(judged) = &self.fates()[id] else { return None };
            let before = self.baseline().map_or(judged.score, |b| b.score);
            Some(Row {
                id,
                recipe: recipe_words(&self.plan(id).recipe),
                score: task.score(judged.score),
                test: (judged.held_out > 0).then(|| task.score(judged.test)),
                change: task.change(before, judged.score),
                bytes: format::bytes(judged.bytes),
                time: time(judged),
                picked: picked == Some(id),
            })
        });
        rows.collect()
    }

    /// By which samples recipes are chosen; empty before one was tried.
    #[must_use]
    pub fn judged_on(&self) -> String {
        match self.judged().next().map(|(_, judged)| judged.held_out) {
            None => String::new(),
            Some(0) => "Chosen by the test samples, so the score of the pick is a little too good: a validation share (val) holds samples out to choose by.".into(),
            Some(n) => format!("Chosen by {} validation samples; the test samples chose nothing, and stand beside.", format::count(n as u64)),
        }
    }

    /// What is to be taken and why, or what the nearest lacks.
    #[must_use]
    pub fn words(&self, task: Task) -> String {
        let tried = self.judged().count();
        let of = format!("{tried} of {} recipes tried", self.fates().len());
        let sized = |id: usize| {
            let Fate::Judged(judged) = &self.fates()[id] else { return String::new() };
            let before = self.baseline().map_or(judged.score, |b| b.score);
            format!(
                "{}: {}, {}, {}",
                recipe_words(&self.plan(id).recipe),
                format::bytes(judged.bytes),
                task.change(before, judged.score),
                time(judged)
            )
        };
        match self.verdict() {
            Verdict::Found(id) => format!("{}. The smallest that keeps all limits; {of}.", sized(id)),
            Verdict::Missed(miss) => {
                let kb = (miss.kb > 0.0).then(|| format!("{} too large", format::bytes((miss.kb * 1000.0).round().max(1.0) as u64)));
                let points = (miss.points > 0.0).then(|| format!("{} points too many lost", format::number(miss.points)));
                let ms = (miss.ms > 0.0).then(|| format!("{} too slow", format::duration(miss.ms)));
                let misses: Vec<String> = [kb, points, ms].into_iter().flatten().collect();
                // Where only the time is open, nothing was measured alone.
                let misses = if misses.is_empty() { "its time was not measured alone".into() } else { misses.join(", ") };
                format!("No recipe keeps all limits. Nearest is {}: {misses}; {of}.", sized(miss.id))
            }
            Verdict::Nothing => "Nothing was tried.".into(),
        }
    }
}

fn time(judged: &Judged) -> String {
    match judged.alone {
        Some((own, baseline)) => format!("{}, {}", format::duration(own), format::speed(baseline, own)),
        None => format::speed(judged.baseline_ms, judged.ms),
    }
}
