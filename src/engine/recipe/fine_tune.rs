//! More training.

use super::{AtHand, Candidate, EPOCHS, RATE, Step, Training};
use crate::engine::{catalog::Entry, error::SpecError};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "fine-tune",
    label: "Fine-tune",
    help: teach!(
        "Trains what is left, so that it makes up for what the steps before took. Removed weights stay removed, and behind a quantizing step the network trains with its weights rounded (quantization-aware training)."
    ),
    formula: teach!(r"w \leftarrow m \odot (w - \eta\, \nabla L(\hat w))"),
    source: teach!("Han et al. 2015, Learning both weights and connections for efficient neural networks"),
    params: &[EPOCHS, RATE],
    build: |values| Box::new(FineTune(Training { epochs: values.get(&EPOCHS), rate: values.get(&RATE), teacher: None })),
};

struct FineTune(Training);

impl Step for FineTune {
    fn begin(&self, _: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        Ok(())
    }

    fn training(&self) -> Option<Training> {
        Some(self.0)
    }
}
