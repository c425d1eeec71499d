//! A run that stands aside while a recipe is carried out on a copy of its model.

use super::{Next, Run};
use crate::{
    engine::{artifact, catalog::Pick, data::Task, error::SpecError},
    protocol::{Form, FromWorker, Late, Look, Recipe as News, RunError},
    session::{
        accelerator::Engines,
        clock::Clock,
        evaluate, export,
        recipe::{Came, Recipe},
        teachers,
    },
};

/// News are said at the pace of the eye, ms.
const NEWS_MS: f64 = 100.0;

impl Run {
    /// From now on a recipe is carried out, and training waits. One under way is dropped.
    pub fn cook(&mut self, ask: u32, picks: Vec<Pick>, every: bool) {
        self.teachers = if teachers::listens(&picks) && !self.experiment.teacher.is_empty() { None } else { Some(Vec::new()) };
        self.wanted_recipe = Some((ask, picks, every));
        self.recipe = None;
    }

    /// Training goes on, and what was made so far is dropped.
    pub fn stop_recipe(&mut self, now: f64, out: &mut Vec<FromWorker>) {
        let wanted = self.wanted_recipe.take().map(|(ask, ..)| ask);
        if let Some(ask) = self.recipe.take().map(|recipe| recipe.ask).or(wanted) {
            self.end_recipe(ask, News::Stopped, now, out);
        }
    }

    /// A piece of the recipe; `None` where none is under way.
    pub(super) fn recipe(&mut self, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        if self.wanted_recipe.is_some() {
            // It begins with the numbers of now.
            if !self.bring(engines) {
                return Some(Next::Await);
            }
            let Some(teachers) = self.teachers.take() else { return Some(Next::Idle) };
            let (ask, picks, every) = self.wanted_recipe.take()?;
            match Recipe::new((ask, every), (&picks, teachers), &self.trainer, &self.experiment, &self.data, clock.now()) {
                Ok(recipe) => self.recipe = Some(recipe),
                Err(error) => self.fail_recipe(ask, RunError::Spec(error), clock.now(), out),
            }
            return Some(Next::Now);
        }
        let recipe = self.recipe.as_mut()?;
        let (ask, now) = (recipe.ask, clock.now());
        if now - recipe.said >= NEWS_MS {
            recipe.said = now;
            out.push(FromWorker::Late(Late::Recipe { run: self.id, ask, experiment: recipe.experiment().clone(), news: recipe.news() }));
        }
        match recipe.advance(&self.data, clock) {
            Ok(Came::More) => {}
            Ok(Came::Stage(stage)) => {
                out.push(FromWorker::Late(Late::Recipe {
                    run: self.id,
                    ask,
                    experiment: recipe.experiment().clone(),
                    news: News::Stage(stage),
                }));
            }
            Ok(Came::Made(stage, made)) => {
                let experiment = recipe.experiment().clone();
                out.push(FromWorker::Late(Late::Recipe { run: self.id, ask, experiment, news: News::Stage(stage) }));
                self.made = Some(*made);
                self.end_recipe(ask, News::Done, now, out);
                self.recipe = None;
            }
            Err(error) => self.fail_recipe(ask, RunError::Spec(error), now, out),
        }
        Some(Next::Now)
    }

    /// Whether a recipe is about to begin that listens to teachers who are not there yet.
    pub fn awaits_teachers(&self) -> bool {
        self.wanted_recipe.is_some() && self.teachers.is_none()
    }

    /// Whether a recipe is under way, or about to be.
    pub(super) fn is_cooking(&self) -> bool {
        self.recipe.is_some() || self.wanted_recipe.is_some()
    }

    /// Name and content of a file of what the last recipe made, a whittled one or ONNX. Errors: nothing has been made yet.
    pub fn recipe_file(&self, form: Form) -> Result<(String, Vec<u8>), RunError> {
        let made = self.made.as_ref().ok_or_else(|| RunError::File("no recipe has been carried out yet".into()))?;
        if form == Form::Onnx {
            return Ok((format!("{}.onnx", self.experiment.data.key), export::onnx_file(&made.model, &made.meta)?));
        }
        let form = artifact::FORMS.into_iter().find(|f| Form::from(*f) == form).unwrap_or(artifact::Form::Packed);
        let model = if form == artifact::Form::Dense { &made.baseline } else { &made.model };
        Ok((format!("{}.whittle", self.experiment.data.key), artifact::encode(model, form, &made.meta)))
    }

    /// Looks at what the last recipe made. Errors: nothing has been made yet; answers that are no classes, where those are to differ.
    pub fn look(&mut self, what: Look) -> Result<(), RunError> {
        if what != Look::Times && matches!(self.data.task, Task::Value { .. }) {
            let reason = "only answers that are classes can change: this data set asks for a number".into();
            return Err(RunError::Spec(SpecError::Incompatible { field: "data".into(), reason }));
        }
        self.made.as_mut().ok_or_else(|| RunError::File("no recipe has been carried out yet".into()))?.look(what);
        Ok(())
    }

    /// A slice of that; `None` where nobody waits for it.
    pub(super) fn look_at_made(&mut self, clock: &dyn Clock, out: &mut Vec<FromWorker>) -> Option<Next> {
        let made = self.made.as_mut().filter(|made| made.is_wanted())?;
        let by = (self.trainer.rules.loss.as_ref(), evaluate::chunk(&self.trainer.network));
        match made.advance(&self.data, by, clock) {
            Ok(Some(seen)) => out.push(FromWorker::Late(Late::Seen { run: self.id, ask: made.ask, seen })),
            Ok(None) => {}
            Err(error) => {
                self.made = None;
                out.push(FromWorker::Failed { run: Some(self.id), error: RunError::Spec(error) });
            }
        }
        Some(Next::Now)
    }

    fn fail_recipe(&mut self, ask: u32, error: RunError, now: f64, out: &mut Vec<FromWorker>) {
        self.recipe = None;
        self.end_recipe(ask, News::Stopped, now, out);
        out.push(FromWorker::Failed { run: Some(self.id), error });
    }

    /// Nobody waits for the epochs that were not trained while something else was done.
    pub fn wait_no_more(&mut self, now: f64) {
        self.pace_from = (now, self.epoch());
    }

    fn end_recipe(&mut self, ask: u32, news: News, now: f64, out: &mut Vec<FromWorker>) {
        self.wait_no_more(now);
        let experiment = self.recipe.as_ref().map_or_else(|| self.experiment.clone(), |recipe| recipe.experiment().clone());
        out.push(FromWorker::Late(Late::Recipe { run: self.id, ask, experiment, news }));
    }
}
