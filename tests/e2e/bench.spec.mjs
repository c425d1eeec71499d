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
  const { maxAbsError } = await check(page, 'W5');
  expect(maxAbsError).toBeLessThan(1e-4);
});
