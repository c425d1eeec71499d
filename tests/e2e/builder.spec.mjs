// The builder of networks: blocks of layers, what layers cost, and what trains on the CPU alone.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

const FLAT = '#/play?data=circle&model=dense:6,tanh&lr=0.02&batch=20&epochs=1000';
const IMAGE = '#/play?data=digits&model=conv2d:4,relu&lr=0.005&epochs=1000';

const rows = (page) => page.getByTestId('layers').locator('> li');
const back = (page, row) => page.getByTestId(`control-layer${row}.back`).getByRole('textbox');

test('a residual block is added by keyboard, fits at once, and is trained', async ({ open, page }) => {
  await open(FLAT);
  await trains(page);
  const menu = page.getByTestId('add-layer');
  await menu.focus();
  // Opened, gone through by its first letters, taken.
  await page.keyboard.press('Space');
  await page.keyboard.type('Residual');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(5);
  for (const row of [1, 2]) await expect(page.getByTestId(`control-layer${row}.units`).getByRole('textbox')).toHaveValue('6');
  await expect(back(page, 3)).toHaveValue('3');
  await expect(page.locator('.layer-wrong')).toHaveCount(0);
  await page.getByTestId('apply').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/model=dense(:|%3A)6(,|%2C)tanh(,|%2C)dense(:|%3A)6(,|%2C)tanh(,|%2C)dense(:|%3A)6(,|%2C)add(,|%2C)tanh/);
  await expect(page.getByTestId('draft')).toHaveCount(0);
  await trains(page, 20);
});

test('keys that go through a closed menu open it, and add nothing by themselves', async ({ open, page }) => {
  await open(FLAT);
  await trains(page);
  const menu = page.getByTestId('add-layer');
  for (const key of ['ArrowDown', 'End', 'r']) {
    await menu.focus();
    await page.keyboard.press(key);
    await expect.poll(() => menu.evaluate((select) => select.matches(':open'))).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => menu.evaluate((select) => select.matches(':open'))).toBe(false);
    await expect(rows(page)).toHaveCount(1);
  }
  await menu.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.type('Residual');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(5);
});

test('a skip connection follows the layers inside it', async ({ open, page }) => {
  await open(IMAGE);
  await trains(page);
  await page.getByTestId('add-layer').selectOption('residual');
  await expect(rows(page)).toHaveCount(8);
  await expect(back(page, 6)).toHaveValue('5');
  // Without the normalization between them, the activation joins its convolution in one row.
  await page.locator('#layer-2-remove').press('Enter');
  await expect(back(page, 4)).toHaveValue('4');
  // An activation more inside, and the sum one place down.
  await page.locator('#layer-2-activation').selectOption('tanh');
  await expect(back(page, 4)).toHaveValue('5');
  await page.locator('#layer-4-down').press('Enter');
  await expect(back(page, 5)).toHaveValue('6');
  await expect(page.locator('.layer-wrong')).toHaveCount(0);
  await page.getByRole('button', { name: 'About Residual block' }).click();
  await expect(page.locator('#residual-help')).toContainText('what is there passes through');
  await expectAccessible(page, { within: '[data-testid=section-model]' });
});

for (const [name, viewport] of [['', { width: 1440, height: 900 }], [' on a phone', { width: 390, height: 844 }]]) {
  test(`rows say what layers cost, and the sums are below them${name}`, async ({ open, page }) => {
    await page.setViewportSize(viewport);
    await open(IMAGE);
    await trains(page);
    const cost = page.getByTestId('layer-0').locator('.layer-cost');
    await expect(cost).toHaveText('8×8×4 · 40\u00a0params · 2.30\u00a0k\u00a0MACs · 2.05\u00a0kB');
    expect(await cost.evaluate((p) => p.scrollWidth <= p.clientWidth)).toBe(true);
    const total = page.getByTestId('layer-total');
    // 256 values twice, 256 made flat, and ten classes.
    await expect(total).toContainText('2,610 parameters · 4.86\u00a0k multiply-adds · 3.11\u00a0kB of activations a sample (fp32)');
    await page.getByTestId('add-layer').selectOption('globalpool');
    await expect(page.getByTestId('layer-1').locator('.layer-cost')).toHaveText('4 · 16\u00a0B');
    await expect(total).toContainText('90 parameters');
    await total.getByRole('button', { name: 'About What layers cost' }).click();
    await expect(page.locator('#layer-cost-help')).toContainText('training keeps all of it');
  });
}

test('menus mark what trains on the CPU only, and the badge says so of the run', async ({ open, page }) => {
  const menu = page.getByTestId('control-opt').getByRole('combobox');
  const marked = (of) => of.locator('option', { hasText: '(CPU only)' }).evaluateAll((all) => all.map((o) => o.value));
  const why = page.getByTestId('engine-help').locator('.help-why');
  await open('#/play?data=digits&model=lstm:8&lr=0.005&epochs=1000');
  await trains(page);
  await expect(page.getByTestId('add-layer')).toBeVisible();
  expect(await marked(page.getByTestId('add-layer'))).toEqual(['exit', 'rnn', 'lstm', 'gru']);
  expect(await marked(menu)).toEqual(['muon', 'lbfgs']);
  expect(await marked(page.getByTestId('control-loss'))).toEqual(['custom']);
  await expect(page.getByTestId('layer-0').locator('.layer-cost')).toContainText('CPU\u00a0only');
  await page.getByRole('button', { name: 'About Engine' }).click();
  await expect(why).toHaveText('CPU only: layer 1 (lstm) has no shader.');
  await page.keyboard.press('Escape');

  await open('#/play?data=digits&model=dense:8,relu&opt=muon&epochs=1000');
  await trains(page);
  await page.getByTestId('control-opt').getByRole('button', { name: 'About Muon' }).click();
  await expect(page.locator('#c-opt-help')).toContainText('trains on the CPU only');
  await page.keyboard.press('Escape');
  await expect(why).toHaveText('CPU only: this optimizer has no shader.');
});
