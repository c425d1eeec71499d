//! Training steps of the model at hand, on a copy of it.

use std::sync::Arc;

use super::{Prepared, Subject, Work};
use crate::engine::{
    data::Dataset,
    error::SpecError,
    network::Network,
    train::{Score, Trainer},
};

/// The model's next steps, one a call, on its own data.
pub fn steps(subject: &Subject<'_>) -> Result<Prepared, SpecError> {
    let (trainer, data) = ((subject.trainer)()?, subject.data.clone());
    let samples = trainer.settings.batch.clamp(1, data.train.len.max(1)) as u64;
    let (operations, bytes) = (2 * samples * macs(&trainer.network), (trainer.params.len() * size_of::<f32>()) as u64);
    Ok(Prepared { work: Box::new(Steps { trainer, data, score: Score::default() }), operations, bytes, samples })
}

/// Multiply-accumulates of a step per sample: each product forward, once more for the gradient by its weights, and once more for that
/// by its input, which the first layer with weights is spared.
fn macs(network: &Network) -> u64 {
    let mut products = network.nodes().iter().map(|node| node.layer.macs()).filter(|macs| *macs > 0);
    2 * products.next().unwrap_or(0) + 3 * products.sum::<u64>()
}

struct Steps {
    trainer: Trainer,
    data: Arc<Dataset>,
    score: Score,
}

impl Work for Steps {
    fn advance(&mut self) -> bool {
        self.trainer.advance(&self.data.train, &mut self.score).is_some()
    }

    fn output(&mut self) -> &[f32] {
        &self.trainer.params
    }
}
