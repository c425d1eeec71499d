//! What the page knows of the recipe that is, or was, carried out.

use std::sync::Arc;

use super::{CellSamples, Page, Task, format, tried};
use crate::{
    engine::{
        catalog::Pick,
        params::{ParamSpec, Scale},
    },
    experiment::{Experiment, PickList, RECIPE},
    protocol::{Contrast, MadeTimes, Recipe, Roc, Seen, Stage},
};

/// A recipe and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cooked {
    /// Which question of the page it answers.
    pub ask: u32,
    /// The experiment with the recipe.
    pub experiment: Arc<Experiment>,
    /// The trained model, then the model after each step so far.
    pub stages: Vec<Stage>,
    /// The step at work and the share of all that is done; `None` once all is.
    pub working: Option<(usize, f32)>,
    /// Step of the trained model with which it began.
    pub step: u64,
    /// Which answers it changes, and at that step, once that was looked at.
    pub contrast: Option<Arc<(u64, Contrast)>>,
    /// How well it and the trained model tell each class from the rest.
    pub roc: Option<Arc<(u64, Roc)>>,
    /// Samples of the confusion cell that was clicked last.
    pub cell: Option<Arc<CellSamples>>,
    /// Its times, once they were measured.
    pub times: Option<Arc<MadeTimes>>,
}

impl Cooked {
    /// Whether the last step is done: then there is a model to take away.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.working.is_none()
    }
}

impl Page {
    pub(super) fn recipe_news(&mut self, ask: u32, experiment: Arc<Experiment>, news: Recipe) {
        let of = |page: &Self| page.cooked.as_ref().filter(|c| c.ask == ask).map(|c| Cooked::clone(c));
        let mut cooked = of(self).unwrap_or(Cooked {
            ask,
            experiment,
            stages: Vec::new(),
            working: Some((0, 0.0)),
            step: self.step,
            contrast: None,
            roc: None,
            cell: None,
            times: None,
        });
        match news {
            Recipe::Working { step, share } => cooked.working = Some((step, share)),
            Recipe::Stage(stage) => cooked.stages.push(stage),
            Recipe::Done => {
                cooked.working = None;
                if let Some(stage) = cooked.stages.last() {
                    let task = self.task();
                    tried::record_made(Arc::make_mut(&mut self.tried), &cooked.experiment, stage, (self.step, task), true);
                }
            }
            Recipe::Stopped => {
                self.cooked = None;
                return;
            }
        }
        self.cooked = Some(Arc::new(cooked));
    }

    /// What was seen of what the recipe `ask` made.
    pub(super) fn recipe_seen(&mut self, ask: u32, seen: Seen) {
        let Some(cooked) = self.cooked.as_mut().filter(|c| c.ask == ask).map(Arc::make_mut) else { return };
        match seen {
            Seen::Contrast(contrast) => cooked.contrast = Some(Arc::new((cooked.step, contrast))),
            Seen::Roc(roc) => cooked.roc = Some(Arc::new((cooked.step, roc))),
            Seen::Cell { actual, predicted, total, samples } => {
                cooked.cell = Some(Arc::new(CellSamples { actual, predicted, total, samples }));
            }
            Seen::Times(times) => cooked.times = Some(Arc::new(times)),
        }
    }

    /// A recipe of a search has been carried out on the model of `step`, `alone` or beside others: then its time means nothing.
    pub fn recipe_tried(&mut self, experiment: &Arc<Experiment>, stage: &Stage, step: u64, alone: bool) {
        let task = self.task();
        tried::record_made(Arc::make_mut(&mut self.tried), experiment, stage, (step, task), alone);
    }
}

/// The value of a word of a step's setting; 0 where there is none.
#[must_use]
pub(super) fn word(step: &str, setting: &str, key: &str) -> f64 {
    let spec = RECIPE.info(step).and_then(|info| info.params.iter().find(|s| s.key == setting));
    match spec.map(|s| s.scale) {
        Some(Scale::Choice(words)) => words.iter().position(|w| w.key == key).unwrap_or(0) as f64,
        _ => 0.0,
    }
}

/// A step in a few words, its first setting and those choices that are not as usual: "Prune 70 %", "Fine-tune 2 epochs", "Quantize to 4 bits, 8-bit
/// integer", "Quantize, bfloat16".
#[must_use]
pub fn step_words(pick: &Pick) -> String {
    entry_words(&RECIPE, pick)
}

/// The same of an entry of any list: "PCA 2 components", "Bin 5 bins, ordinal".
#[must_use]
pub fn entry_words(list: &PickList, pick: &Pick) -> String {
    let Some(info) = list.info(&pick.key) else { return pick.key.clone() };
    let mut words = info.label.to_string();
    for (i, spec) in info.params.iter().enumerate() {
        let value = pick.get(spec);
        if i == 0 && pick.params.get("format").is_some_and(|format| *format > 0.0) {
            // Floats have a width of their own.
        } else if i == 0 {
            words += &format!(" {}", value_words(spec, value));
        } else if let (Scale::Choice(choices), false) = (spec.scale, value == spec.default) {
            words += &choices.get(value as usize).map_or_else(String::new, |w| format!(", {}", w.label.to_lowercase()));
        }
    }
    words
}

fn value_words(spec: &ParamSpec, value: f64) -> String {
    match spec.scale {
        Scale::Choice(words) => {
            let word = words.get(value as usize).map_or_else(String::new, |w| w.label.into());
            if spec.key == "bits" { format!("to {word} bits") } else { word }
        }
        Scale::Linear if spec.range.1 <= 1.0 => format::percent0(value),
        _ => {
            let unit = spec.label.to_lowercase();
            format!("{} {}", format::number(value), if value == 1.0 { unit.trim_end_matches('s') } else { &unit })
        }
    }
}

/// A recipe in a line: its steps, an arrow between two.
#[must_use]
pub fn recipe_words(recipe: &[Pick]) -> String {
    recipe.iter().map(step_words).collect::<Vec<_>>().join(" → ")
}

/// What a step did, in plain words, where that may surprise: the same bytes, no less time, points lost.
#[must_use]
pub fn surprise(before: &Stage, after: &Stage, task: Task) -> Option<String> {
    let (was, is) = (before.bytes() as f64, after.bytes() as f64);
    let (zeros, fewer) = (after.sparsity > before.sparsity + 0.05, after.params < before.params);
    if zeros && !fewer && after.timing.p50 > 0.95 * before.timing.p50 {
        let share = format::percent0(f64::from(after.sparsity));
        return Some(format!(
            "{share} zeros, and no faster: a dense kernel multiplies zeros like any number. The file is smaller because it leaves them out. Removing neurons and filters saves time for certain."
        ));
    }
    if is < 0.7 * was && after.timing.p50 > 1.05 * before.timing.p50 {
        return Some("Smaller, and slower: codes have to be unpacked before they are multiplied. 8-bit activations let whole numbers be multiplied as they are.".into());
    }
    let (was, is) = (before.evaluation.score, after.evaluation.score);
    (was - is > 0.02).then(|| format!("{}: fine-tuning behind this step can bring some of that back.", task.change(was, is)))
}
