// Training on the GPU: chosen in the badge, kept on the device, and outlived when the GPU goes. Chromium's adapter in software will do.
import { expect, pause, steps, test, trains } from './fixtures.mjs';

const SMALL = '#/play?data=spiral&model=dense:16,tanh&epochs=1000';

/** Opens what is behind the badge and chooses. */
async function choose(page, engine) {
  await page.getByTestId('badge').getByRole('button').click();
  await page.getByTestId(`control-engine-${engine}`).click();
}

/** The page's worker, with the GPU devices that it opens from now on in `devices`. */
async function watched(page) {
  await expect.poll(() => page.workers().length).toBe(1);
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const { requestDevice } = GPUAdapter.prototype;
    globalThis.devices = [];
    GPUAdapter.prototype.requestDevice = async function (...wanted) {
      const device = await requestDevice.apply(this, wanted);
      globalThis.devices.push(device);
      return device;
    };
  });
  return worker;
}

test('the GPU is loaded only when it is wanted, trains, and is named', async ({ open, page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await open(SMALL);
  await trains(page, 20);
  expect(asked.filter((url) => url.includes('gpu-engine'))).toEqual([]);

  await choose(page, 'gpu');
  await expect(page.getByTestId('badge')).toContainText('GPU · ');
  const help = page.getByTestId('engine-help');
  await expect(help).toContainText('Training runs on the GPU');
  await expect(help).toContainText(/round trip.*takes [\d.]+\s(ms|µs)/);
  await expect(help).toContainText('WebGPU (');
  await trains(page, await steps(page));
  expect(asked.some((url) => url.endsWith('gpu-engine_bg.wasm'))).toBe(true);

  await page.keyboard.press('Escape');
  await pause(page);
  const stood = await steps(page);
  await page.getByTestId('step').first().click();
  await expect.poll(() => steps(page)).toBe(stood + 1);
  await expect(page.getByTestId('badge')).toContainText('GPU · ');

  // Kept on the device: the same run goes on there after a reload.
  await page.reload();
  await expect(page.getByTestId('play').first()).toBeEnabled();
  await page.getByTestId('play').first().click();
  await expect(page.getByTestId('badge')).toContainText('GPU · ');
  await trains(page, stood + 1);

  await choose(page, 'cpu');
  await expect(page.getByTestId('badge')).toContainText('CPU · ');
  await expect(help).toContainText('You chose the CPU.');
  await trains(page, await steps(page));
});

test('a GPU in software is never chosen by itself', async ({ open, page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await open('#/play?data=digits&model=dense:256,relu,dense:256,relu&batch=128');
  await trains(page, 5);
  await page.getByTestId('badge').getByRole('button').click();
  await expect(page.getByTestId('engine-help')).toContainText("is a program on this device's processor");
  await expect(page.getByTestId('badge')).toContainText('CPU · ');
  expect(asked.filter((url) => url.includes('gpu-engine'))).toEqual([]);
});

test('a run outlives its GPU, and the page says so', async ({ open, page }) => {
  await open(SMALL);
  const worker = await watched(page);
  await choose(page, 'gpu');
  await expect(page.getByTestId('badge')).toContainText('GPU · ');
  await trains(page, (await steps(page)) + 20);
  expect(await worker.evaluate(() => globalThis.devices.length)).toBe(1);

  await worker.evaluate(() => globalThis.devices[0].destroy());
  await expect(page.getByTestId('notices')).toContainText(/The GPU was lost .*goes on on the CPU from step [\d,]+/);
  await expect(page.getByTestId('badge')).toContainText('CPU · ');
  await expect(page.getByTestId('engine-help')).toContainText('a restart tries it again');
  const from = await steps(page);
  await trains(page, from + 20);
  expect(page.workers()).toHaveLength(1);

  // The next run opens it anew.
  await page.keyboard.press('Escape');
  await page.getByTestId('restart').first().click();
  await expect(page.getByTestId('badge')).toContainText('GPU · ');
  await trains(page, 20);
});

test('without WebGPU the run stays on the CPU, and the page says why', async ({ open, page }) => {
  await open(SMALL);
  await expect.poll(() => page.workers().length).toBe(1);
  await page.workers()[0].evaluate(() => delete WorkerNavigator.prototype.gpu);
  await choose(page, 'gpu');
  await expect(page.getByTestId('notices')).toContainText('this browser does not offer WebGPU');
  await expect(page.getByTestId('engine-help')).toContainText('WebGPU is not available: this browser does not offer WebGPU.');
  await expect(page.getByTestId('badge')).toContainText('CPU · ');
  await trains(page, await steps(page));
});

test('the workloads on the GPU compute what those on the CPU do', async ({ open, page }) => {
  test.slow(); // The software adapter takes its time.
  await open('bench.html');
  await page.waitForFunction(() => window.bench);
  const check = (id) => page.evaluate((id) => window.bench.run(id, { check: true, checkChunks: 1 }), id);
  const losses = async (id) => (await check(id)).losses;
  const low = ['mlp', 'cnn'].flatMap((model) => [8, 4].map((bits) => `W4-${model}-b1-int${bits}`));
  const logits = async () => Object.fromEntries(await Promise.all(low.map(async (id) => [id, (await check(id)).logits])));
  const [cpu, small] = [await losses('W2-b32'), await logits()];
  await open('bench.html?backend=webgpu');
  await page.waitForFunction(() => window.bench);
  const gpu = await losses('W2-b32');
  expect(gpu).toHaveLength(cpu.length);
  gpu.forEach((loss, i) => expect(Math.abs(loss / cpu[i] - 1), `loss ${i}`).toBeLessThan(1e-3));
  // A value between two layers may become the next code; what 8 bits cost is several times as much.
  for (const [id, found] of Object.entries(await logits())) {
    const scale = Math.max(...small[id].map(Math.abs));
    expect(found, id).toHaveLength(10);
    found.forEach((logit, i) => expect(Math.abs(logit - small[id][i]), `${id} logit ${i}`).toBeLessThan(0.01 * scale));
  }
});
