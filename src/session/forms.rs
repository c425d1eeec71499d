//! How long each form of the model takes for one sample, on kernels that compute on that form, in turn with the baseline.

use super::{clock::Clock, latency::Duel, preview::Pair};
use crate::{
    engine::{
        error::SpecError,
        inference::Runner,
        layers::Op,
        packed::{PackedModel, Skips, Weights},
    },
    kernels::spmm,
    protocol::{Form, FormTime, Runs},
};

/// Time per model and form, ms.
const FORM_MS: f64 = 60.0;

/// A measurement of forms under way.
pub(super) struct Forms {
    /// Forms with kernels of their own, still to be measured.
    rivals: Vec<(Form, Runner)>,
    found: Vec<FormTime>,
    duel: Duel,
}

impl Forms {
    /// Most that there are to measure.
    pub const MOST: usize = 4;

    /// How many are done, of [`Forms::MOST`].
    pub fn done(&self) -> usize {
        Self::MOST - self.rivals.len()
    }

    /// Finds out which forms run in a way of their own.
    pub fn new(baseline: &PackedModel, optimized: &PackedModel) -> Self {
        let mut known: Vec<(Form, Way)> = way(baseline).into_iter().map(|(_, way)| (Form::Dense, way)).collect();
        let (mut rivals, mut found) = (Vec::new(), Vec::new());
        for form in [Form::Masked, Form::Packed, Form::Sparse, Form::Deflate] {
            // A model that is compared runs, and so do its forms.
            let Ok((runner, way)) = way(&on(optimized, form)) else { continue };
            match known.iter().find(|(_, other)| *other == way) {
                Some((other, _)) => found.push(FormTime { form, runs: Runs::Like(*other) }),
                None => rivals.push((form, runner)),
            }
            known.push((form, way));
        }
        rivals.reverse();
        Self { rivals, found, duel: Duel::new(1, FORM_MS) }
    }

    /// A slice of work on the model's input `x[I]`. True when all forms are measured.
    pub fn advance(&mut self, pair: &mut Pair, x: &[f32], clock: &dyn Clock) -> bool {
        let Some((form, rival)) = self.rivals.last_mut() else { return true };
        let done = self.duel.advance(clock, |side| {
            let runner = if side == 0 { &mut pair.baseline } else { &mut *rival };
            std::hint::black_box(runner.run(x, 1));
        });
        if done {
            let [baseline, own] = self.duel.timings();
            self.found.push(FormTime { form: *form, runs: Runs::Timed { baseline, own } });
            self.rivals.pop();
            self.duel = Duel::new(1, FORM_MS);
        }
        self.rivals.is_empty()
    }

    /// What was found.
    pub fn take(&mut self) -> Vec<FormTime> {
        std::mem::take(&mut self.found)
    }
}

/// The optimized model as it computes on `form` alone. Deflated, it has to be unpacked first and then runs as it always does.
fn on(model: &PackedModel, form: Form) -> PackedModel {
    let mut model = model.clone();
    for layer in &mut model.layers {
        let Some(weights) = &mut layer.weights else { continue };
        match form {
            Form::Masked => {
                *weights = Weights::dense(weights.inputs, weights.units, weights.to_f32());
                layer.activation = None;
            }
            Form::Packed => weights.skips = Skips::Nothing,
            // Positions are written as 16-bit numbers.
            Form::Sparse if weights.skips == Skips::Nothing && weights.inputs <= spmm::MAX_INPUTS => weights.skips = Skips::Zeros,
            _ => {}
        }
    }
    model
}

/// What a model computes and with which kernels, layer by layer: equal ways take equal time.
type Way = Vec<(Op, String)>;

fn way(model: &PackedModel) -> Result<(Runner, Way), SpecError> {
    let runner = Runner::new(model)?;
    let way = model.layers.iter().enumerate().map(|(i, layer)| (layer.op.clone(), runner.kernel(i))).collect();
    Ok((runner, way))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        packed::{PackedLayer, Values},
        shape::Shape,
    };

    fn model(bits: u32, skips: Skips, units: usize) -> PackedModel {
        let (inputs, count) = (4, 4 * units);
        let values = match bits {
            32 => Values::F32(vec![0.5; count]),
            bits => {
                Values::Int { bits, group: 0, scales: vec![0.5], zeros: Vec::new(), codes: vec![0; (count * bits as usize).div_ceil(8)] }
            }
        };
        let weights = Weights { inputs, units, values, skips };
        let op = Op::Dense { inputs, outputs: units };
        PackedModel {
            input: Shape(vec![inputs]),
            layers: vec![PackedLayer { op, weights: Some(weights), bias: vec![0.0; units], activation: None }],
        }
    }

    fn own(optimized: &PackedModel) -> (Vec<Form>, Vec<(Form, Form)>) {
        let forms = Forms::new(&model(32, Skips::Nothing, 3), optimized);
        let like = forms.found.iter().filter_map(|f| if let Runs::Like(other) = f.runs { Some((f.form, other)) } else { None });
        (forms.rivals.iter().rev().map(|r| r.0).collect(), like.collect())
    }

    #[test]
    fn only_forms_with_kernels_of_their_own_are_measured() {
        use Form::{Deflate, Dense, Masked, Packed, Sparse};
        assert_eq!(own(&model(4, Skips::Nothing, 3)), (vec![Packed, Sparse], vec![(Masked, Dense), (Deflate, Packed)]));
        assert_eq!(own(&model(4, Skips::Zeros, 3)), (vec![Packed, Sparse], vec![(Masked, Dense), (Deflate, Sparse)]));
        assert_eq!(own(&model(32, Skips::Nothing, 3)), (vec![Sparse], vec![(Masked, Dense), (Packed, Dense), (Deflate, Dense)]));
        assert_eq!(
            own(&model(32, Skips::Nothing, 2)),
            (vec![Masked, Sparse], vec![(Packed, Masked), (Deflate, Masked)]),
            "fewer units are quicker"
        );
    }
}
