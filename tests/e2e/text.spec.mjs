// A model of text writes beside the network while it trains.
import { expect, expectAccessible, pause, test, trains } from './fixtures.mjs';

// The gallery's writer, made quick: pieces of it come before an epoch is over.
const SONNETS = '#/play?data=sonnets&data.window=8&model=embedding:8,gru:16&lr=0.01&batch=128&epochs=50&bits=8';
const text = (page) => page.getByTestId('writer-text');
const prompt = (page) => page.getByLabel('Begins with');

async function writes(open, page, link = SONNETS) {
  await open(link);
  await trains(page);
  await expect(text(page)).toContainText(/^shall i .{100}/s, { timeout: 30_000 });
}

test('a text comes, and another while training goes on', async ({ open, page }) => {
  await writes(open, page);
  await expect(page.getByTestId('samples'), 'windows of tokens are no test samples to look at').toHaveCount(0);
  const first = await text(page).textContent();
  await expect.poll(() => text(page).textContent(), { timeout: 20_000 }).not.toBe(first);
  await expect(page.getByTestId('writer-words')).toContainText(/Step [\d,]+, fp32 model/);
  await expect(page.getByTestId('write-on')).toBeDisabled();
  await expectAccessible(page, { within: '[data-testid=writer]' });
});

test('the gallery has a writer', async ({ open, page }) => {
  await writes(open, page, '#/play?data=sonnets&data.window=16&model=embedding:12,gru:48&lr=0.01&batch=128&epochs=4&schedule=cosine&bits=8');
});

test('at temperature 0 nothing is left to chance, and a paused model writes on', async ({ open, page }) => {
  await writes(open, page);
  await pause(page);
  const box = page.getByTestId('control-writing-temperature').getByRole('textbox');
  await box.fill('0');
  await box.press('Enter');
  // The text when nothing more is on its way: the same at three looks.
  const settled = async () => {
    let [last, looks] = ['', 0];
    await expect
      .poll(async () => {
        const now = await text(page).textContent();
        looks = now === last ? looks + 1 : 0;
        last = now;
        return looks;
      }, { intervals: [700], timeout: 20_000 })
      .toBeGreaterThan(1);
    return last;
  };
  const cold = await settled();
  await prompt(page).fill('thy ');
  await expect(text(page)).toContainText(/^thy /);
  await prompt(page).fill('shall i ');
  await expect(text(page)).toContainText(/^shall i /);
  expect(await settled(), 'the same beginning, the same text').toBe(cold);
  await page.getByTestId('write-on').click();
  await expect.poll(async () => (await text(page).textContent()).length).toBe(cold.length + 240);
  expect((await text(page).textContent()).startsWith(cold)).toBe(true);
});

test('a character that it has never seen is told, and the text stays', async ({ open, page }) => {
  await writes(open, page);
  await pause(page);
  await prompt(page).fill('thy ');
  await expect(text(page)).toContainText(/^thy /);
  await prompt(page).fill('thy €');
  await expect(page.locator('#c-prompt-error')).toContainText("never seen '€'");
  await expect(prompt(page)).toHaveAttribute('aria-invalid', 'true');
  await expect(prompt(page)).toHaveValue('thy €');
  await expect(text(page)).toContainText(/^thy .{100}/s);
  await prompt(page).fill('o ');
  await expect(page.locator('#c-prompt-error')).toBeEmpty();
  await expect(text(page)).toContainText(/^o /);
});

test('the optimized model writes, too', async ({ open, page }) => {
  await writes(open, page);
  await pause(page);
  await page.getByTestId('control-writer-optimized').check({ force: true });
  await expect(page.getByTestId('writer-words')).toContainText('optimized model', { timeout: 20_000 });
  await expect(text(page)).toContainText(/^shall i /);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('nothing stands out of the page', async ({ open, page }) => {
    await writes(open, page);
    await text(page).scrollIntoViewIfNeeded();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});
