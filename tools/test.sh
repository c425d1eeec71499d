#!/usr/bin/env bash
# Runs the test steps named as arguments, all of them when none is named, and prints each runner's own summary at the end.
# The first failing step stops the run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

steps=(fmt clippy clippy-wasm native wasm wasm-relaxed docs docs-wasm dist e2e)
[ $# -eq 0 ] || steps=("$@")
logs="${CARGO_TARGET_DIR:-target}/test-logs"
mkdir -p "$logs"
rm -f "$logs"/*.log
wasm=(--target wasm32-unknown-unknown)

shopt -s nullglob
wasm_tests=()
for file in tests/wasm_*.rs; do wasm_tests+=(--test "$(basename "$file" .rs)"); done

run_fmt() { cargo fmt --all --check; }
run_clippy() { cargo clippy --locked --all-targets --features gpu -- -D warnings; }
run_clippy-wasm() {
  cargo clippy --locked "${wasm[@]}" --features split --lib --bins "${wasm_tests[@]}" -- -D warnings
  cargo clippy --locked "${wasm[@]}" --no-default-features --lib --bins -- -D warnings
  cargo "${RELAXED[@]}" clippy --locked "${wasm[@]}" --target-dir "$RELAXED_TARGET" --no-default-features --lib -- -D warnings
  cargo clippy --locked "${wasm[@]}" --no-default-features --features gpu --lib --bin gpu-engine --test wasm_gpu -- -D warnings
}
# With the GPU's tests, on whatever Vulkan driver there is, Mesa's software one too; each says SKIPPED where there is none.
run_native() { cargo test --locked --no-fail-fast --features gpu -- --show-output; }
run_wasm() {
  if [ ${#wasm_tests[@]} -eq 0 ]; then echo 'no tests/wasm_*.rs'; return; fi
  # The GPU's tests train many networks on whatever adapter the browser has, a software one too. None of them needs the page.
  WASM_BINDGEN_TEST_TIMEOUT=1500 cargo test --locked --no-fail-fast --no-default-features --features gpu "${wasm[@]}" "${wasm_tests[@]}"
}
# Kernels in the worker's other build.
run_wasm-relaxed() {
  cargo "${RELAXED[@]}" test --locked "${wasm[@]}" --target-dir "$RELAXED_TARGET" --no-default-features --test wasm_kernels
}
run_docs() { RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --features gpu; }
run_docs-wasm() { RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --features gpu "${wasm[@]}"; }
run_dist() { tools/dist.sh; }
run_e2e() { playwright test --config tests/e2e/playwright.config.mjs; }

# The lines in which the runner sums up.
summary_of() {
  case "$1" in
    native | wasm | wasm-relaxed) grep -E '^ *(Running|Doc-tests) |^test result:|SKIPPED|^error: [0-9]+ target|^no tests' "$2" || true ;;
    e2e) grep -E '^ *[0-9]+ (passed|failed|flaky|skipped|did not run|interrupted)|^ {4}(\[.*\] › )?tests/e2e/|^ *Error:' "$2" || true ;;
    dist) grep '^dist:' "$2" || true ;;
    *) grep -E '^ *Finished|^(error|warning)' "$2" | tail -n 3 || true ;;
  esac
}

done_steps=()
finished=
report() {
  local step
  printf '\n==== summary ====\n'
  for step in "${done_steps[@]}"; do
    printf -- '-- %s\n' "$step"
    summary_of "${step%% *}" "$logs/${step%% *}.log"
  done
  if [ -n "$finished" ]; then printf '==== all passed ====\n'; else printf '==== FAILED (%s) ====\n' "${current:-}"; fi
}
trap report EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for current in "${steps[@]}"; do
  printf '\n==== %s ====\n' "$current"
  start=$SECONDS
  # Not in an `if`: that would switch `set -e` off inside.
  set +e
  (set -e; "run_$current") </dev/null 2>&1 | sed -u 's/\x1b\[[0-9;]*m//g' | tee "$logs/$current.log"
  code=${PIPESTATUS[0]}
  set -e
  if [ "$code" -ne 0 ]; then done_steps+=("$current  FAILED after $((SECONDS - start)) s"); exit "$code"; fi
  done_steps+=("$current  passed in $((SECONDS - start)) s")
done
finished=yes
