//! The rule of an optimizer with the numbers of a step filled in.

use super::walk::cell;
use crate::{
    engine::optimizers::LISTING,
    protocol::{Move, Walk},
};

/// A line of arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// "m ← 0.9 · 0.01 + 0.1 · 0.2 = 0.029".
    pub text: String,
    /// What it comes to.
    pub value: f64,
}

/// How the optimizer of `walk` came from a parameter to the next, line by line, the last of which is the parameter after the update. `None` for rules of more than a few
/// lines, and for optimizers that this page does not know.
#[must_use]
pub fn filled(walk: &Walk, moved: &Move) -> Option<Vec<Line>> {
    let specs = LISTING.find(&walk.optimizer).ok()?.params;
    let set = |key: &str| {
        let spec = specs.iter().find(|spec| spec.key == key)?;
        Some(walk.settings.get(key).copied().unwrap_or(spec.default))
    };
    let memory = |slot: usize| moved.memory.get(slot).map(|(before, _)| f64::from(*before));
    let (lr, step) = (f64::from(walk.lr), walk.step.max(1));
    let (theta, g) = (f64::from(moved.before), f64::from(moved.gradient));
    let (eta, old, slope) = (number(lr), number(theta), number(g));
    // What decay leaves of the parameter, as it is written before the step is taken off.
    let kept = |decay: f64| {
        let text = if decay == 0.0 { old.clone() } else { format!("(1 − {eta} · {}) · {}", number(decay), bracketed(theta)) };
        (text, (1.0 - lr * decay) * theta)
    };
    let mut lines = Vec::new();
    let mut line = |name: &str, text: String, value: f64| {
        lines.push(Line { text: format!("{name} = {text} = {}", number(value)), value });
        value
    };
    let moved_to = |(text, from): (String, f64), by: String, step: f64| (format!("{text} − {by}"), from - step);
    let (text, value) = match walk.optimizer.as_str() {
        "sgd" => moved_to(kept(set("weight-decay")?), format!("{eta} · {}", bracketed(g)), lr * g),
        "momentum" => {
            let (mu, before) = (set("momentum")?, memory(0)?);
            // The first velocity is the whole gradient.
            let fresh = if step == 1 { 1.0 } else { 1.0 - set("dampening")? };
            let part = if fresh == 1.0 { bracketed(g) } else { format!("{} · {}", number(fresh), bracketed(g)) };
            let v = line("v", format!("{} · {} + {part}", number(mu), bracketed(before)), mu * before + fresh * g);
            moved_to(kept(set("weight-decay")?), format!("{eta} · {}", bracketed(v)), lr * v)
        }
        "nesterov" => {
            let (mu, before) = (set("momentum")?, memory(0)?);
            let v = line("v", format!("{} · {} + {}", number(mu), bracketed(before), bracketed(g)), mu * before + g);
            let by = format!("{eta} · ({slope} + {} · {})", number(mu), bracketed(v));
            moved_to(kept(set("weight-decay")?), by, lr * (g + mu * v))
        }
        "adam" | "adamw" => {
            let (b1, b2, eps) = (set("beta1")?, set("beta2")?, set("eps")?);
            let (m, v) = (memory(0)?, memory(1)?);
            let mean = |b: f64, before: f64, new: &str| format!("{} · {} + {} · {new}", number(b), bracketed(before), number(1.0 - b));
            let m = line("m", mean(b1, m, &bracketed(g)), b1 * m + (1.0 - b1) * g);
            let v = line("v", mean(b2, v, &format!("{}²", bracketed(g))), b2 * v + (1.0 - b2) * g * g);
            let unbiased = |x: f64, b: f64| (format!("{} / (1 − {}^{step})", number(x), number(b)), x / (1.0 - libm::pow(b, step as f64)));
            let ((said_m, hat_m), (said_v, hat_v)) = (unbiased(m, b1), unbiased(v, b2));
            line("m̂", said_m, hat_m);
            line("v̂", said_v, hat_v);
            let decay = if walk.optimizer == "adamw" { set("weight-decay")? } else { 0.0 };
            let by = format!("{eta} · {} / (√{} + {})", bracketed(hat_m), number(hat_v), number(eps));
            moved_to(kept(decay), by, lr * hat_m / (hat_v.sqrt() + eps))
        }
        "rmsprop" => {
            let (alpha, mu, eps) = (set("alpha")?, set("momentum")?, set("eps")?);
            let (square, mean, velocity) = (memory(0)?, memory(1)?, memory(2)?);
            let fresh = 1.0 - alpha;
            let of_squares = format!("{} · {} + {} · {}²", number(alpha), number(square), number(fresh), bracketed(g));
            let s = line("s", of_squares, alpha * square + fresh * g * g);
            let (under, root) = if set("centered")? == 0.0 {
                (number(s), s)
            } else {
                let text = format!("{} + {} · ({slope} − {})", number(mean), number(fresh), bracketed(mean));
                let m = line("ḡ", text, mean + fresh * (g - mean));
                (format!("({} − {}²)", number(s), bracketed(m)), (s - m * m).max(0.0))
            };
            let scaled = format!("{slope} / (√{under} + {})", number(eps));
            let text = if mu == 0.0 { scaled } else { format!("{} · {} + {scaled}", number(mu), bracketed(velocity)) };
            let v = line("v", text, mu * velocity + g / (root.sqrt() + eps));
            moved_to(kept(0.0), format!("{eta} · {}", bracketed(v)), lr * v)
        }
        "adagrad" => {
            let (decay, eps, sum) = (set("lr-decay")?, set("eps")?, memory(0)?);
            let first = if step == 1 { set("initial")? } else { 0.0 };
            let s = line("s", format!("{} + {}²", number(sum + first), bracketed(g)), sum + first + g * g);
            let slower = 1.0 + (step - 1) as f64 * decay;
            let rate = if decay == 0.0 { eta.clone() } else { format!("{eta} / (1 + {} · {})", step - 1, number(decay)) };
            let by = format!("{rate} · {} / (√{} + {})", bracketed(g), number(s), number(eps));
            moved_to(kept(0.0), by, lr / slower * g / (s.sqrt() + eps))
        }
        _ => return None,
    };
    line("θ", text, value);
    let after = f64::from(moved.after);
    if (after - value).abs() > 1e-3 * (value - theta).abs() + 1e-6 * theta.abs().max(1e-3) {
        let why = if after == 0.0 { "pruned weights are held at 0" } else { "weights into a unit are scaled down to the longest allowed" };
        lines.push(Line { text: format!("θ = {}, since {why}", number(after)), value: after });
    }
    Some(lines)
}

fn number(value: f64) -> String {
    let text = cell(value as f32);
    // Settings are round: 0.9, not 0.9000.
    if text.contains('.') && !text.contains('e') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// A number behind a sign: in brackets where it is negative.
fn bracketed(value: f64) -> String {
    if value < 0.0 { format!("({})", number(value)) } else { number(value) }
}
