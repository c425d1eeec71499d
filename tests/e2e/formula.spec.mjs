// A loss of one's own: drawn with its gradient as one types, refused at its character, trained by, and kept in the link.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

const CIRCLE = '#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000&loss=custom';
const DIABETES = '#/play?data=diabetes&model=dense:8,relu&lr=0.005&epochs=1000&loss=custom';

const box = (page) => page.getByTestId('control-formula').getByRole('textbox');
const error = (page) => page.getByTestId('control-formula').getByRole('status');
const words = (page) => page.getByTestId('formula-words');
/** The address with its formula as it was typed. */
const said = (page) => decodeURIComponent(page.url());

/** Opens the section of the loss of a run by a formula. */
async function loss(open, page, link) {
  await open(link);
  await trains(page);
  await page.getByTestId('section-loss').locator('> summary').click();
  await expect(box(page)).toBeVisible();
}

test('a formula is drawn with its gradient while it is typed, and the table has the numbers', async ({ open, page }) => {
  await loss(open, page, DIABETES);
  const curve = page.getByTestId('formula-curve');
  await expect(words(page)).toContainText('lowest around p = 0, where y is');
  await box(page).fill('abs(y - p)');
  expect(page.url(), 'nothing is taken over while it is typed').not.toContain('formula=');
  await curve.getByRole('button', { name: /^Table/ }).click();
  await expect.poll(() => said(page), 'leaving the box takes it over').toContain('formula=abs(y - p)');
  const row = (p) => curve.locator('tbody tr').filter({ has: page.getByRole('rowheader', { name: p, exact: true }) });
  await expect(row('3').locator('td')).toHaveText(['3', '1']);
  // Another target moves the lowest place.
  await curve.getByRole('textbox').fill('1');
  await curve.getByRole('textbox').press('Enter');
  await expect(row('3').locator('td')).toHaveText(['2', '1']);
  await expect(words(page)).toContainText('lowest around p = 1, where y is');
  await expectAccessible(page, { within: '[data-testid=section-loss]' });
});

test('what cannot be read is marked at its character, and the last drawing stays', async ({ open, page }) => {
  await loss(open, page, `${CIRCLE}&formula=-y*log(p)`);
  await expect(words(page)).toContainText('falls towards p = 1');
  await box(page).fill('-y*log(q)');
  await expect(error(page)).toContainText('at character 8: there is no "q"');
  await expect(page.getByTestId('formula-fault').locator('mark')).toHaveText('q');
  await expect(words(page)).toContainText('last formula that could be read');
  await expect(box(page)).toHaveAttribute('aria-invalid', 'true');
  await box(page).press('Enter');
  expect(said(page)).toContain('formula=-y*log(p)');
  await box(page).fill('-y*log(p)^3');
  await expect(page.locator('#c-formula-error')).toBeEmpty();
  await expect(page.getByTestId('formula-fault')).toHaveCount(0);
  await page.getByTestId('control-formula-y-other').check({ force: true });
  await expect(words(page)).toContainText('gradient is 0 everywhere');
  await expectAccessible(page, { within: '[data-testid=section-loss]' });
});

test('a run is trained by the formula, and its link keeps it', async ({ open, page }) => {
  await loss(open, page, CIRCLE);
  await box(page).fill('(y-p)^4');
  await box(page).press('Enter');
  await expect.poll(() => said(page)).toContain('formula=(y-p)^4');
  const url = page.url();
  const before = Number((await page.getByTestId('count-step').first().textContent()).replaceAll(',', ''));
  await trains(page, before);
  await open('#/play?data=xor');
  await open(url);
  await trains(page);
  // The section is still open.
  await expect(box(page)).toHaveValue('(y-p)^4');
});

test('a loss of the catalogue is drawn when it is asked for', async ({ open, page }) => {
  await open(`${CIRCLE}`.replace('loss=custom', 'loss=focal'));
  await trains(page);
  await page.getByTestId('section-loss').locator('> summary').click();
  const drawing = page.getByTestId('loss-drawing');
  await drawing.getByRole('button', { name: 'Draw this loss' }).click();
  await expect(drawing.locator('code')).toHaveText('-y*(1-p)^2*log(p)');
  await expect(drawing.locator('.chart')).toBeVisible();
  await expectAccessible(page, { within: '[data-testid=section-loss]' });
});
