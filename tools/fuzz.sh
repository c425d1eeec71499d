#!/usr/bin/env bash
# Fuzzes the targets named as arguments, all of them when none is named, one after the other, each for $SECONDS_EACH seconds (600): stable Rust, no
# sanitizer, LLVM's own counters of edges and comparisons. What it finds lies in fuzz/artifacts/<target>/; a run ends at its first finding.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../fuzz"

targets=(table link recipe expression model_file)
[ $# -eq 0 ] || targets=("$@")
# Not named SECONDS, in which bash counts.
seconds="${SECONDS_EACH:-600}"
host="$(rustc -vV | sed -n 's/^host: //p')"
out="${CARGO_TARGET_DIR:-target}"

# With --target they hold for the targets alone, not for what builds them.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module"
for arg in level=4 inline-8bit-counters pc-table trace-compares; do RUSTFLAGS+=" -Cllvm-args=-sanitizer-coverage-$arg"; done
export RUSTFLAGS
cargo build --release --target "$host"

CORPUS=corpus "$out/$host/release/seeds" -runs=0 2>/dev/null
for target in "${targets[@]}"; do
  mkdir -p "artifacts/$target"
  echo "== $target, $seconds seconds"
  "$out/$host/release/$target" "corpus/$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 \
    -artifact_prefix="artifacts/$target/" -print_final_stats=1 "-dict=corpus/$target.dict" -verbosity=1
done
