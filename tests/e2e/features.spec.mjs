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
