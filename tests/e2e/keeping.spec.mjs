// What a reload brings back, what a new run leaves a way back to, and a worker that answers.
import { expect, expectAccessible, test } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const CNN = '#/play?data=mnist10k&model=conv2d:8,relu,maxpool,conv2d:16,relu,maxpool,dropout:0.3,dense:24,relu&lr=0.003&batch=32&epochs=1000&bits=8&act=int8';

const steps = async (page) => Number((await page.getByTestId('count-step').first().textContent()).replaceAll(',', ''));
const trains = (page, from = 0) => expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(from);
const entry = (page, key) => page.getByTestId(`control-${key}`).getByRole('textbox');
const said = (page, text) => expect(page.getByTestId('notices')).toContainText(text);
const playing = (page) => expect(page.getByTestId('pause').first()).toBeVisible();
const paused = (page) => expect(page.getByTestId('play').first()).toBeVisible();

async function set(page, key, value) {
  await entry(page, key).fill(value);
  await entry(page, key).press('Enter');
}

/** What the browser keeps of this tab's run. */
const kept = (page) =>
  page.evaluate(async () => {
    const done = (request) => new Promise((ok, no) => ((request.onsuccess = () => ok(request.result)), (request.onerror = () => no(request.error))));
    const database = await done(indexedDB.open('whittle'));
    const saved = await done(database.transaction('runs').objectStore('runs').get(sessionStorage.getItem('whittle:tab')));
    database.close();
    return saved && { step: Number(saved.step), playing: saved.playing, experiment: JSON.parse(saved.experiment) };
  });

test('a run that was paused and edited comes back as it was', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 300);
  await page.getByTestId('pause').first().click();
  await paused(page);
  const at = await steps(page);
  await set(page, 'prune', '60');
  await expect(page).toHaveURL(/prune=0\.6/);
  await expect.poll(async () => (await kept(page))?.experiment.compress.sparsity).toBe(0.6);
  await page.reload();
  await said(page, 'paused as it was');
  await expect.poll(() => steps(page)).toBe(at);
  await paused(page);
  await expect(entry(page, 'prune')).toHaveValue('60');
  await page.getByTestId('play').first().click();
  await trains(page, at);
  await page.reload();
  await said(page, 'Resumed at step');
  await playing(page);
});

test('a run goes on with what the address asks for by now', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 300);
  await page.getByTestId('pause').first().click();
  await expect.poll(async () => (await kept(page))?.playing).toBe(false);
  const at = await steps(page);
  // As typed over by hand: the store knows nothing of it.
  await page.goto('about:blank');
  await page.goBack();
  await expect.poll(() => steps(page)).toBe(at);
  await page.goto('about:blank');
  await open(`${CIRCLE}&prune=0.4`);
  await said(page, 'Resumed at step');
  await expect.poll(() => steps(page)).toBe(at);
  await expect(entry(page, 'prune')).toHaveValue('40');
});

test('a run that the link does not ask for is set aside, and can be gone back to', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 300);
  await page.getByTestId('pause').first().click();
  await expect.poll(async () => (await kept(page))?.playing).toBe(false);
  const at = await steps(page);
  await page.goto('about:blank');
  await open(CIRCLE.replace('circle', 'xor'));
  await said(page, 'was set aside');
  await trains(page);
  await expectAccessible(page, { within: '[data-testid="notices"]' });
  await page.getByRole('button', { name: 'Back to the last run' }).click();
  await expect(page).toHaveURL(/data=circle/);
  await expect.poll(() => steps(page)).toBe(at);
  await paused(page);
});

test('pinned runs are kept, whatever is being written', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 100);
  await page.getByTestId('tab-runs').click();
  const pin = page.locator('.run-pin').first();
  await page.getByTestId('pause').first().click(); // writes a state
  await pin.click();
  await page.waitForTimeout(1000);
  await page.reload();
  await said(page, 'Resumed at step');
  await page.getByTestId('tab-runs').click();
  await expect(page.locator('.run-pin[aria-pressed="true"]')).toHaveCount(1);
});

test('restart and reseed leave a way back', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 300);
  await page.getByTestId('pause').first().click();
  const at = await steps(page);
  await page.locator('h1').click();
  await page.keyboard.press('r');
  await said(page, 'same first weights');
  await expect.poll(() => steps(page)).toBeLessThan(at);
  await page.getByRole('button', { name: 'Back to the last run' }).first().click();
  await expect.poll(() => steps(page)).toBe(at);
  await page.locator('h1').click();
  await page.keyboard.press('n');
  await said(page, 'other first weights and other points, seed 2');
  await page.getByRole('button', { name: 'Back to the last run' }).last().click();
  await expect.poll(() => steps(page)).toBe(at);
  await expect(page).not.toHaveURL(/seed=/);
});

test('pause answers at once, on convolutions too', async ({ open, page }) => {
  test.setTimeout(90_000);
  await open(CNN);
  await trains(page);
  const took = [];
  for (let i = 0; i < 5; i++) {
    await page.waitForTimeout(300 + 170 * i); // once it meets a comparison, once a step, once a test
    took.push(
      await page.evaluate(
        () =>
          new Promise((ok) => {
            const start = performance.now();
            const seen = new MutationObserver(() => {
              if (!document.querySelector('[data-testid="play"]')) return;
              seen.disconnect();
              ok(performance.now() - start);
            });
            seen.observe(document.body, { childList: true, subtree: true });
            document.querySelector('[data-testid="pause"]').click();
          }),
      ),
    );
    await page.getByTestId('play').first().click();
    await playing(page);
  }
  took.sort((a, b) => a - b);
  console.log(`pause to standing still, ms: ${took.map((ms) => ms.toFixed(0)).join(' ')}`);
  expect(took[2], 'median, ms').toBeLessThan(150);
});

test.describe('when a file of the worker is missing', () => {
  test.use({ quiet: [/404|Failed to|wasm|worker|rejection/i] });
  test('the page says so and can try again', async ({ open, page }) => {
    test.setTimeout(90_000);
    const wasm = /worker[^/]*\.wasm/;
    await page.context().route(wasm, (route) => route.fulfill({ status: 404, body: 'no' }));
    await open(CIRCLE);
    await expect(page.getByTestId('trouble')).toContainText('The engine did not load', { timeout: 30_000 });
    await page.context().unroute(wasm);
    await page.getByTestId('trouble').getByRole('button', { name: 'Try again' }).click();
    await trains(page);
    await expect(page.getByTestId('trouble')).toHaveCount(0);
  });
});
