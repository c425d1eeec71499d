// The network by hand: pruning and reviving links, setting a weight, one neuron more or less, maps of units, and the histogram of
// weights with the grid they are stored on.
import { expect, expectAccessible, pause, steps, test, trains } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const DIGITS = '#/play?data=digits&model=dense:16,relu&lr=0.005&epochs=1000';

const tip = (page) => page.getByTestId('network-tip');
const byHand = (page) => page.getByTestId('by-hand');
const stage = (page) => page.getByRole('application', { name: /Network drawing/ });

/** Moves down the drawing, `away` from the middle of the first hidden column, until the words beside the pointer match; where that was. */
async function find(page, away, words) {
  const box = await page.locator('.net-canvas').boundingBox();
  const head = await page.getByTestId('head-0').boundingBox();
  const x = head.x + head.width / 2 + away;
  for (let y = box.y + 66; y < box.y + box.height - 24; y += 5) {
    await page.mouse.move(x, y);
    if (words.test((await tip(page).allTextContents()).join())) return { x, y };
  }
  throw new Error(`nothing in the drawing says ${words}`);
}

test('a link is pruned by a click, stands in the address, and survives reload and restart', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  const at = await find(page, -34, /click to prune/);
  await page.mouse.click(at.x, at.y);
  await expect(byHand(page)).toContainText('1 link pruned by hand');
  await expect(page).toHaveURL(/cut=[13]\.\d\.\d/);
  const address = page.url();
  await expect(tip(page)).toContainText('pruned, click to revive');
  await page.reload();
  await expect(byHand(page)).toContainText('1 link pruned by hand');
  await trains(page);
  await page.getByTestId('restart').first().click();
  await trains(page);
  expect(page.url()).toBe(address);
  await byHand(page).getByRole('button', { name: 'Clear' }).click();
  await expect(byHand(page)).toHaveCount(0);
  await expect(page).not.toHaveURL(/cut=/);
});

test('links are pruned, revived and set by keyboard', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 20);
  await pause(page);
  await stage(page).focus();
  await expect(tip(page)).toContainText('unit 0');
  await page.keyboard.press('ArrowDown');
  await expect(tip(page)).toContainText('unit 1');
  await page.keyboard.press('Enter');
  const table = page.getByTestId('network-table');
  await table.getByRole('button', { name: 'Prune link from input x₁' }).press('Enter');
  await expect(page).toHaveURL(/cut=1\.0\.1(&|$)/);
  const revive = table.getByRole('button', { name: 'Revive link from input x₁' });
  await expect(revive).toBeVisible();
  await expect(table.getByRole('textbox', { name: /Weight from input x₁/ })).toHaveCount(0);
  await revive.press('Enter');
  await expect(page).not.toHaveURL(/cut=/);

  const box = table.getByRole('textbox', { name: /Weight from input x₁/ });
  await box.fill('1e9');
  await box.press('Enter');
  await expect(table).toContainText('1e9 is not allowed; the range is -100 to 100');
  await box.fill('2.5');
  await box.press('Enter');
  await expect(page.getByTestId('weights-set')).toContainText('1 weight set by hand');
  await page.getByTestId('play').first().focus();
  await expect(box).toHaveValue('2.500');
  await expectAccessible(page, { within: '.stage' });
  await page.reload();
  await expect(page.getByTestId('weights-set')).toContainText('a restart drops it');
  await page.getByTestId('restart').first().click();
  await expect(page.getByTestId('notices')).toContainText('without the weight set by hand');
  await expect(page.getByTestId('weights-set')).toHaveCount(0);
});

test('a link that the network does not have is refused in words', async ({ open, page }) => {
  await open(`${CIRCLE}&cut=1.0.6`);
  await expect(page.getByTestId('refused')).toContainText('there is no link 1.0.6');
  await expect(page.getByTestId('refused')).toContainText('layer 1 has units 0 to 5');
});

test('units show their map, large, under the pointer and by keyboard', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page, 50);
  await stage(page).focus();
  await expect(tip(page)).toContainText('Its weight for each pixel');
  const map = await page.getByTestId('unit-map').boundingBox();
  expect(Math.min(map.width, map.height)).toBeGreaterThanOrEqual(120);
  const ink = () =>
    page.getByTestId('unit-map').evaluate((c) => {
      const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      return new Set(pixels.filter((_, i) => i % 4 < 3)).size;
    });
  await expect.poll(ink).toBeGreaterThan(20);
  await page.keyboard.press('ArrowRight');
  await expect(tip(page)).toContainText('Mean test image where it says more than usual');
  await expect.poll(ink).toBeGreaterThan(20);
  await page.keyboard.press('Escape');
  await expect(tip(page)).toHaveCount(0);
  await find(page, -130, /What goes in/);
});

test('another sample can be watched', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page, 20);
  await pause(page);
  const input = () => page.locator('.net-canvas').evaluate((c) => c.toDataURL());
  const before = await input();
  await page.locator('.samples-grid button').nth(3).click();
  await expect.poll(input).not.toBe(before);
});

test('a column grows and shrinks at its head', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  await page.getByRole('button', { name: 'Add a neuron to layer 1' }).click();
  await expect(page.getByTestId('head-0')).toContainText('7');
  await expect(page.getByTestId('draft')).toContainText('New layers start a new run');
  await page.getByRole('button', { name: 'Add a neuron to layer 1' }).press('Enter');
  await expect(page.getByTestId('head-0')).toContainText('8');
  await page.getByRole('button', { name: 'Remove a neuron from layer 1' }).click();
  await page.getByTestId('apply').click();
  await expect(page).toHaveURL(/model=dense(:|%3A)7/);
});

test('what layers cost is a table', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page);
  await page.getByTestId('layer-costs-toggle').click();
  const costs = page.getByTestId('layer-costs');
  await expect(costs.locator('tbody tr')).toHaveCount(3);
  await expect(costs.locator('tfoot')).toContainText('1,210');
  await expect(costs).toContainText('at most 320');
});

test('weights are shown against the grid they are stored on, live', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page, 20);
  await page.getByTestId('tab-weights').click();
  const panel = page.getByTestId('weights');
  const levels = panel.locator('.weights-level');
  const shape = () => panel.locator('.weights-bar').evaluateAll((bars) => bars.map((b) => b.getAttribute('height')).join(' '));
  await expect(levels).toHaveCount(255);
  const first = await shape();
  await expect.poll(shape).not.toBe(first);
  for (const [bits, count] of [[4, 15], [2, 3], [1, 2]]) {
    await page.getByTestId(`control-bits-${bits}`).check({ force: true });
    await expect(levels).toHaveCount(count);
  }
  await page.getByTestId('control-bits-32').check({ force: true });
  await expect(levels).toHaveCount(0);
  await expect(panel).toContainText('weights stay 32-bit floats');
  await page.getByTestId('control-bits-3').check({ force: true });
  await expect(levels).toHaveCount(7);
  await expect(panel).toContainText(/SNR \d+\.\d\sdB/);
  await expect(panel).toContainText(/the grid of unit \d+ \(the median step\)/);

  await page.getByTestId('control-prune').getByRole('textbox').fill('80');
  await page.getByTestId('control-prune').getByRole('textbox').press('Enter');
  await expect(panel.locator('.weights-pruned')).toHaveCount(1);
  await expect(panel).toContainText(/Pruned[\d,]+ \(\d\d\.\d\s%\)/);
  await page.getByTestId('weights-unit').selectOption('3');
  await expect(panel).toContainText('the grid of unit 3');
  await panel.locator('.weights-layers').getByRole('button', { name: 'Dense 10' }).click();
  await expect(page.getByTestId('weights-layer')).toHaveValue('2');
  await expect(panel).toContainText('Weights160');
  await expectAccessible(page, { within: '.strip' });
  await panel.getByRole('button', { name: 'Weights as a table' }).click();
  await expect(panel.getByRole('region', { name: 'Weights, table' }).locator('tbody tr')).toHaveCount(81);
});
