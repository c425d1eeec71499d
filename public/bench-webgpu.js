// The workloads of bench.js on the GPU. What is timed is the same; every look at a result waits for the GPU.
import { timedAsync as timed } from './bench-time.js';
import init, { BenchGpu } from './gpu-engine.js';

const SKIPPED = 'W1'; // not on the GPU: a network of a hundred weights

/** `kit` is what bench.js measures by: its workloads, data and sizes of a chunk. Rejects where there is no GPU. */
export async function open(kit) {
  const { workloads, data, parameters, packed, matrices, pixels, chunk, products } = kit;
  await init();
  const gpu = await BenchGpu.open();

  async function train({ train: model, batch }, options) {
    const { inputs, targets } = data[model]();
    const run = gpu.train(model, batch, parameters(model), inputs, targets);
    try {
      if (options.check) {
        const losses = [await run.steps(1), await run.steps(chunk - 1)];
        for (let k = 0; k < (options.checkChunks ?? 4); k++) losses.push(await run.steps(chunk));
        return { losses };
      }
      const { calls, seconds } = await timed(() => run.steps(chunk), options.warmSeconds, options.seconds);
      return { samplesPerSec: (calls * chunk * batch) / seconds, steps: calls * chunk, seconds };
    } finally {
      run.free();
    }
  }

  const runners = new Map();
  async function infer({ infer: model, batch, bits }, options) {
    const { inputs } = data[model]();
    const key = `${model} ${batch} ${bits}`;
    // What has fewer bits the CPU's engine has made small, as for its own row.
    const ready = async () => (bits === 32 ? gpu.infer(model, parameters(model), batch) : gpu.packed(await packed(model, bits), batch));
    if (!runners.has(key)) runners.set(key, await ready());
    const runner = runners.get(key);
    const batches = Math.floor(inputs.length / pixels / batch);
    const samples = (k) => inputs.subarray((k % batches) * batch * pixels, ((k % batches) + 1) * batch * pixels);
    if (options.check) return { logits: [...(await runner.run(samples(0)))].slice(0, 10) };
    let k = 0;
    const { calls, seconds } = await timed(() => runner.run(samples(k++)), options.warmSeconds, options.seconds);
    return { latencyMs: (1000 * seconds) / calls, samplesPerSec: (calls * batch) / seconds, calls, seconds };
  }

  let product;
  async function multiply(options) {
    const { n, a, b, error } = matrices();
    product ??= gpu.product(n, a, b);
    if (options.check) return { maxAbsError: error(await product.run(1)) };
    const { calls, seconds } = await timed(() => product.run(products), options.warmSeconds, options.seconds);
    return { gflops: (2 * n ** 3 * calls * products) / seconds / 1e9, calls: calls * products, seconds };
  }

  return {
    name: gpu.name(),
    workloads: Object.keys(workloads).filter((id) => id !== SKIPPED),
    run(workload, options) {
      if (workload.train) return train(workload, options);
      return workload.infer ? infer(workload, options) : multiply(options);
    },
  };
}
