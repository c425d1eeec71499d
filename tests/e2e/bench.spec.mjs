// bench.html: the workloads compute what they should. How fast they are is for `make bench`.
import { expect, test } from './fixtures.mjs';

const check = (page, id) => page.evaluate((id) => window.bench.run(id, { check: true, checkChunks: 1 }), id);

test('training workloads learn, and 8-bit inference says what float32 says', async ({ open, page }) => {
  await open('bench.html');
  await page.waitForFunction(() => window.bench);
  for (const id of ['W1', 'W2-b32', 'W3']) {
    const { losses } = await check(page, id);
    expect(losses.every(Number.isFinite), id).toBe(true);
    expect(losses.at(-1), id).toBeLessThan(0.95 * losses[0]);
  }
  for (const model of ['mlp', 'cnn']) {
    const [float, int8] = [await check(page, `W4-${model}-b1`), await check(page, `W4-${model}-b1-int8`)];
    expect(float.logits).toHaveLength(10);
    const scale = Math.max(...float.logits.map(Math.abs));
    float.logits.forEach((logit, i) => expect(Math.abs(logit - int8.logits[i]), `${model} logit ${i}`).toBeLessThan(0.1 * scale));
  }
  const layers = await page.evaluate(() => window.bench.profile('W4-cnn-b256-int8', { seconds: 0.02, warmSeconds: 0 }));
  expect(layers.filter(({ kernel }) => kernel.startsWith('int8'))).toHaveLength(3);
  expect(layers.every(({ microseconds }) => microseconds > 0)).toBe(true);
  const { maxAbsError } = await check(page, 'W5');
  expect(maxAbsError).toBeLessThan(1e-4);
});

test('both builds of the engine and a pool of workers compute the same', async ({ open, page }) => {
  const found = {};
  for (const [name, query] of [['relaxed', ''], ['plain', '?engine=simd128'], ['pool', '?workers=2']]) {
    await open(`bench.html${query}`);
    await page.waitForFunction(() => window.bench);
    const { engine } = await page.evaluate(() => window.bench.info());
    expect(engine).toBe(name === 'plain' ? 'wasm simd128' : 'wasm simd128 relaxed-simd');
    const ids = name === 'pool' ? [] : ['W1', 'W2-b32', 'W3'];
    const losses = [];
    for (const id of ids) losses.push(...(await check(page, id)).losses);
    const logits = [];
    for (const id of ['W4-mlp-b256', 'W4-cnn-b256', 'W4-mlp-b256-int8']) logits.push(...(await check(page, id)).logits);
    found[name] = { losses, logits };
  }
  const near = (a, b, tolerance) => {
    expect(a).toHaveLength(b.length);
    a.forEach((value, i) => expect(Math.abs(value - b[i]), `${i}: ${value} and ${b[i]}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(b[i]))));
  };
  near(found.relaxed.losses, found.plain.losses, 1e-4);
  near(found.relaxed.logits, found.plain.logits, 1e-4);
  // The same build, however the batch is shared out.
  near(found.pool.logits, found.relaxed.logits, 0);
});
