// Takes the pictures of the page in docs/img/. A shot is a line in `SHOTS`; each is taken at every viewport and in every theme
// that it names, all of them by default, as docs/img/NAME-VIEWPORT-THEME.png.
//
//   node tools/screenshots.mjs [--only first-view,…] [--viewport desktop] [--theme dark] [--out docs/img] [--list]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { launchOptions } from './browser.mjs';
import { reduce } from './png.mjs';
import { startServer } from './serve-dist.mjs';

const VIEWPORTS = {
  desktop: { width: 1440, height: 900 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
};
const THEMES = ['light', 'dark'];

/**
 * - `name`, `hash`: the file's name and the state in the link
 * - `waits`: in order, each a selector that must be visible, a number of milliseconds, or a function of the page (clicks, say)
 * - `viewports`, `themes`: fewer than all of them
 * - `fullPage`: the whole page rather than what the viewport shows
 * - `part`: the element that this selector finds, and no more
 */
const SHOTS = [
  { name: 'first-view', hash: '', waits: ['[data-testid=app]', 15000], viewports: ['desktop'] },
  { name: 'first-view', hash: '', waits: ['[data-testid=app]', 15000], viewports: ['phone'], themes: ['light'] },
  {
    name: 'spiral',
    hash: '#/play?data=spiral&data.n=2000&data.noise=0.05&model=dense:24,tanh,dense:16,tanh&lr=0.01&batch=20&epochs=150&schedule=cosine&prune=0.5&during=on&bits=5',
    waits: ['[data-testid=boundary]', (page) => page.getByTestId('pace').first().selectOption('0'), 15000],
    viewports: ['desktop'],
    themes: ['light'],
  },
  { name: 'make-small', hash: '', waits: ['[data-testid=compare]', 15000], viewports: ['desktop'], themes: ['light'], part: '.small' },
];
/** Most bytes of a picture: the README shows all of them. */
const MOST = 300_000;

const { values: option } = parseArgs({
  options: {
    only: { type: 'string' },
    viewport: { type: 'string' },
    theme: { type: 'string' },
    out: { type: 'string', default: path.join(path.dirname(fileURLToPath(import.meta.url)), '../docs/img') },
    list: { type: 'boolean', default: false },
  },
});
const chosen = (list, text) => list.filter((item) => !text || text.split(',').includes(item));
const jobs = SHOTS.filter((shot) => chosen([shot.name], option.only).length).flatMap((shot) =>
  chosen(shot.viewports ?? Object.keys(VIEWPORTS), option.viewport).flatMap((viewport) =>
    chosen(shot.themes ?? THEMES, option.theme).map((theme) => ({ ...shot, viewport, theme, file: `${shot.name}-${viewport}-${theme}.png` })),
  ),
);
if (option.list) {
  for (const job of jobs) console.log(job.file);
  process.exit(0);
}
if (!jobs.length) {
  console.error('screenshots: nothing to take');
  process.exit(2);
}

fs.mkdirSync(option.out, { recursive: true });
const server = await startServer();
const browser = await chromium.launch(launchOptions);
let failed = 0;
for (const job of jobs) {
  const context = await browser.newContext({ viewport: VIEWPORTS[job.viewport], colorScheme: job.theme, deviceScaleFactor: 1, hasTouch: job.viewport === 'phone' });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  try {
    await page.goto(server.url + (job.hash ?? ''));
    for (const wait of job.waits ?? []) {
      if (typeof wait === 'number') await page.waitForTimeout(wait);
      else if (typeof wait === 'function') await wait(page);
      else await page.locator(wait).first().waitFor({ state: 'visible', timeout: 30_000 });
    }
    const taken = await (job.part ? page.locator(job.part).screenshot() : page.screenshot({ fullPage: job.fullPage ?? false }));
    const picture = reduce(taken);
    if (picture.length > MOST) throw new Error(`${picture.length} bytes, more than ${MOST}`);
    fs.writeFileSync(path.join(option.out, job.file), picture);
    console.log(`${job.file}  ${Math.round(picture.length / 1000)} kB`);
  } catch (error) {
    errors.push(error.message);
  }
  if (errors.length) {
    failed++;
    console.error(`${job.file}: ${errors.join('\n  ')}`);
  }
  await context.close();
}
await browser.close();
await server.close();
process.exitCode = failed ? 1 : 0;
