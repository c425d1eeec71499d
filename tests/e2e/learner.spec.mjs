// Learners in a network's place: chosen, fitted, drawn, made small, downloaded, and kept in the address.
import fs from 'node:fs';
import { expect, expectAccessible, kept, pause, test, trains } from './fixtures.mjs';

const FOREST = '#/play?data=iris&learner=forest&learner.n-estimators=20';
const MOONS = '#/play?data=moons&learner=tree';

const learner = (page) => page.getByTestId('learner');
const family = (page) => page.getByTestId('control-learner').locator('select');
/** Waits until a fit is over and its model was compared. */
async function finished(page) {
  await expect(page.getByTestId('compare-accuracy')).toContainText(/\d/, { timeout: 60_000 });
  await expect(page.getByTestId('play').first()).toBeEnabled({ timeout: 60_000 });
}

test('a forest is fitted, drawn, and its trees are walked over by keyboard', async ({ open, page }) => {
  await open(FOREST);
  await expect(learner(page)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('network')).toHaveCount(0);
  await expect(page.getByTestId('learner-counts')).toContainText('20 trees', { timeout: 60_000 });
  await finished(page);
  await expect(page.getByTestId('compare-accuracy')).toContainText('%');
  await expect(page.getByTestId('compare-bytes')).not.toContainText('–');

  // From the root down and to the side; the line below the drawing says what stands there.
  const said = page.getByTestId('learner-said');
  const root = await said.innerText();
  expect(root).toMatch(/100\s%\sof the samples/);
  await page.getByRole('application', { name: /Decision tree/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(said).not.toHaveText(root);
  await page.keyboard.press('ArrowUp');
  await expect(said).toHaveText(root);

  // Another tree has another root; all of its nodes are a table.
  await page.getByTestId('learner-tree').fill('7');
  await expect(learner(page)).toContainText('Tree 7 of 20');
  await learner(page).getByRole('button', { name: 'Tree as a table' }).click();
  await expect(page.getByTestId('learner-nodes')).toContainText('petal');
  await expectAccessible(page);
});

test('what makes a forest small is answered at once, and the file has the length that is shown', async ({ open, page }) => {
  await open(FOREST);
  await finished(page);
  const size = page.getByTestId('compare-bytes');
  const before = await size.innerText();
  await page.getByTestId('control-learnerbits-int8').check();
  await expect(size).not.toHaveText(before);
  await expect(page).toHaveURL(/learnerbits=int8/);
  const label = await page.getByTestId('download').innerText();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  const bytes = fs.statSync(await download.path()).size;
  expect(label).toContain(bytes < 1000 ? `${bytes}` : (bytes / 1000).toPrecision(3).replace(/\.?0+$/, ''));
  await page.getByTestId('tab-pareto').click();
  // The forest as it was fitted, and in 8 bits.
  await page.locator('#strip-panel').getByRole('button', { name: /as a table/ }).click();
  await expect(page.locator('#strip-panel tbody tr')).toHaveCount(2);
});

test('the family is chosen above the layers, and back again loses nothing', async ({ open, page }) => {
  await open('#/play?data=moons&model=dense:6,relu&epochs=400');
  await trains(page);
  await family(page).selectOption('tree');
  await page.getByTestId('apply').click();
  await expect(learner(page)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('learner-recipe')).toBeVisible();
  await expect(page.getByTestId('section-optimizer')).toBeHidden();
  await expect(page).toHaveURL(/learner=tree/);
  await expect(page.getByTestId('boundary')).toBeVisible();
  await page.getByTestId('tab-weights').click();
  await expect(page.getByTestId('learner-nothing')).toBeVisible();
  await page.getByTestId('tab-recipe').click();
  await expect(page.getByTestId('learner-nothing')).toBeVisible();

  await family(page).selectOption('network');
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('network')).toBeVisible();
  await expect(page).toHaveURL(/model=dense:6,relu/);
  await expect(page).not.toHaveURL(/learner=/);
});

test('a fit stands still, goes on, and is there again after a reload', async ({ open, page }) => {
  await open('#/play?data=moons&learner=forest&learner.n-estimators=200');
  await trains(page, 5);
  await pause(page);
  const at = await page.getByTestId('count-step').first().innerText();
  await page.getByTestId('step').first().click();
  await expect(page.getByTestId('count-step').first()).not.toHaveText(at);
  await kept(page);
  const there = await page.getByTestId('count-step').first().innerText();
  await page.reload();
  await expect(page.getByTestId('count-step').first()).toHaveText(there, { timeout: 60_000 });
});

test('a linear model shows its weights as bars that are a table', async ({ open, page }) => {
  await open('#/play?data=diabetes&learner=linear');
  await finished(page);
  await expect(learner(page).getByRole('region', { name: 'Weights' })).toContainText('body mass index', { timeout: 60_000 });
  await expectAccessible(page, { within: '[data-testid="learner"]' });
});

test('the map of the plane and the confusion matrix are those of the learner', async ({ open, page }) => {
  await open(MOONS);
  await finished(page);
  await expect(page.getByTestId('boundary').locator('canvas').first()).toHaveAttribute('aria-label', /the models agree on 100/, { timeout: 60_000 });
  await page.getByTestId('tab-confusion').click();
  await expect(page.locator('#strip-panel table').first()).toBeVisible();
});
