#!/usr/bin/env bash
# Builds the page for release into dist/, and fails where a file has outgrown its budget.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

# kB, as `gzip -9` packs them. docs/decisions/0010-page-weight.md says what keeps them small.
BUDGET_PAGE=640
BUDGET_WORKER=320
BUDGET_FIRST_VIEW=1000

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
check page "$BUDGET_PAGE" dist/page-*.wasm
check worker "$BUDGET_WORKER" dist/worker_bg.wasm
# What a first visit asks for, without data sets.
check 'first view' "$BUDGET_FIRST_VIEW" dist/index.html dist/*.css dist/boot.js dist/favicon.svg dist/page-* dist/worker* dist/vendor/*
if [ -n "$over" ]; then
  echo "dist: over budget:$over" >&2
  exit 1
fi
