//! The same as `kernels.rs`, in a browser: `cargo test --target wasm32-unknown-unknown --test wasm_kernels`. With relaxed SIMD sums
//! agree within a rounding, and their bits are the browser's own.
#![cfg(target_arch = "wasm32")]

mod kernel_cases;

use kernel_cases::FAMILIES;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn fast_kernels_agree_with_their_references() {
    let mut failures = Vec::new();
    for family in FAMILIES {
        failures.extend((family.failures)().into_iter().map(|line| format!("{}: {line}", family.name)));
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures[..failures.len().min(40)].join("\n"));
}

#[wasm_bindgen_test]
fn results_are_the_bits_that_every_target_gives() {
    if whittle::kernels::lanes::FUSED {
        return;
    }
    for family in FAMILIES {
        assert_eq!((family.hash)(), family.expected, "{}", family.name);
    }
}
