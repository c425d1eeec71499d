// Quantization-aware training: the weights of a layer, `[ROWS, UNITS]` from `START` on, as they will be stored, and the biases behind them as they are.
// One workgroup for each unit (`PER_UNIT`) or for all weights; each invocation takes every 64th. Step sizes are those of
// `engine/quantization/scale.rs`: the mean magnitude (`LEVELS` 0, signs), the step with the least squared error (`SEARCH`), or the largest magnitude. Joined with `added_up.wgsl` and `largest.wgsl`.
@group(0) @binding(1) var<storage, read> params: array<f32>;
@group(0) @binding(2) var<storage, read_write> rounded: array<f32>;
// Bit 2: clipped, so that no gradient passes.
@group(0) @binding(3) var<storage, read_write> traits: array<u32>;

override START: u32;
override ROWS: u32;
override UNITS: u32;
// How many biases: mostly one a unit.
override BIASES: u32;
override PER_UNIT: bool;
// Largest code; 0 for signs.
override LEVELS: f32;
override SEARCH: bool;

const LANES = 64u;
alias Part = vec3f;
// Steps that the search begins with, side by side, and how often each is bettered.
const STARTS = 16u;
const SHARE = LANES / STARTS;
const TURNS = 2u;

var<private> at: u32;
var<private> unit: u32;

fn count() -> u32 {
  return select(ROWS * UNITS, ROWS, PER_UNIT);
}

fn place(j: u32) -> u32 {
  return START + select(j, j * UNITS + unit, PER_UNIT);
}

fn largest() -> f32 {
  var most = 0.0;
  for (var j = at; j < count(); j += LANES) {
    most = max(most, abs(params[place(j)]));
  }
  let all = largest_of(at, vec3f(most)).x;
  workgroupBarrier();
  return all;
}

fn mean_magnitude() -> f32 {
  var own = vec3f(0.0);
  for (var j = at; j < count(); j += LANES) {
    let w = abs(params[place(j)]);
    own += vec3f(w, select(0.0, 1.0, w > 0.0), 0.0);
  }
  let all = added_up(at, own);
  return all.x / max(all.y, 1.0);
}

// By turns the nearest codes for a step and the least-squares step for the codes, from every start at once: `SHARE` invocations each.
fn least_squares(top: f32) -> f32 {
  let mine = at / SHARE * SHARE;
  var step = top * (1.0 - 0.75 * f32(at / SHARE) / f32(STARTS));
  var best = vec2f(3.4e38, top);
  for (var turn = 0u; turn <= TURNS; turn++) {
    let inverse = 1.0 / step;
    var own = vec3f(0.0);
    for (var j = at - mine; j < count(); j += SHARE) {
      let w = abs(params[place(j)]);
      let code = round(min(w * inverse, LEVELS));
      let error = w - code * step;
      own += vec3f(error * error, w * code, code * code);
    }
    parts[at] = own;
    workgroupBarrier();
    var all = vec3f(0.0);
    for (var lane = mine; lane < mine + SHARE; lane++) {
      all += parts[lane];
    }
    workgroupBarrier();
    if (all.x < best.x) {
      best = vec2f(all.x, step);
    }
    if (all.z > 0.0) {
      step = all.y / all.z;
    }
  }
  parts[at] = vec3f(best, 0.0);
  workgroupBarrier();
  for (var lane = 0u; lane < LANES; lane += SHARE) {
    let other = parts[lane].xy;
    // Of equals the first, as on the CPU.
    if (lane == 0u || other.x < best.x) {
      best = other;
    }
  }
  return best.y;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  at = lane;
  unit = group.x;
  var step = 0.0;
  if (LEVELS == 0.0) {
    step = mean_magnitude();
  } else {
    let most = largest();
    let top = select(1.0, most, most > 0.0) / LEVELS;
    step = top;
    if (SEARCH) {
      step = least_squares(top);
    }
    step = select(0.0, step, most > 0.0);
  }
  let inverse = select(0.0, 1.0 / step, step > 0.0);
  for (var j = at; j < count(); j += LANES) {
    let p = place(j);
    let w = params[p];
    var code = sign(w);
    var clipped = false;
    if (LEVELS > 0.0) {
      code = round(clamp(w * inverse, -LEVELS, LEVELS));
      clipped = abs(round(w * inverse)) > LEVELS;
    }
    rounded[p] = code * step;
    traits[p] = (traits[p] & 3u) | select(0u, 4u, clipped);
  }
  let biases = START + ROWS * UNITS;
  for (var n = select(at, unit + at * UNITS, PER_UNIT); n < BIASES; n += select(LANES, LANES * UNITS, PER_UNIT)) {
    rounded[biases + n] = params[biases + n];
  }
}
