#!/usr/bin/env bash
# Cuts a module in two, what the first view needs and what is loaded later, and puts both, with their glue, into the folder that Trunk builds.
#
#   tools/cut.sh MODULE.wasm NAME LEVEL [FEATURE…]
#
# NAME.js, NAME_bg.wasm and NAME_later.wasm come out of it. LEVEL is that of wasm-opt, which has to be told the features: with all of them it writes
# modules that browsers refuse.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

whole=$1 name=$2 level=$3
features=(bulk-memory nontrapping-float-to-int sign-ext mutable-globals reference-types multivalue simd "${@:4}")
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

wasm-split-cli "$whole" "$work/cut" --out-name "$name"
wasm-bindgen --target web --no-typescript --keep-lld-exports --out-dir "$work/bound" --out-name "$name" "$work/cut/$name.wasm"
mv "$work/bound/$name.js" "$work/bound/${name}_bg.wasm" "$work"
mv "$work/cut/split_later.wasm" "$work/${name}_later.wasm"
mv "$work/cut/__wasm_split.js" "$work"
# A name that says whose part it is, and carries the hash where there is one, as browsers keep such files.
sed -i "s#split_later\.wasm#${name}_later.wasm#" "$work/__wasm_split.js"

# The two scripts become one, so that neither waits for the other.
bundle=(--bundle --format=esm --log-level=warning --external:./gpu.js)
if [ "${TRUNK_PROFILE:-}" = release ]; then
  bundle+=(--minify)
  for part in bg later; do
    # A second round finds a kilobyte more.
    for _ in 1 2; do
      wasm-opt "$level" "${features[@]/#/--enable-}" "$work/${name}_$part.wasm" -o "$work/${name}_$part.wasm"
    done
  done
fi
esbuild "${bundle[@]}" --outfile="$TRUNK_STAGING_DIR/$name.js" --allow-overwrite "$work/$name.js"
cp "$work/$name"_{bg,later}.wasm "$TRUNK_STAGING_DIR"
