//! Whole training runs, natively: the bits that the browser must give too (see `wasm_parity.rs`).

#![cfg(not(target_arch = "wasm32"))]

mod parity_support;

#[test]
fn whole_runs_give_the_expected_bits() {
    let differences = parity_support::differences();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
