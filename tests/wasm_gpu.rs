//! The GPU against the CPU in a browser: losses over 100 steps, for every layer and every optimizer. Chromium's software adapter will do.
#![cfg(all(target_arch = "wasm32", feature = "gpu"))]

mod gpu_cases;
mod gpu_support;

use std::rc::Rc;

use gpu_cases::networks;
use gpu_support::{Run, differences, losses_penalties_and_masks, networks_and_optimizers};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use whittle::gpu::device::Gpu;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn gpu() -> Rc<Gpu> {
    Gpu::open().await.expect("webdriver.json asks for an adapter in software")
}

async fn follow(runs: &[Run<'_>]) {
    assert!(!runs.is_empty());
    let wrong = differences(&gpu().await, runs).await;
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[wasm_bindgen_test]
async fn losses_follow_the_cpu_for_every_network_and_optimizer() {
    let cases = networks();
    follow(&networks_and_optimizers(&cases)).await;
}

#[wasm_bindgen_test]
async fn losses_follow_the_cpu_for_every_loss_penalty_and_mask() {
    let cases = networks();
    follow(&losses_penalties_and_masks(&cases)).await;
}

#[wasm_bindgen_test]
async fn chromiums_adapter_is_known_for_software() {
    assert!(gpu().await.software());
}
