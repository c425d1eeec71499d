//! Every gradient in the engine against finite differences, over awkward shapes. All failures are reported together.

use whittle::{
    engine::{
        activations,
        catalog::Pick,
        layers::{self, Grads, Layer, Pass},
        losses::{self, Target},
        network::{Network, Tape},
        params::Values,
        rng::Rng,
        shape::Shape,
    },
    kernels::Scratch,
};

/// Largest allowed difference, relative to the size of the gradient or to 1, whichever is larger: what rounding of f32 sums and
/// the curvature within a step of [`STEP`] leave.
const TOLERANCE: f64 = 2e-3;
/// Step to both sides. Inputs keep further away than this from every kink.
const STEP: f32 = 1e-2;

struct Case {
    pick: Pick,
    input: &'static [usize],
    batch: usize,
}

fn case(pick: Pick, input: &'static [usize], batch: usize) -> Case {
    Case { pick, input, batch }
}

fn conv(filters: f64, kernel: f64, stride: f64, valid: bool) -> Pick {
    Pick::new("conv2d").with("filters", filters).with("kernel", kernel).with("stride", stride).with("padding", f64::from(u8::from(valid)))
}

fn depthwise(kernel: f64, stride: f64, valid: bool) -> Pick {
    Pick::new("depthwise").with("kernel", kernel).with("stride", stride).with("padding", f64::from(u8::from(valid)))
}

fn attention(heads: f64, causal: bool) -> Pick {
    Pick::new("attention").with("heads", heads).with("mask", f64::from(u8::from(causal)))
}

fn pool(key: &str, size: f64, stride: f64) -> Pick {
    Pick::new(key).with("size", size).with("stride", stride)
}

fn layer_cases() -> Vec<Case> {
    let dense = |units| Pick::new("dense").with("units", units);
    let mut cases = vec![
        case(dense(1.0), &[1], 1),
        case(dense(5.0), &[7], 3),
        case(dense(17.0), &[33], 2),
        case(dense(9.0), &[8], 17),
        case(conv(1.0, 1.0, 1.0, false), &[1, 1, 1], 1),
        case(conv(5.0, 3.0, 1.0, false), &[5, 7, 3], 2),
        case(conv(3.0, 3.0, 2.0, false), &[5, 6, 2], 3),
        case(conv(2.0, 4.0, 1.0, false), &[5, 5, 1], 2),
        case(conv(4.0, 4.0, 3.0, false), &[7, 5, 2], 1),
        case(conv(2.0, 5.0, 1.0, false), &[2, 3, 1], 2),
        case(conv(9.0, 3.0, 1.0, true), &[4, 5, 1], 2),
        case(conv(2.0, 3.0, 2.0, true), &[6, 7, 3], 2),
        case(conv(2.0, 4.0, 1.0, true), &[4, 4, 2], 1),
        case(conv(2.0, 2.0, 5.0, true), &[8, 8, 1], 1),
        case(depthwise(1.0, 1.0, false), &[1, 1, 1], 1),
        case(depthwise(3.0, 1.0, false), &[5, 7, 3], 2),
        case(depthwise(3.0, 2.0, false), &[5, 6, 2], 3),
        case(depthwise(4.0, 3.0, false), &[7, 5, 5], 1),
        case(depthwise(3.0, 1.0, true), &[4, 5, 4], 2),
        case(depthwise(2.0, 3.0, true), &[6, 7, 3], 2),
        case(depthwise(5.0, 1.0, false), &[2, 3, 9], 2),
        case(Pick::new("globalpool"), &[1, 1, 1], 1),
        case(Pick::new("globalpool"), &[4, 6, 3], 2),
        case(Pick::new("globalpool"), &[3, 1, 9], 3),
        case(Pick::new("dropout").with("rate", 0.4), &[13], 3),
        case(Pick::new("dropout").with("rate", 0.0), &[3, 2, 2], 2),
        case(Pick::new("flatten"), &[3, 2, 2], 2),
        case(Pick::new("flatten"), &[5], 1),
        // Of one value no variance is its own: it is normalized as outside training.
        case(Pick::new("batchnorm"), &[4], 1),
        case(Pick::new("batchnorm"), &[5], 7),
        case(Pick::new("batchnorm").with("momentum", 0.5), &[19], 3),
        case(Pick::new("batchnorm"), &[3, 2, 17], 2),
        case(Pick::new("layernorm"), &[6], 1),
        case(Pick::new("layernorm"), &[7], 3),
        case(Pick::new("layernorm"), &[3, 2, 5], 2),
        case(Pick::new("add").with("back", 1.0), &[5], 2),
        case(Pick::new("add"), &[2, 3, 4], 3),
        case(Pick::new("exit"), &[5], 3),
        case(Pick::new("exit"), &[3, 4], 2),
        case(Pick::new("exit"), &[3, 2, 5], 2),
        case(Pick::new("embedding").with("size", 1.0), &[1], 1),
        case(Pick::new("embedding").with("size", 5.0), &[7], 3),
        case(Pick::new("position"), &[1, 1], 1),
        case(Pick::new("position"), &[5, 7], 3),
        case(Pick::new("position"), &[3, 2, 4], 2),
        case(attention(1.0, false), &[1, 1], 1),
        case(attention(1.0, false), &[4, 3], 3),
        case(attention(2.0, true), &[5, 4], 2),
        case(attention(3.0, false), &[2, 3, 6], 1),
        case(attention(5.0, true), &[3, 5], 2),
    ];
    for key in ["rnn", "lstm", "gru"] {
        let layer = |units: f64, gives: f64| Pick::new(key).with("units", units).with("gives", gives);
        cases.extend([
            case(layer(1.0, 0.0), &[1, 1], 1),
            case(layer(3.0, 0.0), &[4, 2], 3),
            case(layer(5.0, 1.0), &[3, 4], 2),
            case(layer(17.0, 1.0), &[2, 3], 1),
            // An image, row by row.
            case(layer(2.0, 0.0), &[3, 2, 2], 2),
        ]);
    }
    for key in ["maxpool", "avgpool"] {
        cases.extend([
            case(pool(key, 2.0, 0.0), &[4, 6, 2], 2),
            case(pool(key, 2.0, 0.0), &[5, 7, 3], 2),
            case(pool(key, 3.0, 2.0), &[7, 6, 1], 1),
            case(pool(key, 3.0, 1.0), &[4, 3, 2], 2),
            case(pool(key, 1.0, 2.0), &[3, 3, 1], 1),
            case(pool(key, 5.0, 0.0), &[5, 5, 4], 3),
        ]);
    }
    cases
}

/// Values at least four steps from each other and two from 0: no maximum and no kink is crossed.
fn distinct(n: usize, rng: &mut Rng) -> Vec<f32> {
    let mut values: Vec<f32> = (0..n).map(|i| (i as f32 - (n / 2) as f32 + 0.5) * (4.0 * STEP)).collect();
    rng.shuffle(&mut values);
    values
}

fn random(n: usize, rng: &mut Rng) -> Vec<f32> {
    (0..n).map(|_| rng.range(-1.0, 1.0)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Forward with the same randomness each time; buffers begin as NaN, so that a value read before it is written shows.
fn forward(layer: &dyn Layer, params: &[f32], x: &[f32], batch: usize) -> (Vec<f32>, Vec<f32>) {
    let mut y = vec![f32::NAN; batch * layer.output().len()];
    let mut kept = vec![f32::NAN; batch * layer.kept()];
    // Through a skip connection comes something else.
    let other = vec![0.3; x.len()];
    let skipped = (layer.back() > 0).then_some(&other[..]);
    let mut pass = Pass { batch, train: true, rng: &mut Rng::new(11, 0), kept: &mut kept, scratch: &mut Scratch::default(), skipped };
    layer.forward(&mut pass, params, x, &mut y);
    (y, kept)
}

/// Difference quotients of `loss` at `at`, in the middle of each step.
fn slopes(at: &[f32], mut loss: impl FnMut(&[f32]) -> f64) -> Vec<f64> {
    let mut moved = at.to_vec();
    (0..at.len())
        .map(|i| {
            let (low, high) = (at[i] - STEP, at[i] + STEP);
            moved[i] = high;
            let above = loss(&moved);
            moved[i] = low;
            let below = loss(&moved);
            moved[i] = at[i];
            (above - below) / f64::from(high - low)
        })
        .collect()
}

fn compare(what: &str, got: &[f32], wanted: &[f64], failures: &mut Vec<String>) {
    let size = wanted.iter().fold(1.0_f64, |m, w| m.max(w.abs()));
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        let off = (f64::from(*g) - w).abs() / size;
        if off.is_nan() || off > TOLERANCE {
            failures.push(format!("{what}[{i}]: {g}, differences say {w}"));
            return;
        }
    }
}

fn check_layer(Case { pick, input, batch }: &Case, failures: &mut Vec<String>) {
    let (batch, what) = (*batch, format!("{pick:?} on {input:?} × {batch}"));
    let shape = Shape(input.to_vec());
    let mut layer = match layers::build(pick, &shape, 1) {
        Ok(layer) => layer,
        Err(error) => return failures.push(format!("{what}: {error}")),
    };
    layer.answer(3);
    let mut rng = Rng::new(7, 0);
    let mut params = random(layer.tensors().iter().map(|t| t.len()).sum(), &mut rng);
    let statistic: Vec<bool> = layer.tensors().iter().flat_map(|t| vec![t.role.is_statistic(); t.len()]).collect();
    // Variances are positive.
    params.iter_mut().zip(&statistic).filter(|(_, s)| **s).for_each(|(p, _)| *p += 1.5);
    let mut x = distinct(batch * shape.len(), &mut rng);
    if layer.first() {
        // Tokens, each of the three and some twice; a step away from one is the same one.
        x.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 3) as f32);
    }
    let weigh = random(batch * layer.output().len(), &mut rng);

    let (y, kept) = forward(layer.as_ref(), &params, &x, batch);
    // Gradients by parameters are added to what is there.
    const THERE: f32 = 2.0;
    let mut dparams = vec![THERE; params.len()];
    let mut dx = vec![f32::NAN; x.len()];
    let grads =
        Grads { x: &x, y: &y, dy: &weigh, dx: Some(&mut dx), dparams: &mut dparams, batch, kept: &kept, scratch: &mut Scratch::default() };
    layer.backward(&params, grads);
    dparams.iter_mut().for_each(|d| *d -= THERE);

    let by_input = slopes(&x, |x| dot(&forward(layer.as_ref(), &params, x, batch).0, &weigh));
    let mut by_params = slopes(&params, |p| dot(&forward(layer.as_ref(), p, &x, batch).0, &weigh));
    // What lies at the place of a statistic is its change, which other tests look at.
    for (at, _) in statistic.iter().enumerate().filter(|(_, s)| **s) {
        (dparams[at], by_params[at]) = (0.0, 0.0);
    }
    compare(&format!("{what}: by input "), &dx, &by_input, failures);
    compare(&format!("{what}: by parameter "), &dparams, &by_params, failures);
}

#[test]
fn every_layer_has_the_gradient_that_differences_say() {
    let cases = layer_cases();
    let mut failures = Vec::new();
    for entry in layers::CATALOG.entries {
        if !cases.iter().any(|c| c.pick.key == entry.key) {
            failures.push(format!("{} has no case", entry.key));
        }
    }
    cases.iter().for_each(|c| check_layer(c, &mut failures));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Every layer and activation, as the two tests around have them.
fn all_cases() -> Vec<Case> {
    let mut cases = layer_cases();
    for entry in activations::CATALOG.entries {
        cases.push(case(Pick::new(entry.key), &[3, 3, 2], 2));
        for spec in entry.params {
            cases.extend([spec.range.0, spec.range.1].map(|v| case(Pick::new(entry.key).with(spec.key, v), &[37], 5)));
        }
    }
    cases
}

/// Where nothing is wrong behind a layer, nothing is wrong in it or before it.
#[test]
fn no_gradient_behind_a_layer_is_none_in_it() {
    for Case { pick, input, batch } in all_cases() {
        let mut layer = layers::build(&pick, &Shape(input.to_vec()), 1).unwrap();
        layer.answer(3);
        let mut rng = Rng::new(13, 0);
        let tensors = layer.tensors();
        let statistic: Vec<bool> = tensors.iter().flat_map(|t| vec![t.role.is_statistic(); t.len()]).collect();
        let params: Vec<f32> = statistic.iter().map(|s| if *s { 1.0 } else { rng.range(-1.0, 1.0) }).collect();
        let mut x = distinct(batch * input.iter().product::<usize>(), &mut rng);
        if layer.first() {
            x.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 3) as f32);
        }
        let (y, kept) = forward(layer.as_ref(), &params, &x, batch);
        let dy = vec![0.0; y.len()];
        // Gradients by parameters are added to what is there.
        const THERE: f32 = 0.75;
        let mut dparams = vec![THERE; params.len()];
        let mut dx = vec![f32::NAN; x.len()];
        let grads =
            Grads { x: &x, y: &y, dy: &dy, dx: Some(&mut dx), dparams: &mut dparams, batch, kept: &kept, scratch: &mut Scratch::default() };
        layer.backward(&params, grads);
        let what = format!("{pick:?} on {input:?} × {batch}");
        assert!(dx.iter().all(|d| *d == 0.0), "{what}: by input {dx:?}");
        // What lies at the place of a statistic is its change.
        let own = dparams.iter().zip(&statistic).filter(|(_, s)| !**s);
        assert!(own.clone().all(|(d, _)| *d == THERE), "{what}: by parameter {:?}", own.map(|(d, _)| d).collect::<Vec<_>>());
    }
}

#[test]
fn every_activation_has_the_gradient_that_differences_say() {
    let mut failures = Vec::new();
    for entry in activations::CATALOG.entries {
        let mut picks = vec![Pick::new(entry.key)];
        for spec in entry.params {
            picks.extend([spec.range.0, spec.range.1].map(|v| Pick::new(entry.key).with(spec.key, v)));
        }
        for pick in picks {
            for (input, batch) in [(&[1_usize][..], 1), (&[3, 3, 2], 2), (&[37], 5)] {
                check_layer(&Case { pick: pick.clone(), input: input.to_vec().leak(), batch }, &mut failures);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_loss_has_the_gradient_that_differences_say() {
    let mut failures = Vec::new();
    for entry in losses::CATALOG.entries {
        let mut picks = vec![Pick::new(entry.key)];
        for spec in entry.params {
            picks.extend([spec.range.0, spec.range.1].map(|v| Pick::new(entry.key).with(spec.key, v)));
        }
        for pick in picks {
            let loss = (entry.build)(&pick.values(entry.params).unwrap());
            for (batch, outputs) in [(1, 1), (1, 2), (3, 5), (7, 10), (2, 33)] {
                let mut rng = Rng::new(3, 0);
                let z: Vec<f32> = (0..batch * outputs).map(|_| rng.range(-3.0, 3.0)).collect();
                let classes: Vec<u32> = (0..batch).map(|_| rng.below(outputs as u32)).collect();
                let mut values: Vec<f32> = (0..batch * outputs).map(|_| rng.uniform()).collect();
                for row in values.chunks_exact_mut(outputs) {
                    // Probabilities: what soft targets of cross-entropy are.
                    let sum: f32 = row.iter().sum();
                    row.iter_mut().for_each(|v| *v /= sum);
                }
                for target in [Target::Classes(&classes), Target::Values(&values)] {
                    let mut grad = vec![f32::NAN; z.len()];
                    let first = loss.eval(&z, target, outputs, &mut grad);
                    let mut spare = vec![0.0; z.len()];
                    let wanted = slopes(&z, |z| f64::from(loss.eval(z, target, outputs, &mut spare)));
                    compare(&format!("{pick:?} {batch}×{outputs} {target:?}: "), &grad, &wanted, &mut failures);
                    let down: Vec<f32> = z.iter().zip(&grad).map(|(z, g)| z - 0.1 * g).collect();
                    let next = loss.eval(&down, target, outputs, &mut spare);
                    if !first.is_finite() || next > first {
                        failures.push(format!("{pick:?} {batch}×{outputs}: {first} rises to {next} down the gradient"));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Where a loss is least: what is said, given what was wanted, and whether the loss is 0 there. Classes come as shares, of which the first row is all of one class.
fn optimum(pick: &Pick, shares: &[f32], outputs: usize) -> (Vec<f32>, bool) {
    let smoothing = pick.params.get("smoothing").copied();
    let log_shares = |smoothing: f64| {
        let share = |s: &f32| (1.0 - smoothing) * f64::from(*s) + smoothing / outputs as f64;
        // No share at all is far below all others.
        shares.iter().map(|s| (share(s).ln().max(-120.0)) as f32).collect()
    };
    match pick.key.as_str() {
        "mse" | "mae" | "huber" | "smooth-l1" | "custom" => (shares.to_vec(), true),
        // Least where it is the entropy of what was wanted.
        "cross-entropy" => (log_shares(smoothing.unwrap_or(0.0)), false),
        "kl-divergence" => (log_shares(smoothing.unwrap_or(0.1)), true),
        // Where the right class is all there is, and leads by more than any margin.
        "focal" | "hinge" | "squared-hinge" => (shares.iter().map(|s| if *s == 1.0 { 120.0 } else { 0.0 }).collect(), true),
        other => panic!("say where {other} has its optimum"),
    }
}

#[test]
fn every_loss_is_level_where_it_is_least() {
    for entry in losses::CATALOG.entries {
        let mut picks = vec![Pick::new(entry.key)];
        for spec in entry.params {
            picks.extend([spec.range.0, spec.range.1].map(|v| Pick::new(entry.key).with(spec.key, v)));
        }
        for pick in picks {
            let loss = (entry.build)(&pick.values(entry.params).unwrap());
            for (batch, outputs) in [(1, 1), (1, 2), (3, 5), (7, 10)] {
                let mut rng = Rng::new(6, 0);
                let hard: Vec<u32> = (0..batch).map(|_| rng.below(outputs as u32)).collect();
                let one_hot: Vec<f32> =
                    hard.iter().flat_map(|class| (0..outputs as u32).map(move |o| f32::from(u8::from(o == *class)))).collect();
                let mut soft: Vec<f32> = (0..batch * outputs).map(|_| rng.range(0.2, 1.0)).collect();
                for row in soft.chunks_exact_mut(outputs) {
                    let sum: f32 = row.iter().sum();
                    row.iter_mut().for_each(|v| *v /= sum);
                }
                let whole = ["focal", "hinge", "squared-hinge"].contains(&entry.key);
                let mut cases = vec![(&one_hot, Target::Classes(&hard)), (&one_hot, Target::Values(&one_hot))];
                // Of several classes at once these three are least elsewhere, or nowhere.
                if !whole {
                    cases.push((&soft, Target::Values(&soft)));
                }
                for (shares, target) in cases {
                    let (z, nothing) = optimum(&pick, shares, outputs);
                    let mut grad = vec![f32::NAN; z.len()];
                    let value = loss.eval(&z, target, outputs, &mut grad);
                    let what = format!("{pick:?} {batch}×{outputs} {target:?} at {z:?}");
                    assert!(grad.iter().all(|g| g.abs() < 1e-6), "{what}: gradient {grad:?}");
                    assert!(value.is_finite() && (!nothing || value.abs() < 1e-6), "{what}: loss {value}");
                }
            }
        }
    }
}

#[test]
fn cross_entropy_bears_extreme_outputs() {
    let entry = losses::CATALOG.find("cross-entropy").unwrap();
    let loss = (entry.build)(&Values::defaults(entry.params));
    let mut grad = [0.0; 3];
    let right = loss.eval(&[1e4, -1e4, 0.0], Target::Classes(&[0]), 3, &mut grad);
    assert_eq!((right, grad), (0.0, [0.0; 3]));
    let wrong = loss.eval(&[1e4, -1e4, 0.0], Target::Classes(&[1]), 3, &mut grad);
    assert_eq!((wrong, grad), (2e4, [1.0, -1.0, 0.0]));
    let soft = loss.eval(&[1e4, -1e4, 0.0], Target::Values(&[1.0, 0.0, 0.0]), 3, &mut grad);
    assert_eq!((soft, grad), (0.0, [0.0; 3]));
    assert!(loss.eval(&[f32::NAN, 0.0, 0.0], Target::Classes(&[1]), 3, &mut grad).is_nan());
}

/// Networks with skip connections, one inside and one behind another.
fn residual_networks() -> Vec<(Vec<Pick>, Vec<usize>)> {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let add = |back: f64| Pick::new("add").with("back", back);
    let tanh = || Pick::new("tanh");
    vec![
        (vec![dense(4.0), tanh(), dense(4.0), add(2.0), tanh(), dense(3.0)], vec![5]),
        (vec![dense(4.0), tanh(), dense(4.0), tanh(), add(2.0), dense(4.0), add(5.0), add(1.0), dense(2.0)], vec![4]),
        // From the network's input, twice, and from a layer whose input no layer with parameters made.
        (vec![tanh(), dense(5.0), add(2.0), dense(5.0), add(4.0), add(5.0), dense(2.0)], vec![5]),
        (
            vec![
                conv(3.0, 3.0, 1.0, false),
                Pick::new("batchnorm"),
                tanh(),
                conv(3.0, 3.0, 1.0, false),
                Pick::new("layernorm"),
                add(4.0),
                dense(2.0),
            ],
            vec![4, 3, 3],
        ),
        // Two blocks of a transformer.
        (
            vec![
                Pick::new("embedding").with("size", 4.0),
                Pick::new("position"),
                Pick::new("layernorm"),
                attention(2.0, true),
                add(2.0),
                Pick::new("layernorm"),
                conv(6.0, 1.0, 1.0, false),
                tanh(),
                conv(4.0, 1.0, 1.0, false),
                add(4.0),
                attention(1.0, false),
                add(1.0),
                dense(3.0),
            ],
            vec![5],
        ),
    ]
}

#[test]
fn gradients_pass_skip_connections() {
    let mut failures = Vec::new();
    for (at, (picks, input)) in residual_networks().into_iter().enumerate() {
        let network = Network::new(&picks, &Shape(input)).unwrap();
        let (batch, mut rng) = (3, Rng::new(at as u64, 0));
        let mut params = random(network.params(), &mut rng);
        let statistics: Vec<usize> = network.statistics().flatten().collect();
        statistics.iter().for_each(|s| params[*s] = 1.0);
        let x = random(batch * network.input().len(), &mut rng);
        let weigh = random(batch * network.output().len(), &mut rng);
        let mut tape = Tape::default();
        let mut loss = |params: &[f32]| dot(network.forward(params, &x, batch, true, &mut Rng::new(0, 0), &mut tape), &weigh);
        let mut wanted = slopes(&params, &mut loss);
        loss(&params);
        let mut found = vec![f32::NAN; params.len()];
        network.backward(&params, &x, batch, &weigh, &mut found, &mut tape);
        statistics.iter().for_each(|s| (found[*s], wanted[*s]) = (0.0, 0.0));
        compare(&format!("network {at}: by parameter "), &found, &wanted, &mut failures);
        // The same in pieces is the same to the bit, where the layers allow pieces.
        if !network.whole_batch() {
            let mut pieces = vec![0.0; params.len()];
            for (x, weigh) in x.chunks(network.input().len()).zip(weigh.chunks(network.output().len())) {
                network.forward(&params, x, 1, true, &mut Rng::new(0, 0), &mut tape);
                network.add_backward(&params, x, 1, weigh, &mut pieces, &mut tape);
            }
            assert_eq!(pieces, found, "network {at}");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Sums of what the network and its heads say, each weighed at random: its gradient takes all ways back.
#[test]
fn gradients_of_all_exits_join() {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let exit = |weight: f64| Pick::new("exit").with("weight", weight);
    let tanh = || Pick::new("tanh");
    let networks: [(Vec<Pick>, Vec<usize>); 4] = [
        (vec![dense(4.0), tanh(), exit(0.3), dense(5.0), tanh(), exit(1.5), dense(3.0)], vec![5]),
        (vec![conv(3.0, 3.0, 1.0, false), tanh(), exit(0.7), conv(4.0, 3.0, 2.0, false), tanh(), exit(0.2), dense(2.0)], vec![4, 5, 2]),
        // On the input, in a row, inside a skip connection, and last.
        (vec![exit(1.0), exit(0.5), dense(5.0), tanh(), exit(0.4), dense(5.0), Pick::new("add").with("back", 4.0), exit(0.6)], vec![5]),
        (
            vec![exit(0.8), Pick::new("gru").with("units", 4.0).with("gives", 1.0), exit(0.9), Pick::new("layernorm"), dense(3.0)],
            vec![3, 4],
        ),
    ];
    let mut failures = Vec::new();
    for (at, (picks, input)) in networks.into_iter().enumerate() {
        let network = Network::new(&picks, &Shape(input)).unwrap();
        let (batch, mut rng, outputs) = (3, Rng::new(at as u64, 0), network.output().len());
        let params = random(network.params(), &mut rng);
        let x = random(batch * network.input().len(), &mut rng);
        let weigh = random(batch * outputs, &mut rng);
        let shares: Vec<f64> = picks.iter().filter(|p| p.key == "exit").map(|p| p.params["weight"]).collect();
        let mut tape = Tape::default();
        let mut loss = |params: &[f32]| {
            let mut sum = dot(network.forward(params, &x, batch, true, &mut Rng::new(0, 0), &mut tape), &weigh);
            let mut heads = shares.iter();
            network.judge(batch, &mut tape, |answers, _| sum += heads.next().unwrap() * dot(answers, &weigh));
            assert!(heads.next().is_none(), "network {at}: every head is judged");
            sum
        };
        let wanted = slopes(&params, &mut loss);
        let mut back = |x: &[f32], weigh: &[f32], found: &mut [f32]| {
            let batch = x.len() / network.input().len();
            network.forward(&params, x, batch, true, &mut Rng::new(0, 0), &mut tape);
            network.judge(batch, &mut tape, |_, by_answers| by_answers.copy_from_slice(weigh));
            network.add_backward(&params, x, batch, weigh, found, &mut tape);
        };
        let mut found = vec![0.0; params.len()];
        back(&x, &weigh, &mut found);
        compare(&format!("network {at}: by parameter "), &found, &wanted, &mut failures);
        let mut pieces = vec![0.0; params.len()];
        for (x, weigh) in x.chunks(network.input().len()).zip(weigh.chunks(outputs)) {
            back(x, weigh, &mut pieces);
        }
        assert_eq!(pieces, found, "network {at} in pieces");
        // Unjudged, heads learn nothing, and the rest learns as without them.
        network.forward(&params, &x, batch, true, &mut Rng::new(0, 0), &mut tape);
        network.backward(&params, &x, batch, &weigh, &mut found, &mut tape);
        for i in network.exits() {
            assert!(found[network.nodes()[i].span.clone()].iter().all(|g| *g == 0.0), "network {at}: layer {i} was not judged");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
