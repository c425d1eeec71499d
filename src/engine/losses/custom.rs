//! A loss of one's own.

use std::cell::RefCell;

use super::{Loss, Target, expression::Expression};
use crate::{
    engine::{catalog::Entry, data::Task, error::SpecError},
    kernels::wgsl::Wgsl,
};

/// Link key of its formula.
pub const FORMULA_KEY: &str = "formula";
/// The formula where none is given.
pub const PLAIN_FORMULA: &str = "(y - p)^2";

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "custom",
    label: "Formula of your own",
    help: teach!(
        "What you write as formula, of y, what was wanted, and p, what the network says: for numbers its output, for classes each one's probability after softmax, and 1 or 0 as y. Summed over outputs, averaged over samples, and computed with its gradient on the CPU; one that falls without end as p runs off will be followed there."
    ),
    formula: teach!(r"L = \frac{1}{B} \sum_{b,o} \ell(y_{b,o}, p_{b,o})"),
    source: "",
    params: &[],
    build: |_| Box::new(Custom { expression: Expression::parse(PLAIN_FORMULA).ok(), shares: false, row: RefCell::default() }),
};

/// Probabilities stay this far from 0 and 1, so that their logarithms are numbers.
const NOTHING: f64 = 1e-15;

/// The loss that `formula` says, the squared error where it is empty. Errors: what is wrong with it, and at which character.
pub fn custom(formula: &str, task: &Task) -> Result<Box<dyn Loss>, SpecError> {
    let text = if formula.trim().is_empty() { PLAIN_FORMULA } else { formula };
    let refused = |fault: super::expression::Fault| SpecError::Incompatible { field: FORMULA_KEY.into(), reason: fault.to_string() };
    let expression = Some(Expression::parse(text).map_err(refused)?);
    Ok(Box::new(Custom { expression, shares: matches!(task, Task::Classes(_)), row: RefCell::default() }))
}

struct Custom {
    /// There is none only where what is built in could not be read.
    expression: Option<Expression>,
    /// Outputs are read as probabilities of classes.
    shares: bool,
    /// Probabilities of a sample.
    row: RefCell<Vec<f64>>,
}

impl Custom {
    fn at(&self, y: f64, p: f64) -> (f64, f64) {
        self.expression.as_ref().map_or((f64::NAN, f64::NAN), |expression| expression.at(y, p))
    }
}

impl Loss for Custom {
    fn add(&self, output: &[f32], target: Target<'_>, outputs: usize, batch: usize, mut sum: f32, grad: &mut [f32]) -> f32 {
        let share = 1.0 / batch as f64;
        let row = &mut *self.row.borrow_mut();
        row.resize(outputs, 0.0);
        for (b, (z, g)) in output.chunks_exact(outputs).zip(grad.chunks_exact_mut(outputs)).enumerate() {
            let wanted = |o: usize| f64::from(target.at(b, o, outputs));
            if !self.shares {
                for (o, (z, g)) in z.iter().zip(g).enumerate() {
                    let (loss, slope) = self.at(wanted(o), f64::from(*z));
                    sum += loss as f32;
                    *g = (slope * share) as f32;
                }
                continue;
            }
            softmax(z, row);
            // dL/dz_k = p_k (ℓ'_k − Σ p_c ℓ'_c)
            let mut all = 0.0;
            for (o, p) in row.iter().enumerate() {
                let (loss, slope) = self.at(wanted(o), *p);
                sum += loss as f32;
                all += p * slope;
            }
            for (o, (p, g)) in row.iter().zip(g).enumerate() {
                *g = (p * (self.at(wanted(o), *p).1 - all) * share) as f32;
            }
        }
        sum
    }

    fn mean(&self, sum: f32, batch: usize, _: usize) -> f32 {
        sum * (1.0 / batch as f32)
    }

    fn wgsl(&self, _: usize) -> Option<Wgsl> {
        None
    }
}

/// Softmax of `z` into `p`, in double precision and away from 0 and 1, where a formula's logarithms would end.
fn softmax(z: &[f32], p: &mut [f64]) {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    p.iter_mut().zip(z).for_each(|(p, z)| *p = libm::exp(f64::from(*z) - f64::from(max)));
    let scale = 1.0 / p.iter().sum::<f64>();
    p.iter_mut().for_each(|p| *p = (*p * scale).clamp(NOTHING, 1.0 - NOTHING));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{catalog::Pick, losses::CATALOG};

    fn known(key: &str) -> Box<dyn Loss> {
        let (entry, values) = CATALOG.resolve(&Pick::new(key)).unwrap();
        (entry.build)(&values)
    }

    #[test]
    fn what_is_written_out_is_the_loss_of_that_name() {
        let classes = Task::Classes(vec!["a".into(), "b".into(), "c".into()]);
        let number = Task::Value { name: "y".into(), shift: 0.0, scale: 1.0 };
        let z = [0.3, -1.5, 2.0, 0.1, 0.0, -40.0];
        let labels = Target::Classes(&[2, 1]);
        let values = [0.5, -0.2, 0.1, 0.0, 1.0, 2.0];
        for (formula, task, key, target, outputs) in [
            ("-y*log(p)", &classes, "cross-entropy", labels, 3),
            ("-y*(1-p)^2*log(p)", &classes, "focal", labels, 3),
            ("(y-p)^2", &number, "mse", Target::Values(&values), 1),
            ("", &number, "mse", Target::Values(&values), 1),
            ("abs(y-p)", &number, "mae", Target::Values(&values), 1),
            ("0.5*min(abs(y-p),1)*(2*abs(y-p)-min(abs(y-p),1))", &number, "huber", Target::Values(&values), 1),
            ("step(1-abs(p-y))*0.5*(p-y)^2 + (1-step(1-abs(p-y)))*(abs(p-y)-0.5)", &number, "smooth-l1", Target::Values(&values), 1),
        ] {
            let (mut own, mut other) = ([0.0; 6], [0.0; 6]);
            let a = custom(formula, task).unwrap().eval(&z, target, outputs, &mut own);
            let b = known(key).eval(&z, target, outputs, &mut other);
            assert!((a - b).abs() <= 2e-6 * b.abs().max(1.0), "{formula}: {a} and {b}");
            assert!(own.iter().zip(&other).all(|(a, b)| (a - b).abs() < 2e-6), "{formula}: {own:?} and {other:?}");
        }
    }

    #[test]
    fn a_fault_is_told_at_the_formula() {
        let Err(error) = custom("y - q", &Task::Classes(vec![])) else { panic!("it is accepted") };
        assert_eq!((error.field(), error.to_string().starts_with("formula: at character 5: there is no \"q\"")), ("formula", true));
    }
}
