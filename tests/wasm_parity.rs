//! Whole training runs, in the browser: the same bits as natively (see `parity.rs`).

#![cfg(target_arch = "wasm32")]

mod parity_support;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn whole_runs_give_the_expected_bits() {
    let differences = parity_support::differences();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
