//! A step with all its numbers: one sample goes through the network and back, and nothing of what it left is thrown away.

use super::{StepReport, Trainer};
use crate::engine::{data::Samples, train::Score};

/// What a step on one sample came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// Loss and learning rate.
    pub report: StepReport,
    /// What came into the network, `[I]`: moved and mixed where training does that.
    pub input: Vec<f32>,
    /// Layers in order.
    pub layers: Vec<WatchedLayer>,
    /// The parameters that it computed with: rounded under quantization-aware training, and where the sample was looked at last.
    pub used: Vec<f32>,
    /// Parameters before the update.
    pub before: Vec<f32>,
    /// Gradient of the loss by each parameter.
    pub loss_gradient: Vec<f32>,
    /// The gradient that the optimizer saw: with penalties, noise and limits.
    pub gradient: Vec<f32>,
    /// How often the sample was looked at: more than once where the step looks ahead.
    pub looks: usize,
}

/// What a layer did.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedLayer {
    /// What came in, rounded where that happens.
    pub input: Vec<f32>,
    /// What came out.
    pub output: Vec<f32>,
    /// Gradient of the loss by what came out; empty where nothing on the way back needs it.
    pub gradient: Vec<f32>,
}

impl Trainer {
    /// A step on training sample `sample` alone, which is a mini-batch of its own. It is the step that [`Trainer::step`] takes, on this sample instead of
    /// the next; the trainer is no longer of its run then. No step may be open.
    pub fn watch(&mut self, data: &Samples, sample: usize) -> Watched {
        debug_assert!(!self.is_open() && sample < data.len);
        self.settings.batch = 1;
        let at = self.next(data.len).start;
        if let Some(place) = self.order.iter().position(|i| *i as usize == sample) {
            self.order.swap(at, place);
        }
        // Sums that begin at zero are the gradient itself after one step.
        self.take_note(None);
        self.take_note(Some(|sums, _, gradient| sums.iter_mut().zip(gradient).for_each(|(s, g)| *s += g)));
        self.tape.gradients = vec![Vec::new(); self.network.nodes().len()];
        let before = self.params.clone();
        let (mut looks, mut elsewhere) = (1, None);
        let report = loop {
            match self.advance(data, &mut Score::default()) {
                Some(report) => break report,
                None => {
                    looks += 1;
                    let there = self.extra.as_ref().and_then(|extra| extra.elsewhere()).or(self.rules.optimizer.elsewhere());
                    elsewhere = there.map(<[f32]>::to_vec);
                }
            }
        };
        let used = elsewhere.unwrap_or_else(|| self.fake.seen(&before).to_vec());
        let layers = (0..self.network.nodes().len()).map(|i| self.watched(i)).collect();
        let input = self.batch.inputs.clone();
        Watched { report, input, layers, used, before, loss_gradient: self.noted.clone(), gradient: self.grad.clone(), looks }
    }

    fn watched(&self, i: usize) -> WatchedLayer {
        let nodes = self.network.nodes();
        let came = match i.checked_sub(1) {
            None => &self.batch.inputs[..],
            Some(last) => &self.tape.output(last)[..nodes[last].layer.output().len()],
        };
        let rounds = self.tape.inputs.get(i).and_then(Option::as_ref);
        WatchedLayer {
            input: rounds.map_or(came, |input| input.last(came)).to_vec(),
            output: self.tape.output(i)[..nodes[i].layer.output().len()].to_vec(),
            gradient: self.tape.gradients.get(i).cloned().unwrap_or_default(),
        }
    }
}
