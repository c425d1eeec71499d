//! Training on the answers of a teacher.

use super::{AtHand, Candidate, EPOCHS, RATE, Step, Teacher, Training};
use crate::engine::{
    catalog::Entry,
    error::SpecError,
    params::{ParamSpec, Scale},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "distill",
    label: "Distill",
    help: teach!(
        "Fine-tunes on what the model with which the recipe began says to each training sample, and not on labels alone: how sure it is, and which classes it takes for alike, tells more than the right answer does. Behind a quantizing step the student trains with its weights rounded."
    ),
    formula: teach!(
        r"L = (1 - \alpha)\, L_{\text{labels}} + \alpha\, T^2\, \operatorname{KL}(\operatorname{softmax}(t / T) \,\|\, \operatorname{softmax}(z / T))"
    ),
    source: teach!("Hinton, Vinyals & Dean 2015, Distilling the knowledge in a neural network"),
    params: &[EPOCHS, TEMPERATURE, ALPHA, RATE],
    build: |values| {
        let teacher = Teacher { temperature: values.f32(&TEMPERATURE), alpha: values.f32(&ALPHA) };
        Box::new(Distill(Training { epochs: values.get(&EPOCHS), rate: values.get(&RATE), teacher: Some(teacher) }))
    },
};

const TEMPERATURE: ParamSpec = ParamSpec {
    key: "temperature",
    label: "Temperature T",
    range: (1.0, 20.0),
    scale: Scale::Log,
    default: 4.0,
    help: teach!(
        "Divides the outputs of both before they become probabilities: the higher, the more the wrong classes say. Numbers have none."
    ),
    ..ParamSpec::NEW
};

const ALPHA: ParamSpec = ParamSpec {
    key: "alpha",
    label: "Teacher's share α",
    range: (0.0, 1.0),
    default: 0.7,
    help: teach!("Share of the loss that is about the teacher's answers. At 0 this is fine-tuning; at 1 the labels are not looked at."),
    ..ParamSpec::NEW
};

struct Distill(Training);

impl Step for Distill {
    fn begin(&self, _: &mut Candidate, _: &AtHand<'_>) -> Result<(), SpecError> {
        Ok(())
    }

    fn training(&self) -> Option<Training> {
        Some(self.0)
    }
}
