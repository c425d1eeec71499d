// One worker of bench.html's pool: a model ready to run, and batches to run it on.
import { load } from './engine-build.js';

let runner;
self.onmessage = async ({ data: { id, query, model, bits, parameters, calibration, samples, batch } }) => {
  if (parameters) {
    const { BenchInfer } = await load('bench-engine', query);
    runner = new BenchInfer(model, parameters, bits, calibration);
    self.postMessage({ id });
    return;
  }
  const logits = runner.run(samples, batch);
  self.postMessage({ id, logits }, [logits.buffer]);
};
