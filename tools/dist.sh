#!/usr/bin/env bash
# Builds the page for release into dist/.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

trunk build --release --offline --locked
[ -f dist/index.html ]

# What a visitor downloads, without data sets.
printf 'dist:'
for file in dist/*.wasm; do
  printf ' %s %s kB (%s gzipped) ' "$(basename "$file")" "$(($(wc -c <"$file") / 1000))" "$(($(gzip -9c "$file" | wc -c) / 1000))"
done
printf '\n'
