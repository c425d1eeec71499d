//! What the page says of training in figures: the arithmetic of one step, every figure of which is the trainer's own, and how far training and test samples are apart.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::catalog::Pick,
    experiment::{Experiment, link},
    protocol::{FromWorker, LabNews, LabWish, Late, ToWorker, Walk},
    state::{
        Task,
        look::{overfit, rule, walk as words},
    },
};

fn walk(desk: &mut Desk, sample: usize) -> Walk {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Lab { run: RUN, wish: LabWish::Walk { sample: Some(sample), draw: 0 } });
    let of = |m: &FromWorker| match m {
        FromWorker::Late(Late::Lab { news: LabNews::Walk(walk), .. }) => Some(walk.clone()),
        _ => None,
    };
    let heard = desk.until(|m| of(m).is_some());
    *of(heard).unwrap()
}

/// A run that has not begun, and one that is over.
fn both(experiment: &Experiment) -> [Walk; 2] {
    let start = |play| {
        let mut desk = Desk::new();
        desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play });
        if experiment.data.key == "digits" {
            desk.session.supply("digits", Ok(&std::fs::read("public/data/digits.bin").unwrap()));
            desk.listen();
        }
        desk
    };
    let (mut fresh, mut over) = (start(false), start(true));
    over.until(is_finished);
    [walk(&mut fresh, 3), walk(&mut over, 3)]
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 2e-5 * scale.abs().max(1e-3)
}

/// Each sum of the walk comes to what came out, and each gradient is its slope times what came in.
fn adds_up(walk: &Walk) -> usize {
    let mut count = 0;
    for layer in &walk.layers {
        for sum in &layer.sums {
            count += 1;
            let terms: f64 = sum.terms.iter().map(|t| f64::from(t.weight) * f64::from(t.input)).sum();
            let size: f64 = sum.terms.iter().map(|t| f64::from((t.weight * t.input).abs())).sum::<f64>() + f64::from(sum.bias.abs());
            let all = terms + f64::from(sum.rest) + f64::from(sum.bias);
            assert!(close(all, f64::from(sum.output), size), "{}: {all} and {}", layer.key, sum.output);
            assert!(words::sum_words(sum).ends_with(&format!("= {}", words::cell(sum.output))));
            for term in &sum.terms {
                let slope = sum.slope.expect("every layer with weights is on the way back");
                if sum.place.len() == 1 {
                    assert!(close(f64::from(slope * term.input), f64::from(term.gradient), f64::from(slope)), "{}", layer.key);
                }
                assert!(words::gradient_words(sum, term).unwrap().contains(&words::cell(term.gradient)));
                assert_eq!(term.weight, term.moved.before, "nothing is rounded here");
            }
        }
    }
    count
}

#[test]
fn a_dense_layer_adds_up_to_what_comes_out() {
    for walk in both(&xor(2.0)) {
        assert_eq!(adds_up(&walk), 8 + 2);
        let first = &walk.layers[0].sums[0];
        assert_eq!((first.terms.len(), first.others), (2, 0), "two inputs, two terms");
        let last = &walk.layers[2].sums[1];
        assert_eq!((last.terms.len(), last.others, &last.place[..]), (4, 4, &[1][..]));
        assert!(last.terms.windows(2).all(|t| (t[0].weight * t[0].input).abs() >= (t[1].weight * t[1].input).abs()));
        assert_eq!(last.terms[0].moved.place[1], 1, "a weight into the second output");
        assert!(walk.layers[1].sums.is_empty(), "an activation is no sum");
    }
}

#[test]
fn a_filter_adds_up_at_the_place_of_its_largest_value() {
    let mut experiment = Experiment { data: Pick::new("digits"), ..Experiment::default() };
    let conv = |padding| Pick::new("conv2d").with("filters", 3.0).with("stride", 2.0).with("padding", padding);
    experiment.model = vec![conv(0.0), Pick::new("relu"), conv(1.0), Pick::new("relu"), Pick::new("dense").with("units", 5.0)];
    experiment.train.epochs = 1.0;
    for walk in both(&experiment) {
        assert_eq!(adds_up(&walk), 3 + 3 + 5 + 10);
        let [first, second] = [0, 2].map(|i| &walk.layers[i].sums[2]);
        assert_eq!((first.place.len(), first.place[2], second.terms.len() + second.others), (3, 2, 27), "nine places, three channels");
        let said = words::gradient_words(first, &first.terms[0]).unwrap();
        assert!(said.contains("over all places"), "{said}");
    }
}

#[test]
fn what_is_rounded_in_training_is_what_is_multiplied() {
    let mut experiment = xor(3.0);
    (experiment.compress.qat, experiment.compress.bits) = (1, 4);
    let [_, walk] = both(&experiment);
    let sum = &walk.layers[0].sums[0];
    assert!(sum.terms.iter().any(|t| t.weight != t.moved.before), "four bits are not the float behind them");
    let all: f32 = sum.terms.iter().map(|t| t.weight * t.input).sum::<f32>() + sum.rest + sum.bias;
    assert!((all - sum.output).abs() < 1e-4, "{all} and {}", sum.output);
}

/// The optimizer at these settings: each line of its rule is what the trainer remembers, and the last is the weight that it left.
fn follows(optimizer: Pick, change: impl Fn(&mut Experiment)) {
    let mut experiment = Experiment { optimizer: optimizer.clone(), ..xor(2.0) };
    change(&mut experiment);
    for walk in both(&experiment) {
        let moves = walk.layers.iter().flat_map(|layer| {
            let terms = layer.sums.iter().flat_map(|sum| &sum.terms).map(|t| &t.moved);
            terms.chain(layer.tensors.iter().flat_map(|t| &t.moves))
        });
        let mut count = 0;
        for moved in moves {
            count += 1;
            let lines = rule::filled(&walk, moved).expect("a simple rule");
            let last = lines.last().unwrap();
            let step = f64::from((moved.after - moved.before).abs());
            let near = (last.value - f64::from(moved.after)).abs() <= 1e-4 * step + 2e-7 * f64::from(moved.before.abs()).max(1e-3);
            assert!(near, "{optimizer:?} at step {}: {lines:#?} and {moved:?}", walk.step);
            assert!(last.text.starts_with("θ = "), "{}", last.text);
            // What is remembered stands in lines of its own.
            let remembered: &[(&str, usize)] = match optimizer.key.as_str() {
                "momentum" | "nesterov" => &[("v = ", 0)],
                "adam" | "adamw" => &[("m = ", 0), ("v = ", 1)],
                "rmsprop" => &[("s = ", 0), ("ḡ = ", 1), ("v = ", 2)],
                "adagrad" => &[("s = ", 0)],
                _ => &[],
            };
            for (name, slot) in remembered {
                let Some(line) = lines.iter().find(|line| line.text.starts_with(name)) else {
                    assert_eq!(*name, "ḡ = ", "{lines:#?}");
                    continue;
                };
                let after = f64::from(moved.memory[*slot].1);
                // Where old and new almost cancel, what is left is as exact as they were.
                let size = [moved.memory[*slot].0, moved.memory[*slot].1, moved.gradient].iter().map(|v| f64::from(v.abs())).sum::<f64>();
                let near = if name.starts_with('s') { 1e-5 * after } else { 2e-6 * size };
                assert!((line.value - after).abs() <= near + 1e-12, "{optimizer:?}: {line:?} and {after}");
            }
        }
        assert!(count > 20, "{count}");
    }
}

#[test]
fn rules_filled_in_end_where_the_trainer_does() {
    for plain in ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"] {
        follows(Pick::new(plain), |_| {});
    }
    follows(Pick::new("sgd").with("weight-decay", 0.1), |e| e.train.l2 = 0.02);
    follows(Pick::new("momentum").with("momentum", 0.7).with("dampening", 0.4).with("weight-decay", 0.05), |_| {});
    follows(Pick::new("nesterov").with("momentum", 0.5).with("weight-decay", 0.05), |e| e.train.clip = 0.01);
    follows(Pick::new("adam").with("beta1", 0.5).with("beta2", 0.9).with("eps", 0.01), |_| {});
    follows(Pick::new("adamw").with("beta1", 0.0).with("weight-decay", 0.3), |_| {});
    follows(Pick::new("rmsprop").with("alpha", 0.8).with("momentum", 0.6).with("centered", 1.0).with("eps", 0.001), |_| {});
    follows(Pick::new("adagrad").with("lr-decay", 0.1).with("initial", 0.5).with("eps", 0.01), |_| {});
}

#[test]
fn what_comes_after_the_rule_is_said_and_long_rules_are_left_out() {
    let mut experiment = xor(2.0);
    experiment.train.max_norm = 0.2;
    let [_, walk] = both(&experiment);
    let lines = walk.layers[0].sums.iter().flat_map(|sum| &sum.terms).filter_map(|t| Some((t, rule::filled(&walk, &t.moved)?.pop()?)));
    let mut scaled = 0;
    for (term, last) in lines {
        assert!((last.value - f64::from(term.moved.after)).abs() < 1e-5, "{last:?}");
        scaled += usize::from(last.text.contains("scaled down"));
    }
    assert!(scaled > 0, "weights are longer than 0.2");
    let [_, walk] = both(&Experiment { optimizer: Pick::new("muon"), ..xor(1.0) });
    assert_eq!(rule::filled(&walk, &walk.layers[0].tensors[0].moves[0]), None);
}

#[test]
fn a_run_that_learns_by_heart_is_told_and_one_that_does_not_is_not() {
    let said = |link: &str| {
        let mut desk = Desk::start(&link::decode(link).0);
        desk.until(is_finished);
        overfit::gap(&desk.points(), Task::Classification, "epoch").unwrap()
    };
    let by_heart = said("data=moons&data.n=120&data.noise=0.35&test=0.75&model=dense:48,relu,dense:48,relu&lr=0.01&batch=10&epochs=120");
    assert!(by_heart.words.starts_with("The gap grows since epoch ") && by_heart.meter > 0.05, "{by_heart:?}");
    let plenty = said("data=moons&data.n=2000&data.noise=0.2&model=dense:6,tanh&lr=0.01&epochs=15");
    assert!(plenty.words.starts_with("No gap"), "{plenty:?}");
}
