#!/usr/bin/env bash
# Installs what is missing to build and test, and says what it found. Quick when all is there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; } # at_least MIN HAVE

# System packages, where this user may install them.
apt_install() {
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo=(sudo -n); else return 1; fi
  fi
  command -v apt-get >/dev/null || return 1
  say "installing $* with apt-get"
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >/dev/null 2>&1 ||
    { "${apt[@]}" update >/dev/null && "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >/dev/null; }
}

# Rust
command -v cargo >/dev/null || die "Rust $RUST_MIN or newer is needed: install it with rustup"
rust="$(rustc --version | cut -d' ' -f2)"
at_least "$RUST_MIN" "$rust" || die "Rust $RUST_MIN or newer is needed, this is $rust: run 'rustup update stable'"
for component in rustfmt clippy; do
  cargo "${component/rust/}" --version >/dev/null 2>&1 || rustup component add "$component"
done
target=wasm32-unknown-unknown
[ -d "$(rustc --print target-libdir --target "$target")" ] || rustup target add "$target" ||
  die "the target $target is missing: install it with rustup, or your distribution's package for it"
cargo fetch --locked --quiet   # Trunk builds offline

# Trunk, wasm-bindgen and what cuts their module
version_of() { command -v "$1" >/dev/null && "$1" --version 2>/dev/null | cut -d' ' -f2 || true; }
if [ "$(version_of trunk)" != "$TRUNK" ]; then
  say "installing Trunk $TRUNK (some minutes)"
  cargo install trunk --version "$TRUNK" --locked --force --quiet
fi
if [ "$(version_of wasm-bindgen)" != "$WASM_BINDGEN" ] || [ "$(version_of wasm-bindgen-test-runner)" != "$WASM_BINDGEN" ]; then
  say "installing wasm-bindgen-cli $WASM_BINDGEN (some minutes)"
  # Without --locked: the lock file inside that package names a version of a crate that was withdrawn.
  cargo install wasm-bindgen-cli --version "$WASM_BINDGEN" --force --quiet
fi
if ! command -v wasm-split-cli >/dev/null || ! cargo install --list | grep -q "^wasm_split_cli_support v$WASM_SPLIT:"; then
  say "installing wasm-split-cli $WASM_SPLIT (a minute)"
  cargo install wasm_split_cli_support --version "$WASM_SPLIT" --locked --features build-binary --force --quiet
fi

# Node, and what package-lock.json names
command -v npm >/dev/null || apt_install nodejs npm || die "Node.js $NODE_MIN or newer with npm is needed"
node="$(node --version | tr -d v)"
at_least "$NODE_MIN" "$node" || die "Node.js $NODE_MIN or newer is needed, this is $node"
stamp=node_modules/.installed
if ! cmp -s package-lock.json "$stamp"; then
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error </dev/null
  cp package-lock.json "$stamp"
fi
grep -q "wasm_opt = \"version_$BINARYEN\"" Trunk.toml || die "Trunk.toml and package.json name different versions of wasm-opt"

# A browser to test in
if [ -z "$CHROMIUM" ] || [ -z "$CHROMEDRIVER" ]; then
  apt_install chromium chromium-driver ||
    die "Chromium and ChromeDriver are needed: install them, or name them in CHROMIUM and CHROMEDRIVER"
  unset CHROMIUM CHROMEDRIVER
  . "$ROOT/tools/env.sh"
fi
[ -x "$CHROMIUM" ] || die "no browser at '$CHROMIUM' (CHROMIUM)"
[ -x "$CHROMEDRIVER" ] || die "no ChromeDriver at '$CHROMEDRIVER' (CHROMEDRIVER)"

say "Rust $rust, Trunk $TRUNK, wasm-bindgen $WASM_BINDGEN, wasm-opt $BINARYEN, Node $node, $("$CHROMIUM" --version 2>/dev/null | cut -d' ' -f1-2)"
