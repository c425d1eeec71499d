// What came out: confusion, latency, everything tried, runs, and the file, by mouse and by keyboard.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { expect, expectAccessible, kept, record, test } from './fixtures.mjs';

// Small data, few steps: every test waits for real training.
const DIGITS = '#/play?data=digits&model=dense:16,relu&lr=0.005&epochs=1000';
const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const DIABETES = '#/play?data=diabetes&model=dense:8,relu&loss=mse&lr=0.005&epochs=1000';

const IRIS = '#/play?data=iris&model=dense:4,relu&lr=0.005&epochs=1000';
const SEATTLE = '#/play?data=seattle&model=dense:8,relu&loss=mse&lr=0.005&epochs=1000';

const plain = (text) => text.replaceAll('\u00a0', ' ');
const tab = (page, name) => page.getByTestId(`tab-${name}`);
const compared = (page) => expect(page.getByTestId('compare-bytes')).toContainText(/\d/);
// Small data is soon through: a run that has ended stands still, too.
const pause = async (page) => {
  await page.getByTestId('pause').first().click({ timeout: 2000 }).catch(() => {});
  await expect(page.getByTestId('play').first()).toBeVisible();
};
const bits = (page, width) => page.getByTestId(`control-bits-${width}`).check({ force: true });
// Runs are rows with a button to pin them.
const rows = (page) => page.getByTestId('runs').locator('tbody tr');

async function start(open, page, link) {
  await open(link);
  await compared(page);
}

test('a cell of the confusion matrix shows its samples, by mouse and by keyboard', async ({ open, page }) => {
  await start(open, page, DIGITS);
  await tab(page, 'confusion').click();
  const confusion = page.getByTestId('confusion');
  await pause(page);
  const cell = confusion.locator('.confusion-cell:enabled').first();
  await cell.click();
  await expect(cell).toHaveAttribute('aria-pressed', 'true');
  // The comparison of the last step may still be on its way.
  let count;
  await expect(async () => {
    count = Number(await cell.textContent());
    await expect(confusion.getByRole('status')).toContainText(`: ${count}`, { timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await expect(confusion.locator('.confusion-samples li')).toHaveCount(Math.min(count, 24));
  const other = confusion.locator('.confusion-cell:enabled').nth(1);
  await other.focus();
  await page.keyboard.press('Enter');
  await expect(other).toHaveAttribute('aria-pressed', 'true');
  await expect(confusion.locator('.confusion-samples li')).toHaveCount(Math.min(Number(await other.textContent()), 24));
  await confusion.getByRole('button', { name: 'Baseline' }).click();
  await expect(confusion.getByRole('status')).toContainText('Choose a cell');
  await expectAccessible(page, { within: '[data-testid=confusion]' });
});

test('a class is told from the rest at a threshold, by mouse and by keyboard', async ({ open, page }) => {
  await start(open, page, CIRCLE);
  await tab(page, 'confusion').click();
  await pause(page);
  const roc = page.getByTestId('roc');
  const words = page.getByTestId('roc-words');
  await expect(words).toContainText(/AUC [01]\.\d{4} → [01]\.\d{4}, average precision/, { timeout: 15_000 });
  // Of two classes the second is looked at; at ½ its table is the confusion matrix.
  await expect(page.getByTestId('roc-class')).toHaveValue('1');
  const slider = page.getByTestId('roc-threshold');
  const cells = async () => (await page.getByTestId('roc-optimized').locator('td.num').allTextContents()).map((n) => Number(n.replaceAll(',', '')));
  const matrix = async () => (await page.getByTestId('confusion').locator('.confusion-cell').allTextContents()).map(Number);
  await expect(async () => {
    const [tp, fn, fp, tn] = await cells();
    expect([tn, fp, fn, tp]).toEqual(await matrix());
  }).toPass({ timeout: 15_000 });
  // Both curves, and a dot on each that goes with the slider.
  await expect(roc.locator('polyline')).toHaveCount(2);
  await expect(roc.locator('circle')).toHaveCount(2);
  await expect(slider).toHaveAttribute('aria-valuetext', /^0\.5; baseline: precision .*; optimized: precision /);
  const before = await roc.locator('circle').last().getAttribute('cx');
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', /^0; /);
  await expect.poll(async () => (await cells()).filter((n) => n === 0).length).toBeGreaterThanOrEqual(2); // at 0 all are called the class
  await expect(page.getByTestId('roc-shares').locator('tr', { hasText: 'Recall' })).toContainText('100.0');
  expect(await roc.locator('circle').last().getAttribute('cx')).not.toBe(before);
  // Precision-recall: at 1 hardly anything is called the class; the numbers are in the table, where the threshold is marked.
  await page.getByTestId('control-roc-curve-pr').check({ force: true });
  await expect(roc.locator('svg.roc-plot')).toHaveAttribute('aria-label', /Precision over Recall/);
  await slider.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await expect(slider).toHaveAttribute('aria-valuetext', /^0\.9999; /);
  await roc.getByRole('button', { name: 'Curves as a table' }).click();
  await expect(page.getByTestId('roc-table').locator('tbody tr')).toHaveCount(113);
  await expect(page.getByTestId('roc-table').locator('.table-now th')).toHaveText('0.9999');
  await expect(page.getByTestId('roc-areas').locator('tbody tr')).toHaveCount(2);
  await expect(roc.locator('svg.roc-plot')).toBeHidden();
  await expectAccessible(page, { within: '[data-testid=roc]' });
  await roc.getByRole('button', { name: 'Curves as a table' }).click();
  // The other class, and what it is about.
  await page.getByTestId('roc-class').selectOption('0');
  await expect(page.getByTestId('roc-baseline').locator('thead th').first()).not.toHaveText(await page.getByTestId('roc-class').locator('option').nth(1).textContent());
  await roc.getByRole('button', { name: 'About Threshold' }).click();
  await expect(page.locator('#roc-threshold-help')).toContainText('How likely the class has to be');
  await page.keyboard.press('Escape');
  await expectAccessible(page, { within: '[data-testid=roc]' });
  // A setting that is changed while training stands still draws them anew.
  const said = await words.textContent();
  await bits(page, '1');
  await expect(words).not.toHaveText(said, { timeout: 15_000 });
});

test('a regression has residuals and no curves of classes', async ({ open, page }) => {
  await start(open, page, DIABETES);
  await tab(page, 'confusion').click();
  await expect(page.getByRole('tabpanel').getByTestId('residuals')).toBeVisible();
  await expect(page.getByTestId('roc')).toHaveCount(0);
});

test('the curves say how far training and test samples are apart', async ({ open, page }) => {
  // A few noisy points and many units: it learns its training samples by heart.
  await start(open, page, '#/play?data=moons&data.n=120&data.noise=0.35&test=0.75&model=dense:48,relu,dense:48,relu&lr=0.01&batch=10&epochs=120');
  const meter = page.getByTestId('overfit');
  await expect(page.getByTestId('overfit-words')).toContainText(/The gap grows since epoch [\d.]+: test loss rises \(.+ while training loss falls/, { timeout: 60_000 });
  await expect(meter.getByRole('meter')).toHaveAttribute('aria-valuetext', /points|no gap/);
  await expectAccessible(page, { within: '[data-testid=overfit]' });
});

test('runs are pinned, overlaid, compared in full, opened and removed, and outlive a reload', async ({ open, page }) => {
  await start(open, page, DIGITS);
  await tab(page, 'runs').click();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: /^Pin run/ }).click();
  await page.getByTestId('reseed').first().click();
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).nth(1)).toContainText('Seed 2 → 1');
  // Its curve lies over the new one, named and coloured.
  await tab(page, 'curves').click();
  const tag = (await page.locator('.curves .chart-name', { hasText: /^run \d+$/ }).first().textContent()).trim();
  await tab(page, 'runs').click();
  await expect(rows(page).nth(1)).toContainText(tag);
  await expectAccessible(page, { within: '[data-testid=runs]' });
  // Side by side, by keyboard.
  await page.getByTestId('compare-runs').focus();
  await page.keyboard.press('Enter');
  const versus = page.getByTestId('versus');
  await expect(versus).toContainText('Optimized score');
  await expect(versus.locator('tr', { hasText: 'Seed' })).toContainText('12');
  await bits(page, '2');
  await expect(versus.locator('tr', { hasText: 'Weight bits' })).toContainText('2');
  await expectAccessible(page, { within: '[data-testid=runs]' });
  await page.getByTestId('versus-a').selectOption({ index: 0 });
  await expect(versus).toContainText('Both have the same settings.');
  await page.getByTestId('versus-back').click();
  // A run of other data: the table writes each score in its own terms, and no curve of the other lies over it.
  await page.getByTestId('control-data').getByRole('combobox').selectOption('diabetes');
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).first()).toContainText('R²');
  await expect(rows(page).nth(1)).toContainText('%');
  await rows(page).nth(1).locator('summary').click();
  await expect(rows(page).nth(1)).toContainText('Epochs 60 → 1000');
  await tab(page, 'curves').click();
  await expect(page.locator('.curves .chart-name', { hasText: tag })).toHaveCount(0);
  await expect(page.getByTestId('curves')).toContainText('1 pinned of other data');
  await tab(page, 'runs').click();
  await pause(page);
  await kept(page);
  await expect.poll(async () => JSON.parse((await record(page, 'pinned')).runs).length).toBe(2);
  await page.reload();
  await compared(page);
  await tab(page, 'runs').click();
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).nth(2).getByRole('button', { name: /^Pin/ })).toHaveAttribute('aria-pressed', 'true');
  // Opened by keyboard, removed by mouse.
  await rows(page).nth(2).getByRole('button', { name: /^Open/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/data=digits/);
  await expect(rows(page)).toHaveCount(4);
  await rows(page).nth(1).getByRole('button', { name: /^Remove/ }).click();
  await expect(rows(page)).toHaveCount(3);
});

test('models tried stand on the front of their own data, one is recommended, and each opens', async ({ open, page }) => {
  await start(open, page, CIRCLE);
  await tab(page, 'pareto').click();
  const pareto = page.getByTestId('pareto');
  const marks = pareto.locator('.pareto-chart').first().locator('.pareto-mark');
  await expect(marks.first()).toBeAttached();
  await page.getByTestId('control-data').getByRole('combobox').selectOption('digits');
  await expect(page).toHaveURL(/data=digits/);
  await compared(page);
  await expect(pareto).toContainText('of other data are in the table');
  for (const width of ['1', '8', '4']) {
    await bits(page, width);
    await expect(pareto.locator('.pareto-now').first()).toHaveAttribute('aria-label', new RegExp(`${width}-bit`));
  }
  await pause(page);
  await expect(marks).toHaveCount(4); // the baseline and three widths, none of the circle
  for (const label of await marks.evaluateAll((all) => all.map((m) => m.getAttribute('aria-label')))) {
    expect(label).toMatch(/^(MLP|CNN|Linear).* · .*, step [\d,]+: .*%, .*B/);
  }
  await expect(page.getByTestId('recommend')).toContainText(/Recommended|Nothing to recommend yet/);
  const front = marks.filter({ hasNot: page.locator('.pareto-ring') }).and(pareto.locator('.pareto-on:not(.pareto-base)')).first();
  const width = (await front.getAttribute('aria-label')).match(/(\d)-bit/)[1];
  await front.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId(`control-bits-${width}`)).toBeChecked();
  await pareto.getByRole('button', { name: 'Models tried as a table' }).click();
  await expect(pareto.locator('tbody tr').last()).toContainText('Circle');
  await expectAccessible(page, { within: '[data-testid=pareto]' });
  await pareto.getByRole('button', { name: /^Open.*: MLP 6 · fp32 baseline$/ }).click();
  await expect(page).toHaveURL(/data=circle/);
});

test('samples of a table are shown with the names of their columns', async ({ open, page }) => {
  await start(open, page, IRIS);
  await pause(page);
  await tab(page, 'confusion').click();
  const confusion = page.getByTestId('confusion');
  const cell = confusion.locator('.confusion-cell:enabled').first();
  const count = Number(await cell.textContent());
  await cell.click();
  const table = page.getByTestId('confusion-rows');
  await expect(table.locator('tbody tr')).toHaveCount(Math.min(count, 24));
  await expect(table.locator('thead th')).toHaveText(['Sample', 'Actual', 'Predicted', 'sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)']);
  await expect(table.locator('tbody tr').first().locator('td')).toHaveText([/^[a-z]+$/, /^[a-z]+ \d+\s%$/, ...Array(4).fill(/^\d+(\.\d+)?$/)]);
  await expectAccessible(page, { within: '[data-testid=confusion]' });
});

test('a forecast is drawn over time', async ({ open, page }) => {
  await start(open, page, SEATTLE);
  await pause(page);
  await tab(page, 'confusion').click();
  // The outputs beside the network draw it, too.
  const residuals = page.getByRole('tabpanel').getByTestId('residuals');
  const forecast = residuals.getByTestId('forecast');
  await expect(forecast.locator('polyline')).toHaveCount(3);
  const points = await forecast.locator('polyline').first().getAttribute('points');
  expect(points.split(' ').length, 'all test windows').toBe(290);
  await expect(forecast.getByRole('img')).toHaveAttribute('aria-label', /290 are drawn/);
  await expectAccessible(page, { within: '[data-testid=residuals]' });
  await residuals.getByRole('button', { name: 'Predictions as a table' }).click();
  await expect(forecast).toBeHidden();
  await expect(residuals.locator('tbody tr')).toHaveCount(290);
});

test('licence texts are a click away', async ({ open, page }) => {
  await start(open, page, CIRCLE);
  await page.getByTestId('about-data').click();
  const link = page.getByTestId('attribution');
  await expect(link).toBeVisible();
  const response = await page.request.get(new URL(await link.getAttribute('href'), page.url()).href);
  expect(response.status()).toBe(200);
  expect(await response.text()).toContain('BSD 3-Clause License');
});

test('every drawing has its table', async ({ open, page }) => {
  await start(open, page, DIABETES);
  for (const name of ['Table of Loss', 'Table of R²']) {
    await page.getByTestId('curves').getByRole('button', { name }).click();
  }
  await expect(page.locator('.chart-table').first()).toContainText(/\d/);
  await tab(page, 'confusion').click();
  const residuals = page.getByRole('tabpanel').getByTestId('residuals');
  await residuals.getByRole('button', { name: 'Predictions as a table' }).click();
  await expect(residuals.locator('tbody tr').first()).toContainText(/\d/);
  // The errors above it are those of the card.
  await pause(page);
  const said = plain(await page.getByTestId('compare').textContent());
  const [, before, after] = said.match(/mean error ([\d.]+) → ([\d.]+)/);
  await expect(residuals.locator('.key-baseline b')).toHaveText(before);
  await expect(residuals.locator('.key-optimized b')).toHaveText(after);
});

test('times are measured for long enough, per layer and per form, with throughput and memory beside them', async ({ open, page }) => {
  await start(open, page, DIGITS);
  await pause(page);
  await tab(page, 'latency').click();
  await page.getByTestId('measure').focus();
  await page.keyboard.press('Enter');
  const sizes = page.getByTestId('size-bar');
  await expect(sizes.locator('tr', { hasText: 'Masked fp32' })).toContainText('same kernel', { timeout: 30_000 });
  await expect(sizes.locator('tr', { hasText: 'Units removed' })).toContainText('none');
  for (const form of ['Bit-packed', 'Sparse']) await expect(sizes.locator('tr', { hasText: form })).toContainText(/[µn]s/);
  const latency = page.getByTestId('latency');
  const batches = latency.locator('.latency-batches tbody tr');
  await expect(batches).toHaveCount(2);
  for (const spread of await batches.locator('td[title^=p50]').evaluateAll((cells) => cells.map((c) => c.title))) {
    const [, value, unit, calls] = plain(spread).match(/^p50 ([\d.]+) (ns|µs|ms), .* ([\d,]+) calls$/);
    // The number is rounded: the median may be half a unit of its last digit more.
    const median = Number(value) + 0.5 * 10 ** -(value.split('.')[1]?.length ?? 0);
    expect(median * { ns: 1e-6, µs: 1e-3, ms: 1 }[unit] * Number(calls.replaceAll(',', '')), spread).toBeGreaterThanOrEqual(200);
  }
  const text = (row) => expect.poll(async () => plain(await row.textContent()));
  await text(batches.first()).toMatch(/[\d.]+ [kM]?≥ [\d.]+/);
  const dense = page.getByTestId('latency-layers').locator('tr', { hasText: 'Dense 16' });
  await expect(dense).toContainText(/µs|ns/);
  await text(dense).toMatch(/4\.\d+ kB → 1\.\d+ kB/); // 64 × 16 weights of four bytes, then of one
  await expectAccessible(page, { within: '[data-testid=latency]' });
});

test('the downloaded file is as long as the page says, and gives the accuracy that it shows', async ({ open, page }) => {
  test.setTimeout(300_000); // the command line may have to be built
  await start(open, page, DIGITS);
  await bits(page, '4');
  await pause(page);
  const step = await page.getByTestId('count-step').first().textContent();
  await expect(page.getByTestId('compare')).toContainText(`at step ${step},`);
  const shown = plain(await page.getByTestId('download').textContent());
  const accuracy = plain(await page.getByTestId('compare-accuracy').locator('.compare-opt').textContent());
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  const path = test.info().outputPath(download.suggestedFilename());
  await download.saveAs(path);
  const file = fs.readFileSync(path);
  expect(shown).toBe(`Download the model, ${bytesAsShown(file.length)}`);
  expect(file.subarray(0, 4).toString()).toBe('WHTL');
  expect(zlib.crc32(file.subarray(10))).toBe(file.readUInt32LE(6)); // what stands behind the checksum is what was written
  const root = new URL('../..', import.meta.url).pathname;
  const judged = JSON.parse(execFileSync('cargo', ['run', '--locked', '--quiet', '--bin', 'whittle', '--', 'eval', path, '--json'], { cwd: root }));
  expect(`${(judged.accuracy * 100).toFixed(1)} %`).toBe(accuracy);
});

function bytesAsShown(count) {
  if (count < 1000) return `${count} B`;
  const kilo = count / 1000;
  return `${kilo < 9.995 ? kilo.toFixed(2) : kilo < 99.95 ? kilo.toFixed(1) : kilo.toFixed(0)} kB`;
}
