#!/usr/bin/env bash
# Builds the worker and the benchmarks with relaxed SIMD and puts them beside those that Trunk has built with plain SIMD.
# Trunk calls it and says where.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

out="${TRUNK_STAGING_DIR:?Trunk says where the page is built}"
# The same features as in index.html, and the one that this is about.
features=(bulk-memory nontrapping-float-to-int sign-ext mutable-globals reference-types multivalue simd relaxed-simd)
profile=dev
folder=debug
if [ "${TRUNK_PROFILE:-}" = release ]; then profile=release; folder=release; fi
built="$RELAXED_TARGET/wasm32-unknown-unknown/$folder"

cargo "${RELAXED[@]}" build --locked --offline --profile "$profile" --target wasm32-unknown-unknown --target-dir "$RELAXED_TARGET" \
  --no-default-features --features split --bin worker --bin bench-train --bin bench-engine
tools/cut.sh "$built/worker.wasm" worker_relaxed -O3 relaxed-simd
for bench in bench-train bench-engine; do
  wasm-bindgen --target web --no-typescript --out-dir "$out" --out-name "${bench}_relaxed" "$built/$bench.wasm"
  if [ "$profile" = release ]; then
    wasm-opt -O3 "${features[@]/#/--enable-}" "$out/${bench}_relaxed_bg.wasm" -o "$out/${bench}_relaxed_bg.wasm"
  fi
done
