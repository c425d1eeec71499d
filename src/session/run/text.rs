//! A text that the model writes, where a panel asks for it: beside training, which goes on between two pieces.

use super::{Next, Run};
use crate::{
    engine::{
        data::{Task, text::is_text},
        error::SpecError,
        inference::Runner,
        packed::PackedModel,
        writing::{Wanted, Writing},
    },
    protocol::{FromWorker, Late, RunError, TextNews, TextWish},
    session::{accelerator::Engines, clock::Clock},
};

/// Length of a piece, ms.
const PIECE_MS: f64 = 4.0;
/// Training gets so many times what a piece took before the next.
const TRAINING: f64 = 3.0;

/// A text under way.
pub(super) struct Text {
    ask: u32,
    writing: Writing,
    optimized: bool,
    /// The model that writes, whole as it was when the first character was due, and its step.
    model: Option<(Runner, u64)>,
    /// Training has its share until then, ms.
    due: f64,
}

impl Run {
    /// The model is to write this; what was asked before is dropped. A wish that cannot be fulfilled is answered at once. Errors: a run that is not about text.
    pub fn begin_text(&mut self, ask: u32, wish: &TextWish, out: &mut Vec<FromWorker>) -> Result<(), RunError> {
        self.text = None;
        let (true, Task::Classes(classes)) = (is_text(&self.data.key), &self.data.task) else {
            let reason = "only a model of text can write: choose a text (sonnets)".into();
            return Err(RunError::Spec(SpecError::Incompatible { field: "data".into(), reason }));
        };
        let wanted = Wanted { prompt: wish.prompt.clone(), length: wish.length, temperature: wish.temperature, seed: wish.seed };
        match Writing::new(&wanted, self.data.shape.len(), classes) {
            Ok(writing) => self.text = Some(Box::new(Text { ask, writing, optimized: wish.optimized, model: None, due: 0.0 })),
            Err(reason) => self.say_text(ask, TextNews::Refused(reason), self.reached().0, out),
        }
        Ok(())
    }

    /// A piece of the text; `None` where there is none, or training has its share.
    pub(super) fn write_on(&mut self, clock: &dyn Clock, engines: &mut Engines, out: &mut Vec<FromWorker>) -> Option<Next> {
        let mut text = self.text.take()?;
        let began = clock.now();
        if self.playing && began < text.due && self.ahead_of_pace(began) <= 0.0 {
            self.text = Some(text);
            return None;
        }
        if text.model.is_none() {
            match self.writer(text.optimized, engines) {
                Ok(Ok(model)) => text.model = Some(model),
                Ok(Err(next)) => {
                    self.text = Some(text);
                    return next;
                }
                Err(error) => {
                    self.say_text(text.ask, TextNews::Refused(error.to_string()), self.reached().0, out);
                    return Some(Next::Now);
                }
            }
        }
        let (Some((runner, step)), Task::Classes(classes)) = (&mut text.model, &self.data.task) else { return None };
        let step = *step;
        let (done, now) = loop {
            let (done, now) = (text.writing.advance(runner, classes, 1), clock.now());
            if done || now - began >= PIECE_MS {
                break (done, now);
            }
        };
        if done {
            self.say_text(text.ask, TextNews::Text(text.writing.text().into()), step, out);
        } else {
            text.due = now + TRAINING * (now - began);
            self.text = Some(text);
        }
        Some(Next::Now)
    }

    /// The model that is to write, and its step; or what to do until it is there. Errors: weights that cannot be run.
    fn writer(&mut self, optimized: bool, engines: &mut Engines) -> Result<Result<(Runner, u64), Option<Next>>, SpecError> {
        if optimized {
            // Comparisons come by themselves.
            let Some(pair) = &self.pair else { return Ok(Err(None)) };
            let mut runner = Runner::new(&pair.compressed.model)?;
            runner.set_exit(pair.experiment.compress.exit as f32);
            return Ok(Ok((runner, pair.step)));
        }
        if !self.bring(engines) {
            return Ok(Err(Some(Next::Await)));
        }
        let model = PackedModel::dense(&self.trainer.network, self.trainer.weights());
        Ok(Ok((Runner::new(&model)?, self.trainer.step_count())))
    }

    fn say_text(&self, ask: u32, news: TextNews, step: u64, out: &mut Vec<FromWorker>) {
        out.push(FromWorker::Late(Late::Text { run: self.id, ask, step, news }));
    }
}
