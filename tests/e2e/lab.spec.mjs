// The compression lab beside recipes: clipping by hand, single layers, what compression breaks, devices, limits, and files for other runtimes.
import fs from 'node:fs';
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

const DIGITS = '#/play?data=digits&model=dense:24,relu&lr=0.005&batch=16&epochs=6';

/** A run that has been trained to its end. */
async function trained(open, page, link = DIGITS) {
  await open(link);
  await trains(page);
  await expect(page.getByTestId('play').first()).toBeVisible({ timeout: 30_000 });
}

const set = async (page, key, value) => {
  await page.getByTestId(`control-${key}`).getByRole('textbox').fill(value);
  await page.getByTestId(`control-${key}`).getByRole('textbox').press('Enter');
};

test('levels are clipped by hand: by slider, by dragging their edge, and of what comes in', async ({ open, page }) => {
  await trained(open, page, `${DIGITS}&bits=4&scale=tensor`);
  await page.getByTestId('tab-weights').click();
  const panel = page.getByTestId('weights');
  const slider = panel.getByRole('slider', { name: /Levels reach to/ });
  const clipped = panel.locator('dl div', { hasText: 'Clipped' });
  await expect(panel.locator('.weights-level')).toHaveCount(15);
  await slider.fill('30');
  await expect.poll(() => page.url()).toContain('clips=0.3');
  await expect(panel.getByTestId('clip')).toContainText(/30\s% of the largest/);
  await expect(clipped).not.toContainText(/\(0\.0\s%\)/);
  const error = () => panel.locator('dl div', { hasText: 'Rounding error' }).textContent();
  const narrow = await error();

  // The edge on the right is dragged to the right: fewer weights are clipped.
  const grip = panel.locator('.weights-grip').last();
  const box = await grip.boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 + 30 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 60, at.y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => Number(/[?&]clips=([\d.]+)/.exec(page.url())?.[1])).toBeGreaterThan(0.35);
  await expect.poll(error).not.toBe(narrow);
  await panel.getByRole('button', { name: 'By the rule' }).click();
  await expect.poll(() => page.url()).not.toContain('clips=');

  // What comes into the second layer has a grid where activations are rounded.
  await page.getByTestId('weights-what').selectOption('inputs');
  await expect(panel).toContainText('activations stay 32-bit floats');
  await panel.locator('.weights-layers').getByRole('button', { name: 'Dense 10' }).click();
  await page.locator('summary', { hasText: 'How' }).click();
  await page.getByTestId('control-act').locator('select').selectOption({ label: '4-bit integer' });
  await expect(panel.locator('.weights-level')).toHaveCount(16);
  await expect(panel).toContainText(/Zero[\d,]+ \(\d/);
  await slider.fill('50');
  await expect.poll(() => page.url()).toContain('actclips=0,0.5');
  await expect(clipped).not.toContainText(/\(0\.0\s%\)/);
  await expectAccessible(page, { within: '[data-testid=weights]' });
});

test('each layer is measured at each width, and gets bits of its own', async ({ open, page }) => {
  await trained(open, page);
  await page.getByTestId('tab-weights').click();
  const panel = page.getByTestId('layer-widths');
  await page.getByTestId('sense').click();
  await expect(panel.locator('tbody tr')).toHaveCount(2, { timeout: 30_000 });
  await expect(panel.locator('tbody tr').first().locator('button')).toHaveCount(5);
  await panel.locator('tbody tr').first().getByRole('button').last().click();
  await expect.poll(() => page.url()).toContain('widths=2');
  await panel.locator('tbody tr').nth(1).getByRole('button', { name: 'keep fp32' }).click();
  await expect.poll(() => page.url()).toContain('widths=2,32');
  await panel.getByRole('button', { name: /^Best within the bytes of 4 bits/ }).click();
  await expect.poll(() => page.url()).not.toContain('widths=2,32');
  await panel.getByRole('button', { name: 'All layers alike' }).click();
  await expect.poll(() => page.url()).not.toContain('widths=');
  await expectAccessible(page, { within: '[data-testid=layer-widths]' });
});

test('what compression breaks is told by class, by sample and by calibration', async ({ open, page }) => {
  await trained(open, page, `${DIGITS}&bits=2`);
  await page.getByTestId('tab-confusion').click();
  const breaks = page.getByTestId('breaks');
  await expect(breaks.getByRole('status')).toContainText(/Both say the same of [\d.]+\s% of 360 test samples/);
  await expect(breaks.getByRole('status')).toContainText('Mean KL divergence');
  const lost = Number(/([\d,]+) that were right are wrong now/.exec(await breaks.getByRole('status').textContent())[1]);
  const cells = await breaks.locator('table').first().locator('tbody tr td:nth-of-type(1)').allTextContents();
  expect(cells.map(Number).reduce((a, b) => a + b, 0)).toBe(lost);
  await expect(breaks.locator('.confusion-samples li').first()).toBeVisible();
  await expect(breaks).toContainText(/Baseline ·/);
  // At 8 bits next to nothing changes.
  await page.getByTestId('control-bits-8').check({ force: true });
  await breaks.getByRole('button', { name: 'Compare answers' }).click();
  await expect(breaks.getByRole('status')).toContainText(/same of (all 360|9[89]\.\d\s% of 360)/);
  await expectAccessible(page, { within: '[data-testid=breaks]' });
});

test('the model is held against a device, whose limits it breaks in words', async ({ open, page }) => {
  await trained(open, page);
  const target = page.getByTestId('target');
  await target.locator('select').selectOption({ label: 'Cortex-M0+ (RP2040)' });
  await expect(page.getByTestId('target-verdict')).toContainText('Fits');
  await expect.poll(() => page.url()).toContain('target=m0');
  await expect(target.locator('tbody tr')).toHaveCount(3);
  await expect(target).toContainText('estimate');
  await expectAccessible(page, { within: '[data-testid=target]' });
});

test('a recipe is found within limits, taken over, and limits that cannot be kept are told by how much', async ({ open, page }) => {
  test.setTimeout(120_000);
  await trained(open, page);
  await page.getByTestId('tab-recipe').click();
  const search = page.getByTestId('recipe-search');
  await search.locator('summary').click();
  await expect(page.getByTestId('solve')).toBeDisabled();
  await set(page, 'maxkb', '3');
  await set(page, 'maxdrop', '5');
  await page.getByTestId('solve').click();
  await expect(page.getByTestId('solve-table')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('solve')).toBeVisible({ timeout: 60_000 });
  const pick = page.getByTestId('solve-table').locator('.seek-pick');
  await expect(pick).toHaveCount(1);
  const bytes = await pick.locator('td').nth(1).textContent();
  expect(bytes).toMatch(/^(\d{1,3}\sB|[12]\.\d+\skB|3(\.00?)?\skB)$/);
  await expectAccessible(page, { within: '[data-testid=recipe-search]' });
  await pick.getByRole('button', { name: 'Use this recipe' }).click();
  await expect(page.getByTestId('step-0')).toBeVisible();
  await expect.poll(() => page.url()).toContain('recipe=');

  await set(page, 'maxkb', '0.1');
  await page.getByTestId('solve').click();
  await expect(page.getByTestId('solve')).toBeVisible({ timeout: 90_000 });
  await expect(page.getByTestId('solve-words')).toContainText(/No recipe|no recipe/);
});

test('the model comes as ONNX, optimized and in fp32', async ({ open, page }) => {
  await trained(open, page, `${DIGITS}&bits=8&act=int8`);
  const sizes = [];
  for (const button of await page.getByRole('button', { name: 'ONNX', exact: true }).all()) {
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    expect(download.suggestedFilename()).toMatch(/\.onnx$/);
    const file = fs.readFileSync(await download.path());
    expect(file.includes('whittle')).toBe(true);
    sizes.push(file.length);
  }
  expect(sizes).toHaveLength(2);
  // 1,786 and 250 parameters, in one byte and in four.
  expect(sizes[0]).toBeLessThan(sizes[1]);
});
