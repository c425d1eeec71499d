// The benchmark of this device, and where each layer's time and memory go.
import fs from 'node:fs';
import { expect, expectAccessible, steps, test, trains } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const DIGITS = '#/play?data=digits&model=conv2d:4,relu,flatten,dense:16,relu&lr=0.005&batch=2&epochs=1000&bits=4&prune=0.5';

const sheet = (page) => page.getByTestId('benchmark');
const share = (page) => page.getByTestId('bench-progress').evaluate((bar) => bar.value);

async function save(page, id) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(id).click()]);
  return fs.readFileSync(await download.path(), 'utf8');
}

test('this device is benchmarked: cancelled, stopped with its sheet, run to the end, and exported', async ({ open, page, context }) => {
  // Chromium's adapter is a program on the CPU, and its rows take their time.
  test.setTimeout(240_000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(DIGITS);
  await trains(page);
  await page.getByTestId('tab-latency').click();
  await page.getByTestId('benchmark-from-latency').click();
  await expect(sheet(page)).toContainText('Training waits meanwhile');
  await expect(page.getByTestId('bench-rows')).toHaveCount(0);
  await expectAccessible(page, { within: 'dialog' });

  // Cancelled: training had stood still, and goes on.
  await page.getByTestId('bench-start').click();
  await expect.poll(() => share(page)).toBeGreaterThan(0.05);
  const waiting = await steps(page);
  await page.waitForTimeout(500);
  expect(await steps(page)).toBe(waiting);
  await page.getByTestId('bench-stop').click();
  await expect(page.getByTestId('bench-start')).toBeVisible();
  await expect(page.getByTestId('bench-rows')).toHaveCount(0);
  await trains(page, waiting);

  // A closed sheet measures nothing.
  await page.getByTestId('bench-start').click();
  await expect(page.getByTestId('bench-progress')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sheet(page)).toHaveCount(0);
  await trains(page, await steps(page));

  // By key, to the end.
  await page.locator('body').press('b');
  await page.getByTestId('bench-start').press('Enter');
  const shares = [];
  while (!(await page.getByTestId('bench-rows').count())) {
    const now = await page.getByTestId('bench-progress').evaluateAll((bars) => bars.map((bar) => bar.value));
    shares.push(...now);
    await page.waitForTimeout(100);
    expect(shares.length, 'the benchmark should end').toBeLessThan(1800);
  }
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  const rows = page.getByTestId('bench-rows');
  for (const words of ['Peak of this core', 'GFLOP/s', 'GOP/s', 'Dense 2048 → 2048', 'ternary × int8', 'Convolution', 'Training step of this model']) {
    await expect(rows).toContainText(words);
  }
  for (const words of ['GPU: Matrix product', 'GPU: Dense 2048 → 2048', 'GPU: Convolution']) await expect(rows).toContainText(words);
  await expect(page.getByTestId('bench-gpu')).toHaveText(/^GPU: .*, a program on the CPU that plays a GPU$/);
  await expect(page.getByTestId('bench-layers')).toContainText('Conv');
  await expect(sheet(page)).toContainText('simd128');
  await expectAccessible(page, { within: 'dialog' });

  const figures = JSON.parse(await save(page, 'bench-json'));
  expect(figures.agent).toContain('Chrome');
  const peak = figures.rows.find((row) => row.key === 'peak-f32');
  for (const row of figures.rows) {
    expect(row.median_ms, row.key).toBeGreaterThan(0);
    expect(row.least_ms).toBeLessThanOrEqual(row.median_ms);
    expect(row.giga_operations_per_second).toBeCloseTo(row.operations / row.median_ms / 1e6, 6);
    expect(row.share_of_peak === null, row.key).toBe(row.gpu);
  }
  expect(figures.rows.filter((row) => row.gpu).map((row) => row.key)).toContain('gpu-dense-1-of-four');
  expect(figures.gpu).toContain('a program on the CPU');
  // What lives in registers is faster than what reads memory.
  expect(peak.giga_operations_per_second).toBeGreaterThan(figures.rows.find((row) => row.key === 'dense-1-f32').giga_operations_per_second);
  expect(figures.layers.map((layer) => layer.baseline.macs)).toEqual([8 * 8 * 4 * 9, 0, 0, 256 * 16, 0, 160]);
  const lines = (await save(page, 'bench-csv')).trim().split('\r\n');
  expect(lines.length).toBe(1 + figures.rows.length + 2 * figures.layers.length);
  await page.getByTestId('bench-copy').click();
  await expect(sheet(page)).toContainText('Copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('| Peak of this core');
  await page.getByTestId('close-dialog').click();
  await trains(page, await steps(page));
});

test('bars at the layers: exact at once, times after a measurement, and kept over a reload', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  const choice = page.getByTestId('profile');
  const bars = page.getByTestId('profile-bars').getByRole('listitem');
  await expect(choice).toHaveValue('off');
  await expect(bars).toHaveCount(0);
  await choice.selectOption('macs');
  // 2 inputs to 6 units, and 6 to 2.
  await expect(bars).toHaveText([/Dense 6, ReLU: 12 in both models/, /Dense 2: 12 in both models/]);
  await choice.selectOption('bytes');
  await expect(bars.first()).toContainText(/\d/);
  await choice.selectOption('time');
  await expect(page.getByTestId('profile-wait')).toContainText('Times come with a measurement.');
  await page.getByTestId('profile-measure').press('Enter');
  await expect(bars).toHaveText([/Dense 6, ReLU: baseline .*s, optimized .*s/, /Dense 2: baseline .*s, optimized .*s/], { timeout: 30_000 });
  await expectAccessible(page, { within: '.stage' });
  await page.reload();
  await expect(choice).toHaveValue('time');
  await expect(page.getByTestId('profile-wait')).toBeVisible();
  await choice.selectOption('off');
  await expect(page.getByTestId('profile-wait')).toHaveCount(0);
});
