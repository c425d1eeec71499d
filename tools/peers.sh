#!/usr/bin/env bash
# Measures the built page's bench.html beside other libraries, in one browser and one run; needs `make dist` first.
# Arguments go to benches/peers/run.mjs: --only W2,W3 --rounds 3 --peers tfjs-wasm-1t,jaxjs-wasm-1t …
# In them BENCH is the address of bench.html: --extra 'pool=BENCH?workers=2' measures the pool of two workers, too.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ROOT/tools/peers-build.sh"

port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
node "$ROOT/tools/serve-dist.mjs" --port "$port" >/dev/null &
server=$!
trap 'kill $server' EXIT
until (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
bench="http://127.0.0.1:$port/bench.html"
node run.mjs --ours "$bench" "${@//BENCH/$bench}"
