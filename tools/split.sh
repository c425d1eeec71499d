#!/usr/bin/env bash
# Trunk runs this when it has built the page (Trunk.toml): cuts the page's module in two, what the first view needs and what is
# loaded later (src/app/later.rs), the worker's too (src/session/rest.rs), and puts the parts in the place of the wholes. Trunk itself cannot cut.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

built="${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown"
case "$TRUNK_PROFILE" in release) page=page worker=release ;; *) page=debug worker=debug ;; esac
glue=("$TRUNK_STAGING_DIR"/page-*.js)
tools/cut.sh "$built/$page/page.wasm" "$(basename "${glue[0]}" .js)" -Oz   # page-<hash>
tools/cut.sh "$built/$worker/worker.wasm" worker -O3
