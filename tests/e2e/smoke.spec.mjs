import fs from 'node:fs';
import { readHeaders } from '../../tools/serve-dist.mjs';
import { expect, expectAccessible, test } from './fixtures.mjs';

test('the page starts and takes the loading screen away', async ({ open, page }) => {
  await open();
  await expect(page).toHaveTitle(/Whittle/);
  await expect(page.locator('#boot')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark']) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('the first view is accessible', async ({ open, page }) => {
      await open();
      await expectAccessible(page);
    });
    test('the loading screen is accessible', async ({ page, baseURL }) => {
      await page.route('**/*.wasm', () => {}); // never answered
      await page.goto(baseURL, { waitUntil: 'commit' });
      await expect(page.locator('#boot')).toBeVisible();
      await expect(page.getByText('Loading the playground')).toBeVisible();
      await expectAccessible(page);
    });
  });
}

test.describe('when the module does not arrive', () => {
  test.use({ quiet: [/page threw|Failed to load|ERR_FAILED/] });
  test('the loading screen says so', async ({ page, baseURL }) => {
    await page.route('**/*.wasm', (route) => route.abort());
    await page.goto(baseURL);
    await expect(page.getByRole('alert')).toContainText('did not start');
    await expectAccessible(page);
  });
});

test('the worker loads under the policy', async ({ open, page }) => {
  await open();
  const result = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const worker = new Worker(new URL('worker_loader.js', document.baseURI), { type: 'module' });
        worker.onerror = (event) => resolve(`failed: ${event.message}`);
        worker.onmessage = () => resolve('spoke');
        setTimeout(() => resolve('silent'), 5000);
      }),
  );
  expect(result).not.toContain('failed');
});

test.describe('the content security policy', () => {
  test('is the same in the page and in the headers', async ({ baseURL, page }) => {
    const response = await page.goto(baseURL);
    const meta = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    const rules = readHeaders(fs.readFileSync(new URL('../../public/_headers', import.meta.url), 'utf8'));
    const header = rules[0].headers.find(([key]) => key === 'Content-Security-Policy')[1];
    expect(meta).toBe(header);
    expect(response.headers()['content-security-policy']).toBe(header);
    expect(header).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
  });

  test.describe('forbids', () => {
    test.use({ quiet: [/policy: script-src|Content Security Policy/] });
    test('inline scripts and evaluated text', async ({ open, page }) => {
      await open();
      const ran = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'window.inlineRan = true';
        document.body.append(script);
        const timer = document.createElement('button');
        timer.setAttribute('onclick', 'window.handlerRan = true');
        document.body.append(timer);
        timer.click();
        timer.remove();
        return [window.inlineRan, window.handlerRan].map(Boolean);
      });
      expect(ran).toEqual([false, false]);
    });
  });
});
