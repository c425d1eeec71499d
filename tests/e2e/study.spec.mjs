// The lab's studies: a step walked with its numbers, cross-validation, the learning curve, and bias against variance.
import { expect, expectAccessible, pause, test, trains } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:4,tanh&lr=0.02&batch=20&epochs=2';

async function lab(open, page, link) {
  await open(link);
  await trains(page, 5);
  await page.getByTestId('tab-lab').click();
  await expect(page.getByTestId('optimizer-lab')).toBeVisible();
}

test('a step is walked from a sample to the update', async ({ open, page }) => {
  await lab(open, page, CIRCLE.replace('epochs=2', 'epochs=1000'));
  await pause(page);
  await page.getByTestId('walk').click();
  const stage = page.getByTestId('walk-stage');
  await expect(stage).toBeVisible({ timeout: 30_000 });
  const first = await stage.textContent();
  await page.getByTestId('walk-next').click();
  await expect(stage).not.toHaveText(first);
  await expectAccessible(page, { within: '[data-testid=step-walk]' });
  await page.getByTestId('walk-back').click();
  await expect(stage).toHaveText(first);
});

test('an experiment is cross-validated, with mean and deviation', async ({ open, page }) => {
  await lab(open, page, CIRCLE);
  await page.getByTestId('study-folds-start').click();
  await expect(page.getByTestId('study-folds-words')).toContainText('±', { timeout: 50_000 });
  await expect(page.getByTestId('study-folds-start')).toBeVisible({ timeout: 50_000 });
  await expect(page.getByTestId('study-folds-table').locator('tbody tr')).toHaveCount(5);
  await expectAccessible(page, { within: '[data-testid=study-folds]' });
});

test('folds of a series go forward in time', async ({ open, page }) => {
  await lab(open, page, '#/play?data=nile&model=dense:4,relu&loss=mse&lr=0.01&epochs=6');
  await page.getByTestId('study-folds-start').click();
  await expect(page.getByTestId('study-folds-words')).toContainText('each later in time', { timeout: 50_000 });
  const train = await page.getByTestId('study-folds-table').locator('tbody tr td:nth-of-type(1)').allTextContents();
  expect(train.map(Number), 'each learns from all windows before it').toEqual([17, 32, 47, 62, 77]);
});

test('the learning curve is drawn over data size, with a verdict', async ({ open, page }) => {
  test.slow();
  await lab(open, page, CIRCLE);
  const study = page.getByTestId('study-sizes');
  await page.getByTestId('study-sizes-start').click();
  await expect(page.getByTestId('study-sizes-start')).toBeVisible({ timeout: 120_000 });
  await expect(page.getByTestId('study-sizes-words')).toContainText(/\S/);
  const rows = page.getByTestId('study-sizes-table').locator('tbody tr');
  const sizes = (await rows.locator('th').allTextContents()).map((name) => Number.parseInt(name, 10));
  expect(sizes.length).toBeGreaterThan(3);
  expect([...sizes].sort((a, b) => a - b), 'from few samples to all').toEqual(sizes);
  await expect(study.locator('.chart-legend li').first()).toBeVisible();
  await expectAccessible(page, { within: '[data-testid=study-sizes]' });
});

test('the error is taken apart into bias and variance', async ({ open, page }) => {
  test.slow();
  await lab(open, page, CIRCLE);
  await page.getByTestId('study-bias-start').click();
  await expect(page.getByTestId('study-bias-start')).toBeVisible({ timeout: 120_000 });
  await expect(page.getByTestId('study-bias-words')).toContainText('bootstrap samples');
  const values = await page.getByTestId('study-bias-parts').locator('td.num').allTextContents();
  const [error, bias, costs, helps] = values.map(Number);
  // 0-1 loss of Domingos: bias, and what variance adds where the main prediction is right less what it takes where it is wrong.
  expect(bias + costs - helps).toBeCloseTo(error, 2);
  await expectAccessible(page, { within: '[data-testid=study-bias]' });
});
