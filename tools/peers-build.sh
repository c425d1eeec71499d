# Sourced: builds the pages of other libraries in benches/peers/dist, where they are not yet there. Needs tools/env.sh; leaves the shell in benches/peers.
cd "$ROOT/benches/peers"
stamp=node_modules/.installed
if ! cmp -s package-lock.json "$stamp"; then
  echo 'peers: installing the libraries to compare with'
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
  cp package-lock.json "$stamp"
fi
# The pages carry the limits' modules.
[ -f limits/out/limit-relaxed.wasm ] || sh limits/build.sh >/dev/null
[ -f dist/limit-relaxed.wasm ] || npm run build --silent
