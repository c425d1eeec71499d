// Feature steps as drawings: shares of the variance, and test samples before and behind a step, with columns as arrows.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

test('principal components are drawn with their shares, and the columns as arrows', async ({ open, page }) => {
  await open('#/play?data=wine&model=dense:8,relu&features=scale,pca:2&epochs=3');
  await trains(page, 1);
  const shares = page.getByTestId('scree').locator('li');
  await expect(shares.first()).toBeVisible();
  // Components come by falling share, and no more than all of the variance is there.
  const values = (await shares.allTextContents()).map((text) => Number.parseFloat(text));
  expect(values.length).toBeGreaterThan(2);
  expect([...values].sort((a, b) => b - a)).toEqual(values);
  expect(values.reduce((sum, share) => sum + share)).toBeLessThanOrEqual(101);

  const sight = page.getByTestId('sight');
  const drawn = sight.locator('canvas');
  await expect(drawn).toHaveCount(2);
  // Of the last step unless another is chosen: its components are told by their arrows.
  await expect(drawn.nth(1)).toHaveAccessibleName(/arrows are the columns/);
  await sight.getByRole('button', { name: 'Loadings' }).click();
  await expect(sight.locator('tbody tr')).toHaveCount(13);
  await expectAccessible(page, { within: '[data-testid=sight]' });

  const before = await drawn.first().getAttribute('aria-label');
  await sight.getByRole('combobox', { name: /^Across/ }).selectOption({ index: 3 });
  await expect(drawn.first()).not.toHaveAttribute('aria-label', before);

  await page.getByTestId('sight-step').selectOption({ index: 0 });
  await expect(drawn.nth(1)).not.toHaveAccessibleName(/arrows are the columns/);
});

test('samples are told on both sides of a step, and have a table', async ({ open, page }) => {
  await open('#/play?data=wine&model=dense:8,relu&features=scale,pca:2&epochs=3');
  await trains(page, 1);
  const sight = page.getByTestId('sight');
  const said = page.getByTestId('sight-said');
  const drawn = sight.locator('canvas');
  await expect(said).toContainText('Point at a sample');
  await drawn.nth(1).focus();
  await page.keyboard.press('ArrowRight');
  await expect(said).toHaveText(/^Sample \d+, cultivar \d: .+ -?[\d.]+, .+ -?[\d.]+; behind it PC 1 -?[\d.]+, PC 2 -?[\d.]+$/);
  const behind = async () => Number((await said.textContent()).match(/PC 1 (-?[\d.]+)/)[1]);
  const first = await behind();
  const before = await said.textContent();
  await page.keyboard.press('ArrowRight');
  await expect(said).not.toHaveText(before);
  expect(await behind(), 'from the left to the right').toBeGreaterThanOrEqual(first);
  await page.keyboard.press('Escape');
  await expect(said).toContainText('Point at a sample');
  await sight.getByRole('button', { name: 'Samples as a table' }).click();
  const rows = sight.getByRole('region', { name: 'Samples, table' }).locator('tbody tr');
  await expect(rows).toHaveCount(36);
  await expect(rows.first().locator('td')).toHaveCount(6);
  await expectAccessible(page, { within: '[data-testid=sight]' });
});

test('the path of the lasso is drawn with its names, by which a step selects', async ({ open, page }) => {
  await open('#/play?data=wine&model=dense:8,relu&features=l1:0.05&epochs=3');
  await trains(page, 1);
  const lasso = page.getByTestId('lasso');
  const said = page.getByTestId('lasso-said');
  await expect(said).toHaveText(/^At α = 0\.05 \(dashed\) \d+ of 13 columns have a weight, and stay\.$/);
  const kept = Number((await said.textContent()).match(/(\d+) of 13/)[1]);
  await expect(lasso.locator('polyline')).toHaveCount(13);
  await expect(lasso.locator('polyline.lasso-kept')).toHaveCount(kept);
  // The run has as many inputs as columns are kept.
  await expect(page.getByTestId('control-data')).toContainText(`· ${kept} ·`);
  const plot = lasso.getByRole('application');
  await plot.focus();
  await page.keyboard.press('ArrowDown');
  await expect(said).toHaveText(/^.+: weight [\d.]+ at α = 0\.05; its first at α = [\d.]+\.$/);
  const first = await said.textContent();
  await page.keyboard.press('ArrowDown');
  await expect(said).not.toHaveText(first);
  await page.keyboard.press('ArrowLeft');
  await expect(said).not.toContainText('at α = 0.05;');
  await page.keyboard.press('Escape');
  await expect(said).toHaveText(/^At α/);
  const { width } = await plot.boundingBox();
  await plot.hover({ position: { x: width - 110, y: 20 } });
  await expect(said).toHaveText(/: weight/);
  await expect(lasso.locator('.lasso-here')).toHaveCount(1);
  await lasso.getByRole('button', { name: 'Path of the lasso as a table' }).click();
  await expect(lasso.locator('tbody tr')).toHaveCount(13);
  await expect(lasso.locator('thead')).toContainText('α = 0.05, chosen');
  await expectAccessible(page, { within: '[data-testid=lasso]' });
});

test('images go through steps as rows of pixels, and a layer for images says that none comes', async ({ open, page }) => {
  await open('#/play?data=digits&model=conv2d:4,relu&features=pca:4&epochs=3');
  await expect(page.getByText('it needs an image, and feature steps make a row of 4 of each').first()).toBeVisible();
  // Steps or layer can be taken out where nothing has started.
  await expect(page.getByTestId('features').getByText('PCA').first()).toBeVisible();
  await open('#/play?data=digits&model=dense:16,relu&features=pca:2&epochs=3');
  await trains(page, 1);
  await expect(page.getByTestId('scree').locator('li').first()).toBeVisible();
  await expect(page.getByTestId('sight').locator('canvas')).toHaveCount(2);
  await expect(page.getByTestId('sight').getByRole('combobox', { name: /^Across/ })).toContainText('pixel_7_7');
  await expect(page.getByTestId('boundary')).toBeVisible();
});
