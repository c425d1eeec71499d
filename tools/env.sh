# Sourced by every recipe and script: where the tools are. Nothing is installed here.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$ROOT/tools/versions.env"
export PATH="$ROOT/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

first_on_path() { local c; for c in "$@"; do command -v "$c" 2>/dev/null && return; done; return 0; }
CHROMIUM="${CHROMIUM:-$(first_on_path chromium chromium-browser google-chrome google-chrome-stable)}"
CHROMEDRIVER="${CHROMEDRIVER:-$(first_on_path chromedriver)}"
if [ -z "$CHROMEDRIVER" ] && [ -x /usr/lib/chromium/chromedriver ]; then CHROMEDRIVER=/usr/lib/chromium/chromedriver; fi
export CHROMIUM CHROMEDRIVER

# Playwright drives the system's browser; its own is never downloaded.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# Trunk 0.21 takes NO_COLOR=1 for a bad value of its --no-color flag.
if [ -n "${NO_COLOR:-}" ]; then export NO_COLOR=true; fi

locked_version() { # of a crate in Cargo.lock
  awk -v want="name = \"$1\"" '$0 == want { getline; gsub(/version = |"/, ""); print; exit }' "$ROOT/Cargo.lock"
}
WASM_BINDGEN="$(locked_version wasm-bindgen)"
BINARYEN="$(sed -n 's/.*"binaryen": "\([0-9]*\).*/\1/p' "$ROOT/package.json")"
# For cargo: WebAssembly with relaxed SIMD, beside what .cargo/config.toml says. In a folder of its own, or each build would throw away the other's.
RELAXED=(--config 'target.wasm32-unknown-unknown.rustflags=["-C", "target-feature=+relaxed-simd"]')
RELAXED_TARGET="${CARGO_TARGET_DIR:-$ROOT/target}/relaxed"
