//! The optimizer lab of a session: copies are trained and judged, and the run itself changes no number.

mod session_support;

use session_support::{Desk, RUN, is_finished, xor};
use whittle::{
    engine::{artifact, catalog::Pick, inference::Runner, initializers, network::Network, rng::Rng},
    experiment::Experiment,
    protocol::{Checkup, Evaluation, Form, FromWorker, LabNews, LabWish, Lap, Late, Rates, RunError, Snapshots, Surface, ToWorker, Walk},
};

fn ask(desk: &mut Desk, wish: LabWish) {
    desk.unread = desk.heard.len();
    desk.say(ToWorker::Lab { run: RUN, wish });
}

fn news(message: &FromWorker) -> Option<&LabNews> {
    if let FromWorker::Late(Late::Lab { news, .. }) = message { Some(news) } else { None }
}

fn rates(desk: &mut Desk, steps: usize, fresh: bool) -> Rates {
    ask(desk, LabWish::Rates { steps, fresh });
    let done = |m: &FromWorker| matches!(news(m), Some(LabNews::Rates(rates)) if rates.done);
    let Some(LabNews::Rates(rates)) = news(desk.until(done)).cloned() else { unreachable!() };
    rates
}

fn surface(desk: &mut Desk, size: usize, path: bool) -> Surface {
    ask(desk, LabWish::Surface { size, path });
    let Some(LabNews::Surface(surface)) = news(desk.until(|m| matches!(news(m), Some(LabNews::Surface(_))))).cloned() else {
        unreachable!()
    };
    surface
}

fn checkup(desk: &mut Desk) -> Checkup {
    ask(desk, LabWish::Checkup);
    let done = |m: &FromWorker| matches!(news(m), Some(LabNews::Checkup(c)) if !c.spreads.is_empty());
    let Some(LabNews::Checkup(checkup)) = news(desk.until(done)).cloned() else { unreachable!() };
    checkup
}

fn walk(desk: &mut Desk, sample: Option<usize>, draw: u64) -> Walk {
    ask(desk, LabWish::Walk { sample, draw });
    let Some(LabNews::Walk(walk)) = news(desk.until(|m| matches!(news(m), Some(LabNews::Walk(_))))).cloned() else { unreachable!() };
    *walk
}

/// A run that stands still at its first weights.
fn still(experiment: &Experiment) -> Desk {
    let mut desk = Desk::new();
    desk.say(ToWorker::Start { run: RUN, experiment: Box::new(experiment.clone()), resume: None, play: false });
    desk
}

fn lap(experiment: &Experiment, epochs: f64, lr: f64) -> Lap {
    let mut desk = still(experiment);
    ask(&mut desk, LabWish::Lap { epochs, lr });
    let done = |m: &FromWorker| matches!(news(m), Some(LabNews::Lap(lap)) if lap.done);
    let Some(LabNews::Lap(lap)) = news(desk.until(done)).cloned() else { unreachable!() };
    lap
}

#[test]
fn a_range_test_suggests_a_rate_that_learns() {
    let mut desk = still(&xor(12.0));
    let found = rates(&mut desk, 200, true);
    assert!(found.points.windows(2).all(|two| two[0].0 < two[1].0));
    let (steepest, tenth) = found.suggestion.expect("the loss falls");
    assert!((1e-4..1.0).contains(&steepest) && (1e-4..1.0).contains(&tenth), "{steepest} {tenth}");
    assert_eq!(rates(&mut desk, 200, true), found, "the same test gives the same figures");
    let learnt = lap(&xor(12.0), 12.0, steepest);
    assert!(learnt.points.last().unwrap().score > 0.9, "{:?}", learnt.points.last());
}

#[test]
fn the_run_changes_no_number() {
    // Long enough to be at it still when the lab is asked, however fast the machine is.
    let mut long = xor(300.0);
    (long.train.batch, long.model[0]) = (4, Pick::new("dense").with("units", 96.0));
    let alone = {
        let mut desk = Desk::start(&long);
        desk.until(is_finished);
        desk.points()
    };
    let mut desk = Desk::start(&long);
    desk.until(|m| matches!(m, FromWorker::Progress { step: 1.., .. }));
    rates(&mut desk, 60, false);
    surface(&mut desk, 5, false);
    checkup(&mut desk);
    walk(&mut desk, Some(3), 0);
    ask(&mut desk, LabWish::Rates { steps: 2000, fresh: true });
    ask(&mut desk, LabWish::Stop);
    assert!(!desk.heard.iter().any(is_finished), "the lab is asked while it trains");
    desk.until(is_finished);
    assert_eq!(desk.points(), alone);
    assert!(desk.failures().is_empty());
}

#[test]
fn a_test_from_the_weights_at_hand_begins_with_their_loss() {
    let mut desk = Desk::start(&xor(12.0));
    desk.until(is_finished);
    let (first, now) = (rates(&mut desk, 40, true), rates(&mut desk, 40, false));
    assert!(now.points[0].2 < 0.5 * first.points[0].2, "{:?} {:?}", now.points[0], first.points[0]);
}

#[test]
fn a_lap_is_the_run_of_its_optimizer() {
    let mut experiment = xor(3.0);
    experiment.optimizer = Pick::new("momentum");
    experiment.train.lr = 0.05;
    let found = lap(&experiment, 3.0, 0.05);
    assert!(found.done && !found.diverged && found.share == 1.0 && !found.validation);
    assert_eq!(found.points.first().map(|p| (p.seen, p.train_loss, p.seconds)), Some((0, None, 0.0)));
    assert_eq!(found.points.last().unwrap().seen, 600);
    assert!(found.points.is_sorted_by(|a, b| a.seen < b.seen && a.seconds <= b.seconds));
    let mut desk = Desk::start(&experiment);
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    let last = found.points.last().unwrap();
    assert_eq!((last.loss, last.score), (summary.baseline.loss, summary.baseline.score));
}

#[test]
fn a_lap_that_leaves_the_numbers_says_so() {
    let mut experiment = xor(3.0);
    experiment.optimizer = Pick::new("sgd");
    experiment.loss = Pick::new("mse");
    experiment.model[1] = Pick::new("linear");
    let found = lap(&experiment, 5.0, 10.0);
    assert!(found.done && found.diverged && found.share < 1.0, "{found:?}");
}

#[test]
fn a_lap_stands_still_and_goes_on() {
    // Long enough to be at it still when it is told, however fast the machine is.
    let mut long = xor(300.0);
    (long.train.batch, long.model[0]) = (4, Pick::new("dense").with("units", 96.0));
    let mut desk = still(&long);
    ask(&mut desk, LabWish::Lap { epochs: 300.0, lr: 0.02 });
    desk.until(|m| matches!(news(m), Some(LabNews::Lap(_))));
    desk.say(ToWorker::Lab { run: RUN, wish: LabWish::Pause(true) });
    for _ in 0..5 {
        desk.session.advance(5.0);
        desk.listen();
    }
    let before = desk.heard.len();
    for _ in 0..5 {
        desk.session.advance(5.0);
        desk.listen();
    }
    assert!(!desk.heard[before..].iter().any(|m| news(m).is_some()), "nothing moves");
    desk.say(ToWorker::Lab { run: RUN, wish: LabWish::Pause(false) });
    desk.until(|m| matches!(news(m), Some(LabNews::Lap(lap)) if lap.done));
}

#[test]
fn the_middle_of_a_surface_is_the_loss_at_hand() {
    let mut desk = Desk::start(&xor(12.0));
    desk.until(is_finished);
    let random = surface(&mut desk, 5, false);
    assert_eq!((random.losses.len(), random.samples, random.path.len()), (25, 200, 0));
    assert!(random.losses[12] < random.losses.iter().sum::<f32>() / 25.0, "training went down");
    assert_eq!(random, surface(&mut desk, 5, false), "the same seed draws the same directions");
    let path = surface(&mut desk, 9, true);
    assert_eq!(path.path.last().map(|p| (p.1, p.2)), Some((0.0, 0.0)));
    assert_eq!(path.path.first().map(|p| p.0), Some(0));
    assert!(path.shares.0 >= path.shares.1 && path.shares.0 + path.shares.1 > 0.5, "{:?}", path.shares);
    for (_, a, b) in &path.path {
        assert!(path.alphas[0] < *a && *a < path.alphas[8] && path.betas[0] < *b && *b < path.betas[8]);
    }
    // Where training began is higher than where it ended.
    let nearest = |edge: &[f64], v: f64| (0..9).min_by(|i, j| (edge[*i] - v).abs().total_cmp(&(edge[*j] - v).abs())).unwrap();
    let loss = |p: &(u64, f64, f64)| path.losses[nearest(&path.betas, p.2) * 9 + nearest(&path.alphas, p.1)];
    assert!(loss(path.path.first().unwrap()) > loss(path.path.last().unwrap()));
}

#[test]
fn a_path_that_is_none_is_refused() {
    let mut desk = still(&xor(12.0));
    ask(&mut desk, LabWish::Surface { size: 5, path: true });
    let failed = format!("{:?}", desk.until(|m| matches!(m, FromWorker::Failed { .. })));
    assert!(failed.contains("three moments"), "{failed}");
    assert!(desk.heard.iter().any(|m| news(m) == Some(&LabNews::Stopped)));
}

#[test]
fn layers_are_looked_at() {
    let mut experiment = xor(12.0);
    experiment.model =
        vec![Pick::new("dense").with("units", 8.0), Pick::new("tanh"), Pick::new("dense").with("units", 6.0), Pick::new("relu")];
    let mut desk = still(&experiment);
    let found = checkup(&mut desk);
    assert_eq!(found.samples, 200);
    assert_eq!(
        found.layers.iter().map(|l| (l.layer, l.key.as_str())).collect::<Vec<_>>(),
        [(0, "dense"), (1, "tanh"), (2, "dense"), (3, "relu"), (4, "dense")]
    );
    let tanh = &found.layers[1];
    assert_eq!((tanh.units, tanh.dead, tanh.gradient), (8, 0, None));
    assert!(tanh.saturated.is_some_and(|s| (0.01..0.99).contains(&s)) && found.layers[3].saturated.is_none());
    assert!(found.layers[0].gradient.is_some_and(|g| g > 0.0) && found.layers[4].weights.is_some_and(|w| w > 0.0));
}

/// Standard deviations of the layers' outputs at the first weights, by the initializer with this key.
fn spread(found: &Checkup, key: &str) -> Vec<f32> {
    found.spreads.iter().find(|s| s.init == Pick::new(key)).unwrap_or_else(|| panic!("{key} is not there")).layers.clone()
}

#[test]
fn signals_spread_as_theory_says() {
    // Wide layers, so that chance is small: He keeps the second moment through ReLU, which halves it.
    let mut experiment = xor(12.0);
    experiment.model = (0..6).flat_map(|_| [Pick::new("dense").with("units", 384.0), Pick::new("relu")]).collect();
    let mut desk = still(&experiment);
    let points = desk.points();
    let found = checkup(&mut desk);
    let keys: Vec<&str> = found.spreads.iter().map(|s| s.init.key.as_str()).collect();
    assert_eq!(keys, ["he", "he-normal", "xavier", "xavier-normal", "lecun", "lecun-normal", "orthogonal", "normal", "zeros"]);
    // From the second hidden layer to the last.
    let ratio = |key: &str| {
        let layers = spread(&found, key);
        assert_eq!(layers.len(), 13);
        layers[10] / layers[2]
    };
    for key in ["he", "he-normal"] {
        assert!((0.8..1.2).contains(&ratio(key)), "{key}: {}", ratio(key));
    }
    // Of equal layers Xavier's rule is LeCun's, and turning leaves a signal's size as it is: each ReLU halves the second moment.
    for key in ["xavier", "xavier-normal", "lecun", "lecun-normal", "orthogonal"] {
        let wanted = 0.5_f32.powi(2);
        assert!((0.8..1.2).contains(&(ratio(key) / wanted)), "{key}: {}", ratio(key));
    }
    let wanted = 192.0_f32.powi(2);
    assert!((0.8..1.2).contains(&(ratio("normal") / wanted)), "{}", ratio("normal"));
    assert!(spread(&found, "zeros").iter().all(|s| *s == 0.0));
    assert_eq!(desk.points(), points, "the run does not notice");
}

/// By plain loops over the same samples and weights, two passes each.
#[test]
fn spreads_are_standard_deviations() {
    let mut experiment = xor(12.0);
    experiment.init = Pick::new("normal").with("std", 0.5);
    experiment.model = vec![Pick::new("dense").with("units", 5.0), Pick::new("tanh")];
    let found = checkup(&mut still(&experiment));
    assert_eq!((found.spreads[0].init.clone(), found.spreads.len()), (experiment.init.clone(), 10), "defaults of the same stand beside it");
    let data = experiment.source().unwrap().generate().unwrap().unwrap();
    let picks = [Pick::new("dense").with("units", 5.0), Pick::new("tanh"), Pick::new("dense").with("units", 2.0)];
    let network = Network::new(&picks, &data.shape).unwrap();
    let (entry, values) = initializers::CATALOG.resolve(&experiment.init).unwrap();
    let weights = network.init((entry.build)(&values).as_ref(), &mut Rng::new(experiment.seed, 0));
    let weigh = |x: &[f64], at: usize, units: usize| -> Vec<f64> {
        (0..units).map(|o| x.iter().enumerate().map(|(i, x)| x * f64::from(weights[at + i * units + o])).sum()).collect()
    };
    let mut layers = vec![Vec::new(); 3];
    for x in data.train.inputs.chunks_exact(2).take(found.samples) {
        let hidden = weigh(&x.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(), 0, 5);
        let bent: Vec<f64> = hidden.iter().map(|v| v.tanh()).collect();
        layers[2].extend(weigh(&bent, 2 * 5 + 5, 2));
        layers[1].extend(bent);
        layers[0].extend(hidden);
    }
    for (values, found) in layers.iter().zip(&found.spreads[0].layers) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let wanted = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((f64::from(*found) / wanted - 1.0).abs() < 1e-5, "{found} is not {wanted}");
    }
}

#[test]
fn lbfgs_goes_by_all_samples_and_says_so() {
    let mut experiment = xor(12.0);
    experiment.optimizer = Pick::new("lbfgs");
    experiment.train.lr = 1.0;
    let refused = |experiment: &Experiment| format!("{:?}", still(experiment).failures());
    let said = refused(&experiment);
    assert!(said.contains("batch") && said.contains("200 or more"), "{said}");
    experiment.train.batch = 200;
    for (key, set) in [("sam", 0), ("clip", 1), ("gradnoise", 2)] {
        let mut wrong = experiment.clone();
        *[&mut wrong.train.sam, &mut wrong.train.clip, &mut wrong.train.noise][set] = 0.5;
        assert!(refused(&wrong).contains(key), "{key}");
    }
    let found = lap(&experiment, 40.0, 1.0);
    let adam = lap(&Experiment { optimizer: Pick::new("adam"), ..experiment.clone() }, 40.0, 0.01);
    let last = |lap: &Lap| lap.points.last().unwrap().loss;
    assert!(last(&found) < 0.5 * last(&adam), "40 steps of all samples: {} and {}", last(&found), last(&adam));
}

#[test]
fn a_step_on_one_sample_says_all_its_numbers() {
    let mut experiment = xor(2.0);
    experiment.train.l2 = 0.01;
    let mut desk = Desk::start(&experiment);
    desk.until(is_finished);
    let found = walk(&mut desk, Some(5), 0);
    assert_eq!((found.sample, found.layers.len()), (5, experiment.model.len() + 1));
    assert_eq!(walk(&mut desk, Some(5), 9), found, "the same sample has the same numbers");
    assert_eq!(walk(&mut desk, Some(usize::MAX), 0).sample, found.of - 1);
    let drawn: Vec<usize> = (0..4).map(|draw| walk(&mut desk, None, draw).sample).collect();
    assert!(drawn.windows(2).any(|two| two[0] != two[1]), "{drawn:?}");
    for two in found.layers.windows(2) {
        assert_eq!(two[0].output, two[1].input);
    }
    let last = found.layers.last().unwrap();
    assert!(found.filled.starts_with("L = −ln( e^") && found.filled.ends_with(&format!("= {:.4}", found.loss)), "{}", found.filled);
    let [gradient, bias] = [&last.gradient, &last.tensors[1].gradient];
    assert_eq!(gradient.values, bias.values, "a bias is added");
    let penalised = |m: &whittle::protocol::Move, t: &whittle::protocol::WalkTensor| {
        let at = m.place[0] * t.used.shape[1] + m.place[1];
        (m.gradient - (t.gradient.values[at] + 0.01 * t.used.values[at])).abs() < 1e-6
    };
    let weight = &last.tensors[0];
    assert!(weight.moves.iter().all(|m| penalised(m, weight) && m.after != m.before));
    assert!(found.notes.iter().any(|note| note.starts_with("Penalties")));
}

#[test]
fn a_step_on_one_sample_is_refused_where_it_says_nothing() {
    let mut experiment = xor(2.0);
    experiment.optimizer = Pick::new("lbfgs");
    experiment.train.batch = 1000;
    let mut desk = still(&experiment);
    ask(&mut desk, LabWish::Walk { sample: None, draw: 0 });
    desk.until(|m| matches!(news(m), Some(LabNews::Stopped)));
    desk.until(|m| matches!(m, FromWorker::Failed { .. }));
}

/// A run by a schedule with warm restarts: cycles end after 3 and 9 epochs.
fn restarts(epochs: f64) -> Experiment {
    Experiment { schedule: Pick::new("warm-restarts"), ..xor(epochs) }
}

fn snapshots(desk: &mut Desk, members: usize) -> Snapshots {
    ask(desk, LabWish::Snapshots { members });
    let done = |m: &FromWorker| matches!(news(m), Some(LabNews::Snapshots(s)) if s.done);
    let Some(LabNews::Snapshots(found)) = news(desk.until(done)).cloned() else { unreachable!() };
    found
}

/// Judgement and fp32 file of a whole run.
fn trained(epochs: f64) -> (Evaluation, Vec<u8>) {
    let mut desk = Desk::start(&restarts(epochs));
    let FromWorker::Finished { summary, .. } = desk.until(is_finished).clone() else { unreachable!() };
    desk.say(ToWorker::Export { run: RUN, form: Form::Dense });
    let FromWorker::File { bytes, .. } = desk.until(|m| matches!(m, FromWorker::File { .. })).clone() else { unreachable!() };
    (summary.baseline, bytes.0)
}

#[test]
fn snapshots_are_the_weights_at_the_ends_of_cycles_and_answer_by_their_mean() {
    let mut desk = still(&restarts(11.0));
    let points = desk.points();
    let found = snapshots(&mut desk, 5);
    assert_eq!(found.members.iter().map(|m| m.epoch).collect::<Vec<_>>(), [3, 9], "what is left of a cycle is not trained");
    let runs = [3.0, 9.0].map(trained);
    for (member, (judged, _)) in found.members.iter().zip(&runs) {
        assert_eq!(
            (member.loss, member.score),
            (judged.loss, judged.score),
            "epoch {}: to the bit those of a run that ends there",
            member.epoch
        );
    }
    let last = found.members[1];
    assert_eq!((found.together[0].members, found.together[0].loss, found.together[0].score), (1, last.loss, last.score));
    // All together, by plain loops over the files' models.
    let data = restarts(11.0).source().unwrap().generate().unwrap().unwrap();
    let (mut loss, mut hits) = (0.0, 0_u32);
    for (x, class) in data.test.inputs.chunks_exact(2).zip(&data.test.classes) {
        let mut shares = [0.0_f64; 2];
        for (_, file) in &runs {
            let z: Vec<f64> = runner(file).run(x, 1).iter().map(|z| f64::from(*z)).collect();
            let sum: f64 = z.iter().map(|z| z.exp()).sum();
            shares.iter_mut().zip(&z).for_each(|(s, z)| *s += z.exp() / sum / 2.0);
        }
        loss -= shares[*class as usize].ln() / data.test.len as f64;
        hits += u32::from(usize::from(shares[1] > shares[0]) == *class as usize);
    }
    let both = found.together[1];
    assert!((f64::from(both.loss) - loss).abs() < 1e-5, "{} is not {loss}", both.loss);
    assert_eq!((both.members, both.score), (2, hits as f32 / data.test.len as f32));
    let length = found.together[0].bytes;
    assert_eq!(both.bytes, 2 * length, "the files of all members");
    // A file names its experiment, and this one has more epochs by a digit.
    assert_eq!(length as usize, runs[1].1.len() + 1);
    let [one, all] = found.latency.unwrap();
    assert!(one.p50 > 0.0 && all.p50 > 0.0 && one.calls > 0 && all.calls > 0, "{one:?}, {all:?}");
    // Two epochs more are trained in the settings than a cycle ends in.
    assert_eq!((found.step, *found.experiment), (90, restarts(11.0).without_goal()));
    assert_eq!(desk.points(), points, "the run does not notice");
}

fn runner(file: &[u8]) -> Runner {
    Runner::new(&artifact::decode(file).unwrap().model).unwrap()
}

#[test]
fn an_ensemble_of_one_is_the_last_cycle() {
    let found = snapshots(&mut still(&restarts(9.0)), 1);
    let (judged, file) = trained(9.0);
    assert_eq!(found.members.len(), 1);
    assert_eq!((found.members[0].epoch, found.together.len()), (9, 1));
    assert_eq!((found.together[0].loss, found.together[0].score), (judged.loss, judged.score));
    assert_eq!(found.together[0].bytes as usize, file.len());
}

#[test]
fn where_no_cycle_ends_there_are_no_snapshots() {
    for (experiment, members, field) in
        [(xor(9.0), 2, "schedule"), (restarts(2.0), 2, "schedule"), (restarts(9.0), 0, "members"), (restarts(9.0), 11, "members")]
    {
        let mut desk = still(&experiment);
        ask(&mut desk, LabWish::Snapshots { members });
        let FromWorker::Failed { error: RunError::Spec(error), .. } = desk.until(|m| matches!(m, FromWorker::Failed { .. })).clone() else {
            unreachable!()
        };
        assert_eq!(error.field(), field);
        assert!(desk.heard.iter().any(|m| news(m) == Some(&LabNews::Stopped)));
    }
}
