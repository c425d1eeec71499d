// The optimizer lab: a range test, a race, the loss around the weights, and the health of layers.
import { expect, expectAccessible, pause, test, trains } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';

async function lab(open, page) {
  await open(CIRCLE);
  await trains(page);
  await page.getByTestId('tab-lab').click();
  await expect(page.getByTestId('optimizer-lab')).toBeVisible();
}

test('a range test suggests a learning rate, and a click takes it', async ({ open, page }) => {
  await lab(open, page);
  await page.getByTestId('rates').click();
  const use = page.getByTestId('use-rate').first();
  await expect(use).toBeVisible({ timeout: 30_000 });
  await use.click();
  await expect(page).not.toHaveURL(/lr=0\.02(&|$)/);
  await trains(page);
});

test('optimizers race, and one of them wins', async ({ open, page }) => {
  await lab(open, page);
  await page.getByTestId('race-rmsprop').click();
  await page.getByTestId('race-start').click();
  await expect(page.getByTestId('race-words')).toContainText('won', { timeout: 60_000 });
  await expect(page.getByTestId('race-table').locator('tbody tr')).toHaveCount(3);
  await page.getByTestId('race-table').getByRole('button', { name: 'Open this one' }).nth(1).click();
  await expect(page).toHaveURL(/opt=sgd/);
});

test('the loss around the weights is drawn, with its numbers behind it, and layers are looked at', async ({ open, page }) => {
  await lab(open, page);
  await pause(page);
  const surface = page.getByTestId('loss-surface');
  await surface.getByTestId('surface').click();
  await expect(surface).toContainText('Loss on 250 training samples', { timeout: 60_000 });
  await surface.getByRole('button', { name: 'Loss surface as a table' }).click();
  await expect(surface.locator('tbody tr')).toHaveCount(21);
  await page.getByTestId('look').click();
  await expect(page.getByTestId('checkup-words')).toContainText('250 training samples');
  await expect(page.getByTestId('spreads').locator('tbody tr')).toHaveCount(9);
  await expect(page.getByTestId('spread-words')).toContainText('outputs spread by');
  await expectAccessible(page, { within: '[data-testid=optimizer-lab]' });
});

test('one unit and one weight are followed through a step, with their numbers', async ({ open, page }) => {
  await lab(open, page);
  const walk = page.getByTestId('step-walk');
  await walk.getByTestId('walk').click();
  await walk.getByTestId('walk-next').click();
  await expect(walk.getByTestId('walk-stage')).toContainText('Forward: 1. Dense');
  const followed = walk.getByTestId('walk-followed');
  await expect(followed.locator('.walk-filled')).toContainText('y[0] = Σ x · w + b = ');
  await followed.getByTestId('walk-unit').selectOption({ label: '[2]' });
  await expect(followed.locator('.walk-filled')).toContainText('y[2] = Σ x · w + b = ');
  // The last stages are the updates; the very last is that of the output layer.
  while (await walk.getByTestId('walk-next').isEnabled()) await walk.getByTestId('walk-next').click();
  await expect(walk.getByTestId('walk-stage')).toContainText('Update: 3. Dense by Adam');
  await expect(followed.locator('.walk-filled')).toHaveCount(5);
  await expect(followed.locator('.walk-filled').first()).toContainText('m = 0.9 · ');
  await expect(followed.locator('.walk-filled').last()).toContainText('θ = ');
  await expectAccessible(page, { within: '[data-testid=step-walk]' });
});

test('snapshots of one training are asked together, where cycles end', async ({ open, page }) => {
  await lab(open, page);
  await page.getByTestId('snapshots-train').click();
  await expect(page.getByTestId('snapshots')).toContainText('choose cosine with warm restarts');
  await open('#/play?data=circle&model=dense:8,relu&lr=0.02&batch=20&epochs=9&schedule=warm-restarts&schedule.first=3&schedule.growth=1');
  await trains(page);
  await page.getByTestId('tab-lab').click();
  await page.getByTestId('snapshots-train').click();
  await expect(page.getByTestId('snapshots-words')).toContainText('3 models of one training', { timeout: 60_000 });
  await expect(page.getByTestId('snapshots-table').locator('tbody tr')).toHaveCount(3);
  await expectAccessible(page, { within: '[data-testid=snapshots]' });
  await page.getByTestId('tab-pareto').click();
  const pareto = page.getByTestId('pareto');
  await expect(pareto.locator('.pareto-mark[aria-label*="3 snapshots together"]').first()).toBeVisible();
  await pareto.getByRole('button', { name: 'Models tried as a table' }).click();
  await expect(pareto.getByRole('row', { name: /3 snapshots together/ })).toContainText('117');
});

test('a layer that ails is mended by one click', async ({ open, page }) => {
  // Weights that begin at zero: no gradient arrives.
  await open(CIRCLE.replace('relu', 'relu,dense:6,relu') + '&init=zeros');
  await trains(page);
  await page.getByTestId('tab-lab').click();
  await page.getByTestId('look').click();
  const finding = page.getByTestId('finding').first();
  await expect(finding).toBeVisible({ timeout: 30_000 });
  const before = page.url();
  const remedy = finding.getByTestId('checkup-remedy').first();
  await expect(remedy).toHaveText(/^(Begin with He weights|Use leaky ReLU)/);
  await remedy.click();
  // A remedy is an experiment of its own, in the address and under way.
  await expect(page).not.toHaveURL(before);
  await expect(page).toHaveURL(/leaky-relu|^((?!init=zeros).)*$/);
  await trains(page);
});

test('the loss surface holds the path that training took', async ({ open, page }) => {
  test.slow();
  await open(CIRCLE.replace('epochs=1000', 'epochs=60'));
  await trains(page, 400);
  await pause(page);
  await page.getByTestId('tab-lab').click();
  const surface = page.getByTestId('loss-surface');
  await surface.getByTestId('control-surface-plane-path').check();
  await surface.getByTestId('control-surface-size-11').check();
  await surface.getByTestId('surface').click();
  await expect(surface).toContainText('of the variance of the path', { timeout: 60_000 });
  await surface.getByRole('button', { name: 'Loss surface as a table' }).click();
  await expect(surface.locator('tbody tr')).toHaveCount(11);
});
