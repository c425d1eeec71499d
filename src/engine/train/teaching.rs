//! Learning from a teacher's answers beside the labels.

use crate::{engine::data::Task, kernels::elementwise::math::exp};

/// A teacher's answers to all training samples, and how much the student listens to them.
///
/// For classes the loss becomes `(1 − α) L + α T² KL(softmax(t / T) ‖ softmax(z / T))`, of teacher's logits `t` and student's `z` (Hinton, Vinyals &
/// Dean 2015, Distilling the knowledge in a neural network; the factor T² makes up for gradients that shrink with T). A number has no
/// temperature: there it is `(1 − α) L + α (z − t)²`, averaged over outputs.
pub struct Teaching {
    /// `[samples, O]`.
    answers: Vec<f32>,
    temperature: f32,
    alpha: f32,
    /// Probabilities of teacher and student.
    probabilities: [Vec<f32>; 2],
    /// [`Teaching::blend`], by a pointer, so that who makes no teacher does not link it.
    blend: Blend,
}

/// As [`Teaching::blend`].
type Blend = fn(&mut Teaching, &Task, &[u32], &[f32], usize, &mut [f32]);

impl Teaching {
    /// From `answers[samples, O]`, one row for each training sample; `temperature` above 0, `alpha` from 0 to 1.
    #[must_use]
    pub fn new(answers: Vec<f32>, temperature: f32, alpha: f32) -> Self {
        Self { answers, temperature, alpha, probabilities: [Vec::new(), Vec::new()], blend: Self::blend }
    }

    /// Turns `grad[b, O]`, the gradient of the labels' loss averaged over `batch` samples, into that of the whole loss, given the student's
    /// `output[b, O]` to the training samples `places`.
    pub(super) fn apply(&mut self, task: &Task, places: &[u32], output: &[f32], batch: usize, grad: &mut [f32]) {
        (self.blend)(self, task, places, output, batch, grad);
    }

    fn blend(&mut self, task: &Task, places: &[u32], output: &[f32], batch: usize, grad: &mut [f32]) {
        let outputs = task.outputs().max(1);
        let Self { answers, temperature, alpha, probabilities: [teacher, student], .. } = self;
        teacher.resize(outputs, 0.0);
        student.resize(outputs, 0.0);
        let labels = 1.0 - *alpha;
        for ((place, z), g) in places.iter().zip(output.chunks_exact(outputs)).zip(grad.chunks_exact_mut(outputs)) {
            let Some(t) = answers.get(*place as usize * outputs..(*place as usize + 1) * outputs) else { continue };
            match task {
                Task::Classes(_) => {
                    softmax(t, *temperature, teacher);
                    softmax(z, *temperature, student);
                    // T² from the loss, 1/T from within the softmax.
                    let share = *alpha * *temperature / batch as f32;
                    for ((g, p), q) in g.iter_mut().zip(&*student).zip(&*teacher) {
                        *g = labels * *g + share * (p - q);
                    }
                }
                Task::Value { .. } => {
                    let share = *alpha * 2.0 / (batch * outputs) as f32;
                    for ((g, z), t) in g.iter_mut().zip(z).zip(t) {
                        *g = labels * *g + share * (z - t);
                    }
                }
            }
        }
    }
}

/// Softmax of `z / temperature` into `p`. That of cross-entropy takes tiny probabilities for zero; here a teacher's count, as small as they are.
fn softmax(z: &[f32], temperature: f32, p: &mut [f32]) {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    p.iter_mut().zip(z).for_each(|(p, z)| *p = exp((z - max) / temperature));
    let scale = 1.0 / p.iter().sum::<f32>();
    p.iter_mut().for_each(|p| *p *= scale);
}
