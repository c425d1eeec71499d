#!/usr/bin/env bash
# Trunk runs this when it has built the page (Trunk.toml): cuts the page's module in two, what the first view needs and what is
# loaded later (src/app/later.rs), and puts both in the place of the whole. Trunk itself cannot cut.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

whole="${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown"
case "$TRUNK_PROFILE" in release) whole+=/page/page.wasm ;; *) whole+=/debug/page.wasm ;; esac
glue=("$TRUNK_STAGING_DIR"/page-*.js)
name="$(basename "${glue[0]}" .js)"   # page-<hash>
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

wasm-split-cli "$whole" "$work/cut" --out-name "$name"
wasm-bindgen --target web --no-typescript --keep-lld-exports --out-dir "$work/bound" --out-name "$name" "$work/cut/$name.wasm"
mv "$work/bound/$name.js" "$work/bound/${name}_bg.wasm" "$work"
mv "$work/cut/split_later.wasm" "$work/${name}_later.wasm"
mv "$work/cut/__wasm_split.js" "$work"
# A name that carries the hash, as browsers keep these files.
sed -i "s#split_later\.wasm#${name}_later.wasm#" "$work/__wasm_split.js"

# The two scripts become one, so that neither waits for the other.
bundle=(--bundle --format=esm --log-level=warning)
if [ "$TRUNK_PROFILE" = release ]; then
  bundle+=(--minify)
  # All features would make modules that browsers refuse.
  features=(bulk-memory nontrapping-float-to-int sign-ext mutable-globals reference-types multivalue simd)
  for part in bg later; do
    wasm-opt -Oz "${features[@]/#/--enable-}" "$work/${name}_$part.wasm" -o "$work/${name}_$part.wasm"
  done
fi
esbuild "${bundle[@]}" --outfile="$TRUNK_STAGING_DIR/$name.js" --allow-overwrite "$work/$name.js"
cp "$work/$name"_*.wasm "$TRUNK_STAGING_DIR"
