// Distillation from pinned runs, and looks at what a recipe made.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

const DIGITS = '#/play?data=digits&model=dense:24,relu&lr=0.005&batch=16&epochs=6';

async function trained(open, page, link) {
  await open(link);
  await trains(page);
  await expect(page.getByTestId('play').first()).toBeVisible({ timeout: 30_000 });
}

test('a pinned run teaches a recipe', async ({ open, page }) => {
  await trained(open, page, `${DIGITS}&recipe=distill:1`);
  await page.getByTestId('tab-runs').click();
  await page.locator('.run-pin').first().click();
  await page.getByTestId('tab-recipe').click();
  await page.getByTestId('step-0').locator('summary').click();
  const box = page.getByTestId('teachers').getByRole('checkbox').first();
  await expect(box).toBeEnabled();
  await box.check();
  await expect.poll(() => page.url()).toContain('teacher=');
  await expectAccessible(page, { within: '[data-testid=teachers]' });
  await page.getByTestId('recipe-run').click();
  await expect(page.getByTestId('recipe-outcome')).toBeVisible({ timeout: 30_000 });
});

test('what a recipe made is seen in confusion and latency', async ({ open, page }) => {
  await trained(open, page, `${DIGITS}&recipe=prune:0.5:units,quantize:4`);
  await page.getByTestId('tab-confusion').click();
  await expect(page.getByTestId('made-switch')).toHaveCount(0);
  await page.getByTestId('tab-recipe').click();
  await page.getByTestId('recipe-run').click();
  await expect(page.getByTestId('recipe-outcome')).toBeVisible({ timeout: 30_000 });
  await page.getByTestId('tab-confusion').click();
  await page.getByTestId('made-switch').getByRole('button', { name: 'Recipe' }).click();
  await expect(page.getByTestId('breaks').getByRole('status')).toContainText(/of 360 test samples|all 360/);
  await page.getByTestId('confusion').locator('.confusion-cell:not([disabled])').first().click();
  await expect(page.getByTestId('confusion').locator('.confusion-samples li').first()).toBeVisible();
  await page.getByTestId('tab-latency').click();
  await page.getByTestId('made-switch').getByRole('button', { name: 'Recipe' }).click();
  await page.getByTestId('measure-made').click();
  await expect(page.getByTestId('made-layers').locator('tbody tr').first()).toContainText('Dense 12', { timeout: 30_000 });
  await expectAccessible(page, { within: '[data-testid=made-latency]' });
});
