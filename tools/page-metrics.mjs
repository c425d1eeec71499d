// Weight and responsiveness of the built page, in headless Chromium. Prints a table and, last, one line of JSON.
//
//   node tools/page-metrics.mjs [--hash '#…'] [--loads 5] [--watch 20] [--drag 4] [--control control-prune] [--answers 12] [--race 10] [--json FILE]
//
// - bytes: every file that a cold load asks for up to the first point of the curve, raw and as gzip -9 packs each; data/ apart
// - first point: from navigation to the page's mark `whittle:first-point`, on cold loads with an empty cache
// - longest task: the longest that the page's thread was busy in one piece, while it trains for --watch seconds
// - frames per second, and the longest frame, while the slider with that test id is dragged to and fro
// - answers: on two presets while they train, from a change of that slider to the comparison on all test samples with its value in
//   the page, --answers times; then comparisons and training steps per second while it is dragged; and from pause to standing still
// - race: frames per second, and the longest frame, while four optimizers race in workers for --race seconds and their curves are drawn
//
// What cannot be measured (no such mark, no such slider) is null, with the reason on standard error.
import fs from 'node:fs';
import os from 'node:os';
import zlib from 'node:zlib';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { launchOptions } from './browser.mjs';
import { startServer } from './serve-dist.mjs';

const { values: option } = parseArgs({
  options: {
    root: { type: 'string' },
    hash: { type: 'string', default: '' },
    loads: { type: 'string', default: '5' },
    watch: { type: 'string', default: '20' },
    drag: { type: 'string', default: '4' },
    control: { type: 'string', default: 'control-prune' },
    answers: { type: 'string', default: '12' },
    race: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const MARK = 'whittle:first-point';
const FIRST_POINT_LIMIT_MS = 30_000;
/** Long enough to be measured while they train. */
const PRESETS = [
  ['digits, two hidden layers', '#/play?data=mnist10k&model=dense:96,relu,dropout:0.2,dense:48,relu&lr=0.003&batch=32&epochs=1000&prune=0.5&bits=4&act=int8'],
  ['digits, convolutions', '#/play?data=mnist10k&model=conv2d:8,relu,maxpool,conv2d:16,relu,maxpool,dropout:0.3,dense:24,relu&lr=0.003&batch=32&epochs=1000&prune=0.5&bits=8&act=int8'],
];

const warn = (text) => console.error(`page-metrics: ${text}`);
const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));
const round = (value, digits = 1) => (value === null ? null : Number(value.toFixed(digits)));
const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length ? (sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2) : null;
};

let requests = [];
const server = await startServer({ ...(option.root && { root: option.root }), onRequest: (request) => requests.push(request) });
const browser = await chromium.launch({
  ...launchOptions,
  args: [...launchOptions.args, '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows'],
});

// Runs in the page before anything else: keeps what the browser reports from the first moment on.
const watchTasks = () => {
  window.__longTasks = [];
  new PerformanceObserver((list) => window.__longTasks.push(...list.getEntries().map((e) => ({ start: e.startTime, ms: e.duration })))).observe({ type: 'longtask', buffered: true });
};

async function coldPage() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => warn(`the page threw: ${error.message}`));
  await page.addInitScript(watchTasks);
  requests = [];
  await page.goto(server.url + option.hash, { waitUntil: 'load' });
  const firstPoint = await page
    .waitForFunction((name) => performance.getEntriesByName(name)[0]?.startTime, MARK, { timeout: FIRST_POINT_LIMIT_MS, polling: 50 })
    .then((handle) => handle.jsonValue())
    .catch(() => null);
  return { context, page, firstPoint };
}

// Cold loads: weight once, time each.
const firstPoints = [];
const paints = [];
let files = [];
for (let load = 0; load < Number(option.loads); load++) {
  const { context, page, firstPoint } = await coldPage();
  if (load === 0) {
    const byPath = new Map();
    for (const { path, status, body } of requests) {
      const name = path.slice(1).replace(/\?.*/, '') || 'index.html';
      if (status !== 200) warn(`${status} for ${path}`);
      else if (byPath.has(name)) byPath.get(name).times++;
      else byPath.set(name, { file: name, raw: body.length, gzip: zlib.gzipSync(body, { level: 9 }).length, times: 1 });
    }
    files = [...byPath.values()].sort((a, b) => b.gzip - a.gzip);
    for (const file of files) if (file.times > 1) warn(`${file.file} was asked for ${file.times} times`);
    if (firstPoint === null) warn(`no mark ${MARK} within ${FIRST_POINT_LIMIT_MS / 1000} s; bytes are those asked for until then`);
  }
  paints.push((await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)) ?? null);
  firstPoints.push(firstPoint);
  await context.close();
  if (firstPoint === null) break;
}

// One more page: longest task while it runs, then frames while a slider is dragged.
const { context, page } = await coldPage();
const from = await page.evaluate(() => performance.now());
await sleep(Number(option.watch) * 1000);
const tasks = await page.evaluate(() => window.__longTasks);
const longest = (list) => (list.length ? Math.max(...list.map((task) => task.ms)) : 0); // none is reported below 50 ms
const frames = await dragSlider(page, option.control, Number(option.drag));
await context.close();
const answers = {};
for (const [name, link] of Number(option.answers) ? PRESETS : []) answers[name] = await askSlider(link, Number(option.answers));
const race = Number(option.race) ? await watchRace(Number(option.race)) : null;
await browser.close();
await server.close();

/** From a touch of a control to the answer on the page, as the page's thread sees them. */
async function askSlider(link, times) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(server.url + link, { waitUntil: 'load' });
  const card = page.getByTestId('compare');
  await page.waitForFunction(() => document.querySelector('[data-testid=compare][data-samples]'), null, { timeout: FIRST_POINT_LIMIT_MS });
  await card.evaluate((card) => {
    window.__compared = 0;
    window.__asked = null;
    window.__answered = null;
    new MutationObserver(() => {
      __compared++;
      const { sparsity } = card.dataset;
      if (__asked && sparsity !== __asked.sparsity) __answered ??= performance.now();
    }).observe(card, { attributes: true });
    addEventListener('input', () => (__asked ??= { now: performance.now(), sparsity: card.dataset.sparsity }), { capture: true });
  });
  const slider = page.getByTestId(option.control).locator('input[type=range]').first();
  const single = [];
  for (let i = 0; i < times; i++) {
    await sleep(600 + 97 * (i % 7)); // sometimes a comparison that follows the training is under way
    await page.evaluate(() => (__asked = __answered = null));
    await slider.press(i % 2 ? 'ArrowLeft' : 'ArrowRight');
    const answered = await page.waitForFunction(() => __answered && __answered - __asked.now, null, { polling: 20, timeout: 20_000 });
    single.push(await answered.jsonValue());
  }
  const samples = Number(await card.getAttribute('data-samples'));
  const moment = () =>
    page.evaluate(() => ({
      compared: __compared,
      step: Number(document.querySelector('[data-testid=count-step]').textContent.replaceAll(',', '')),
      now: performance.now(),
    }));
  const before = await moment();
  await dragSlider(page, option.control, Number(option.drag));
  const after = await moment();
  const perSecond = (key) => (1000 * (after[key] - before[key])) / (after.now - before.now);
  const pauses = [];
  for (let i = 0; i < times; i++) {
    await sleep(400 + 61 * i);
    pauses.push(
      await page.evaluate(async () => {
        const asked = performance.now();
        document.querySelector('[data-testid=pause]').click();
        while (!document.querySelector('[data-testid=play]')) await new Promise((ok) => setTimeout(ok, 1));
        return performance.now() - asked;
      }),
    );
    await page.getByTestId('play').first().click();
    await page.getByTestId('pause').first().waitFor();
  }
  await context.close();
  return { samples, single, pauses, compared: perSecond('compared'), steps: perSecond('step') };
}

/** Frames of the page while four optimizers race on images and it draws their curves. */
async function watchRace(seconds) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(server.url + PRESETS[0][1], { waitUntil: 'load' });
  await page.waitForFunction((name) => performance.getEntriesByName(name)[0], MARK, { timeout: FIRST_POINT_LIMIT_MS, polling: 50 });
  await page.getByTestId('pause').first().click();
  await page.getByTestId('tab-lab').click();
  const box = page.getByTestId('race');
  const ticked = () => box.locator('input[type=checkbox]:checked').count();
  const others = await box.locator('input[type=checkbox]:not(:checked)').evaluateAll((boxes) => boxes.map((box) => box.dataset.testid));
  for (const other of others) if ((await ticked()) < 4) await page.getByTestId(other).click();
  if ((await ticked()) !== 4) return warn(`${await ticked()} optimizers are to race, not four`), null;
  await page.getByTestId('race-start').click();
  await page.getByTestId('race-table').waitFor({ timeout: FIRST_POINT_LIMIT_MS });
  await box.scrollIntoViewIfNeeded();
  await startFrames(page);
  // A short race is measured to its end.
  const began = performance.now();
  await page.getByTestId('race-stop').waitFor({ state: 'detached', timeout: seconds * 1000 }).catch(() => {});
  const frames = framesOf(await stopFrames(page));
  const measured = (performance.now() - began) / 1000;
  if (measured < 2) warn(`the race was over after ${measured.toFixed(1)} s`);
  await context.close();
  return measured < 2 ? null : frames;
}

function startFrames(page) {
  return page.evaluate(() => {
    window.__frames = [];
    const tick = (now) => window.__frames && (window.__frames.push(now), requestAnimationFrame(tick));
    requestAnimationFrame(tick);
  });
}
function stopFrames(page) {
  return page.evaluate(() => {
    const { __frames } = window;
    window.__frames = undefined;
    return __frames;
  });
}
function framesOf(times) {
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  return { perSecond: (1000 * gaps.length) / (times.at(-1) - times[0]), longestMs: Math.max(...gaps) };
}

async function dragSlider(page, testId, seconds) {
  const box = page.getByTestId(testId).first();
  if (!(await box.count())) return warn(`no element with data-testid="${testId}"`), null;
  const slider = (await box.locator('input[type=range], [role=slider]').count()) ? box.locator('input[type=range], [role=slider]').first() : box;
  await slider.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await slider.boundingBox();
  const value = () => slider.evaluate((element) => element.value ?? element.getAttribute('aria-valuenow'));
  const at = (share) => [x + 4 + (width - 8) * share, y + height / 2];

  const before = await value();
  const seen = new Set();
  await page.mouse.move(...at(0.2));
  await page.mouse.down();
  await startFrames(page);
  const start = performance.now();
  for (let now = 0; now < seconds; now = (performance.now() - start) / 1000) {
    await page.mouse.move(...at(0.5 - 0.4 * Math.cos(Math.PI * now)));
    if (seen.size < 3) seen.add(await value());
    await sleep(8);
  }
  const times = await stopFrames(page);
  await page.mouse.up();
  if (seen.size < 2) warn(`the slider stayed at ${before} while it was dragged`);
  return { ...framesOf(times), moved: seen.size > 1 };
}

const code = files.filter((file) => !file.file.startsWith('data/'));
const sum = (list, key) => list.reduce((total, file) => total + file[key], 0);
const points = firstPoints.filter((value) => value !== null);
const result = {
  date: new Date().toISOString(),
  machine: { cpu: os.cpus()[0].model, cores: os.cpus().length, node: process.version, browser: browser.version(), load: os.loadavg()[0] },
  bytes: { raw: sum(code, 'raw'), gzip: sum(code, 'gzip'), files: code, data: files.filter((file) => file.file.startsWith('data/')) },
  firstPaintMs: round(median(paints.filter((value) => value !== null))),
  firstPointMs: { median: round(median(points)), all: firstPoints.map((value) => round(value)) },
  longestTaskMs: { start: round(longest(tasks.filter((t) => t.start < from))), running: round(longest(tasks.filter((t) => t.start >= from))) },
  answers: Object.fromEntries(
    Object.entries(answers).map(([name, a]) => [
      name,
      {
        samples: a.samples,
        ms: { median: round(median(a.single), 0), worst: round(Math.max(...a.single), 0) },
        dragged: { comparedPerSecond: round(a.compared), stepsPerSecond: round(a.steps) },
        pauseMs: { median: round(median(a.pauses), 0), worst: round(Math.max(...a.pauses), 0) },
      },
    ]),
  ),
  drag: frames && { framesPerSecond: round(frames.perSecond), longestFrameMs: round(frames.longestMs), moved: frames.moved },
  race: race && { framesPerSecond: round(race.perSecond), longestFrameMs: round(race.longestMs) },
};

const row = (...cells) => console.log(cells[0].padEnd(48) + cells.slice(1).map((cell) => String(cell).padStart(12)).join(''));
row('first view', 'bytes', 'gzip -9');
for (const file of code) row(`  ${file.file}`, file.raw, file.gzip);
row('  all', result.bytes.raw, result.bytes.gzip);
if (result.bytes.data.length) row('  data, apart', sum(result.bytes.data, 'raw'), sum(result.bytes.data, 'gzip'));
row('first contentful paint, ms (median)', result.firstPaintMs ?? '-');
row('first point of the curve, ms (median)', result.firstPointMs.median ?? '-');
const task = (ms) => ms || '< 50';
row('longest task of the page while starting, ms', task(result.longestTaskMs.start));
row(`longest task of the page in ${option.watch} s of running, ms`, task(result.longestTaskMs.running));
row('frames per second while a slider is dragged', result.drag?.framesPerSecond ?? '-');
row('longest frame while a slider is dragged, ms', result.drag?.longestFrameMs ?? '-');
row('frames per second while four optimizers race', result.race?.framesPerSecond ?? '-');
row('longest frame while four optimizers race, ms', result.race?.longestFrameMs ?? '-');
for (const [name, a] of Object.entries(result.answers)) {
  row(name);
  row(`  slider to comparison on ${a.samples} samples, ms`, a.ms.median, `≤ ${a.ms.worst}`);
  row('  while dragged: comparisons, steps per second', a.dragged.comparedPerSecond, a.dragged.stepsPerSecond);
  row('  pause to standing still, ms', a.pauseMs.median, `≤ ${a.pauseMs.worst}`);
}
console.log(JSON.stringify(result));
if (option.json) fs.writeFileSync(option.json, `${JSON.stringify(result, null, 2)}\n`);
