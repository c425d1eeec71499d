// What the first view does not show is loaded after it.
import { expect, expectAccessible, pause, steps, test, trains } from './fixtures.mjs';

test('the rest of the page comes after the first point of the curve', async ({ open, page }) => {
  await open();
  const asked = () => page.evaluate(() => performance.getEntriesByType('resource').find((entry) => /_later\.wasm$/.test(entry.name))?.startTime);
  await expect.poll(asked).toBeDefined();
  const point = await page.evaluate(() => performance.getEntriesByName('whittle:first-point')[0].startTime);
  expect(await asked()).toBeGreaterThan(point);
});

test('so does the rest of the engine', async ({ open, page }) => {
  await open();
  await expect(page.getByTestId('compare-bytes')).toContainText(/\d/);
  // Two threads, each with a clock of its own.
  const asked = await page.workers()[0].evaluate(() => {
    const entries = performance.getEntriesByType('resource').filter((entry) => /worker.*_later\.wasm$/.test(entry.name));
    return entries.map((entry) => performance.timeOrigin + entry.startTime);
  });
  const point = await page.evaluate(() => performance.timeOrigin + performance.getEntriesByName('whittle:first-point')[0].startTime);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toBeGreaterThan(point);
});

test('a panel that is asked for at once is loaded at once', async ({ open, page }) => {
  await page.route('**/worker_loader.js', () => {}); // no engine, so no first point
  await open();
  await page.getByTestId('help').first().click();
  await expect(page.getByText('Single-key shortcuts')).toBeVisible();
});

test.describe('when the rest does not arrive', () => {
  test.use({ quiet: [/Failed to (load|fetch)|ERR_FAILED/] });
  test('its place says so and can try again, and the run goes on', async ({ open, page }) => {
    await page.route('**/page-*_later.wasm', (route) => route.abort());
    await open();
    await trains(page);
    await page.getByTestId('tab-confusion').click();
    const place = page.getByTestId('not-loaded');
    await expect(place).toContainText('did not load');
    await expectAccessible(page, { within: '#strip-panel' });
    await trains(page, 100);
    await page.unroute('**/page-*_later.wasm');
    await place.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByTestId('confusion')).toBeVisible();
  });

  test('a tab that kept a run starts it over, says so, and finds it again', async ({ open, page }) => {
    await open();
    await trains(page, 200);
    await page.getByTestId('pause').first().click();
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem('whittle:tab'))).not.toBeNull();
    await page.route('**/page-*_later.wasm', (route) => route.abort());
    await page.reload();
    await expect(page.getByText('could not be loaded, so the run starts over')).toBeVisible();
    await trains(page);
    await page.unroute('**/page-*_later.wasm');
    await page.reload();
    await expect(page.getByText(/Resumed at step/)).toBeVisible();
  });

  test('of the engine, the page says so and can try again, and the run goes on', async ({ open, page }) => {
    await page.route('**/worker*_later.wasm', (route) => route.abort());
    await open('#/play?data=mnist10k&model=dense:32,relu&epochs=1000');
    const notice = page.getByTestId('notices').locator('li', { hasText: 'A part of the engine did not load' });
    await expect(notice).toBeVisible();
    await trains(page, (await steps(page)) + 300);
    await expect(page.getByTestId('compare-bytes')).not.toContainText(/\d/);
    await pause(page);
    await page.getByTestId('play').first().click();
    await page.unroute('**/worker*_later.wasm');
    await notice.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByTestId('compare-bytes')).toContainText(/\d/);
    await trains(page, (await steps(page)) + 100);
  });

  test('an experiment that cannot begin without it begins when it is there', async ({ open, page }) => {
    await page.route('**/worker*_later.wasm', (route) => route.abort());
    await open('#/play?data=xor&model=dense:8,relu&epochs=1000');
    const refused = page.getByTestId('refused');
    await expect(refused).toContainText('A part of the engine did not load');
    await page.unroute('**/worker*_later.wasm');
    await refused.getByRole('button', { name: 'Try again' }).click();
    await trains(page);
  });
});
