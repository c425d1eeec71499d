//! A run that goes on from a moment of itself is the run that was never left, to the bit: with every optimizer, and through every layer.

use whittle::engine::{
    activations,
    catalog::Pick,
    data::{Samples, Task},
    initializers, layers, losses,
    network::Network,
    optimizers,
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rules, Score, Settings, Snapshot, Trainer},
};

/// Outputs of all networks here, which is how many tokens there are.
const OUTPUTS: u32 = 3;
const SAMPLES: usize = 20;
/// Steps of a run, and those before the moment that it goes on from: one within an epoch.
const STEPS: usize = 11;
const BEFORE: usize = 5;

fn samples(network: &Network) -> Samples {
    let mut rng = Rng::new(4, 0);
    let tokens = network.nodes()[0].layer.first();
    let mut input = || if tokens { rng.below(OUTPUTS) as f32 } else { rng.range(-1.0, 1.0) };
    let inputs = (0..SAMPLES * network.input().len()).map(|_| input()).collect();
    Samples { len: SAMPLES, inputs, classes: (0..SAMPLES as u32).map(|i| i * i % OUTPUTS).collect(), values: Vec::new() }
}

/// A run at its first step. L-BFGS goes by all samples at each step, as a session has it.
fn begin(model: &[Pick], input: &Shape, optimizer: &Pick) -> Trainer {
    let network = Network::new(model, input).unwrap_or_else(|e| panic!("{model:?}: {e}"));
    let build = |pick: &Pick| optimizers::CATALOG.resolve(pick).map(|(e, v)| (e.build)(&v)).unwrap();
    let rules = Rules {
        loss: losses::CATALOG.resolve(&Pick::new("cross-entropy")).map(|(e, v)| (e.build)(&v)).unwrap(),
        optimizer: build(optimizer),
        optimizer_key: optimizer.key.clone(),
        schedule: schedules::CATALOG.resolve(&Pick::new("cosine")).map(|(e, v)| (e.build)(&v)).unwrap(),
    };
    let init = initializers::CATALOG.resolve(&Pick::new("he")).map(|(e, v)| (e.build)(&v)).unwrap();
    let params = network.init(init.as_ref(), &mut Rng::new(3, 0));
    let batch = if optimizer.key == optimizers::FULL_BATCH { SAMPLES } else { 6 };
    let settings = Settings { lr: 0.02, batch, epochs: 9.0, warmup: 0.5, l1: 1e-4, l2: 1e-3, max_norm: 2.0 };
    let task = Task::Classes((0..OUTPUTS).map(|class| format!("class {class}")).collect());
    let mut trainer = Trainer::new(network, params, task, settings, rules, 9);
    let held = trainer.params.len() / 3;
    trainer.hold((0..trainer.params.len()).map(|i| f32::from(u8::from(i != held))).collect());
    trainer
}

/// Everything that a run is made of after `steps` more steps, bit by bit, and their losses.
fn run(trainer: &mut Trainer, data: &Samples, steps: usize) -> (Vec<u32>, Vec<u8>) {
    let losses = (0..steps).map(|_| trainer.step(data, &mut Score::default()).loss.to_bits()).collect();
    (losses, bytes(&trainer.snapshot()))
}

/// A moment as a checkpoint holds it.
fn bytes(moment: &Snapshot) -> Vec<u8> {
    postcard::to_allocvec(moment).expect("it can be written")
}

/// What differs between a run and one that goes on from its moments, if anything does; and how often samples were looked at more than once in a step.
fn check(model: &[Pick], input: &Shape, optimizer: &Pick) -> Result<usize, String> {
    let mut whole = begin(model, input, optimizer);
    let data = samples(&whole.network);
    let start = whole.params.clone();
    let (losses, end) = run(&mut whole, &data, STEPS);
    if losses.iter().any(|loss| !f32::from_bits(*loss).is_finite()) || whole.params.iter().any(|p| !p.is_finite()) {
        return Err("it comes to what is no number".into());
    }
    if whole.network.params() > 0 && start == whole.params {
        return Err("nothing is learnt".into());
    }
    // Of a moment that went through a checkpoint, in a trainer that has seen nothing.
    let again = |moment: &Snapshot| {
        let moment = bytes(moment);
        let mut second = begin(model, input, optimizer);
        second.restore(&postcard::from_bytes(&moment).map_err(|e| e.to_string())?)?;
        let (rest, last) = run(&mut second, &data, STEPS - BEFORE);
        if rest != losses[BEFORE..] {
            Err("other losses".to_string())
        } else if last != end {
            Err("another end".into())
        } else {
            Ok(())
        }
    };
    let mut first = begin(model, input, optimizer);
    run(&mut first, &data, BEFORE);
    again(&first.snapshot()).map_err(|e| format!("between two steps: {e}"))?;
    // And in the middle of a step: it is done anew.
    let mut looks = 0;
    while first.advance(&data, &mut Score::default()).is_none() {
        looks += 1;
        again(&first.snapshot()).map_err(|e| format!("after {looks} looks of a step: {e}"))?;
    }
    let (_, last) = run(&mut first, &data, STEPS - BEFORE - 1);
    if last != end { Err("to be looked at changes it".into()) } else { Ok(looks) }
}

/// Convolution, statistics, dropout and dense layers: what some optimizer or other treats apart.
fn mixed() -> (Vec<Pick>, Shape) {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let model = vec![
        Pick::new("conv2d").with("filters", 3.0),
        Pick::new("batchnorm"),
        Pick::new("relu"),
        Pick::new("flatten"),
        dense(6.0),
        Pick::new("tanh"),
        Pick::new("dropout"),
        dense(f64::from(OUTPUTS)),
    ];
    (model, Shape(vec![5, 4, 1]))
}

#[test]
fn every_optimizer_resumes_a_run_bit_for_bit() {
    let (model, input) = mixed();
    let mut wrong = Vec::new();
    for entry in optimizers::CATALOG.entries {
        let mut picks = vec![Pick::new(entry.key)];
        for spec in entry.params {
            picks.extend([spec.range.0, spec.range.1].map(|v| Pick::new(entry.key).with(spec.key, v)));
        }
        for (at, pick) in picks.iter().enumerate() {
            match check(&model, &input, pick) {
                Ok(looks) if at == 0 && (looks > 0) != (entry.key == optimizers::FULL_BATCH) => {
                    wrong.push(format!("{pick:?}: {looks} looks"))
                }
                Ok(_) => {}
                Err(error) => wrong.push(format!("{pick:?}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Optimizers that treat what they are met with apart run otherwise when they are not met: else the test above would not see them.
#[test]
fn optimizers_are_met_in_these_runs() {
    struct Stranger(Box<dyn optimizers::Optimizer>);
    impl optimizers::Optimizer for Stranger {
        fn slots(&self) -> usize {
            self.0.slots()
        }
        fn update(&self, step: u64, lr: f32, param: &mut [f32], grad: &[f32], memory: &mut [Vec<f32>]) {
            self.0.update(step, lr, param, grad, memory);
        }
        fn wgsl(&self) -> Option<whittle::kernels::wgsl::Wgsl> {
            None
        }
        fn rule(&self, step: u64, lr: f32) -> [f32; 4] {
            self.0.rule(step, lr)
        }
    }
    let (model, input) = mixed();
    for key in ["muon", optimizers::FULL_BATCH] {
        let pick = Pick::new(key);
        let mut known = begin(&model, &input, &pick);
        let data = samples(&known.network);
        let mut unknown = begin(&model, &input, &pick);
        let rule = optimizers::CATALOG.resolve(&pick).map(|(e, v)| (e.build)(&v)).unwrap();
        unknown.set_optimizer(key, Box::new(Stranger(rule)));
        assert_ne!(run(&mut known, &data, STEPS), run(&mut unknown, &data, STEPS), "{key}");
    }
}

/// Each layer and activation behind others and before the last, on a row, on steps and on an image where it takes them; what has to come first comes first.
#[test]
fn every_layer_resumes_a_run_bit_for_bit() {
    let last = Pick::new("dense").with("units", f64::from(OUTPUTS));
    let shapes = [vec![6], vec![4, 6], vec![6, 5, 2]].map(Shape);
    let adam = Pick::new("adam");
    let mut wrong = Vec::new();
    let layers =
        layers::CATALOG.entries.iter().map(|e| (e.key, e.params)).chain(activations::CATALOG.entries.iter().map(|e| (e.key, e.params)));
    for (key, params) in layers {
        let mut picks = vec![Pick::new(key)];
        for spec in params {
            // No more than a small network bears.
            picks.extend([spec.range.0, spec.range.1.min(8.0)].map(|v| Pick::new(key).with(spec.key, v)));
        }
        let mut runs = 0;
        for pick in picks {
            for input in &shapes {
                let behind: Vec<Pick> =
                    (0..8).map(|_| Pick::new("tanh")).chain([pick.clone(), Pick::new("flatten"), last.clone()]).collect();
                let first = vec![pick.clone(), Pick::new("flatten"), last.clone()];
                let Some(model) = [behind, first].into_iter().find(|model| Network::new(model, input).is_ok()) else { continue };
                runs += 1;
                if let Err(error) = check(&model, input, &adam) {
                    wrong.push(format!("{pick:?} on {input}: {error}"));
                }
            }
        }
        if runs == 0 {
            wrong.push(format!("{key} runs on no shape here"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
