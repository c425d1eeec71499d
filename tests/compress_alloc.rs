//! A packed model allocates nothing after its first run of a batch size: counted by an allocator of this test's own.

mod compress_support;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use compress_support::{exits, inputs, networks, params, settings};
use whittle::{
    engine::{
        compress::{Calibration, Settings, compress},
        inference::Runner,
        quantization::{Format, Granularity},
    },
    kernels::small_floats::KINDS,
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

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn running_allocates_once_per_batch_size() {
    for (name, network) in networks().into_iter().chain(exits()) {
        let params = params(&network, 41);
        let x = inputs(&network, 70, 42);
        let plain = [(0.0, 32, 32), (0.0, 8, 8), (0.0, 4, 32), (0.98, 8, 8), (0.97, 32, 32), (0.0, 1, 8)];
        let plain = plain.map(|(sparsity, bits, activation_bits)| Settings { activation_bits, ..settings(sparsity, "layer", bits) });
        let narrow = KINDS.map(|kind| Settings { format: Format::Float(kind), ..settings(0.0, "layer", 32) });
        let grouped = [(4, false, 32), (8, true, 8), (3, true, 32)].map(|(bits, affine, activation_bits)| Settings {
            affine,
            activation_bits,
            granularity: Granularity::Group(32),
            ..settings(0.0, "layer", bits)
        });
        for settings in plain.into_iter().chain(narrow).chain(grouped) {
            let small = compress(&network, &params, None, &settings, &Calibration::of(&x)).expect(name);
            let mut runner = Runner::new(&small.model).expect(name);
            for (batch, threshold) in [(70, 1.0), (1, 1.0), (70, 0.5), (1, 0.5)] {
                // Samples leave where the network has exits.
                runner.set_exit(threshold);
                let x = &x[..batch * network.input().len()];
                runner.run(x, batch);
                // Heads compute here alone where nobody leaves.
                (0..runner.layers()).for_each(|i| runner.run_layer(i, x, batch));
                let before = COUNT.get();
                for _ in 0..5 {
                    runner.run(x, batch);
                    (0..runner.layers()).for_each(|i| runner.run_layer(i, x, batch));
                }
                assert_eq!(COUNT.get(), before, "{name}, batch {batch}: {settings:?}");
            }
        }
    }
}
