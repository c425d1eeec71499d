//! What several teachers say together.

use libm::{exp, log};

use crate::engine::data::Task;

/// The answers of one teacher that says what several `answers` (`[samples, O]` each) say on the mean, appended to `out`.
///
/// Classes: the mean of their probabilities at `temperature` (above 0), written as the logits that have these probabilities at that temperature (the arithmetic mean of Hinton, Vinyals &
/// Dean 2015, section 1). Numbers: the mean of the outputs. A single teacher's answers stay as they are, to the bit.
pub fn mean_answers(task: &Task, answers: &[&[f32]], temperature: f32, out: &mut Vec<f32>) {
    let (outputs, t) = (task.outputs().max(1), f64::from(temperature));
    match answers {
        [] => {}
        [only] => out.extend_from_slice(only),
        [first, ..] => {
            let share = log(answers.len() as f64);
            let mut totals = vec![0.0; answers.len()];
            for row in 0..first.len() / outputs {
                let rows = || answers.iter().map(|a| &a[row * outputs..(row + 1) * outputs]);
                if matches!(task, Task::Classes(_)) {
                    totals.iter_mut().zip(rows()).for_each(|(total, z)| *total = sum(z.iter().map(|z| f64::from(*z) / t)));
                }
                for at in 0..outputs {
                    out.push(match task {
                        // A mean of probabilities as a logarithm, which no probability is too small for.
                        Task::Classes(_) => (t * (sum(rows().zip(&totals).map(|(z, total)| f64::from(z[at]) / t - total)) - share)) as f32,
                        Task::Value { .. } => (rows().map(|z| f64::from(z[at])).sum::<f64>() / answers.len() as f64) as f32,
                    });
                }
            }
        }
    }
}

/// `ln Σ exp(x)`.
fn sum(x: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = x.clone().fold(f64::NEG_INFINITY, f64::max);
    largest + log(x.map(|x| exp(x - largest)).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(n: usize) -> Task {
        Task::Classes((0..n).map(|i| i.to_string()).collect())
    }

    fn softmax(z: &[f32], t: f64) -> Vec<f64> {
        let e: Vec<f64> = z.iter().map(|z| exp(f64::from(*z) / t)).collect();
        e.iter().map(|x| x / e.iter().sum::<f64>()).collect()
    }

    #[test]
    fn probabilities_are_the_mean_of_the_teachers() {
        let (a, b, c) = ([1.0, -2.0, 0.5, 3.0, 3.0, -1.0], [0.0, 0.0, 9.0, -4.0, 2.0, 1.0], [5.0, 5.0, 5.0, 0.0, 0.0, 7.0]);
        for t in [1.0, 4.0, 20.0] {
            let mut got = Vec::new();
            mean_answers(&classes(3), &[&a, &b, &c], t, &mut got);
            for row in [0..3, 3..6] {
                let each = [&a, &b, &c].map(|z| softmax(&z[row.clone()], f64::from(t)));
                for (i, p) in softmax(&got[row.clone()], f64::from(t)).into_iter().enumerate() {
                    let want = each.iter().map(|p| p[i]).sum::<f64>() / 3.0;
                    assert!((p - want).abs() < 1e-6, "T {t}: {p} instead of {want}");
                }
            }
        }
    }

    #[test]
    fn one_teacher_is_itself_and_numbers_are_averaged() {
        let odd = [0.1_f32, f32::MIN_POSITIVE, -7.3];
        let mut got = Vec::new();
        mean_answers(&classes(3), &[&odd], 4.0, &mut got);
        assert_eq!(got, odd);
        got.clear();
        mean_answers(&Task::Value { name: "y".into(), shift: 0.0, scale: 1.0 }, &[&[1.0, 2.0], &[3.0, -2.0]], 4.0, &mut got);
        assert_eq!(got, [2.0, 0.0]);
        // A class that no teacher believes in has a logit all the same.
        got.clear();
        mean_answers(&classes(2), &[&[1e4, -1e4], &[1e4, -1e4]], 1.0, &mut got);
        assert!(got.iter().all(|z| z.is_finite()), "{got:?}");
    }
}
