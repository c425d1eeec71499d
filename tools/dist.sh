#!/usr/bin/env bash
# Builds the page for release into dist/, and fails where a file has outgrown its budget.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

# kB, as `gzip -9` packs them. docs/decisions/0010-page-weight.md says what keeps them small.
BUDGET_PAGE=413
BUDGET_LATER=630
BUDGET_WORKER=178
BUDGET_WORKER_LATER=712
BUDGET_TOGETHER=592
BUDGET_BENCH=150
BUDGET_FIRST_VIEW=652

trunk build --release --offline --locked
[ -f dist/index.html ]

# Bytes of the files named, each gzipped alone.
gzipped() {
  local sum=0 file
  for file in "$@"; do sum=$((sum + $(gzip -9c "$file" | wc -c))); done
  echo "$sum"
}
over=
# Name, budget in kB, files.
check() {
  local name=$1 budget=$2 bytes
  bytes=$(gzipped "${@:3}")
  printf 'dist: %s %s kB gzipped, of %s\n' "$name" "$((bytes / 1000))" "$budget"
  if [ "$bytes" -gt $((budget * 1000)) ]; then over+=" $name"; fi
}

shopt -s nullglob
page=(dist/page-*_bg.wasm)
# Browsers with relaxed SIMD load the other worker, which is a little larger.
worker=dist/worker_relaxed_bg.wasm
check page "$BUDGET_PAGE" "${page[@]}"
check 'page, loaded later' "$BUDGET_LATER" dist/page-*_later.wasm
check 'worker without relaxed SIMD' "$BUDGET_WORKER" dist/worker_bg.wasm
check worker "$BUDGET_WORKER" "$worker"
check 'worker, loaded later, without relaxed SIMD' "$BUDGET_WORKER_LATER" dist/worker_later.wasm
check 'worker, loaded later' "$BUDGET_WORKER_LATER" dist/worker_relaxed_later.wasm
check 'page and worker' "$BUDGET_TOGETHER" "${page[@]}" "$worker"
# What bench.html trains with.
check 'training in bench.html' "$BUDGET_BENCH" dist/bench-train_relaxed_bg.wasm dist/bench-train_relaxed.js
# What a first visit asks for until the first point of the curve, without data sets.
check 'first view' "$BUDGET_FIRST_VIEW" dist/index.html dist/*.css dist/boot.js dist/favicon.svg dist/page-*.js "${page[@]}" \
  dist/worker_loader.js dist/engine-build.js dist/worker_relaxed.js "$worker" dist/vendor/*
if [ -n "$over" ]; then
  echo "dist: over budget:$over" >&2
  exit 1
fi
