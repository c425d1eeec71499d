//! The GPU against the CPU in a browser: losses over 100 steps, for every layer with one optimizer and every optimizer with some layer.
//! Chromium's software adapter will do. It is slow: every layer with every optimizer, and the largest products, are `gpu.rs`'s.
#![cfg(all(target_arch = "wasm32", feature = "gpu"))]

mod gpu_cases;
mod gpu_support;
mod packed_cases;

use std::rc::Rc;

use gpu_cases::{Case, networks, optimizer_picks};
use gpu_support::{Run, differences, losses_penalties_and_masks, networks_and_optimizers, normalizations, reductions};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use whittle::gpu::{device::Gpu, program::Abilities};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn gpu() -> Rc<Gpu> {
    Gpu::open().await.expect("webdriver.json asks for an adapter in software")
}

/// Networks that keep a GPU in software busy for long.
const SLOW: [&str; 6] =
    ["large tiles", "transformer, large tiles", "transformer, 65 positions and tokens", "many rows", "wide rows", "batchnorm of an image"];

/// All other networks.
fn cases() -> Vec<Case> {
    networks().into_iter().filter(|case| !SLOW.contains(&case.name.as_str())).collect()
}

async fn follow(runs: &[Run<'_>]) {
    assert!(!runs.is_empty());
    let wrong = differences(&gpu().await, runs).await;
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[wasm_bindgen_test]
async fn losses_follow_the_cpu_for_every_network_and_every_optimizer() {
    let cases = cases();
    // The next network with the next of its optimizers.
    let runs: Vec<_> = cases
        .iter()
        .enumerate()
        .filter_map(|(i, case)| {
            let mut mine = networks_and_optimizers(std::slice::from_ref(case));
            let which = i % mine.len().max(1);
            (which < mine.len()).then(|| mine.swap_remove(which))
        })
        .collect();
    let used = |key: &str| runs.iter().any(|run| run.optimizer.key == key);
    assert!(optimizer_picks().iter().all(|pick| used(&pick.key)), "every optimizer has its turn");
    follow(&runs).await;
}

#[wasm_bindgen_test]
async fn losses_follow_the_cpu_for_every_loss_penalty_and_mask() {
    // Blocks have their penalties and masks in `gpu.rs`.
    let cases: Vec<_> =
        cases().into_iter().filter(|case| !case.name.starts_with("batchnorm of") && !case.name.starts_with("add of")).collect();
    follow(&losses_penalties_and_masks(&cases)).await;
}

/// Says *skipped* where the browser's adapter has no subgroups.
#[wasm_bindgen_test]
async fn sums_within_subgroups_are_those_in_workgroup_memory() {
    let wrong = reductions(&gpu().await).await.unwrap_or_default();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[wasm_bindgen_test]
async fn normalizations_end_where_the_cpu_does() {
    let wrong = normalizations(&gpu().await).await;
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[wasm_bindgen_test]
async fn chromiums_adapter_is_known_for_software() {
    assert!(gpu().await.software());
}

/// A few of the native test's cases, with the dot product of four that Chromium's WGSL has, and without.
#[wasm_bindgen_test]
async fn packed_layers_give_what_the_cpu_gives() {
    let gpu = gpu().await;
    assert!(gpu.abilities().dot4, "Chromium's WGSL has it");
    let cases = packed_cases::cases();
    for (i, case) in cases.iter().filter(|case| case.batch < 100).enumerate().step_by(13) {
        let abilities = if i % 2 == 0 { gpu.abilities() } else { Abilities::default() };
        packed_cases::agrees(&gpu, case, abilities).await.unwrap();
    }
}

/// Floats of 16 bits with the browser's `shader-f16` where it has that, and without: few rows and tiles, dense and convolutions.
#[wasm_bindgen_test]
async fn floats_of_16_bits_give_what_the_cpu_gives() {
    let gpu = gpu().await;
    if !gpu.abilities().f16 {
        web_sys::console::log_1(&"SKIPPED: kernels with shader-f16: the adapter has none".into());
    }
    let cases = packed_cases::cases();
    let mut ran = 0;
    for case in cases.iter().filter(|case| case.batch < 100 && packed_cases::is_of_16_bits(&case.model)).step_by(3) {
        for abilities in [gpu.abilities(), Abilities::default()] {
            packed_cases::agrees(&gpu, case, abilities).await.unwrap();
            ran += 1;
        }
    }
    assert!(ran > 10, "{ran}");
}
