#!/usr/bin/env bash
# Builds the module four times (with 128-bit SIMD and with relaxed SIMD, with Whittle's options for the compiler and with its defaults, which suit the other crates
# better), and times all in turn in headless Chromium. Prints GFLOP/s: each library's in the better of its two builds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out="${CARGO_TARGET_DIR:-target}"
target=wasm32-unknown-unknown
ours='"-C", "llvm-args=-inline-threshold=5", "-C", "llvm-args=-pre-RA-sched=source",'
modules=()
for features in simd128 simd128,+relaxed-simd; do
  for options in "$ours" ''; do
    name="${features##*+}-$([ -n "$options" ] && echo ours || echo plain)"
    flags="[$options \"-C\", \"target-feature=+$features\", \"--cfg\", \"getrandom_backend=\\\"wasm_js\\\"\"]"
    # Flags given this way take the place of those in the project's .cargo/config.toml.
    CARGO_ENCODED_RUSTFLAGS="$(node -e 'process.stdout.write(JSON.parse(process.argv[1]).join("\x1f"))' "$flags")" \
      cargo build --release --target "$target" --target-dir "$out/gemm-$name"
    modules+=("$name=$out/gemm-$name/$target/release/whittle_gemm_peer.wasm")
  done
done
node run.mjs "${modules[@]}"
