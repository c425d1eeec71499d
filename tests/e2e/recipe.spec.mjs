// The recipe and what explains it: data cards, layers that are dragged, time that is scrubbed, help, reset, reduced motion, and
// every panel under axe.
import { expect, expectAccessible, kept, pause, steps, test, trains } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const THREE = '#/play?data=circle&model=dense:6,relu,dropout:0.1,dense:4,tanh&lr=0.02&batch=20&epochs=1000';
const DIGITS = '#/play?data=digits&model=dense:16,relu&lr=0.005&epochs=1000';

const control = (page, key) => page.getByTestId(`control-${key}`);
const units = (page, row) => control(page, `layer${row}.units`).getByRole('textbox');

test('a bundled data set has a card with what there is to know', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page);
  const card = page.getByTestId('data-card');
  await card.locator('summary').click();
  for (const text of ['Optical Recognition', 'CC BY 4.0', '1,797 samples', '0, 1, 2, 3', '8 × 8 pixels', 'Logistic regression 96.1']) {
    await expect(card).toContainText(text);
  }
  await expectAccessible(page, { within: '[data-testid=data-card]' });
  await expect(page.getByTestId('to-beat')).toContainText('To beat: Logistic regression 96.1');
  await expect(page.getByTestId('to-beat')).toContainText(/ahead|behind|as much/);
  await expect(page.getByTestId('curves')).toContainText('to beat: Logistic regression');
});

test('made-up points have a card with scores fitted to them', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  const card = page.getByTestId('data-card');
  await card.locator('summary').click();
  for (const text of ['Made up here', 'inside, outside', 'Linear discriminant analysis', 'k-nearest neighbours (k = 5)', '250 to test on']) {
    await expect(card).toContainText(text);
  }
});

test('what starts a new run says so before', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page);
  const menu = control(page, 'data').getByRole('combobox');
  await expect(menu).toHaveAccessibleDescription(/starts a new run/);
  await menu.selectOption('xor');
  await expect(page).toHaveURL(/data=xor/);
  await trains(page);
  await page.getByTestId('tab-runs').click();
  await expect(page.getByTestId('runs').getByRole('button', { name: /^Open \(new run\)/ })).toBeVisible();
  await page.getByTestId('gallery').click();
  await expect(page.getByRole('dialog')).toContainText('opens as a new run');
});

for (const [name, reducedMotion] of [['', 'no-preference'], [' with reduced motion', 'reduce']]) {
  test(`a layer is dragged to another place${name}`, async ({ open, page }) => {
    await page.emulateMedia({ reducedMotion });
    await open(THREE);
    await trains(page);
    const [grip, last] = await Promise.all(['grip-0', 'layer-2'].map((id) => page.getByTestId(id).boundingBox()));
    await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
    await page.mouse.down();
    await page.mouse.move(grip.x + 4, grip.y + 40);
    await page.mouse.move(grip.x + 4, last.y + last.height - 4);
    await expect(page.getByTestId('layer-0')).toHaveClass(/layer-dragged/);
    await expect(page.getByTestId('layer-2')).toHaveClass(/layer-drop-below/);
    const moved = await page.getByTestId('layer-0').evaluate((row) => getComputedStyle(row).translate);
    expect(moved === 'none').toBe(reducedMotion === 'reduce');
    await page.mouse.up();
    await expect(units(page, 2)).toHaveValue('6');
    await expect(units(page, 1)).toHaveValue('4');
    await expect(page.locator('#layer-1-activation')).toHaveValue('tanh');
    await expect(page.getByTestId('draft')).toContainText('New layers start a new run.');
  });
}

test('a drag is given up by Escape and changes nothing', async ({ open, page }) => {
  await open(THREE);
  await trains(page);
  const grip = await page.getByTestId('grip-0').boundingBox();
  await page.mouse.move(grip.x + 5, grip.y + 5);
  await page.mouse.down();
  await page.mouse.move(grip.x + 5, grip.y + 300, { steps: 4 });
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await expect(page.locator('.layer-dragged')).toHaveCount(0);
  await expect(units(page, 0)).toHaveValue('6');
  await expect(page.getByTestId('draft')).toHaveCount(0);
});

test('the activation behind a layer has help and settings', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 20);
  await page.locator('#layer-0-activation').selectOption('leaky-relu');
  await page.getByTestId('apply').click();
  await trains(page);
  const slope = control(page, 'layer0.activation.slope');
  await slope.getByRole('textbox').fill('0.3');
  await slope.getByRole('textbox').press('Enter');
  await expect(page).toHaveURL(/leaky-relu(%3A|:)0\.3/);
  await page.getByTestId('layer-0').getByRole('button', { name: 'About Leaky ReLU' }).click();
  await expect(page.locator('#layer-0-activation-help')).toContainText('lets a little of the negative side through');
  await expect(page.locator('#layer-0-activation-help math')).toBeVisible();
});

test('help says range, default and unit, and a menu can be reset', async ({ open, page }) => {
  await open(`${CIRCLE}&opt=sgd`);
  await trains(page);
  await control(page, 'batch').getByRole('button', { name: 'About Batch size' }).click();
  await expect(page.locator('#c-batch-help')).toContainText(/1 to [\d,]+ · default 32 · in samples/);
  await expect(page.locator('#c-batch-help')).toContainText('Bottou');
  await page.keyboard.press('Escape');
  await control(page, 'opt').getByRole('button', { name: /^Reset Optimizer to / }).click();
  await expect(page).not.toHaveURL(/opt=sgd/);
  await expect(control(page, 'opt').getByRole('button', { name: /^Reset Optimizer/ })).toBeHidden();
});

test('time is scrubbed by keyboard, with a line in the curves', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 400);
  await pause(page);
  let back = await steps(page);
  for (let i = 0; i < 3; i++) {
    const from = back;
    await page.keyboard.press('[');
    await expect.poll(() => steps(page)).toBeLessThan(from);
    back = await steps(page);
  }
  await expect(page.locator('.u-cursor-x').first()).toBeVisible();
  await page.keyboard.press(']');
  await expect.poll(() => steps(page)).toBeGreaterThan(back);
  const slider = page.getByTestId('scrub');
  await slider.focus();
  await page.keyboard.press('Home');
  await expect.poll(() => steps(page)).toBe(0);
  await page.keyboard.press('[');
  await expect(page.getByTestId('notices')).toContainText('earliest moment');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Back and forward in time');
});

test('the run follows the slider while it is dragged', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 400);
  await pause(page);
  const end = await steps(page);
  const box = await page.getByTestId('scrub').boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width - 4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, y, { steps: 5 });
  await expect.poll(() => steps(page)).toBeLessThan(end * 0.7); // not let go yet
  await expect(page.locator('.u-cursor-x').first()).toBeVisible();
  await page.mouse.up();
});

test('after a reload the slider begins where moments are kept', async ({ open, page }) => {
  await open(CIRCLE);
  await trains(page, 300);
  await pause(page);
  await kept(page);
  await page.reload();
  await expect(page.getByTestId('notices')).toContainText('Resumed at step');
  const resumed = Number((await page.getByTestId('notices').textContent()).match(/Resumed at step ([\d,]+)/)[1].replaceAll(',', ''));
  await expect(page.getByTestId('scrub')).toHaveAttribute('min', String(resumed));
});

test('a test sample stands in for a drawing, and both models answer', async ({ open, page }) => {
  await open(DIGITS);
  await trains(page);
  await page.getByTestId('control-outputs-draw').check({ force: true });
  const pad = page.getByTestId('drawpad');
  await pad.getByTestId('take-sample').click();
  await expect(pad).toContainText('Test sample');
  await expect(pad.locator('.classbars')).toContainText('%');
  await pad.getByRole('button', { name: 'Clear' }).click();
  const box = await pad.locator('canvas').first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 20, { steps: 8 });
  await page.mouse.up();
  await expect(pad).toContainText('What the models see');
  await expect(pad.locator('.classbars')).toContainText('%');
});

test('the page runs with reduced motion', async ({ open, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open();
  await trains(page);
  await expect(page.getByTestId('compare-accuracy')).toContainText('%');
  const slow = await page.evaluate(() => document.getAnimations().filter((a) => a.effect.getComputedTiming().activeDuration > 50).length);
  expect(slow).toBe(0);
});

test('the theme button follows the system', async ({ open, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(CIRCLE);
  await expect(page.getByTestId('theme')).toHaveAccessibleName('Dark theme');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(page.getByTestId('theme')).toHaveAccessibleName('Light theme');
});

test('a link may ask for the plain build of the engine, and names the one it came from', async ({ open, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(`${CIRCLE}&engine=simd128`);
  await expect(page.getByTestId('badge')).toContainText('CPU · SIMD');
  await trains(page);
  await page.getByTestId('copy-link').click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('engine=simd128');
  // A new page: within one, the engine that runs goes on.
  await page.goto('about:blank');
  await open(CIRCLE);
  await expect(page.getByTestId('badge')).toContainText('CPU · relaxed SIMD');
  await page.getByTestId('copy-link').click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('engine=relaxed-simd');
  await open(`${CIRCLE}&engine=another`);
  await expect(page.getByTestId('notices')).toContainText('another build of the engine (another)');
});

test('the badge says what the build has', async ({ open, page }) => {
  await open(CIRCLE);
  await expect(page.getByTestId('badge')).toContainText('CPU · relaxed SIMD');
  await page.getByTestId('badge').getByRole('button').click();
  await expect(page.locator('#engine-help')).toContainText("Training and measuring run in a worker on this device's processor");
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });
  test('the speed can be set', async ({ open, page }) => {
    await open(DIGITS);
    await trains(page);
    await page.locator('.dock').getByTestId('pace').selectOption({ label: '1 epoch/s' });
    await expect(page.locator('.dock').getByTestId('pace')).toHaveValue('4');
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});

// Every tab with its tables open, over classes of images, classes of points, and numbers.
for (const [name, link] of [['digits', DIGITS], ['spiral', '#/play?data=spiral&model=dense:8,tanh&lr=0.01&epochs=1000'], ['hills', '#/play?data=hills&model=dense:8,tanh&loss=mse&lr=0.01&epochs=1000']]) {
  for (const colorScheme of ['light', 'dark']) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ colorScheme });
      test('every panel is accessible with its tables open', async ({ open, page }) => {
        test.setTimeout(120_000); // axe looks at every cell of every table.
        await open(link);
        await trains(page);
        await expect(page.getByTestId('compare-accuracy')).toContainText(/\d/);
        await pause(page); // Charts that are drawn anew all the while take most of axe's time.
        await page.getByTestId('data-card').locator('summary').click();
        for (const toggle of await page.locator('.stage').getByRole('button', { name: /table/i }).all()) await toggle.click();
        for (const tab of await page.locator('.strip').getByRole('tab').all()) {
          await tab.click();
          for (const toggle of await page.locator('#strip-panel').getByRole('button', { name: /table/i }).all()) await toggle.click();
          await expectAccessible(page);
        }
      });
    });
  }
}
