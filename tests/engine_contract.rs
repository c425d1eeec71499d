//! What every member of the engine's catalogues promises, and what a network refuses.

use std::collections::BTreeSet;

use whittle::engine::{
    activations,
    catalog::{Listing, Pick},
    features, initializers, layers, learners, losses,
    network::Network,
    optimizers::{self, Optimizer, State},
    params::{Scale, Values},
    pruning, recipe,
    rng::Rng,
    schedules,
    shape::{Role, Shape, TensorSpec},
};

fn listings() -> Vec<Listing> {
    vec![
        layers::LISTING,
        activations::LISTING,
        losses::LISTING,
        optimizers::LISTING,
        schedules::LISTING,
        initializers::LISTING,
        pruning::LISTING,
        pruning::criteria::LISTING,
        recipe::LISTING,
        learners::LISTING,
        features::LISTING,
    ]
}

fn kebab(key: &str) -> bool {
    !key.is_empty() && key.split('-').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// Number of sentences: full stops before a space or the end; 0 without a last one.
fn sentences(text: &str) -> usize {
    if text.trim_end().ends_with('.') { text.matches(". ").count() + 1 } else { 0 }
}

#[test]
fn every_entry_says_what_it_is() {
    let mut wrong = Vec::new();
    let mut expect = |ok: bool, what: String| {
        if !ok {
            wrong.push(what);
        }
    };
    for listing in listings() {
        for entry in listing.entries {
            let name = format!("{} {}", listing.kind, entry.key);
            expect(kebab(entry.key), format!("{name}: key is not kebab-case"));
            expect(!entry.label.is_empty(), format!("{name}: no label"));
            expect(sentences(entry.help) >= 2, format!("{name}: help has fewer than two sentences"));
            let keys: BTreeSet<_> = entry.params.iter().map(|p| p.key).collect();
            expect(keys.len() == entry.params.len(), format!("{name}: two settings share a key"));
            for spec in entry.params {
                let name = format!("{name}.{}", spec.key);
                expect(kebab(spec.key), format!("{name}: key is not kebab-case"));
                expect(!spec.label.is_empty(), format!("{name}: no label"));
                expect(sentences(spec.help) >= 2, format!("{name}: help has fewer than two sentences"));
                expect(spec.range.0 < spec.range.1, format!("{name}: empty range"));
                expect(spec.check(spec.default) == Ok(spec.default), format!("{name}: default outside its range"));
                expect(spec.parse(&spec.format(spec.default)) == Ok(spec.default), format!("{name}: default does not survive a link"));
                if let Scale::Choice(words) = spec.scale {
                    expect(spec.range == (0.0, words.len() as f64 - 1.0), format!("{name}: range does not match its words"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn keys_are_unique_where_a_link_tells_them_apart() {
    // Layers and activations share the model's list.
    let model = [layers::LISTING, activations::LISTING];
    let groups = [model.to_vec()].into_iter().chain(listings().into_iter().map(|l| vec![l]));
    for group in groups {
        let keys: Vec<_> = group.iter().flat_map(|l| l.entries.iter().map(|e| e.key)).collect();
        let unique: BTreeSet<_> = keys.iter().collect();
        assert_eq!(unique.len(), keys.len(), "{keys:?}");
    }
}

/// Each optimizer at its defaults and at both ends of each setting.
fn optimizer_picks() -> Vec<Pick> {
    let mut picks = Vec::new();
    for entry in optimizers::CATALOG.entries {
        picks.push(Pick::new(entry.key));
        for spec in entry.params {
            picks.extend([spec.range.0, spec.range.1].map(|v| Pick::new(entry.key).with(spec.key, v)));
        }
    }
    picks
}

fn build(pick: &Pick) -> Box<dyn Optimizer> {
    let (entry, values) = optimizers::CATALOG.resolve(pick).unwrap();
    (entry.build)(&values)
}

/// `½ Σ a (x − c)²`, and its gradient.
fn bowl(x: &[f32], grad: &mut [f32]) -> f32 {
    let mut loss = 0.0;
    for (i, (x, g)) in x.iter().zip(grad).enumerate() {
        let (steep, centre) = (0.2 + i as f32 * 0.3, if i % 2 == 0 { 1.0 } else { -0.5 });
        *g = steep * (x - centre);
        loss += 0.5 * *g * (x - centre);
    }
    loss
}

/// A learning rate that suits the rule: Adadelta's steps are small by themselves.
fn pace(pick: &Pick) -> f32 {
    if pick.key == "adadelta" { 1.0 } else { 0.05 }
}

/// Goes `steps` steps down the bowl and gives the last loss.
fn roll(rule: &dyn Optimizer, lr: f32, x: &mut [f32], state: &mut State, steps: usize) -> f32 {
    let mut grad = vec![0.0; x.len()];
    for _ in 0..steps {
        bowl(x, &mut grad);
        state.step += 1;
        rule.update(state.step, lr, x, &grad, &mut state.memory);
    }
    bowl(x, &mut grad)
}

#[test]
fn every_optimizer_lowers_a_bowl() {
    let mut wrong = Vec::new();
    for pick in optimizer_picks() {
        let rule = build(&pick);
        let mut x = vec![0.0; 7];
        let mut state = State::new(rule.as_ref(), x.len());
        let first = bowl(&x, &mut [0.0; 7]);
        let last = roll(rule.as_ref(), pace(&pick), &mut x, &mut state, 300);
        // An extreme setting may be slow, or overshoot by far (Adam that forgets squared gradients at once), but stays finite.
        let limit = if pick.params.is_empty() { 0.2 * first } else { f32::MAX };
        if last.is_nan() || last > limit {
            wrong.push(format!("{pick:?}: {first} to {last}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_optimizer_resumes_bit_for_bit() {
    for pick in optimizer_picks() {
        let rule = build(&pick);
        let mut whole = vec![0.3; 9];
        let mut state = State::new(rule.as_ref(), whole.len());
        roll(rule.as_ref(), pace(&pick), &mut whole, &mut state, 40);

        let mut halves = vec![0.3; 9];
        let mut first = State::new(rule.as_ref(), halves.len());
        roll(rule.as_ref(), pace(&pick), &mut halves, &mut first, 17);
        // Another rule of the same pick, and memory that went through a file.
        let mut second: State = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        assert_eq!(first, second);
        roll(build(&pick).as_ref(), pace(&pick), &mut halves, &mut second, 23);
        assert_eq!(bits(&whole), bits(&halves), "{pick:?}");
        assert_eq!(state, second, "{pick:?}");
    }
}

#[test]
fn every_optimizer_survives_no_gradient_and_no_parameters() {
    for pick in optimizer_picks() {
        let rule = build(&pick);
        let start = [0.5, -2.0, 0.0];
        let mut x = start;
        let mut state = State::new(rule.as_ref(), x.len());
        for step in 1..=20 {
            rule.update(step, 0.1, &mut x, &[0.0; 3], &mut state.memory);
        }
        let decays = ["adamw", "lion", "muon"].contains(&pick.key.as_str()) || pick.params.contains_key("weight-decay");
        assert!(x.iter().zip(start).all(|(x, s)| *x == s || decays && x.abs() < s.abs()), "{pick:?}: {x:?}");

        let mut none = State::new(rule.as_ref(), 0);
        rule.update(1, 0.1, &mut [], &[], &mut none.memory);
        // The slots stay whole whatever comes.
        assert_eq!(none.memory.len(), rule.slots(), "{pick:?}");
    }
}

#[test]
fn every_optimizer_lets_its_memory_come_to_rest() {
    for pick in optimizer_picks() {
        let rule = build(&pick);
        let mut x = vec![0.5; 5];
        let mut state = State::new(rule.as_ref(), x.len());
        for step in 1..=1500 {
            let grad = if step == 1 { [1e-3, -1e-3, 1.0, 0.0, 1e-12] } else { [0.0; 5] };
            rule.update(step, 0.01, &mut x, &grad, &mut state.memory);
        }
        // Subnormal numbers make every later step several times slower.
        let slow = state.memory.iter().flatten().find(|m| m.is_subnormal());
        assert_eq!(slow, None, "{pick:?}");
    }
}

#[test]
fn schedules_stay_between_nothing_and_the_full_rate() {
    for entry in schedules::CATALOG.entries {
        let mut all = vec![Values::defaults(entry.params)];
        for spec in entry.params {
            all.extend([spec.range.0, spec.range.1].map(|v| Values::checked(entry.params, [(spec.key, v)]).unwrap()));
        }
        for values in all {
            let schedule = (entry.build)(&values);
            // Those that rise on their way begin anywhere, and every other one at the full rate, never to come back.
            let rises = ["one-cycle", "warm-restarts"].contains(&entry.key);
            assert!(rises || schedule.factor(0.0, 20.0) == 1.0, "{} at the start", entry.key);
            let mut before = 1.0;
            for i in 0..=250 {
                // Beyond the planned end too: a run can be made longer.
                let factor = schedule.factor(f64::from(i) * 0.1, 20.0);
                assert!((0.0..=before).contains(&factor), "{}: {factor} after {before}", entry.key);
                before = if rises { 1.0 } else { factor };
            }
            assert!(schedule.factor(0.0, 0.0).is_finite(), "{} with no epochs", entry.key);
        }
    }
}

/// Inputs and units of the matrix that initializers fill.
const EDGE: usize = 200;

/// Standard deviation by the published formula.
fn deviation(key: &str, fan_in: f64, fan_out: f64) -> Option<f64> {
    match key {
        "he" | "he-normal" => Some((2.0 / fan_in).sqrt()),
        "xavier" | "xavier-normal" => Some((2.0 / (fan_in + fan_out)).sqrt()),
        "lecun" | "lecun-normal" => Some((1.0 / fan_in).sqrt()),
        "normal" => Some(1.0),
        // Rows and columns of a square have length 1.
        "orthogonal" => Some(1.0 / (EDGE as f64).sqrt()),
        "zeros" => Some(0.0),
        _ => None,
    }
}

#[test]
fn initializers_have_the_published_spread() {
    let (fan_in, fan_out, n) = (90, 40, EDGE * EDGE);
    let tensor = TensorSpec { name: "weight", role: Role::Weight, shape: vec![EDGE, EDGE], fan_in, fan_out };
    for entry in initializers::CATALOG.entries {
        let wanted = deviation(entry.key, fan_in as f64, fan_out as f64).unwrap_or_else(|| panic!("{} has no formula here", entry.key));
        let mut w = vec![f32::NAN; n];
        (entry.build)(&Values::defaults(entry.params)).fill(&tensor, &mut Rng::new(1, 0), &mut w);
        let w: Vec<f64> = w.into_iter().map(f64::from).collect();
        let mean = w.iter().sum::<f64>() / n as f64;
        let spread = (w.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / n as f64).sqrt();
        let largest = w.iter().fold(0.0_f64, |m, w| m.max(w.abs()));
        // Four standard errors of a mean and of a standard deviation.
        assert!(mean.abs() <= 4.0 * wanted / (n as f64).sqrt(), "{}: mean {mean}", entry.key);
        assert!((spread - wanted).abs() <= 4.0 * wanted / (2.0 * n as f64).sqrt(), "{}: spread {spread}, wanted {wanted}", entry.key);
        if entry.key.ends_with("normal") || entry.key == "orthogonal" {
            // Of 40 000 normal numbers some lie beyond 3.5 deviations and none beyond 6.
            assert!((3.5 * wanted..6.0 * wanted).contains(&largest), "{}: largest {largest}", entry.key);
        } else {
            let limit = wanted * 3.0_f64.sqrt();
            assert!(largest <= limit * 1.000_001 && largest >= 0.999 * limit, "{}: largest {largest}, limit {limit}", entry.key);
        }
    }
}

#[test]
fn initializer_settings_scale_the_spread() {
    let tensor = TensorSpec { name: "weight", role: Role::Weight, shape: vec![100], fan_in: 25, fan_out: 10 };
    let fill = |pick: Pick| {
        let (entry, values) = initializers::CATALOG.resolve(&pick).unwrap();
        let mut w = vec![0.0; 100];
        (entry.build)(&values).fill(&tensor, &mut Rng::new(4, 0), &mut w);
        w
    };
    for (a, b, ratio) in [
        (Pick::new("xavier").with("gain", 2.0), Pick::new("xavier"), 2.0),
        (Pick::new("xavier-normal").with("gain", 0.5), Pick::new("xavier-normal"), 0.5),
        (Pick::new("he").with("slope", 1.0), Pick::new("he"), 0.5_f32.sqrt()),
        (Pick::new("he-normal").with("slope", 1.0), Pick::new("lecun-normal"), 1.0),
        (Pick::new("normal").with("std", 0.05), Pick::new("normal"), 0.05),
    ] {
        for (a, b) in fill(a).iter().zip(fill(b)) {
            assert!((a - ratio * b).abs() <= 1e-6, "{a} is not {ratio} × {b}");
        }
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn networks_refuse_what_cannot_work_in_clear_words() {
    let conv = |kernel: f64, padding: f64| Pick::new("conv2d").with("kernel", kernel).with("padding", padding);
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let pool = |key: &str, size: f64| Pick::new(key).with("size", size);
    let (flat, image) = (&[12][..], &[6, 5, 1][..]);
    let cases: Vec<(Vec<Pick>, &[usize], &str)> = vec![
        (vec![conv(3.0, 0.0)], flat, "layer 1 (conv2d): it needs an image, and a flat input of 12 values comes in"),
        (vec![pool("maxpool", 2.0)], flat, "layer 1 (maxpool): it needs an image"),
        (vec![Pick::new("depthwise")], flat, "layer 1 (depthwise): it needs an image, and a flat input of 12 values comes in"),
        (vec![Pick::new("globalpool")], flat, "layer 1 (globalpool): it needs an image"),
        (
            vec![Pick::new("depthwise").with("kernel", 6.0).with("padding", 1.0)],
            image,
            "layer 1 (depthwise): a 6×6 kernel is larger than its 6×5 input",
        ),
        (vec![pool("avgpool", 2.0)], flat, "layer 1 (avgpool): it needs an image"),
        (vec![conv(3.0, 0.0), Pick::new("relu"), conv(6.0, 1.0)], image, "layer 3 (conv2d): a 6×6 kernel is larger than its 6×5 input"),
        (vec![pool("maxpool", 2.0), pool("maxpool", 3.0)], image, "layer 2 (maxpool): a 3×3 window leaves nothing of its 3×2 input"),
        (vec![pool("avgpool", 7.0)], image, "layer 1 (avgpool): a 7×7 window leaves nothing of its 6×5 input"),
        (vec![dense(1000.0)], &[1_000_000], "model: 1,000,001,000 parameters, more than the 8,000,000 allowed here"),
        (vec![dense(4096.0), dense(4096.0)], &[2], "model: 16,793,600 parameters, more than the 8,000,000"),
        (vec![dense(1.0)], &[usize::MAX, usize::MAX, 9], "model: 18,446,744,073,709,551,615 values per sample, more than the 2,000,000"),
        (
            vec![conv(3.0, 0.0).with("filters", 256.0)],
            &[1000, 1000, 1],
            "model: 257,000,000 activations per sample, more than the 2,000,000",
        ),
        (vec![Pick::new("add")], flat, "layer 1 (add): it leads around 3 layers, and 0 stand before it"),
        (
            vec![dense(4.0), Pick::new("relu"), dense(5.0), Pick::new("add").with("back", 2.0)],
            flat,
            "layer 4 (add): 4 came in 2 layers before and 5 comes in here, and only equal shapes can be added",
        ),
        (vec![Pick::new("lstm")], flat, "layer 1 (lstm): it needs steps, and a flat input of 12 values comes in"),
        (vec![Pick::new("gru"), Pick::new("rnn")], image, "layer 2 (rnn): it needs steps, and a flat input of 32 values comes in"),
        (vec![Pick::new("attention")], flat, "layer 1 (attention): it needs positions, and a flat input of 12 values comes in"),
        (vec![Pick::new("attention").with("heads", 2.0)], &[4, 3], "layer 1 (attention): 2 heads cannot share 3 channels out"),
        (vec![Pick::new("attention")], &[40, 40, 1], "layer 1 (attention): 1600 positions make more than the 1048576 pairs allowed here"),
        (vec![Pick::new("attention")], &[usize::MAX / 8, 1], "model: 2,305,843,009,213,693,951 values per sample"),
        (vec![Pick::new("attention").with("heads", 0.0)], flat, "heads: 0 is not allowed; the range is 1 to 16"),
        (vec![Pick::new("position")], flat, "layer 1 (position): it needs positions, and a flat input of 12 values comes in"),
        (vec![Pick::new("embedding")], image, "layer 1 (embedding): it reads a row of tokens, and 6×5×1 values come in"),
        (
            vec![dense(4.0), Pick::new("embedding")],
            flat,
            "layer 2 (embedding): it reads tokens, which only the data hold, and 1 layers stand before",
        ),
        // As many tokens as answers.
        (vec![Pick::new("embedding").with("size", 512.0), dense(4096.0)], &[4], "model: 10,489,856 parameters"),
        (vec![Pick::new("add").with("back", 0.0)], flat, "back: 0 is not allowed; the range is 1 to 64"),
        (vec![Pick::new("exit").with("weight", 3.0)], flat, "weight: 3 is not allowed; the range is 0 to 2"),
        // Its head counts.
        (vec![Pick::new("exit"), dense(4096.0)], &[1000], "model: 8,200,192 parameters, more than the 8,000,000 allowed here"),
        (vec![Pick::new("batchnorm").with("momentum", 0.0)], flat, "momentum: 0 is not allowed"),
        (vec![dense(4.0)], &[0], "data: a sample has no values"),
        (vec![Pick::new("dens")], flat, "model: there is no layer \"dens\"; known are dense, conv2d, depthwise"),
        (vec![dense(0.0)], flat, "units: 0 is not allowed; the range is 1 to 4096"),
        (vec![dense(2.5)], flat, "units: \"2.5\" is not a whole number"),
        (vec![dense(f64::NAN)], flat, "units: NaN is not allowed"),
        (vec![dense(2.0).with("filters", 1.0)], flat, "filters: there is no setting \"filters\"; known are units"),
        (vec![Pick::new("leaky-relu").with("slope", 2.0)], flat, "slope: 2 is not allowed; the range is 0 to 1"),
    ];
    let mut wrong = Vec::new();
    for (picks, input, text) in cases {
        match Network::new(&picks, &Shape(input.to_vec())) {
            Ok(_) => wrong.push(format!("{picks:?} on {input:?} is accepted")),
            Err(error) if error.to_string().contains(text) => {}
            Err(error) => wrong.push(format!("{picks:?} on {input:?}: {error}\n    wanted: {text}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shapes_follow_from_the_input() {
    let conv = |kernel: f64, stride: f64, padding: f64| {
        Pick::new("conv2d").with("filters", 4.0).with("kernel", kernel).with("stride", stride).with("padding", padding)
    };
    for (pick, input, output) in [
        (conv(3.0, 1.0, 0.0), [7, 5, 2], [7, 5, 4]),
        (conv(3.0, 2.0, 0.0), [7, 6, 2], [4, 3, 4]),
        (conv(4.0, 3.0, 0.0), [7, 6, 2], [3, 2, 4]),
        (conv(9.0, 1.0, 0.0), [3, 3, 1], [3, 3, 4]),
        (conv(3.0, 1.0, 1.0), [7, 5, 2], [5, 3, 4]),
        (conv(3.0, 2.0, 1.0), [7, 6, 2], [3, 2, 4]),
        (Pick::new("maxpool"), [7, 6, 2], [3, 3, 2]),
        (Pick::new("maxpool").with("size", 3.0).with("stride", 2.0), [7, 6, 2], [3, 2, 2]),
        (Pick::new("avgpool").with("size", 6.0), [7, 6, 2], [1, 1, 2]),
    ] {
        let network = Network::new(std::slice::from_ref(&pick), &Shape(input.to_vec())).unwrap();
        assert_eq!(network.output().0, output, "{pick:?}");
    }
}

#[test]
fn settings_that_leave_shapes_alone_change_while_it_runs() {
    let picks = |rate: f64, slope: f64, units: f64| {
        vec![
            Pick::new("dense").with("units", units),
            Pick::new("leaky-relu").with("slope", slope),
            Pick::new("dropout").with("rate", rate),
            Pick::new("dense").with("units", 2.0),
        ]
    };
    let mut network = Network::new(&picks(0.2, 0.1, 5.0), &Shape(vec![3])).unwrap();
    assert!(network.retune(&picks(0.2, 0.1, 5.0)), "nothing changed");
    assert!(network.retune(&picks(0.5, 0.3, 5.0)));
    assert_eq!(network.nodes()[2].pick.params["rate"], 0.5);
    assert!(format!("{:?}", network.nodes()[1].layer.op()).contains("0.3"));
    // One that needs a new network, or a bad value, leaves everything as it was.
    for bad in [picks(0.7, 0.9, 6.0), picks(7.0, 0.9, 5.0), picks(0.7, 0.9, 5.0)[..3].to_vec()] {
        assert!(!network.retune(&bad), "{bad:?}");
        assert_eq!(network.nodes().iter().map(|n| n.pick.clone()).collect::<Vec<_>>(), picks(0.5, 0.3, 5.0));
        assert!(format!("{:?}", network.nodes()[1].layer.op()).contains("0.3"));
    }
    // What can change is known without a network, so that the page can say beforehand what restarts.
    let live: Vec<_> = layers::CATALOG.entries.iter().map(|e| e.key).filter(|key| layers::live(key)).collect();
    assert_eq!(live, ["dropout", "batchnorm", "exit"]);
    assert!(activations::CATALOG.entries.iter().all(|e| layers::live(e.key)) && !layers::live("no-such-layer"));
    // What a plan says is what its layer does.
    let entries = layers::LISTING.entries.iter().chain(activations::LISTING.entries);
    for (pick, input) in entries.flat_map(|e| [Shape(vec![8]), Shape(vec![9, 7, 3])].map(|input| (Pick::new(e.key), input))) {
        match (layers::plan(&pick, &input, 1), layers::build(&pick, &input, 1)) {
            (Ok(plan), Ok(mut layer)) => {
                assert_eq!((plan.output(), plan.macs(), plan.kept()), (layer.output(), layer.macs(), layer.kept()), "{}", pick.key);
                assert_eq!(format!("{:?}", plan.tensors()), format!("{:?}", layer.tensors()), "{}", pick.key);
                let retuned = layer.retune(&pick, &layers::values(&pick).unwrap());
                assert_eq!((plan.live(), layer.live()), (retuned, retuned), "{}", pick.key);
            }
            (plan, layer) => assert_eq!(plan.err(), layer.err(), "{}", pick.key),
        }
    }
    // A default that is written out is no change.
    let mut plain = Network::new(&[Pick::new("dense")], &Shape(vec![3])).unwrap();
    assert!(plain.retune(&[Pick::new("dense").with("units", 32.0)]));
}
