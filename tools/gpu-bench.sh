#!/usr/bin/env bash
# Measures the built page's bench.html on this machine's GPU beside TensorFlow.js and jax-js on theirs, in one browser and one run; needs `make dist` first.
# Arguments go to benches/gpu/run.py: --rounds 5 --workloads W2-b32,W5, or --software to try it on Chromium's program that plays a GPU.
# Results lie in benches/gpu/results/.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ROOT/tools/peers-build.sh"
cd "$ROOT"

python3 benches/gpu/run.py --chromium "$CHROMIUM" --out benches/gpu/results \
  --page 'whittle=dist/bench.html?backend=webgpu' \
  --page 'tfjs-webgpu=benches/peers/dist/tfjs-webgpu.html' \
  --page 'jaxjs-webgpu=benches/peers/dist/jaxjs.html?device=webgpu' "$@"
