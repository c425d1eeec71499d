//! Where the error of a model comes from: bias and variance over bootstrap samples (Domingos 2000, *A Unified Bias-Variance Decomposition*).

use super::Study;
use crate::{
    protocol::Answers,
    state::{Task, format},
};

/// The error, taken apart. Of classes it is the share of wrong answers (0-1 loss), and it is bias + `unbiased` − `biased`; of values it is the mean squared error, and
/// it is bias + variance. What is noise in the data is part of the bias.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decomposition {
    /// Models.
    pub models: usize,
    /// Test samples.
    pub samples: usize,
    /// Mean error of a model.
    pub error: f64,
    /// Error of the main answer: what most models say, or the mean of what they say. Of values it is squared.
    pub bias: f64,
    /// How often, or by what mean square, a model says something else than the main answer.
    pub variance: f64,
    /// Variance where the main answer is right: it costs. Of values all of it.
    pub unbiased: f64,
    /// Where the main answer is wrong, how often a model is right all the same: it helps. Of values none.
    pub biased: f64,
}

/// Takes the error of models apart that were all asked about the same samples. `None`: there are fewer than two, or they were not.
#[must_use]
pub fn decompose(models: &[&Answers], classes: bool) -> Option<Decomposition> {
    let actual = &models.first()?.actual;
    let samples = actual.len();
    if models.len() < 2 || samples == 0 || models.iter().any(|m| m.given.len() != samples || m.actual.len() != samples) {
        return None;
    }
    let each = 1.0 / (models.len() * samples) as f64;
    let mut found = Decomposition { models: models.len(), samples, ..Decomposition::default() };
    for (at, right) in actual.iter().map(|v| f64::from(*v)).enumerate() {
        let given = || models.iter().map(|m| f64::from(m.given[at]));
        let loss = |a: f64, b: f64| if classes { f64::from(u8::from(a != b)) } else { (a - b) * (a - b) };
        let main = if classes { mode(given()) } else { given().sum::<f64>() / models.len() as f64 };
        found.bias += loss(main, right) / samples as f64;
        for answer in given() {
            found.error += each * loss(answer, right);
            let varies = each * loss(answer, main);
            found.variance += varies;
            if !classes || main == right {
                found.unbiased += varies;
            } else if answer == right {
                found.biased += each;
            }
        }
    }
    Some(found)
}

/// What comes most often; of several the smallest.
fn mode(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = |v: f64| values.clone().filter(|o| *o == v).count();
    values
        .clone()
        .fold((f64::INFINITY, 0), |best, v| {
            let n = count(v);
            if n > best.1 || (n == best.1 && v < best.0) { (v, n) } else { best }
        })
        .0
}

impl Study {
    /// The error of the models that are trained, taken apart; `None` before there are two.
    #[must_use]
    pub fn decomposition(&self, task: Task) -> Option<Decomposition> {
        let models: Vec<&Answers> = self.answers().map(|(_, a)| a).collect();
        decompose(&models, task == Task::Classification)
    }

    pub(super) fn bias_words(&self, task: Task) -> String {
        let Some(d) = self.decomposition(task) else { return String::new() };
        let of = format!("Over {} bootstrap samples and {} test samples", d.models, format::count(d.samples as u64));
        let (cause, remedy) = if d.bias > d.unbiased {
            ("bias", "a larger model, longer training or other features may help")
        } else {
            ("variance", "more samples, regularization or an average of models may help")
        };
        let mostly = if d.error > 0.0 { format!(" Most of it is {cause}: {remedy}.") } else { String::new() };
        match task {
            Task::Classification => format!(
                "{of} a model errs in {} of its answers: {} bias (what most models say is wrong), {} variance where most are right, less {} where a model is right against most.{mostly}",
                format::percent(d.error),
                format::percent(d.bias),
                format::percent(d.unbiased),
                format::percent(d.biased),
            ),
            Task::Regression => format!(
                "{of} the mean squared error is {}: {} squared bias, which holds the noise of the data, and {} variance.{mostly}",
                format::number(d.error),
                format::number(d.bias),
                format::number(d.variance),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn parts_are_those_of_the_formulas() {
        let all: Value = serde_json::from_str(include_str!("../../../tests/fixtures/trials/reference.json")).unwrap();
        let numbers = |v: &Value| v.as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as f32).collect::<Vec<_>>();
        assert_eq!(all["bias"].as_array().unwrap().len(), 3);
        for case in all["bias"].as_array().unwrap() {
            let rounds: Vec<Answers> = case["given"]
                .as_array()
                .unwrap()
                .iter()
                .map(|given| Answers { given: numbers(given), actual: numbers(&case["actual"]), ..super::super::tests::answers(1.0, 1.0) })
                .collect();
            let classes = case["classes"].as_u64().unwrap() > 0;
            let d = decompose(&rounds.iter().collect::<Vec<_>>(), classes).unwrap();
            for (key, found) in [("error", d.error), ("bias", d.bias), ("variance", d.variance)] {
                let wanted = case[key].as_f64().unwrap();
                assert!((found - wanted).abs() < 1e-6 * wanted.max(1.0), "{key}: {found}, {wanted}");
            }
            assert!((d.bias + d.unbiased - d.biased - d.error).abs() < 1e-9, "the parts make the whole: {d:?}");
            assert!(!classes || (d.biased > 0.0 && d.bias > 0.0));
        }
    }

    #[test]
    fn what_cannot_be_taken_apart_is_not() {
        let one = super::super::tests::answers(1.0, 1.0);
        assert!(decompose(&[&one], true).is_none() && decompose(&[], true).is_none());
        let other = Answers { given: vec![0.0], ..one.clone() };
        assert!(decompose(&[&one, &other], true).is_none());
    }
}
