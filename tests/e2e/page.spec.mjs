// The page around the worker: transport, controls, links, resuming, and what happens when something goes wrong.
import { expect, expectAccessible, kept, pause, record, steps, test, trains } from './fixtures.mjs';

// Small data, few steps: every test waits for real training.
const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const DIGITS = '#/play?data=digits&model=dense:16,relu&lr=0.005&epochs=1000';

const control = (page, key) => page.getByTestId(`control-${key}`);
const entry = (page, key) => control(page, key).getByRole('textbox');
const said = (page, text) => expect(page.getByTestId('notices')).toContainText(text);

async function openSection(page, name) {
  const section = page.getByTestId(`section-${name}`);
  if (!(await section.evaluate((d) => d.open))) await section.locator('summary').click();
}

test('a first visit trains at once and compares', async ({ open, page }) => {
  await open();
  await trains(page);
  await expect(page.getByTestId('gallery')).toContainText('Handwritten digits');
  await expect(page.getByTestId('compare-accuracy')).toContainText('%');
  await expect(page.getByTestId('badge')).toContainText('SIMD');
  expect(await page.evaluate(() => performance.getEntriesByName('whittle:first-point').length)).toBe(1);
});

test('play, pause, step, epoch and restart by button and by key', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page);
  await page.getByTestId('pause').first().click();
  await expect(page.getByTestId('play').first()).toBeVisible();
  const before = await steps(page);
  await page.getByTestId('step').first().click();
  await expect.poll(() => steps(page)).toBe(before + 1);
  await page.keyboard.press('s');
  await expect.poll(() => steps(page)).toBe(before + 2);
  await page.keyboard.press('e');
  await expect.poll(async () => (await page.getByTestId('count-epoch').first().textContent()).split(' ')[0]).toMatch(/\.0$/);
  await page.locator('h1').click();
  await page.keyboard.press(' ');
  await expect(page.getByTestId('pause').first()).toBeVisible();
  const here = await steps(page);
  await page.keyboard.press('r');
  await said(page, 'same first weights');
  await expect.poll(() => steps(page)).toBeLessThan(here + 50);
  await page.getByTestId('reseed').first().click();
  await said(page, 'seed 2');
  await expect(page).toHaveURL(/seed=2/);
});

test('a wrong number stays in its box with the allowed range and changes nothing', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  await entry(page, 'lr').fill('99');
  await entry(page, 'lr').press('Enter');
  await expect(control(page, 'lr')).toContainText('99 is not allowed; the range is 1e-5 to 10');
  await expect(entry(page, 'lr')).toHaveValue('99');
  await expect(page).toHaveURL(/lr=0\.02/);
  await entry(page, 'lr').fill('fast');
  await entry(page, 'lr').press('Enter');
  await expect(control(page, 'lr')).toContainText('not a number');
  await entry(page, 'lr').fill('0.05');
  await entry(page, 'lr').press('Enter');
  await expect(control(page, 'lr')).not.toContainText('not');
  await expect(page).toHaveURL(/lr=0\.05/);
});

test('live changes keep the run; the address follows, back and forward too', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 20);
  await entry(page, 'prune').fill('50');
  await entry(page, 'prune').press('Enter');
  await expect(page).toHaveURL(/prune=0\.5/);
  const at = await steps(page);
  await page.getByTestId('control-bits-4').check({ force: true });
  await expect(page).toHaveURL(/bits=4/);
  await trains(page, at);
  await page.goBack();
  await expect(page.getByTestId('control-bits-8')).toBeChecked();
  await expect(entry(page, 'prune')).toHaveValue('50');
  await page.goBack();
  await expect(entry(page, 'prune')).toHaveValue('0');
  await page.goForward();
  await expect(entry(page, 'prune')).toHaveValue('50');
});

test('a dragged slider makes one entry in the history', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  const length = await page.evaluate(() => history.length);
  const slider = control(page, 'prune').getByRole('slider');
  const box = await slider.boundingBox();
  await page.mouse.move(box.x + 12, box.y + box.height / 2);
  await page.mouse.down();
  for (let i = 1; i <= 20; i++) await page.mouse.move(box.x + 12 + i * 8, box.y + box.height / 2);
  await page.mouse.up();
  await expect(page).toHaveURL(/prune=0\.\d/);
  expect(await page.evaluate(() => history.length)).toBe(length + 1);
  await page.goBack();
  await expect(entry(page, 'prune')).toHaveValue('0');
});

test('new layers wait until they are applied, or are taken back', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 30);
  await page.getByTestId('add-layer').selectOption('dense');
  await expect(page.getByTestId('draft')).toContainText('New layers start a new run.');
  await expect(page.getByTestId('layers').locator('> li')).toHaveCount(2);
  const at = await steps(page);
  await trains(page, at);
  await page.getByTestId('undo').click();
  await expect(page.getByTestId('layers').locator('> li')).toHaveCount(1);
  await expect(page.getByTestId('draft')).toHaveCount(0);
  await page.getByTestId('add-layer').selectOption('dense');
  await page.getByTestId('apply').click();
  await said(page, 'a new run has started');
  await expect(page.getByTestId('draft')).toHaveCount(0);
  await expect(page).toHaveURL(/model=dense%3A6%2Crelu%2Cdense|model=dense:6,relu,dense/);
  await trains(page);
  await page.getByRole('button', { name: 'Back to the last run' }).click();
  await expect(page.getByTestId('layers').locator('> li')).toHaveCount(1);
  await trains(page);
});

test('layers are moved, sized and removed by keyboard', async ({ open, page }) => {
  await open('#/play?data=circle&model=dense:6,relu,dense:4,tanh&lr=0.02&epochs=1000');
  await trains(page);
  const rows = page.getByTestId('layers').locator('> li');
  await page.locator('#layer-0-down').focus();
  await page.keyboard.press('Enter');
  await expect(entry(page, 'layer0\\.units').or(entry(page, 'layer0.units'))).toHaveValue('4');
  await expect(page.locator('#layer-0-activation')).toHaveValue('tanh');
  await entry(page, 'layer1.units').fill('9');
  await page.keyboard.press('Enter');
  await page.locator('#layer-0-remove').focus();
  await page.keyboard.press('Enter');
  await expect(rows).toHaveCount(1);
  await expect(entry(page, 'layer0.units')).toHaveValue('9');
});

test('a layer that cannot take its input says so where it is', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  await page.getByTestId('add-layer').selectOption('maxpool');
  await expect(page.getByTestId('layer-1')).toContainText(/needs|image/);
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('layer-1')).toContainText(/needs|image/);
  await trains(page);
});

test('other data starts a new run and says so', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  await page.getByTestId('control-data').getByRole('combobox').selectOption('iris');
  await said(page, 'Iris: a new run has started.');
  await expect(page).toHaveURL(/data=iris/);
  await trains(page);
});

test('a broken link keeps what can be read and says what cannot', async ({ open, page }) => {
  await open('#/play?data=circle&lr=fast&prune=7&bits=4&colour=red&epochs=1000');
  await said(page, 'lr');
  await expect(control(page, 'lr')).toContainText('fast');
  await expect(page.getByTestId('control-bits-4')).toBeChecked();
  await trains(page);
});

test('a link with numbers that make no sense trains with the defaults', async ({ open, page }) => {
  for (const lr of ['-1', 'NaN', '1e30']) {
    await open(`#/play?data=circle&lr=${lr}&epochs=1000`);
    await expect(control(page, 'lr')).toContainText('the range is');
    await trains(page);
  }
  await open('#/play?data=circle&prune=1&epochs=1000');
  await expect(control(page, 'prune')).toContainText('the range is 0 to 0.99');
  await trains(page);
});

test('a model of a billion parameters is refused with its size', async ({ open, page }) => {
  await open('#/play?data=mnist10k&model=conv2d:256,flatten,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096,relu,dense:4096&epochs=2');
  await expect(page.getByTestId('refused')).toContainText(/[\d,]{10,} (parameters|.*allowed)|parameters is [\d,]{9,}/);
  await expectAccessible(page);
  await page.getByTestId('gallery').click();
  await page.getByRole('dialog').getByRole('button', { name: /Two spirals/ }).click();
  await trains(page);
});

for (const [name, says, answer] of [
  ['is missing', '404', (route) => route.fulfill({ status: 404, body: 'no' })],
  ['is cut short', /unpacked|short/, async (route) => { const whole = await route.fetch(); await route.fulfill({ response: whole, body: (await whole.body()).subarray(0, 20_000) }); }],
]) {
  test.describe(`when a data file ${name}`, () => {
    test.use({ quiet: [/404/] });
    test('the page says so, can try again, and the rest works', async ({ open, page }) => {
      await page.route('**/data/mnist10k*', answer);
      await open();
      await expect(page.getByTestId('refused')).toContainText(says);
      await expect(control(page, 'data')).toContainText(says);
      await expectAccessible(page);
      await page.getByTestId('control-data').getByRole('combobox').selectOption('circle');
      await trains(page);
      await control(page, 'data').getByRole('combobox').selectOption('mnist10k');
      await said(page, 'The last run goes on.');
      await trains(page, await steps(page));
      await page.unroute('**/data/mnist10k*');
      await page.getByTestId('notices').getByRole('button', { name: 'Try again' }).click();
      await expect(control(page, 'data')).toContainText('8,000 training');
      await trains(page);
    });
  });
}

test('a reload resumes the run', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 400);
  await pause(page);
  await kept(page);
  const before = await steps(page);
  await page.reload();
  await said(page, 'Resumed at step');
  await expect.poll(() => steps(page)).toBeGreaterThanOrEqual(before);
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect.poll(() => steps(page)).toBeLessThan(before);
});

test('the gallery opens by key and starts what is chosen', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  await page.keyboard.press('g');
  const gallery = page.getByRole('dialog');
  await expect(gallery).toContainText('Two spirals');
  await expectAccessible(page);
  await gallery.getByRole('button', { name: /Two spirals/ }).click();
  await expect(gallery).toBeHidden();
  await expect(page.getByTestId('gallery')).toContainText('Two spirals');
  await expect(page).toHaveURL(/data=spiral/);
  await trains(page);
});

test('help explains with a formula, and the keys are listed', async ({ open, page }) => {
  await open(CIRCLE);
  await control(page, 'lr').getByRole('button', { name: 'About Learning rate' }).click();
  const help = page.locator('#c-lr-help');
  await expect(help).toContainText('How far weights move');
  await expect(help.locator('math')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Play or pause');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('the theme is kept over a reload', async ({ open, page }) => {
  await open(CIRCLE);
  await page.getByTestId('theme').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('each tab opens, by mouse and by arrow keys', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page);
  for (const name of ['confusion', 'weights', 'latency', 'recipe', 'pareto', 'runs', 'curves']) {
    await page.getByTestId(`tab-${name}`).click();
    await expect(page.getByTestId(`tab-${name}`)).toHaveAttribute('aria-selected', 'true');
  }
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('tab-confusion')).toBeFocused();
  await page.keyboard.press('7');
  await expect(page.getByTestId('tab-runs')).toHaveAttribute('aria-selected', 'true');
});

test('the model comes as a file', async ({ open, page }) => {
  await open(CIRCLE);
  await expect(page.getByTestId('download')).toBeEnabled();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  expect(download.suggestedFilename()).toMatch(/\.\w+$/);
});

test.describe('when the loss explodes', () => {
  test('the page says so and offers the remedy', async ({ open, page }) => {
    await open('#/play?data=plane&model=dense:16,relu&loss=mse&opt=sgd&lr=10&epochs=1000');
    await expect(page.getByTestId('advice')).toContainText(/loss|weights/i);
    await page.getByTestId('remedy').first().click();
    await said(page, 'last good weights');
    await expect(page).toHaveURL(/lr=1(&|$)/);
  });
});

// The page's own workers, so that a test can reach them.
const watchWorkers = (page) =>
  page.addInitScript(() => {
    const Native = window.Worker;
    window.workers = [];
    window.Worker = class extends Native {
      constructor(...args) {
        super(...args);
        window.workers.push(this);
      }
    };
  });

test.describe('when the worker traps', () => {
  test.use({ quiet: [/crash was asked for|panicked|unreachable|worker stopped|worker logged|RuntimeError/] });
  test('it is restarted from the last checkpoint and the page says so', async ({ open, page }) => {
    await watchWorkers(page);
    await open(CIRCLE);
    await trains(page, 400);
    await page.evaluate(() => window.workers[0].postMessage(new Uint8Array([0]))); // ToWorker::Crash
    await said(page, 'The engine stopped unexpectedly. It was restarted');
    expect(await page.evaluate(() => window.workers.length)).toBe(2);
    const at = await steps(page);
    await trains(page, at);
  });
});

test.describe('when the worker falls silent', () => {
  test.use({ quiet: [/worker stopped/] });
  test('it is replaced', async ({ open, page }) => {
    await watchWorkers(page);
    await open(CIRCLE);
    await trains(page, 100);
    await page.evaluate(() => (window.workers[0].onmessage = null));
    await expect.poll(() => page.evaluate(() => window.workers.length), { timeout: 30_000 }).toBe(2);
    await said(page, 'The engine stopped unexpectedly.');
    await trains(page, await steps(page));
  });
});

test('a worker of another build is told apart', async ({ open, page }) => {
  await watchWorkers(page);
  await open(CIRCLE);
  await trains(page);
  const ready = [0, 99, 1, 120]; // FromWorker::Ready: of protocol 99, engine "x"
  await page.evaluate((ready) => window.workers[0].dispatchEvent(new MessageEvent('message', { data: new Uint8Array(ready) })), ready);
  await expect(page.getByTestId('trouble')).toContainText('This page was updated');
  await expect(page.getByTestId('trouble').getByRole('button')).toHaveText('Reload the page');
});

test('a duplicated tab takes a key of its own', async ({ open, page, context }) => {
  await open(CIRCLE);
  await trains(page, 200);
  await expect.poll(async () => (await record(page, 'runs'))?.step ?? 0).toBeGreaterThan(0); // one is kept every five seconds
  const key = await page.evaluate(() => sessionStorage.getItem('whittle:tab'));
  const other = await context.newPage();
  await other.addInitScript((key) => sessionStorage.getItem('whittle:tab') ?? sessionStorage.setItem('whittle:tab', key), key);
  await other.goto(page.url());
  await said(other, 'Resumed at step');
  await trains(other, await steps(other));
  const keys = () => Promise.all([page, other].map((tab) => tab.evaluate(() => sessionStorage.getItem('whittle:tab'))));
  await expect.poll(async () => new Set(await keys()).size, { timeout: 30_000 }).toBe(2);
});

test('the first visit can be gone back to', async ({ open, page }) => {
  await open();
  await trains(page);
  await page.getByTestId('control-bits-8').check({ force: true });
  await expect(page).toHaveURL(/bits=8|play\?/);
  await page.goBack();
  await expect(page.getByTestId('control-bits-4')).toBeChecked();
});

for (const [name, file, answer] of [
  ['script is blocked', 'worker_loader.js', (route) => route.abort()],
  ['module is missing', 'worker*_bg.wasm', (route) => route.fulfill({ status: 404, body: 'no' })],
]) {
  test.describe(`when the worker's ${name}`, () => {
    test.use({ quiet: [/ERR_|Failed to load|worker|404|wasm/i] });
    test('the page says so and can try again', async ({ open, page }) => {
      await page.route(`**/${file}`, answer);
      await open();
      await expect(page.getByTestId('trouble')).toContainText('The engine did not load');
      await expectAccessible(page);
      await page.unroute(`**/${file}`);
      await page.getByRole('button', { name: 'Try again' }).click();
      await trains(page);
      await expect(page.getByTestId('trouble')).toHaveCount(0);
    });
  });
}

test.describe('when storage is denied', () => {
  test.use({ quiet: [/no storage/] });
  test('the page works without and says so', async ({ open, page }) => {
    await page.addInitScript(() => {
      for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get: () => { throw new DOMException('denied', 'SecurityError'); } });
      }
    });
    await open(CIRCLE);
    await said(page, 'keeps nothing');
    await trains(page);
  });
});

test('two tabs keep their own runs', async ({ open, page, context }) => {
  await open(CIRCLE);
  await trains(page, 300);
  const other = await context.newPage();
  await other.goto(page.url().replace('circle', 'xor'));
  await trains(other, 300);
  for (const tab of [page, other]) {
    await pause(tab);
    await kept(tab);
    const before = await steps(tab);
    await tab.reload();
    await said(tab, 'Resumed at step');
    await expect.poll(() => steps(tab)).toBeGreaterThanOrEqual(before);
  }
});

for (const [name, viewport] of [['desktop', { width: 1440, height: 900 }], ['tablet', { width: 768, height: 1024 }], ['phone', { width: 390, height: 844 }]]) {
  for (const colorScheme of ['light', 'dark']) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });
      test('the running page is accessible and does not scroll sideways', async ({ open, page }) => {
        await open(DIGITS);
        await trains(page);
        await expect(page.getByTestId('compare-accuracy')).toContainText('%');
        await openSection(page, 'regularization');
        await page.evaluate(() => scrollTo(0, 0)); // nothing lies under the sticky header
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      });
    });
  }
}
