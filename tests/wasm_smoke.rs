//! The library, compiled to WebAssembly, runs in a browser's worker.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn runs_with_128_bit_simd() {
    assert_eq!(whittle::session::ENGINE, "wasm simd128");
}
