// Recipes: steps that make the trained model small, each judged, and the file of what came of them.
import fs from 'node:fs';
import { expect, expectAccessible, steps, test, trains } from './fixtures.mjs';

const DIGITS = '#/play?data=digits&model=dense:24,relu&lr=0.005&batch=16&epochs=8';

const rows = (page) => page.getByTestId('recipe-table').locator('tbody tr:not(.cook-said)');
const outcome = (page) => page.getByTestId('recipe-outcome');

test('a recipe is put together, carried out step by step, downloaded, and kept in the address', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page);
  await page.getByTestId('tab-recipe').click();
  await expect(page.getByTestId('recipe-run')).toBeDisabled();
  await page.getByTestId('add-step').selectOption('prune');
  await page.getByTestId('add-step').selectOption('fine-tune');
  await page.getByTestId('add-step').selectOption('quantize');
  await expect(page.getByTestId('step-2')).toContainText('Quantize to 8 bits');
  // The step that was added last is open, and takes its settings.
  await page.getByTestId('control-step2.bits').locator('select').selectOption({ label: '4' });
  await expect(page.getByTestId('step-2')).toContainText('Quantize to 4 bits');
  await expect.poll(() => page.url()).toContain('recipe=prune,fine-tune,quantize:4');
  await expectAccessible(page);

  await page.getByTestId('recipe-run').click();
  await expect(outcome(page)).toBeVisible({ timeout: 60_000 });
  await expect(rows(page)).toHaveCount(4);
  await expect(rows(page).nth(0)).toContainText('Trained, fp32');
  await expect(rows(page).nth(1)).toContainText('Prune 70 %');
  await expect(rows(page).nth(3)).toContainText('Quantize to 4 bits');

  // The file has the length that was said.
  const label = await page.getByTestId('recipe-download').innerText();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('recipe-download').click()]);
  const bytes = fs.statSync(await download.path()).size;
  expect(label).toContain(bytes < 1000 ? `${bytes}` : (bytes / 1000).toPrecision(3).replace(/\.?0+$/, ''));

  // By keyboard: the last step moves up, and its button keeps the focus.
  await page.locator('#step-2-up').press('Enter');
  await expect(page.getByTestId('step-1')).toContainText('Quantize');
  await expect(page.locator('#step-1-up')).toBeFocused();
  await expect(page.getByTestId('recipe')).toContainText('The steps have changed since');
  await page.locator('#step-0-remove').press('Enter');
  await expect(page.getByTestId('step-2')).toHaveCount(0);

  // What was made is among all that was tried.
  await page.getByTestId('tab-pareto').click();
  await expect(page.locator('#strip-panel')).toContainText('3 models tried on this data');
});

test('a recipe can be cancelled, and training goes on', async ({ open, page }) => {
  // Long enough to be cancelled, whatever the machine.
  await open('#/play?data=mnist10k&model=dense:256,relu,dense:128,relu&batch=4&epochs=1000&recipe=fine-tune:50');
  await trains(page);
  await page.getByTestId('tab-recipe').click();
  await expect(page.getByTestId('step-0')).toContainText('Fine-tune 50 epochs');
  await expect(page.getByTestId('recipe-run')).toBeEnabled();
  await page.getByTestId('recipe-run').click();
  await expect(page.getByTestId('recipe-stop')).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  const waiting = await steps(page);
  await page.waitForTimeout(400);
  expect(await steps(page)).toBe(waiting);
  await page.getByTestId('recipe-stop').click();
  await expect(page.getByTestId('recipe-run')).toBeVisible();
  await expect(page.getByTestId('recipe-table')).toHaveCount(0);
  await trains(page, waiting);
});

test('a step that cannot be applied says why, at the recipe', async ({ open, page }) => {
  await open('#/play?data=circle&model=dense:4,relu&epochs=2&recipe=low-rank:0.999');
  await page.getByTestId('tab-recipe').click();
  await expect(page.getByTestId('recipe-run')).toBeEnabled();
  await page.getByTestId('recipe-run').click();
  await expect(page.getByTestId('recipe-error')).toContainText('two thin layers');
});
