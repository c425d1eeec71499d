//! A training step allocates nothing after the first: counted by an allocator of this test's own.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use whittle::engine::{
    catalog::Pick,
    initializers,
    losses::{self, Target},
    network::{Network, Tape},
    optimizers::{self, State},
    rng::Rng,
    schedules,
    shape::Shape,
};

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
                Pick::new("dropout"),
                Pick::new("flatten"),
                dense(4.0),
            ],
        ),
    ]
}

#[test]
fn a_step_allocates_nothing_after_the_first() {
    let mut wrong = Vec::new();
    for (name, input, picks) in models() {
        let network = Network::new(&picks, &Shape(input)).unwrap();
        for optimizer in optimizers::CATALOG.entries {
            for loss in losses::CATALOG.entries {
                let counts = count(&network, &Pick::new(optimizer.key), &Pick::new(loss.key));
                if counts[0] == 0 || counts[1..].iter().any(|c| *c > 0) {
                    wrong.push(format!("{name}, {}, {}: allocations per step {counts:?}", optimizer.key, loss.key));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Allocations of each of five steps; the last mini-batches are smaller, as at the end of an epoch, and then full again.
fn count(network: &Network, optimizer: &Pick, loss: &Pick) -> Vec<u64> {
    let he = initializers::CATALOG.resolve(&Pick::new("he")).unwrap();
    let rule = optimizers::CATALOG.resolve(optimizer).map(|(e, v)| (e.build)(&v)).unwrap();
    let loss = losses::CATALOG.resolve(loss).map(|(e, v)| (e.build)(&v)).unwrap();
    let schedule = schedules::CATALOG.resolve(&Pick::new("cosine")).map(|(e, v)| (e.build)(&v)).unwrap();
    let mut rng = Rng::new(1, 0);
    let mut params = network.init((he.0.build)(&he.1).as_ref(), &mut rng);
    let mut grad = vec![0.0; params.len()];
    let mut state = State::new(rule.as_ref(), params.len());
    let mut tape = Tape::default();
    let outputs = network.output().len();
    let x: Vec<f32> = (0..16 * network.input().len()).map(|_| rng.range(-1.0, 1.0)).collect();
    let classes: Vec<u32> = (0..16).map(|_| rng.below(outputs as u32)).collect();
    let mut dout = vec![0.0; 16 * outputs];

    let mut counts = Vec::with_capacity(5);
    for (step, batch) in [16, 16, 5, 1, 16].into_iter().enumerate() {
        let before = COUNT.get();
        let x = &x[..batch * network.input().len()];
        let dout = &mut dout[..batch * outputs];
        let output = network.forward(&params, x, batch, true, &mut rng, &mut tape);
        loss.eval(output, Target::Classes(&classes[..batch]), outputs, dout);
        network.backward(&params, x, batch, dout, &mut grad, &mut tape);
        state.step += 1;
        let lr = 0.01 * schedule.factor(step as f64, 5.0) as f32;
        rule.update(state.step, lr, &mut params, &grad, &mut state.memory);
        counts.push(COUNT.get() - before);
    }
    counts
}
