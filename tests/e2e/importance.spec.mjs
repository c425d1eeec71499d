// Permutation importance: columns of a table are shuffled on request, drawn as bars that are a table, and refused in words where there are none.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

const importance = (page) => page.getByTestId('importance');
const rows = (page) => page.getByTestId('importance-table').locator('tbody tr');

/** Waits until a run has come to its end. */
async function ended(page) {
  await trains(page);
  await expect(page.getByTestId('play').first()).toBeVisible({ timeout: 30_000 });
}

/** Asks, and waits until all columns are through. */
async function shuffle(page) {
  await expect(page.getByTestId('importance-ask')).toBeEnabled({ timeout: 60_000 });
  await page.getByTestId('importance-ask').click();
  await expect(page.getByTestId('importance-table')).toBeVisible({ timeout: 60_000 });
}

test('columns of a table are shuffled for a network, below the confusion matrix', async ({ open, page }) => {
  await open('#/play?data=iris&model=dense:8,relu&lr=0.03&epochs=200&bits=8');
  await ended(page);
  await page.getByTestId('tab-confusion').click();
  await expect(importance(page)).toContainText('when a column of the test samples is shuffled?');
  await shuffle(page);
  await expect(rows(page)).toHaveCount(4);
  await expect(rows(page).first()).toContainText(/petal.*\d\.\d{3} ± \d\.\d{3}/);
  await expect(importance(page)).toContainText(/Step [\d,]+: the baseline has accuracy [01]\.\d{3} on 30 test samples\. Without petal/);
  await expect(importance(page)).toContainText('as the model sees them');
  await expectAccessible(page, { within: '[data-testid="importance"]' });

  // Another run has not been asked.
  await page.getByTestId('restart').first().click();
  await trains(page);
  await expect(page.getByTestId('importance-table')).toHaveCount(0);
});

test('they are shuffled for a learner, too', async ({ open, page }) => {
  await open('#/play?data=iris&learner=tree&learner.max-depth=1');
  await expect(page.getByTestId('compare-accuracy')).toContainText(/\d/, { timeout: 60_000 });
  await page.getByTestId('tab-confusion').click();
  await expect(importance(page)).toHaveCount(1);
  await shuffle(page);
  // One question: three of four columns cost exactly nothing.
  await expect(rows(page).filter({ hasText: '0.000 ± 0.000' })).toHaveCount(3);
});

test('of values it is R² that is lost, below the residuals', async ({ open, page }) => {
  await open('#/play?data=diabetes&model=dense:8,relu&loss=mse&lr=0.01&epochs=200');
  await ended(page);
  await page.getByTestId('tab-confusion').click();
  await shuffle(page);
  await expect(rows(page)).toHaveCount(10);
  await expect(importance(page)).toContainText('the baseline has R²');
});

test('an image has no columns, and that is said', async ({ open, page }) => {
  await open('#/play?data=digits&model=dense:8,relu&epochs=1000');
  await trains(page);
  await page.getByTestId('tab-confusion').click();
  await expect(importance(page)).toContainText('an image has none');
  await expect(page.getByTestId('importance-ask')).toHaveCount(0);
});
