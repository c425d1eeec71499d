//! How a step on one sample is walked through: its stages in order, and what each says.

use crate::{
    engine::{activations, catalog::Info, layers, losses, optimizers},
    protocol::{Sum, Term, Walk},
};

/// A stage; layers by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// What comes in.
    Sample,
    /// A layer forward.
    Forward(usize),
    /// The loss.
    Loss,
    /// A layer on the way back.
    Backward(usize),
    /// What the optimizer does to a layer.
    Update(usize),
}

/// All stages of a step, in order.
#[must_use]
pub fn stages(walk: &Walk) -> Vec<Stage> {
    let layers = 0..walk.layers.len();
    let learns = |i: &usize| !walk.layers[*i].tensors.is_empty();
    let back = |i: &usize| learns(i) || !walk.layers[*i].gradient.values.is_empty();
    std::iter::once(Stage::Sample)
        .chain(layers.clone().map(Stage::Forward))
        .chain([Stage::Loss])
        .chain(layers.clone().rev().filter(back).map(Stage::Backward))
        .chain(layers.filter(learns).map(Stage::Update))
        .collect()
}

/// What a stage is called; layers are counted from 1, and have the names of the catalogue.
#[must_use]
pub fn title(walk: &Walk, stage: Stage) -> String {
    let layer = |i: usize| format!("{}. {}", i + 1, entry(walk, Stage::Forward(i)).map_or("", |e| e.label));
    match stage {
        Stage::Sample => format!("Training sample {}", walk.sample + 1),
        Stage::Forward(i) => format!("Forward: {}", layer(i)),
        Stage::Loss => format!("Loss: {}", entry(walk, stage).map_or("", |e| e.label)),
        Stage::Backward(i) => format!("Backward: {}", layer(i)),
        Stage::Update(i) => format!("Update: {} by {}", layer(i), entry(walk, stage).map_or("", |e| e.label)),
    }
}

/// The entry of the catalogue whose formula a stage computes.
#[must_use]
pub fn entry(walk: &Walk, stage: Stage) -> Option<&'static Info> {
    match stage {
        Stage::Sample => None,
        Stage::Forward(i) | Stage::Backward(i) => {
            let key = &walk.layers.get(i)?.key;
            layers::LISTING.find(key).or_else(|_| activations::LISTING.find(key)).ok()
        }
        Stage::Loss => losses::LISTING.find(&walk.loss_key).ok(),
        Stage::Update(_) => optimizers::LISTING.find(&walk.optimizer).ok(),
    }
}

/// What the formula of an optimizer calls number `slot` of those that it remembers.
#[must_use]
pub fn memory_name(optimizer: &str, slot: usize) -> String {
    let names: &[&str] = match optimizer {
        "adam" | "adamw" | "nadam" => &["m", "v"],
        "amsgrad" => &["m", "v", "max v"],
        "momentum" | "nesterov" => &["v"],
        "rmsprop" => &["s", "ḡ", "v"],
        "adagrad" => &["s"],
        _ => &[],
    };
    names.get(slot).map_or_else(|| format!("memory {}", slot + 1), ToString::to_string)
}

/// An index for each dimension, as it is written: "[3, 0]".
#[must_use]
pub fn place(at: &[usize]) -> String {
    format!("[{}]", at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// An output as the sum that it is, with its numbers; the largest terms one by one.
#[must_use]
pub fn sum_words(sum: &Sum) -> String {
    let terms = sum.terms.iter().map(|t| format!("{} · {}", bracketed(t.input), bracketed(t.weight)));
    let mut parts: Vec<String> = terms.collect();
    if sum.others > 0 {
        parts.push(format!("{} (the other {})", bracketed(sum.rest), sum.others));
    }
    parts.push(format!("{} (bias)", bracketed(sum.bias)));
    format!("y{} = Σ x · w + b = {} = {}", place(&sum.place), parts.join(" + "), cell(sum.output))
}

/// The gradient by one of its weights, with its numbers; `None` where nothing needs the gradient by the output.
#[must_use]
pub fn gradient_words(sum: &Sum, term: &Term) -> Option<String> {
    let (slope, at) = (sum.slope?, place(&term.moved.place));
    let product = format!("{} · {}", cell(slope), bracketed(term.input));
    let part = slope * term.input;
    // A weight of a convolution has a part in many outputs.
    Some(if sum.place.len() == 1 {
        format!("∂L/∂w{at} = ∂L/∂y{} · x = {product} = {}", place(&sum.place), cell(term.gradient))
    } else {
        format!(
            "∂L/∂w{at} = Σ ∂L/∂y · x over all places = {}, to which y{} adds {product} = {}",
            cell(term.gradient),
            place(&sum.place),
            cell(part)
        )
    })
}

/// A number behind a sign: in brackets where it is negative.
fn bracketed(value: f32) -> String {
    if value < 0.0 { format!("({})", cell(value)) } else { cell(value) }
}

/// A number as a cell shows it: four digits that count.
#[must_use]
pub fn cell(value: f32) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if (0.001..1000.0).contains(&size) {
        let digits = if size < 0.1 {
            5
        } else if size < 10.0 {
            4
        } else {
            2
        };
        format!("{value:.digits$}").replace('-', "−")
    } else {
        format!("{value:.2e}").replace('-', "−")
    }
}

/// How strongly a cell is tinted, in percent of its sign's colour, where `most` is the largest size around.
#[must_use]
pub fn tint(value: f32, most: f32) -> u32 {
    if most > 0.0 && value.is_finite() { (value.abs() / most * 70.0) as u32 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Numbers, WalkLayer, WalkTensor};

    #[test]
    fn a_step_goes_forward_back_and_moves_what_learns() {
        let layer = |key: &str, learns: bool, back: bool| WalkLayer {
            key: key.into(),
            gradient: if back { Numbers::cut(&[1], &[1.0]) } else { Numbers::default() },
            tensors: if learns { vec![WalkTensor::default()] } else { Vec::new() },
            ..WalkLayer::default()
        };
        let layers =
            vec![layer("flatten", false, false), layer("dense", true, true), layer("relu", false, true), layer("dense", true, true)];
        let walk = Walk { layers, loss_key: "mse".into(), optimizer: "adam".into(), ..Walk::default() };
        use Stage::{Backward, Forward, Loss, Sample, Update};
        let wanted =
            [Sample, Forward(0), Forward(1), Forward(2), Forward(3), Loss, Backward(3), Backward(2), Backward(1), Update(1), Update(3)];
        assert_eq!(stages(&walk), wanted);
        assert_eq!(title(&walk, Forward(2)), "Forward: 3. ReLU");
        assert_eq!(title(&walk, Update(1)), "Update: 2. Dense by Adam");
    }

    #[test]
    fn sums_and_gradients_are_written_with_their_numbers() {
        let term = |weight, input, gradient| Term {
            weight,
            input,
            gradient,
            moved: crate::protocol::Move { place: vec![7, 2], ..Default::default() },
        };
        let sum = Sum {
            place: vec![2],
            terms: vec![term(-0.5, 2.0, 0.5), term(0.25, -1.0, -0.25)],
            others: 3,
            rest: 0.125,
            bias: -0.1,
            output: -1.225,
            slope: Some(0.25),
        };
        let said = "y[2] = Σ x · w + b = 2.0000 · (−0.5000) + (−1.0000) · 0.2500 + 0.1250 (the other 3) + (−0.1000) (bias) = −1.2250";
        assert_eq!(sum_words(&sum), said);
        assert_eq!(gradient_words(&sum, &sum.terms[0]).unwrap(), "∂L/∂w[7, 2] = ∂L/∂y[2] · x = 0.2500 · 2.0000 = 0.5000");
        let whole = Sum { others: 0, ..sum.clone() };
        assert!(!sum_words(&whole).contains("the other"));
        let filter = Sum { place: vec![4, 5, 2], ..sum.clone() };
        let said = gradient_words(&filter, &sum.terms[1]).unwrap();
        assert!(said.ends_with("over all places = −0.2500, to which y[4, 5, 2] adds 0.2500 · (−1.0000) = −0.2500"), "{said}");
        assert_eq!(gradient_words(&Sum { slope: None, ..sum.clone() }, &sum.terms[0]), None);
    }

    #[test]
    fn cells_are_short_and_tinted_by_size() {
        assert_eq!([0.0, -0.5, 0.01234, 12.345, 1e-5].map(cell), ["0", "−0.5000", "0.01234", "12.35", "1.00e−5"]);
        assert_eq!([tint(0.0, 1.0), tint(-1.0, 1.0), tint(f32::NAN, 1.0), tint(1.0, 0.0)], [0, 70, 0, 0]);
    }
}
