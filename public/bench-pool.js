// bench.html?workers=2: large batches shared out among workers, each with an engine of its own. No memory is shared: samples go over as copies
// and logits come back, and both are timed.

import { timedAsync } from './bench-time.js';

/** A pool of `count` workers. `kit` is what bench.js measures by. */
export function open(count, kit) {
  const { workloads, data, parameters, calibration: samplesOf, pixels, query } = kit;
  const workers = Array.from({ length: count }, () => new Worker(new URL('./bench-worker.js', import.meta.url), { type: 'module' }));
  const waiting = new Map();
  let asked = 0;
  for (const worker of workers) worker.onmessage = ({ data: answer }) => (waiting.get(answer.id)(answer), waiting.delete(answer.id));
  const ask = (worker, message, handed = []) =>
    new Promise((answer) => {
      waiting.set(++asked, answer);
      worker.postMessage({ ...message, id: asked }, handed);
    });

  let ready;
  async function prepare(model, bits) {
    const key = `${model} ${bits}`;
    if (ready === key) return;
    const calibration = samplesOf(model).slice();
    await Promise.all(workers.map((worker) => ask(worker, { query, model, bits, parameters: parameters(model), calibration })));
    ready = key;
  }

  /** Logits of `batch` samples: each worker runs its share. */
  async function run(samples, batch) {
    const share = Math.ceil(batch / count);
    const parts = await Promise.all(
      workers.map((worker, i) => {
        const part = samples.slice(i * share * pixels, Math.min(batch, (i + 1) * share) * pixels);
        return ask(worker, { samples: part, batch: part.length / pixels }, [part.buffer]);
      }),
    );
    const logits = new Float32Array(parts.reduce((n, { logits }) => n + logits.length, 0));
    let at = 0;
    for (const part of parts) {
      logits.set(part.logits, at);
      at += part.logits.length;
    }
    return logits;
  }

  return {
    workloads: Object.keys(workloads).filter((id) => workloads[id].infer && workloads[id].batch > 1),
    async run({ infer: model, batch, bits }, options) {
      await prepare(model, bits);
      const { inputs } = data[model]();
      const batches = Math.floor(inputs.length / pixels / batch);
      const samples = (k) => inputs.subarray((k % batches) * batch * pixels, ((k % batches) + 1) * batch * pixels);
      if (options.check) return { logits: [...(await run(samples(0), batch))].slice(0, 10) };
      let k = 0;
      const { calls, seconds } = await timedAsync(() => run(samples(k++), batch), options.warmSeconds, options.seconds);
      return { latencyMs: (1000 * seconds) / calls, samplesPerSec: (calls * batch) / seconds, calls, seconds };
    },
  };
}
