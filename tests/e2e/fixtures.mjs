// `test` and `expect` for every spec: a fresh page under the real headers, which must stay silent and at home.
//
//   test('…', async ({ page, open }) => { await open('#…'); … });
//
// A test fails when its page logs an error, throws, breaks the content security policy or asks another origin for anything.
// Options, through `test.use({ … })`:
//   quiet      regular expressions of console errors that this test provokes
//   base       the folder of the site that holds the page (per worker)
//   isolated   serve with cross-origin isolation (per worker)
import { createRequire } from 'node:module';
import fs from 'node:fs';
import { test as base, expect } from '@playwright/test';
import { startServer } from '../../tools/serve-dist.mjs';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export { expect };

export const test = base.extend({
  base: ['/', { option: true, scope: 'worker' }],
  isolated: [false, { option: true, scope: 'worker' }],
  quiet: [[], { option: true }],

  server: [
    async ({ base, isolated }, use) => {
      const server = await startServer({ base, isolated });
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  // What went wrong on any page of this test, gathered as it happens. A test may look at it, or empty it.
  problems: async ({ context, server, quiet }, use) => {
    const problems = [];
    const note = (text) => quiet.some((pattern) => pattern.test(text)) || problems.push(text);
    const hear = (where) => (message) => {
      if (message.type() === 'error') note(`${where} logged: ${message.text()} (${message.location().url})`);
    };
    context.on('console', hear('page'));
    context.on('weberror', (error) => note(`page threw: ${error.error().stack ?? error.error()}`));
    context.on('page', (page) => page.on('worker', (worker) => worker.on('console', hear('worker'))));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!['blob:', 'data:', 'about:'].includes(url.protocol) && url.origin !== server.origin) note(`asked another origin: ${url}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 400) note(`${response.status()} for ${response.url()}`);
    });
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} blocks ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`));
    });
    await use(problems);
    expect(problems, 'the page should log no error, throw nothing, break no policy and ask no other origin').toEqual([]);
  },

  page: async ({ page, problems }, use) => use(page, problems),

  /** Opens the page (`open()`, `open('#state')`, `open('bench.html')`) and waits until the app stands. */
  open: async ({ page, baseURL }, use) => {
    await use(async (where = '') => {
      await page.goto(new URL(where, baseURL).href);
      if (!/\.html/.test(where)) await expect(page.getByTestId('app')).toBeVisible();
      return page;
    });
  },
});

/**
 * Checks the page, or the part that `within` selects, against WCAG 2.0 to 2.2 at level A and AA.
 * `disable` names rules of axe to leave out; say why where you do.
 */
export async function expectAccessible(page, { within, disable = [] } = {}) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(
    async ({ within, disable }) => {
      const result = await window.axe.run(within ?? document, {
        runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
        rules: Object.fromEntries(disable.map((rule) => [rule, { enabled: false }])),
        resultTypes: ['violations'],
      });
      return result.violations.map((v) => `${v.id} (${v.impact}): ${v.help}\n${v.nodes.map((n) => `    ${n.target.join(' ')}\n      ${n.failureSummary.replaceAll('\n', '\n      ')}`).join('\n')}`);
    },
    { within, disable },
  );
  expect(violations.join('\n'), 'accessibility').toBe('');
}

/** The step that the page shows. */
export const steps = async (page) => Number((await page.getByTestId('count-step').first().textContent()).replaceAll(',', ''));

/** Waits until training has gone beyond a step. */
export const trains = (page, from = 0) => expect.poll(() => steps(page)).toBeGreaterThan(from);

/** Pauses, and waits until training stands still. */
export async function pause(page) {
  await page.getByTestId('pause').first().click();
  await expect(page.getByTestId('play').first()).toBeVisible();
}

/** Waits until the browser's store holds the paused run at the step that the page shows. */
export async function kept(page) {
  const shown = await steps(page);
  const stored = async () => {
    const run = await record(page, 'runs');
    return run && { step: run.step, playing: run.playing };
  };
  await expect.poll(stored, { message: 'the run in the store' }).toEqual({ step: shown, playing: false });
}

/** What the browser's store holds for the page's tab: its run (`runs`) or its results (`pinned`). */
export const record = (page, store) =>
  page.evaluate(
    (store) =>
      new Promise((resolve, reject) => {
        const opened = indexedDB.open('whittle');
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const asked = opened.result.transaction(store).objectStore(store).get(sessionStorage.getItem('whittle:tab'));
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => (opened.result.close(), resolve(asked.result));
        };
      }),
    store,
  );
