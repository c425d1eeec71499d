//! A training step allocates nothing after the first: counted by an allocator of this test's own.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use whittle::engine::{
    catalog::Pick,
    data::{Samples, Task},
    initializers, losses,
    network::Network,
    optimizers,
    quantization::ranges::Range,
    rng::Rng,
    schedules,
    shape::Shape,
    train::{Rounding, Rules, Score, Settings, Trainer},
};

/// Training samples.
const SAMPLES: usize = 40;

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on unchanged to the system's allocator; counting itself allocates nothing, since the cell is
// const-initialised and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn models() -> Vec<(&'static str, Vec<usize>, Vec<Pick>)> {
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let conv = |filters: f64| Pick::new("conv2d").with("filters", filters);
    let activations = whittle::engine::activations::CATALOG.entries.iter().flat_map(|a| [dense(9.0), Pick::new(a.key)]);
    vec![
        ("mlp", vec![20], activations.chain([Pick::new("dropout"), dense(4.0)]).collect()),
        (
            "cnn",
            vec![12, 12, 1],
            vec![
                conv(4.0),
                Pick::new("relu"),
                Pick::new("maxpool"),
                conv(6.0).with("stride", 2.0),
                Pick::new("gelu"),
                Pick::new("avgpool"),
                Pick::new("depthwise"),
                Pick::new("dropout"),
                Pick::new("globalpool"),
                dense(4.0),
            ],
        ),
        ("residual", vec![7], {
            let (norm, relu) = (|| Pick::new("layernorm"), || Pick::new("relu"));
            vec![dense(9.0), norm(), relu(), dense(9.0), relu(), Pick::new("add").with("back", 2.0), dense(4.0)]
        }),
    ]
}

#[test]
fn a_step_allocates_nothing_after_the_first() {
    let mut wrong = Vec::new();
    let (norm, relu) = (|| Pick::new("batchnorm"), || Pick::new("relu"));
    let conv = |filters: f64| Pick::new("conv2d").with("filters", filters);
    let dense = |units: f64| Pick::new("dense").with("units", units);
    let normalized =
        vec![conv(4.0), norm(), relu(), conv(4.0), norm(), Pick::new("add").with("back", 2.0), Pick::new("globalpool"), dense(3.0)];
    let exits = vec![conv(4.0), relu(), Pick::new("exit"), Pick::new("flatten"), dense(6.0), Pick::new("exit"), relu(), dense(4.0)];
    let transformer = vec![
        Pick::new("embedding"),
        Pick::new("position"),
        Pick::new("attention").with("heads", 4.0).with("mask", 1.0),
        Pick::new("add").with("back", 1.0),
        Pick::new("layernorm"),
        conv(8.0).with("kernel", 1.0),
        Pick::new("gelu"),
        dense(4.0),
    ];
    let more = [("normalized", vec![6, 5, 2], normalized), ("exits", vec![6, 5, 1], exits), ("transformer", vec![9], transformer)];
    for (name, input, picks) in models().into_iter().chain(more) {
        let input = Shape(input);
        for optimizer in optimizers::CATALOG.entries {
            for loss in losses::CATALOG.entries {
                let counts = count(&input, &picks, &Pick::new(optimizer.key), &Pick::new(loss.key), None);
                if counts[0] == 0 || counts[1..].iter().any(|c| *c > 0) {
                    wrong.push(format!("{name}, {}, {}: allocations per step {counts:?}", optimizer.key, loss.key));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nor_does_one_that_rounds() {
    for (name, input, picks) in models() {
        for (bits, per_channel, learned) in
            [(1, true, false), (2, true, false), (3, false, false), (8, true, false), (3, true, true), (2, false, true)]
        {
            let mut rounding = Rounding::plain(bits, per_channel, true);
            if learned {
                rounding.weights.range = Range::Learned;
            }
            let counts = count(&Shape(input.clone()), &picks, &Pick::new("adam"), &Pick::new("cross-entropy"), Some(rounding));
            // In the second step there are ranges to round to.
            assert!(counts[2..].iter().all(|c| *c == 0), "{name}, {rounding:?}: allocations per step {counts:?}");
        }
    }
}

/// Allocations of each step of three epochs, in mini-batches of 16, 16 and 8, with everything that a step can have to do.
fn count(input: &Shape, picks: &[Pick], optimizer: &Pick, loss: &Pick, rounding: Option<Rounding>) -> Vec<u64> {
    let network = Network::new(picks, input).unwrap();
    let he = initializers::CATALOG.resolve(&Pick::new("he")).unwrap();
    let rules = Rules {
        loss: losses::CATALOG.resolve(loss).map(|(e, v)| (e.build)(&v)).unwrap(),
        optimizer: optimizers::CATALOG.resolve(optimizer).map(|(e, v)| (e.build)(&v)).unwrap(),
        optimizer_key: optimizer.key.clone(),
        schedule: schedules::CATALOG.resolve(&Pick::new("cosine")).map(|(e, v)| (e.build)(&v)).unwrap(),
    };
    let mut rng = Rng::new(1, 0);
    let params = network.init((he.0.build)(&he.1).as_ref(), &mut rng);
    let keep = (0..params.len()).map(|i| f32::from(u8::from(i % 3 != 0))).collect();
    let (width, outputs) = (network.input().len(), network.output().len());
    let data = Samples {
        len: SAMPLES,
        inputs: (0..SAMPLES * width).map(|_| rng.range(-1.0, 1.0)).collect(),
        classes: (0..SAMPLES).map(|_| rng.below(outputs as u32)).collect(),
        values: Vec::new(),
    };
    let settings = Settings { lr: 0.01, batch: 16, epochs: 3.0, warmup: 1.0, l1: 1e-3, l2: 1e-2, max_norm: 1.0 };
    let task = Task::Classes((0..outputs).map(|i| i.to_string()).collect());
    let mut trainer = Trainer::new(network, params, task, settings, rules, 7);
    trainer.hold(keep);
    trainer.fake_quantize(rounding.map(|rounding| (rounding, 0.0)));
    let mut score = Score::default();

    let mut counts = Vec::with_capacity(9);
    for _ in 0..9 {
        let before = COUNT.get();
        trainer.step(&data, &mut score);
        counts.push(COUNT.get() - before);
    }
    assert_eq!(trainer.epoch(SAMPLES), 3.0);
    counts
}
