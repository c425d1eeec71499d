// Numbers under the pointer, and where arrow keys lead: the map of the plane, and predicted against true values.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

// Wide enough for the map beside the network.
test.use({ viewport: { width: 1440, height: 900 } });

test('the map says what both models say where one points', async ({ open, page }) => {
  await open('#/play?data=circle&model=dense:6,tanh&lr=0.02&batch=20&epochs=40');
  await trains(page, 100);
  const map = page.getByTestId('boundary').locator('canvas').first();
  const said = page.getByTestId('boundary-said');
  await expect(said).toContainText('Point at the map', { timeout: 30_000 });
  const { width, height } = await map.boundingBox();
  await map.hover({ position: { x: width / 2, y: height / 2 }, force: true });
  await expect(said).toHaveText(/^x₁ -?0[.\d]*, x₂ -?0[.\d]*: baseline .+ at \d+\s?%, .+ at \d+\s?%; optimized .+ at \d+\s?%/);
  await page.mouse.move(0, 0);
  await expect(said).toContainText('Point at the map');
  // By keyboard from the middle, a twentieth of an edge at a time.
  await map.focus();
  await page.keyboard.press('ArrowRight');
  await expect(said).toHaveText(/^x₁ 0\.\d+, x₂ 0: baseline/);
  await page.keyboard.press('ArrowUp');
  await expect(said).toHaveText(/^x₁ 0\.\d+, x₂ 0\.\d+: baseline/);
  await page.keyboard.press('Escape');
  await expect(said).toContainText('Point at the map');
  await expectAccessible(page, { within: '[data-testid=boundary]' });
});

test('residuals are told sample by sample', async ({ open, page }) => {
  await open('#/play?data=diabetes&model=dense:8,relu&loss=mse&lr=0.01&epochs=20');
  // To its end, so that nothing moves under the pointer.
  await trains(page, 239);
  await page.getByTestId('tab-confusion').click();
  const residuals = page.getByRole('tabpanel').getByTestId('residuals');
  const plot = residuals.getByRole('application');
  const said = residuals.getByTestId('residuals-said');
  await expect(said).toContainText('Point at a sample');
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  const number = (text, name) => Number(text.match(new RegExp(`${name} (-?[\\d.]+)`))[1]);
  const residual = (text) => Number(text.match(/baseline -?[\d.]+ \((-?[\d.]+)\)/)[1]);
  const first = await said.textContent();
  expect(first).toMatch(/^Sample \d+, true [\d.]+: baseline -?[\d.]+ \(-?[\d.]+\), optimized -?[\d.]+ \(-?[\d.]+\)$/);
  expect(number(first, 'true') - number(first, 'baseline')).toBeCloseTo(residual(first), 0);
  await page.keyboard.press('ArrowRight');
  await expect(said).not.toHaveText(first);
  expect(number(await said.textContent(), 'true'), 'from the lowest to the highest').toBeGreaterThanOrEqual(number(first, 'true'));
  await page.keyboard.press('Escape');
  await expect(said).toContainText('Point at a sample');
  // The pointer finds the dot under it.
  const dot = residuals.locator('circle.dot-optimized').nth(3);
  const [at, box] = [await dot.boundingBox(), await plot.boundingBox()];
  await plot.hover({ position: { x: at.x + at.width / 2 - box.x, y: at.y + at.height / 2 - box.y } });
  await expect(said).toHaveText(/^Sample \d+, true/);
  await expect(residuals.locator('circle.plot-pointed')).toHaveCount(2);
  await expectAccessible(page, { within: '[data-testid=residuals]' });
});
