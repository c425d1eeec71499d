// Runs fixed workloads on the engine that the app's worker runs, and offers them as window.bench to a harness that measures
// other libraries beside it. docs/benchmarks.md describes the workloads.
import { timed } from './bench-time.js';
import { load } from './engine-build.js';

const CHUNK = 20; // training steps between two looks at the loss
const PRODUCTS = 4; // matrix products between two looks at the result
const PIXELS = 784;

const WORKLOADS = {
  W1: { title: 'Train 2-8-8-1, batch 10', train: 'tiny', batch: 10 },
  'W2-b32': { title: 'Train 784-128-64-10, batch 32', train: 'mlp', batch: 32 },
  'W2-b128': { title: 'Train 784-128-64-10, batch 128', train: 'mlp', batch: 128 },
  W3: { title: 'Train a small CNN, batch 32', train: 'cnn', batch: 32 },
  W5: { title: 'Matrix product 512×512×512' },
};
for (const model of ['mlp', 'cnn']) {
  for (const batch of [1, 256]) {
    for (const bits of [32, 8, 4]) {
      const form = bits === 32 ? 'float32' : `int${bits}`;
      const id = `W4-${model}-b${batch}${bits === 32 ? '' : `-${form}`}`;
      WORKLOADS[id] = { title: `Infer ${model.toUpperCase()}, batch ${batch}, ${form}`, infer: model, batch, bits };
    }
  }
}

/**
 * As many samples as MNIST has, 188 MB of them: measured beside other libraries, and not a row of the page. `E-60k` goes the way of a run of the page: its
 * trainer gathers mini-batches from shuffled samples.
 */
const LARGE = {
  'W2-60k': { title: 'Train 784-128-64-10 on 60,000 samples, batch 128', train: 'mlp', batch: 128, data: 'large' },
  'E-60k': { title: 'The same, shuffled, by the trainer of the page', epoch: 'mlp', batch: 128, data: 'large' },
};

/** What making 784-64-32-10 small costs, as a moving slider does it; not in the list that other libraries are measured by. */
const COMPRESSION = {
  'C-ptq': { title: 'Preview of int8, judged on 2,000 samples', press: 'ptq' },
  'C-prune': { title: 'Preview of 80 % pruned, judged on 2,000 samples', press: 'prune' },
  'C-gptq': { title: 'GPTQ to 4 bits', press: 'gptq' },
};

/** Uniform numbers in [0, 1): mulberry32. */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Two rings of points, alternating. */
function rings() {
  const u = uniform(1);
  const inputs = new Float32Array(1000);
  const targets = new Float32Array(500);
  for (const k of [0, 1]) {
    for (let i = 0; i < 250; i++) {
      const r = k === 0 ? 2.5 * u() : 3.5 + 1.5 * u();
      const angle = 2 * Math.PI * u();
      const sample = 2 * i + k;
      inputs.set([r * Math.sin(angle), r * Math.cos(angle)], 2 * sample);
      targets[sample] = k === 0 ? 1 : -1;
    }
  }
  return { inputs, targets };
}

/** Half of a wave and half noise. A function of its own, which a browser optimizes after a few pictures. */
function mix(picture, wave, u) {
  for (let p = 0; p < PIXELS; p++) picture[p] = 0.5 * wave[p] + 0.5 * u();
}

/** Pictures of ten plane waves with noise, a tenth of the labels random. */
function waves(samples) {
  const u = uniform(2);
  const classes = Array.from({ length: 10 }, () => {
    const [fx, fy, phase] = [0.1 + 0.6 * u(), 0.1 + 0.6 * u(), 2 * Math.PI * u()];
    return Float64Array.from({ length: PIXELS }, (_, p) => 0.5 + 0.5 * Math.sin(fx * (p % 28) + fy * Math.floor(p / 28) + phase));
  });
  const inputs = new Float32Array(samples * PIXELS);
  const targets = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    const [flip, other] = [u(), Math.floor(10 * u())];
    targets[i] = flip < 0.1 ? other : i % 10;
    mix(inputs.subarray(i * PIXELS, (i + 1) * PIXELS), classes[i % 10], u);
  }
  return { inputs, targets };
}

/** First parameters, each layer's weights and then its biases, as the engine lays them. */
function parameters(model) {
  const layers = {
    tiny: { seed: 11, bias: 0.1, shapes: [[2, 8], [8, 8], [8, 1]], scale: () => 0.5 },
    mlp: { seed: 12, bias: 0, shapes: [[784, 128], [128, 64], [64, 10]], scale: (fanIn) => Math.sqrt(6 / fanIn) },
    small: { seed: 14, bias: 0, shapes: [[784, 64], [64, 32], [32, 10]], scale: (fanIn) => Math.sqrt(6 / fanIn) },
    cnn: { seed: 13, bias: 0, shapes: [[9, 8], [72, 16], [784, 10]], scale: (fanIn) => Math.sqrt(6 / fanIn) },
  }[model];
  const u = uniform(layers.seed);
  const values = new Float32Array(layers.shapes.reduce((sum, [fanIn, units]) => sum + (fanIn + 1) * units, 0));
  let at = 0;
  for (const [fanIn, units] of layers.shapes) {
    const [scale, biases] = [layers.scale(fanIn), at + fanIn * units];
    while (at < biases) values[at++] = (2 * u() - 1) * scale;
    at += units;
    values.fill(layers.bias, biases, at);
  }
  return values;
}

const once = (make) => {
  let value;
  return () => (value ??= make());
};
const data = { tiny: once(rings), mlp: once(() => waves(2048)), large: once(() => waves(60000)) };
data.cnn = data.mlp;

async function trainer({ train, epoch, batch, data: of = train }) {
  const { inputs, targets } = data[of]();
  if (train) return new BenchTrain(train, batch, parameters(train), inputs, targets);
  const { BenchEpoch } = await inferring();
  return new BenchEpoch(epoch, batch, parameters(epoch), inputs, targets);
}

async function train(workload, options) {
  const run = await trainer(workload);
  try {
    if (options.check) {
      const losses = [run.steps(1), run.steps(CHUNK - 1)];
      for (let k = 0; k < (options.checkChunks ?? 4); k++) losses.push(run.steps(CHUNK));
      return { losses };
    }
    const { calls, seconds } = timed(() => run.steps(CHUNK), options.warmSeconds, options.seconds);
    return { samplesPerSec: (calls * CHUNK * workload.batch) / seconds, steps: calls * CHUNK, seconds };
  } finally {
    run.free();
  }
}

/** Samples that ranges of 8-bit activations are taken from. */
const calibration = (model) => data[model]().inputs.subarray(0, 256 * PIXELS);

const runners = new Map();
async function runner({ infer: model, bits }) {
  const key = `${model} ${bits}`;
  const { BenchInfer } = await inferring();
  if (!runners.has(key)) runners.set(key, new BenchInfer(model, parameters(model), bits, calibration(model)));
  return runners.get(key);
}

async function infer(workload, options) {
  const { infer: model, batch } = workload;
  const { inputs } = data[model]();
  const run = await runner(workload);
  const batches = Math.floor(inputs.length / PIXELS / batch);
  const samples = (k) => inputs.subarray((k % batches) * batch * PIXELS, ((k % batches) + 1) * batch * PIXELS);
  if (options.check) return { logits: [...run.run(samples(0), batch)].slice(0, 10) };
  let k = 0;
  const { calls, seconds } = timed(() => run.run(samples(k++), batch), options.warmSeconds, options.seconds);
  return { latencyMs: (1000 * seconds) / calls, samplesPerSec: (calls * batch) / seconds, calls, seconds };
}

/** Where the time of a workload that infers goes: microseconds a sample in each layer that computes something, one after the other in turn. */
async function profile(id, { seconds = 0.3, warmSeconds = 0.1 } = {}) {
  const workload = WORKLOADS[id];
  if (!workload?.infer) throw new Error(`${id} does not infer`);
  const run = await runner(workload);
  run.run(data[workload.infer]().inputs.subarray(0, workload.batch * PIXELS), workload.batch);
  const layers = run.kernels().map((kernel, layer) => ({ layer, kernel }));
  return layers.flatMap(({ layer, kernel }) => {
    if (!kernel) return [];
    const times = Math.max(1, Math.floor(256 / workload.batch)); // calls from JavaScript cost, too
    const { calls, seconds: spent } = timed(() => run.layer(layer, workload.batch, times), warmSeconds, seconds);
    return [{ layer, kernel, microseconds: (1e6 * spent) / (calls * times * workload.batch) }];
  });
}

async function press(workload, options) {
  const { BenchPress } = await inferring();
  const run = new BenchPress('small', workload.press, parameters('small'), data.mlp().inputs);
  try {
    if (options.check) return { same: run.run() };
    const { calls, seconds } = timed(() => run.run(), options.warmSeconds, options.seconds);
    return { latencyMs: (1000 * seconds) / calls, calls, seconds };
  } finally {
    run.free();
  }
}

/** Two matrices, and how far a product of them is from a double-precision sum at a few entries. */
const matrices = once(() => {
  const n = 512;
  const matrix = (seed) => {
    const u = uniform(seed);
    return Float32Array.from({ length: n * n }, () => u() - 0.5);
  };
  const [a, b] = [matrix(21), matrix(22)];
  const error = (c) => {
    const errors = [[0, 0], [3, 500], [511, 511], [200, 77]].map(([i, j]) => {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      return Math.abs(sum - c[i * n + j]);
    });
    return Math.max(...errors);
  };
  return { n, a, b, error };
});
const product = once(() => {
  const { n, a, b } = matrices();
  return new BenchProduct(n, a, b);
});

function multiply(options) {
  const { n, error } = matrices();
  const run = product();
  if (options.check) return { maxAbsError: error(run.run(1)) };
  const { calls, seconds } = timed(() => run.run(PRODUCTS), options.warmSeconds, options.seconds);
  return { gflops: (2 * n ** 3 * calls * PRODUCTS) / seconds / 1e9, calls: calls * PRODUCTS, seconds };
}

async function run(id, options = {}) {
  const all = { seconds: 1, warmSeconds: 0.4, ...options };
  if (id === 'W6') {
    const first = await trainer(WORKLOADS['W2-b32']);
    return { loss: first.steps(1) };
  }
  const workload = WORKLOADS[id] ?? LARGE[id] ?? COMPRESSION[id];
  if (!workload) throw new Error(`no workload ${id}`);
  if (other) return other.run(workload, all);
  if (workload.press) return press(workload, all);
  if (workload.train || workload.epoch) return train(workload, all);
  return workload.infer ? infer(workload, all) : multiply(all);
}

/** A result in words: latency for single samples, throughput for batches. */
function words({ batch, press }, { gflops, latencyMs, samplesPerSec }) {
  if (press) return `${latencyMs.toFixed(1)} ms`;
  if (gflops) return `${gflops.toFixed(1)} GFLOP/s`;
  if (latencyMs && batch === 1) return `${(1000 * latencyMs).toFixed(1)} µs`;
  return `${Math.round(samplesPerSec).toLocaleString('en')} samples/s`;
}

const button = document.getElementById('run');
button.addEventListener('click', async () => {
  button.disabled = true;
  const table = document.getElementById('results');
  table.replaceChildren();
  for (const id of [...offered, ...(other ? [] : Object.keys(COMPRESSION))]) {
    const workload = WORKLOADS[id] ?? COMPRESSION[id];
    const row = table.insertRow();
    row.insertCell().textContent = workload.title;
    const cell = row.insertCell();
    cell.textContent = 'running';
    await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
    cell.textContent = words(workload, await run(id));
  }
  button.disabled = false;
});

// bench.html?backend=webgpu runs on the GPU, bench.html?workers=2 shares large batches out among workers; else it is one engine, here.
const query = location.search;
const wanted = new URLSearchParams(query);
const loading = load('bench-train', query);
// The browser fetches and compiles the module elsewhere: meanwhile this thread makes the pictures that almost every workload wants.
setTimeout(data.mlp);
const { BenchProduct, BenchTrain, engine } = await loading;
/** What infers and compresses comes with the first workload that wants it. */
const inferring = once(() => load('bench-engine', query));
/** The file of the model that inference at a width of `bits` runs. */
const packed = async (model, bits) => (await inferring()).pack(model, parameters(model), bits, calibration(model));
const kit = { workloads: WORKLOADS, data, parameters, calibration, packed, matrices, pixels: PIXELS, chunk: CHUNK, products: PRODUCTS, query };
const threads = Number(wanted.get('workers') ?? 1);

async function another() {
  if (wanted.get('backend') === 'webgpu') return (await import('./bench-webgpu.js')).open(kit);
  return threads > 1 ? (await import('./bench-pool.js')).open(threads, kit) : null;
}
const other = await another();
const offered = other ? other.workloads : Object.keys(WORKLOADS);

function info() {
  const low = { int8: 'weights int8 per output unit, activations int8 affine', int4: 'weights int4 per output unit, activations int8 affine' };
  return other?.name ? { gpu: other.name, ...low } : { threads, engine: engine(), ...low };
}

button.disabled = false;
window.bench = { name: other?.name ? 'ours-webgpu' : 'whittle', workloads: [...offered, ...(other ? [] : Object.keys(LARGE))], info, run, profile };
